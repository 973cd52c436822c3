// RUN: msa-opt %s | msa-opt | FileCheck %s --enable-var-scope
// RUN: msa-opt %s --mlir-print-op-generic | msa-opt | FileCheck %s --enable-var-scope

// CHECK-LABEL: @epilogue
// CHECK-SAME: %[[A:[^:]*]]: tensor<64x64xf16>, %[[B:[^:]*]]: tensor<64x64xf16>, %[[T:[^:]*]]: tensor<64x16xf32>, %[[O:[^:]*]]: tensor<64x64xf16>
// CHECK: msa_gpu.gemm "mk,kn->mn" ins(%[[A]], %[[B]] : tensor<64x64xf16>, tensor<64x64xf16>) outs(%[[O]], %[[O]] : tensor<64x64xf16>, tensor<64x64xf16>)
// CHECK-SAME: extras(["mp", "mn"] : %[[T]], %[[A]] : tensor<64x16xf32>, tensor<64x64xf16>) rotate(32) epilogue {
// CHECK-NEXT: ^bb0(%[[X:.*]]: f32, %[[Y:.*]]: f32, %[[P:.*]]: f32, %[[N:.*]]: f32):
// CHECK-NEXT: %[[Z:.*]] = math.exp %[[P]] : f32
// CHECK-NEXT: msa_gpu.yield %[[Z]] : f32
// CHECK-NEXT: } {some.attribute} -> tensor<64x64xf16>, tensor<64x64xf16>
func.func @epilogue(%a: tensor<64x64xf16>, %b: tensor<64x64xf16>, %t: tensor<64x16xf32>, %o: tensor<64x64xf16>) -> tensor<64x64xf16> {
  %0:2 = msa_gpu.gemm "mk,kn->mn" ins(%a, %b : tensor<64x64xf16>, tensor<64x64xf16>) outs(%o, %o : tensor<64x64xf16>, tensor<64x64xf16>)
      schedule(<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2, group = 16, cluster = 1, persistent = true>)
      extras(["mp", "mn"] : %t, %a : tensor<64x16xf32>, tensor<64x64xf16>) rotate(32) epilogue {
  ^bb0(%x: f32, %y: f32, %p: f32, %n: f32):
    %z = math.exp %p : f32
    msa_gpu.yield %z : f32
  } {some.attribute} -> tensor<64x64xf16>, tensor<64x64xf16>
  return %0#0 : tensor<64x64xf16>
}

// CHECK-LABEL: msa_gpu.kernel @operations(
// CHECK-SAME: %[[M:[^:]*]]: memref<64x64xf16>
// CHECK: %[[F:.*]] = msa_gpu.read %[[M]][%{{.*}}, %{{.*}}, %{{.*}}] column %{{.*}} {batch_stride = 0 : i64, columns = 64 : i64, head_stride = 16 : i64, offset = 8 : i64, row_stride = 64 : i64, rows = 60 : i64, wrap = 16 : i64} : memref<64x64xf16> -> !msa_gpu.fragment<64, 64, f32>
// CHECK: %[[R:.*]] = msa_gpu.rotate %[[F]] {group = 32 : i64} : <64, 64, f32>
// CHECK: msa_gpu.div %{{.*}}, %{{.*}}
msa_gpu.kernel @operations(%m: memref<64x64xf16>) attributes {warpgroups = 1 : i64} {
  %i = arith.constant 0 : i32
  %f = msa_gpu.read %m[%i, %i, %i] column %i {offset = 8 : i64, row_stride = 64 : i64, head_stride = 16 : i64, batch_stride = 0 : i64,
      rows = 60 : i64, columns = 64 : i64, wrap = 16 : i64} : memref<64x64xf16> -> !msa_gpu.fragment<64, 64, f32>
  %r = msa_gpu.rotate %f {group = 32 : i64} : !msa_gpu.fragment<64, 64, f32>
  %y = msa_gpu.map %f, %r : (!msa_gpu.fragment<64, 64, f32>, !msa_gpu.fragment<64, 64, f32>) -> !msa_gpu.fragment<64, 64, f32> {
  ^bb0(%a: f32, %b: f32):
    %q = msa_gpu.div %a, %b
    msa_gpu.yield %q : f32
  }
}
