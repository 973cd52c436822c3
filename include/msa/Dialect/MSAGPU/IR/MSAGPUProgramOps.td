//===- MSAGPUProgramOps.td - Kernels and their loops -------*- tablegen -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DIALECT_MSAGPU_IR_MSAGPUPROGRAMOPS_TD
#define MSA_DIALECT_MSAGPU_IR_MSAGPUPROGRAMOPS_TD

include "msa/Dialect/MSAGPU/IR/MSAGPUOpBase.td"

def MSAGPU_KernelOp : MSAGPU_Op<"kernel", [
    IsolatedFromAbove, Symbol, SymbolTable, FunctionOpInterface, SingleBlock, NoTerminator]> {
  let summary = "a kernel: what a block of threads runs";
  let description = [{
    Arguments are tensor maps, then buffers. `warpgroups` consumer warpgroups
    compute, one more copies once the kernel has been split into roles. `cluster`
    blocks (1 where it is absent) copy for one another. `registers` are those of a
    computing thread; what a launch allocates besides is for the copying ones.
    With `mma` no warpgroup copies, products are those of `mma.sync`, and maps are
    views of buffers (`msa_gpu.view`), not arguments: such kernels run on GPUs from
    sm_80 on.

    ```mlir
    // Attention of 8 x 4096 queries to those of the first 128 keys that do not come
    // after them; in powers of two.
    msa_gpu.kernel @attend(%queries: !msa_gpu.map<64, 64, bf16>, %keys: !msa_gpu.map<128, 64, bf16>,
        %out: !msa_gpu.map<64, 64, bf16>, %lse: memref<1x8x4096xf32>, %counter: memref<1xi32>)
        attributes {warpgroups = 2 : i64} {
      %tiles = arith.constant 256 : i32
      msa_gpu.for_tiles %tiles counter(%counter : memref<1xi32>) {
      ^bb0(%tile: i32):
        %zero = arith.constant 0 : i32
        %c1 = arith.constant 1 : i32
        %c8 = arith.constant 8 : i32
        %c64 = arith.constant 64 : i32
        %c128 = arith.constant 128 : i32
        %none = arith.constant 0.0 : f32
        // Tile t: rows 128 (t / 8) on of head t mod 8; 64 rows a warpgroup.
        %head = arith.remui %tile, %c8 : i32
        %number = arith.divui %tile, %c8 : i32
        %first = arith.muli %number, %c128 : i32
        %warpgroup = msa_gpu.warpgroup
        %above = arith.muli %warpgroup, %c64 : i32
        %own = arith.addi %first, %above : i32
        %q = msa_gpu.load %queries[%own, %head, %zero] ring("q", 1) per_warpgroup
            : !msa_gpu.map<64, 64, bf16> -> !msa_gpu.tile<64, 64, bf16, pitch = 64>
        %k = msa_gpu.load %keys[%zero, %head, %zero] ring("k", 2)
            : !msa_gpu.map<128, 64, bf16> -> !msa_gpu.tile<128, 64, bf16, pitch = 128>
        %s = msa_gpu.product %q, %k transposed
            : !msa_gpu.tile<64, 64, bf16, pitch = 64>, !msa_gpu.tile<128, 64, bf16, pitch = 128>
            -> !msa_gpu.fragment<64, 128, f32>
        // Row i keeps the keys below own + i + 1.
        %row = msa_gpu.row_index : !msa_gpu.rows<i32>
        %to = msa_gpu.map %row : (!msa_gpu.rows<i32>) -> !msa_gpu.rows<i32> {
        ^bb0(%i: i32):
          %j = arith.addi %i, %own : i32
          %end = arith.addi %j, %c1 : i32
          msa_gpu.yield %end : i32
        }
        %band = msa_gpu.band %s to %to : !msa_gpu.rows<i32> : !msa_gpu.fragment<64, 128, f32>
        %most = msa_gpu.reduce max %band : !msa_gpu.fragment<64, 128, f32> -> !msa_gpu.rows<f32, partial = true>
        %max = msa_gpu.combine max %most : !msa_gpu.rows<f32, partial = true> -> !msa_gpu.rows<f32>
        %weights = msa_gpu.map %band, %max
            : (!msa_gpu.fragment<64, 128, f32>, !msa_gpu.rows<f32>) -> !msa_gpu.fragment<64, 128, f32> {
        ^bb0(%x: f32, %m: f32):
          %d = arith.subf %x, %m : f32
          %e = msa_gpu.exp2 %d
          msa_gpu.yield %e : f32
        }
        %part = msa_gpu.reduce add %weights : !msa_gpu.fragment<64, 128, f32> -> !msa_gpu.rows<f32, partial = true>
        %sum = msa_gpu.combine add %part : !msa_gpu.rows<f32, partial = true> -> !msa_gpu.rows<f32>
        // The keys are the values too.
        %packed = msa_gpu.pack %weights : !msa_gpu.fragment<64, 128, f32> -> !msa_gpu.operand<64, 128, bf16>
        %start = msa_gpu.fill %none : f32 -> !msa_gpu.fragment<64, 64, f32>
        %acc = msa_gpu.product %packed, %k acc(%start : !msa_gpu.fragment<64, 64, f32>)
            : !msa_gpu.operand<64, 128, bf16>, !msa_gpu.tile<128, 64, bf16, pitch = 128>
            -> !msa_gpu.fragment<64, 64, f32>
        %y = msa_gpu.map %acc, %sum
            : (!msa_gpu.fragment<64, 64, f32>, !msa_gpu.rows<f32>) -> !msa_gpu.fragment<64, 64, f32> {
        ^bb0(%x: f32, %l: f32):
          %r = msa_gpu.rcp %l
          %xr = arith.mulf %x, %r : f32
          msa_gpu.yield %xr : f32
        }
        %half = msa_gpu.pack %y : !msa_gpu.fragment<64, 64, f32> -> !msa_gpu.operand<64, 64, bf16>
        msa_gpu.store %half, %out[%own, %head, %zero] : !msa_gpu.operand<64, 64, bf16>, !msa_gpu.map<64, 64, bf16>
        %log = msa_gpu.map %max, %sum : (!msa_gpu.rows<f32>, !msa_gpu.rows<f32>) -> !msa_gpu.rows<f32> {
        ^bb0(%m: f32, %l: f32):
          %g = msa_gpu.log2 %l
          %lse2 = arith.addf %m, %g : f32
          msa_gpu.yield %lse2 : f32
        }
        %c4096 = arith.constant 4096 : i32
        %matrix = arith.muli %head, %c4096 : i32
        %again = msa_gpu.again %own
        %at = arith.addi %matrix, %again : i32
        %index = arith.extui %at : i32 to i64
        %left = arith.subi %c4096, %again : i32
        msa_gpu.store_rows %log, %lse[%index] count(%left) : !msa_gpu.rows<f32>, memref<1x8x4096xf32>
      }
    }
    ```

    Constraint (K1): 1 to 3 warpgroups; clusters of 1 or 2; registers are a
    multiple of 8 from 24 to 240 that leaves as many to the copying warpgroup;
    arguments are maps, then memrefs; no results. With `mma`: 1 or 2 warpgroups,
    no cluster, no registers, memrefs only. With `pingpong` (warpgroups take turns
    to issue products): 2 or 3 warpgroups, no mma.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<FunctionType>:$function_type,
    I64Attr:$warpgroups, OptionalAttr<I64Attr>:$shared, OptionalAttr<I64Attr>:$cluster,
    OptionalAttr<I64Attr>:$registers, UnitAttr:$mma, UnitAttr:$pingpong,
    OptionalAttr<DictArrayAttr>:$arg_attrs, OptionalAttr<DictArrayAttr>:$res_attrs);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::llvm::ArrayRef<::mlir::Type> getArgumentTypes() { return getFunctionType().getInputs(); }
    ::llvm::ArrayRef<::mlir::Type> getResultTypes() { return getFunctionType().getResults(); }
    ::mlir::Region *getCallableRegion() { return &getBody(); }
    /// Registers of a thread of a computing warpgroup, and of the copying one:
    /// together what a launch allocates, 65536 / threads a thread rounded down
    /// to a multiple of 8. One more and the increase waits for ever.
    int64_t getComputingRegisters();
    int64_t getCopyingRegisters();
    /// Threads of a block.
    int64_t getThreads() { return 128 * (getWarpgroups() + (getMma() ? 0 : 1)); }
  }];
}

