//===- OnlineSoftmax.h - Softmax over tiles of scores ------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_LIB_DIALECT_MSAGPU_TRANSFORMS_ONLINESOFTMAX_H
#define MSA_LIB_DIALECT_MSAGPU_TRANSFORMS_ONLINESOFTMAX_H

#include "TileBuilder.h"

namespace mlir::msa_gpu {

/// What a tile of scores does to the carried maximum and sum (online softmax,
/// arXiv 1805.02867), in powers of two.
struct OnlineSoftmax {
  Value weights;  ///< Fragment: 2^(factor s - factor max).
  Value max, sum; ///< Rows; the sum is partial.
  Value alpha;    ///< Rows: what the accumulator is to be multiplied with,
  Value grows;    ///< i1, and whether it must be; null: always.
};

struct OnlineSoftmaxOptions {
  double factor = 1; ///< Of raw scores, log2 e included; positive.
  /// The accumulator follows the maximum only once that has grown by more than
  /// 8 powers of two.
  bool lazy = false;
  /// Rows may have kept no key yet: their maximum is -inf.
  bool guarded = true;
  /// Rows, or null: what all raw scores of a row have to be increased by. The
  /// exponent's shift takes it in: an addition a row, not one a score.
  Value bias;
};

OnlineSoftmax onlineSoftmax(TileBuilder &t, Value scores, Value max, Value sum,
                            const OnlineSoftmaxOptions &options);

/// The accumulator brought to the new maximum.
Value rescale(TileBuilder &t, Value acc, const OnlineSoftmax &step);

} // namespace mlir::msa_gpu

#endif // MSA_LIB_DIALECT_MSAGPU_TRANSFORMS_ONLINESOFTMAX_H
