// RUN: msa-opt %s -convert-msa-gpu-to-nvvm -split-input-file | FileCheck %s --enable-var-scope

// Two neighbours at once, of the two rows that a thread has: 16 columns are 4 reads of 4 bytes. Rows past the end are
// the last one; columns are whole tiles, so none is past the end. The upper half of an f32 is a bf16.

// CHECK-LABEL: llvm.func @residual(
// CHECK: nvvm.setmaxregister increase
// CHECK: %[[LAST:.*]] = arith.constant 99 : i32
// CHECK-NEXT: arith.minsi %{{.*}}, %[[LAST]] : i32
// CHECK: arith.minsi %{{.*}}, %{{.*}} : i32
// CHECK-NOT: arith.cmpi
// CHECK: %[[P:.*]] = llvm.getelementptr %{{.*}}[%{{.*}}] : (!llvm.ptr, i64) -> !llvm.ptr, bf16
// CHECK-NEXT: %[[V:.*]] = llvm.load %[[P]] invariant {alignment = 4 : i64} : !llvm.ptr -> i32
// CHECK-COUNT-3: llvm.load %{{.*}} invariant {alignment = 4 : i64} : !llvm.ptr -> i32
// CHECK-NOT: llvm.load
// CHECK: %[[LOW:.*]] = arith.shli %[[V]], %
// CHECK: %[[HIGH:.*]] = arith.andi %[[V]], %
// CHECK: arith.bitcast %[[LOW]] : i32 to f32
// CHECK: arith.bitcast %[[HIGH]] : i32 to f32
// CHECK: llvm.return
msa_gpu.kernel @residual(%x: memref<100x16xbf16>) attributes {warpgroups = 2 : i64, shared = 0 : i64} {
  msa_gpu.roles producer {
    %i = arith.constant 0 : i32
  } consumer {
    %i = arith.constant 0 : i32
    %f = msa_gpu.read %x[%i, %i, %i] column %i {offset = 0 : i64, row_stride = 16 : i64, head_stride = 0 : i64, batch_stride = 0 : i64,
        rows = 100 : i64, columns = 16 : i64, aligned} : memref<100x16xbf16> -> !msa_gpu.fragment<64, 16, f32>
  }
}

// -----

// Columns that may be past the end are read at the row's beginning instead. f16 are widened one by one; a stride of 0
// between rows is one read for both.

// CHECK-LABEL: llvm.func @bias(
// CHECK: nvvm.setmaxregister increase
// CHECK: %[[IN:.*]] = arith.cmpi slt, %{{.*}}, %{{.*}} : i32
// CHECK-NEXT: %[[AT:.*]] = arith.select %[[IN]], %{{.*}}, %{{.*}} : i64
// CHECK: llvm.getelementptr %{{.*}}[%[[AT]]] : (!llvm.ptr, i64) -> !llvm.ptr, f16
// CHECK: %[[V:.*]] = llvm.load %{{.*}} invariant {alignment = 4 : i64} : !llvm.ptr -> i32
// CHECK: llvm.load %{{.*}} invariant {alignment = 4 : i64} : !llvm.ptr -> i32
// CHECK-NOT: llvm.load
// CHECK: %[[H:.*]] = llvm.bitcast %[[V]] : i32 to vector<2xf16>
// CHECK: llvm.extractelement %[[H]]
// CHECK: arith.extf %{{.*}} : f16 to f32
// CHECK: llvm.return
msa_gpu.kernel @bias(%x: memref<24xf16>, %n: memref<1xi32>) attributes {warpgroups = 2 : i64, shared = 0 : i64} {
  msa_gpu.roles producer {
    %i = arith.constant 0 : i32
  } consumer {
    %i = arith.constant 0 : i32
    %f = msa_gpu.read %x[%i, %i, %i] column %i {offset = 0 : i64, row_stride = 0 : i64, head_stride = 0 : i64, batch_stride = 0 : i64,
        rows = 100 : i64, columns = 24 : i64, aligned} : memref<24xf16> -> !msa_gpu.fragment<64, 16, f32>
  }
}

// -----

// Rows are one element each; a table repeats every 32 columns: each such run is divided once. The other element of a pair
// is in a register of the thread.