def MSAGPU_ForTilesOp : MSAGPU_Op<"for_tiles", [AttrSizedOperandSegments, SingleBlock, NoTerminator]> {
  let summary = "the loop over a kernel's tiles";
  let description = [{
    The body works on one of `count` tiles, its argument (i32). With a counter
    blocks draw tiles from it until none is left; without, each block has the
    tile of its number, and with `strided` also those that the number of blocks
    leads to from there: for tiles that all cost the same.

    Work on a tile may be left for where the block's next one begins: what it
    needs is carried from tile to tile, and `last`, which a block runs behind
    its last tile, has what that one left.

    ```mlir
    msa_gpu.kernel @late(%out: memref<8xf32>) attributes {warpgroups = 1 : i64} {
      %tiles = arith.constant 8 : i32
      %none = arith.constant -1 : i32
      msa_gpu.for_tiles %tiles strided init(%none : i32) {
      ^bb0(%tile: i32, %before: i32):
        msa_gpu.next %tile : i32
      } last {
      ^bb0(%before: i32):
        %one = arith.constant 1.0 : f32
        %index = arith.index_cast %before : i32 to index
        memref.store %one, %out[%index] : memref<8xf32>
      }
    }
    ```

    Constraint (G11): what is carried is no tile; the body's arguments are an i32
    and the inits, and with inits it ends in `next` with as many values of their
    types, and there is a `last` region with them as arguments; without there is
    none.
  }];
  let arguments = (ins I32:$count, Optional<MemRefRankOf<[I32], [1]>>:$counter, UnitAttr:$strided,
    Variadic<AnyType>:$inits);
  let regions = (region SizedRegion<1>:$body, AnyRegion:$last);
  let assemblyFormat = [{
    $count (`counter` `(` $counter^ `:` type($counter) `)`)? (`strided` $strided^)?
    (`init` `(` $inits^ `:` type($inits) `)`)? $body (`last` $last^)? attr-dict
  }];
  let builders = [
    OpBuilder<(ins "::mlir::Value":$count, "::mlir::Value":$counter, CArg<"bool", "false">:$strided,
                   CArg<"::mlir::ValueRange", "{}">:$inits)>
  ];
  let hasRegionVerifier = 1;
}

