// RUN: msa-opt %s -split-input-file -msa-gpu-expand-merge | FileCheck %s

// A thread for each of 2 x 3 x 5 x 64 elements reads it of both shares, streams of the second behind those of the first;
// the first thread of a row writes its lse.

// CHECK-LABEL: func.func private @join_0(
// CHECK-SAME: %[[P:[^:]*]]: memref<4x3x5x64xf32>, %[[PL:[^:]*]]: memref<4x3x5xf32>, %[[O:[^:]*]]: memref<2x3x5x64xf16>, %[[L:[^:]*]]: memref<2x3x5xf32>, %[[BEGIN:[^:]*]]: index, %[[END:[^:]*]]: index)
// CHECK-SAME: attributes {msa.kernel = 1920 : i64}
// CHECK: scf.for %[[I:.*]] = %[[BEGIN]] to %[[END]]
// CHECK: %[[D:.*]] = arith.remui %[[I]], %{{.*}} : index
// CHECK: %[[N:.*]] = arith.remui
// CHECK: %[[H:.*]] = arith.remui
// CHECK: %[[B:.*]] = arith.divui
// CHECK: %[[P0:.*]] = memref.load %[[P]][%{{.*}}, %[[H]], %[[N]], %[[D]]]
// CHECK: %[[L0:.*]] = memref.load %[[PL]][%{{.*}}, %[[H]], %[[N]]]
// CHECK: %[[C2:.*]] = arith.constant 2 : index
// CHECK: %[[SECOND:.*]] = arith.addi %[[B]], %[[C2]] : index
// CHECK: %[[P1:.*]] = memref.load %[[P]][%[[SECOND]], %[[H]], %[[N]], %[[D]]]
// CHECK: %[[L1:.*]] = memref.load %[[PL]][%[[SECOND]], %[[H]], %[[N]]]
// CHECK: arith.maximumf %[[L0]], %[[L1]]
// CHECK-COUNT-2: math.exp
// CHECK: %[[Y:.*]] = arith.divf
// CHECK: %[[HALF:.*]] = arith.truncf %[[Y]] : f32 to f16
// CHECK: memref.store %[[HALF]], %[[O]][%[[B]], %[[H]], %[[N]], %[[D]]]
// CHECK: scf.if
// CHECK: math.log
// CHECK: memref.store %{{.*}}, %[[L]][%[[B]], %[[H]], %[[N]]]
// CHECK-LABEL: func.func @join(
// CHECK: %[[COUNT:.*]] = arith.constant 1920 : index
// CHECK: call @join_0(%{{.*}}, %[[COUNT]])
func.func private @join_0(%p: memref<4x3x5x64xf32>, %pl: memref<4x3x5xf32>, %o: memref<2x3x5x64xf16>, %l: memref<2x3x5xf32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  %c1 = arith.constant 1 : index
  scf.for %i = %begin to %end step %c1 {
    msa_gpu.merge ins(%p, %pl : memref<4x3x5x64xf32>, memref<4x3x5xf32>) outs(%o, %l : memref<2x3x5x64xf16>, memref<2x3x5xf32>)
  }
  return
}
func.func @join(%p: memref<4x3x5x64xf32>, %pl: memref<4x3x5xf32>, %o: memref<2x3x5x64xf16>, %l: memref<2x3x5xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  call @join_0(%p, %pl, %o, %l, %c0, %c1) : (memref<4x3x5x64xf32>, memref<4x3x5xf32>, memref<2x3x5x64xf16>, memref<2x3x5xf32>, index, index) -> ()
  return
}

// -----

// Stored token by token: threads walk the result in its order, and read partial results in theirs.

// CHECK-LABEL: func.func private @tokens_0(
// CHECK-SAME: %[[P:[^:]*]]: memref<4x3x5x64xf32>, %[[PL:[^:]*]]: memref<4x3x5xf32>, %[[O:[^:]*]]: memref<2x5x3x64xf16>, %[[L:[^:]*]]: memref<2x3x5xf32>,
// CHECK: scf.for %[[I:.*]] = %
// CHECK: %[[C64:.*]] = arith.constant 64 : index
// CHECK: %[[D:.*]] = arith.remui %[[I]], %[[C64]]
// CHECK: %[[C3:.*]] = arith.constant 3 : index
// CHECK: %[[H:.*]] = arith.remui %{{.*}}, %[[C3]]
// CHECK: %[[C5:.*]] = arith.constant 5 : index
// CHECK: %[[N:.*]] = arith.remui %{{.*}}, %[[C5]]
// CHECK: memref.load %[[P]][%[[B:.*]], %[[H]], %[[N]], %[[D]]]
// CHECK: memref.load %[[PL]][%[[B]], %[[H]], %[[N]]]
// CHECK: memref.store %{{.*}}, %[[O]][%[[B]], %[[N]], %[[H]], %[[D]]]
// CHECK: memref.store %{{.*}}, %[[L]][%[[B]], %[[H]], %[[N]]]
func.func private @tokens_0(%p: memref<4x3x5x64xf32>, %pl: memref<4x3x5xf32>, %o: memref<2x5x3x64xf16>, %l: memref<2x3x5xf32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  %c1 = arith.constant 1 : index
  scf.for %i = %begin to %end step %c1 {
    msa_gpu.merge ins(%p, %pl : memref<4x3x5x64xf32>, memref<4x3x5xf32>) outs(%o, %l : memref<2x5x3x64xf16>, memref<2x3x5xf32>) token_major
  }
  return
}
