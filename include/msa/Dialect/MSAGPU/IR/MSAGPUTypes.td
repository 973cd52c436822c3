//===- MSAGPUTypes.td - Where tiles live -------------------*- tablegen -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DIALECT_MSAGPU_IR_MSAGPUTYPES_TD
#define MSA_DIALECT_MSAGPU_IR_MSAGPUTYPES_TD

include "mlir/IR/AttrTypeBase.td"
include "msa/Dialect/MSAGPU/IR/MSAGPUDialect.td"

class MSAGPU_Type<string name, string typeMnemonic> : TypeDef<MSAGPU_Dialect, name> {
  let mnemonic = typeMnemonic;
  let genVerifyDecl = 1;
}

class MSAGPU_Matrix<string name, string typeMnemonic> : MSAGPU_Type<name, typeMnemonic> {
  let parameters = (ins "int64_t":$rows, "int64_t":$columns, "::mlir::Type":$element);
  let assemblyFormat = "`<` $rows `,` $columns `,` $element `>`";
}

def MSAGPU_Fragment : MSAGPU_Matrix<"Fragment", "fragment"> {
  let summary = "a matrix in the registers of a warpgroup, as a product leaves it";
  let description = [{
    64 rows and `columns` columns, spread over 128 threads as the accumulator of
    wgmma is (PTX ISA, "Register Fragments for wgmma.mma_async.m64nNk16"): each
    thread holds columns / 2 elements of two rows. 64 rows, or, as two such
    matrices, 128; columns are a multiple of 8 from 8 to 256; elements are f32 or i1.
  }];
}

def MSAGPU_Pending : MSAGPU_Matrix<"Pending", "pending"> {
  let summary = "a fragment that a product under way will leave";
  let description = [{
    What `issue` gives and only `wait` takes, or another `issue` that adds to it:
    nothing can read it too early.
    Sizes as a fragment's, elements are f32.
  }];
}

def MSAGPU_Operand : MSAGPU_Matrix<"Operand", "operand"> {
  let summary = "a matrix in registers, as a product takes its left side";
  let description = [{
    The same spread as a fragment's, two elements packed in a register: what a
    product left can be multiplied again without moving. 64 or 128 rows; columns are a
    multiple of 16 from 16 to 256; elements are f16 or bf16.
  }];
}

def MSAGPU_Rows : MSAGPU_Type<"Rows", "rows"> {
  let summary = "one value for each row of a fragment";
  let description = [{
    Two values a thread for `count` 64 rows, four for 128, the same in the four
    threads that share a row; where `partial`, those four hold parts that are still
    to be combined. Elements are f32, i32 or i1.
  }];
  let parameters = (ins "::mlir::Type":$element, DefaultValuedParameter<"bool", "false">:$partial,
                        DefaultValuedParameter<"int64_t", "64">:$count);
  let assemblyFormat = "`<` $element (`,` struct($partial, $count)^)? `>`";
}

def MSAGPU_Tile : MSAGPU_Type<"Tile", "tile"> {
  let summary = "a matrix in shared memory";
  let description = [{
    Rows of 128 bytes in panels of 64 16-bit columns, `pitch` rows a panel, 16
    byte chunks permuted by the row modulo 8 (the 128-byte swizzle that copies
    write and products read). The last panel may have fewer columns, and takes as
    much room: what lies past them is zeros that no product reads. A part of a
    tile has fewer rows than its pitch. columns are a multiple of 16 from 16 to
    256; rows a multiple of 8 from 8 to 256; elements are f16 or bf16.
  }];
  let parameters = (ins "int64_t":$rows, "int64_t":$columns, "::mlir::Type":$element,
                        "int64_t":$pitch);
  let assemblyFormat = "`<` $rows `,` $columns `,` $element `,` `pitch` `=` $pitch `>`";
  let extraClassDeclaration = [{
    /// Bytes of a whole tile.
    int64_t getBytes() const {
      return ::llvm::divideCeil(getColumns(), 64) * getPitch() * 128;
    }
  }];
}

def MSAGPU_Map : MSAGPU_Type<"Map", "map"> {
  let summary = "a tensor map: matrices in global memory, one for each head and stream";
  let description = [{
    An argument of a kernel. A copy takes `rows` rows and `columns` columns of
    one matrix: all that it has, or, where the copy names a first column, those
    from there on. What is past a matrix's end reads as zero and is not written.
    All that it has is one copy, of 16-bit elements in whole panels of 64, or one
    copy a panel of 128 bytes a row, of which the last may be cut.
    With `head` the matrices of the heads, so many columns each (a multiple of
    64), lie side by side for such copies: column c is column c mod head of head
    c / head.

    In a kernel of `mma` there is no copy engine: `layout` says where the elements
    lie in the buffer that a `view` is of, and such a map has no `head`.
  }];
  let parameters = (ins "int64_t":$rows, "int64_t":$columns, "::mlir::Type":$element,
                        DefaultValuedParameter<"int64_t", "0">:$head,
                        OptionalParameter<"::mlir::msa_gpu::TensorMapAttr">:$layout);
  let builders = [TypeBuilder<(ins "int64_t":$rows, "int64_t":$columns, "::mlir::Type":$element, "int64_t":$head), [{
    return $_get($_ctxt, rows, columns, element, head, ::mlir::msa_gpu::TensorMapAttr());
  }]>];
  let assemblyFormat = "`<` $rows `,` $columns `,` $element (`,` struct($head, $layout)^)? `>`";
  let extraClassDeclaration = [{
    /// Columns of a panel: 128 bytes.
    int64_t getPanel() const { return getElement().isF32() ? 32 : 64; }
    int64_t getPanels() const { return ::llvm::divideCeil(getColumns(), getPanel()); }
    /// Whether whole rows are copied panel by panel. Where not, panels are a
    /// dimension of the tensor map.
    bool isByPanel() const { return getElement().isF32() || getColumns() % getPanel(); }
  }];
}

#endif // MSA_DIALECT_MSAGPU_IR_MSAGPUTYPES_TD
