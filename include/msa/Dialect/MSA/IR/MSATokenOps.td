//===- MSATokenOps.td - Operations along the tokens --------*- tablegen -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DIALECT_MSA_IR_MSATOKENOPS_TD
#define MSA_DIALECT_MSA_IR_MSATOKENOPS_TD

include "msa/Dialect/MSA/IR/MSAEnums.td"
include "msa/Dialect/MSA/IR/MSAOpBase.td"

def MSA_RopeOp : MSA_Op<"rope", [Pure, AllTypesMatch<["input", "output"]>]> {
  let summary = "rotary position embedding";
  let description = [{
    Rotates pairs of channels by an angle that grows with the position (RoFormer,
    arXiv 2104.09864, equation 34). Row n of batch b stands at the relative
    position p = start + offset[b] + n; only differences of positions matter to
    attention, so p counts from the segment and stays small at any length of the
    stream. With r = `rotary` channels and c in 0 .. r/2 - 1:

        angle = p * inv_freq[c],   inv_freq[c] = base^(-2c/r), scaled as below
        (x_c, x_{c + r/2}) <- (x_c cos - x_{c+r/2} sin, x_{c+r/2} cos + x_c sin)

    `interleaved` pairs (2c, 2c + 1) instead. Channels from r on are copied.

    | scaling | meaning |
    |---|---|
    | none | |
    | linear | inv_freq / factor |
    | ntk | base * factor^(r/(r-2)) (dynamic NTK at the length factor * original) |
    | yarn | NTK-by-parts between beta 32 and 1 turns over `original` positions; cos and sin times 0.1 ln(factor) + 1 (arXiv 2309.00071) |

    Angles are computed in f64 when the op is compiled, so all targets agree.
    offset is clamped so that p stays in start .. start + limit - 1, `limit`
    being the number of positions for which angles are kept; without an offset
    there are N and no `limit` is given.

    ```mlir
    // Keys of a window of 32 rows stand before those of the segment.
    func.func @rope(%keys: tensor<1x2x64x16xf32>, %window: tensor<1x2x32x16xf32>)
        -> (tensor<1x2x64x16xf32>, tensor<1x2x32x16xf32>) {
      %k = msa.rope %keys rotary(16) : tensor<1x2x64x16xf32>
      %w = msa.rope %window rotary(16) {start = -32 : i64} : tensor<1x2x32x16xf32>
      return %k, %w : tensor<1x2x64x16xf32>, tensor<1x2x32x16xf32>
    }
    ```

    Constraints:

    - (C1) input is B x H x N x D, static, not empty.
    - (C2) rotary is even and lies in 2 .. D.
    - (C3) base > 1 and factor >= 1 are finite; original lies in [1, 2^40] where
      scaling is yarn.
    - (C4) offset has B elements; limit is given exactly with offset and is at
      least N; |start|, N and limit do not exceed 2^24.
    - (C5) ntk needs rotary > 2.
    - (C6) at most 2^24 angles are kept: limit * rotary / 2 of them.
  }];
  let arguments = (ins
    MSA_FloatTensor4D:$input, Optional<1DTensorOf<[I64]>>:$offset,
    I64Attr:$rotary, DefaultValuedAttr<I64Attr, "0">:$start,
    DefaultValuedAttr<F64Attr, "10000.0">:$base, UnitAttr:$interleaved,
    DefaultValuedAttr<MSA_RopeScalingAttr, "RopeScaling::none">:$scaling,
    DefaultValuedAttr<F64Attr, "1.0">:$factor,
    DefaultValuedAttr<I64Attr, "0">:$original,
    DefaultValuedAttr<I64Attr, "0">:$limit);
  let results = (outs MSA_FloatTensor4D:$output);
  let assemblyFormat = [{
    $input (`offset` `(` $offset^ `:` type($offset) `)`)? `rotary` `(` $rotary `)`
    attr-dict `:` type($input)
  }];
  let extraClassDeclaration = [{
    /// Angle per position of channel pair c, and what cos and sin are multiplied
    /// by, in f64.
    std::pair<double, double> getFrequency(int64_t pair);
  }];
  let hasVerifier = 1;
}

def MSA_ShortConvOp : MSA_Op<"short_conv", [Pure, AllTypesMatch<["input", "output"]>]> {
  let summary = "causal depthwise convolution over tokens";
  let description = [{
    Binds each token to the ones before it. With width w and rows of `carried`
    standing before row 0 of the input:

        output[b, n, c] = sum_{t < w} weight[t, c] x[b, n - (w - 1) + t, c]

    ```mlir
    func.func @conv(%x: tensor<1x64x8xf32>, %carried: tensor<1x2x8xf32>,
                    %weight: tensor<3x8xf32>) -> tensor<1x64x8xf32> {
      %y = msa.short_conv %x, %carried, %weight
          : tensor<1x64x8xf32>, tensor<1x2x8xf32>, tensor<3x8xf32>
      return %y : tensor<1x64x8xf32>
    }
    ```

    Constraints:

    - (C1) input is B x N x d, carried B x (w-1) x d, weight w x d, all static, not
      empty and of one type.
    - (C2) w lies in 2 .. 16.
  }];
  let arguments = (ins MSA_FloatTensor3D:$input, MSA_FloatTensor3D:$carried,
                       MSA_FloatTensor2D:$weight);
  let results = (outs MSA_FloatTensor3D:$output);
  let assemblyFormat = [{
    $input `,` $carried `,` $weight attr-dict `:` type($input) `,` type($carried) `,` type($weight)
  }];
  let hasVerifier = 1;
}

#endif // MSA_DIALECT_MSA_IR_MSATOKENOPS_TD
