//===- MSAGPURoleOps.td - Roles and rings ------------------*- tablegen -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DIALECT_MSAGPU_IR_MSAGPUROLEOPS_TD
#define MSA_DIALECT_MSAGPU_IR_MSAGPUROLEOPS_TD

include "msa/Dialect/MSAGPU/IR/MSAGPUOpBase.td"

def MSAGPU_RingOp : MSAGPU_Op<"ring", [Symbol, HasParent<"KernelOp">]> {
  let summary = "slots of shared memory between the roles of a kernel";
  let description = [{
    `slots` slots that the copying role fills in order and the others read, each
    guarded by two barriers (full and empty). What a slot holds is a tile, or
    the number of a tile of the kernel's loop (i32). Uses are numbered from 0
    through the life of a block: use u is in slot u mod slots. With `copies`
    every consumer warpgroup has slots of its own. `spread`: every block of a
    cluster fills its share of the slots of all of them, so a slot is empty once
    the readers of all blocks have given it back. `shared` and `barriers` are the
    byte offsets of slots and barriers once planned.

    Constraint (R1): holds is a tile or i32; 1 to 8 slots; copies are 1 or, of
    tiles that are not spread, the kernel's warpgroups.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttr:$holds, I64Attr:$slots, I64Attr:$copies,
                       OptionalAttr<I64Attr>:$shared, OptionalAttr<I64Attr>:$barriers, UnitAttr:$spread);
  let assemblyFormat = "$sym_name `holds` $holds `slots` $slots `copies` $copies (`spread` $spread^)? attr-dict";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Bytes of one slot.
    int64_t getSlotBytes();
  }];
}

def MSAGPU_RolesOp : MSAGPU_Op<"roles", [NoTerminator, HasParent<"KernelOp">]> {
  let summary = "what the copying warpgroup does, and what the others do";
  let description = [{
    The first region is run by one thread of the first warpgroup, the second by
    every other warpgroup.

    Constraints of what stands there:

    - (R2) fill_slot, publish and draw stand in the producer; acquire, release and
      fetch in the consumer.
    - (R3) they name a ring of the kernel: publish and fetch one of i32; fill_slot
      one of the tiles that its map's copies bring, from a column on of whole
      panels; acquire one of the tile that it gives.
    - (R4) take_turn and pass_turn stand in the consumer of a kernel of pingpong,
      in pairs within a block, with no other pair between; no condition and no bound
      around them is computed from tiles or the warpgroup's number.

    ```mlir
    msa_gpu.kernel @copy(%from: !msa_gpu.map<64, 64, f16>, %counter: memref<1xi32>) attributes {warpgroups = 2 : i64} {
      msa_gpu.ring @x holds !msa_gpu.tile<64, 64, f16, pitch = 64> slots 2 copies 1
      msa_gpu.ring @tiles holds i32 slots 2 copies 1
      msa_gpu.roles producer {
        %zero = arith.constant 0 : i32
        %tile = msa_gpu.block
        %blocks = msa_gpu.blocks
        %again = arith.addi %tile, %blocks : i32
        msa_gpu.publish @tiles[%zero], %tile
        msa_gpu.fill_slot @x[%zero, %zero], %from[%zero, %tile, %zero] : !msa_gpu.map<64, 64, f16>
        %next = msa_gpu.draw %counter of %blocks : memref<1xi32>
      } consumer {
        %zero = arith.constant 0 : i32
        %tile = msa_gpu.fetch @tiles[%zero]
        %x = msa_gpu.acquire @x[%zero] : !msa_gpu.tile<64, 64, f16, pitch = 64>
        %part = msa_gpu.slice %x[%zero] : !msa_gpu.tile<64, 64, f16, pitch = 64> -> !msa_gpu.tile<32, 64, f16, pitch = 64>
        msa_gpu.release @x[%zero]
      }
    }
    ```
  }];
  let regions = (region SizedRegion<1>:$producer, SizedRegion<1>:$consumer);
  let assemblyFormat = "`producer` $producer `consumer` $consumer attr-dict";
  let hasVerifier = 1;
}

/// What takes part in a ring, in one role.
class MSAGPU_RingUse<string mnemonic> : MSAGPU_Op<mnemonic, [
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let hasVerifier = 1;
}

def MSAGPU_FillSlotOp : MSAGPU_RingUse<"fill_slot"> {
  let summary = "starts a copy into a slot once it is empty";
  let arguments = (ins FlatSymbolRefAttr:$ring, I32:$use, I32:$copy, MSAGPU_Map:$map,
                       I32:$row, I32:$head, I32:$batch, Optional<I32>:$column, UnitAttr:$evict_first);
  let assemblyFormat = [{
    $ring `[` $use `,` $copy `]` `,` $map `[` $row `,` $head `,` $batch `]` (`column` $column^)? attr-dict `:` type($map)
  }];
}

