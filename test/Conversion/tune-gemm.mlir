// RUN: msa-opt %s -split-input-file -verify-diagnostics -msa-tune-gemm | FileCheck %s --enable-var-scope
// RUN: msa-opt %s -split-input-file -msa-tune-gemm=list-classes=true -o /dev/null 2>&1 | FileCheck %s --check-prefix=LIST

// A schedule says how a product is computed, not what: one that was measured for the class takes the place of the
// product's own. Rows are rounded up, so that 300 of them are of the class of 512.

#own = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2, group = 16, cluster = 1, persistent = true>
#measured = #msa_gpu.gemm_schedule<warpgroups = 1, columns = 128, depth = 128, stages = 3, staged = 1, group = 8, cluster = 2, persistent = false>
#other = #msa_gpu.gemm_schedule<warpgroups = 3, columns = 64, depth = 64, stages = 2, staged = 1, group = 4, cluster = 1, persistent = true>
module attributes {msa_gpu.schedules = {
  "gemm mk,kn->mn bf16->bf16 m=512 n=512 k=256" = #measured,
  "gemm mk,kn->mn bf16->bf16 m=512 n=512 k=256 epilogue n:f32" = #other}} {
  // CHECK-LABEL: @plain
  // CHECK: schedule(<warpgroups = 1, columns = 128, depth = 128, stages = 3, staged = 1, group = 8, cluster = 2, persistent = false>)
  // LIST: remark: class "gemm mk,kn->mn bf16->bf16 m=512 n=512 k=256" takes #msa_gpu.gemm_schedule<warpgroups = 1, columns = 128
  func.func @plain(%x: tensor<300x256xbf16>, %w: tensor<256x512xbf16>, %o: tensor<300x512xbf16>) -> tensor<300x512xbf16> {
    %y = msa_gpu.gemm "mk,kn->mn" ins(%x, %w : tensor<300x256xbf16>, tensor<256x512xbf16>) outs(%o : tensor<300x512xbf16>) schedule(#own) -> tensor<300x512xbf16>
    return %y : tensor<300x512xbf16>
  }

  // The epilogue is part of the class.
  // CHECK-LABEL: @bias
  // CHECK: schedule(<warpgroups = 3, columns = 64,
  // LIST: remark: class "gemm mk,kn->mn bf16->bf16 m=512 n=512 k=256 epilogue n:f32" takes #msa_gpu.gemm_schedule<warpgroups = 3
  func.func @bias(%x: tensor<512x256xbf16>, %w: tensor<256x512xbf16>, %b: tensor<512xf32>, %o: tensor<512x512xbf16>) -> tensor<512x512xbf16> {
    %y = msa_gpu.gemm "mk,kn->mn" ins(%x, %w : tensor<512x256xbf16>, tensor<256x512xbf16>) outs(%o : tensor<512x512xbf16>) schedule(#own)
        extras(["n"] : %b : tensor<512xf32>) epilogue {
    ^bb0(%p: f32, %e: f32):
      %s = arith.addf %p, %e : f32
      msa_gpu.yield %s : f32
    } -> tensor<512x512xbf16>
    return %y : tensor<512x512xbf16>
  }

  // Of another class each: the element type, the result's, rows beyond the power of two, columns, what is summed, a right
  // side that is turned, streams.
  // CHECK-LABEL: @others
  // CHECK-COUNT-7: schedule(<warpgroups = 2, columns = 256,
  // CHECK-NOT: columns = 128
  func.func @others(%x: tensor<512x256xbf16>, %w: tensor<256x512xbf16>, %o: tensor<512x512xbf16>, %hx: tensor<512x256xf16>, %hw: tensor<256x512xf16>,
                    %ho: tensor<512x512xf16>, %f: tensor<512x512xf32>, %x1: tensor<513x256xbf16>, %o1: tensor<513x512xbf16>, %w2: tensor<256x504xbf16>,
                    %o2: tensor<512x504xbf16>, %x3: tensor<512x248xbf16>, %w3: tensor<248x512xbf16>, %w4: tensor<512x256xbf16>,
                    %x5: tensor<2x512x256xbf16>, %o5: tensor<2x512x512xbf16>) {
    %0 = msa_gpu.gemm "mk,kn->mn" ins(%hx, %hw : tensor<512x256xf16>, tensor<256x512xf16>) outs(%ho : tensor<512x512xf16>) schedule(#own) -> tensor<512x512xf16>
    %1 = msa_gpu.gemm "mk,kn->mn" ins(%x, %w : tensor<512x256xbf16>, tensor<256x512xbf16>) outs(%f : tensor<512x512xf32>) schedule(#own) -> tensor<512x512xf32>
    %2 = msa_gpu.gemm "mk,kn->mn" ins(%x1, %w : tensor<513x256xbf16>, tensor<256x512xbf16>) outs(%o1 : tensor<513x512xbf16>) schedule(#own) -> tensor<513x512xbf16>
    %3 = msa_gpu.gemm "mk,kn->mn" ins(%x, %w2 : tensor<512x256xbf16>, tensor<256x504xbf16>) outs(%o2 : tensor<512x504xbf16>) schedule(#own) -> tensor<512x504xbf16>
    %4 = msa_gpu.gemm "mk,kn->mn" ins(%x3, %w3 : tensor<512x248xbf16>, tensor<248x512xbf16>) outs(%o : tensor<512x512xbf16>) schedule(#own) -> tensor<512x512xbf16>
    %5 = msa_gpu.gemm "mk,nk->mn" ins(%x, %w4 : tensor<512x256xbf16>, tensor<512x256xbf16>) outs(%o : tensor<512x512xbf16>) schedule(#own) -> tensor<512x512xbf16>
    %6 = msa_gpu.gemm "bmk,kn->bmn" ins(%x5, %w : tensor<2x512x256xbf16>, tensor<256x512xbf16>) outs(%o5 : tensor<2x512x512xbf16>) schedule(#own) -> tensor<2x512x512xbf16>
    return
  }
}

// -----

// Both elements of a rotated pair must lie in one tile: a schedule that keeps them apart is refused, and says why.

#own = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2, group = 16, cluster = 1, persistent = true>
#apart = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 64, depth = 64, stages = 8, staged = 1, group = 8, cluster = 1, persistent = true>
module attributes {msa_gpu.schedules = {
  "gemm mk,hkn->hmn bf16->bf16 m=256 n=128 k=256 h=4 epilogue rotate=128 mp:f32 mp:f32" = #apart}} {
  // CHECK-LABEL: @rotated
  // CHECK: schedule(<warpgroups = 2, columns = 256,
  func.func @rotated(%x: tensor<200x256xbf16>, %w: tensor<4x256x128xbf16>, %c: tensor<200x64xf32>, %s: tensor<200x64xf32>, %o: tensor<4x200x128xbf16>) -> tensor<4x200x128xbf16> {
    // expected-warning @+1 {{the schedule stored for "gemm mk,hkn->hmn bf16->bf16 m=256 n=128 k=256 h=4 epilogue rotate=128 mp:f32 mp:f32" is not legal here, the default is used: (M7) rotates groups of 128 columns, which do not divide the 64 of a tile}}
    %y = msa_gpu.gemm "mk,hkn->hmn" ins(%x, %w : tensor<200x256xbf16>, tensor<4x256x128xbf16>) outs(%o : tensor<4x200x128xbf16>) schedule(#own)
        extras(["mp", "mp"] : %c, %s : tensor<200x64xf32>, tensor<200x64xf32>) rotate(128) epilogue {
    ^bb0(%p: f32, %q: f32, %u: f32, %v: f32):
      %a = arith.mulf %p, %u : f32
      %b = arith.mulf %q, %v : f32
      %r = arith.addf %a, %b : f32
      msa_gpu.yield %r : f32
    } -> tensor<4x200x128xbf16>
    return %y : tensor<4x200x128xbf16>
  }
}
