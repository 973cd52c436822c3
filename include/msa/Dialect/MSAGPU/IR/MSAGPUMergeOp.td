//===- MSAGPUMergeOp.td - Partial attention joined ---------*- tablegen -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DIALECT_MSAGPU_IR_MSAGPUMERGEOP_TD
#define MSA_DIALECT_MSAGPU_IR_MSAGPUMERGEOP_TD

include "msa/Dialect/MSAGPU/IR/MSAGPUAttendOp.td"

def MSAGPU_F32x4D : AnyTypeOf<[4DTensorOf<[F32]>, MemRefRankOf<[F32], [4]>]>;

def MSAGPU_MergeOp : MSAGPU_Op<"merge", [DestinationStyleOpInterface]> {
  let summary = "partial results of attention to split keys, made one";
  let description = [{
    What `msa_gpu.attend` with splits leaves: results of the streams' attention to
    the first share of the keys, then to the second, and so on. Joined as
    `msa.merge` joins two, in one sum over all:

        m = max lse_s,  l = sum exp(lse_s - m)
        out = sum exp(lse_s - m) out_s / l,  lse = m + log l

    in the order of the shares, so that equal inputs give equal bits. A row that no
    share has a key for has out 0 and lse -inf.

    ```mlir
    func.func @join(%partial: tensor<8x4x1x64xf32>, %partial_lse: tensor<8x4x1xf32>,
                    %out: tensor<2x4x1x64xbf16>, %lse: tensor<2x4x1xf32>)
        -> (tensor<2x4x1x64xbf16>, tensor<2x4x1xf32>) {
      %0:2 = msa_gpu.merge ins(%partial, %partial_lse : tensor<8x4x1x64xf32>, tensor<8x4x1xf32>)
          outs(%out, %lse : tensor<2x4x1x64xbf16>, tensor<2x4x1xf32>)
          -> tensor<2x4x1x64xbf16>, tensor<2x4x1xf32>
      return %0#0, %0#1 : tensor<2x4x1x64xbf16>, tensor<2x4x1xf32>
    }
    ```

    Constraints:

    - (J1) operands and results are all tensors, or all memrefs without results;
      results have the types of the outs.
    - (J2) static sizes; partial results have the sizes of the outs and 1 to 64
      times as many streams; an lse has those of its out but the last. A `token_major`
      out is B x N x H x D, all else B x H x N (x D).
  }];
  let arguments = (ins MSAGPU_F32x4D:$partial, MSAGPU_Lse:$partial_lse,
    MSAGPU_Out4D:$out, MSAGPU_Lse:$lse, UnitAttr:$token_major);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    `ins` `(` $partial `,` $partial_lse `:` type($partial) `,` type($partial_lse) `)`
    `outs` `(` $out `,` $lse `:` type($out) `,` type($lse) `)`
    (`token_major` $token_major^)? attr-dict (`->` type($results)^)?
  }];
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() {
      return ::mlir::MutableOperandRange(getOperation(), 2, 2);
    }
    int64_t getSplits() {
      auto streams = [](::mlir::Value value) {
        return ::llvm::cast<::mlir::ShapedType>(value.getType()).getDimSize(0);
      };
      return streams(getPartial()) / streams(getOut());
    }
  }];
  let hasVerifier = 1;
}

#endif // MSA_DIALECT_MSAGPU_IR_MSAGPUMERGEOP_TD
