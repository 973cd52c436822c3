// RUN: msa-opt %s | msa-opt | FileCheck %s --check-prefix=SAME
// RUN: msa-opt %s -pass-pipeline='builtin.module(msa_gpu.kernel(msa-gpu-pingpong))' | FileCheck %s -enable-var-scope
// RUN: msa-opt %s -pass-pipeline='builtin.module(msa_gpu.kernel(msa-gpu-pingpong,msa-gpu-plan-shared),convert-msa-gpu-to-nvvm)' | FileCheck %s --check-prefix=NVVM -enable-var-scope
// RUN: msa-opt %s -pass-pipeline='builtin.module(msa_gpu.kernel(msa-gpu-pingpong,msa-gpu-pingpong))' | FileCheck %s -enable-var-scope

// What is issued between two waits is one turn; where the program takes turns itself, none is added. Tiles are waited for in it; conditions that all warpgroups share, and loops,
// may stand around it.

// SAME-LABEL: msa_gpu.kernel @given
// SAME: msa_gpu.take_turn
// SAME-NEXT: msa_gpu.pass_turn

// CHECK-LABEL: msa_gpu.kernel @turns
// CHECK: msa_gpu.roles producer
// CHECK-NOT: msa_gpu.take_turn
// CHECK: } consumer {
// CHECK: msa_gpu.fetch @n
// CHECK: %[[X:.*]] = msa_gpu.acquire @x
// CHECK-NEXT: msa_gpu.take_turn
// CHECK-NEXT: %[[FIRST:.*]] = msa_gpu.issue %[[X]], %[[X]]
// CHECK-NEXT: %[[Y:.*]] = msa_gpu.acquire @x
// CHECK-NEXT: %[[SECOND:.*]] = msa_gpu.issue %[[Y]], %[[Y]]
// CHECK-NEXT: msa_gpu.pass_turn
// CHECK-NEXT: msa_gpu.wait 1 : %[[FIRST]]
// CHECK-NEXT: msa_gpu.wait 0 : %[[SECOND]]
// CHECK: scf.if
// CHECK-NEXT: msa_gpu.take_turn
// CHECK-NEXT: %[[THIRD:.*]] = msa_gpu.issue
// CHECK-NEXT: msa_gpu.pass_turn
// CHECK-NEXT: msa_gpu.wait 0 : %[[THIRD]]
// CHECK-NEXT: }
// CHECK-NOT: msa_gpu.take_turn

// The barriers are 4 and 5, of two warpgroups each: the last one begins by passing the turn to the first, which takes the
// one that is left in the end.
// NVVM-LABEL: llvm.func @turns
// NVVM: %[[GROUP:.*]] = arith.addi %{{.*}}, %{{.*}} : i32
// NVVM: } else {
// NVVM: %[[LAST:.*]] = arith.cmpi eq, %{{.*}}, %{{.*}} : i32
// NVVM-NEXT: scf.if %[[LAST]] {
// NVVM: "bar.arrive $0, 256;"
// NVVM: }
// NVVM: mbarrier.try_wait
// NVVM: "bar.sync $0, 256;"
// NVVM: wgmma
// NVVM: wgmma
// NVVM: arith.select
// NVVM-NEXT: "bar.arrive $0, 256;"
// NVVM: wgmma.wait_group
// NVVM: "bar.sync $0, 256;"
// NVVM: "bar.arrive $0, 256;"
// NVVM: scf.if
// NVVM: "bar.sync $0, 256;"
// NVVM-LABEL: llvm.func @free
// NVVM-NOT: "bar.
// NVVM-LABEL: llvm.func @given
!t = !msa_gpu.tile<64, 64, f16, pitch = 64>
!p = !msa_gpu.pending<64, 64, f32>
!f = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @turns(%a: !msa_gpu.map<64, 64, f16>) attributes {pingpong, warpgroups = 2 : i64} {
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  msa_gpu.ring @x holds !t slots 2 copies 1
  msa_gpu.ring @n holds i32 slots 1 copies 1
  msa_gpu.roles producer {
    msa_gpu.publish @n[%zero], %one
    msa_gpu.fill_slot @x[%zero, %zero], %a[%zero, %zero, %zero] : !msa_gpu.map<64, 64, f16>
    msa_gpu.fill_slot @x[%one, %zero], %a[%zero, %zero, %zero] : !msa_gpu.map<64, 64, f16>
  } consumer {
    %n = msa_gpu.fetch @n[%zero]
    %x = msa_gpu.acquire @x[%zero] : !t
    %s = msa_gpu.issue %x, %x transposed : !t, !t -> !p
    %y = msa_gpu.acquire @x[%one] : !t
    %r = msa_gpu.issue %y, %y transposed : !t, !t -> !p
    %first = msa_gpu.wait 1 : %s : (!p) -> !f
    %second = msa_gpu.wait 0 : %r : (!p) -> !f
    scf.for %i = %zero to %n step %one : i32 {
      %more = arith.cmpi ne, %n, %i : i32
      scf.if %more {
        %q = msa_gpu.issue %x, %y transposed : !t, !t -> !p
        %third = msa_gpu.wait 0 : %q : (!p) -> !f
      }
    }
    msa_gpu.release @x[%zero]
    msa_gpu.release @x[%one]
  }
}

// Not asked for.
// CHECK-LABEL: msa_gpu.kernel @free
// CHECK-NOT: msa_gpu.take_turn
msa_gpu.kernel @free(%a: !msa_gpu.map<64, 64, f16>) attributes {warpgroups = 2 : i64} {
  %zero = arith.constant 0 : i32
  msa_gpu.ring @x holds !t slots 1 copies 1
  msa_gpu.roles producer {
    msa_gpu.fill_slot @x[%zero, %zero], %a[%zero, %zero, %zero] : !msa_gpu.map<64, 64, f16>
  } consumer {
    %x = msa_gpu.acquire @x[%zero] : !t
    %s = msa_gpu.issue %x, %x transposed : !t, !t -> !p
    %done = msa_gpu.wait 0 : %s : (!p) -> !f
    msa_gpu.release @x[%zero]
  }
}

// CHECK-LABEL: msa_gpu.kernel @given
msa_gpu.kernel @given() attributes {pingpong, warpgroups = 3 : i64} {
  msa_gpu.roles producer {
    %block = msa_gpu.block
  } consumer {
    msa_gpu.take_turn
    msa_gpu.pass_turn
  }
}
