//===- Patterns.h - How tile programs are lowered ----------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_LIB_CONVERSION_MSAGPUTONVVM_PATTERNS_H
#define MSA_LIB_CONVERSION_MSAGPUTONVVM_PATTERNS_H

#include "Ptx.h"
#include "msa/Dialect/MSAGPU/IR/MSAGPU.h"

#include "mlir/Transforms/DialectConversion.h"

namespace mlir::msa_gpu {

/// What every thread of a kernel knows; values that dominate its whole body.
struct Frame {
  KernelOp kernel; ///< Its rings; gone once the conversion is done.
  bool mma = false;
  int64_t threads = 0; ///< Of a block.
  llvm::StringMap<RingOp> rings;
  Value shared; ///< Address of the shared memory, i32.
  Value block, gridSize;
  Value blockInCluster;        ///< Null without clusters.
  Value thread;                ///< Within the block.
  Value lane, warp;            ///< The warp's number within its warpgroup.
  Value warpgroup;             ///< Of consumers, from 0.
  Value leadsWarp, leadsGroup; ///< i1: first thread of them.
};

/// The thread's place in its warpgroup, from its number.
void placeThread(Ptx &ptx, Frame &frame, Value thread);
/// The frame with the thread's number read again, which the optimizer must not
/// know to be the same: what is computed from it is computed here, instead of
/// waiting in registers that the products' loops need. The warpgroup stays: it
/// is known to be the same for the whole warp, as addresses of products must
/// be.
Frame rereadThread(Ptx &ptx, const Frame &frame);

/// A fragment is columns / 2 values a thread (element e: row (e / 2) mod 2 of
/// its two, column 8 (e / 4) + e mod 2 + 2 (lane mod 4)); an operand columns /
/// 4 registers; rows two values; a tile its address; a map and a memref
/// pointers. What has 128 rows is twice that: rows 0 to 63, then the others.
class TileTypeConverter : public TypeConverter {
public:
  TileTypeConverter();
};

/// Conversion of an operation, with the frame at hand.
template <typename Op> struct TilePattern : OpConversionPattern<Op> {
  TilePattern(const TypeConverter &converter, MLIRContext *context,
              const Frame &frame)
      : OpConversionPattern<Op>(converter, context), frame(frame) {}
  using Adaptor = typename OpConversionPattern<Op>::OneToNOpAdaptor;
  const Frame &frame;
};

/// An operation on scalars as an instruction of LLVM.
template <typename From, typename To>
struct InstructionPattern : TilePattern<From> {
  using TilePattern<From>::TilePattern;
  LogicalResult
  matchAndRewrite(From op, typename TilePattern<From>::Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    SmallVector<Value> operands;
    for (ValueRange operand : adaptor.getOperands())
      operands.push_back(operand.front());
    rewriter.replaceOpWithNewOp<To>(op, op->getResultTypes(), operands);
    return success();
  }
};

void addEpiloguePatterns(RewritePatternSet &patterns,
                         const TypeConverter &converter, const Frame &frame);
void addFragmentPatterns(RewritePatternSet &patterns,
                         const TypeConverter &converter, const Frame &frame);
/// Of kernels of mma.
void addMmaPatterns(RewritePatternSet &patterns, const TypeConverter &converter,
                    const Frame &frame);
void addPipelinePatterns(RewritePatternSet &patterns,
                         const TypeConverter &converter, const Frame &frame);
/// Products and stores of the others, and what both kinds have.
void addProductPatterns(RewritePatternSet &patterns,
                        const TypeConverter &converter, const Frame &frame);
void addRolePatterns(RewritePatternSet &patterns,
                     const TypeConverter &converter, const Frame &frame);
void addStorePatterns(RewritePatternSet &patterns,
                      const TypeConverter &converter, const Frame &frame);
void addTurnPatterns(RewritePatternSet &patterns,
                     const TypeConverter &converter, const Frame &frame);

/// Of kernels of pingpong: before the first turn, and behind the last.
void startTurns(OpBuilder &b, Location loc, const Frame &frame);
void endTurns(OpBuilder &b, Location loc, const Frame &frame);

/// Place of a copy of whole rows at once: panel 0 of all panels, the row, head
/// and stream.
SmallVector<Value> boxAt(Ptx &ptx, Value row, Value head, Value batch);
/// Place of a copy of the panel from a column on.
SmallVector<Value> panelAt(Ptx &ptx, MapType map, Value column, Value row,
                           Value head, Value batch);

/// Address of a barrier of a ring's slot.
Value barrierOf(Ptx &ptx, const Frame &frame, RingOp ring, Value slot,
                Value copy, bool isEmpty);
/// Arrivals that complete a phase of them.
int64_t readersOf(RingOp ring);

} // namespace mlir::msa_gpu

#endif // MSA_LIB_CONVERSION_MSAGPUTONVVM_PATTERNS_H
