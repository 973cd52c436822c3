// RUN: msa-opt %s -msa-gpu-expand-attend -split-input-file -verify-diagnostics

!x = memref<1x2x64x64xbf16>
!l = memref<1x2x64xf32>
func.func @entry(%q: !x, %l: !l, %c: memref<1xi32>) {
  // expected-error @+1 {{must be the work of a kernel}}
  msa_gpu.attend ins(%q, %q, %q : !x, !x, !x) outs(%q, %l, %c : !x, !l, memref<1xi32>) pattern(#msa.full) scale(0.125)
      schedule(<warpgroups = 1, keys = 64, stages = 1, rescale = lazy, skip = false, half = false, persistent = true>)
  return
}

// -----

!x = memref<1x2x64x64xbf16>
!l = memref<1x2x64xf32>
// expected-error @+1 {{a kernel takes buffers and the first and last tile}}
func.func private @kernel(%q: !x, %l: !l, %c: memref<1xi32>) attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %q, %q : !x, !x, !x) outs(%q, %l, %c : !x, !l, memref<1xi32>) pattern(#msa.full) scale(0.125)
      schedule(<warpgroups = 1, keys = 64, stages = 1, rescale = lazy, skip = false, half = false, persistent = true>)
  return
}

// -----

!t = tensor<1x2x64x64xbf16>
!l = tensor<1x2x64xf32>
// expected-error @+1 {{a kernel takes buffers and the first and last tile}}
func.func private @tensors(%q: !t, %l: !l, %c: tensor<1xi32>, %begin: index, %end: index) attributes {msa.kernel = 1 : i64} {
  %0:3 = msa_gpu.attend ins(%q, %q, %q : !t, !t, !t) outs(%q, %l, %c : !t, !l, tensor<1xi32>) pattern(#msa.full) scale(0.125)
      schedule(<warpgroups = 1, keys = 64, stages = 1, rescale = lazy, skip = false, half = false, persistent = true>)
      -> !t, !l, tensor<1xi32>
  return
}

// -----

!x = memref<1x2x64x64xbf16>
!l = memref<1x2x64xf32>
func.func private @twice(%q: !x, %l: !l, %c: memref<1xi32>, %begin: index, %end: index) attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %q, %q : !x, !x, !x) outs(%q, %l, %c : !x, !l, memref<1xi32>) pattern(#msa.full) scale(0.125)
      schedule(<warpgroups = 1, keys = 64, stages = 1, rescale = lazy, skip = false, half = false, persistent = true>)
  // expected-error @+1 {{a tensor-core kernel does nothing but its operation}}
  msa_gpu.attend ins(%q, %q, %q : !x, !x, !x) outs(%q, %l, %c : !x, !l, memref<1xi32>) pattern(#msa.full) scale(0.125)
      schedule(<warpgroups = 1, keys = 64, stages = 1, rescale = lazy, skip = false, half = false, persistent = true>)
  return
}

// -----

!x = memref<1x2x64x64xbf16>
!l = memref<1x2x64xf32>
func.func private @more(%q: !x, %l: !l, %c: memref<1xi32>, %begin: index, %end: index) attributes {msa.kernel = 1 : i64} {
  %n = arith.constant 0 : i32
  %i = arith.constant 0 : index
  // expected-error @+1 {{a tensor-core kernel does nothing but its operation}}
  memref.store %n, %c[%i] : memref<1xi32>
  msa_gpu.attend ins(%q, %q, %q : !x, !x, !x) outs(%q, %l, %c : !x, !l, memref<1xi32>) pattern(#msa.full) scale(0.125)
      schedule(<warpgroups = 1, keys = 64, stages = 1, rescale = lazy, skip = false, half = false, persistent = true>)
  return
}

// -----

!x = memref<1x2x64x64xbf16>
!l = memref<1x2x64xf32>
func.func private @scratch(%q: !x, %l: !l, %c: memref<1xi32>, %begin: index, %end: index) attributes {msa.kernel = 1 : i64} {
  %k = memref.alloc() : !x
  // expected-error @+1 {{an operand of a tensor-core kernel must be a view at a static place of a kernel's buffer}}
  msa_gpu.attend ins(%q, %k, %q : !x, !x, !x) outs(%q, %l, %c : !x, !l, memref<1xi32>) pattern(#msa.full) scale(0.125)
      schedule(<warpgroups = 1, keys = 64, stages = 1, rescale = lazy, skip = false, half = false, persistent = true>)
  return
}

// -----

!x = memref<1x2x64x64xbf16>
!m = memref<1x2x64x64xbf16, strided<[16384, 8192, 64, 1], offset: ?>>
!l = memref<1x2x64xf32>
func.func private @moving(%q: !x, %w: memref<1x2x128x64xbf16>, %l: !l, %c: memref<1xi32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  %k = memref.subview %w[0, 0, %begin, 0] [1, 2, 64, 64] [1, 1, 1, 1] : memref<1x2x128x64xbf16> to !m
  // expected-error @+1 {{an operand of a tensor-core kernel must be a view at a static place of a kernel's buffer}}
  msa_gpu.attend ins(%q, %k, %q : !x, !m, !x) outs(%q, %l, %c : !x, !l, memref<1xi32>) pattern(#msa.full) scale(0.125)
      schedule(<warpgroups = 1, keys = 64, stages = 1, rescale = lazy, skip = false, half = false, persistent = true>)
  return
}

// -----

// Rows must be dense.
!x = memref<1x2x64x64xbf16>
!m = memref<1x2x64x64xbf16, strided<[16384, 8192, 128, 2]>>
!l = memref<1x2x64xf32>
func.func private @sparse(%q: !x, %w: memref<1x2x64x128xbf16>, %l: !l, %c: memref<1xi32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  %k = memref.subview %w[0, 0, 0, 0] [1, 2, 64, 64] [1, 1, 1, 2] : memref<1x2x64x128xbf16> to !m
  // expected-error @+1 {{an operand of a tensor-core kernel must be a view at a static place with dense rows}}
  msa_gpu.attend ins(%q, %k, %q : !x, !m, !x) outs(%q, %l, %c : !x, !l, memref<1xi32>) pattern(#msa.full) scale(0.125)
      schedule(<warpgroups = 1, keys = 64, stages = 1, rescale = lazy, skip = false, half = false, persistent = true>)
  return
}

// -----

// The copy engine takes places at multiples of 16 bytes.
!x = memref<1x2x64x64xbf16>
!m = memref<1x2x64x64xbf16, strided<[16384, 8192, 128, 1], offset: 4>>
!l = memref<1x2x64xf32>
func.func private @unaligned(%q: !x, %w: memref<1x2x64x128xbf16>, %l: !l, %c: memref<1xi32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  %k = memref.subview %w[0, 0, 0, 4] [1, 2, 64, 64] [1, 1, 1, 1] : memref<1x2x64x128xbf16> to !m
  // expected-error @+1 {{(T4) offset must be a multiple of 16 bytes, got 4}}
  msa_gpu.attend ins(%q, %k, %q : !x, !m, !x) outs(%q, %l, %c : !x, !l, memref<1xi32>) pattern(#msa.full) scale(0.125)
      schedule(<warpgroups = 1, keys = 64, stages = 1, rescale = lazy, skip = false, half = false, persistent = true>)
  return
}

// -----

!x = memref<1x2x64x64xbf16>
!l = memref<2x64x2xf32>
func.func private @called(%q: !x, %l: memref<1x2x64xf32>, %c: memref<1xi32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %q, %q : !x, !x, !x) outs(%q, %l, %c : !x, memref<1x2x64xf32>, memref<1xi32>) pattern(#msa.full)
      scale(0.125)
      schedule(<warpgroups = 1, keys = 64, stages = 1, rescale = lazy, skip = false, half = false, persistent = true>)
  return
}
func.func @step() -> (index) {
  // expected-error @+1 {{a kernel can only be called}}
  %f = func.constant @called : (!x, memref<1x2x64xf32>, memref<1xi32>, index, index) -> ()
  %zero = arith.constant 0 : index
  return %zero : index
}
