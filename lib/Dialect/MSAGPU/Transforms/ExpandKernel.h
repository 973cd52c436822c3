//===- ExpandKernel.h - From a scheduled operation to a kernel ---------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_LIB_DIALECT_MSAGPU_TRANSFORMS_EXPANDKERNEL_H
#define MSA_LIB_DIALECT_MSAGPU_TRANSFORMS_EXPANDKERNEL_H

#include "msa/Dialect/MSAGPU/IR/MSAGPU.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace mlir::msa_gpu {

/// How the elements of an operand on buffers lie in its buffer.
struct Layout {
  SmallVector<int64_t> shape, strides;
  int64_t offset = 0;
};

/// The kernel's buffer that a view at a fixed place is of, or null.
BlockArgument kernelBuffer(Value view);

/// Fails, with a message, unless the view stands at a static place with
/// neighbours in its last dimension.
FailureOr<Layout> layoutOf(Operation *op, Value view);

/// What a kernel says of itself beside its arguments and its body (K1).
struct KernelForm {
  int64_t warpgroups = 1;
  int64_t cluster = 1;   ///< Blocks.
  int64_t registers = 0; ///< Of a computing thread; 0: the most.
  /// Maps are views of the buffers, and the launch has none.
  bool mma = false;
  bool pingpong = false;
};

/// A function whose only work is one operation becomes a kernel with maps of
/// the operation's operands, and a declaration of how that is launched.
class KernelExpansion {
public:
  /// `last`: the operand whose buffer is to be the last, which the runtime
  /// clears; null: none is.
  KernelExpansion(func::FuncOp func, Operation *op, Value last);

  /// Adds an argument for the map of an operand. `describe` gets the layout and
  /// the number of the operand's buffer.
  using Describe =
      function_ref<FailureOr<TensorMapAttr>(const Layout &, int64_t buffer)>;
  LogicalResult addMap(Value view, MapType type, Describe describe);

  /// Once all maps are there: begins the kernel, the builder within.
  void begin(OpBuilder &b, gpu::GPUModuleOp kernels, const KernelForm &form);
  /// The next map, in the order they were added.
  Value nextMap() { return views[next++]; }
  /// The buffer that an operand is a view of, in the kernel.
  Value wholeBuffer(Value view);
  /// A small operand in the kernel: a whole buffer, or the same view of it.
  Value buffer(OpBuilder &b, Value memref);

  /// Replaces the function by a declaration and its calls by such of `tiles`
  /// tiles.
  LogicalResult finish(OpBuilder &b, LaunchAttr launch, int64_t tiles);

private:
  func::FuncOp func;
  Operation *op;
  KernelOp kernel;
  unsigned count; ///< Buffers.
  /// Numbers of the function's arguments in the kernel's order, and back.
  SmallVector<unsigned> order, place;
  SmallVector<Attribute> maps;
  SmallVector<Type> types;
  SmallVector<Value> views; ///< In the kernel.
  unsigned mapArguments = 0;
  unsigned next = 0;
};

/// The function that an operation is all the work of, or null with a message.
func::FuncOp kernelFunction(Operation *op);
/// The module of kernels, made where there is none.
gpu::GPUModuleOp kernelModule(ModuleOp module);

} // namespace mlir::msa_gpu

#endif // MSA_LIB_DIALECT_MSAGPU_TRANSFORMS_EXPANDKERNEL_H
