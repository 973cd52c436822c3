// A model with attention for tensor cores has a plan and code for sm_90a beside the portable ones. There the attention
// is a kernel of its own, launched with its tensor maps; the rest is as on every GPU. So it is in the portable ones, by
// mma.sync, if that is not turned off.

// DEFINE: %{lines} = grep -a -E '^.target|wgmma.mma_async|mma.sync|griddepcontrol.wait' %t.msaf | grep -a -o -E 'target.*|wgmma.mma_async|mma.sync|griddepcontrol.wait' | uniq
// RUN: msa-compile %s --target=cuda -o %t.msaf
// RUN: %{lines} | FileCheck %s --check-prefixes=BOTH,MMA
// RUN: msa-compile %s --target=cuda --gpu-mma=false -o %t.msaf
// RUN: %{lines} | FileCheck %s --check-prefix=BOTH
// BOTH-NOT: mma
// BOTH: target sm_80
// MMA: mma.sync
// BOTH-NOT: {{mma|griddepcontrol}}
// BOTH: target sm_90a
// BOTH: griddepcontrol.wait
// BOTH: wgmma.mma_async
// BOTH: griddepcontrol.wait
// BOTH-NOT: {{target|mma.sync}}

// RUN: msa-compile %s --target=cuda --emit=ptx | FileCheck %s --check-prefix=PTX
// PTX: .version 8.0
// PTX: .target sm_90a{{$}}
// PTX-DAG: .entry step_0(
// PTX-DAG: .entry step_1(
// PTX-DAG: .maxntid 512
// PTX-DAG: setmaxnreg.dec.sync.aligned.u32 32
// PTX-DAG: setmaxnreg.inc.sync.aligned.u32 160
// PTX-DAG: cp.async.bulk.tensor.5d.shared::cluster.global
// PTX-DAG: cp.async.bulk.tensor.5d.global.shared::cta

// RUN: msa-compile %s --target=cuda --emit=plan | FileCheck %s --check-prefix=PLAN
// PLAN: msa_gpu.kernel @step_0
// PLAN: msa_gpu.roles producer
// PLAN: call @step_0(
// PLAN: call @step_1(
// PLAN: func.func private @step_0({{.*}}) attributes {msa_gpu.launch = #msa_gpu.launch<block = 512,
// PLAN-NOT: msa.attend

// For one architecture, the same; without sm_90a, none of it.
// RUN: msa-compile %s --target=cuda --gpu-arch=sm_90a --emit=ptx | FileCheck %s --check-prefix=PTX
// RUN: msa-compile %s --target=cuda --gpu-arch=sm_80,sm_90 --emit=ptx | FileCheck %s --check-prefix=PORTABLE
// PORTABLE: .target sm_90{{$}}
// PORTABLE-NOT: wgmma
// PORTABLE: mma.sync
// PORTABLE-NOT: wgmma
// RUN: msa-compile %s --target=cuda --gpu-arch=sm_80 --gpu-mma=false --emit=ptx | FileCheck %s --check-prefix=GENERIC
// GENERIC: .target sm_80{{$}}
// GENERIC-NOT: mma

// What has no kernel is said, once.
// RUN: sed 's/128xbf16/112xbf16/g' %s > %t.d112.mlir
// RUN: msa-compile %t.d112.mlir --target=cuda -o %t.d112.msaf 2>&1 | FileCheck %s --check-prefix=REMARK
// REMARK: remark: no tensor-core kernel for this head dimension 112; generic GPU code is used, which is slow
// REMARK-NOT: remark
// RUN: sed 's/128xbf16/80xbf16/g' %s > %t.d80.mlir
// RUN: msa-compile %t.d80.mlir --target=cuda -o %t.d80.msaf 2>&1 | FileCheck %s --check-prefix=BEFORE
// BEFORE: remark: no tensor-core kernel before sm_90a for this head dimension 80; generic GPU code is used, which is slow
// BEFORE-NOT: remark
// RUN: msa-compile %t.d80.mlir --target=cuda --gpu-mma=false -o %t.d80.msaf 2>&1 | count 0
// RUN: grep -a '^.target' %t.d112.msaf | FileCheck %s --check-prefix=ONE
// ONE: .target sm_80
// ONE-NOT: .target

func.func @step(%q: tensor<1x4x256x128xbf16>, %k: tensor<1x2x256x128xbf16>, %x: tensor<16xf32>)
    -> (tensor<1x4x256x128xbf16>, tensor<1x4x256xf32>, tensor<16xf32>) {
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x4x256x128xbf16>, tensor<1x2x256x128xbf16>, tensor<1x2x256x128xbf16>)
      pattern(#msa.causal) scale(0.125) -> tensor<1x4x256x128xbf16>, tensor<1x4x256xf32>
  %e = tensor.empty() : tensor<16xf32>
  %y = linalg.add ins(%x, %x : tensor<16xf32>, tensor<16xf32>) outs(%e : tensor<16xf32>) -> tensor<16xf32>
  return %o, %l, %y : tensor<1x4x256x128xbf16>, tensor<1x4x256xf32>, tensor<16xf32>
}
