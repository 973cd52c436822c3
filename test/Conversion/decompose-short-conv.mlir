// RUN: msa-opt %s -msa-decompose -canonicalize | FileCheck %s --enable-var-scope

// Nothing is joined: rows from the fifth on are a sum of views of the input; the four first take each tap from the
// carried rows or from the input, and are written to their place in the result. (Two would do, but a thread of a GPU takes
// four rows.)

// CHECK-DAG: #[[$ROWS:.*]] = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
// CHECK-DAG: #[[$TAP:.*]] = affine_map<(d0, d1, d2) -> (d2)>
// CHECK-LABEL: @long(
// CHECK-SAME: %[[X:[^:]*]]: tensor<2x9x8xbf16>, %[[C:[^:]*]]: tensor<2x2x8xbf16>, %[[W:[^:]*]]: tensor<3x8xbf16>)
// CHECK-NOT: tensor<2x11x8xbf16>
// CHECK: %[[Y:.*]] = tensor.empty() : tensor<2x9x8xbf16>
// CHECK: %[[LAST:.*]] = tensor.extract_slice %[[X]][0, 0, 0] [2, 4, 8]
// CHECK: %[[TOP:.*]] = tensor.extract_slice %[[Y]][0, 0, 0] [2, 4, 8]
// CHECK: %[[HEAD:.*]] = linalg.generic
// CHECK-SAME: iterator_types = ["parallel", "parallel", "parallel"]
// CHECK-SAME: %[[LAST]] :
// CHECK-SAME: outs(%[[TOP]] :
// CHECK-COUNT-2: arith.select
// CHECK: linalg.yield
// CHECK: %[[A:.*]] = tensor.insert_slice %[[HEAD]] into %[[Y]][0, 0, 0] [2, 4, 8]
// CHECK-DAG: %[[X0:.*]] = tensor.extract_slice %[[X]][0, 2, 0] [2, 5, 8]
// CHECK-DAG: %[[X1:.*]] = tensor.extract_slice %[[X]][0, 3, 0] [2, 5, 8]
// CHECK-DAG: %[[X2:.*]] = tensor.extract_slice %[[X]][0, 4, 0] [2, 5, 8]
// CHECK: %[[REST:.*]] = tensor.extract_slice %[[A]][0, 4, 0] [2, 5, 8]
// CHECK: %[[BODY:.*]] = linalg.generic {indexing_maps = [#[[$TAP]], #[[$TAP]], #[[$TAP]], #[[$ROWS]], #[[$ROWS]], #[[$ROWS]], #[[$ROWS]]]
// CHECK-SAME: %[[X0]], %[[X1]], %[[X2]] :
// CHECK-SAME: outs(%[[REST]] :
// CHECK-NOT: tensor.extract
// CHECK: arith.mulf
// CHECK: arith.mulf
// CHECK: arith.addf
// CHECK: arith.mulf
// CHECK: arith.addf
// CHECK: arith.truncf
// CHECK: %[[B:.*]] = tensor.insert_slice %[[BODY]] into %[[A]][0, 4, 0] [2, 5, 8]
// CHECK: return %[[B]]
func.func @long(%x: tensor<2x9x8xbf16>, %c: tensor<2x2x8xbf16>, %w: tensor<3x8xbf16>) -> tensor<2x9x8xbf16> {
  %y = msa.short_conv %x, %c, %w : tensor<2x9x8xbf16>, tensor<2x2x8xbf16>, tensor<3x8xbf16>
  return %y : tensor<2x9x8xbf16>
}

// A token: one loop, straight from the carried rows.

// CHECK-LABEL: @token(
// CHECK-SAME: %[[X:[^:]*]]: tensor<1x1x8xf32>, %[[C:[^:]*]]: tensor<1x3x8xf32>, %[[W:[^:]*]]: tensor<4x8xf32>)
// CHECK-COUNT-1: linalg.generic
// CHECK: tensor.extract %[[C]]
// CHECK: tensor.extract %[[C]]
// CHECK: tensor.extract %[[C]]
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @token(%x: tensor<1x1x8xf32>, %c: tensor<1x3x8xf32>, %w: tensor<4x8xf32>) -> tensor<1x1x8xf32> {
  %y = msa.short_conv %x, %c, %w : tensor<1x1x8xf32>, tensor<1x3x8xf32>, tensor<4x8xf32>
  return %y : tensor<1x1x8xf32>
}