def MSAGPU_AcquireOp : MSAGPU_RingUse<"acquire"> {
  let summary = "waits until a slot is full";
  let arguments = (ins FlatSymbolRefAttr:$ring, I32:$use);
  let results = (outs MSAGPU_Tile:$tile);
  let assemblyFormat = "$ring `[` $use `]` attr-dict `:` type($tile)";
}

def MSAGPU_ReleaseOp : MSAGPU_RingUse<"release"> {
  let summary = "gives a slot back";
  let description = [{
    Every warp of the readers arrives once a use, after it has acquired it.
  }];
  let arguments = (ins FlatSymbolRefAttr:$ring, I32:$use);
  let assemblyFormat = "$ring `[` $use `]` attr-dict";
}

def MSAGPU_PublishOp : MSAGPU_RingUse<"publish"> {
  let summary = "puts a tile's number into a slot once it is empty";
  let arguments = (ins FlatSymbolRefAttr:$ring, I32:$use, I32:$tile);
  let assemblyFormat = "$ring `[` $use `]` `,` $tile attr-dict";
}

def MSAGPU_FetchOp : MSAGPU_RingUse<"fetch"> {
  let summary = "waits for a tile's number and gives its slot back";
  let arguments = (ins FlatSymbolRefAttr:$ring, I32:$use);
  let results = (outs I32:$tile);
  let assemblyFormat = "$ring `[` $use `]` attr-dict";
}

class MSAGPU_TurnOp<string mnemonic> : MSAGPU_Op<mnemonic> {
  let assemblyFormat = "attr-dict";
  let hasVerifier = 1;
}

def MSAGPU_TakeTurnOp : MSAGPU_TurnOp<"take_turn"> {
  let summary = "waits until it is this warpgroup's turn";
  let description = [{
    Of a block's consumer warpgroups one has the turn: the first at the start, and
    whom the one before it passes it to. The products that are issued in between
    are then multiplied before those of the next.

    ```mlir
    msa_gpu.kernel @turns(%a: !msa_gpu.map<64, 64, f16>) attributes {pingpong, warpgroups = 2 : i64} {
      msa_gpu.ring @x holds !msa_gpu.tile<64, 64, f16, pitch = 64> slots 2 copies 1
      msa_gpu.roles producer {
        %zero = arith.constant 0 : i32
        msa_gpu.fill_slot @x[%zero, %zero], %a[%zero, %zero, %zero] : !msa_gpu.map<64, 64, f16>
      } consumer {
        %zero = arith.constant 0 : i32
        %x = msa_gpu.acquire @x[%zero] : !msa_gpu.tile<64, 64, f16, pitch = 64>
        msa_gpu.take_turn
        %s = msa_gpu.issue %x, %x transposed : !msa_gpu.tile<64, 64, f16, pitch = 64>,
            !msa_gpu.tile<64, 64, f16, pitch = 64> -> !msa_gpu.pending<64, 64, f32>
        msa_gpu.pass_turn
        %done = msa_gpu.wait 0 : %s : (!msa_gpu.pending<64, 64, f32>) -> !msa_gpu.fragment<64, 64, f32>
        msa_gpu.release @x[%zero]
      }
    }
    ```
  }];
}

def MSAGPU_PassTurnOp : MSAGPU_TurnOp<"pass_turn"> {
  let summary = "gives the turn to the next warpgroup, after the last to the first";
}

def MSAGPU_DrawOp : MSAGPU_Op<"draw"> {
  let summary = "draws the number of the next tile that no block has";
  let description = [{
    The first tile of a block is its own number, so these count from the number of
    blocks on. A block draws once for each tile that it has, all of them `count`
    times, and there are at most `count` blocks: with the last draw the counter is
    0 again, as the next launch needs it (PTX atom.inc).
  }];
  let arguments = (ins MemRefRankOf<[I32], [1]>:$counter, I32:$count);
  let results = (outs I32:$tile);
  let assemblyFormat = "$counter `of` $count attr-dict `:` type($counter)";
  let hasVerifier = 1;
}

def MSAGPU_BlockOp : MSAGPU_Op<"block", [Pure]> {
  let summary = "number of this block";
  let results = (outs I32:$result);
  let assemblyFormat = "attr-dict";
}

def MSAGPU_BlocksOp : MSAGPU_Op<"blocks", [Pure]> {
  let summary = "how many blocks run the kernel";
  let results = (outs I32:$result);
  let assemblyFormat = "attr-dict";
}

#endif // MSA_DIALECT_MSAGPU_IR_MSAGPUROLEOPS_TD
