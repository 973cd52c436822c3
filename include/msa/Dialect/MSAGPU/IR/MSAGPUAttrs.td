//===- MSAGPUAttrs.td - Schedules and launches -------------*- tablegen -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DIALECT_MSAGPU_IR_MSAGPUATTRS_TD
#define MSA_DIALECT_MSAGPU_IR_MSAGPUATTRS_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "msa/Dialect/MSAGPU/IR/MSAGPUDialect.td"

class MSAGPU_Attr<string name, string attrMnemonic> : AttrDef<MSAGPU_Dialect, name> {
  let mnemonic = attrMnemonic;
  let genVerifyDecl = 1;
  let assemblyFormat = "`<` struct(params) `>`";
}

def MSAGPU_LaunchAttr : MSAGPU_Attr<"Launch", "launch"> {
  let summary = "how a kernel is launched";
  let description = [{
    `block` threads a block and `shared` bytes of dynamic shared memory;
    `cluster` blocks form a cluster. A `persistent` kernel gets as many blocks
    as the GPU runs at once, but no more than it has tiles (each block draws its
    tiles itself), another one block a tile. The first `cleared` bytes of the
    last buffer are zero when it starts, and again when it ends: the counter that
    tiles are drawn from (`msa-gpu-place-counters`).

    ```mlir
    #launch = #msa_gpu.launch<block = 512, shared = 229600, cluster = 1, persistent = true, cleared = 4>
    ```

    Constraints:

    - (L1) block is a multiple of 32 from 32 to 1024.
    - (L2) shared is at most 232448, what one block of an sm_90 can have.
    - (L3) cluster is 1, 2, 4 or 8.
    - (L4) cleared is a multiple of 4 from 0 to 4096.
  }];
  let parameters = (ins "int64_t":$block, "int64_t":$shared, "int64_t":$cluster,
                        "bool":$persistent, "int64_t":$cleared);
}

def MSAGPU_TensorMapAttr : MSAGPU_Attr<"TensorMap", "tensor_map"> {
  let summary = "a view of a buffer that the copy engine reads or writes in boxes";
  let description = [{
    What CUDA calls a tensor map (CUDA Driver API, Tensor Map Object
    Management): buffer number `buffer` of the kernel, from element `offset` on,
    as a tensor of `sizes` elements, the innermost dimension first, of which the
    copy engine moves boxes of `box` elements. `strides` are elements, one for
    each dimension but the innermost, whose stride is 1. Elements out of bounds
    read as zero and are not written. `swizzle` permutes 16-byte chunks of the
    rows in shared memory, so that products read them without bank conflicts.

    ```mlir
    // Keys of 2 x 8 heads, 4096 rows of 128 bf16, in tiles of 128 rows.
    #keys = #msa_gpu.tensor_map<buffer = 1, element = bf16, offset = 0,
                                sizes = [64, 4096, 2, 16], strides = [128, 64, 524288],
                                box = [64, 128, 2, 1], swizzle = 128>
    ```

    Constraints:

    - (T1) element is f16, bf16 or f32; buffer and offset are not negative.
    - (T2) 2 to 5 sizes from 1 to 2^31 - 1, as many box sizes, one stride less.
    - (T3) every box size lies in 1 .. 256.
    - (T4) strides are positive, below 2^40 bytes, and they and the offset are
      multiples of 16 bytes.
    - (T5) swizzle is 0, 32, 64 or 128, and the box's rows have at most so many
      bytes (where not 0); they are a multiple of 16 bytes.
  }];
  let parameters = (ins "int64_t":$buffer, "::mlir::Type":$element, "int64_t":$offset,
    ArrayRefParameter<"int64_t">:$sizes, ArrayRefParameter<"int64_t">:$strides,
    ArrayRefParameter<"int64_t">:$box, "int64_t":$swizzle);
  let assemblyFormat = [{
    `<` `buffer` `=` $buffer `,` `element` `=` $element `,` `offset` `=` $offset `,`
        `sizes` `=` `[` $sizes `]` `,` `strides` `=` `[` $strides `]` `,`
        `box` `=` `[` $box `]` `,` `swizzle` `=` $swizzle `>`
  }];
}

def MSAGPU_Rescale : I32EnumAttr<"Rescale", "when the accumulator is rescaled", [
    I32EnumAttrCase<"always", 0>, I32EnumAttrCase<"lazy", 1>]> {
  let cppNamespace = "::mlir::msa_gpu";
  let genSpecializedAttr = 0;
}
def MSAGPU_RescaleParam : EnumParameter<MSAGPU_Rescale>;

