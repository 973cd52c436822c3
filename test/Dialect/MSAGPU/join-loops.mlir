// RUN: msa-opt %s -split-input-file -pass-pipeline='builtin.module(msa_gpu.kernel(msa-gpu-join-loops))' | FileCheck %s -enable-var-scope

// Loops over whole key tiles of a segment, a window and a bank: one, of as many turns.
// CHECK-LABEL: msa_gpu.kernel @three(
// CHECK: %[[INIT:.*]] = msa_gpu.fill
// CHECK-NOT: scf.for
// CHECK: %[[A:.*]] = arith.subi %[[A1:.*]], %[[A0:.*]] : i32
// CHECK: %[[TURNS_A:.*]] = arith.maxsi %[[A]], %{{.*}} : i32
// CHECK: %[[B:.*]] = arith.subi %[[B1:.*]], %[[B0:.*]] : i32
// CHECK: %[[TURNS_B:.*]] = arith.maxsi %[[B]], %{{.*}} : i32
// CHECK: %[[BOTH:.*]] = arith.addi %[[TURNS_A]], %[[TURNS_B]] : i32
// CHECK: %[[BOTH_OR_NONE:.*]] = arith.maxsi %[[BOTH]], %{{.*}} : i32
// CHECK: %[[ALL:.*]] = arith.addi %[[BOTH_OR_NONE]], %c2_i32{{.*}} : i32
// CHECK: %[[R:.*]]:2 = scf.for %{{.*}} = %c0_i32{{.*}} to %[[ALL]] step %{{.*}} iter_args(%{{.*}} = %[[INIT]], %{{.*}} = %{{.*}}) -> (!msa_gpu.rows<f32>, i32)
// CHECK-COUNT-1: msa_gpu.map
// CHECK-NOT: scf.for
// CHECK-NOT: msa_gpu.map
// CHECK: msa_gpu.store_rows %[[R]]#0
msa_gpu.kernel @three(%lse: memref<64xf32>, %bounds: memref<4xi32>) attributes {warpgroups = 1 : i64} {
  msa_gpu.roles producer {
  ^bb0:
  } consumer {
    %i0 = arith.constant 0 : index
    %i1 = arith.constant 1 : index
    %i2 = arith.constant 2 : index
    %i3 = arith.constant 3 : index
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %c2 = arith.constant 2 : i32
    %count = arith.constant 64 : i32
    %zero = arith.constant 0.0 : f32
    %at = arith.constant 0 : i64
    %a0 = memref.load %bounds[%i0] : memref<4xi32>
    %a1 = memref.load %bounds[%i1] : memref<4xi32>
    %b0 = memref.load %bounds[%i2] : memref<4xi32>
    %b2 = memref.load %bounds[%i3] : memref<4xi32>
    %none = msa_gpu.fill %zero : f32 -> !msa_gpu.rows<f32>
    %x:2 = scf.for %i = %a0 to %a1 step %c1 iter_args(%rows = %none, %use = %c0) -> (!msa_gpu.rows<f32>, i32) : i32 {
      %next = arith.addi %use, %c1 : i32
      %more = msa_gpu.map %rows : (!msa_gpu.rows<f32>) -> !msa_gpu.rows<f32> {
      ^bb0(%e: f32):
        %d = arith.addf %e, %e : f32
        msa_gpu.yield %d : f32
      }
      scf.yield %more, %next : !msa_gpu.rows<f32>, i32
    }
    %b1 = arith.addi %b2, %c1 : i32
    %y:2 = scf.for %i = %b0 to %b1 step %c1 iter_args(%rows = %x#0, %use = %x#1) -> (!msa_gpu.rows<f32>, i32) : i32 {
      %next = arith.addi %use, %c1 : i32
      %more = msa_gpu.map %rows : (!msa_gpu.rows<f32>) -> !msa_gpu.rows<f32> {
      ^bb0(%e: f32):
        %d = arith.addf %e, %e : f32
        msa_gpu.yield %d : f32
      }
      scf.yield %more, %next : !msa_gpu.rows<f32>, i32
    }
    %z:2 = scf.for %i = %c0 to %c2 step %c1 iter_args(%rows = %y#0, %use = %y#1) -> (!msa_gpu.rows<f32>, i32) : i32 {
      %next = arith.addi %use, %c1 : i32
      %more = msa_gpu.map %rows : (!msa_gpu.rows<f32>) -> !msa_gpu.rows<f32> {
      ^bb0(%e: f32):
        %d = arith.addf %e, %e : f32
        msa_gpu.yield %d : f32
      }
      scf.yield %more, %next : !msa_gpu.rows<f32>, i32
    }
    msa_gpu.store_rows %z#0, %lse[%at] count(%count) : !msa_gpu.rows<f32>, memref<64xf32>
  }
}

// -----