// CHECK-LABEL: llvm.func @rotated(
// CHECK-COUNT-2: llvm.load %{{.*}} invariant {alignment = 4 : i64} : !llvm.ptr -> f32
// CHECK-COUNT-2: arith.remui
// CHECK-NOT: arith.remui
// CHECK-COUNT-16: llvm.load %{{.*}} invariant {alignment = 8 : i64} : !llvm.ptr -> vector<2xf32>
// CHECK-NOT: llvm.load
// CHECK-COUNT-16: arith.negf
// CHECK-NOT: arith.negf
// CHECK: llvm.intr.fabs
// CHECK: llvm.intr.sqrt
// CHECK: llvm.inline_asm {{.*}} "div.full.f32 $0, $1, $2;"
// CHECK: llvm.return
msa_gpu.kernel @rotated(%x: memref<100xf32>, %t: memref<100x32xf32>, %n: memref<1xi32>) attributes {warpgroups = 2 : i64, shared = 0 : i64} {
  msa_gpu.roles producer {
    %i = arith.constant 0 : i32
  } consumer {
    %c0 = arith.constant 0 : index
    %i = memref.load %n[%c0] : memref<1xi32>
    %r = msa_gpu.read %x[%i, %i, %i] column %i {offset = 0 : i64, row_stride = 1 : i64, head_stride = 0 : i64, batch_stride = 0 : i64,
        rows = 100 : i64, columns = 64 : i64} : memref<100xf32> -> !msa_gpu.rows<f32>
    %f = msa_gpu.read %t[%i, %i, %i] column %i {offset = 0 : i64, row_stride = 32 : i64, head_stride = 0 : i64, batch_stride = 0 : i64,
        rows = 100 : i64, columns = 64 : i64, wrap = 32 : i64, aligned} : memref<100x32xf32> -> !msa_gpu.fragment<64, 64, f32>
    %g = msa_gpu.rotate %f {group = 64 : i64} : !msa_gpu.fragment<64, 64, f32>
    %y = msa_gpu.map %g, %r : (!msa_gpu.fragment<64, 64, f32>, !msa_gpu.rows<f32>) -> !msa_gpu.fragment<64, 64, f32> {
    ^bb0(%a: f32, %b: f32):
      %size = math.absf %b : f32
      %root = math.sqrt %size : f32
      %q = msa_gpu.div %a, %root
      msa_gpu.yield %q : f32
    }
  }
}

// -----

// A caller's buffer may lie anywhere: pairs are read element by element where they are at no multiple of their size.

// CHECK-LABEL: llvm.func @anywhere(
// CHECK: %[[A:.*]] = llvm.ptrtoint %{{.*}} : !llvm.ptr to i64
// CHECK: %[[PAST:.*]] = arith.andi %[[A]], %
// CHECK: %[[WIDE:.*]] = arith.cmpi eq, %[[PAST]], %
// CHECK: %[[V:.*]]:4 = scf.if %[[WIDE]] -> (i32, i32, i32, i32) {
// CHECK-COUNT-4: llvm.load %{{.*}} invariant {alignment = 4 : i64} : !llvm.ptr -> i32
// CHECK-NOT: llvm.load
// CHECK: } else {
// CHECK: %[[L:.*]] = llvm.load %{{.*}} invariant {alignment = 2 : i64} : !llvm.ptr -> i16
// CHECK: %[[H:.*]] = llvm.load %{{.*}} invariant {alignment = 2 : i64} : !llvm.ptr -> i16
// CHECK: %[[LW:.*]] = arith.extui %[[L]] : i16 to i32
// CHECK: %[[HW:.*]] = arith.extui %[[H]] : i16 to i32
// CHECK: %[[HS:.*]] = arith.shli %[[HW]], %
// CHECK: arith.ori %[[LW]], %[[HS]] : i32
// CHECK-COUNT-6: llvm.load %{{.*}} invariant {alignment = 2 : i64} : !llvm.ptr -> i16
// CHECK-NOT: llvm.load
// CHECK: }
// CHECK: arith.shli %[[V]]#0, %
msa_gpu.kernel @anywhere(%x: memref<100x16xbf16>) attributes {warpgroups = 2 : i64, shared = 0 : i64} {
  msa_gpu.roles producer {
    %i = arith.constant 0 : i32
  } consumer {
    %i = arith.constant 0 : i32
    %f = msa_gpu.read %x[%i, %i, %i] column %i {offset = 0 : i64, row_stride = 16 : i64, head_stride = 0 : i64, batch_stride = 0 : i64,
        rows = 100 : i64, columns = 16 : i64} : memref<100x16xbf16> -> !msa_gpu.fragment<64, 16, f32>
  }
}

// -----

// No branch for a column's values, which rows share, nor for f32.

// CHECK-LABEL: llvm.func @no_branch(
// CHECK: nvvm.setmaxregister increase
// CHECK-NOT: scf.if {{.*}} -> (
// CHECK-COUNT-4: llvm.load %{{.*}} invariant {alignment = 2 : i64} : !llvm.ptr -> i16
// CHECK-COUNT-8: llvm.load %{{.*}} invariant {alignment = 4 : i64} : !llvm.ptr -> f32
// CHECK-NOT: llvm.load
// CHECK: llvm.return
msa_gpu.kernel @no_branch(%x: memref<16xbf16>, %y: memref<100x16xf32>) attributes {warpgroups = 2 : i64, shared = 0 : i64} {
  msa_gpu.roles producer {
    %i = arith.constant 0 : i32
  } consumer {
    %i = arith.constant 0 : i32
    %f = msa_gpu.read %x[%i, %i, %i] column %i {offset = 0 : i64, row_stride = 0 : i64, head_stride = 0 : i64, batch_stride = 0 : i64,
        rows = 100 : i64, columns = 16 : i64} : memref<16xbf16> -> !msa_gpu.fragment<64, 16, f32>
    %g = msa_gpu.read %y[%i, %i, %i] column %i {offset = 0 : i64, row_stride = 16 : i64, head_stride = 0 : i64, batch_stride = 0 : i64,
        rows = 100 : i64, columns = 16 : i64} : memref<100x16xf32> -> !msa_gpu.fragment<64, 16, f32>
  }
}
