//===- Ptx.h - Instructions of GPUs ------------------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The only place with inline PTX. Shared memory is addressed by 32-bit offsets
// of the shared window. What cites a section cites NVIDIA's PTX ISA 8.0.
//
//===----------------------------------------------------------------------===//

#ifndef MSA_LIB_CONVERSION_MSAGPUTONVVM_PTX_H
#define MSA_LIB_CONVERSION_MSAGPUTONVVM_PTX_H

#include "mlir/IR/Builders.h"

namespace mlir::msa_gpu {

class Ptx {
public:
  Ptx(OpBuilder &b, Location loc) : b(b), loc(loc) {}

  // Values.
  Value i32(int64_t x);
  Value i64(int64_t x);
  Value add(Value x, Value y);
  Value add(Value x, int64_t y) { return y ? add(x, i32(y)) : x; }
  Value mul(Value x, int64_t y);
  /// The bits of a number from `shift` on that are in the mask.
  Value bits(Value x, int64_t shift, int64_t mask);
  Value exp2(Value x);
  Value log2(Value x);
  Value rcp(Value x);
  Value div(Value x, Value y);
  /// Two f32 rounded to one register of `element`, `low` in its lower half.
  Value pack(Value low, Value high, Type element);
  /// The thread's number in its block, read where this stands.
  Value rereadThread();
  /// The same value, of which the optimizer knows nothing.
  Value hide(Value x);
  /// The value of the lane whose number differs in these bits.
  Value shuffle(Value x, int64_t lanes);
  /// A value that all lanes have: the first's, which the assembler then knows
  /// to be uniform.
  Value uniform(Value x);
  Value any(Value predicate);

  // Products (wgmma, section 9.7.14). Steps advance a descriptor, in units of
  // 16 bytes, from one product of depth 16 to the next.
  struct Step {
    int64_t a, b;
  };
  /// D = A B (^T) (+ acc), both in shared memory. The products of a group are
  /// one block: nothing comes between them, and one set of accumulators crosses
  /// it.
  SmallVector<Value> productShared(ValueRange acc, Value a, Value b,
                                   int64_t columns, Type element,
                                   bool transposed, ArrayRef<Step> steps);
  /// D = A B (^T) + acc, A in registers, four a step.
  SmallVector<Value> productRegisters(ValueRange acc, ValueRange a, Value b,
                                      int64_t columns, Type element,
                                      bool transposed, ArrayRef<Step> steps);
  /// Waits for all but `groups` groups of products. The values pass through, so
  /// that no use of them can move above.
  SmallVector<Value> waitProducts(int64_t groups, ValueRange values);
  /// An instruction that reads the values, never runs, and stays in its place
  /// among waits: what they are computed from is not put off.
  void computed(ValueRange values);
  /// Descriptor of a matrix in shared memory with 128-byte swizzle.
  Value descriptor(Value address, int64_t leadingBytes, int64_t strideBytes);

  // Products of warps (mma, section 9.7.13.4; ldmatrix, section 9.7.13.4.15).
  /// Four matrices of 8 x 8 elements; lane i gives the address of row i mod 8
  /// of matrix i / 8. Lane l gets elements 2 (l mod 4) and one more of row l /
  /// 4 of each, with `transposed` of column l / 4.
  SmallVector<Value> loadMatrices(Value address, int64_t offset,
                                  bool transposed);
  /// D = A B + acc: 16 x 8 elements of depth 16.
  SmallVector<Value> product(ValueRange acc, ValueRange a, ValueRange b,
                             Type element);

  // Copies by threads (cp.async, section 9.7.8.22).
  /// 16 bytes, of which those from `bytes` on become zero.
  void copyAsync(Value to, Value from, Value bytes);
  void commitAsync();
  /// Until at most `groups` of this thread's groups are under way.
  void waitAsync(int64_t groups);
  void syncBlock();
  void syncWarp();
  /// The same at once, and element by element: 16-bit elements may lie
  /// anywhere.
  void copyElements(Value to, Value from, Value bytes);
  /// 16 bytes from shared to global memory, where the predicate holds; at once
  /// or element by element.
  void storeRow(Value to, Value from, Value predicate);
  void storeElements(Value to, Value from, Value predicate);

  // Barriers in shared memory (mbarrier, section 9.7.12.15).
  void initBarrier(Value barrier, int64_t arrivals);
  void fenceBarrierInit();
  void expectBytes(Value barrier, int64_t bytes);
  void waitBarrier(Value barrier, Value parity);
  void arrive(Value barrier);
  /// Where the predicate holds. No branch: it may stand between the issue of a
  /// product and its wait.
  void arriveIf(Value barrier, Value predicate);
  /// At the barrier in the same place of another block of the cluster.
  void arriveAt(Value barrier, Value block, Value predicate);
  /// All threads of the cluster's blocks.
  void syncCluster();
  /// Number of this block in its cluster.
  Value blockInCluster();
  /// Named barrier of some threads of the block.
  void syncThreads(Value barrier, int64_t threads);
  /// Arrives there without a wait.
  void arriveThreads(Value barrier, int64_t threads);

  // Copies (cp.async.bulk, section 9.7.8.24). `evictFirst`: in the L2 cache
  // they give place to all others (createpolicy, section 9.7.9.18).
  void copyIn(Value to, Value map, ValueRange place, Value barrier,
              bool evictFirst = false);
  /// To the same place in the first `blocks` blocks of the cluster, each of
  /// which is told at its own barrier.
  void copyInAll(Value to, Value map, ValueRange place, Value barrier,
                 int64_t blocks);
  void copyOut(Value map, ValueRange place, Value from,
               bool evictFirst = false);
  void commitCopies();
  /// Until at most `groups` committed groups are under way. `reads`: until the
  /// sources have been read, not until all is written.
  void waitCopies(bool reads, int64_t groups = 0);
  void fenceAsync();
  void storeMatrix(Value address, ValueRange registers);
  /// Two f32 at an address that is a multiple of 8.
  void storePair(Value address, Value low, Value high);
  void storeShared(Value address, Value value);
  /// 0 where the predicate does not hold.
  Value loadSharedIf(Value address, Value predicate);

  /// setmaxnreg: registers of each thread of this warpgroup.
  void setRegisters(int64_t count, bool increase);

  OpBuilder &b;
  Location loc;

private:
  /// A predicate as instructions in text take it, i32.
  Value asFlag(Value predicate);
  SmallVector<Value> emit(StringRef text, StringRef constraints,
                          ValueRange operands, TypeRange results,
                          bool pure = false);
};

} // namespace mlir::msa_gpu

#endif // MSA_LIB_CONVERSION_MSAGPUTONVVM_PTX_H