// Not where a body asks for its turn's number, does something else, or goes up by another step.
// CHECK-LABEL: msa_gpu.kernel @differ(
// CHECK-COUNT-5: scf.for
// CHECK: msa_gpu.store_rows
msa_gpu.kernel @differ(%lse: memref<64xf32>, %bound: memref<1xi32>) attributes {warpgroups = 1 : i64} {
  msa_gpu.roles producer {
  ^bb0:
  } consumer {
    %i0 = arith.constant 0 : index
    %n = memref.load %bound[%i0] : memref<1xi32>
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %c2 = arith.constant 2 : i32
    %count = arith.constant 64 : i32
    %at = arith.constant 0 : i64
    %x = scf.for %i = %c0 to %n step %c1 iter_args(%use = %c0) -> i32 : i32 {
      %next = arith.addi %use, %i : i32
      scf.yield %next : i32
    }
    %y = scf.for %i = %c0 to %n step %c1 iter_args(%use = %x) -> i32 : i32 {
      %next = arith.addi %use, %i : i32
      scf.yield %next : i32
    }
    %z = scf.for %i = %c0 to %n step %c1 iter_args(%use = %y) -> i32 : i32 {
      %next = arith.addi %use, %c2 : i32
      scf.yield %next : i32
    }
    %other = scf.for %i = %c0 to %n step %c1 iter_args(%use = %z) -> i32 : i32 {
      %next = arith.subi %use, %c2 : i32
      scf.yield %next : i32
    }
    %w = scf.for %i = %c0 to %n step %c2 iter_args(%use = %other) -> i32 : i32 {
      %next = arith.subi %use, %c2 : i32
      scf.yield %next : i32
    }
    %real = arith.sitofp %w : i32 to f32
    %rows = msa_gpu.fill %real : f32 -> !msa_gpu.rows<f32>
    msa_gpu.store_rows %rows, %lse[%at] count(%count) : !msa_gpu.rows<f32>, memref<64xf32>
  }
}

// -----

// Nor where something else uses what the first leaves, takes another order of it, or has an effect between them.
// CHECK-LABEL: msa_gpu.kernel @apart(
// CHECK-COUNT-6: scf.for
// CHECK: msa_gpu.store_rows
msa_gpu.kernel @apart(%lse: memref<64xf32>, %n: memref<1xi32>) attributes {warpgroups = 1 : i64} {
  msa_gpu.roles producer {
  ^bb0:
  } consumer {
    %i0 = arith.constant 0 : index
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %c5 = arith.constant 5 : i32
    %count = arith.constant 64 : i32
    %at = arith.constant 0 : i64
    %a = scf.for %i = %c0 to %c5 step %c1 iter_args(%use = %c0) -> i32 : i32 {
      %next = arith.addi %use, %c1 : i32
      scf.yield %next : i32
    }
    %b = scf.for %i = %c0 to %a step %c1 iter_args(%use = %a) -> i32 : i32 {
      %next = arith.addi %use, %c1 : i32
      scf.yield %next : i32
    }
    %m = memref.load %n[%i0] : memref<1xi32>
    %c:2 = scf.for %i = %c0 to %m step %c1 iter_args(%use = %b, %other = %c5) -> (i32, i32) : i32 {
      %next = arith.addi %use, %other : i32
      scf.yield %next, %other : i32, i32
    }
    %d:2 = scf.for %i = %c0 to %c5 step %c1 iter_args(%use = %c#1, %other = %c#0) -> (i32, i32) : i32 {
      %next = arith.addi %use, %other : i32
      scf.yield %next, %other : i32, i32
    }
    %sum = arith.addi %d#0, %d#1 : i32
    %e = scf.for %i = %c0 to %c5 step %c1 iter_args(%use = %sum) -> i32 : i32 {
      %next = arith.addi %use, %c1 : i32
      scf.yield %next : i32
    }
    %k = memref.load %n[%i0] : memref<1xi32>
    %f = scf.for %i = %c0 to %k step %c1 iter_args(%use = %e) -> i32 : i32 {
      %next = arith.addi %use, %c1 : i32
      scf.yield %next : i32
    }
    %real = arith.sitofp %f : i32 to f32
    %rows = msa_gpu.fill %real : f32 -> !msa_gpu.rows<f32>
    msa_gpu.store_rows %rows, %lse[%at] count(%count) : !msa_gpu.rows<f32>, memref<64xf32>
  }
}

// -----

// The copying role's loops are not touched: each fills from a map of its own.
// CHECK-LABEL: msa_gpu.kernel @copying(
// CHECK-COUNT-2: scf.for
msa_gpu.kernel @copying(%bound: memref<1xi32>) attributes {warpgroups = 1 : i64} {
  msa_gpu.roles producer {
    %i0 = arith.constant 0 : index
    %n = memref.load %bound[%i0] : memref<1xi32>
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %x = scf.for %i = %c0 to %n step %c1 iter_args(%use = %c0) -> i32 : i32 {
      %next = arith.addi %use, %c1 : i32
      scf.yield %next : i32
    }
    %y = scf.for %i = %c0 to %n step %c1 iter_args(%use = %x) -> i32 : i32 {
      %next = arith.addi %use, %c1 : i32
      scf.yield %next : i32
    }
  } consumer {
  ^bb0:
  }
}
