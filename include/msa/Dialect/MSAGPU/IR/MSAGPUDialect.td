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

    A module's attribute `msa_gpu.schedules` holds schedules that were measured
    (docs/Tuning.md): a dictionary of classes of shape, which come before the
    default table where they are legal for an operation of the class.

    ```mlir
    module attributes {msa_gpu.schedules = {
      "gemm mk,kn->mn bf16->bf16 m=4096 n=6144 k=2048" =
        #msa_gpu.gemm_schedule<warpgroups = 2, columns = 192, depth = 64, stages = 5, staged = 1,
                               group = 16, cluster = 1, persistent = true>}} {
    }
    ```

    Constraints of the attribute:

    - (C1) it stands on a builtin.module and is a dictionary.
    - (C2) every key is a class of msa_gpu.attend or msa_gpu.gemm.
    - (C3) every value is a schedule of its key's operation.
  }];
  let hasOperationAttrVerify = 1;
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect"];
  let extraClassDeclaration = [{
    /// On the declaration of a kernel: how it is launched.
    static constexpr ::llvm::StringLiteral kLaunchAttr = "msa_gpu.launch";
    /// On the declaration of a kernel: an array of tensor maps.
    static constexpr ::llvm::StringLiteral kMapsAttr = "msa_gpu.maps";
    /// On a module: class of shape -> schedule that was measured.
    static constexpr ::llvm::StringLiteral kSchedulesAttr = "msa_gpu.schedules";
  }];
}

#endif // MSA_DIALECT_MSAGPU_IR_MSAGPUDIALECT_TD
