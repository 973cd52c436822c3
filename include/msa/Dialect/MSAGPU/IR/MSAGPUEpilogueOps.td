//===- MSAGPUEpilogueOps.td - What a product's sums meet ---*- tablegen -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DIALECT_MSAGPU_IR_MSAGPUEPILOGUEOPS_TD
#define MSA_DIALECT_MSAGPU_IR_MSAGPUEPILOGUEOPS_TD

include "msa/Dialect/MSAGPU/IR/MSAGPUOpBase.td"

def MSAGPU_ReadOp : MSAGPU_Op<"read", [MemoryEffects<[MemRead]>]> {
  let summary = "64 rows of a matrix in global memory as a fragment, or a value of each";
  let description = [{
    Of a buffer that the kernel does not write, taken as one-dimensional: of the
    matrices of its heads and streams, element (i, c) of one is

        offset + batch batch_stride + head head_stride + i row_stride + c

    and the fragment has (row + i, column + j). With `wrap` the matrices of heads
    lie side by side, so many columns each: column c is column c mod wrap of the
    head c / wrap further; a head_stride of 0 repeats one. Rows have element
    (row + i, 0). Elements are widened to f32. A matrix has `rows` rows and
    `columns` columns, wrapped ones counted: what is past its end is not
    specified, and not read. Two neighbours are read at once where the buffer
    allows that: where it is `aligned`, at a multiple of 8 bytes, for sure.

    ```mlir
    // Tile t: 64 rows of 500, over a value of the row, plus a value a column.
    msa_gpu.kernel @scaled(%tiles: !msa_gpu.map<64, 64, f16>, %out: !msa_gpu.map<64, 64, f32>,
        %scale: memref<500xf32>, %bias: memref<64xbf16>) attributes {warpgroups = 1 : i64} {
      %count = arith.constant 8 : i32
      msa_gpu.for_tiles %count {
      ^bb0(%tile: i32):
        %zero = arith.constant 0 : i32
        %c64 = arith.constant 64 : i32
        %row = arith.muli %tile, %c64 : i32
        %x = msa_gpu.load %tiles[%row, %zero, %zero] ring("x", 1)
            : !msa_gpu.map<64, 64, f16> -> !msa_gpu.tile<64, 64, f16, pitch = 64>
        %y = msa_gpu.product %x, %x transposed : !msa_gpu.tile<64, 64, f16, pitch = 64>,
            !msa_gpu.tile<64, 64, f16, pitch = 64> -> !msa_gpu.fragment<64, 64, f32>
        %s = msa_gpu.read %scale[%row, %zero, %zero] column %zero
            {offset = 0 : i64, row_stride = 1 : i64, head_stride = 0 : i64, batch_stride = 0 : i64,
             rows = 500 : i64, columns = 64 : i64} : memref<500xf32> -> !msa_gpu.rows<f32>
        %b = msa_gpu.read %bias[%row, %zero, %zero] column %zero
            {offset = 0 : i64, row_stride = 0 : i64, head_stride = 0 : i64, batch_stride = 0 : i64,
             rows = 500 : i64, columns = 64 : i64} : memref<64xbf16> -> !msa_gpu.fragment<64, 64, f32>
        %z = msa_gpu.map %y, %s, %b
            : (!msa_gpu.fragment<64, 64, f32>, !msa_gpu.rows<f32>, !msa_gpu.fragment<64, 64, f32>)
            -> !msa_gpu.fragment<64, 64, f32> {
        ^bb1(%a: f32, %f: f32, %g: f32):
          %af = msa_gpu.div %a, %f
          %sum = arith.addf %af, %g : f32
          msa_gpu.yield %sum : f32
        }
        msa_gpu.store %z, %out[%row, %zero, %zero] column %zero : !msa_gpu.fragment<64, 64, f32>, !msa_gpu.map<64, 64, f32>
      }
    }
    ```

    Constraint (G8): a dense static buffer of f16, bf16 or f32 (offsets and
    strides are the operation's); whole rows or a fragment of f32. offset and
    strides are not negative; for a fragment they are even, and wrap, where it is not 0, and columns multiples of 8.
    columns and rows lie in 1 .. 2^31 - 1.
  }];
  let arguments = (ins AnyTypeOf<[MemRefOf<[F16, BF16, F32]>]>:$buffer, I32:$row, I32:$head, I32:$batch, I32:$column,
    I64Attr:$offset, I64Attr:$row_stride, I64Attr:$head_stride, I64Attr:$batch_stride,
    I64Attr:$rows, I64Attr:$columns, DefaultValuedAttr<I64Attr, "0">:$wrap, UnitAttr:$aligned);
  let results = (outs AnyTypeOf<[MSAGPU_Fragment, MSAGPU_Rows]>:$result);
  let assemblyFormat = [{
    $buffer `[` $row `,` $head `,` $batch `]` `column` $column attr-dict `:` type($buffer) `->` type($result)
  }];
  let hasVerifier = 1;
}

def MSAGPU_RotateOp : MSAGPU_Op<"rotate", [Pure, AllTypesMatch<["fragment", "result"]>]> {
  let summary = "columns of each group swapped by halves, the second one negated";
  let description = [{
    Column j becomes, in its group of `group` columns, minus the column group / 2
    further where j stands in the first half, the column group / 2 before in the
    second. Within a thread's registers: nothing moves.

    ```mlir
    msa_gpu.kernel @rotated(%tiles: !msa_gpu.map<64, 64, f16>) attributes {warpgroups = 1 : i64} {
      %none = arith.constant 1.0 : f32
      %x = msa_gpu.fill %none : f32 -> !msa_gpu.fragment<64, 64, f32>
      %y = msa_gpu.rotate %x {group = 32 : i64} : !msa_gpu.fragment<64, 64, f32>
    }
    ```

    Constraint (G9): f32; the group is a multiple of 16 that divides the columns.
  }];
  let arguments = (ins MSAGPU_Fragment:$fragment, I64Attr:$group);
  let results = (outs MSAGPU_Fragment:$result);
  let assemblyFormat = "$fragment attr-dict `:` type($fragment)";
  let hasVerifier = 1;
}

def MSAGPU_DivOp : MSAGPU_Op<"div", [Pure]> {
  let summary = "x / y";
  let description = [{ PTX div.full.f32: 2 ulp, and no call as an exact quotient has. }];
  let arguments = (ins F32:$x, F32:$y);
  let results = (outs F32:$result);
  let assemblyFormat = "$x `,` $y attr-dict";
}

#endif // MSA_DIALECT_MSAGPU_IR_MSAGPUEPILOGUEOPS_TD
