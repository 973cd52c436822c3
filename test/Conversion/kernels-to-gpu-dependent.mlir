// For sm_90 and later a kernel lets the next one begin and waits for the one before, in every thread, before anything
// else: threads without a tile wait too.

// RUN: msa-opt %s -msa-kernels-to-gpu=dependent-launch=true | FileCheck %s -enable-var-scope
// RUN: msa-opt %s -msa-kernels-to-gpu | FileCheck %s --check-prefix=PLAIN

// CHECK: gpu.func @double(
// CHECK-SAME: kernel attributes {{{.*}}msa.waits
// CHECK-NEXT: llvm.inline_asm has_side_effects asm_dialect = att "griddepcontrol.launch_dependents;", "~{memory}"
// CHECK-NEXT: llvm.inline_asm has_side_effects asm_dialect = att "griddepcontrol.wait;", "~{memory}"
// CHECK: scf.if
// CHECK: memref.load
// CHECK-NOT: griddepcontrol

// PLAIN: gpu.func @double(
// PLAIN-NOT: {{msa.waits|griddepcontrol}}
// PLAIN: gpu.return
func.func private @double(%x: memref<64xf32>, %y: memref<64xf32>, %begin: index, %end: index) attributes {msa.kernel = 64 : i64} {
  %c1 = arith.constant 1 : index
  scf.for %i = %begin to %end step %c1 {
    %v = memref.load %x[%i] : memref<64xf32>
    %d = arith.addf %v, %v : f32
    memref.store %d, %y[%i] : memref<64xf32>
  }
  return
}
