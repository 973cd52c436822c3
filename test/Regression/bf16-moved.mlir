// bf16 that is carried by a loop was moved as f32 on CPUs without registers of that type, and came back through a function
// of the compiler's library that no kernel is linked with: the artefact could not be loaded.
// RUN: msa-opt %s -pass-pipeline='builtin.module(msa-to-cpu,msa-kernels-to-llvm)' | FileCheck %s
// CHECK-NOT: bf16
// RUN: msa-compile %s --target=cpu --mcpu=x86-64-v3 --emit=asm | FileCheck %s --check-prefix=ASM
// RUN: msa-compile %s --target=cpu --mcpu=x86-64-v4 --emit=asm | FileCheck %s --check-prefix=ASM
// RUN: msa-compile %s --target=oracle --mcpu=x86-64-v3 --emit=asm | FileCheck %s --check-prefix=ASM
// ASM-NOT: bf2
// RUN: msa-compile %s --target=cpu --mcpu=x86-64-v3 -o %t.msaf
// RUN: msa-run %t.msaf --list | FileCheck %s --check-prefix=LIST
// LIST: step
func.func @step(%a: tensor<150x64xbf16>, %b: tensor<64x96xbf16>, %x: tensor<150x96xf32>)
    -> (tensor<150x96xbf16>, tensor<150x96xbf16>) {
  %e = tensor.empty() : tensor<150x96xbf16>
  %zero = arith.constant 0.0 : bf16
  %f = linalg.fill ins(%zero : bf16) outs(%e : tensor<150x96xbf16>) -> tensor<150x96xbf16>
  %y = linalg.matmul ins(%a, %b : tensor<150x64xbf16>, tensor<64x96xbf16>) outs(%f : tensor<150x96xbf16>) -> tensor<150x96xbf16>
  %t = arith.truncf %x : tensor<150x96xf32> to tensor<150x96xbf16>
  return %y, %t : tensor<150x96xbf16>, tensor<150x96xbf16>
}
