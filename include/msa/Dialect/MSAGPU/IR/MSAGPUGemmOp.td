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

def MSAGPU_Extra : AnyTypeOf<[TensorRankOf<[F16, BF16, F32], [1, 2, 3, 4, 5]>,
                              MemRefRankOf<[F16, BF16, F32], [1, 2, 3, 4, 5]>]>;

def MSAGPU_GemmOp : MSAGPU_Op<"gemm", [DestinationStyleOpInterface, IsolatedFromAbove, AttrSizedOperandSegments]> {
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

    An epilogue computes what is stored from the f32 sums: its body gets an
    element of the product, then one of each of `extras`, widened to f32, and
    yields what is rounded to out. The form of an extra names its dimensions:
    with n it differs from column to column, without it is one value a row. With
    `rotate` r the body gets, behind the product's element, that of the column
    r/2 further in the same group of r columns, or r/2 before, negated where it
    stands further (the other half of a rotary embedding's pair); the letter p
    of an extra is then the column modulo r/2. A second out is the product as it
    is.

    ```mlir
    // y = silu(x w + bias) + r.
    func.func @activate(%x: tensor<4096x2048xbf16>, %w: tensor<2048x2048xbf16>, %r: tensor<4096x2048xbf16>,
                        %bias: tensor<2048xf32>, %out: tensor<4096x2048xbf16>) -> tensor<4096x2048xbf16> {
      %y = msa_gpu.gemm "mk,kn->mn" ins(%x, %w : tensor<4096x2048xbf16>, tensor<2048x2048xbf16>)
          outs(%out : tensor<4096x2048xbf16>)
          schedule(<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2,
                    group = 16, cluster = 2, persistent = true>)
          extras(["mn", "n"] : %r, %bias : tensor<4096x2048xbf16>, tensor<2048xf32>) epilogue {
      ^bb0(%sum: f32, %residual: f32, %b: f32):
        %one = arith.constant 1.0 : f32
        %v = arith.addf %sum, %b : f32
        %minus = arith.negf %v : f32
        %e = math.exp %minus : f32
        %d = arith.addf %e, %one : f32
        %silu = arith.divf %v, %d : f32
        %all = arith.addf %silu, %residual : f32
        msa_gpu.yield %all : f32
      } -> tensor<4096x2048xbf16>
      return %y : tensor<4096x2048xbf16>
    }
    // A projection into heads of 128, rotated by the angles of each token; and as it is.
    func.func @rotated(%x: tensor<4096x2048xbf16>, %w: tensor<16x2048x128xbf16>, %cos: tensor<4096x64xf32>,
                       %sin: tensor<4096x64xf32>, %out: tensor<16x4096x128xbf16>, %plain: tensor<16x4096x128xbf16>)
        -> (tensor<16x4096x128xbf16>, tensor<16x4096x128xbf16>) {
      %0:2 = msa_gpu.gemm "mk,hkn->hmn" ins(%x, %w : tensor<4096x2048xbf16>, tensor<16x2048x128xbf16>)
          outs(%out, %plain : tensor<16x4096x128xbf16>, tensor<16x4096x128xbf16>)
          schedule(<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2,
                    group = 16, cluster = 2, persistent = true>)
          extras(["mp", "mp"] : %cos, %sin : tensor<4096x64xf32>, tensor<4096x64xf32>) rotate(128) epilogue {
      ^bb0(%sum: f32, %other: f32, %c: f32, %s: f32):
        %u = arith.mulf %sum, %c : f32
        %v = arith.mulf %other, %s : f32
        %y = arith.addf %u, %v : f32
        msa_gpu.yield %y : f32
      } -> tensor<16x4096x128xbf16>, tensor<16x4096x128xbf16>
      return %0#0, %0#1 : tensor<16x4096x128xbf16>, tensor<16x4096x128xbf16>
    }
    ```

    Constraints:

    - (M1) operands and results are all tensors, or all memrefs without results;
      a and b of one element type, outs of the same or of f32; one result an out,
      of its type.
    - (M2) the form names every dimension as the table says, m, n and k are
      there, and sizes that share a letter agree.
    - (M3) the last dimension of a is k, that of out n, that of b n or k; in b, g
      stands right before k, and where k is last, h right before n: they are one
      dimension to the kernel.
    - (M4) last dimensions are multiples of 8 elements (16 bytes, for the copy
      engine); all sizes lie in 1 .. 2^28.
    - (M5) one out, or with an epilogue two, of one shape and element type; extras
      and rotate need an epilogue.
    - (M6) one form an extra, of dimensions of out or p, with out's sizes, no
      letter but 1 twice; n or p comes last and not with the other, h only with n,
      p only with rotate, its size rotate / 2.
    - (M7) rotate is a multiple of 16 that divides n, and the columns of a tile.
    - (M8) the body's arguments are f32: the product's element, with rotate the
      other one, then one an extra. It yields f32. It is made of additions,
      subtractions, products, quotients, negations, greatest and least values,
      comparisons, selections, constants, absolute values, square roots, fma and
      exp of f32, and logic of i1.
  }];
  let arguments = (ins StrAttr:$form, MSAGPU_HalfMatrix:$a, MSAGPU_HalfMatrix:$b,
                       Variadic<MSAGPU_FloatMatrix>:$outs, MSAGPU_GemmScheduleAttr:$schedule,
                       OptionalAttr<StrArrayAttr>:$forms, Variadic<MSAGPU_Extra>:$extras, OptionalAttr<I64Attr>:$rotate);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let regions = (region AnyRegion:$epilogue);
  let assemblyFormat = [{
    $form `ins` `(` $a `,` $b `:` type($a) `,` type($b) `)` `outs` `(` $outs `:` type($outs) `)`
    `schedule` `(` $schedule `)` (`extras` `(` $forms^ `:` $extras `:` type($extras) `)`)?
    (`rotate` `(` $rotate^ `)`)? (`epilogue` $epilogue^)? attr-dict (`->` type($results)^)?
  }];
  let builders = [OpBuilder<(ins "::llvm::StringRef":$form, "::mlir::Value":$a, "::mlir::Value":$b,
      "::mlir::ValueRange":$outs, "::mlir::msa_gpu::GemmScheduleAttr":$schedule,
      CArg<"::llvm::ArrayRef<std::string>", "{}">:$forms, CArg<"::mlir::ValueRange", "{}">:$extras,
      CArg<"int64_t", "0">:$rotate)>];
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getOutsMutable(); }
    ::mlir::Value getOut() { return getOuts().front(); }
    /// Letters of an operand's dimensions: of a, b and the outs.
    ::llvm::StringRef letters(unsigned operand);
    /// Letters of the dimensions of an extra.
    ::llvm::StringRef extraLetters(unsigned extra);
    bool hasEpilogue() { return !getEpilogue().empty(); }
    /// Whether an extra can have its dimensions in this order.
    static bool canRead(::llvm::StringRef form);
    /// Whether the epilogue can compute with an operation of f32, and of i1.
    static bool canCompute(::mlir::Operation *op);
    /// Adds the body of an epilogue, its arguments as (M8) has them.
    ::mlir::Block *addEpilogue(::mlir::OpBuilder &b);
    // Parts of the verifier: (M5), and (M6) with (M7).
    ::llvm::LogicalResult verifyOuts();
    ::llvm::LogicalResult verifyExtras();
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
  let hasRegionVerifier = 1;
}

#endif // MSA_DIALECT_MSAGPU_IR_MSAGPUGEMMOP_TD
