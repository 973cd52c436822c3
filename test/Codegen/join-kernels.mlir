// RUN: msa-opt %s -msa-join-kernels -split-input-file | FileCheck %s -enable-var-scope

// 100 threads, and from the next block on 64: neither kernel waits for the other.
// A buffer of both is one argument.

// CHECK-LABEL: func.func @apart(
// CHECK-SAME: %[[X:.*]]: memref<128xf32>, %[[Y:.*]]: memref<128xf32>, %[[Z:.*]]: memref<128xf32>
// CHECK: %[[N:.*]] = arith.constant 192 : index
// CHECK-NEXT: call @first_joined(%[[X]], %[[Y]], %[[Z]], %{{.*}}, %[[N]])
// CHECK-NOT: call
// CHECK: return
// CHECK: func.func private @first_joined(
// CHECK-SAME: %[[X:.*]]: memref<128xf32>, %[[Y:.*]]: memref<128xf32>, %[[Z:.*]]: memref<128xf32>, %[[B:.*]]: index, %[[E:.*]]: index
// CHECK-SAME: msa.kernel = 192 : i64
// CHECK: scf.for %[[T:.*]] = %[[B]] to %[[E]]
// CHECK: %[[S0:.*]] = arith.constant 0 : index
// CHECK: %[[T0:.*]] = arith.subi %[[T]], %[[S0]]
// CHECK: %[[N0:.*]] = arith.constant 100 : index
// CHECK: %[[I0:.*]] = arith.cmpi ult, %[[T0]], %[[N0]]
// CHECK: scf.if %[[I0]]
// CHECK: memref.load %[[X]][%[[T0]]]
// CHECK: memref.store %{{.*}}, %[[Y]][%[[T0]]]
// CHECK: %[[S1:.*]] = arith.constant 128 : index
// CHECK: %[[T1:.*]] = arith.subi %[[T]], %[[S1]]
// CHECK: %[[N1:.*]] = arith.constant 64 : index
// CHECK: %[[I1:.*]] = arith.cmpi ult, %[[T1]], %[[N1]]
// CHECK: scf.if %[[I1]]
// CHECK: memref.load %[[X]][%[[T1]]]
// CHECK: memref.store %{{.*}}, %[[Z]][%[[T1]]]
// CHECK-NOT: func.func private @first(
// CHECK-NOT: func.func private @second(

func.func @apart(%x: memref<128xf32>, %y: memref<128xf32>, %z: memref<128xf32>) {
  %c0 = arith.constant 0 : index
  %c100 = arith.constant 100 : index
  %c64 = arith.constant 64 : index
  call @first(%x, %y, %c0, %c100) : (memref<128xf32>, memref<128xf32>, index, index) -> ()
  call @second(%x, %z, %c0, %c64) : (memref<128xf32>, memref<128xf32>, index, index) -> ()
  return
}
func.func private @first(%x: memref<128xf32>, %y: memref<128xf32>, %begin: index, %end: index) attributes {msa.kernel = 100 : i64} {
  %c1 = arith.constant 1 : index
  scf.for %i = %begin to %end step %c1 {
    %a = memref.load %x[%i] : memref<128xf32>
    memref.store %a, %y[%i] : memref<128xf32>
  }
  return
}
func.func private @second(%x: memref<128xf32>, %y: memref<128xf32>, %begin: index, %end: index) attributes {msa.kernel = 64 : i64} {
  %c1 = arith.constant 1 : index
  scf.for %i = %begin to %end step %c1 {
    %a = memref.load %x[%i] : memref<128xf32>
    %b = arith.addf %a, %a : f32
    memref.store %b, %y[%i] : memref<128xf32>
  }
  return
}

// -----

// What is read after it is written, what is written after it is read, and what
// is written twice, waits. What a kernel is called with goes where it goes.

// CHECK-LABEL: func.func @waits(
// CHECK-SAME: %[[X:.*]]: memref<128xf32>, %[[Y:.*]]: memref<128xf32>, %[[Z:.*]]: memref<128xf32>
// CHECK: %[[A:.*]] = memref.alloc
// CHECK: call @copy(%[[X]], %[[Y]]
// CHECK: call @copy(%[[Y]], %[[Z]]
// CHECK: call @copy(%[[Z]], %[[Y]]
// CHECK: call @copy_joined(%[[X]], %[[Y]], %[[A]]
// CHECK: call @copy(%[[Y]], %[[A]]
// CHECK-NOT: call
// CHECK: return

