//===- MSAGPUTileOps.td - What is done with tiles ----------*- tablegen -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DIALECT_MSAGPU_IR_MSAGPUTILEOPS_TD
#define MSA_DIALECT_MSAGPU_IR_MSAGPUTILEOPS_TD

include "msa/Dialect/MSAGPU/IR/MSAGPUOpBase.td"

def MSAGPU_LoadOp : MSAGPU_Op<"load", [MemoryEffects<[MemRead]>]> {
  let summary = "a tile of a matrix in shared memory";
  let description = [{
    Rows row .. row + rows - 1 of the matrix of a head and a stream. Loads of one
    `ring` share slots of shared memory. `per_warpgroup`: every warpgroup loads a
    tile of its own; else its place is the same for all, and so is the tile.
    With `column` the tile is a part of a wider matrix, from that column on, and
    is copied in panels of 64 columns. With `spread` its place is the same in all
    blocks of a cluster: each copies its share of the rows, to all of them.
    `evict_first`: what is read is not read again, and leaves its place in the L2
    cache before anything else does (a hint; not with `spread`).

    Constraint (G1): the tile is what the map's copies bring; 1 to 8 slots. The
    place does not depend on what tiles hold, nor, of a common load, on the
    warpgroup; per warpgroup it may by straight-line arithmetic. Bounds of loops
    around a load depend on neither. A map with heads side by side needs a column,
    and so does `spread`, whose tile has the rows of the cluster's copies; from a
    column on a tile has whole panels.
    A tile is handed on to the next iteration or loop once or not at all, read
    before that only, and not out of a conditional or a visit; what a loop carries
    is of one ring.
  }];
  let arguments = (ins MSAGPU_Map:$map, I32:$row, I32:$head, I32:$batch, StrAttr:$ring,
                       I64Attr:$slots, UnitAttr:$per_warpgroup, Optional<I32>:$column, UnitAttr:$spread,
                       UnitAttr:$evict_first);
  let results = (outs MSAGPU_Tile:$tile);
  let assemblyFormat = [{
    $map `[` $row `,` $head `,` $batch `]` (`column` $column^)? `ring` `(` $ring `,` $slots `)`
    (`per_warpgroup` $per_warpgroup^)? (`spread` $spread^)? attr-dict `:` type($map) `->` type($tile)
  }];
  let builders = [OpBuilder<(ins "::mlir::Type":$tile, "::mlir::Value":$map, "::mlir::Value":$row,
      "::mlir::Value":$head, "::mlir::Value":$batch, "::llvm::StringRef":$ring, "uint64_t":$slots,
      "bool":$perWarpgroup), [{
    build($_builder, $_state, tile, map, row, head, batch, ring, slots, perWarpgroup, ::mlir::Value());
  }]>];
  let hasVerifier = 1;
}

def MSAGPU_SliceOp : MSAGPU_Op<"slice", [Pure]> {
  let summary = "some rows of a tile";
  let description = [{
    Rows first .. first + rows - 1, first a multiple of 8.

    Constraint (G2): source and result differ in their rows only.
  }];
  let arguments = (ins MSAGPU_Tile:$tile, I32:$first);
  let results = (outs MSAGPU_Tile:$part);
  let assemblyFormat = "$tile `[` $first `]` attr-dict `:` type($tile) `->` type($part)";
  let hasVerifier = 1;
}

def MSAGPU_ProductOp : MSAGPU_Op<"product", [Pure]> {
  let summary = "a product of matrices on tensor cores";
  let description = [{
    result = a b (+ acc), with `transposed` a b^T. Rounds as the hardware does:
    exact products, f32 sums.

    Constraint (G3): a is a tile or an operand of 64 rows (128 with mma), b a tile, all of one
    element type; the inner sizes agree, and so does acc.
  }];
  let arguments = (ins AnyTypeOf<[MSAGPU_Tile, MSAGPU_Operand]>:$a, MSAGPU_Tile:$b,
                       Optional<MSAGPU_Fragment>:$acc, UnitAttr:$transposed);
  let results = (outs MSAGPU_Fragment:$result);
  let assemblyFormat = [{
    $a `,` $b (`transposed` $transposed^)? (`acc` `(` $acc^ `:` type($acc) `)`)? attr-dict
    `:` type($a) `,` type($b) `->` type($result)
  }];
  let builders = [OpBuilder<(ins "::mlir::Type":$result, "::mlir::Value":$a, "::mlir::Value":$b,
                                 "::mlir::Value":$acc, "bool":$transposed)>];
  let hasVerifier = 1;
}