def MSAGPU_ScheduleAttr : MSAGPU_Attr<"Schedule", "schedule"> {
  let summary = "how attention is cut into tiles and roles";
  let description = [{
    `warpgroups` consumer warpgroups of 64 query rows each work on one tile of
    queries, one more warpgroup copies. Keys come in tiles of `keys`, through
    rings of `stages` slots. `rescale` lazy: the accumulator follows the maximum
    only once that has grown by more than 2^8 (exact in f32; FlashAttention-4's
    trick). `skip`: a warpgroup steps over partial key tiles that its own 64 rows
    do not see; `half`: of those of which it sees 64 keys only, it multiplies
    half. `persistent`: a block draws its tiles from a counter, longest first.
    `overlap`: the scores of the next key tile are multiplied while the weights
    of this one are (FlashAttention-3, arXiv 2407.08608, section 3.2). `packs`:
    the warpgroups take the same 64 queries, each of another head of one KV head.
    `stacked`, for few queries: the query heads of a KV head lie below each other
    in the rows of a tile, so that its keys are read once for all of them.
    `splits`: so many blocks share the keys of a tile; each leaves a partial
    result, and `msa_gpu.merge` joins them. `ahead`: the queries of the next tile
    are copied while this one is worked on. `mma`, for GPUs from sm_80 on: products
    of `mma.sync`; no warpgroup copies, all threads of a block do, for the next key
    tile while they work on this one. `rows`, 64 or with mma 128: queries of a warpgroup;
    with 128 each warp has twice as many, and reads keys and values half as often.
    `pingpong`: the warpgroups take turns to issue their products, so that one's
    are multiplied while the other computes weights (FlashAttention-3, section 3.1).

    ```mlir
    #schedule = #msa_gpu.schedule<warpgroups = 3, keys = 128, stages = 2, rescale = lazy,
                                  skip = true, half = true, persistent = true>
    ```

    Constraints (those that need the head's size are checked by msa_gpu.attend):

    - (S1) warpgroups is 1, 2 or 3.
    - (S2) keys is a multiple of 16 from 16 to 256.
    - (S3) stages lies in 1 .. 8.
    - (S4) half needs skip and keys = 128.
    - (S5) overlap excludes skip: warpgroups that run ahead can not step over.
    - (S6) stacked needs one warpgroup, and excludes skip, overlap and packs.
    - (S7) splits lies in 1 .. 64, and is 1 unless stacked.
    - (S8) ahead needs persistent, and excludes stacked, where it is always so.
    - (S9) mma needs one or two warpgroups and 32, 64 or 128 keys, and excludes
      skip, persistent, overlap, packs and stacked.
    - (S10) rows is 64, or 128 with mma.
    - (S11) pingpong needs overlap, and two or three warpgroups.
  }];
  let parameters = (ins "int64_t":$warpgroups, "int64_t":$keys, "int64_t":$stages,
    MSAGPU_RescaleParam:$rescale, "bool":$skip, "bool":$half, "bool":$persistent,
    DefaultValuedParameter<"bool", "false">:$overlap,
    DefaultValuedParameter<"bool", "false">:$packs,
    DefaultValuedParameter<"bool", "false">:$stacked,
    DefaultValuedParameter<"int64_t", "1">:$splits,
    DefaultValuedParameter<"bool", "false">:$ahead,
    DefaultValuedParameter<"bool", "false">:$mma,
    DefaultValuedParameter<"int64_t", "64">:$rows,
    DefaultValuedParameter<"bool", "false">:$pingpong);
  let extraClassDeclaration = [{
    /// Queries, and heads of each, that one block works on.
    int64_t getQueries() const { return getPacks() ? 64 : getRows() * getWarpgroups(); }
    int64_t getHeads() const { return getPacks() ? getWarpgroups() : 1; }
    /// Tiles of queries in shared memory. Where a tile's work is little else than
    /// the copying of keys, that goes on from one tile to the next.
    int64_t getQuerySlots() const { return getStacked() || getAhead() ? 2 : 1; }
    /// Threads of a block.
    int64_t getThreads() const { return 128 * (getWarpgroups() + (getMma() ? 0 : 1)); }
  }];
}

def MSAGPU_GemmScheduleAttr : MSAGPU_Attr<"GemmSchedule", "gemm_schedule"> {
  let summary = "how a product of matrices is cut into tiles and roles";
  let description = [{
    `warpgroups` consumer warpgroups of 64 rows and `columns` columns each, one
    below the other, work on one tile of the result; one more warpgroup copies
    the two sides, `depth` of the inner dimension at a time, through rings of
    `stages` slots. A product is under way while the next is issued. Results
    leave through shared memory, `staged` panels of 128 bytes a row at a time.
    Tiles that run at the same time are neighbours: `group` rows of tiles are
    walked column by column, so that both sides are found in the L2 cache.
    `cluster` blocks work on tiles one below the other at the same time, and each
    copies its share of the right side to all: it is read from the L2 cache once.
    `persistent`: a block works on many tiles, and copies for the next one while
    it writes the last.

    ```mlir
    #s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 256, depth = 64, stages = 4,
                                staged = 2, group = 16, cluster = 2, persistent = true>
    ```

    Constraints:

    - (N1) warpgroups is 1, 2 or 3.
    - (N2) columns is 64, 128, 192 or 256.
    - (N3) depth is 64 or 128, stages lies in 2 .. 8.
    - (N4) staged divides columns / 64.
    - (N5) cluster is 1 or 2; group lies in 1 .. 1024, a multiple of it.
    - (N6) tiles and barriers fit into 232448 bytes of shared memory.
    - (N7) three warpgroups have at most 192 columns: their block has 512 threads,
      so 128 registers for each, of which 256 columns would take all for sums.
  }];
  let parameters = (ins "int64_t":$warpgroups, "int64_t":$columns, "int64_t":$depth, "int64_t":$stages,
    "int64_t":$staged, "int64_t":$group, "int64_t":$cluster, "bool":$persistent);
  let extraClassDeclaration = [{
    /// Rows of the result that one block works on.
    int64_t getRows() const { return 64 * getWarpgroups(); }
    /// Threads of a block.
    int64_t getThreads() const { return 128 * (getWarpgroups() + 1); }
  }];
}

#endif // MSA_DIALECT_MSAGPU_IR_MSAGPUATTRS_TD