func.func @waits(%x: memref<128xf32>, %y: memref<128xf32>, %z: memref<128xf32>) {
  %c0 = arith.constant 0 : index
  %c128 = arith.constant 128 : index
  call @copy(%x, %y, %c0, %c128) : (memref<128xf32>, memref<128xf32>, index, index) -> ()
  call @copy(%y, %z, %c0, %c128) : (memref<128xf32>, memref<128xf32>, index, index) -> ()
  call @copy(%z, %y, %c0, %c128) : (memref<128xf32>, memref<128xf32>, index, index) -> ()
  call @copy(%x, %y, %c0, %c128) : (memref<128xf32>, memref<128xf32>, index, index) -> ()
  %a = memref.alloc() : memref<128xf32>
  call @copy(%x, %a, %c0, %c128) : (memref<128xf32>, memref<128xf32>, index, index) -> ()
  call @copy(%y, %a, %c0, %c128) : (memref<128xf32>, memref<128xf32>, index, index) -> ()
  return
}
func.func private @copy(%x: memref<128xf32>, %y: memref<128xf32>, %begin: index, %end: index) attributes {msa.kernel = 128 : i64} {
  %c1 = arith.constant 1 : index
  scf.for %i = %begin to %end step %c1 {
    %a = memref.load %x[%i] : memref<128xf32>
    memref.store %a, %y[%i] : memref<128xf32>
  }
  return
}

// -----

// Halves of a buffer are apart; a half and all of it are not.

// CHECK-LABEL: func.func @halves(
// CHECK: call @low_joined(
// CHECK: call @low(
// CHECK: call @all(
// CHECK-NOT: call
// CHECK: return

func.func @halves(%y: memref<128xf32>, %z: memref<128xf32>) {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  call @low(%y, %c0, %c64) : (memref<128xf32>, index, index) -> ()
  call @high(%y, %c0, %c64) : (memref<128xf32>, index, index) -> ()
  call @low(%z, %c0, %c64) : (memref<128xf32>, index, index) -> ()
  call @low(%y, %c0, %c64) : (memref<128xf32>, index, index) -> ()
  call @all(%y, %c0, %c64) : (memref<128xf32>, index, index) -> ()
  return
}
func.func private @low(%y: memref<128xf32>, %begin: index, %end: index) attributes {msa.kernel = 64 : i64} {
  %c1 = arith.constant 1 : index
  %a = arith.constant 1.0 : f32
  %v = memref.subview %y[0] [64] [1] : memref<128xf32> to memref<64xf32, strided<[1]>>
  scf.for %i = %begin to %end step %c1 {
    memref.store %a, %v[%i] : memref<64xf32, strided<[1]>>
  }
  return
}
func.func private @high(%y: memref<128xf32>, %begin: index, %end: index) attributes {msa.kernel = 64 : i64} {
  %c1 = arith.constant 1 : index
  %a = arith.constant 2.0 : f32
  %v = memref.subview %y[64] [64] [1] : memref<128xf32> to memref<64xf32, strided<[1], offset: 64>>
  scf.for %i = %begin to %end step %c1 {
    memref.store %a, %v[%i] : memref<64xf32, strided<[1], offset: 64>>
  }
  return
}
func.func private @all(%y: memref<128xf32>, %begin: index, %end: index) attributes {msa.kernel = 64 : i64} {
  %c1 = arith.constant 1 : index
  %a = arith.constant 3.0 : f32
  scf.for %i = %begin to %end step %c1 {
    memref.store %a, %y[%i] : memref<128xf32>
  }
  return
}

// -----

// A kernel with a loop stays alone, as does one with memory of its own; others
// go past them where they may.

// CHECK-LABEL: func.func @large(
// CHECK: call @small_joined(
// CHECK: call @loop(
// CHECK: call @own(
// CHECK-NOT: call
// CHECK: return

func.func @large(%x: memref<128xf32>, %y: memref<128xf32>, %z: memref<128xf32>, %w: memref<128xf32>, %v: memref<128xf32>) {
  %c0 = arith.constant 0 : index
  %c128 = arith.constant 128 : index
  call @small(%x, %c0, %c128) : (memref<128xf32>, index, index) -> ()
  call @loop(%y, %c0, %c128) : (memref<128xf32>, index, index) -> ()
  call @own(%z, %c0, %c128) : (memref<128xf32>, index, index) -> ()
  call @small(%w, %c0, %c128) : (memref<128xf32>, index, index) -> ()
  return
}
func.func private @small(%y: memref<128xf32>, %begin: index, %end: index) attributes {msa.kernel = 128 : i64} {
  %c1 = arith.constant 1 : index
  %a = arith.constant 1.0 : f32
  scf.for %i = %begin to %end step %c1 {
    memref.store %a, %y[%i] : memref<128xf32>
  }
  return
}
func.func private @loop(%y: memref<128xf32>, %begin: index, %end: index) attributes {msa.kernel = 128 : i64} {
  %c1 = arith.constant 1 : index
  %c9 = arith.constant 9 : index
  %a = arith.constant 1.0 : f32
  scf.for %i = %begin to %end step %c1 {
    scf.for %j = %c1 to %c9 step %c1 {
      memref.store %a, %y[%i] : memref<128xf32>
    }
  }
  return
}
func.func private @own(%y: memref<128xf32>, %begin: index, %end: index) attributes {msa.kernel = 128 : i64} {
  %c1 = arith.constant 1 : index
  %a = arith.constant 1.0 : f32
  %s = memref.alloca() : memref<32xf32>
  scf.for %i = %begin to %end step %c1 {
    memref.store %a, %s[%c1] : memref<32xf32>
    %b = memref.load %s[%c1] : memref<32xf32>
    memref.store %b, %y[%i] : memref<128xf32>
  }
  return
}
