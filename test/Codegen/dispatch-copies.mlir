// RUN: msa-opt %s -msa-outline-dispatches="threads=true" | FileCheck %s -enable-var-scope

// A copy of dense rows: 16 bytes a thread, which a row has room for or not.

// CHECK-LABEL: func.func @step
// CHECK: %[[WIDE:.*]] = arith.constant 128 : index
// CHECK: call @step_0(%{{.*}}, %{{.*}}, %{{.*}}, %[[WIDE]])
// CHECK: %[[ODD:.*]] = arith.constant 992 : index
// CHECK: call @step_1(%{{.*}}, %{{.*}}, %{{.*}}, %[[ODD]])
// CHECK-LABEL: func.func private @step_1(
// CHECK: memref.subview %{{.*}}[%{{.*}}, %{{.*}}] [1, 1] [1, 1]
// CHECK-LABEL: func.func private @step_0(
// CHECK: %[[C8:.*]] = arith.constant 8 : index
// CHECK: %[[J:.*]] = arith.muli %{{.*}}, %[[C8]]
// CHECK: memref.subview %{{.*}}[%{{.*}}, %[[J]]] [1, 8] [1, 1]
// CHECK: memref.subview %{{.*}}[%{{.*}}, %[[J]]] [1, 8] [1, 1]
func.func @step(%x: memref<32x32xbf16>, %y: memref<32x32xbf16> {msa.result}, %a: memref<32x31xbf16>, %b: memref<32x31xbf16> {msa.result}) {
  memref.copy %x, %y : memref<32x32xbf16> to memref<32x32xbf16>
  memref.copy %a, %b : memref<32x31xbf16> to memref<32x31xbf16>
  return
}
