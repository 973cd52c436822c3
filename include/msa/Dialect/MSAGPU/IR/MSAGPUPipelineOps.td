//===- MSAGPUPipelineOps.td - Copies by computing threads --*- tablegen -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DIALECT_MSAGPU_IR_MSAGPUPIPELINEOPS_TD
#define MSA_DIALECT_MSAGPU_IR_MSAGPUPIPELINEOPS_TD

include "msa/Dialect/MSAGPU/IR/MSAGPUOpBase.td"

class MSAGPU_PipelineOp<string mnemonic, list<Trait> traits = []> : MSAGPU_Op<mnemonic, traits> {
  let hasVerifier = 1;
}

def MSAGPU_ViewOp : MSAGPU_PipelineOp<"view", [Pure]> {
  let summary = "a buffer's matrices as a map";
  let description = [{
    Where there is no copy engine, a map is the start of a buffer and the layout in
    the map's type.

    Constraint (V1): it stands in a kernel of `mma`; the map has a layout, of
    elements of the buffer.
  }];
  let arguments = (ins AnyMemRef:$buffer);
  let results = (outs MSAGPU_Map:$map);
  let assemblyFormat = "$buffer attr-dict `:` type($buffer) `->` type($map)";
}

def MSAGPU_CopyOp : MSAGPU_PipelineOp<"copy", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "starts to copy a tile into a slot";
  let description = [{
    Every thread copies its share (PTX `cp.async`, 16 bytes each): of a ring with
    copies the threads of each warpgroup into its own, else those of the block. Rows
    past the matrix's end become zero.

    ```mlir
    // Two tiles, of which the second is on its way while the first is multiplied.
    msa_gpu.kernel @two(%x: memref<1x1x128x64xf16>, %out: memref<64xf32>) attributes {mma, warpgroups = 1 : i64} {
      msa_gpu.ring @x holds !msa_gpu.tile<64, 64, f16, pitch = 64> slots 2 copies 1
      %zero = arith.constant 0 : i32
      %one = arith.constant 1 : i32
      %c64 = arith.constant 64 : i32
      %map = msa_gpu.view %x : memref<1x1x128x64xf16> -> !msa_gpu.map<64, 64, f16, layout =
          <buffer = 0, element = f16, offset = 0, sizes = [64, 128, 1, 1, 1], strides = [64, 64, 64, 64],
           box = [64, 64, 1, 1, 1], swizzle = 128>>
      msa_gpu.copy %map[%zero, %zero, %zero] to @x[%zero] : !msa_gpu.map<64, 64, f16, layout =
          <buffer = 0, element = f16, offset = 0, sizes = [64, 128, 1, 1, 1], strides = [64, 64, 64, 64],
           box = [64, 64, 1, 1, 1], swizzle = 128>>
      msa_gpu.commit
      msa_gpu.copy %map[%c64, %zero, %zero] to @x[%one] : !msa_gpu.map<64, 64, f16, layout =
          <buffer = 0, element = f16, offset = 0, sizes = [64, 128, 1, 1, 1], strides = [64, 64, 64, 64],
           box = [64, 64, 1, 1, 1], swizzle = 128>>
      msa_gpu.commit
      msa_gpu.await 1
      %first = msa_gpu.slot @x[%zero] : !msa_gpu.tile<64, 64, f16, pitch = 64>
      %product = msa_gpu.product %first, %first transposed : !msa_gpu.tile<64, 64, f16, pitch = 64>,
          !msa_gpu.tile<64, 64, f16, pitch = 64> -> !msa_gpu.fragment<64, 64, f32>
      msa_gpu.await 0
    }
    ```

    Constraints of what stands there:

    - (P1) copy, commit, await and slot stand in a kernel of `mma`.
    - (P2) copy and slot name a ring of the kernel, of the tile that the copy
      brings or the slot gives.
  }];
  let arguments = (ins MSAGPU_Map:$map, I32:$row, I32:$head, I32:$batch, FlatSymbolRefAttr:$ring, I32:$slot);
  let assemblyFormat = "$map `[` $row `,` $head `,` $batch `]` `to` $ring `[` $slot `]` attr-dict `:` type($map)";
}

def MSAGPU_CommitOp : MSAGPU_PipelineOp<"commit"> {
  let summary = "makes a group of the copies since the last commit, perhaps of none";
  let assemblyFormat = "attr-dict";
}

def MSAGPU_AwaitOp : MSAGPU_PipelineOp<"await"> {
  let summary = "waits for copies, and for the block's threads";
  let description = [{
    Until at most `under_way` of this thread's latest groups of copies are not
    done, then for all threads of the block: what any of them copied before those
    groups is there, and what any of them read before this is read.

    Constraint (P3): under_way lies in 0 .. 63.
  }];
  let arguments = (ins I64Attr:$under_way);
  let assemblyFormat = "$under_way attr-dict";
}

def MSAGPU_SlotOp : MSAGPU_PipelineOp<"slot", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "what a slot holds now";
  let description = [{
    Not known to be what it was before: a product of it stays where it stands
    between waits.
  }];
  let arguments = (ins FlatSymbolRefAttr:$ring, I32:$slot);
  let results = (outs MSAGPU_Tile:$tile);
  let assemblyFormat = "$ring `[` $slot `]` attr-dict `:` type($tile)";
}

#endif // MSA_DIALECT_MSAGPU_IR_MSAGPUPIPELINEOPS_TD
