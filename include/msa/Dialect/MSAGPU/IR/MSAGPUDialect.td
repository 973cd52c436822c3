//===- MSAGPUDialect.td - The msa_gpu dialect --------------*- tablegen -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DIALECT_MSAGPU_IR_MSAGPUDIALECT_TD
#define MSA_DIALECT_MSAGPU_IR_MSAGPUDIALECT_TD

include "mlir/IR/OpBase.td"

def MSAGPU_Dialect : Dialect {
  let name = "msa_gpu";
  let cppNamespace = "::mlir::msa_gpu";
  let summary = "Tile programs for tensor cores";
  let description = [{
    Kernels at the level of tiles: between tiled attention and nvvm, for the
    kernels that profit from tensor cores.

    A kernel starts as a *tile program*: what one warpgroup (128 threads, 64
    rows) computes, written in program order as if every operation were
    synchronous. `load` brings a tile into shared memory, `product` multiplies,
    `map` and `reduce` work on fragments in registers. Passes then split it into
    roles (one warpgroup that copies, several that compute), give the tiles that
    travel between them rings of slots in shared memory, and lower what is left
    to nvvm. A schedule attribute says which of these transformations apply and
    with what sizes.
  }];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect"];
  let extraClassDeclaration = [{
    /// On the declaration of a kernel: how it is launched.
    static constexpr ::llvm::StringLiteral kLaunchAttr = "msa_gpu.launch";
    /// On the declaration of a kernel: an array of tensor maps.
    static constexpr ::llvm::StringLiteral kMapsAttr = "msa_gpu.maps";
  }];
}

#endif // MSA_DIALECT_MSAGPU_IR_MSAGPUDIALECT_TD
