// RUN: msa-opt %s -msa-decompose -split-input-file | FileCheck %s --enable-var-scope

// A positive scale alone waits for the exponential; weights are rounded where they meet V, not in the sum.
// CHECK-DAG: #[[$S:.*]] = affine_map<(d0, d1, d2) -> (d0, d2, d1)>
// CHECK-DAG: #[[$ROW:.*]] = affine_map<(d0, d1, d2) -> (d1)>
// CHECK-DAG: #[[$P:.*]] = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
// CHECK-DAG: #[[$A:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d2, d3)>
// CHECK-DAG: #[[$B:.*]] = affine_map<(d0, d1, d2, d3) -> (d2, d1, d3)>
// CHECK-DAG: #[[$C:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1)>
// CHECK-LABEL: func.func @step
// CHECK-SAME: %[[Q:.*]]: tensor<32x16x2xbf16>, %[[K:.*]]: tensor<32x64xbf16>, %[[V:.*]]: tensor<64x32xbf16>,
// CHECK: %[[K2:.*]] = tensor.expand_shape %[[K]] {{.*}} into tensor<32x32x2xbf16>
// CHECK: %[[SCORES:.*]] = linalg.generic {indexing_maps = [#[[$A]], #[[$B]], #[[$C]]], iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
// CHECK-SAME: ins(%[[K2]], %[[Q]]
// CHECK: arith.maxnumf
// CHECK: %[[SPLIT:.*]] = tensor.expand_shape %[[SCORES]] {{.*}} into tensor<16x2x16xf32>
// CHECK: %[[W:.*]]:2 = linalg.generic {indexing_maps = [#[[$S]], #[[$ROW]], #[[$P]], #[[$ROW]]], iterator_types = ["reduction", "parallel", "reduction"]}
// CHECK-SAME: ins(%[[SPLIT]]
// CHECK: %[[X:.*]] = math.fma
// CHECK: %[[E:.*]] = math.exp2 %[[X]] fastmath<afn>
// CHECK: %[[R:.*]] = arith.truncf %[[E]] : f32 to bf16
// CHECK: %[[T:.*]] = arith.addf %{{.*}}, %[[E]] : f32
// CHECK: linalg.yield %[[R]], %[[T]] : bf16, f32
// CHECK: %[[V2:.*]] = tensor.expand_shape %[[V]] {{.*}} into tensor<64x16x2xbf16>
// CHECK: linalg.generic {indexing_maps = [#[[$A]], #[[$B]], #[[$C]]]
// CHECK-SAME: ins(%[[V2]], %[[W]]#0
func.func @step(%q: tensor<32x16x2xbf16>, %k: tensor<32x64xbf16>, %v: tensor<64x32xbf16>,
                %acc: tensor<64x16xf32>, %max: tensor<16xf32>, %sum: tensor<16xf32>)
    -> (tensor<64x16xf32>, tensor<16xf32>, tensor<16xf32>) {
  %0:3 = msa.online_attend ins(%q, %k, %v : tensor<32x16x2xbf16>, tensor<32x64xbf16>, tensor<64x32xbf16>)
      outs(%acc, %max, %sum : tensor<64x16xf32>, tensor<16xf32>, tensor<16xf32>)
      {base2, pairs, transposed, scale = 0.25 : f64} -> tensor<64x16xf32>, tensor<16xf32>, tensor<16xf32>
  return %0#0, %0#1, %0#2 : tensor<64x16xf32>, tensor<16xf32>, tensor<16xf32>
}

// -----

// A bias needs scaled scores: scale and bias come before the maximum.
// CHECK-LABEL: func.func @biased
// CHECK: arith.mulf %{{.*}}, %{{.*}} : f32
// CHECK: arith.addf %{{.*}}, %arg6 : f32
// CHECK: arith.maxnumf
// CHECK-NOT: math.fma
// CHECK: return
func.func @biased(%q: tensor<32x16x2xbf16>, %k: tensor<32x64xbf16>, %v: tensor<64x32xbf16>,
                  %acc: tensor<64x16xf32>, %max: tensor<16xf32>, %sum: tensor<16xf32>, %bias: f32)
    -> (tensor<64x16xf32>, tensor<16xf32>, tensor<16xf32>) {
  %0:3 = msa.online_attend ins(%q, %k, %v : tensor<32x16x2xbf16>, tensor<32x64xbf16>, tensor<64x32xbf16>)
      bias(%bias : f32) outs(%acc, %max, %sum : tensor<64x16xf32>, tensor<16xf32>, tensor<16xf32>)
      {base2, pairs, transposed, scale = 0.25 : f64} -> tensor<64x16xf32>, tensor<16xf32>, tensor<16xf32>
  return %0#0, %0#1, %0#2 : tensor<64x16xf32>, tensor<16xf32>, tensor<16xf32>
}
