//===- MSAAttentionOps.td - Attention operations -----------*- tablegen -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DIALECT_MSA_IR_MSAATTENTIONOPS_TD
#define MSA_DIALECT_MSA_IR_MSAATTENTIONOPS_TD

include "msa/Dialect/MSA/IR/MSAOpBase.td"
include "msa/Dialect/MSA/IR/MSAPatterns.td"

def MSA_AttendOp : MSA_Op<"attend", [Pure, AttrSizedOperandSegments]> {
  let summary = "sparse attention over a segment, a carried window and a bank";
  let description = [{
    One softmax over the union of the bank's slots and the local keys that the
    pattern keeps (log-sum-exp as in FlashAttention, arXiv 2205.14135, section
    3.1). For query i of head h:

        s_ij  = score(scale * <q_i, k_j>)        local keys that are kept
        s_is  = scale * <q_i, bk_s> + bias[h]    bank slots, always kept
        out_i = sum softmax(s_i) v               lse_i = log sum exp(s_i)

    | operand | type | meaning |
    |---|---|---|
    | query | B x Hq x N x D | float |
    | key, value | B x Hkv x M x D, B x Hkv x M x Dv | keys of the segment, at positions position + 0 .. M-1 |
    | window_key, window_value | B x Hkv x W x D, .. Dv | keys at positions position - W .. position - 1 |
    | bank_key, bank_value | B x Hkv x K x D, .. Dv | bank slots, without position |
    | bank_bias | Hq x f32 | added to the scores of the bank |
    | position | B x i64 | absolute position of the segment's first key; 0 where absent |
    | length | B x i64 | valid keys of the segment, clamped to 0 .. M; M where absent |
    | offset | B x i64 | query 0 stands at position + offset; 0 where absent |
    | documents | B x (W + M) x i32 | document of each local position, window first |
    | blocks | B x Hkv x Q x T x i32 | key blocks of each query block; blocks are counted from position, query block 0 holds it |

    Keys of the window before position 0 are not there. Query head h reads KV
    head h / (Hq / Hkv). Scores and sums are f32 (f64 for f64 operands).

    A row that keeps no key gives out = 0 and lse = -inf, never NaN. A score of
    -inf counts as not kept; so does one below -1e30 in tiled code. A NaN or
    infinite value reaches the rows of every tile that is visited, whether they
    keep it or not: a product with weight 0 is not skipped. So keys past
    `length` must hold finite values.

    The `score` region maps (score, batch, head, query position, key position)
    to the score, the positions being relative to `position`; bank slots are not
    given to it. It may use values from outside.

    Queries past the last listed block of `blocks` use the last list, queries
    before `position` the first. Positions outside of `documents` belong to the
    document at the nearer end.

    ```mlir
    // A segment of 64 tokens after a carried window of 32, and a bank of 16 slots;
    // eight query heads share two KV heads.
    func.func @attend(%q: tensor<1x8x64x32xf32>,
                      %k: tensor<1x2x64x32xf32>, %v: tensor<1x2x64x32xf32>,
                      %wk: tensor<1x2x32x32xf32>, %wv: tensor<1x2x32x32xf32>,
                      %bk: tensor<1x2x16x32xf32>, %bv: tensor<1x2x16x32xf32>,
                      %bias: tensor<8xf32>, %position: tensor<1xi64>)
        -> (tensor<1x8x64x32xf32>, tensor<1x8x64xf32>) {
      %out, %lse = msa.attend
          ins(%q, %k, %v : tensor<1x8x64x32xf32>, tensor<1x2x64x32xf32>,
              tensor<1x2x64x32xf32>)
          window(%wk, %wv : tensor<1x2x32x32xf32>, tensor<1x2x32x32xf32>)
          bank(%bk, %bv : tensor<1x2x16x32xf32>, tensor<1x2x16x32xf32>)
          bias(%bias : tensor<8xf32>) position(%position : tensor<1xi64>)
          pattern(#msa.window<left = 32>) scale(0.1767766952966369)
          -> tensor<1x8x64x32xf32>, tensor<1x8x64xf32>
      return %out, %lse : tensor<1x8x64x32xf32>, tensor<1x8x64xf32>
    }
    ```

    Constraints:

    - (C1) query, key and value have rank 4; all tensors of the op have static
      sizes from 1 to 2^31 - 1, fewer than 2^47 elements and no encoding.
    - (C2) query, key, value, window and bank have one floating-point type: f16,
      bf16, f32 or f64; lse is f32, or f64 with f64 operands.
    - (C3) batch sizes agree.
    - (C4) Hq is a multiple of Hkv; value, window and bank have Hkv heads.
    - (C5) head dimensions agree: query and keys D, values Dv.
    - (C6) key and value of each part have the same number of rows.
    - (C7) window_key and window_value come together, bank_key and bank_value too;
      bank_bias needs a bank and has Hq elements.
    - (C8) position, length and offset have B elements.
    - (C9) documents is present exactly when the pattern reads it and is
      B x (W + M).
    - (C10) blocks is present exactly when the pattern reads it and is
      B x Hkv x Q x T with Q * size >= N (>= M where there is an offset).
    - (C11) out is B x Hq x N x Dv of the query's type, lse B x Hq x N.
    - (C12) scale is finite.
    - (C13) the score region has one block with arguments (f32 or f64, index,
      index, index, index), yields one value of the first's type, and holds
      scalar arithmetic only: no nested region, no effect.
    - (C14) the pattern takes at most 512 comparisons a pair: 1 for a simple
      member, its draws for random, the entries of a list for blocks.
  }];
  let arguments = (ins
    MSA_FloatTensor4D:$query, MSA_FloatTensor4D:$key, MSA_FloatTensor4D:$value,
    Optional<MSA_FloatTensor4D>:$window_key, Optional<MSA_FloatTensor4D>:$window_value,
    Optional<MSA_FloatTensor4D>:$bank_key, Optional<MSA_FloatTensor4D>:$bank_value,
    Optional<1DTensorOf<[F32]>>:$bank_bias,
    Optional<1DTensorOf<[I64]>>:$position, Optional<1DTensorOf<[I64]>>:$length,
    Optional<1DTensorOf<[I64]>>:$offset,
    Optional<2DTensorOf<[I32]>>:$documents, Optional<4DTensorOf<[I32]>>:$blocks,
    MSA_PatternParam:$pattern, F64Attr:$scale);
  let results = (outs MSA_FloatTensor4D:$out, MSA_FloatTensor3D:$lse);
  let regions = (region AnyRegion:$score);
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
    `pattern` `(` $pattern `)` `scale` `(` $scale `)` attr-dict
    (`score` $score^)? `->` type($out) `,` type($lse)
  }];
  let extraClassDeclaration = [{
    int64_t getBatch() { return getQuery().getType().getDimSize(0); }
    int64_t getQueryHeads() { return getQuery().getType().getDimSize(1); }
    int64_t getKeyHeads() { return getKey().getType().getDimSize(1); }
    int64_t getQueries() { return getQuery().getType().getDimSize(2); }
    int64_t getLocalKeys() { return getKey().getType().getDimSize(2); }
    int64_t getWindow() {
      return getWindowKey() ? getWindowKey().getType().getDimSize(2) : 0;
    }
    int64_t getSlots() {
      return getBankKey() ? getBankKey().getType().getDimSize(2) : 0;
    }
    int64_t getHeadDim() { return getQuery().getType().getDimSize(3); }
    int64_t getValueDim() { return getValue().getType().getDimSize(3); }
    /// Type of scores and sums: f32, or f64 with f64 operands.
    ::mlir::FloatType getScoreType();
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let hasCanonicalizer = 1;
}

def MSA_ScoreYieldOp : MSA_Op<"yield", [Pure, Terminator, ReturnLike,
    ParentOneOf<["AttendOp", "OnlineAttendOp"]>]> {
  let summary = "ends a score region";
  let description = [{
    Gives the changed score back to `msa.attend` or `msa.online_attend`.

    ```mlir
    // Scores capped softly at 30.
    func.func @softcap(%q: tensor<1x1x64x32xf32>, %k: tensor<1x1x64x32xf32>,
                       %v: tensor<1x1x64x32xf32>) -> tensor<1x1x64x32xf32> {
      %out, %lse = msa.attend
          ins(%q, %k, %v : tensor<1x1x64x32xf32>, tensor<1x1x64x32xf32>,
              tensor<1x1x64x32xf32>)
          pattern(#msa.causal) scale(0.1767766952966369)
          score {
          ^bb0(%s: f32, %batch: index, %head: index, %i: index, %j: index):
            %cap = arith.constant 30.0 : f32
            %x = arith.divf %s, %cap : f32
            %t = math.tanh %x : f32
            %y = arith.mulf %t, %cap : f32
            msa.yield %y : f32
          } -> tensor<1x1x64x32xf32>, tensor<1x1x64xf32>
      return %out : tensor<1x1x64x32xf32>
    }
    ```
  }];
  let arguments = (ins AnyFloat:$value);
  let assemblyFormat = "$value attr-dict `:` type($value)";
}

def MSA_OnlineAttendOp : MSA_Op<"online_attend", [
    Pure, AttrSizedOperandSegments, DestinationStyleOpInterface]> {
  let summary = "one step of attention on a carried accumulator";
  let description = [{
    Takes a tile of queries past a tile of keys (online softmax, arXiv
    1805.02867). With scores s as in `msa.attend`, in base 2 where `base2` is
    set (the query then carries a factor log2 e):

        max'_i = max(max_i, max_j s_ij)     a = exp(max_i - max'_i)
        sum'_i = a sum_i + sum_j exp(s_ij - max'_i)
        acc'_i = a acc_i + sum_j exp(s_ij - max'_i) v_j

    The bank, the window and the segment are calls on one carried state, which
    makes their joint softmax free. Start from acc = 0, sum = 0, max = -1e30: a
    finite maximum, so that no difference of infinities arises. Scores below
    -1e30 count as -1e30 does: not kept.

    Shapes, with any number of leading batch dimensions `..`: query .. x N x D,
    key .. x M x D, value .. x M x Dv, acc .. x N x Dv, max and sum .. x N. With
    `transposed` (queries in vector lanes) query is .. x D x N and acc .. x Dv x
    N.

    With `pairs` (and `transposed`) the products are those of a CPU's matrix unit
    (AMX): of bf16 with sums in f32, the second operand in pairs along the summed
    dimension. query is D/2 x N x 2, element [c/2, i, c%2] being channel c of
    query i, unscaled, and value is Dv x M, turned; the weights
    exp(s_ij - max'_i) are rounded to bf16 where they meet v, not in the sum.

    Where `masked` is false or `pattern` is absent every pair is kept. Otherwise
    pair (i, j) is kept where the pattern keeps (query_start + i, key_start + j)
    and key_begin <= j < key_end. `head` is a query head; the KV head of `blocks`
    is head / group. `origin` is the position that blocks and the score region
    count from (msa.attend's `position`), `document_origin` the position of the
    first column of documents.

    ```mlir
    // One tile: 16 queries from position 64 on, 32 keys from position 48 on.
    func.func @step(%q: tensor<16x8xf32>, %k: tensor<32x8xf32>, %v: tensor<32x8xf32>,
                    %acc: tensor<16x8xf32>, %max: tensor<16xf32>, %sum: tensor<16xf32>)
        -> (tensor<16x8xf32>, tensor<16xf32>, tensor<16xf32>) {
      %partial = arith.constant true
      %query = arith.constant 64 : index
      %key = arith.constant 48 : index
      %first = arith.constant 0 : index
      %end = arith.constant 32 : index
      %0:3 = msa.online_attend
          ins(%q, %k, %v : tensor<16x8xf32>, tensor<32x8xf32>, tensor<32x8xf32>)
          masked(%partial) at(%query, %key) keys(%first, %end)
          outs(%acc, %max, %sum : tensor<16x8xf32>, tensor<16xf32>, tensor<16xf32>)
          pattern(#msa.causal) {scale = 0.35 : f64}
          -> tensor<16x8xf32>, tensor<16xf32>, tensor<16xf32>
      return %0#0, %0#1, %0#2 : tensor<16x8xf32>, tensor<16xf32>, tensor<16xf32>
    }
    ```

    Constraints:

    - (C1) query, key, value, acc have one rank >= 2 and the same leading sizes;
      max and sum one dimension less. All sizes are static and not zero.
    - (C2) N, M, D and Dv agree as above.
    - (C3) query, key and value have one element type; acc, max and sum are f32,
      or f64 with f64 operands, and so is bias; with `transposed` the query
      may be f32 where key and value are narrower.
    - (C4) a pattern needs query_start and key_start; masked, key_begin and
      key_end need a pattern; key_begin and key_end come together.
    - (C5) a pattern that differs between heads needs batch and head, one that
      reads documents or blocks needs that operand, batch and head, blocks need
      origin; all of these rank 2. group is positive.
    - (C6) results have the types of acc, max and sum.
    - (C7) scale is finite.
    - (C8) the score region is as in msa.attend; it needs batch, head, origin,
      query_start, key_start, and rank 2.
    - (C9) the pattern takes at most 512 comparisons a pair (msa.attend, C14).
    - (C10) `pairs` needs `transposed`, rank 2 of key and value, bf16 in query,
      key and value, an even D and M, and a query of D/2 x N x 2.
  }];
  let arguments = (ins
    MSA_FloatTensor:$query, MSA_FloatTensor:$key, MSA_FloatTensor:$value,
    Optional<AnyFloat>:$bias, Optional<I1>:$masked,
    Optional<Index>:$query_start, Optional<Index>:$key_start,
    Optional<Index>:$key_begin, Optional<Index>:$key_end,
    Optional<Index>:$batch, Optional<Index>:$head,
    Optional<Index>:$origin,
    Optional<2DTensorOf<[I32]>>:$documents, Optional<Index>:$document_origin,
    Optional<4DTensorOf<[I32]>>:$blocks,
    MSA_FloatTensor:$acc, MSA_FloatTensor:$max, MSA_FloatTensor:$sum,
    OptionalAttr<MSA_PatternParam>:$pattern, DefaultValuedAttr<F64Attr, "1.0">:$scale,
    DefaultValuedAttr<I64Attr, "1">:$group,
    UnitAttr:$transposed, UnitAttr:$base2, UnitAttr:$pairs);
  let results = (outs MSA_FloatTensor:$new_acc, MSA_FloatTensor:$new_max, MSA_FloatTensor:$new_sum);
  let regions = (region AnyRegion:$score);
  let assemblyFormat = [{
    `ins` `(` $query `,` $key `,` $value `:` type($query) `,` type($key) `,` type($value) `)`
    (`bias` `(` $bias^ `:` type($bias) `)`)?
    (`masked` `(` $masked^ `)`)?
    (`at` `(` $query_start^ `,` $key_start `)`)?
    (`keys` `(` $key_begin^ `,` $key_end `)`)?
    (`head` `(` $batch^ `,` $head `)`)?
    (`origin` `(` $origin^ `)`)?
    (`documents` `(` $documents^ `,` $document_origin `:` type($documents) `)`)?
    (`blocks` `(` $blocks^ `:` type($blocks) `)`)?
    `outs` `(` $acc `,` $max `,` $sum `:` type($acc) `,` type($max) `,` type($sum) `)`
    (`pattern` `(` $pattern^ `)`)? attr-dict
    (`score` $score^)? `->` type($new_acc) `,` type($new_max) `,` type($new_sum)
  }];
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable();
    /// Sizes along queries, keys, head and value dimension.
    int64_t getQueries(), getKeys(), getHeadDim(), getValueDim();
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
}