def MSAGPU_IssueOp : MSAGPU_Op<"issue"> {
  let summary = "starts a product";
  let description = [{
    As `product`, which is an issue and a wait for all. Products of a warpgroup
    are done in the order of their issue, so what one adds to may itself be under
    way: products of one shape add to the same registers one after the other (PTX
    ISA, "wgmma.fence").

    Constraint (G3) holds here too; what is under way is taken once: by a wait, by
    an issue that adds to it, or by a loop that hands it on.
  }];
  let arguments = (ins AnyTypeOf<[MSAGPU_Tile, MSAGPU_Operand]>:$a, MSAGPU_Tile:$b,
                       Optional<AnyTypeOf<[MSAGPU_Fragment, MSAGPU_Pending]>>:$acc, UnitAttr:$transposed);
  let results = (outs MSAGPU_Pending:$result);
  let assemblyFormat = [{
    $a `,` $b (`transposed` $transposed^)? (`acc` `(` $acc^ `:` type($acc) `)`)? attr-dict
    `:` type($a) `,` type($b) `->` type($result)
  }];
  let builders = [OpBuilder<(ins "::mlir::Type":$result, "::mlir::Value":$a, "::mlir::Value":$b,
                                 "::mlir::Value":$acc, "bool":$transposed)>];
  let hasVerifier = 1;
}

def MSAGPU_ComputedOp : MSAGPU_Op<"computed"> {
  let summary = "what the rows are computed from has been computed here";
  let description = [{
    Orders arithmetic against waits: a wait that comes after is not begun before
    these rows are there. To the assembler a wait depends on the products that it
    is for alone, and it moves it above whatever is computed meanwhile; the
    product then runs with nothing beside it.

    ```mlir
    msa_gpu.kernel @ordered(%maps: !msa_gpu.map<64, 64, f16>) attributes {warpgroups = 1 : i64} {
      %one = arith.constant 1.0 : f32
      %sum = msa_gpu.fill %one : f32 -> !msa_gpu.rows<f32, partial = true>
      msa_gpu.computed %sum : !msa_gpu.rows<f32, partial = true>
    }
    ```

    Constraint (G10): rows of f32.
  }];
  let arguments = (ins MSAGPU_Rows:$rows);
  let assemblyFormat = "$rows attr-dict `:` type($rows)";
  let hasVerifier = 1;
}

def MSAGPU_WaitOp : MSAGPU_Op<"wait"> {
  let summary = "waits for products, and gives what they left";
  let description = [{
    Until at most `under_way` later products of this warpgroup are not done.
    Fragments pass through: what is computed from the results can not move
    above the wait, which keeps registers that a product under way reads from
    being written. So do products that may still be under way: what they read is
    then known to be done with, all but that of the latest.

    ```mlir
    msa_gpu.kernel @two(%maps: !msa_gpu.map<64, 64, f16>) attributes {warpgroups = 1 : i64} {
      %tiles = arith.constant 1 : i32
      msa_gpu.for_tiles %tiles {
      ^bb0(%tile: i32):
        %x = msa_gpu.load %maps[%tile, %tile, %tile] ring("x", 1)
            : !msa_gpu.map<64, 64, f16> -> !msa_gpu.tile<64, 64, f16, pitch = 64>
        %first = msa_gpu.issue %x, %x transposed : !msa_gpu.tile<64, 64, f16, pitch = 64>,
            !msa_gpu.tile<64, 64, f16, pitch = 64> -> !msa_gpu.pending<64, 64, f32>
        %second = msa_gpu.issue %x, %x transposed : !msa_gpu.tile<64, 64, f16, pitch = 64>,
            !msa_gpu.tile<64, 64, f16, pitch = 64> -> !msa_gpu.pending<64, 64, f32>
        %a = msa_gpu.wait 1 : %first : (!msa_gpu.pending<64, 64, f32>) -> !msa_gpu.fragment<64, 64, f32>
        %b = msa_gpu.wait 0 : %second : (!msa_gpu.pending<64, 64, f32>) -> !msa_gpu.fragment<64, 64, f32>
      }
    }
    ```

    Constraint (G5): one result an operand, a fragment of the same shape, or the
    pending product itself where some may be under way; under_way lies in 0 .. 7.
  }];
  let arguments = (ins I64Attr:$under_way, Variadic<AnyTypeOf<[MSAGPU_Pending, MSAGPU_Fragment]>>:$values);
  let results = (outs Variadic<AnyTypeOf<[MSAGPU_Pending, MSAGPU_Fragment]>>:$results);
  let assemblyFormat = "$under_way `:` $values attr-dict `:` functional-type($values, $results)";
  let hasVerifier = 1;
}