def MSAGPU_VisitsOp : MSAGPU_Op<"visits", [NoTerminator]> {
  let summary = "a loop over key tiles that scalar code lists";
  let description = [{
    The list is scalar code, with loops and conditionals; the body runs for each
    `visit` in it, in order, with the visit's row and kind and the carried
    values. Split into roles, the producer runs the list and publishes what it
    finds through a ring of numbers, so that the consumers need nothing of it.

    ```mlir
    msa_gpu.kernel @listed(%keys: !msa_gpu.map<64, 64, f16>, %lists: memref<8x4xi32>) attributes {warpgroups = 2 : i64} {
      %tiles = arith.constant 8 : i32
      msa_gpu.for_tiles %tiles {
      ^bb0(%tile: i32):
        %zero = arith.constant 0 : i32
        %none = arith.constant 0.0 : f32
        %start = msa_gpu.fill %none : f32 -> !msa_gpu.fragment<64, 64, f32>
        %sum = msa_gpu.visits ring("visits", 4) init(%start : !msa_gpu.fragment<64, 64, f32>) list {
          %c0 = arith.constant 0 : index
          %c1 = arith.constant 1 : index
          %c4 = arith.constant 4 : index
          %c64 = arith.constant 64 : i32
          %list = arith.index_cast %tile : i32 to index
          scf.for %i = %c0 to %c4 step %c1 {
            %block = memref.load %lists[%list, %i] : memref<8x4xi32>
            %is = arith.cmpi sge, %block, %zero : i32
            scf.if %is {
              %row = arith.muli %block, %c64 : i32
              msa_gpu.visit %row, %zero
            }
          }
        } body {
        ^bb0(%row: i32, %kind: i32, %acc: !msa_gpu.fragment<64, 64, f32>):
          %k = msa_gpu.load %keys[%row, %zero, %zero] ring("k", 2)
              : !msa_gpu.map<64, 64, f16> -> !msa_gpu.tile<64, 64, f16, pitch = 64>
          %next = msa_gpu.product %k, %k transposed acc(%acc : !msa_gpu.fragment<64, 64, f32>)
              : !msa_gpu.tile<64, 64, f16, pitch = 64>, !msa_gpu.tile<64, 64, f16, pitch = 64>
              -> !msa_gpu.fragment<64, 64, f32>
          // What lies right of the diagonal of a tile is left out.
          %kept = msa_gpu.map %next, %acc
              : (!msa_gpu.fragment<64, 64, f32>, !msa_gpu.fragment<64, 64, f32>) -> !msa_gpu.fragment<64, 64, f32> {
          ^bb1(%x: f32, %before: f32):
            %i, %j = msa_gpu.place
            %is = arith.cmpi sle, %j, %i : i32
            %y = arith.select %is, %x, %before : f32
            msa_gpu.yield %y : f32
          }
          msa_gpu.next %kept : !msa_gpu.fragment<64, 64, f32>
        } -> !msa_gpu.fragment<64, 64, f32>
      }
    }
    ```

    With `otherwise` a list that names nothing stands for one visit of that row
    and kind, so that the body runs at least once.

    Constraint (G6): 1 to 8 slots, and a ring that no load uses; visits use one
    ring with as many slots. `otherwise` is a row and a kind as of `visit`. The list has no arguments and no tiles, does not
    depend on the warpgroup, and at most reads; visits in it stand in loops and
    conditionals only. The body's arguments are two i32 and the inits, it ends in
    `next` with as many values, and the results have their types.
  }];
  let arguments = (ins StrAttr:$ring, I64Attr:$slots, OptionalAttr<DenseI64ArrayAttr>:$otherwise,
    Variadic<AnyType>:$inits);
  let results = (outs Variadic<AnyType>:$results);
  let regions = (region SizedRegion<1>:$list, SizedRegion<1>:$body);
  let assemblyFormat = [{
    `ring` `(` $ring `,` $slots `)` (`otherwise` $otherwise^)? (`init` `(` $inits^ `:` type($inits) `)`)? `list` $list `body` $body
    attr-dict (`->` type($results)^)?
  }];
  let hasRegionVerifier = 1;
}

