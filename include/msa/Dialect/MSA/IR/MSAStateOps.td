//===- MSAStateOps.td - Operations on a stream's state -----*- tablegen -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DIALECT_MSA_IR_MSASTATEOPS_TD
#define MSA_DIALECT_MSA_IR_MSASTATEOPS_TD

include "msa/Dialect/MSA/IR/LinearStateInterface.td"
include "msa/Dialect/MSA/IR/MSAGates.td"
include "msa/Dialect/MSA/IR/MSAOpBase.td"

def MSA_BankWriteOp : MSA_Op<"bank_write", [
    Pure, AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<LinearStateOpInterface>]> {
  let summary = "gated write of a candidate into the memory bank";
  let description = [{
    Updates a bank of K slots of d channels after a segment. What the gate
    computes is defined by the `gate` attribute; its projections come in the
    gate's order as triples (weight on the candidate d x c, weight on the bank
    d x c, bias c), where c is d, or 1 for a projection that is one number per
    slot.

    With `scores` at most the `slots` slots of highest score are written (of
    equal scores the lower slot first; a NaN score is never written); all other
    slots keep their bits. Where `length` is 0 or less no slot of that stream is
    written.

    The old bank must not be used after this op (`msa-check-linear`).

    ```mlir
    // Four slots of eight channels; at most the two of highest score are written.
    func.func @write(%bank: tensor<1x4x8xf32>, %candidate: tensor<1x4x8xf32>,
                     %wr: tensor<8x8xf32>, %ur: tensor<8x8xf32>, %br: tensor<8xf32>,
                     %wz: tensor<8x1xf32>, %uz: tensor<8x1xf32>, %bz: tensor<1xf32>,
                     %wn: tensor<8x8xf32>, %un: tensor<8x8xf32>, %bn: tensor<8xf32>,
                     %scores: tensor<1x4xf32>) -> tensor<1x4x8xf32> {
      %new = msa.bank_write %bank, %candidate gate(#msa.gru)
          weights(%wr, %ur, %br, %wz, %uz, %bz, %wn, %un, %bn
                  : tensor<8x8xf32>, tensor<8x8xf32>, tensor<8xf32>,
                    tensor<8x1xf32>, tensor<8x1xf32>, tensor<1xf32>,
                    tensor<8x8xf32>, tensor<8x8xf32>, tensor<8xf32>)
          top 2 of(%scores : tensor<1x4xf32>)
          : tensor<1x4x8xf32>, tensor<1x4x8xf32> -> tensor<1x4x8xf32>
      return %new : tensor<1x4x8xf32>
    }
    ```

    Constraints:

    - (C1) bank and candidate are B x K x d of one type f16, bf16, f32 or f64,
      static and not empty.
    - (C2) weights has three tensors for each projection of the gate, of the
      shapes above and the bank's type.
    - (C3) `slots` is present exactly when scores is, and lies in 1 .. K; scores is
      B x K x f32 and K at most 2^24 (ranks are counted in f32).
    - (C4) length has B elements.
    - (C5) new_bank has the bank's type; read is present exactly for gates that
      have one, and has the bank's type.
  }];
  let arguments = (ins
    MSA_FloatTensor3D:$bank, MSA_FloatTensor3D:$candidate,
    Variadic<MSA_FloatTensor>:$weights,
    Optional<2DTensorOf<[F32]>>:$scores, Optional<1DTensorOf<[I64]>>:$length,
    MSA_GateParam:$gate, OptionalAttr<I64Attr>:$slots);
  let results = (outs MSA_FloatTensor3D:$new_bank, Optional<MSA_FloatTensor3D>:$read);
  let assemblyFormat = [{
    $bank `,` $candidate `gate` `(` $gate `)`
    `weights` `(` $weights `:` type($weights) `)`
    (`top` $slots^ `of` `(` $scores `:` type($scores) `)`)?
    (`length` `(` $length^ `:` type($length) `)`)? attr-dict
    `:` type($bank) `,` type($candidate) `->` type($new_bank) (`,` type($read)^)?
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def MSA_CarryOp : MSA_Op<"carry", [
    Pure, AllTypesMatch<["window", "new_window"]>,
    DeclareOpInterfaceMethods<LinearStateOpInterface>]> {
  let summary = "moves a carried window past a segment";
  let description = [{
    The last W rows of (window ++ the first `length` rows of the segment), rows
    being the second to last dimension:

        new_window[b, .., w, :] = row (w + length[b]) of the concatenation

    `length` is clamped to 0 .. N; N where absent. The old window must not be
    used after this op (`msa-check-linear`).

    ```mlir
    func.func @carry(%window: tensor<1x2x32x16xf32>, %keys: tensor<1x2x64x16xf32>,
                     %length: tensor<1xi64>) -> tensor<1x2x32x16xf32> {
      %new = msa.carry %window, %keys length(%length : tensor<1xi64>)
          : tensor<1x2x32x16xf32>, tensor<1x2x64x16xf32>
      return %new : tensor<1x2x32x16xf32>
    }
    ```

    Constraints:

    - (C1) window and segment have one element type, one rank >= 3 and agree in
      all sizes but the rows; sizes are static and not zero.
    - (C2) length has as many elements as the first dimension.
  }];
  let arguments = (ins AnyRankedTensor:$window, AnyRankedTensor:$segment,
                       Optional<1DTensorOf<[I64]>>:$length);
  let results = (outs AnyRankedTensor:$new_window);
  let assemblyFormat = [{
    $window `,` $segment (`length` `(` $length^ `:` type($length) `)`)? attr-dict
    `:` type($window) `,` type($segment)
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
}

#endif // MSA_DIALECT_MSA_IR_MSASTATEOPS_TD