def MSAGPU_RetireOp : MSAGPU_Op<"retire"> {
  let summary = "the last use of a tile";
  let description = [{
    Where products under way read a tile that a loop hands on, the text does not
    say when they are done with it: this does. It stands behind a wait that
    covers them.

    ```mlir
    // The sum of three products: the next one is issued before the last is done.
    msa_gpu.kernel @sum(%maps: !msa_gpu.map<64, 64, f16>) attributes {warpgroups = 1 : i64} {
      %tiles = arith.constant 1 : i32
      msa_gpu.for_tiles %tiles {
      ^bb0(%tile: i32):
        %one = arith.constant 1 : i32
        %three = arith.constant 3 : i32
        %x = msa_gpu.load %maps[%tile, %tile, %tile] ring("x", 2)
            : !msa_gpu.map<64, 64, f16> -> !msa_gpu.tile<64, 64, f16, pitch = 64>
        %first = msa_gpu.issue %x, %x : !msa_gpu.tile<64, 64, f16, pitch = 64>,
            !msa_gpu.tile<64, 64, f16, pitch = 64> -> !msa_gpu.pending<64, 64, f32>
        %sum, %last = scf.for %i = %one to %three step %one iter_args(%s = %first, %before = %x)
            -> (!msa_gpu.pending<64, 64, f32>, !msa_gpu.tile<64, 64, f16, pitch = 64>) : i32 {
          %y = msa_gpu.load %maps[%i, %tile, %tile] ring("x", 2)
              : !msa_gpu.map<64, 64, f16> -> !msa_gpu.tile<64, 64, f16, pitch = 64>
          %next = msa_gpu.issue %y, %y acc(%s : !msa_gpu.pending<64, 64, f32>) : !msa_gpu.tile<64, 64, f16, pitch = 64>,
              !msa_gpu.tile<64, 64, f16, pitch = 64> -> !msa_gpu.pending<64, 64, f32>
          %but = msa_gpu.wait 1 : %next : (!msa_gpu.pending<64, 64, f32>) -> !msa_gpu.pending<64, 64, f32>
          msa_gpu.retire %before : !msa_gpu.tile<64, 64, f16, pitch = 64>
          scf.yield %but, %y : !msa_gpu.pending<64, 64, f32>, !msa_gpu.tile<64, 64, f16, pitch = 64>
        }
        %all = msa_gpu.wait 0 : %sum : (!msa_gpu.pending<64, 64, f32>) -> !msa_gpu.fragment<64, 64, f32>
        msa_gpu.retire %last : !msa_gpu.tile<64, 64, f16, pitch = 64>
      }
    }
    ```

    Constraint (G7): the tile is whole, and not handed on; it is retired once, in
    the block that has it, and not read after that.
  }];
  let arguments = (ins MSAGPU_Tile:$tile);
  let assemblyFormat = "$tile attr-dict `:` type($tile)";
  let hasVerifier = 1;
}

def MSAGPU_FillOp : MSAGPU_Op<"fill", [Pure]> {
  let summary = "the same value everywhere";
  let arguments = (ins AnyTypeOf<[F32, I32, I1]>:$value);
  let results = (outs AnyTypeOf<[MSAGPU_Fragment, MSAGPU_Rows]>:$result);
  let assemblyFormat = "$value attr-dict `:` type($value) `->` type($result)";
  let hasVerifier = 1;
}

