//===- MSAGPUAttendOp.td - Attention with a schedule -------*- tablegen -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DIALECT_MSAGPU_IR_MSAGPUATTENDOP_TD
#define MSA_DIALECT_MSAGPU_IR_MSAGPUATTENDOP_TD

include "msa/Dialect/MSAGPU/IR/MSAGPUOpBase.td"

def MSAGPU_Half4D : AnyTypeOf<[4DTensorOf<[F16, BF16]>, MemRefRankOf<[F16, BF16], [4]>]>;
def MSAGPU_Out4D : AnyTypeOf<[4DTensorOf<[F16, BF16, F32]>, MemRefRankOf<[F16, BF16, F32], [4]>]>;
def MSAGPU_Lse : AnyTypeOf<[3DTensorOf<[F32]>, MemRefRankOf<[F32], [3]>]>;
def MSAGPU_PerStream : AnyTypeOf<[1DTensorOf<[I64]>, MemRefRankOf<[I64], [1]>]>;
def MSAGPU_PerHead : AnyTypeOf<[1DTensorOf<[F32]>, MemRefRankOf<[F32], [1]>]>;
def MSAGPU_Counter : AnyTypeOf<[1DTensorOf<[I32]>, MemRefRankOf<[I32], [1]>]>;

def MSAGPU_Documents : AnyTypeOf<[2DTensorOf<[I32]>, MemRefRankOf<[I32], [2]>]>;
def MSAGPU_Blocks : AnyTypeOf<[4DTensorOf<[I32]>, MemRefRankOf<[I32], [4]>]>;

