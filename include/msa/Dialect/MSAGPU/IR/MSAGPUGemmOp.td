//===- MSAGPUGemmOp.td - Products with a schedule ----------*- tablegen -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DIALECT_MSAGPU_IR_MSAGPUGEMMOP_TD
#define MSA_DIALECT_MSAGPU_IR_MSAGPUGEMMOP_TD

include "msa/Dialect/MSAGPU/IR/MSAGPUOpBase.td"

def MSAGPU_HalfMatrix : AnyTypeOf<[TensorRankOf<[F16, BF16], [2, 3, 4, 5]>,
                                   MemRefRankOf<[F16, BF16], [2, 3, 4, 5]>]>;

def MSAGPU_FloatMatrix : AnyTypeOf<[TensorRankOf<[F16, BF16, F32], [2, 3, 4, 5]>,
                                    MemRefRankOf<[F16, BF16, F32], [2, 3, 4, 5]>]>;

def MSAGPU_GemmOp : MSAGPU_Op<"gemm", [DestinationStyleOpInterface]> {
  let summary = "a product of matrices that one tensor-core kernel computes";
  let description = [{
    out = a b: exact products, f32 sums, rounded once if at all. `form` names the
    dimensions of a, b and out, outermost first, as in an Einstein summation:

    | letter | in | |
    |---|---|---|
    | m, n | a and out; b and out | rows and columns of the result |
    | k | a and b | what is summed over |
    | h | b and out | heads: further columns |
    | g | a and b | further summands, as heads that a projection merges |
    | b | a and out, perhaps b | streams |
    | 1 | anywhere | a dimension of size 1 |

    ```mlir
    // A projection into heads: x times the weights of every head.
    func.func @project(%x: tensor<4096x2048xbf16>, %w: tensor<16x2048x128xbf16>,
                       %out: tensor<16x4096x128xbf16>) -> tensor<16x4096x128xbf16> {
      %0 = msa_gpu.gemm "mk,hkn->hmn"
          ins(%x, %w : tensor<4096x2048xbf16>, tensor<16x2048x128xbf16>)
          outs(%out : tensor<16x4096x128xbf16>)
          schedule(<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2,
                    group = 16, cluster = 2, persistent = true>) -> tensor<16x4096x128xbf16>
      return %0 : tensor<16x4096x128xbf16>
    }
    ```

    Constraints:

    - (M1) operands and result are all tensors, or all memrefs without a result;
      a and b of one element type, out of the same or of f32.
    - (M2) the form names every dimension as the table says, m, n and k are
      there, and sizes that share a letter agree.
    - (M3) the last dimension of a is k, that of out n, that of b n or k; in b, g
      stands right before k, and where k is last, h right before n: they are one
      dimension to the kernel.
    - (M4) last dimensions are multiples of 8 elements (16 bytes, for the copy
      engine); all sizes lie in 1 .. 2^28.
  }];
  let arguments = (ins StrAttr:$form, MSAGPU_HalfMatrix:$a, MSAGPU_HalfMatrix:$b, MSAGPU_FloatMatrix:$out,
                       MSAGPU_GemmScheduleAttr:$schedule);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $form `ins` `(` $a `,` $b `:` type($a) `,` type($b) `)` `outs` `(` $out `:` type($out) `)`
    `schedule` `(` $schedule `)` attr-dict (`->` type($results)^)?
  }];
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getOutMutable(); }
    /// Letters of an operand's dimensions: of a, b and out.
    ::llvm::StringRef letters(unsigned operand);
    /// Size of a letter's dimension, 1 where there is none.
    int64_t size(char letter);
    /// Whether b has k last.
    bool isTransposed() { return letters(1).ends_with("k"); }
    ::mlir::Type getElement() {
      return ::llvm::cast<::mlir::ShapedType>(getA().getType()).getElementType();
    }
    ::mlir::Type getOutElement() {
      return ::llvm::cast<::mlir::ShapedType>(getOut().getType()).getElementType();
    }
  }];
  let hasVerifier = 1;
}

#endif // MSA_DIALECT_MSAGPU_IR_MSAGPUGEMMOP_TD