def MSAGPU_RowIndexOp : MSAGPU_Op<"row_index", [Pure]> {
  let summary = "number of each row of a fragment, from 0 on";
  let results = (outs MSAGPU_Rows:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
}

def MSAGPU_MapOp : MSAGPU_Op<"map", [Pure, SingleBlock]> {
  let summary = "scalar arithmetic on each element";
  let description = [{
    The body gets one element of each operand: of a fragment its own, of rows
    that of its row. It may use scalars from outside. The result is a fragment
    where an operand is one, else rows.

    Constraint (G4): one argument an operand, of its element type; the yielded
    value is of the result's; fragments have one shape, and rows are as many; the body is scalar
    arithmetic that at most reads, of buffers that the kernel does not write;
    rows are partial where an operand is.
  }];
  let arguments = (ins Variadic<AnyTypeOf<[MSAGPU_Fragment, MSAGPU_Rows]>>:$operands);
  let results = (outs AnyTypeOf<[MSAGPU_Fragment, MSAGPU_Rows]>:$result);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$operands attr-dict `:` functional-type($operands, $result) $body";
  let hasRegionVerifier = 1;
}

def MSAGPU_YieldOp : MSAGPU_Op<"yield", [Pure, Terminator, ReturnLike, ParentOneOf<["GemmOp", "MapOp"]>]> {
  let summary = "ends the body of a map, or of an epilogue";
  let arguments = (ins AnyTypeOf<[F32, I32, I1]>:$value);
  let assemblyFormat = "$value attr-dict `:` type($value)";
}

def MSAGPU_Reduction : I32EnumAttr<"Reduction", "how elements are combined", [
    I32EnumAttrCase<"max", 0>, I32EnumAttrCase<"add", 1>]> {
  let cppNamespace = "::mlir::msa_gpu";
  let genSpecializedAttr = 0;
}
def MSAGPU_ReductionAttr : EnumAttr<MSAGPU_Dialect, MSAGPU_Reduction, "reduction"> {
  let assemblyFormat = "$value";
}

def MSAGPU_ReduceOp : MSAGPU_Op<"reduce", [Pure]> {
  let summary = "rows of a fragment combined";
  let description = [{
    Of f32, within each thread; the result is partial. max passes over NaN.
  }];
  let arguments = (ins MSAGPU_ReductionAttr:$kind, MSAGPU_Fragment:$fragment);
  let results = (outs MSAGPU_Rows:$rows);
  let assemblyFormat = "$kind $fragment attr-dict `:` type($fragment) `->` type($rows)";
  let hasVerifier = 1;
}

def MSAGPU_CombineOp : MSAGPU_Op<"combine", [Pure]> {
  let summary = "partial rows made whole";
  let description = [{
    Over the four threads that share a row.
  }];
  let arguments = (ins MSAGPU_ReductionAttr:$kind, MSAGPU_Rows:$partial);
  let results = (outs MSAGPU_Rows:$rows);
  let assemblyFormat = "$kind $partial attr-dict `:` type($partial) `->` type($rows)";
  let hasVerifier = 1;
}

def MSAGPU_AnyOp : MSAGPU_Op<"any", [Pure]> {
  let summary = "whether a condition holds for any row of the warp";
  let description = [{
    ```mlir
    msa_gpu.kernel @any(%out: memref<64xf32>) attributes {warpgroups = 1 : i64} {
      %no = arith.constant false
      %rows = msa_gpu.fill %no : i1 -> !msa_gpu.rows<i1>
      %any = msa_gpu.any %rows : !msa_gpu.rows<i1>
    }
    ```
  }];
  let arguments = (ins MSAGPU_Rows:$rows);
  let results = (outs I1:$result);
  let assemblyFormat = "$rows attr-dict `:` type($rows)";
  let hasVerifier = 1;
}

def MSAGPU_BandOp : MSAGPU_Op<"band", [Pure, AttrSizedOperandSegments,
    AllTypesMatch<["fragment", "result"]>]> {
  let summary = "scores outside of a band of columns become -inf";
  let description = [{
    Row i keeps columns from `from`[i] to below `to`[i]; a bound that is absent
    keeps all. One comparison a bound and element.
  }];
  let arguments = (ins MSAGPU_Fragment:$fragment, Optional<MSAGPU_Rows>:$from, Optional<MSAGPU_Rows>:$to);
  let results = (outs MSAGPU_Fragment:$result);
  let assemblyFormat = [{
    $fragment (`from` $from^ `:` type($from))? (`to` $to^ `:` type($to))? attr-dict `:` type($fragment)
  }];
  let hasVerifier = 1;
  let builders = [OpBuilder<(ins "::mlir::Value":$fragment, "::mlir::Value":$from, "::mlir::Value":$to)>];
}

def MSAGPU_PackOp : MSAGPU_Op<"pack", [Pure]> {
  let summary = "a fragment rounded to the left side of a product";
  let arguments = (ins MSAGPU_Fragment:$fragment);
  let results = (outs MSAGPU_Operand:$operand);
  let assemblyFormat = "$fragment attr-dict `:` type($fragment) `->` type($operand)";
  let hasVerifier = 1;
}

def MSAGPU_Exp2Op : MSAGPU_Op<"exp2", [Pure]> {
  let summary = "2^x, results below 2^-126 flushed to 0";
  let description = [{ PTX ex2.approx.ftz.f32: 2 ulp. }];
  let arguments = (ins F32:$x);
  let results = (outs F32:$result);
  let assemblyFormat = "$x attr-dict";
}
def MSAGPU_Log2Op : MSAGPU_Op<"log2", [Pure]> {
  let summary = "log2 x";
  let description = [{ PTX lg2.approx.ftz.f32. }];
  let arguments = (ins F32:$x);
  let results = (outs F32:$result);
  let assemblyFormat = "$x attr-dict";
}
def MSAGPU_RcpOp : MSAGPU_Op<"rcp", [Pure]> {
  let summary = "1 / x";
  let description = [{ PTX rcp.approx.ftz.f32: 1 ulp. }];
  let arguments = (ins F32:$x);
  let results = (outs F32:$result);
  let assemblyFormat = "$x attr-dict";
}

def MSAGPU_StoreOp : MSAGPU_Op<"store", [MemoryEffects<[MemWrite]>]> {
  let summary = "rows of a fragment written to a matrix";
  let description = [{
    Through shared memory of the warpgroup (`shared`, in bytes, once planned) by
    the copy engine; rows past the matrix's end are not written. With `column`
    the matrix is wider, and panels of 128 bytes a row are written from there on.
    Of what is written panel by panel `staged` panels lie in shared memory at a
    time. `evict_first`: what is written does not stay in the L2 cache for long
    (a hint).

    Constraint (G6): rows, columns and elements are the map's; heads side by side
    need a column, and from a column on there are whole panels; `staged` divides
    panels that are written one by one.
  }];
  let arguments = (ins AnyTypeOf<[MSAGPU_Operand, MSAGPU_Fragment]>:$operand, MSAGPU_Map:$map,
                       I32:$row, I32:$head, I32:$batch,
                       OptionalAttr<I64Attr>:$shared, OptionalAttr<I64Attr>:$staged, Optional<I32>:$column,
                       UnitAttr:$evict_first);
  let assemblyFormat = [{
    $operand `,` $map `[` $row `,` $head `,` $batch `]` (`column` $column^)? attr-dict
    `:` type($operand) `,` type($map)
  }];
  let builders = [OpBuilder<(ins "::mlir::Value":$operand, "::mlir::Value":$map, "::mlir::Value":$row,
      "::mlir::Value":$head, "::mlir::Value":$batch, "::mlir::IntegerAttr":$shared), [{
    build($_builder, $_state, operand, map, row, head, batch, shared, ::mlir::IntegerAttr(), ::mlir::Value());
  }]>];
  let extraClassDeclaration = [{
    /// Whether there is one copy a panel, not one of all.
    bool isByPanel() { return getColumn() || getMap().getType().isByPanel(); }
    int64_t getPanels() { return getMap().getType().getPanels(); }
    /// Bytes of shared memory that a warpgroup needs.
    int64_t getStagedBytes() {
      return getStaged().value_or(getPanels()) * getMap().getType().getRows() * 128;
    }
  }];
  let hasVerifier = 1;
}

def MSAGPU_StoreRowsOp : MSAGPU_Op<"store_rows", [MemoryEffects<[MemWrite]>]> {
  let summary = "a value of each row written";
  let description = [{
    Row i goes to element first + i of the buffer, taken as one-dimensional,
    where i < `count`.
  }];
  let arguments = (ins MSAGPU_Rows:$rows, AnyMemRef:$buffer, I64:$first, I32:$count);
  let assemblyFormat = "$rows `,` $buffer `[` $first `]` `count` `(` $count `)` attr-dict `:` type($rows) `,` type($buffer)";
  let hasVerifier = 1;
}

#endif // MSA_DIALECT_MSAGPU_IR_MSAGPUTILEOPS_TD