def MSAGPU_AttendOp : MSAGPU_Op<"attend", [
    AttrSizedOperandSegments, DestinationStyleOpInterface]> {
  let summary = "attention that one tensor-core kernel computes";
  let description = [{
    `msa.attend` with the schedule of its kernel; operands and results mean what
    they mean there. On tensors or, bufferized, on memrefs. A rule of bands, and of
    bands of every stride-th key, is visited band by band, the strided keys as
    rows of a view; any other lists its key tiles (`msa_gpu.visits`).
    `counter` is scratch that tiles are drawn from.

    ```mlir
    func.func @dense(%q: tensor<1x16x4096x128xbf16>, %k: tensor<1x16x4096x128xbf16>,
                     %v: tensor<1x16x4096x128xbf16>, %out: tensor<1x16x4096x128xbf16>,
                     %lse: tensor<1x16x4096xf32>, %counter: tensor<1xi32>)
        -> (tensor<1x16x4096x128xbf16>, tensor<1x16x4096xf32>, tensor<1xi32>) {
      %0:3 = msa_gpu.attend
          ins(%q, %k, %v : tensor<1x16x4096x128xbf16>, tensor<1x16x4096x128xbf16>, tensor<1x16x4096x128xbf16>)
          outs(%out, %lse, %counter : tensor<1x16x4096x128xbf16>, tensor<1x16x4096xf32>, tensor<1xi32>)
          pattern(#msa.causal) scale(0.08838834764831845)
          schedule(<warpgroups = 3, keys = 128, stages = 2, rescale = lazy,
                    skip = false, half = false, persistent = true>)
          -> tensor<1x16x4096x128xbf16>, tensor<1x16x4096xf32>, tensor<1xi32>
      return %0#0, %0#1, %0#2 : tensor<1x16x4096x128xbf16>, tensor<1x16x4096xf32>, tensor<1xi32>
    }
    ```

    Constraints:

    - (A1) operands and results are all tensors, or all memrefs without results.
    - (A2) shapes agree as in msa.attend (C3 to C8, C11); head dimensions of
      query and value are 64, 80, 96, 128 or 256, and equal.
    - (A3) scale lies between 2^-64 and 2^64; documents and blocks are present
      exactly where the pattern reads them, in the shapes of msa.attend.
    - (A4) the schedule's tiles fit into 232448 bytes of shared memory; with mma
      into 101376, which every GPU from sm_80 on has.
    - (A5) the schedule's fragments fit into the registers of a thread:
      keys/2 + D/2 + keys/4 is at most 160 with three warpgroups, 216 with fewer;
      with overlap, where weights and the next scores are alive together, 128
      and 208.
    - (A6) the counter has one element.
    - (A7) overlap needs a tile that every query tile has, so that a pipeline can
      start: where the pattern, the length or the tail of the keys cuts tiles on
      the right, the last one, of which the mask may keep nothing; else a pattern
      without a left side, or no offset and no more queries than keys. Where key
      tiles are listed it starts with nothing, and needs that there is no bank;
      with strided keys there is none.
    - (A8) heads are packed where a KV head has a multiple of `warpgroups` query
      heads and the pattern does not differ between them.
    - (A9) heads are stacked where the pattern is a band.
    - (A10) with splits, out and lse are partial results of split 0's streams,
      then split 1's, and so on: f32, splits times as many streams, and at most
      2^30 elements.
    - (A11) `token_major` out is B x N x H x D, as products over all heads of a
      token read it: not of partial results, and with stacked heads only where one
      of N and H / KV is 1, so that a matrix of rows has one distance between them.
  }];
  let arguments = (ins
    MSAGPU_Half4D:$query, MSAGPU_Half4D:$key, MSAGPU_Half4D:$value,
    Optional<MSAGPU_Half4D>:$window_key, Optional<MSAGPU_Half4D>:$window_value,
    Optional<MSAGPU_Half4D>:$bank_key, Optional<MSAGPU_Half4D>:$bank_value,
    Optional<MSAGPU_PerHead>:$bank_bias,
    Optional<MSAGPU_PerStream>:$position, Optional<MSAGPU_PerStream>:$length,
    Optional<MSAGPU_PerStream>:$offset,
    Optional<MSAGPU_Documents>:$documents, Optional<MSAGPU_Blocks>:$blocks,
    MSAGPU_Out4D:$out, MSAGPU_Lse:$lse, MSAGPU_Counter:$counter,
    MSA_PatternParam:$pattern, F64Attr:$scale, MSAGPU_ScheduleAttr:$schedule,
    UnitAttr:$token_major);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    `ins` `(` $query `,` $key `,` $value `:` type($query) `,` type($key) `,` type($value) `)`
    (`window` `(` $window_key^ `,` $window_value `:` type($window_key) `,` type($window_value) `)`)?
    (`bank` `(` $bank_key^ `,` $bank_value `:` type($bank_key) `,` type($bank_value) `)`)?
    (`bias` `(` $bank_bias^ `:` type($bank_bias) `)`)?
    (`position` `(` $position^ `:` type($position) `)`)?
    (`length` `(` $length^ `:` type($length) `)`)?
    (`offset` `(` $offset^ `:` type($offset) `)`)?
    (`documents` `(` $documents^ `:` type($documents) `)`)?
    (`blocks` `(` $blocks^ `:` type($blocks) `)`)?
    `outs` `(` $out `,` $lse `,` $counter `:` type($out) `,` type($lse) `,` type($counter) `)`
    (`token_major` $token_major^)?
    `pattern` `(` $pattern `)` `scale` `(` $scale `)` `schedule` `(` $schedule `)`
    attr-dict (`->` type($results)^)?
  }];
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() {
      // The last three; not by their names, which a wrong segment size moves.
      return ::mlir::MutableOperandRange(getOperation(),
        getNumOperands() - 3, 3);
    }
    static ::llvm::ArrayRef<int64_t> shapeOf(::mlir::Value value) {
      return ::llvm::cast<::mlir::ShapedType>(value.getType()).getShape();
    }
    int64_t getBatch() { return shapeOf(getQuery())[0]; }
    int64_t getQueryHeads() { return shapeOf(getQuery())[1]; }
    int64_t getKeyHeads() { return shapeOf(getKey())[1]; }
    int64_t getQueries() { return shapeOf(getQuery())[2]; }
    int64_t getLocalKeys() { return shapeOf(getKey())[2]; }
    int64_t getHeadDim() { return shapeOf(getQuery())[3]; }
    int64_t getWindow() { return getWindowKey() ? shapeOf(getWindowKey())[2] : 0; }
    int64_t getSlots() { return getBankKey() ? shapeOf(getBankKey())[2] : 0; }
    /// Whether a kernel of this schedule can store its out token by token.
    bool canBeTokenMajor() {
      return getSchedule().getSplits() == 1 &&
             (!getSchedule().getStacked() || getQueries() == 1 || getGroup() == 1);
    }
    /// Query heads of a KV head.
    int64_t getGroup() { return getQueryHeads() / getKeyHeads(); }
    /// As the kernel sees queries and results: matrices of a stream, and rows
    /// of each.
    int64_t getMatrices() { return getSchedule().getStacked() ? getKeyHeads() : getQueryHeads(); }
    int64_t getRows() { return getSchedule().getStacked() ? getGroup() * getQueries() : getQueries(); }
    ::mlir::Type getElement() {
      return ::llvm::cast<::mlir::ShapedType>(getQuery().getType()).getElementType();
    }
  }];
  let hasVerifier = 1;
}

#endif // MSA_DIALECT_MSAGPU_IR_MSAGPUATTENDOP_TD