def MSAGPU_VisitOp : MSAGPU_Op<"visit"> {
  let summary = "lists a key tile";
  let description = [{
    The row of its first key, from 0 to 2^29 - 1, and a kind, 0 to 3, for the
    body. It stands in the list of `visits`.
  }];
  let arguments = (ins I32:$row, I32:$kind);
  let assemblyFormat = "$row `,` $kind attr-dict";
  let hasVerifier = 1;
}

def MSAGPU_NextOp : MSAGPU_Op<"next", [Pure, Terminator, ParentOneOf<["VisitsOp", "ForTilesOp"]>]> {
  let summary = "ends the body of visits, or of tiles that carry values";
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
}

def MSAGPU_PlaceOp : MSAGPU_Op<"place", [Pure, ParentOneOf<["MapOp"]>]> {
  let summary = "row and column of the element that a map's body works on";
  let description = [{
    In a map that gives a fragment.
  }];
  let results = (outs I32:$row, I32:$column);
  let assemblyFormat = "attr-dict";
}

def MSAGPU_WarpgroupOp : MSAGPU_Op<"warpgroup", [Pure]> {
  let summary = "number of this consumer warpgroup";
  let results = (outs I32:$result);
  let assemblyFormat = "attr-dict";
}

def MSAGPU_AgainOp : MSAGPU_Op<"again"> {
  let summary = "the same number, to be computed with again";
  let description = [{
    Not known to be equal to its operand: what follows from it is computed where
    it stands, not kept in registers from where the operand was used before.
  }];
  let arguments = (ins I32:$value);
  let results = (outs I32:$result);
  let assemblyFormat = "$value attr-dict";
}

#endif // MSA_DIALECT_MSAGPU_IR_MSAGPUPROGRAMOPS_TD
