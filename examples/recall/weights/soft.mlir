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
      %w14: tensor<128x128xf32> {msa.constant = "model.blocks.0.attention.gate.Wz"},
      %w15: tensor<128x128xf32> {msa.constant = "model.blocks.0.attention.gate.Uz"},
      %w16: tensor<128xf32> {msa.constant = "model.blocks.0.attention.gate.bz"},
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
      %w34: tensor<128x128xf32> {msa.constant = "model.blocks.1.attention.gate.Wz"},
      %w35: tensor<128x128xf32> {msa.constant = "model.blocks.1.attention.gate.Uz"},
      %w36: tensor<128xf32> {msa.constant = "model.blocks.1.attention.gate.bz"},
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
    %v166 = msa.bank_write %g9, %v165 gate(#msa.gru<perSlot = false, stretch = 0.00000000000000000e+00 : f64>) weights(%w11, %w12, %w13, %w14, %w15, %w16, %w17, %w18, %w19 : tensor<128x128xf32>, tensor<128x128xf32>, tensor<128xf32>, tensor<128x128xf32>, tensor<128x128xf32>, tensor<128xf32>, tensor<128x128xf32>, tensor<128x128xf32>, tensor<128xf32>) length(%in2 : tensor<16xi64>) : tensor<16x64x128xf32>, tensor<16x64x128xf32> -> tensor<16x64x128xf32>
    %e167 = tensor.empty() : tensor<16x64x128xf32>
    %g172 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v150, %g51 : tensor<16x64x128xf32>, tensor<16x64x128xf32>) outs(%e167 : tensor<16x64x128xf32>) {
      ^bb0(%a168: f32, %a169: f32, %o170: f32):
      %s171 = arith.addf %a169, %a168 : f32
      linalg.yield %s171 : f32
    } -> tensor<16x64x128xf32>
    %c173 = arith.constant 0x00000000 : f32
    %e174 = tensor.empty() : tensor<16x64xf32>
    %f175 = linalg.fill ins(%c173 : f32) outs(%e174 : tensor<16x64xf32>) -> tensor<16x64xf32>
    %g180 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%g172 : tensor<16x64x128xf32>) outs(%f175 : tensor<16x64xf32>) {
      ^bb0(%a176: f32, %o177: f32):
      %s178 = arith.mulf %a176, %a176 : f32
      %s179 = arith.addf %o177, %s178 : f32
      linalg.yield %s179 : f32
    } -> tensor<16x64xf32>
    %e181 = tensor.empty() : tensor<16x64xf32>
    %g191 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%g180 : tensor<16x64xf32>) outs(%e181 : tensor<16x64xf32>) {
      ^bb0(%a182: f32, %o183: f32):
      %s184 = arith.constant 0x3727C5AC : f32
      %s185 = arith.constant 0x43000000 : f32
      %s186 = arith.divf %a182, %s185 : f32
      %s187 = arith.addf %s186, %s184 : f32
      %s188 = math.sqrt %s187 : f32
      %s189 = arith.constant 0x3F800000 : f32
      %s190 = arith.divf %s189, %s188 : f32
      linalg.yield %s190 : f32
    } -> tensor<16x64xf32>
    %e192 = tensor.empty() : tensor<16x64x128xf32>
    %g199 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%w20, %g191, %g172 : tensor<128xf32>, tensor<16x64xf32>, tensor<16x64x128xf32>) outs(%e192 : tensor<16x64x128xf32>) {
      ^bb0(%a193: f32, %a194: f32, %a195: f32, %o196: f32):
      %s197 = arith.mulf %a195, %a194 : f32
      %s198 = arith.mulf %s197, %a193 : f32
      linalg.yield %s198 : f32
    } -> tensor<16x64x128xf32>
    %v200 = tensor.collapse_shape %g199 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c201 = arith.constant 0x00000000 : f32
    %e202 = tensor.empty() : tensor<1024x256xf32>
    %f203 = linalg.fill ins(%c201 : f32) outs(%e202 : tensor<1024x256xf32>) -> tensor<1024x256xf32>
    %mm204 = linalg.matmul ins(%v200, %w21 : tensor<1024x128xf32>, tensor<128x256xf32>) outs(%f203 : tensor<1024x256xf32>) -> tensor<1024x256xf32>
    %v205 = tensor.expand_shape %mm204 [[0, 1], [2]] output_shape [16, 64, 256] : tensor<1024x256xf32> into tensor<16x64x256xf32>
    %e206 = tensor.empty() : tensor<16x64x256xf32>
    %g214 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v205 : tensor<16x64x256xf32>) outs(%e206 : tensor<16x64x256xf32>) {
      ^bb0(%a207: f32, %o208: f32):
      %s209 = arith.negf %a207 : f32
      %s210 = math.exp %s209 : f32
      %s211 = arith.constant 0x3F800000 : f32
      %s212 = arith.addf %s211, %s210 : f32
      %s213 = arith.divf %a207, %s212 : f32
      linalg.yield %s213 : f32
    } -> tensor<16x64x256xf32>
    %v215 = tensor.collapse_shape %g214 [[0, 1], [2]] : tensor<16x64x256xf32> into tensor<1024x256xf32>
    %c216 = arith.constant 0x00000000 : f32
    %e217 = tensor.empty() : tensor<1024x128xf32>
    %f218 = linalg.fill ins(%c216 : f32) outs(%e217 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm219 = linalg.matmul ins(%v215, %w22 : tensor<1024x256xf32>, tensor<256x128xf32>) outs(%f218 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v220 = tensor.expand_shape %mm219 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %e221 = tensor.empty() : tensor<16x64x128xf32>
    %g226 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v220, %g172 : tensor<16x64x128xf32>, tensor<16x64x128xf32>) outs(%e221 : tensor<16x64x128xf32>) {
      ^bb0(%a222: f32, %a223: f32, %o224: f32):
      %s225 = arith.addf %a223, %a222 : f32
      linalg.yield %s225 : f32
    } -> tensor<16x64x128xf32>
    %c227 = arith.constant 0x00000000 : f32
    %e228 = tensor.empty() : tensor<16x64xf32>
    %f229 = linalg.fill ins(%c227 : f32) outs(%e228 : tensor<16x64xf32>) -> tensor<16x64xf32>
    %g234 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%g226 : tensor<16x64x128xf32>) outs(%f229 : tensor<16x64xf32>) {
      ^bb0(%a230: f32, %o231: f32):
      %s232 = arith.mulf %a230, %a230 : f32
      %s233 = arith.addf %o231, %s232 : f32
      linalg.yield %s233 : f32
    } -> tensor<16x64xf32>
    %e235 = tensor.empty() : tensor<16x64xf32>
    %g245 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%g234 : tensor<16x64xf32>) outs(%e235 : tensor<16x64xf32>) {
      ^bb0(%a236: f32, %o237: f32):
      %s238 = arith.constant 0x3727C5AC : f32
      %s239 = arith.constant 0x43000000 : f32
      %s240 = arith.divf %a236, %s239 : f32
      %s241 = arith.addf %s240, %s238 : f32
      %s242 = math.sqrt %s241 : f32
      %s243 = arith.constant 0x3F800000 : f32
      %s244 = arith.divf %s243, %s242 : f32
      linalg.yield %s244 : f32
    } -> tensor<16x64xf32>
    %e246 = tensor.empty() : tensor<16x64x128xf32>
    %g253 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%w23, %g245, %g226 : tensor<128xf32>, tensor<16x64xf32>, tensor<16x64x128xf32>) outs(%e246 : tensor<16x64x128xf32>) {
      ^bb0(%a247: f32, %a248: f32, %a249: f32, %o250: f32):
      %s251 = arith.mulf %a249, %a248 : f32
      %s252 = arith.mulf %s251, %a247 : f32
      linalg.yield %s252 : f32
    } -> tensor<16x64x128xf32>
    %v254 = msa.short_conv %g253, %g36, %w24 : tensor<16x64x128xf32>, tensor<16x2x128xf32>, tensor<3x128xf32>
    %v255 = msa.carry %g36, %g253 length(%in2 : tensor<16xi64>) : tensor<16x2x128xf32>, tensor<16x64x128xf32>
    %v256 = tensor.collapse_shape %v254 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c257 = arith.constant 0x00000000 : f32
    %e258 = tensor.empty() : tensor<1024x128xf32>
    %f259 = linalg.fill ins(%c257 : f32) outs(%e258 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm260 = linalg.matmul ins(%v256, %w25 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f259 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v261 = tensor.expand_shape %mm260 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v262 = tensor.expand_shape %v261 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %v263 = tensor.collapse_shape %v254 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c264 = arith.constant 0x00000000 : f32
    %e265 = tensor.empty() : tensor<1024x128xf32>
    %f266 = linalg.fill ins(%c264 : f32) outs(%e265 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm267 = linalg.matmul ins(%v263, %w26 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f266 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v268 = tensor.expand_shape %mm267 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v269 = tensor.expand_shape %v268 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %v270 = tensor.collapse_shape %v254 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c271 = arith.constant 0x00000000 : f32
    %e272 = tensor.empty() : tensor<1024x128xf32>
    %f273 = linalg.fill ins(%c271 : f32) outs(%e272 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm274 = linalg.matmul ins(%v270, %w27 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f273 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v275 = tensor.expand_shape %mm274 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v276 = tensor.expand_shape %v275 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %e277 = tensor.empty() : tensor<16x2x64x64xf32>
    %g280 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v262 : tensor<16x64x2x64xf32>) outs(%e277 : tensor<16x2x64x64xf32>) {
      ^bb0(%a278: f32, %o279: f32):
      linalg.yield %a278 : f32
    } -> tensor<16x2x64x64xf32>
    %v281 = msa.rope %g280 rotary(64) {start = 0 : i64, base = 1.00000000000000000e+04 : f64, factor = 1.00000000000000000e+00 : f64} : tensor<16x2x64x64xf32>
    %e282 = tensor.empty() : tensor<16x2x64x64xf32>
    %g285 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v269 : tensor<16x64x2x64xf32>) outs(%e282 : tensor<16x2x64x64xf32>) {
      ^bb0(%a283: f32, %o284: f32):
      linalg.yield %a283 : f32
    } -> tensor<16x2x64x64xf32>
    %v286 = msa.rope %g285 rotary(64) {start = 0 : i64, base = 1.00000000000000000e+04 : f64, factor = 1.00000000000000000e+00 : f64} : tensor<16x2x64x64xf32>
    %v287 = tensor.collapse_shape %g27 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c288 = arith.constant 0x00000000 : f32
    %e289 = tensor.empty() : tensor<1024x128xf32>
    %f290 = linalg.fill ins(%c288 : f32) outs(%e289 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm291 = linalg.matmul ins(%v287, %w26 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f290 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v292 = tensor.expand_shape %mm291 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v293 = tensor.expand_shape %v292 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %v294 = tensor.collapse_shape %g27 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c295 = arith.constant 0x00000000 : f32
    %e296 = tensor.empty() : tensor<1024x128xf32>
    %f297 = linalg.fill ins(%c295 : f32) outs(%e296 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm298 = linalg.matmul ins(%v294, %w27 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f297 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v299 = tensor.expand_shape %mm298 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v300 = tensor.expand_shape %v299 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %e301 = tensor.empty() : tensor<16x2x64x64xf32>
    %g304 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v276 : tensor<16x64x2x64xf32>) outs(%e301 : tensor<16x2x64x64xf32>) {
      ^bb0(%a302: f32, %o303: f32):
      linalg.yield %a302 : f32
    } -> tensor<16x2x64x64xf32>
    %e305 = tensor.empty() : tensor<16x2x64x64xf32>
    %g308 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v293 : tensor<16x64x2x64xf32>) outs(%e305 : tensor<16x2x64x64xf32>) {
      ^bb0(%a306: f32, %o307: f32):
      linalg.yield %a306 : f32
    } -> tensor<16x2x64x64xf32>
    %e309 = tensor.empty() : tensor<16x2x64x64xf32>
    %g312 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v300 : tensor<16x64x2x64xf32>) outs(%e309 : tensor<16x2x64x64xf32>) {
      ^bb0(%a310: f32, %o311: f32):
      linalg.yield %a310 : f32
    } -> tensor<16x2x64x64xf32>
    %att313, %lse314 = msa.attend ins(%v281, %v286, %g304 : tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>) bank(%g308, %g312 : tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>) bias(%w28 : tensor<2xf32>) position(%in1 : tensor<16xi64>) length(%in2 : tensor<16xi64>) pattern(#msa.causal) scale(1.25000000000000000e-01) -> tensor<16x2x64x64xf32>, tensor<16x2x64xf32>
    %e315 = tensor.empty() : tensor<16x64x2x64xf32>
    %g318 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%att313 : tensor<16x2x64x64xf32>) outs(%e315 : tensor<16x64x2x64xf32>) {
      ^bb0(%a316: f32, %o317: f32):
      linalg.yield %a316 : f32
    } -> tensor<16x64x2x64xf32>
    %v319 = tensor.collapse_shape %g318 [[0], [1], [2, 3]] : tensor<16x64x2x64xf32> into tensor<16x64x128xf32>
    %v320 = tensor.collapse_shape %v319 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c321 = arith.constant 0x00000000 : f32
    %e322 = tensor.empty() : tensor<1024x128xf32>
    %f323 = linalg.fill ins(%c321 : f32) outs(%e322 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm324 = linalg.matmul ins(%v320, %w29 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f323 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v325 = tensor.expand_shape %mm324 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %e326 = tensor.empty() : tensor<16x2x64x64xf32>
    %g329 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v269 : tensor<16x64x2x64xf32>) outs(%e326 : tensor<16x2x64x64xf32>) {
      ^bb0(%a327: f32, %o328: f32):
      linalg.yield %a327 : f32
    } -> tensor<16x2x64x64xf32>
    %e330 = tensor.empty() : tensor<16x2x64x64xf32>
    %g333 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v276 : tensor<16x64x2x64xf32>) outs(%e330 : tensor<16x2x64x64xf32>) {
      ^bb0(%a331: f32, %o332: f32):
      linalg.yield %a331 : f32
    } -> tensor<16x2x64x64xf32>
    %att334, %lse335 = msa.attend ins(%w30, %g329, %g333 : tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>) length(%in2 : tensor<16xi64>) pattern(#msa.full) scale(1.25000000000000000e-01) -> tensor<16x2x64x64xf32>, tensor<16x2x64xf32>
    %e336 = tensor.empty() : tensor<16x64x2x64xf32>
    %g339 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%att334 : tensor<16x2x64x64xf32>) outs(%e336 : tensor<16x64x2x64xf32>) {
      ^bb0(%a337: f32, %o338: f32):
      linalg.yield %a337 : f32
    } -> tensor<16x64x2x64xf32>
    %v340 = tensor.collapse_shape %g339 [[0], [1], [2, 3]] : tensor<16x64x2x64xf32> into tensor<16x64x128xf32>
    %v341 = msa.bank_write %g27, %v340 gate(#msa.gru<perSlot = false, stretch = 0.00000000000000000e+00 : f64>) weights(%w31, %w32, %w33, %w34, %w35, %w36, %w37, %w38, %w39 : tensor<128x128xf32>, tensor<128x128xf32>, tensor<128xf32>, tensor<128x128xf32>, tensor<128x128xf32>, tensor<128xf32>, tensor<128x128xf32>, tensor<128x128xf32>, tensor<128xf32>) length(%in2 : tensor<16xi64>) : tensor<16x64x128xf32>, tensor<16x64x128xf32> -> tensor<16x64x128xf32>
    %e342 = tensor.empty() : tensor<16x64x128xf32>
    %g347 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v325, %g226 : tensor<16x64x128xf32>, tensor<16x64x128xf32>) outs(%e342 : tensor<16x64x128xf32>) {
      ^bb0(%a343: f32, %a344: f32, %o345: f32):
      %s346 = arith.addf %a344, %a343 : f32
      linalg.yield %s346 : f32
    } -> tensor<16x64x128xf32>
    %c348 = arith.constant 0x00000000 : f32
    %e349 = tensor.empty() : tensor<16x64xf32>
    %f350 = linalg.fill ins(%c348 : f32) outs(%e349 : tensor<16x64xf32>) -> tensor<16x64xf32>
    %g355 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%g347 : tensor<16x64x128xf32>) outs(%f350 : tensor<16x64xf32>) {
      ^bb0(%a351: f32, %o352: f32):
      %s353 = arith.mulf %a351, %a351 : f32
      %s354 = arith.addf %o352, %s353 : f32
      linalg.yield %s354 : f32
    } -> tensor<16x64xf32>
    %e356 = tensor.empty() : tensor<16x64xf32>
    %g366 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%g355 : tensor<16x64xf32>) outs(%e356 : tensor<16x64xf32>) {
      ^bb0(%a357: f32, %o358: f32):
      %s359 = arith.constant 0x3727C5AC : f32
      %s360 = arith.constant 0x43000000 : f32
      %s361 = arith.divf %a357, %s360 : f32
      %s362 = arith.addf %s361, %s359 : f32
      %s363 = math.sqrt %s362 : f32
      %s364 = arith.constant 0x3F800000 : f32
      %s365 = arith.divf %s364, %s363 : f32
      linalg.yield %s365 : f32
    } -> tensor<16x64xf32>
    %e367 = tensor.empty() : tensor<16x64x128xf32>
    %g374 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%w40, %g366, %g347 : tensor<128xf32>, tensor<16x64xf32>, tensor<16x64x128xf32>) outs(%e367 : tensor<16x64x128xf32>) {
      ^bb0(%a368: f32, %a369: f32, %a370: f32, %o371: f32):
      %s372 = arith.mulf %a370, %a369 : f32
      %s373 = arith.mulf %s372, %a368 : f32
      linalg.yield %s373 : f32
    } -> tensor<16x64x128xf32>
    %v375 = tensor.collapse_shape %g374 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c376 = arith.constant 0x00000000 : f32
    %e377 = tensor.empty() : tensor<1024x256xf32>
    %f378 = linalg.fill ins(%c376 : f32) outs(%e377 : tensor<1024x256xf32>) -> tensor<1024x256xf32>
    %mm379 = linalg.matmul ins(%v375, %w41 : tensor<1024x128xf32>, tensor<128x256xf32>) outs(%f378 : tensor<1024x256xf32>) -> tensor<1024x256xf32>
    %v380 = tensor.expand_shape %mm379 [[0, 1], [2]] output_shape [16, 64, 256] : tensor<1024x256xf32> into tensor<16x64x256xf32>
    %e381 = tensor.empty() : tensor<16x64x256xf32>
    %g389 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v380 : tensor<16x64x256xf32>) outs(%e381 : tensor<16x64x256xf32>) {
      ^bb0(%a382: f32, %o383: f32):
      %s384 = arith.negf %a382 : f32
      %s385 = math.exp %s384 : f32
      %s386 = arith.constant 0x3F800000 : f32
      %s387 = arith.addf %s386, %s385 : f32
      %s388 = arith.divf %a382, %s387 : f32
      linalg.yield %s388 : f32
    } -> tensor<16x64x256xf32>
    %v390 = tensor.collapse_shape %g389 [[0, 1], [2]] : tensor<16x64x256xf32> into tensor<1024x256xf32>
    %c391 = arith.constant 0x00000000 : f32
    %e392 = tensor.empty() : tensor<1024x128xf32>
    %f393 = linalg.fill ins(%c391 : f32) outs(%e392 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm394 = linalg.matmul ins(%v390, %w42 : tensor<1024x256xf32>, tensor<256x128xf32>) outs(%f393 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v395 = tensor.expand_shape %mm394 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %e396 = tensor.empty() : tensor<16x64x128xf32>
    %g401 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v395, %g347 : tensor<16x64x128xf32>, tensor<16x64x128xf32>) outs(%e396 : tensor<16x64x128xf32>) {
      ^bb0(%a397: f32, %a398: f32, %o399: f32):
      %s400 = arith.addf %a398, %a397 : f32
      linalg.yield %s400 : f32
    } -> tensor<16x64x128xf32>
    %c402 = arith.constant 0x00000000 : f32
    %e403 = tensor.empty() : tensor<16x64xf32>
    %f404 = linalg.fill ins(%c402 : f32) outs(%e403 : tensor<16x64xf32>) -> tensor<16x64xf32>
    %g409 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%g401 : tensor<16x64x128xf32>) outs(%f404 : tensor<16x64xf32>) {
      ^bb0(%a405: f32, %o406: f32):
      %s407 = arith.mulf %a405, %a405 : f32
      %s408 = arith.addf %o406, %s407 : f32
      linalg.yield %s408 : f32
    } -> tensor<16x64xf32>
    %e410 = tensor.empty() : tensor<16x64xf32>
    %g420 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%g409 : tensor<16x64xf32>) outs(%e410 : tensor<16x64xf32>) {
      ^bb0(%a411: f32, %o412: f32):
      %s413 = arith.constant 0x3727C5AC : f32
      %s414 = arith.constant 0x43000000 : f32
      %s415 = arith.divf %a411, %s414 : f32
      %s416 = arith.addf %s415, %s413 : f32
      %s417 = math.sqrt %s416 : f32
      %s418 = arith.constant 0x3F800000 : f32
      %s419 = arith.divf %s418, %s417 : f32
      linalg.yield %s419 : f32
    } -> tensor<16x64xf32>
    %e421 = tensor.empty() : tensor<16x64x128xf32>
    %g428 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%w43, %g420, %g401 : tensor<128xf32>, tensor<16x64xf32>, tensor<16x64x128xf32>) outs(%e421 : tensor<16x64x128xf32>) {
      ^bb0(%a422: f32, %a423: f32, %a424: f32, %o425: f32):
      %s426 = arith.mulf %a424, %a423 : f32
      %s427 = arith.mulf %s426, %a422 : f32
      linalg.yield %s427 : f32
    } -> tensor<16x64x128xf32>
    %v429 = tensor.collapse_shape %g428 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c430 = arith.constant 0x00000000 : f32
    %e431 = tensor.empty() : tensor<1024x321xf32>
    %f432 = linalg.fill ins(%c430 : f32) outs(%e431 : tensor<1024x321xf32>) -> tensor<1024x321xf32>
    %mm433 = linalg.matmul ins(%v429, %w44 : tensor<1024x128xf32>, tensor<128x321xf32>) outs(%f432 : tensor<1024x321xf32>) -> tensor<1024x321xf32>
    %v434 = tensor.expand_shape %mm433 [[0, 1], [2]] output_shape [16, 64, 321] : tensor<1024x321xf32> into tensor<16x64x321xf32>
    return %v434, %v166, %v80, %v341, %v255 : tensor<16x64x321xf32>, tensor<16x64x128xf32>, tensor<16x2x128xf32>, tensor<16x64x128xf32>, tensor<16x2x128xf32>
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
      %w14: tensor<128x128xf32> {msa.constant = "model.blocks.0.attention.gate.Wz"},
      %w15: tensor<128x128xf32> {msa.constant = "model.blocks.0.attention.gate.Uz"},
      %w16: tensor<128xf32> {msa.constant = "model.blocks.0.attention.gate.bz"},
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
      %w34: tensor<128x128xf32> {msa.constant = "model.blocks.1.attention.gate.Wz"},
      %w35: tensor<128x128xf32> {msa.constant = "model.blocks.1.attention.gate.Uz"},
      %w36: tensor<128xf32> {msa.constant = "model.blocks.1.attention.gate.bz"},
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
    %v166 = msa.bank_write %g9, %v165 gate(#msa.gru<perSlot = false, stretch = 0.00000000000000000e+00 : f64>) weights(%w11, %w12, %w13, %w14, %w15, %w16, %w17, %w18, %w19 : tensor<128x128xf32>, tensor<128x128xf32>, tensor<128xf32>, tensor<128x128xf32>, tensor<128x128xf32>, tensor<128xf32>, tensor<128x128xf32>, tensor<128x128xf32>, tensor<128xf32>) length(%in2 : tensor<16xi64>) : tensor<16x64x128xf32>, tensor<16x64x128xf32> -> tensor<16x64x128xf32>
    %e167 = tensor.empty() : tensor<16x64x128xf32>
    %g172 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v150, %g51 : tensor<16x64x128xf32>, tensor<16x64x128xf32>) outs(%e167 : tensor<16x64x128xf32>) {
      ^bb0(%a168: f32, %a169: f32, %o170: f32):
      %s171 = arith.addf %a169, %a168 : f32
      linalg.yield %s171 : f32
    } -> tensor<16x64x128xf32>
    %c173 = arith.constant 0x00000000 : f32
    %e174 = tensor.empty() : tensor<16x64xf32>
    %f175 = linalg.fill ins(%c173 : f32) outs(%e174 : tensor<16x64xf32>) -> tensor<16x64xf32>
    %g180 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%g172 : tensor<16x64x128xf32>) outs(%f175 : tensor<16x64xf32>) {
      ^bb0(%a176: f32, %o177: f32):
      %s178 = arith.mulf %a176, %a176 : f32
      %s179 = arith.addf %o177, %s178 : f32
      linalg.yield %s179 : f32
    } -> tensor<16x64xf32>
    %e181 = tensor.empty() : tensor<16x64xf32>
    %g191 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%g180 : tensor<16x64xf32>) outs(%e181 : tensor<16x64xf32>) {
      ^bb0(%a182: f32, %o183: f32):
      %s184 = arith.constant 0x3727C5AC : f32
      %s185 = arith.constant 0x43000000 : f32
      %s186 = arith.divf %a182, %s185 : f32
      %s187 = arith.addf %s186, %s184 : f32
      %s188 = math.sqrt %s187 : f32
      %s189 = arith.constant 0x3F800000 : f32
      %s190 = arith.divf %s189, %s188 : f32
      linalg.yield %s190 : f32
    } -> tensor<16x64xf32>
    %e192 = tensor.empty() : tensor<16x64x128xf32>
    %g199 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%w20, %g191, %g172 : tensor<128xf32>, tensor<16x64xf32>, tensor<16x64x128xf32>) outs(%e192 : tensor<16x64x128xf32>) {
      ^bb0(%a193: f32, %a194: f32, %a195: f32, %o196: f32):
      %s197 = arith.mulf %a195, %a194 : f32
      %s198 = arith.mulf %s197, %a193 : f32
      linalg.yield %s198 : f32
    } -> tensor<16x64x128xf32>
    %v200 = tensor.collapse_shape %g199 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c201 = arith.constant 0x00000000 : f32
    %e202 = tensor.empty() : tensor<1024x256xf32>
    %f203 = linalg.fill ins(%c201 : f32) outs(%e202 : tensor<1024x256xf32>) -> tensor<1024x256xf32>
    %mm204 = linalg.matmul ins(%v200, %w21 : tensor<1024x128xf32>, tensor<128x256xf32>) outs(%f203 : tensor<1024x256xf32>) -> tensor<1024x256xf32>
    %v205 = tensor.expand_shape %mm204 [[0, 1], [2]] output_shape [16, 64, 256] : tensor<1024x256xf32> into tensor<16x64x256xf32>
    %e206 = tensor.empty() : tensor<16x64x256xf32>
    %g214 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v205 : tensor<16x64x256xf32>) outs(%e206 : tensor<16x64x256xf32>) {
      ^bb0(%a207: f32, %o208: f32):
      %s209 = arith.negf %a207 : f32
      %s210 = math.exp %s209 : f32
      %s211 = arith.constant 0x3F800000 : f32
      %s212 = arith.addf %s211, %s210 : f32
      %s213 = arith.divf %a207, %s212 : f32
      linalg.yield %s213 : f32
    } -> tensor<16x64x256xf32>
    %v215 = tensor.collapse_shape %g214 [[0, 1], [2]] : tensor<16x64x256xf32> into tensor<1024x256xf32>
    %c216 = arith.constant 0x00000000 : f32
    %e217 = tensor.empty() : tensor<1024x128xf32>
    %f218 = linalg.fill ins(%c216 : f32) outs(%e217 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm219 = linalg.matmul ins(%v215, %w22 : tensor<1024x256xf32>, tensor<256x128xf32>) outs(%f218 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v220 = tensor.expand_shape %mm219 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %e221 = tensor.empty() : tensor<16x64x128xf32>
    %g226 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v220, %g172 : tensor<16x64x128xf32>, tensor<16x64x128xf32>) outs(%e221 : tensor<16x64x128xf32>) {
      ^bb0(%a222: f32, %a223: f32, %o224: f32):
      %s225 = arith.addf %a223, %a222 : f32
      linalg.yield %s225 : f32
    } -> tensor<16x64x128xf32>
    %c227 = arith.constant 0x00000000 : f32
    %e228 = tensor.empty() : tensor<16x64xf32>
    %f229 = linalg.fill ins(%c227 : f32) outs(%e228 : tensor<16x64xf32>) -> tensor<16x64xf32>
    %g234 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%g226 : tensor<16x64x128xf32>) outs(%f229 : tensor<16x64xf32>) {
      ^bb0(%a230: f32, %o231: f32):
      %s232 = arith.mulf %a230, %a230 : f32
      %s233 = arith.addf %o231, %s232 : f32
      linalg.yield %s233 : f32
    } -> tensor<16x64xf32>
    %e235 = tensor.empty() : tensor<16x64xf32>
    %g245 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%g234 : tensor<16x64xf32>) outs(%e235 : tensor<16x64xf32>) {
      ^bb0(%a236: f32, %o237: f32):
      %s238 = arith.constant 0x3727C5AC : f32
      %s239 = arith.constant 0x43000000 : f32
      %s240 = arith.divf %a236, %s239 : f32
      %s241 = arith.addf %s240, %s238 : f32
      %s242 = math.sqrt %s241 : f32
      %s243 = arith.constant 0x3F800000 : f32
      %s244 = arith.divf %s243, %s242 : f32
      linalg.yield %s244 : f32
    } -> tensor<16x64xf32>
    %e246 = tensor.empty() : tensor<16x64x128xf32>
    %g253 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%w23, %g245, %g226 : tensor<128xf32>, tensor<16x64xf32>, tensor<16x64x128xf32>) outs(%e246 : tensor<16x64x128xf32>) {
      ^bb0(%a247: f32, %a248: f32, %a249: f32, %o250: f32):
      %s251 = arith.mulf %a249, %a248 : f32
      %s252 = arith.mulf %s251, %a247 : f32
      linalg.yield %s252 : f32
    } -> tensor<16x64x128xf32>
    %v254 = msa.short_conv %g253, %g36, %w24 : tensor<16x64x128xf32>, tensor<16x2x128xf32>, tensor<3x128xf32>
    %v255 = msa.carry %g36, %g253 length(%in2 : tensor<16xi64>) : tensor<16x2x128xf32>, tensor<16x64x128xf32>
    %v256 = tensor.collapse_shape %v254 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c257 = arith.constant 0x00000000 : f32
    %e258 = tensor.empty() : tensor<1024x128xf32>
    %f259 = linalg.fill ins(%c257 : f32) outs(%e258 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm260 = linalg.matmul ins(%v256, %w25 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f259 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v261 = tensor.expand_shape %mm260 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v262 = tensor.expand_shape %v261 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %v263 = tensor.collapse_shape %v254 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c264 = arith.constant 0x00000000 : f32
    %e265 = tensor.empty() : tensor<1024x128xf32>
    %f266 = linalg.fill ins(%c264 : f32) outs(%e265 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm267 = linalg.matmul ins(%v263, %w26 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f266 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v268 = tensor.expand_shape %mm267 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v269 = tensor.expand_shape %v268 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %v270 = tensor.collapse_shape %v254 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c271 = arith.constant 0x00000000 : f32
    %e272 = tensor.empty() : tensor<1024x128xf32>
    %f273 = linalg.fill ins(%c271 : f32) outs(%e272 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm274 = linalg.matmul ins(%v270, %w27 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f273 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v275 = tensor.expand_shape %mm274 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v276 = tensor.expand_shape %v275 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %e277 = tensor.empty() : tensor<16x2x64x64xf32>
    %g280 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v262 : tensor<16x64x2x64xf32>) outs(%e277 : tensor<16x2x64x64xf32>) {
      ^bb0(%a278: f32, %o279: f32):
      linalg.yield %a278 : f32
    } -> tensor<16x2x64x64xf32>
    %v281 = msa.rope %g280 rotary(64) {start = 0 : i64, base = 1.00000000000000000e+04 : f64, factor = 1.00000000000000000e+00 : f64} : tensor<16x2x64x64xf32>
    %e282 = tensor.empty() : tensor<16x2x64x64xf32>
    %g285 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v269 : tensor<16x64x2x64xf32>) outs(%e282 : tensor<16x2x64x64xf32>) {
      ^bb0(%a283: f32, %o284: f32):
      linalg.yield %a283 : f32
    } -> tensor<16x2x64x64xf32>
    %v286 = msa.rope %g285 rotary(64) {start = 0 : i64, base = 1.00000000000000000e+04 : f64, factor = 1.00000000000000000e+00 : f64} : tensor<16x2x64x64xf32>
    %v287 = tensor.collapse_shape %g27 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c288 = arith.constant 0x00000000 : f32
    %e289 = tensor.empty() : tensor<1024x128xf32>
    %f290 = linalg.fill ins(%c288 : f32) outs(%e289 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm291 = linalg.matmul ins(%v287, %w26 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f290 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v292 = tensor.expand_shape %mm291 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v293 = tensor.expand_shape %v292 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %v294 = tensor.collapse_shape %g27 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c295 = arith.constant 0x00000000 : f32
    %e296 = tensor.empty() : tensor<1024x128xf32>
    %f297 = linalg.fill ins(%c295 : f32) outs(%e296 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm298 = linalg.matmul ins(%v294, %w27 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f297 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v299 = tensor.expand_shape %mm298 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v300 = tensor.expand_shape %v299 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %e301 = tensor.empty() : tensor<16x2x64x64xf32>
    %g304 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v276 : tensor<16x64x2x64xf32>) outs(%e301 : tensor<16x2x64x64xf32>) {
      ^bb0(%a302: f32, %o303: f32):
      linalg.yield %a302 : f32
    } -> tensor<16x2x64x64xf32>
    %e305 = tensor.empty() : tensor<16x2x64x64xf32>
    %g308 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v293 : tensor<16x64x2x64xf32>) outs(%e305 : tensor<16x2x64x64xf32>) {
      ^bb0(%a306: f32, %o307: f32):
      linalg.yield %a306 : f32
    } -> tensor<16x2x64x64xf32>
    %e309 = tensor.empty() : tensor<16x2x64x64xf32>
    %g312 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v300 : tensor<16x64x2x64xf32>) outs(%e309 : tensor<16x2x64x64xf32>) {
      ^bb0(%a310: f32, %o311: f32):
      linalg.yield %a310 : f32
    } -> tensor<16x2x64x64xf32>
    %att313, %lse314 = msa.attend ins(%v281, %v286, %g304 : tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>) bank(%g308, %g312 : tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>) bias(%w28 : tensor<2xf32>) position(%in1 : tensor<16xi64>) length(%in2 : tensor<16xi64>) pattern(#msa.causal) scale(1.25000000000000000e-01) -> tensor<16x2x64x64xf32>, tensor<16x2x64xf32>
    %e315 = tensor.empty() : tensor<16x64x2x64xf32>
    %g318 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%att313 : tensor<16x2x64x64xf32>) outs(%e315 : tensor<16x64x2x64xf32>) {
      ^bb0(%a316: f32, %o317: f32):
      linalg.yield %a316 : f32
    } -> tensor<16x64x2x64xf32>
    %v319 = tensor.collapse_shape %g318 [[0], [1], [2, 3]] : tensor<16x64x2x64xf32> into tensor<16x64x128xf32>
    %v320 = tensor.collapse_shape %v319 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c321 = arith.constant 0x00000000 : f32
    %e322 = tensor.empty() : tensor<1024x128xf32>
    %f323 = linalg.fill ins(%c321 : f32) outs(%e322 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm324 = linalg.matmul ins(%v320, %w29 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f323 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v325 = tensor.expand_shape %mm324 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %e326 = tensor.empty() : tensor<16x2x64x64xf32>
    %g329 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v269 : tensor<16x64x2x64xf32>) outs(%e326 : tensor<16x2x64x64xf32>) {
      ^bb0(%a327: f32, %o328: f32):
      linalg.yield %a327 : f32
    } -> tensor<16x2x64x64xf32>
    %e330 = tensor.empty() : tensor<16x2x64x64xf32>
    %g333 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v276 : tensor<16x64x2x64xf32>) outs(%e330 : tensor<16x2x64x64xf32>) {
      ^bb0(%a331: f32, %o332: f32):
      linalg.yield %a331 : f32
    } -> tensor<16x2x64x64xf32>
    %att334, %lse335 = msa.attend ins(%w30, %g329, %g333 : tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>) length(%in2 : tensor<16xi64>) pattern(#msa.full) scale(1.25000000000000000e-01) -> tensor<16x2x64x64xf32>, tensor<16x2x64xf32>
    %e336 = tensor.empty() : tensor<16x64x2x64xf32>
    %g339 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%att334 : tensor<16x2x64x64xf32>) outs(%e336 : tensor<16x64x2x64xf32>) {
      ^bb0(%a337: f32, %o338: f32):
      linalg.yield %a337 : f32
    } -> tensor<16x64x2x64xf32>
    %v340 = tensor.collapse_shape %g339 [[0], [1], [2, 3]] : tensor<16x64x2x64xf32> into tensor<16x64x128xf32>
    %v341 = msa.bank_write %g27, %v340 gate(#msa.gru<perSlot = false, stretch = 0.00000000000000000e+00 : f64>) weights(%w31, %w32, %w33, %w34, %w35, %w36, %w37, %w38, %w39 : tensor<128x128xf32>, tensor<128x128xf32>, tensor<128xf32>, tensor<128x128xf32>, tensor<128x128xf32>, tensor<128xf32>, tensor<128x128xf32>, tensor<128x128xf32>, tensor<128xf32>) length(%in2 : tensor<16xi64>) : tensor<16x64x128xf32>, tensor<16x64x128xf32> -> tensor<16x64x128xf32>
    %e342 = tensor.empty() : tensor<16x64x128xf32>
    %g347 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v325, %g226 : tensor<16x64x128xf32>, tensor<16x64x128xf32>) outs(%e342 : tensor<16x64x128xf32>) {
      ^bb0(%a343: f32, %a344: f32, %o345: f32):
      %s346 = arith.addf %a344, %a343 : f32
      linalg.yield %s346 : f32
    } -> tensor<16x64x128xf32>
    %c348 = arith.constant 0x00000000 : f32
    %e349 = tensor.empty() : tensor<16x64xf32>
    %f350 = linalg.fill ins(%c348 : f32) outs(%e349 : tensor<16x64xf32>) -> tensor<16x64xf32>
    %g355 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%g347 : tensor<16x64x128xf32>) outs(%f350 : tensor<16x64xf32>) {
      ^bb0(%a351: f32, %o352: f32):
      %s353 = arith.mulf %a351, %a351 : f32
      %s354 = arith.addf %o352, %s353 : f32
      linalg.yield %s354 : f32
    } -> tensor<16x64xf32>
    %e356 = tensor.empty() : tensor<16x64xf32>
    %g366 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%g355 : tensor<16x64xf32>) outs(%e356 : tensor<16x64xf32>) {
      ^bb0(%a357: f32, %o358: f32):
      %s359 = arith.constant 0x3727C5AC : f32
      %s360 = arith.constant 0x43000000 : f32
      %s361 = arith.divf %a357, %s360 : f32
      %s362 = arith.addf %s361, %s359 : f32
      %s363 = math.sqrt %s362 : f32
      %s364 = arith.constant 0x3F800000 : f32
      %s365 = arith.divf %s364, %s363 : f32
      linalg.yield %s365 : f32
    } -> tensor<16x64xf32>
    %e367 = tensor.empty() : tensor<16x64x128xf32>
    %g374 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%w40, %g366, %g347 : tensor<128xf32>, tensor<16x64xf32>, tensor<16x64x128xf32>) outs(%e367 : tensor<16x64x128xf32>) {
      ^bb0(%a368: f32, %a369: f32, %a370: f32, %o371: f32):
      %s372 = arith.mulf %a370, %a369 : f32
      %s373 = arith.mulf %s372, %a368 : f32
      linalg.yield %s373 : f32
    } -> tensor<16x64x128xf32>
    %v375 = tensor.collapse_shape %g374 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c376 = arith.constant 0x00000000 : f32
    %e377 = tensor.empty() : tensor<1024x256xf32>
    %f378 = linalg.fill ins(%c376 : f32) outs(%e377 : tensor<1024x256xf32>) -> tensor<1024x256xf32>
    %mm379 = linalg.matmul ins(%v375, %w41 : tensor<1024x128xf32>, tensor<128x256xf32>) outs(%f378 : tensor<1024x256xf32>) -> tensor<1024x256xf32>
    %v380 = tensor.expand_shape %mm379 [[0, 1], [2]] output_shape [16, 64, 256] : tensor<1024x256xf32> into tensor<16x64x256xf32>
    %e381 = tensor.empty() : tensor<16x64x256xf32>
    %g389 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v380 : tensor<16x64x256xf32>) outs(%e381 : tensor<16x64x256xf32>) {
      ^bb0(%a382: f32, %o383: f32):
      %s384 = arith.negf %a382 : f32
      %s385 = math.exp %s384 : f32
      %s386 = arith.constant 0x3F800000 : f32
      %s387 = arith.addf %s386, %s385 : f32
      %s388 = arith.divf %a382, %s387 : f32
      linalg.yield %s388 : f32
    } -> tensor<16x64x256xf32>
    %v390 = tensor.collapse_shape %g389 [[0, 1], [2]] : tensor<16x64x256xf32> into tensor<1024x256xf32>
    %c391 = arith.constant 0x00000000 : f32
    %e392 = tensor.empty() : tensor<1024x128xf32>
    %f393 = linalg.fill ins(%c391 : f32) outs(%e392 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm394 = linalg.matmul ins(%v390, %w42 : tensor<1024x256xf32>, tensor<256x128xf32>) outs(%f393 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v395 = tensor.expand_shape %mm394 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %e396 = tensor.empty() : tensor<16x64x128xf32>
    %g401 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v395, %g347 : tensor<16x64x128xf32>, tensor<16x64x128xf32>) outs(%e396 : tensor<16x64x128xf32>) {
      ^bb0(%a397: f32, %a398: f32, %o399: f32):
      %s400 = arith.addf %a398, %a397 : f32
      linalg.yield %s400 : f32
    } -> tensor<16x64x128xf32>
    %c402 = arith.constant 0x00000000 : f32
    %e403 = tensor.empty() : tensor<16x64xf32>
    %f404 = linalg.fill ins(%c402 : f32) outs(%e403 : tensor<16x64xf32>) -> tensor<16x64xf32>
    %g409 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%g401 : tensor<16x64x128xf32>) outs(%f404 : tensor<16x64xf32>) {
      ^bb0(%a405: f32, %o406: f32):
      %s407 = arith.mulf %a405, %a405 : f32
      %s408 = arith.addf %o406, %s407 : f32
      linalg.yield %s408 : f32
    } -> tensor<16x64xf32>
    %e410 = tensor.empty() : tensor<16x64xf32>
    %g420 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%g409 : tensor<16x64xf32>) outs(%e410 : tensor<16x64xf32>) {
      ^bb0(%a411: f32, %o412: f32):
      %s413 = arith.constant 0x3727C5AC : f32
      %s414 = arith.constant 0x43000000 : f32
      %s415 = arith.divf %a411, %s414 : f32
      %s416 = arith.addf %s415, %s413 : f32
      %s417 = math.sqrt %s416 : f32
      %s418 = arith.constant 0x3F800000 : f32
      %s419 = arith.divf %s418, %s417 : f32
      linalg.yield %s419 : f32
    } -> tensor<16x64xf32>
    %e421 = tensor.empty() : tensor<16x64x128xf32>
    %g428 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%w43, %g420, %g401 : tensor<128xf32>, tensor<16x64xf32>, tensor<16x64x128xf32>) outs(%e421 : tensor<16x64x128xf32>) {
      ^bb0(%a422: f32, %a423: f32, %a424: f32, %o425: f32):
      %s426 = arith.mulf %a424, %a423 : f32
      %s427 = arith.mulf %s426, %a422 : f32
      linalg.yield %s427 : f32
    } -> tensor<16x64x128xf32>
    %v429 = tensor.collapse_shape %g428 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c430 = arith.constant 0x00000000 : f32
    %e431 = tensor.empty() : tensor<1024x321xf32>
    %f432 = linalg.fill ins(%c430 : f32) outs(%e431 : tensor<1024x321xf32>) -> tensor<1024x321xf32>
    %mm433 = linalg.matmul ins(%v429, %w44 : tensor<1024x128xf32>, tensor<128x321xf32>) outs(%f432 : tensor<1024x321xf32>) -> tensor<1024x321xf32>
    %v434 = tensor.expand_shape %mm433 [[0, 1], [2]] output_shape [16, 64, 321] : tensor<1024x321xf32> into tensor<16x64x321xf32>
    return %v166, %v80, %v341, %v255 : tensor<16x64x128xf32>, tensor<16x2x128xf32>, tensor<16x64x128xf32>, tensor<16x2x128xf32>
  }
}
