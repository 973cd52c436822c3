module {
  func.func @forward(%state0: tensor<16x64x128xf32> {msa.state = "layer0_bank"},
      %state1: tensor<16x2x128xf32> {msa.state = "layer0_carry"},
      %state2: tensor<16x64x128xf32> {msa.state = "layer1_bank"},
      %state3: tensor<16x2x128xf32> {msa.state = "layer1_carry"},
      %in0: tensor<16x64xi64> {msa.name = "tokens"},
      %in1: tensor<16xi64> {msa.name = "position"},
      %in2: tensor<16xi64> {msa.name = "length"},
      %w0: tensor<64x128xf32> {msa.constant = "model.blocks.0.attention.bank_start"},
      %w1: tensor<64x128xf32> {msa.constant = "model.blocks.1.attention.bank_start"},
      %w2: tensor<321x128xf32> {msa.constant = "model.embedding.weight"},
      %w3: tensor<128xf32> {msa.constant = "model.blocks.0.norm1.weight"},
      %w4: tensor<3x128xf32> {msa.constant = "model.blocks.0.attention.conv"},
      %w5: tensor<128x128xf32> {msa.constant = "model.blocks.0.attention.q_proj.weight.T"},
      %w6: tensor<128x128xf32> {msa.constant = "model.blocks.0.attention.k_proj.weight.T"},
      %w7: tensor<128x128xf32> {msa.constant = "model.blocks.0.attention.v_proj.weight.T"},
      %w8: tensor<2xf32> {msa.constant = "model.blocks.0.attention.bank_bias"},
      %w9: tensor<128x128xf32> {msa.constant = "model.blocks.0.attention.o_proj.weight.T"},
      %w10: tensor<16x2x64x64xf32> {msa.constant = "model.blocks.0.attention.slot_query"},
      %w11: tensor<128x128xf32> {msa.constant = "model.blocks.0.attention.gate.Wr"},
      %w12: tensor<128x128xf32> {msa.constant = "model.blocks.0.attention.gate.Ur"},
      %w13: tensor<128xf32> {msa.constant = "model.blocks.0.attention.gate.br"},
      %w14: tensor<128xf32> {msa.constant = "model.blocks.0.attention.gate.Wz"},
      %w15: tensor<128xf32> {msa.constant = "model.blocks.0.attention.gate.Uz"},
      %w16: tensor<f32> {msa.constant = "model.blocks.0.attention.gate.bz"},
      %w17: tensor<128x128xf32> {msa.constant = "model.blocks.0.attention.gate.Wn"},
      %w18: tensor<128x128xf32> {msa.constant = "model.blocks.0.attention.gate.Un"},
      %w19: tensor<128xf32> {msa.constant = "model.blocks.0.attention.gate.bn"},
      %w20: tensor<128xf32> {msa.constant = "model.blocks.0.norm2.weight"},
      %w21: tensor<128x256xf32> {msa.constant = "model.blocks.0.mlp.0.weight.T"},
      %w22: tensor<256x128xf32> {msa.constant = "model.blocks.0.mlp.2.weight.T"},
      %w23: tensor<128xf32> {msa.constant = "model.blocks.1.norm1.weight"},
      %w24: tensor<3x128xf32> {msa.constant = "model.blocks.1.attention.conv"},
      %w25: tensor<128x128xf32> {msa.constant = "model.blocks.1.attention.q_proj.weight.T"},
      %w26: tensor<128x128xf32> {msa.constant = "model.blocks.1.attention.k_proj.weight.T"},
      %w27: tensor<128x128xf32> {msa.constant = "model.blocks.1.attention.v_proj.weight.T"},
      %w28: tensor<2xf32> {msa.constant = "model.blocks.1.attention.bank_bias"},
      %w29: tensor<128x128xf32> {msa.constant = "model.blocks.1.attention.o_proj.weight.T"},
      %w30: tensor<16x2x64x64xf32> {msa.constant = "model.blocks.1.attention.slot_query"},
      %w31: tensor<128x128xf32> {msa.constant = "model.blocks.1.attention.gate.Wr"},
      %w32: tensor<128x128xf32> {msa.constant = "model.blocks.1.attention.gate.Ur"},
      %w33: tensor<128xf32> {msa.constant = "model.blocks.1.attention.gate.br"},
      %w34: tensor<128xf32> {msa.constant = "model.blocks.1.attention.gate.Wz"},
      %w35: tensor<128xf32> {msa.constant = "model.blocks.1.attention.gate.Uz"},
      %w36: tensor<f32> {msa.constant = "model.blocks.1.attention.gate.bz"},
      %w37: tensor<128x128xf32> {msa.constant = "model.blocks.1.attention.gate.Wn"},
      %w38: tensor<128x128xf32> {msa.constant = "model.blocks.1.attention.gate.Un"},
      %w39: tensor<128xf32> {msa.constant = "model.blocks.1.attention.gate.bn"},
      %w40: tensor<128xf32> {msa.constant = "model.blocks.1.norm2.weight"},
      %w41: tensor<128x256xf32> {msa.constant = "model.blocks.1.mlp.0.weight.T"},
      %w42: tensor<256x128xf32> {msa.constant = "model.blocks.1.mlp.2.weight.T"},
      %w43: tensor<128xf32> {msa.constant = "model.norm.weight"},
      %w44: tensor<128x321xf32> {msa.constant = "model.head.weight.T"})
      -> (tensor<16x64x321xf32> {msa.name = "logits"}, tensor<16x64x128xf32> {msa.state = "layer0_bank"}, tensor<16x2x128xf32> {msa.state = "layer0_carry"}, tensor<16x64x128xf32> {msa.state = "layer1_bank"}, tensor<16x2x128xf32> {msa.state = "layer1_carry"}) {
    %e1 = tensor.empty() : tensor<16x64x128xf32>
    %g9 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%w0, %state0, %in1 : tensor<64x128xf32>, tensor<16x64x128xf32>, tensor<16xi64>) outs(%e1 : tensor<16x64x128xf32>) {
      ^bb0(%a2: f32, %a3: f32, %a4: i64, %o5: f32):
      %s6 = arith.constant 0 : i64
      %s7 = arith.cmpi sgt, %a4, %s6 : i64
      %s8 = arith.select %s7, %a3, %a2 : f32
      linalg.yield %s8 : f32
    } -> tensor<16x64x128xf32>
    %e10 = tensor.empty() : tensor<16x2x128xf32>
    %g18 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%state1, %in1 : tensor<16x2x128xf32>, tensor<16xi64>) outs(%e10 : tensor<16x2x128xf32>) {
      ^bb0(%a11: f32, %a12: i64, %o13: f32):
      %s14 = arith.constant 0x00000000 : f32
      %s15 = arith.constant 0 : i64
      %s16 = arith.cmpi sgt, %a12, %s15 : i64
      %s17 = arith.select %s16, %a11, %s14 : f32
      linalg.yield %s17 : f32
    } -> tensor<16x2x128xf32>
    %e19 = tensor.empty() : tensor<16x64x128xf32>
    %g27 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%w1, %state2, %in1 : tensor<64x128xf32>, tensor<16x64x128xf32>, tensor<16xi64>) outs(%e19 : tensor<16x64x128xf32>) {
      ^bb0(%a20: f32, %a21: f32, %a22: i64, %o23: f32):
      %s24 = arith.constant 0 : i64
      %s25 = arith.cmpi sgt, %a22, %s24 : i64
      %s26 = arith.select %s25, %a21, %a20 : f32
      linalg.yield %s26 : f32
    } -> tensor<16x64x128xf32>
    %e28 = tensor.empty() : tensor<16x2x128xf32>
    %g36 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%state3, %in1 : tensor<16x2x128xf32>, tensor<16xi64>) outs(%e28 : tensor<16x2x128xf32>) {
      ^bb0(%a29: f32, %a30: i64, %o31: f32):
      %s32 = arith.constant 0x00000000 : f32
      %s33 = arith.constant 0 : i64
      %s34 = arith.cmpi sgt, %a30, %s33 : i64
      %s35 = arith.select %s34, %a29, %s32 : f32
      linalg.yield %s35 : f32
    } -> tensor<16x2x128xf32>
    %e37 = tensor.empty() : tensor<16x64x128xf32>
    %g51 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%in0 : tensor<16x64xi64>) outs(%e37 : tensor<16x64x128xf32>) {
      ^bb0(%a38: i64, %o39: f32):
      %s40 = arith.index_cast %a38 : i64 to index
      %s41 = arith.constant 0 : index
      %s42 = arith.constant 321 : index
      %s43 = arith.constant 320 : index
      %s44 = arith.cmpi slt, %s40, %s41 : index
      %s45 = arith.addi %s40, %s42 : index
      %s46 = arith.select %s44, %s45, %s40 : index
      %s47 = arith.maxsi %s46, %s41 : index
      %s48 = arith.minsi %s47, %s43 : index
      %s49 = linalg.index 2 : index
      %s50 = tensor.extract %w2[%s48, %s49] : tensor<321x128xf32>
      linalg.yield %s50 : f32
    } -> tensor<16x64x128xf32>
    %c52 = arith.constant 0x00000000 : f32
    %e53 = tensor.empty() : tensor<16x64xf32>
    %f54 = linalg.fill ins(%c52 : f32) outs(%e53 : tensor<16x64xf32>) -> tensor<16x64xf32>
    %g59 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%g51 : tensor<16x64x128xf32>) outs(%f54 : tensor<16x64xf32>) {
      ^bb0(%a55: f32, %o56: f32):
      %s57 = arith.mulf %a55, %a55 : f32
      %s58 = arith.addf %o56, %s57 : f32
      linalg.yield %s58 : f32
    } -> tensor<16x64xf32>
    %e60 = tensor.empty() : tensor<16x64xf32>
    %g70 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%g59 : tensor<16x64xf32>) outs(%e60 : tensor<16x64xf32>) {
      ^bb0(%a61: f32, %o62: f32):
      %s63 = arith.constant 0x3727C5AC : f32
      %s64 = arith.constant 0x43000000 : f32
      %s65 = arith.divf %a61, %s64 : f32
      %s66 = arith.addf %s65, %s63 : f32
      %s67 = math.sqrt %s66 : f32
      %s68 = arith.constant 0x3F800000 : f32
      %s69 = arith.divf %s68, %s67 : f32
      linalg.yield %s69 : f32
    } -> tensor<16x64xf32>
    %e71 = tensor.empty() : tensor<16x64x128xf32>
    %g78 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%w3, %g70, %g51 : tensor<128xf32>, tensor<16x64xf32>, tensor<16x64x128xf32>) outs(%e71 : tensor<16x64x128xf32>) {
      ^bb0(%a72: f32, %a73: f32, %a74: f32, %o75: f32):
      %s76 = arith.mulf %a74, %a73 : f32
      %s77 = arith.mulf %s76, %a72 : f32
      linalg.yield %s77 : f32
    } -> tensor<16x64x128xf32>
    %v79 = msa.short_conv %g78, %g18, %w4 : tensor<16x64x128xf32>, tensor<16x2x128xf32>, tensor<3x128xf32>
    %v80 = msa.carry %g18, %g78 length(%in2 : tensor<16xi64>) : tensor<16x2x128xf32>, tensor<16x64x128xf32>
    %v81 = tensor.collapse_shape %v79 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c82 = arith.constant 0x00000000 : f32
    %e83 = tensor.empty() : tensor<1024x128xf32>
    %f84 = linalg.fill ins(%c82 : f32) outs(%e83 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm85 = linalg.matmul ins(%v81, %w5 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f84 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v86 = tensor.expand_shape %mm85 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v87 = tensor.expand_shape %v86 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %v88 = tensor.collapse_shape %v79 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c89 = arith.constant 0x00000000 : f32
    %e90 = tensor.empty() : tensor<1024x128xf32>
    %f91 = linalg.fill ins(%c89 : f32) outs(%e90 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm92 = linalg.matmul ins(%v88, %w6 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f91 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v93 = tensor.expand_shape %mm92 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v94 = tensor.expand_shape %v93 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %v95 = tensor.collapse_shape %v79 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c96 = arith.constant 0x00000000 : f32
    %e97 = tensor.empty() : tensor<1024x128xf32>
    %f98 = linalg.fill ins(%c96 : f32) outs(%e97 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm99 = linalg.matmul ins(%v95, %w7 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f98 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v100 = tensor.expand_shape %mm99 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v101 = tensor.expand_shape %v100 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %e102 = tensor.empty() : tensor<16x2x64x64xf32>
    %g105 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v87 : tensor<16x64x2x64xf32>) outs(%e102 : tensor<16x2x64x64xf32>) {
      ^bb0(%a103: f32, %o104: f32):
      linalg.yield %a103 : f32
    } -> tensor<16x2x64x64xf32>
    %v106 = msa.rope %g105 rotary(64) {start = 0 : i64, base = 1.00000000000000000e+04 : f64, factor = 1.00000000000000000e+00 : f64} : tensor<16x2x64x64xf32>
    %e107 = tensor.empty() : tensor<16x2x64x64xf32>
    %g110 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v94 : tensor<16x64x2x64xf32>) outs(%e107 : tensor<16x2x64x64xf32>) {
      ^bb0(%a108: f32, %o109: f32):
      linalg.yield %a108 : f32
    } -> tensor<16x2x64x64xf32>
    %v111 = msa.rope %g110 rotary(64) {start = 0 : i64, base = 1.00000000000000000e+04 : f64, factor = 1.00000000000000000e+00 : f64} : tensor<16x2x64x64xf32>
    %v112 = tensor.collapse_shape %g9 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c113 = arith.constant 0x00000000 : f32
    %e114 = tensor.empty() : tensor<1024x128xf32>
    %f115 = linalg.fill ins(%c113 : f32) outs(%e114 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm116 = linalg.matmul ins(%v112, %w6 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f115 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v117 = tensor.expand_shape %mm116 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v118 = tensor.expand_shape %v117 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %v119 = tensor.collapse_shape %g9 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c120 = arith.constant 0x00000000 : f32
    %e121 = tensor.empty() : tensor<1024x128xf32>
    %f122 = linalg.fill ins(%c120 : f32) outs(%e121 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm123 = linalg.matmul ins(%v119, %w7 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f122 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v124 = tensor.expand_shape %mm123 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v125 = tensor.expand_shape %v124 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %e126 = tensor.empty() : tensor<16x2x64x64xf32>
    %g129 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v101 : tensor<16x64x2x64xf32>) outs(%e126 : tensor<16x2x64x64xf32>) {
      ^bb0(%a127: f32, %o128: f32):
      linalg.yield %a127 : f32
    } -> tensor<16x2x64x64xf32>
    %e130 = tensor.empty() : tensor<16x2x64x64xf32>
    %g133 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v118 : tensor<16x64x2x64xf32>) outs(%e130 : tensor<16x2x64x64xf32>) {
      ^bb0(%a131: f32, %o132: f32):
      linalg.yield %a131 : f32
    } -> tensor<16x2x64x64xf32>
    %e134 = tensor.empty() : tensor<16x2x64x64xf32>
    %g137 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v125 : tensor<16x64x2x64xf32>) outs(%e134 : tensor<16x2x64x64xf32>) {
      ^bb0(%a135: f32, %o136: f32):
      linalg.yield %a135 : f32
    } -> tensor<16x2x64x64xf32>
    %att138, %lse139 = msa.attend ins(%v106, %v111, %g129 : tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>) bank(%g133, %g137 : tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>) bias(%w8 : tensor<2xf32>) position(%in1 : tensor<16xi64>) length(%in2 : tensor<16xi64>) pattern(#msa.causal) scale(1.25000000000000000e-01) -> tensor<16x2x64x64xf32>, tensor<16x2x64xf32>
    %e140 = tensor.empty() : tensor<16x64x2x64xf32>
    %g143 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%att138 : tensor<16x2x64x64xf32>) outs(%e140 : tensor<16x64x2x64xf32>) {
      ^bb0(%a141: f32, %o142: f32):
      linalg.yield %a141 : f32
    } -> tensor<16x64x2x64xf32>
    %v144 = tensor.collapse_shape %g143 [[0], [1], [2, 3]] : tensor<16x64x2x64xf32> into tensor<16x64x128xf32>
    %v145 = tensor.collapse_shape %v144 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c146 = arith.constant 0x00000000 : f32
    %e147 = tensor.empty() : tensor<1024x128xf32>
    %f148 = linalg.fill ins(%c146 : f32) outs(%e147 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm149 = linalg.matmul ins(%v145, %w9 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f148 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v150 = tensor.expand_shape %mm149 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %e151 = tensor.empty() : tensor<16x2x64x64xf32>
    %g154 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v94 : tensor<16x64x2x64xf32>) outs(%e151 : tensor<16x2x64x64xf32>) {
      ^bb0(%a152: f32, %o153: f32):
      linalg.yield %a152 : f32
    } -> tensor<16x2x64x64xf32>
    %e155 = tensor.empty() : tensor<16x2x64x64xf32>
    %g158 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v101 : tensor<16x64x2x64xf32>) outs(%e155 : tensor<16x2x64x64xf32>) {
      ^bb0(%a156: f32, %o157: f32):
      linalg.yield %a156 : f32
    } -> tensor<16x2x64x64xf32>
    %att159, %lse160 = msa.attend ins(%w10, %g154, %g158 : tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>) length(%in2 : tensor<16xi64>) pattern(#msa.full) scale(1.25000000000000000e-01) -> tensor<16x2x64x64xf32>, tensor<16x2x64xf32>
    %e161 = tensor.empty() : tensor<16x64x2x64xf32>
    %g164 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%att159 : tensor<16x2x64x64xf32>) outs(%e161 : tensor<16x64x2x64xf32>) {
      ^bb0(%a162: f32, %o163: f32):
      linalg.yield %a162 : f32
    } -> tensor<16x64x2x64xf32>
    %v165 = tensor.collapse_shape %g164 [[0], [1], [2, 3]] : tensor<16x64x2x64xf32> into tensor<16x64x128xf32>
    %v166 = tensor.expand_shape %w14 [[0, 1]] output_shape [128, 1] : tensor<128xf32> into tensor<128x1xf32>
    %v167 = tensor.expand_shape %w15 [[0, 1]] output_shape [128, 1] : tensor<128xf32> into tensor<128x1xf32>
    %v168 = tensor.expand_shape %w16 [] output_shape [1] : tensor<f32> into tensor<1xf32>
    %v169 = msa.bank_write %g9, %v165 gate(#msa.gru<perSlot = true, stretch = 1.00000000000000006e-01 : f64>) weights(%w11, %w12, %w13, %v166, %v167, %v168, %w17, %w18, %w19 : tensor<128x128xf32>, tensor<128x128xf32>, tensor<128xf32>, tensor<128x1xf32>, tensor<128x1xf32>, tensor<1xf32>, tensor<128x128xf32>, tensor<128x128xf32>, tensor<128xf32>) length(%in2 : tensor<16xi64>) : tensor<16x64x128xf32>, tensor<16x64x128xf32> -> tensor<16x64x128xf32>
    %e170 = tensor.empty() : tensor<16x64x128xf32>
    %g175 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v150, %g51 : tensor<16x64x128xf32>, tensor<16x64x128xf32>) outs(%e170 : tensor<16x64x128xf32>) {
      ^bb0(%a171: f32, %a172: f32, %o173: f32):
      %s174 = arith.addf %a172, %a171 : f32
      linalg.yield %s174 : f32
    } -> tensor<16x64x128xf32>
    %c176 = arith.constant 0x00000000 : f32
    %e177 = tensor.empty() : tensor<16x64xf32>
    %f178 = linalg.fill ins(%c176 : f32) outs(%e177 : tensor<16x64xf32>) -> tensor<16x64xf32>
    %g183 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%g175 : tensor<16x64x128xf32>) outs(%f178 : tensor<16x64xf32>) {
      ^bb0(%a179: f32, %o180: f32):
      %s181 = arith.mulf %a179, %a179 : f32
      %s182 = arith.addf %o180, %s181 : f32
      linalg.yield %s182 : f32
    } -> tensor<16x64xf32>
    %e184 = tensor.empty() : tensor<16x64xf32>
    %g194 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%g183 : tensor<16x64xf32>) outs(%e184 : tensor<16x64xf32>) {
      ^bb0(%a185: f32, %o186: f32):
      %s187 = arith.constant 0x3727C5AC : f32
      %s188 = arith.constant 0x43000000 : f32
      %s189 = arith.divf %a185, %s188 : f32
      %s190 = arith.addf %s189, %s187 : f32
      %s191 = math.sqrt %s190 : f32
      %s192 = arith.constant 0x3F800000 : f32
      %s193 = arith.divf %s192, %s191 : f32
      linalg.yield %s193 : f32
    } -> tensor<16x64xf32>
    %e195 = tensor.empty() : tensor<16x64x128xf32>
    %g202 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%w20, %g194, %g175 : tensor<128xf32>, tensor<16x64xf32>, tensor<16x64x128xf32>) outs(%e195 : tensor<16x64x128xf32>) {
      ^bb0(%a196: f32, %a197: f32, %a198: f32, %o199: f32):
      %s200 = arith.mulf %a198, %a197 : f32
      %s201 = arith.mulf %s200, %a196 : f32
      linalg.yield %s201 : f32
    } -> tensor<16x64x128xf32>
    %v203 = tensor.collapse_shape %g202 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c204 = arith.constant 0x00000000 : f32
    %e205 = tensor.empty() : tensor<1024x256xf32>
    %f206 = linalg.fill ins(%c204 : f32) outs(%e205 : tensor<1024x256xf32>) -> tensor<1024x256xf32>
    %mm207 = linalg.matmul ins(%v203, %w21 : tensor<1024x128xf32>, tensor<128x256xf32>) outs(%f206 : tensor<1024x256xf32>) -> tensor<1024x256xf32>
    %v208 = tensor.expand_shape %mm207 [[0, 1], [2]] output_shape [16, 64, 256] : tensor<1024x256xf32> into tensor<16x64x256xf32>
    %e209 = tensor.empty() : tensor<16x64x256xf32>
    %g217 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v208 : tensor<16x64x256xf32>) outs(%e209 : tensor<16x64x256xf32>) {
      ^bb0(%a210: f32, %o211: f32):
      %s212 = arith.negf %a210 : f32
      %s213 = math.exp %s212 : f32
      %s214 = arith.constant 0x3F800000 : f32
      %s215 = arith.addf %s214, %s213 : f32
      %s216 = arith.divf %a210, %s215 : f32
      linalg.yield %s216 : f32
    } -> tensor<16x64x256xf32>
    %v218 = tensor.collapse_shape %g217 [[0, 1], [2]] : tensor<16x64x256xf32> into tensor<1024x256xf32>
    %c219 = arith.constant 0x00000000 : f32
    %e220 = tensor.empty() : tensor<1024x128xf32>
    %f221 = linalg.fill ins(%c219 : f32) outs(%e220 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm222 = linalg.matmul ins(%v218, %w22 : tensor<1024x256xf32>, tensor<256x128xf32>) outs(%f221 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v223 = tensor.expand_shape %mm222 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %e224 = tensor.empty() : tensor<16x64x128xf32>
    %g229 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v223, %g175 : tensor<16x64x128xf32>, tensor<16x64x128xf32>) outs(%e224 : tensor<16x64x128xf32>) {
      ^bb0(%a225: f32, %a226: f32, %o227: f32):
      %s228 = arith.addf %a226, %a225 : f32
      linalg.yield %s228 : f32
    } -> tensor<16x64x128xf32>
    %c230 = arith.constant 0x00000000 : f32
    %e231 = tensor.empty() : tensor<16x64xf32>
    %f232 = linalg.fill ins(%c230 : f32) outs(%e231 : tensor<16x64xf32>) -> tensor<16x64xf32>
    %g237 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%g229 : tensor<16x64x128xf32>) outs(%f232 : tensor<16x64xf32>) {
      ^bb0(%a233: f32, %o234: f32):
      %s235 = arith.mulf %a233, %a233 : f32
      %s236 = arith.addf %o234, %s235 : f32
      linalg.yield %s236 : f32
    } -> tensor<16x64xf32>
    %e238 = tensor.empty() : tensor<16x64xf32>
    %g248 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%g237 : tensor<16x64xf32>) outs(%e238 : tensor<16x64xf32>) {
      ^bb0(%a239: f32, %o240: f32):
      %s241 = arith.constant 0x3727C5AC : f32
      %s242 = arith.constant 0x43000000 : f32
      %s243 = arith.divf %a239, %s242 : f32
      %s244 = arith.addf %s243, %s241 : f32
      %s245 = math.sqrt %s244 : f32
      %s246 = arith.constant 0x3F800000 : f32
      %s247 = arith.divf %s246, %s245 : f32
      linalg.yield %s247 : f32
    } -> tensor<16x64xf32>
    %e249 = tensor.empty() : tensor<16x64x128xf32>
    %g256 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%w23, %g248, %g229 : tensor<128xf32>, tensor<16x64xf32>, tensor<16x64x128xf32>) outs(%e249 : tensor<16x64x128xf32>) {
      ^bb0(%a250: f32, %a251: f32, %a252: f32, %o253: f32):
      %s254 = arith.mulf %a252, %a251 : f32
      %s255 = arith.mulf %s254, %a250 : f32
      linalg.yield %s255 : f32
    } -> tensor<16x64x128xf32>
    %v257 = msa.short_conv %g256, %g36, %w24 : tensor<16x64x128xf32>, tensor<16x2x128xf32>, tensor<3x128xf32>
    %v258 = msa.carry %g36, %g256 length(%in2 : tensor<16xi64>) : tensor<16x2x128xf32>, tensor<16x64x128xf32>
    %v259 = tensor.collapse_shape %v257 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c260 = arith.constant 0x00000000 : f32
    %e261 = tensor.empty() : tensor<1024x128xf32>
    %f262 = linalg.fill ins(%c260 : f32) outs(%e261 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm263 = linalg.matmul ins(%v259, %w25 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f262 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v264 = tensor.expand_shape %mm263 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v265 = tensor.expand_shape %v264 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %v266 = tensor.collapse_shape %v257 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c267 = arith.constant 0x00000000 : f32
    %e268 = tensor.empty() : tensor<1024x128xf32>
    %f269 = linalg.fill ins(%c267 : f32) outs(%e268 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm270 = linalg.matmul ins(%v266, %w26 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f269 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v271 = tensor.expand_shape %mm270 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v272 = tensor.expand_shape %v271 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %v273 = tensor.collapse_shape %v257 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c274 = arith.constant 0x00000000 : f32
    %e275 = tensor.empty() : tensor<1024x128xf32>
    %f276 = linalg.fill ins(%c274 : f32) outs(%e275 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm277 = linalg.matmul ins(%v273, %w27 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f276 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v278 = tensor.expand_shape %mm277 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v279 = tensor.expand_shape %v278 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %e280 = tensor.empty() : tensor<16x2x64x64xf32>
    %g283 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v265 : tensor<16x64x2x64xf32>) outs(%e280 : tensor<16x2x64x64xf32>) {
      ^bb0(%a281: f32, %o282: f32):
      linalg.yield %a281 : f32
    } -> tensor<16x2x64x64xf32>
    %v284 = msa.rope %g283 rotary(64) {start = 0 : i64, base = 1.00000000000000000e+04 : f64, factor = 1.00000000000000000e+00 : f64} : tensor<16x2x64x64xf32>
    %e285 = tensor.empty() : tensor<16x2x64x64xf32>
    %g288 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v272 : tensor<16x64x2x64xf32>) outs(%e285 : tensor<16x2x64x64xf32>) {
      ^bb0(%a286: f32, %o287: f32):
      linalg.yield %a286 : f32
    } -> tensor<16x2x64x64xf32>
    %v289 = msa.rope %g288 rotary(64) {start = 0 : i64, base = 1.00000000000000000e+04 : f64, factor = 1.00000000000000000e+00 : f64} : tensor<16x2x64x64xf32>
    %v290 = tensor.collapse_shape %g27 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c291 = arith.constant 0x00000000 : f32
    %e292 = tensor.empty() : tensor<1024x128xf32>
    %f293 = linalg.fill ins(%c291 : f32) outs(%e292 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm294 = linalg.matmul ins(%v290, %w26 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f293 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v295 = tensor.expand_shape %mm294 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v296 = tensor.expand_shape %v295 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %v297 = tensor.collapse_shape %g27 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c298 = arith.constant 0x00000000 : f32
    %e299 = tensor.empty() : tensor<1024x128xf32>
    %f300 = linalg.fill ins(%c298 : f32) outs(%e299 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm301 = linalg.matmul ins(%v297, %w27 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f300 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v302 = tensor.expand_shape %mm301 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v303 = tensor.expand_shape %v302 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %e304 = tensor.empty() : tensor<16x2x64x64xf32>
    %g307 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v279 : tensor<16x64x2x64xf32>) outs(%e304 : tensor<16x2x64x64xf32>) {
      ^bb0(%a305: f32, %o306: f32):
      linalg.yield %a305 : f32
    } -> tensor<16x2x64x64xf32>
    %e308 = tensor.empty() : tensor<16x2x64x64xf32>
    %g311 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v296 : tensor<16x64x2x64xf32>) outs(%e308 : tensor<16x2x64x64xf32>) {
      ^bb0(%a309: f32, %o310: f32):
      linalg.yield %a309 : f32
    } -> tensor<16x2x64x64xf32>
    %e312 = tensor.empty() : tensor<16x2x64x64xf32>
    %g315 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v303 : tensor<16x64x2x64xf32>) outs(%e312 : tensor<16x2x64x64xf32>) {
      ^bb0(%a313: f32, %o314: f32):
      linalg.yield %a313 : f32
    } -> tensor<16x2x64x64xf32>
    %att316, %lse317 = msa.attend ins(%v284, %v289, %g307 : tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>) bank(%g311, %g315 : tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>) bias(%w28 : tensor<2xf32>) position(%in1 : tensor<16xi64>) length(%in2 : tensor<16xi64>) pattern(#msa.causal) scale(1.25000000000000000e-01) -> tensor<16x2x64x64xf32>, tensor<16x2x64xf32>
    %e318 = tensor.empty() : tensor<16x64x2x64xf32>
    %g321 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%att316 : tensor<16x2x64x64xf32>) outs(%e318 : tensor<16x64x2x64xf32>) {
      ^bb0(%a319: f32, %o320: f32):
      linalg.yield %a319 : f32
    } -> tensor<16x64x2x64xf32>
    %v322 = tensor.collapse_shape %g321 [[0], [1], [2, 3]] : tensor<16x64x2x64xf32> into tensor<16x64x128xf32>
    %v323 = tensor.collapse_shape %v322 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c324 = arith.constant 0x00000000 : f32
    %e325 = tensor.empty() : tensor<1024x128xf32>
    %f326 = linalg.fill ins(%c324 : f32) outs(%e325 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm327 = linalg.matmul ins(%v323, %w29 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f326 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v328 = tensor.expand_shape %mm327 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %e329 = tensor.empty() : tensor<16x2x64x64xf32>
    %g332 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v272 : tensor<16x64x2x64xf32>) outs(%e329 : tensor<16x2x64x64xf32>) {
      ^bb0(%a330: f32, %o331: f32):
      linalg.yield %a330 : f32
    } -> tensor<16x2x64x64xf32>
    %e333 = tensor.empty() : tensor<16x2x64x64xf32>
    %g336 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v279 : tensor<16x64x2x64xf32>) outs(%e333 : tensor<16x2x64x64xf32>) {
      ^bb0(%a334: f32, %o335: f32):
      linalg.yield %a334 : f32
    } -> tensor<16x2x64x64xf32>
    %att337, %lse338 = msa.attend ins(%w30, %g332, %g336 : tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>) length(%in2 : tensor<16xi64>) pattern(#msa.full) scale(1.25000000000000000e-01) -> tensor<16x2x64x64xf32>, tensor<16x2x64xf32>
    %e339 = tensor.empty() : tensor<16x64x2x64xf32>
    %g342 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%att337 : tensor<16x2x64x64xf32>) outs(%e339 : tensor<16x64x2x64xf32>) {
      ^bb0(%a340: f32, %o341: f32):
      linalg.yield %a340 : f32
    } -> tensor<16x64x2x64xf32>
    %v343 = tensor.collapse_shape %g342 [[0], [1], [2, 3]] : tensor<16x64x2x64xf32> into tensor<16x64x128xf32>
    %v344 = tensor.expand_shape %w34 [[0, 1]] output_shape [128, 1] : tensor<128xf32> into tensor<128x1xf32>
    %v345 = tensor.expand_shape %w35 [[0, 1]] output_shape [128, 1] : tensor<128xf32> into tensor<128x1xf32>
    %v346 = tensor.expand_shape %w36 [] output_shape [1] : tensor<f32> into tensor<1xf32>
    %v347 = msa.bank_write %g27, %v343 gate(#msa.gru<perSlot = true, stretch = 1.00000000000000006e-01 : f64>) weights(%w31, %w32, %w33, %v344, %v345, %v346, %w37, %w38, %w39 : tensor<128x128xf32>, tensor<128x128xf32>, tensor<128xf32>, tensor<128x1xf32>, tensor<128x1xf32>, tensor<1xf32>, tensor<128x128xf32>, tensor<128x128xf32>, tensor<128xf32>) length(%in2 : tensor<16xi64>) : tensor<16x64x128xf32>, tensor<16x64x128xf32> -> tensor<16x64x128xf32>
    %e348 = tensor.empty() : tensor<16x64x128xf32>
    %g353 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v328, %g229 : tensor<16x64x128xf32>, tensor<16x64x128xf32>) outs(%e348 : tensor<16x64x128xf32>) {
      ^bb0(%a349: f32, %a350: f32, %o351: f32):
      %s352 = arith.addf %a350, %a349 : f32
      linalg.yield %s352 : f32
    } -> tensor<16x64x128xf32>
    %c354 = arith.constant 0x00000000 : f32
    %e355 = tensor.empty() : tensor<16x64xf32>
    %f356 = linalg.fill ins(%c354 : f32) outs(%e355 : tensor<16x64xf32>) -> tensor<16x64xf32>
    %g361 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%g353 : tensor<16x64x128xf32>) outs(%f356 : tensor<16x64xf32>) {
      ^bb0(%a357: f32, %o358: f32):
      %s359 = arith.mulf %a357, %a357 : f32
      %s360 = arith.addf %o358, %s359 : f32
      linalg.yield %s360 : f32
    } -> tensor<16x64xf32>
    %e362 = tensor.empty() : tensor<16x64xf32>
    %g372 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%g361 : tensor<16x64xf32>) outs(%e362 : tensor<16x64xf32>) {
      ^bb0(%a363: f32, %o364: f32):
      %s365 = arith.constant 0x3727C5AC : f32
      %s366 = arith.constant 0x43000000 : f32
      %s367 = arith.divf %a363, %s366 : f32
      %s368 = arith.addf %s367, %s365 : f32
      %s369 = math.sqrt %s368 : f32
      %s370 = arith.constant 0x3F800000 : f32
      %s371 = arith.divf %s370, %s369 : f32
      linalg.yield %s371 : f32
    } -> tensor<16x64xf32>
    %e373 = tensor.empty() : tensor<16x64x128xf32>
    %g380 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%w40, %g372, %g353 : tensor<128xf32>, tensor<16x64xf32>, tensor<16x64x128xf32>) outs(%e373 : tensor<16x64x128xf32>) {
      ^bb0(%a374: f32, %a375: f32, %a376: f32, %o377: f32):
      %s378 = arith.mulf %a376, %a375 : f32
      %s379 = arith.mulf %s378, %a374 : f32
      linalg.yield %s379 : f32
    } -> tensor<16x64x128xf32>
    %v381 = tensor.collapse_shape %g380 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c382 = arith.constant 0x00000000 : f32
    %e383 = tensor.empty() : tensor<1024x256xf32>
    %f384 = linalg.fill ins(%c382 : f32) outs(%e383 : tensor<1024x256xf32>) -> tensor<1024x256xf32>
    %mm385 = linalg.matmul ins(%v381, %w41 : tensor<1024x128xf32>, tensor<128x256xf32>) outs(%f384 : tensor<1024x256xf32>) -> tensor<1024x256xf32>
    %v386 = tensor.expand_shape %mm385 [[0, 1], [2]] output_shape [16, 64, 256] : tensor<1024x256xf32> into tensor<16x64x256xf32>
    %e387 = tensor.empty() : tensor<16x64x256xf32>
    %g395 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v386 : tensor<16x64x256xf32>) outs(%e387 : tensor<16x64x256xf32>) {
      ^bb0(%a388: f32, %o389: f32):
      %s390 = arith.negf %a388 : f32
      %s391 = math.exp %s390 : f32
      %s392 = arith.constant 0x3F800000 : f32
      %s393 = arith.addf %s392, %s391 : f32
      %s394 = arith.divf %a388, %s393 : f32
      linalg.yield %s394 : f32
    } -> tensor<16x64x256xf32>
    %v396 = tensor.collapse_shape %g395 [[0, 1], [2]] : tensor<16x64x256xf32> into tensor<1024x256xf32>
    %c397 = arith.constant 0x00000000 : f32
    %e398 = tensor.empty() : tensor<1024x128xf32>
    %f399 = linalg.fill ins(%c397 : f32) outs(%e398 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm400 = linalg.matmul ins(%v396, %w42 : tensor<1024x256xf32>, tensor<256x128xf32>) outs(%f399 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v401 = tensor.expand_shape %mm400 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %e402 = tensor.empty() : tensor<16x64x128xf32>
    %g407 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v401, %g353 : tensor<16x64x128xf32>, tensor<16x64x128xf32>) outs(%e402 : tensor<16x64x128xf32>) {
      ^bb0(%a403: f32, %a404: f32, %o405: f32):
      %s406 = arith.addf %a404, %a403 : f32
      linalg.yield %s406 : f32
    } -> tensor<16x64x128xf32>
    %c408 = arith.constant 0x00000000 : f32
    %e409 = tensor.empty() : tensor<16x64xf32>
    %f410 = linalg.fill ins(%c408 : f32) outs(%e409 : tensor<16x64xf32>) -> tensor<16x64xf32>
    %g415 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%g407 : tensor<16x64x128xf32>) outs(%f410 : tensor<16x64xf32>) {
      ^bb0(%a411: f32, %o412: f32):
      %s413 = arith.mulf %a411, %a411 : f32
      %s414 = arith.addf %o412, %s413 : f32
      linalg.yield %s414 : f32
    } -> tensor<16x64xf32>
    %e416 = tensor.empty() : tensor<16x64xf32>
    %g426 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%g415 : tensor<16x64xf32>) outs(%e416 : tensor<16x64xf32>) {
      ^bb0(%a417: f32, %o418: f32):
      %s419 = arith.constant 0x3727C5AC : f32
      %s420 = arith.constant 0x43000000 : f32
      %s421 = arith.divf %a417, %s420 : f32
      %s422 = arith.addf %s421, %s419 : f32
      %s423 = math.sqrt %s422 : f32
      %s424 = arith.constant 0x3F800000 : f32
      %s425 = arith.divf %s424, %s423 : f32
      linalg.yield %s425 : f32
    } -> tensor<16x64xf32>
    %e427 = tensor.empty() : tensor<16x64x128xf32>
    %g434 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%w43, %g426, %g407 : tensor<128xf32>, tensor<16x64xf32>, tensor<16x64x128xf32>) outs(%e427 : tensor<16x64x128xf32>) {
      ^bb0(%a428: f32, %a429: f32, %a430: f32, %o431: f32):
      %s432 = arith.mulf %a430, %a429 : f32
      %s433 = arith.mulf %s432, %a428 : f32
      linalg.yield %s433 : f32
    } -> tensor<16x64x128xf32>
    %v435 = tensor.collapse_shape %g434 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c436 = arith.constant 0x00000000 : f32
    %e437 = tensor.empty() : tensor<1024x321xf32>
    %f438 = linalg.fill ins(%c436 : f32) outs(%e437 : tensor<1024x321xf32>) -> tensor<1024x321xf32>
    %mm439 = linalg.matmul ins(%v435, %w44 : tensor<1024x128xf32>, tensor<128x321xf32>) outs(%f438 : tensor<1024x321xf32>) -> tensor<1024x321xf32>
    %v440 = tensor.expand_shape %mm439 [[0, 1], [2]] output_shape [16, 64, 321] : tensor<1024x321xf32> into tensor<16x64x321xf32>
    return %v440, %v169, %v80, %v347, %v258 : tensor<16x64x321xf32>, tensor<16x64x128xf32>, tensor<16x2x128xf32>, tensor<16x64x128xf32>, tensor<16x2x128xf32>
  }
  func.func @remember(%state0: tensor<16x64x128xf32> {msa.state = "layer0_bank"},
      %state1: tensor<16x2x128xf32> {msa.state = "layer0_carry"},
      %state2: tensor<16x64x128xf32> {msa.state = "layer1_bank"},
      %state3: tensor<16x2x128xf32> {msa.state = "layer1_carry"},
      %in0: tensor<16x64xi64> {msa.name = "tokens"},
      %in1: tensor<16xi64> {msa.name = "position"},
      %in2: tensor<16xi64> {msa.name = "length"},
      %w0: tensor<64x128xf32> {msa.constant = "model.blocks.0.attention.bank_start"},
      %w1: tensor<64x128xf32> {msa.constant = "model.blocks.1.attention.bank_start"},
      %w2: tensor<321x128xf32> {msa.constant = "model.embedding.weight"},
      %w3: tensor<128xf32> {msa.constant = "model.blocks.0.norm1.weight"},
      %w4: tensor<3x128xf32> {msa.constant = "model.blocks.0.attention.conv"},
      %w5: tensor<128x128xf32> {msa.constant = "model.blocks.0.attention.q_proj.weight.T"},
      %w6: tensor<128x128xf32> {msa.constant = "model.blocks.0.attention.k_proj.weight.T"},
      %w7: tensor<128x128xf32> {msa.constant = "model.blocks.0.attention.v_proj.weight.T"},
      %w8: tensor<2xf32> {msa.constant = "model.blocks.0.attention.bank_bias"},
      %w9: tensor<128x128xf32> {msa.constant = "model.blocks.0.attention.o_proj.weight.T"},
      %w10: tensor<16x2x64x64xf32> {msa.constant = "model.blocks.0.attention.slot_query"},
      %w11: tensor<128x128xf32> {msa.constant = "model.blocks.0.attention.gate.Wr"},
      %w12: tensor<128x128xf32> {msa.constant = "model.blocks.0.attention.gate.Ur"},
      %w13: tensor<128xf32> {msa.constant = "model.blocks.0.attention.gate.br"},
      %w14: tensor<128xf32> {msa.constant = "model.blocks.0.attention.gate.Wz"},
      %w15: tensor<128xf32> {msa.constant = "model.blocks.0.attention.gate.Uz"},
      %w16: tensor<f32> {msa.constant = "model.blocks.0.attention.gate.bz"},
      %w17: tensor<128x128xf32> {msa.constant = "model.blocks.0.attention.gate.Wn"},
      %w18: tensor<128x128xf32> {msa.constant = "model.blocks.0.attention.gate.Un"},
      %w19: tensor<128xf32> {msa.constant = "model.blocks.0.attention.gate.bn"},
      %w20: tensor<128xf32> {msa.constant = "model.blocks.0.norm2.weight"},
      %w21: tensor<128x256xf32> {msa.constant = "model.blocks.0.mlp.0.weight.T"},
      %w22: tensor<256x128xf32> {msa.constant = "model.blocks.0.mlp.2.weight.T"},
      %w23: tensor<128xf32> {msa.constant = "model.blocks.1.norm1.weight"},
      %w24: tensor<3x128xf32> {msa.constant = "model.blocks.1.attention.conv"},
      %w25: tensor<128x128xf32> {msa.constant = "model.blocks.1.attention.q_proj.weight.T"},
      %w26: tensor<128x128xf32> {msa.constant = "model.blocks.1.attention.k_proj.weight.T"},
      %w27: tensor<128x128xf32> {msa.constant = "model.blocks.1.attention.v_proj.weight.T"},
      %w28: tensor<2xf32> {msa.constant = "model.blocks.1.attention.bank_bias"},
      %w29: tensor<128x128xf32> {msa.constant = "model.blocks.1.attention.o_proj.weight.T"},
      %w30: tensor<16x2x64x64xf32> {msa.constant = "model.blocks.1.attention.slot_query"},
      %w31: tensor<128x128xf32> {msa.constant = "model.blocks.1.attention.gate.Wr"},
      %w32: tensor<128x128xf32> {msa.constant = "model.blocks.1.attention.gate.Ur"},
      %w33: tensor<128xf32> {msa.constant = "model.blocks.1.attention.gate.br"},
      %w34: tensor<128xf32> {msa.constant = "model.blocks.1.attention.gate.Wz"},
      %w35: tensor<128xf32> {msa.constant = "model.blocks.1.attention.gate.Uz"},
      %w36: tensor<f32> {msa.constant = "model.blocks.1.attention.gate.bz"},
      %w37: tensor<128x128xf32> {msa.constant = "model.blocks.1.attention.gate.Wn"},
      %w38: tensor<128x128xf32> {msa.constant = "model.blocks.1.attention.gate.Un"},
      %w39: tensor<128xf32> {msa.constant = "model.blocks.1.attention.gate.bn"},
      %w40: tensor<128xf32> {msa.constant = "model.blocks.1.norm2.weight"},
      %w41: tensor<128x256xf32> {msa.constant = "model.blocks.1.mlp.0.weight.T"},
      %w42: tensor<256x128xf32> {msa.constant = "model.blocks.1.mlp.2.weight.T"},
      %w43: tensor<128xf32> {msa.constant = "model.norm.weight"},
      %w44: tensor<128x321xf32> {msa.constant = "model.head.weight.T"})
      -> (tensor<16x64x128xf32> {msa.state = "layer0_bank"}, tensor<16x2x128xf32> {msa.state = "layer0_carry"}, tensor<16x64x128xf32> {msa.state = "layer1_bank"}, tensor<16x2x128xf32> {msa.state = "layer1_carry"}) {
    %e1 = tensor.empty() : tensor<16x64x128xf32>
    %g9 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%w0, %state0, %in1 : tensor<64x128xf32>, tensor<16x64x128xf32>, tensor<16xi64>) outs(%e1 : tensor<16x64x128xf32>) {
      ^bb0(%a2: f32, %a3: f32, %a4: i64, %o5: f32):
      %s6 = arith.constant 0 : i64
      %s7 = arith.cmpi sgt, %a4, %s6 : i64
      %s8 = arith.select %s7, %a3, %a2 : f32
      linalg.yield %s8 : f32
    } -> tensor<16x64x128xf32>
    %e10 = tensor.empty() : tensor<16x2x128xf32>
    %g18 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%state1, %in1 : tensor<16x2x128xf32>, tensor<16xi64>) outs(%e10 : tensor<16x2x128xf32>) {
      ^bb0(%a11: f32, %a12: i64, %o13: f32):
      %s14 = arith.constant 0x00000000 : f32
      %s15 = arith.constant 0 : i64
      %s16 = arith.cmpi sgt, %a12, %s15 : i64
      %s17 = arith.select %s16, %a11, %s14 : f32
      linalg.yield %s17 : f32
    } -> tensor<16x2x128xf32>
    %e19 = tensor.empty() : tensor<16x64x128xf32>
    %g27 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%w1, %state2, %in1 : tensor<64x128xf32>, tensor<16x64x128xf32>, tensor<16xi64>) outs(%e19 : tensor<16x64x128xf32>) {
      ^bb0(%a20: f32, %a21: f32, %a22: i64, %o23: f32):
      %s24 = arith.constant 0 : i64
      %s25 = arith.cmpi sgt, %a22, %s24 : i64
      %s26 = arith.select %s25, %a21, %a20 : f32
      linalg.yield %s26 : f32
    } -> tensor<16x64x128xf32>
    %e28 = tensor.empty() : tensor<16x2x128xf32>
    %g36 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%state3, %in1 : tensor<16x2x128xf32>, tensor<16xi64>) outs(%e28 : tensor<16x2x128xf32>) {
      ^bb0(%a29: f32, %a30: i64, %o31: f32):
      %s32 = arith.constant 0x00000000 : f32
      %s33 = arith.constant 0 : i64
      %s34 = arith.cmpi sgt, %a30, %s33 : i64
      %s35 = arith.select %s34, %a29, %s32 : f32
      linalg.yield %s35 : f32
    } -> tensor<16x2x128xf32>
    %e37 = tensor.empty() : tensor<16x64x128xf32>
    %g51 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%in0 : tensor<16x64xi64>) outs(%e37 : tensor<16x64x128xf32>) {
      ^bb0(%a38: i64, %o39: f32):
      %s40 = arith.index_cast %a38 : i64 to index
      %s41 = arith.constant 0 : index
      %s42 = arith.constant 321 : index
      %s43 = arith.constant 320 : index
      %s44 = arith.cmpi slt, %s40, %s41 : index
      %s45 = arith.addi %s40, %s42 : index
      %s46 = arith.select %s44, %s45, %s40 : index
      %s47 = arith.maxsi %s46, %s41 : index
      %s48 = arith.minsi %s47, %s43 : index
      %s49 = linalg.index 2 : index
      %s50 = tensor.extract %w2[%s48, %s49] : tensor<321x128xf32>
      linalg.yield %s50 : f32
    } -> tensor<16x64x128xf32>
    %c52 = arith.constant 0x00000000 : f32
    %e53 = tensor.empty() : tensor<16x64xf32>
    %f54 = linalg.fill ins(%c52 : f32) outs(%e53 : tensor<16x64xf32>) -> tensor<16x64xf32>
    %g59 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%g51 : tensor<16x64x128xf32>) outs(%f54 : tensor<16x64xf32>) {
      ^bb0(%a55: f32, %o56: f32):
      %s57 = arith.mulf %a55, %a55 : f32
      %s58 = arith.addf %o56, %s57 : f32
      linalg.yield %s58 : f32
    } -> tensor<16x64xf32>
    %e60 = tensor.empty() : tensor<16x64xf32>
    %g70 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%g59 : tensor<16x64xf32>) outs(%e60 : tensor<16x64xf32>) {
      ^bb0(%a61: f32, %o62: f32):
      %s63 = arith.constant 0x3727C5AC : f32
      %s64 = arith.constant 0x43000000 : f32
      %s65 = arith.divf %a61, %s64 : f32
      %s66 = arith.addf %s65, %s63 : f32
      %s67 = math.sqrt %s66 : f32
      %s68 = arith.constant 0x3F800000 : f32
      %s69 = arith.divf %s68, %s67 : f32
      linalg.yield %s69 : f32
    } -> tensor<16x64xf32>
    %e71 = tensor.empty() : tensor<16x64x128xf32>
    %g78 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%w3, %g70, %g51 : tensor<128xf32>, tensor<16x64xf32>, tensor<16x64x128xf32>) outs(%e71 : tensor<16x64x128xf32>) {
      ^bb0(%a72: f32, %a73: f32, %a74: f32, %o75: f32):
      %s76 = arith.mulf %a74, %a73 : f32
      %s77 = arith.mulf %s76, %a72 : f32
      linalg.yield %s77 : f32
    } -> tensor<16x64x128xf32>
    %v79 = msa.short_conv %g78, %g18, %w4 : tensor<16x64x128xf32>, tensor<16x2x128xf32>, tensor<3x128xf32>
    %v80 = msa.carry %g18, %g78 length(%in2 : tensor<16xi64>) : tensor<16x2x128xf32>, tensor<16x64x128xf32>
    %v81 = tensor.collapse_shape %v79 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c82 = arith.constant 0x00000000 : f32
    %e83 = tensor.empty() : tensor<1024x128xf32>
    %f84 = linalg.fill ins(%c82 : f32) outs(%e83 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm85 = linalg.matmul ins(%v81, %w5 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f84 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v86 = tensor.expand_shape %mm85 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v87 = tensor.expand_shape %v86 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %v88 = tensor.collapse_shape %v79 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c89 = arith.constant 0x00000000 : f32
    %e90 = tensor.empty() : tensor<1024x128xf32>
    %f91 = linalg.fill ins(%c89 : f32) outs(%e90 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm92 = linalg.matmul ins(%v88, %w6 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f91 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v93 = tensor.expand_shape %mm92 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v94 = tensor.expand_shape %v93 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %v95 = tensor.collapse_shape %v79 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c96 = arith.constant 0x00000000 : f32
    %e97 = tensor.empty() : tensor<1024x128xf32>
    %f98 = linalg.fill ins(%c96 : f32) outs(%e97 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm99 = linalg.matmul ins(%v95, %w7 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f98 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v100 = tensor.expand_shape %mm99 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v101 = tensor.expand_shape %v100 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %e102 = tensor.empty() : tensor<16x2x64x64xf32>
    %g105 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v87 : tensor<16x64x2x64xf32>) outs(%e102 : tensor<16x2x64x64xf32>) {
      ^bb0(%a103: f32, %o104: f32):
      linalg.yield %a103 : f32
    } -> tensor<16x2x64x64xf32>
    %v106 = msa.rope %g105 rotary(64) {start = 0 : i64, base = 1.00000000000000000e+04 : f64, factor = 1.00000000000000000e+00 : f64} : tensor<16x2x64x64xf32>
    %e107 = tensor.empty() : tensor<16x2x64x64xf32>
    %g110 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v94 : tensor<16x64x2x64xf32>) outs(%e107 : tensor<16x2x64x64xf32>) {
      ^bb0(%a108: f32, %o109: f32):
      linalg.yield %a108 : f32
    } -> tensor<16x2x64x64xf32>
    %v111 = msa.rope %g110 rotary(64) {start = 0 : i64, base = 1.00000000000000000e+04 : f64, factor = 1.00000000000000000e+00 : f64} : tensor<16x2x64x64xf32>
    %v112 = tensor.collapse_shape %g9 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c113 = arith.constant 0x00000000 : f32
    %e114 = tensor.empty() : tensor<1024x128xf32>
    %f115 = linalg.fill ins(%c113 : f32) outs(%e114 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm116 = linalg.matmul ins(%v112, %w6 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f115 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v117 = tensor.expand_shape %mm116 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v118 = tensor.expand_shape %v117 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %v119 = tensor.collapse_shape %g9 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c120 = arith.constant 0x00000000 : f32
    %e121 = tensor.empty() : tensor<1024x128xf32>
    %f122 = linalg.fill ins(%c120 : f32) outs(%e121 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm123 = linalg.matmul ins(%v119, %w7 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f122 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v124 = tensor.expand_shape %mm123 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v125 = tensor.expand_shape %v124 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %e126 = tensor.empty() : tensor<16x2x64x64xf32>
    %g129 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v101 : tensor<16x64x2x64xf32>) outs(%e126 : tensor<16x2x64x64xf32>) {
      ^bb0(%a127: f32, %o128: f32):
      linalg.yield %a127 : f32
    } -> tensor<16x2x64x64xf32>
    %e130 = tensor.empty() : tensor<16x2x64x64xf32>
    %g133 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v118 : tensor<16x64x2x64xf32>) outs(%e130 : tensor<16x2x64x64xf32>) {
      ^bb0(%a131: f32, %o132: f32):
      linalg.yield %a131 : f32
    } -> tensor<16x2x64x64xf32>
    %e134 = tensor.empty() : tensor<16x2x64x64xf32>
    %g137 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v125 : tensor<16x64x2x64xf32>) outs(%e134 : tensor<16x2x64x64xf32>) {
      ^bb0(%a135: f32, %o136: f32):
      linalg.yield %a135 : f32
    } -> tensor<16x2x64x64xf32>
    %att138, %lse139 = msa.attend ins(%v106, %v111, %g129 : tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>) bank(%g133, %g137 : tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>) bias(%w8 : tensor<2xf32>) position(%in1 : tensor<16xi64>) length(%in2 : tensor<16xi64>) pattern(#msa.causal) scale(1.25000000000000000e-01) -> tensor<16x2x64x64xf32>, tensor<16x2x64xf32>
    %e140 = tensor.empty() : tensor<16x64x2x64xf32>
    %g143 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%att138 : tensor<16x2x64x64xf32>) outs(%e140 : tensor<16x64x2x64xf32>) {
      ^bb0(%a141: f32, %o142: f32):
      linalg.yield %a141 : f32
    } -> tensor<16x64x2x64xf32>
    %v144 = tensor.collapse_shape %g143 [[0], [1], [2, 3]] : tensor<16x64x2x64xf32> into tensor<16x64x128xf32>
    %v145 = tensor.collapse_shape %v144 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c146 = arith.constant 0x00000000 : f32
    %e147 = tensor.empty() : tensor<1024x128xf32>
    %f148 = linalg.fill ins(%c146 : f32) outs(%e147 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm149 = linalg.matmul ins(%v145, %w9 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f148 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v150 = tensor.expand_shape %mm149 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %e151 = tensor.empty() : tensor<16x2x64x64xf32>
    %g154 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v94 : tensor<16x64x2x64xf32>) outs(%e151 : tensor<16x2x64x64xf32>) {
      ^bb0(%a152: f32, %o153: f32):
      linalg.yield %a152 : f32
    } -> tensor<16x2x64x64xf32>
    %e155 = tensor.empty() : tensor<16x2x64x64xf32>
    %g158 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v101 : tensor<16x64x2x64xf32>) outs(%e155 : tensor<16x2x64x64xf32>) {
      ^bb0(%a156: f32, %o157: f32):
      linalg.yield %a156 : f32
    } -> tensor<16x2x64x64xf32>
    %att159, %lse160 = msa.attend ins(%w10, %g154, %g158 : tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>) length(%in2 : tensor<16xi64>) pattern(#msa.full) scale(1.25000000000000000e-01) -> tensor<16x2x64x64xf32>, tensor<16x2x64xf32>
    %e161 = tensor.empty() : tensor<16x64x2x64xf32>
    %g164 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%att159 : tensor<16x2x64x64xf32>) outs(%e161 : tensor<16x64x2x64xf32>) {
      ^bb0(%a162: f32, %o163: f32):
      linalg.yield %a162 : f32
    } -> tensor<16x64x2x64xf32>
    %v165 = tensor.collapse_shape %g164 [[0], [1], [2, 3]] : tensor<16x64x2x64xf32> into tensor<16x64x128xf32>
    %v166 = tensor.expand_shape %w14 [[0, 1]] output_shape [128, 1] : tensor<128xf32> into tensor<128x1xf32>
    %v167 = tensor.expand_shape %w15 [[0, 1]] output_shape [128, 1] : tensor<128xf32> into tensor<128x1xf32>
    %v168 = tensor.expand_shape %w16 [] output_shape [1] : tensor<f32> into tensor<1xf32>
    %v169 = msa.bank_write %g9, %v165 gate(#msa.gru<perSlot = true, stretch = 1.00000000000000006e-01 : f64>) weights(%w11, %w12, %w13, %v166, %v167, %v168, %w17, %w18, %w19 : tensor<128x128xf32>, tensor<128x128xf32>, tensor<128xf32>, tensor<128x1xf32>, tensor<128x1xf32>, tensor<1xf32>, tensor<128x128xf32>, tensor<128x128xf32>, tensor<128xf32>) length(%in2 : tensor<16xi64>) : tensor<16x64x128xf32>, tensor<16x64x128xf32> -> tensor<16x64x128xf32>
    %e170 = tensor.empty() : tensor<16x64x128xf32>
    %g175 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v150, %g51 : tensor<16x64x128xf32>, tensor<16x64x128xf32>) outs(%e170 : tensor<16x64x128xf32>) {
      ^bb0(%a171: f32, %a172: f32, %o173: f32):
      %s174 = arith.addf %a172, %a171 : f32
      linalg.yield %s174 : f32
    } -> tensor<16x64x128xf32>
    %c176 = arith.constant 0x00000000 : f32
    %e177 = tensor.empty() : tensor<16x64xf32>
    %f178 = linalg.fill ins(%c176 : f32) outs(%e177 : tensor<16x64xf32>) -> tensor<16x64xf32>
    %g183 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%g175 : tensor<16x64x128xf32>) outs(%f178 : tensor<16x64xf32>) {
      ^bb0(%a179: f32, %o180: f32):
      %s181 = arith.mulf %a179, %a179 : f32
      %s182 = arith.addf %o180, %s181 : f32
      linalg.yield %s182 : f32
    } -> tensor<16x64xf32>
    %e184 = tensor.empty() : tensor<16x64xf32>
    %g194 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%g183 : tensor<16x64xf32>) outs(%e184 : tensor<16x64xf32>) {
      ^bb0(%a185: f32, %o186: f32):
      %s187 = arith.constant 0x3727C5AC : f32
      %s188 = arith.constant 0x43000000 : f32
      %s189 = arith.divf %a185, %s188 : f32
      %s190 = arith.addf %s189, %s187 : f32
      %s191 = math.sqrt %s190 : f32
      %s192 = arith.constant 0x3F800000 : f32
      %s193 = arith.divf %s192, %s191 : f32
      linalg.yield %s193 : f32
    } -> tensor<16x64xf32>
    %e195 = tensor.empty() : tensor<16x64x128xf32>
    %g202 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%w20, %g194, %g175 : tensor<128xf32>, tensor<16x64xf32>, tensor<16x64x128xf32>) outs(%e195 : tensor<16x64x128xf32>) {
      ^bb0(%a196: f32, %a197: f32, %a198: f32, %o199: f32):
      %s200 = arith.mulf %a198, %a197 : f32
      %s201 = arith.mulf %s200, %a196 : f32
      linalg.yield %s201 : f32
    } -> tensor<16x64x128xf32>
    %v203 = tensor.collapse_shape %g202 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c204 = arith.constant 0x00000000 : f32
    %e205 = tensor.empty() : tensor<1024x256xf32>
    %f206 = linalg.fill ins(%c204 : f32) outs(%e205 : tensor<1024x256xf32>) -> tensor<1024x256xf32>
    %mm207 = linalg.matmul ins(%v203, %w21 : tensor<1024x128xf32>, tensor<128x256xf32>) outs(%f206 : tensor<1024x256xf32>) -> tensor<1024x256xf32>
    %v208 = tensor.expand_shape %mm207 [[0, 1], [2]] output_shape [16, 64, 256] : tensor<1024x256xf32> into tensor<16x64x256xf32>
    %e209 = tensor.empty() : tensor<16x64x256xf32>
    %g217 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v208 : tensor<16x64x256xf32>) outs(%e209 : tensor<16x64x256xf32>) {
      ^bb0(%a210: f32, %o211: f32):
      %s212 = arith.negf %a210 : f32
      %s213 = math.exp %s212 : f32
      %s214 = arith.constant 0x3F800000 : f32
      %s215 = arith.addf %s214, %s213 : f32
      %s216 = arith.divf %a210, %s215 : f32
      linalg.yield %s216 : f32
    } -> tensor<16x64x256xf32>
    %v218 = tensor.collapse_shape %g217 [[0, 1], [2]] : tensor<16x64x256xf32> into tensor<1024x256xf32>
    %c219 = arith.constant 0x00000000 : f32
    %e220 = tensor.empty() : tensor<1024x128xf32>
    %f221 = linalg.fill ins(%c219 : f32) outs(%e220 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm222 = linalg.matmul ins(%v218, %w22 : tensor<1024x256xf32>, tensor<256x128xf32>) outs(%f221 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v223 = tensor.expand_shape %mm222 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %e224 = tensor.empty() : tensor<16x64x128xf32>
    %g229 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v223, %g175 : tensor<16x64x128xf32>, tensor<16x64x128xf32>) outs(%e224 : tensor<16x64x128xf32>) {
      ^bb0(%a225: f32, %a226: f32, %o227: f32):
      %s228 = arith.addf %a226, %a225 : f32
      linalg.yield %s228 : f32
    } -> tensor<16x64x128xf32>
    %c230 = arith.constant 0x00000000 : f32
    %e231 = tensor.empty() : tensor<16x64xf32>
    %f232 = linalg.fill ins(%c230 : f32) outs(%e231 : tensor<16x64xf32>) -> tensor<16x64xf32>
    %g237 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%g229 : tensor<16x64x128xf32>) outs(%f232 : tensor<16x64xf32>) {
      ^bb0(%a233: f32, %o234: f32):
      %s235 = arith.mulf %a233, %a233 : f32
      %s236 = arith.addf %o234, %s235 : f32
      linalg.yield %s236 : f32
    } -> tensor<16x64xf32>
    %e238 = tensor.empty() : tensor<16x64xf32>
    %g248 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%g237 : tensor<16x64xf32>) outs(%e238 : tensor<16x64xf32>) {
      ^bb0(%a239: f32, %o240: f32):
      %s241 = arith.constant 0x3727C5AC : f32
      %s242 = arith.constant 0x43000000 : f32
      %s243 = arith.divf %a239, %s242 : f32
      %s244 = arith.addf %s243, %s241 : f32
      %s245 = math.sqrt %s244 : f32
      %s246 = arith.constant 0x3F800000 : f32
      %s247 = arith.divf %s246, %s245 : f32
      linalg.yield %s247 : f32
    } -> tensor<16x64xf32>
    %e249 = tensor.empty() : tensor<16x64x128xf32>
    %g256 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%w23, %g248, %g229 : tensor<128xf32>, tensor<16x64xf32>, tensor<16x64x128xf32>) outs(%e249 : tensor<16x64x128xf32>) {
      ^bb0(%a250: f32, %a251: f32, %a252: f32, %o253: f32):
      %s254 = arith.mulf %a252, %a251 : f32
      %s255 = arith.mulf %s254, %a250 : f32
      linalg.yield %s255 : f32
    } -> tensor<16x64x128xf32>
    %v257 = msa.short_conv %g256, %g36, %w24 : tensor<16x64x128xf32>, tensor<16x2x128xf32>, tensor<3x128xf32>
    %v258 = msa.carry %g36, %g256 length(%in2 : tensor<16xi64>) : tensor<16x2x128xf32>, tensor<16x64x128xf32>
    %v259 = tensor.collapse_shape %v257 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c260 = arith.constant 0x00000000 : f32
    %e261 = tensor.empty() : tensor<1024x128xf32>
    %f262 = linalg.fill ins(%c260 : f32) outs(%e261 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm263 = linalg.matmul ins(%v259, %w25 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f262 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v264 = tensor.expand_shape %mm263 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v265 = tensor.expand_shape %v264 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %v266 = tensor.collapse_shape %v257 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c267 = arith.constant 0x00000000 : f32
    %e268 = tensor.empty() : tensor<1024x128xf32>
    %f269 = linalg.fill ins(%c267 : f32) outs(%e268 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm270 = linalg.matmul ins(%v266, %w26 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f269 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v271 = tensor.expand_shape %mm270 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v272 = tensor.expand_shape %v271 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %v273 = tensor.collapse_shape %v257 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c274 = arith.constant 0x00000000 : f32
    %e275 = tensor.empty() : tensor<1024x128xf32>
    %f276 = linalg.fill ins(%c274 : f32) outs(%e275 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm277 = linalg.matmul ins(%v273, %w27 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f276 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v278 = tensor.expand_shape %mm277 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v279 = tensor.expand_shape %v278 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %e280 = tensor.empty() : tensor<16x2x64x64xf32>
    %g283 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v265 : tensor<16x64x2x64xf32>) outs(%e280 : tensor<16x2x64x64xf32>) {
      ^bb0(%a281: f32, %o282: f32):
      linalg.yield %a281 : f32
    } -> tensor<16x2x64x64xf32>
    %v284 = msa.rope %g283 rotary(64) {start = 0 : i64, base = 1.00000000000000000e+04 : f64, factor = 1.00000000000000000e+00 : f64} : tensor<16x2x64x64xf32>
    %e285 = tensor.empty() : tensor<16x2x64x64xf32>
    %g288 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v272 : tensor<16x64x2x64xf32>) outs(%e285 : tensor<16x2x64x64xf32>) {
      ^bb0(%a286: f32, %o287: f32):
      linalg.yield %a286 : f32
    } -> tensor<16x2x64x64xf32>
    %v289 = msa.rope %g288 rotary(64) {start = 0 : i64, base = 1.00000000000000000e+04 : f64, factor = 1.00000000000000000e+00 : f64} : tensor<16x2x64x64xf32>
    %v290 = tensor.collapse_shape %g27 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c291 = arith.constant 0x00000000 : f32
    %e292 = tensor.empty() : tensor<1024x128xf32>
    %f293 = linalg.fill ins(%c291 : f32) outs(%e292 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm294 = linalg.matmul ins(%v290, %w26 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f293 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v295 = tensor.expand_shape %mm294 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v296 = tensor.expand_shape %v295 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %v297 = tensor.collapse_shape %g27 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c298 = arith.constant 0x00000000 : f32
    %e299 = tensor.empty() : tensor<1024x128xf32>
    %f300 = linalg.fill ins(%c298 : f32) outs(%e299 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm301 = linalg.matmul ins(%v297, %w27 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f300 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v302 = tensor.expand_shape %mm301 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v303 = tensor.expand_shape %v302 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %e304 = tensor.empty() : tensor<16x2x64x64xf32>
    %g307 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v279 : tensor<16x64x2x64xf32>) outs(%e304 : tensor<16x2x64x64xf32>) {
      ^bb0(%a305: f32, %o306: f32):
      linalg.yield %a305 : f32
    } -> tensor<16x2x64x64xf32>
    %e308 = tensor.empty() : tensor<16x2x64x64xf32>
    %g311 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v296 : tensor<16x64x2x64xf32>) outs(%e308 : tensor<16x2x64x64xf32>) {
      ^bb0(%a309: f32, %o310: f32):
      linalg.yield %a309 : f32
    } -> tensor<16x2x64x64xf32>
    %e312 = tensor.empty() : tensor<16x2x64x64xf32>
    %g315 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v303 : tensor<16x64x2x64xf32>) outs(%e312 : tensor<16x2x64x64xf32>) {
      ^bb0(%a313: f32, %o314: f32):
      linalg.yield %a313 : f32
    } -> tensor<16x2x64x64xf32>
    %att316, %lse317 = msa.attend ins(%v284, %v289, %g307 : tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>) bank(%g311, %g315 : tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>) bias(%w28 : tensor<2xf32>) position(%in1 : tensor<16xi64>) length(%in2 : tensor<16xi64>) pattern(#msa.causal) scale(1.25000000000000000e-01) -> tensor<16x2x64x64xf32>, tensor<16x2x64xf32>
    %e318 = tensor.empty() : tensor<16x64x2x64xf32>
    %g321 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%att316 : tensor<16x2x64x64xf32>) outs(%e318 : tensor<16x64x2x64xf32>) {
      ^bb0(%a319: f32, %o320: f32):
      linalg.yield %a319 : f32
    } -> tensor<16x64x2x64xf32>
    %v322 = tensor.collapse_shape %g321 [[0], [1], [2, 3]] : tensor<16x64x2x64xf32> into tensor<16x64x128xf32>
    %v323 = tensor.collapse_shape %v322 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c324 = arith.constant 0x00000000 : f32
    %e325 = tensor.empty() : tensor<1024x128xf32>
    %f326 = linalg.fill ins(%c324 : f32) outs(%e325 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm327 = linalg.matmul ins(%v323, %w29 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f326 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v328 = tensor.expand_shape %mm327 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %e329 = tensor.empty() : tensor<16x2x64x64xf32>
    %g332 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v272 : tensor<16x64x2x64xf32>) outs(%e329 : tensor<16x2x64x64xf32>) {
      ^bb0(%a330: f32, %o331: f32):
      linalg.yield %a330 : f32
    } -> tensor<16x2x64x64xf32>
    %e333 = tensor.empty() : tensor<16x2x64x64xf32>
    %g336 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v279 : tensor<16x64x2x64xf32>) outs(%e333 : tensor<16x2x64x64xf32>) {
      ^bb0(%a334: f32, %o335: f32):
      linalg.yield %a334 : f32
    } -> tensor<16x2x64x64xf32>
    %att337, %lse338 = msa.attend ins(%w30, %g332, %g336 : tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>) length(%in2 : tensor<16xi64>) pattern(#msa.full) scale(1.25000000000000000e-01) -> tensor<16x2x64x64xf32>, tensor<16x2x64xf32>
    %e339 = tensor.empty() : tensor<16x64x2x64xf32>
    %g342 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%att337 : tensor<16x2x64x64xf32>) outs(%e339 : tensor<16x64x2x64xf32>) {
      ^bb0(%a340: f32, %o341: f32):
      linalg.yield %a340 : f32
    } -> tensor<16x64x2x64xf32>
    %v343 = tensor.collapse_shape %g342 [[0], [1], [2, 3]] : tensor<16x64x2x64xf32> into tensor<16x64x128xf32>
    %v344 = tensor.expand_shape %w34 [[0, 1]] output_shape [128, 1] : tensor<128xf32> into tensor<128x1xf32>
    %v345 = tensor.expand_shape %w35 [[0, 1]] output_shape [128, 1] : tensor<128xf32> into tensor<128x1xf32>
    %v346 = tensor.expand_shape %w36 [] output_shape [1] : tensor<f32> into tensor<1xf32>
    %v347 = msa.bank_write %g27, %v343 gate(#msa.gru<perSlot = true, stretch = 1.00000000000000006e-01 : f64>) weights(%w31, %w32, %w33, %v344, %v345, %v346, %w37, %w38, %w39 : tensor<128x128xf32>, tensor<128x128xf32>, tensor<128xf32>, tensor<128x1xf32>, tensor<128x1xf32>, tensor<1xf32>, tensor<128x128xf32>, tensor<128x128xf32>, tensor<128xf32>) length(%in2 : tensor<16xi64>) : tensor<16x64x128xf32>, tensor<16x64x128xf32> -> tensor<16x64x128xf32>
    %e348 = tensor.empty() : tensor<16x64x128xf32>
    %g353 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v328, %g229 : tensor<16x64x128xf32>, tensor<16x64x128xf32>) outs(%e348 : tensor<16x64x128xf32>) {
      ^bb0(%a349: f32, %a350: f32, %o351: f32):
      %s352 = arith.addf %a350, %a349 : f32
      linalg.yield %s352 : f32
    } -> tensor<16x64x128xf32>
    %c354 = arith.constant 0x00000000 : f32
    %e355 = tensor.empty() : tensor<16x64xf32>
    %f356 = linalg.fill ins(%c354 : f32) outs(%e355 : tensor<16x64xf32>) -> tensor<16x64xf32>
    %g361 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%g353 : tensor<16x64x128xf32>) outs(%f356 : tensor<16x64xf32>) {
      ^bb0(%a357: f32, %o358: f32):
      %s359 = arith.mulf %a357, %a357 : f32
      %s360 = arith.addf %o358, %s359 : f32
      linalg.yield %s360 : f32
    } -> tensor<16x64xf32>
    %e362 = tensor.empty() : tensor<16x64xf32>
    %g372 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%g361 : tensor<16x64xf32>) outs(%e362 : tensor<16x64xf32>) {
      ^bb0(%a363: f32, %o364: f32):
      %s365 = arith.constant 0x3727C5AC : f32
      %s366 = arith.constant 0x43000000 : f32
      %s367 = arith.divf %a363, %s366 : f32
      %s368 = arith.addf %s367, %s365 : f32
      %s369 = math.sqrt %s368 : f32
      %s370 = arith.constant 0x3F800000 : f32
      %s371 = arith.divf %s370, %s369 : f32
      linalg.yield %s371 : f32
    } -> tensor<16x64xf32>
    %e373 = tensor.empty() : tensor<16x64x128xf32>
    %g380 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%w40, %g372, %g353 : tensor<128xf32>, tensor<16x64xf32>, tensor<16x64x128xf32>) outs(%e373 : tensor<16x64x128xf32>) {
      ^bb0(%a374: f32, %a375: f32, %a376: f32, %o377: f32):
      %s378 = arith.mulf %a376, %a375 : f32
      %s379 = arith.mulf %s378, %a374 : f32
      linalg.yield %s379 : f32
    } -> tensor<16x64x128xf32>
    %v381 = tensor.collapse_shape %g380 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c382 = arith.constant 0x00000000 : f32
    %e383 = tensor.empty() : tensor<1024x256xf32>
    %f384 = linalg.fill ins(%c382 : f32) outs(%e383 : tensor<1024x256xf32>) -> tensor<1024x256xf32>
    %mm385 = linalg.matmul ins(%v381, %w41 : tensor<1024x128xf32>, tensor<128x256xf32>) outs(%f384 : tensor<1024x256xf32>) -> tensor<1024x256xf32>
    %v386 = tensor.expand_shape %mm385 [[0, 1], [2]] output_shape [16, 64, 256] : tensor<1024x256xf32> into tensor<16x64x256xf32>
    %e387 = tensor.empty() : tensor<16x64x256xf32>
    %g395 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v386 : tensor<16x64x256xf32>) outs(%e387 : tensor<16x64x256xf32>) {
      ^bb0(%a388: f32, %o389: f32):
      %s390 = arith.negf %a388 : f32
      %s391 = math.exp %s390 : f32
      %s392 = arith.constant 0x3F800000 : f32
      %s393 = arith.addf %s392, %s391 : f32
      %s394 = arith.divf %a388, %s393 : f32
      linalg.yield %s394 : f32
    } -> tensor<16x64x256xf32>
    %v396 = tensor.collapse_shape %g395 [[0, 1], [2]] : tensor<16x64x256xf32> into tensor<1024x256xf32>
    %c397 = arith.constant 0x00000000 : f32
    %e398 = tensor.empty() : tensor<1024x128xf32>
    %f399 = linalg.fill ins(%c397 : f32) outs(%e398 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm400 = linalg.matmul ins(%v396, %w42 : tensor<1024x256xf32>, tensor<256x128xf32>) outs(%f399 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v401 = tensor.expand_shape %mm400 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %e402 = tensor.empty() : tensor<16x64x128xf32>
    %g407 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v401, %g353 : tensor<16x64x128xf32>, tensor<16x64x128xf32>) outs(%e402 : tensor<16x64x128xf32>) {
      ^bb0(%a403: f32, %a404: f32, %o405: f32):
      %s406 = arith.addf %a404, %a403 : f32
      linalg.yield %s406 : f32
    } -> tensor<16x64x128xf32>
    %c408 = arith.constant 0x00000000 : f32
    %e409 = tensor.empty() : tensor<16x64xf32>
    %f410 = linalg.fill ins(%c408 : f32) outs(%e409 : tensor<16x64xf32>) -> tensor<16x64xf32>
    %g415 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%g407 : tensor<16x64x128xf32>) outs(%f410 : tensor<16x64xf32>) {
      ^bb0(%a411: f32, %o412: f32):
      %s413 = arith.mulf %a411, %a411 : f32
      %s414 = arith.addf %o412, %s413 : f32
      linalg.yield %s414 : f32
    } -> tensor<16x64xf32>
    %e416 = tensor.empty() : tensor<16x64xf32>
    %g426 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%g415 : tensor<16x64xf32>) outs(%e416 : tensor<16x64xf32>) {
      ^bb0(%a417: f32, %o418: f32):
      %s419 = arith.constant 0x3727C5AC : f32
      %s420 = arith.constant 0x43000000 : f32
      %s421 = arith.divf %a417, %s420 : f32
      %s422 = arith.addf %s421, %s419 : f32
      %s423 = math.sqrt %s422 : f32
      %s424 = arith.constant 0x3F800000 : f32
      %s425 = arith.divf %s424, %s423 : f32
      linalg.yield %s425 : f32
    } -> tensor<16x64xf32>
    %e427 = tensor.empty() : tensor<16x64x128xf32>
    %g434 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%w43, %g426, %g407 : tensor<128xf32>, tensor<16x64xf32>, tensor<16x64x128xf32>) outs(%e427 : tensor<16x64x128xf32>) {
      ^bb0(%a428: f32, %a429: f32, %a430: f32, %o431: f32):
      %s432 = arith.mulf %a430, %a429 : f32
      %s433 = arith.mulf %s432, %a428 : f32
      linalg.yield %s433 : f32
    } -> tensor<16x64x128xf32>
    %v435 = tensor.collapse_shape %g434 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c436 = arith.constant 0x00000000 : f32
    %e437 = tensor.empty() : tensor<1024x321xf32>
    %f438 = linalg.fill ins(%c436 : f32) outs(%e437 : tensor<1024x321xf32>) -> tensor<1024x321xf32>
    %mm439 = linalg.matmul ins(%v435, %w44 : tensor<1024x128xf32>, tensor<128x321xf32>) outs(%f438 : tensor<1024x321xf32>) -> tensor<1024x321xf32>
    %v440 = tensor.expand_shape %mm439 [[0, 1], [2]] output_shape [16, 64, 321] : tensor<1024x321xf32> into tensor<16x64x321xf32>
    return %v169, %v80, %v347, %v258 : tensor<16x64x128xf32>, tensor<16x2x128xf32>, tensor<16x64x128xf32>, tensor<16x2x128xf32>
  }
}