def MSA_FinalizeOp : MSA_Op<"finalize", [Pure]> {
  let summary = "output and log-sum-exp of a carried accumulator";
  let description = [{
        out_i = acc_i / sum_i,  lse_i = max_i + log sum_i    (sum_i > 0)
        out_i = 0,              lse_i = -inf                 (sum_i = 0)

    With `base2` the maximum is in base 2: lse_i = max_i ln 2 + log sum_i. With
    `transposed` acc is .. x Dv x N; out is .. x N x Dv always.

    ```mlir
    func.func @finalize(%acc: tensor<8x16xf32>, %max: tensor<16xf32>,
                        %sum: tensor<16xf32>) -> (tensor<16x8xbf16>, tensor<16xf32>) {
      %out, %lse = msa.finalize
          ins(%acc, %max, %sum : tensor<8x16xf32>, tensor<16xf32>, tensor<16xf32>)
          {transposed, base2} -> tensor<16x8xbf16>, tensor<16xf32>
      return %out, %lse : tensor<16x8xbf16>, tensor<16xf32>
    }
    ```

    Constraints:

    - (C1) acc has rank r >= 2, max and sum rank r - 1, of one f32 or f64 type.
    - (C2) out has acc's sizes (last two exchanged where `transposed`) and any of
      f16, bf16, f32, f64; lse has the type of max.
  }];
  let arguments = (ins MSA_FloatTensor:$acc, MSA_FloatTensor:$max, MSA_FloatTensor:$sum,
                       UnitAttr:$transposed, UnitAttr:$base2);
  let results = (outs MSA_FloatTensor:$out, MSA_FloatTensor:$lse);
  let assemblyFormat = [{
    `ins` `(` $acc `,` $max `,` $sum `:` type($acc) `,` type($max) `,` type($sum) `)` attr-dict
    `->` type($out) `,` type($lse)
  }];
  let hasVerifier = 1;
}

