// One artefact holds a plan and PTX for each architecture; with another --emit the
// last one, from portable to special, is written. sm_90a beside others is left out
// where tensor cores have no kernel for the model; alone it is not.

// RUN: msa-compile %s --target=cuda --emit=ptx | FileCheck %s --check-prefix=DEFAULT
// DEFAULT: .target sm_80{{$}}
// DEFAULT: .entry step_0
// DEFAULT-NOT: griddepcontrol

// RUN: msa-compile %s --target=cuda --gpu-arch=sm_90a,sm_80,sm_90 --emit=ptx | FileCheck %s --check-prefix=LAST
// LAST: .version 8.0
// LAST-NEXT: .target sm_90{{$}}
// LAST: .entry step_0
// LAST: griddepcontrol.launch_dependents;
// LAST: griddepcontrol.wait;
// LAST: ld.global.b32

// RUN: msa-compile %s --target=cuda --gpu-arch=sm_90a --emit=ptx | FileCheck %s --check-prefix=SPECIAL
// SPECIAL: .target sm_90a{{$}}
// SPECIAL: .entry step_0
// SPECIAL: griddepcontrol.launch_dependents;
// SPECIAL: griddepcontrol.wait;
// SPECIAL: ld.global.b32

// RUN: rm -rf %t.phases
// RUN: msa-compile %s --target=cpu,cuda --gpu-arch=sm_80,sm_90a --dump-phases-to=%t.phases -o %t.msaf
// RUN: ls %t.phases | FileCheck %s --check-prefix=PHASES
// PHASES-DAG: gpu-plan-sm_80.mlir
// PHASES-DAG: gpu-plan-sm_90a.mlir
// PHASES-DAG: nvvm-sm_80.mlir
// PHASES-NOT: nvvm-sm_90a.mlir
// RUN: grep -a '^.target' %t.msaf | FileCheck %s --check-prefix=ONE
// ONE: .target sm_80
// ONE-NOT: .target
// RUN: msa-run %t.msaf --list | FileCheck %s --check-prefix=LIST
// LIST: step

// RUN: not msa-compile %s --target=cuda --gpu-arch=sm_80,sm_89a 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// UNKNOWN: --gpu-arch takes sm_80 to sm_90 and sm_90a, not 'sm_89a'
// RUN: not msa-compile %s --target=cuda --gpu-arch=sm_100 2>&1 | FileCheck %s --check-prefix=LATER
// LATER: --gpu-arch takes sm_80 to sm_90 and sm_90a, not 'sm_100'
// RUN: not msa-compile %s --target=cuda --gpu-arch=sm_90a,sm_90a 2>&1 | FileCheck %s --check-prefix=TWICE
// TWICE: --gpu-arch names sm_90a twice
func.func @step(%x: tensor<4xf32>) -> tensor<4xf32> {
  %e = tensor.empty() : tensor<4xf32>
  %y = linalg.add ins(%x, %x : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
