// The level with AMX has a plan of its own where there is attention of bf16, and adds nothing elsewhere.
// RUN: msa-compile %s --emit=asm -o - | FileCheck %s --check-prefix=TILES
// RUN: msa-compile %s --mcpu=x86-64-v3,x86-64-v4 --emit=asm -o - | FileCheck %s --check-prefix=VECTORS
// RUN: sed 's/bf16/f32/g' %s | msa-compile - --emit=asm -o - | FileCheck %s --check-prefix=VECTORS
// RUN: sed 's/bf16/f32/g' %s | msa-compile - --mcpu=x86-64-v4-amx --emit=asm -o - | FileCheck %s --check-prefix=VECTORS
// RUN: msa-compile %s -o %t.msaf && grep -c x86-64-v4-amx %t.msaf
// RUN: sed 's/bf16/f32/g' %s | msa-compile - -o %t.f32.msaf && not grep -c x86-64-v4-amx %t.f32.msaf
// RUN: not msa-compile %s --mcpu=x86-64-v9 -o %t.none 2>&1 | FileCheck %s --check-prefix=UNKNOWN

// TILES: ldtilecfg
// TILES: tdpbf16ps
// VECTORS-NOT: tdpbf16ps
// VECTORS: zmm
// UNKNOWN: unknown CPU level 'x86-64-v9'; known are x86-64-v3, x86-64-v4, x86-64-v4-amx

func.func @attend(%q: tensor<1x1x192x64xbf16>) -> tensor<1x1x192x64xbf16> {
  %o, %l = msa.attend ins(%q, %q, %q : tensor<1x1x192x64xbf16>, tensor<1x1x192x64xbf16>, tensor<1x1x192x64xbf16>)
    pattern(#msa.causal) scale(0.125) -> tensor<1x1x192x64xbf16>, tensor<1x1x192xf32>
  return %o : tensor<1x1x192x64xbf16>
}