def MSA_MergeOp : MSA_Op<"merge", [Pure, AllTypesMatch<["a", "b", "out"]>,
                                   AllTypesMatch<["a_lse", "b_lse", "lse"]>]> {
  let summary = "joins two partial attention results exactly";
  let description = [{
    The result of attention over the union of two disjoint key sets (split keys,
    several devices; cascade merge of FlashInfer, arXiv 2501.01005):

        lse = log(exp(a_lse) + exp(b_lse))
        out = exp(a_lse - lse) a + exp(b_lse - lse) b

    Where one side is empty (lse = -inf) the other is returned bit for bit; both
    empty gives out = 0, lse = -inf.

    ```mlir
    func.func @merge(%a: tensor<1x8x64x32xf32>, %a_lse: tensor<1x8x64xf32>,
                     %b: tensor<1x8x64x32xf32>, %b_lse: tensor<1x8x64xf32>)
        -> (tensor<1x8x64x32xf32>, tensor<1x8x64xf32>) {
      %out, %lse = msa.merge ins(%a, %a_lse, %b, %b_lse
                                 : tensor<1x8x64x32xf32>, tensor<1x8x64xf32>)
      return %out, %lse : tensor<1x8x64x32xf32>, tensor<1x8x64xf32>
    }
    ```

    Constraints:

    - (C1) a, b, out have one type of rank r >= 2; the lse one of rank r - 1 with
      the leading sizes of a, f32 or f64 (f64 with f64 operands).
  }];
  let arguments = (ins MSA_FloatTensor:$a, MSA_FloatTensor:$a_lse,
                       MSA_FloatTensor:$b, MSA_FloatTensor:$b_lse);
  let results = (outs MSA_FloatTensor:$out, MSA_FloatTensor:$lse);
  let assemblyFormat = [{
    `ins` `(` $a `,` $a_lse `,` $b `,` $b_lse `:` type($a) `,` type($a_lse) `)` attr-dict
  }];
  let hasVerifier = 1;
}

#endif // MSA_DIALECT_MSA_IR_MSAATTENTIONOPS_TD
