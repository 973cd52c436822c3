// RUN: msa-opt %s -pass-pipeline="builtin.module(func.func(msa-expand-math{avx512=true}))" -split-input-file | FileCheck %s --enable-var-scope
// RUN: msa-opt %s -pass-pipeline="builtin.module(func.func(msa-expand-math))" -split-input-file | FileCheck %s --check-prefix=PORTABLE

// CHECK-LABEL: func.func @full
// CHECK: "llvm.x86.avx512.mask.reduce.ps.512"
// CHECK-COUNT-5: math.fma
// CHECK-NOT: math.fma
// CHECK: "llvm.x86.avx512.mask.scalef.ps.512"
// PORTABLE-LABEL: func.func @full
// PORTABLE-COUNT-6: math.fma
func.func @full(%x: vector<16xf32>) -> vector<16xf32> {
  %0 = math.exp2 %x : vector<16xf32>
  return %0 : vector<16xf32>
}

// -----

// What may be approximate has one product less where that is fast, and nothing less elsewhere.
// CHECK-LABEL: func.func @approximate
// CHECK: "llvm.x86.avx512.mask.reduce.ps.512"
// CHECK-COUNT-4: math.fma
// CHECK-NOT: math.fma
// CHECK: "llvm.x86.avx512.mask.scalef.ps.512"
// PORTABLE-LABEL: func.func @approximate
// PORTABLE-COUNT-6: math.fma
func.func @approximate(%x: vector<16xf32>) -> vector<16xf32> {
  %0 = math.exp2 %x fastmath<afn> : vector<16xf32>
  return %0 : vector<16xf32>
}
