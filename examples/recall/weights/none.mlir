module {
  func.func @forward(%state0: tensor<16x2x128xf32> {msa.state = "layer0_carry"},
      %state1: tensor<16x2x128xf32> {msa.state = "layer1_carry"},
      %in0: tensor<16x64xi64> {msa.name = "tokens"},
      %in1: tensor<16xi64> {msa.name = "position"},
      %in2: tensor<16xi64> {msa.name = "length"},
      %w0: tensor<321x128xf32> {msa.constant = "model.embedding.weight"},
      %w1: tensor<128xf32> {msa.constant = "model.blocks.0.norm1.weight"},
      %w2: tensor<3x128xf32> {msa.constant = "model.blocks.0.attention.conv"},
      %w3: tensor<128x128xf32> {msa.constant = "model.blocks.0.attention.q_proj.weight.T"},
      %w4: tensor<128x128xf32> {msa.constant = "model.blocks.0.attention.k_proj.weight.T"},
      %w5: tensor<128x128xf32> {msa.constant = "model.blocks.0.attention.v_proj.weight.T"},
      %w6: tensor<128x128xf32> {msa.constant = "model.blocks.0.attention.o_proj.weight.T"},
      %w7: tensor<128xf32> {msa.constant = "model.blocks.0.norm2.weight"},
      %w8: tensor<128x256xf32> {msa.constant = "model.blocks.0.mlp.0.weight.T"},
      %w9: tensor<256x128xf32> {msa.constant = "model.blocks.0.mlp.2.weight.T"},
      %w10: tensor<128xf32> {msa.constant = "model.blocks.1.norm1.weight"},
      %w11: tensor<3x128xf32> {msa.constant = "model.blocks.1.attention.conv"},
      %w12: tensor<128x128xf32> {msa.constant = "model.blocks.1.attention.q_proj.weight.T"},
      %w13: tensor<128x128xf32> {msa.constant = "model.blocks.1.attention.k_proj.weight.T"},
      %w14: tensor<128x128xf32> {msa.constant = "model.blocks.1.attention.v_proj.weight.T"},
      %w15: tensor<128x128xf32> {msa.constant = "model.blocks.1.attention.o_proj.weight.T"},
      %w16: tensor<128xf32> {msa.constant = "model.blocks.1.norm2.weight"},
      %w17: tensor<128x256xf32> {msa.constant = "model.blocks.1.mlp.0.weight.T"},
      %w18: tensor<256x128xf32> {msa.constant = "model.blocks.1.mlp.2.weight.T"},
      %w19: tensor<128xf32> {msa.constant = "model.norm.weight"},
      %w20: tensor<128x321xf32> {msa.constant = "model.head.weight.T"})
      -> (tensor<16x64x321xf32> {msa.name = "logits"}, tensor<16x2x128xf32> {msa.state = "layer0_carry"}, tensor<16x2x128xf32> {msa.state = "layer1_carry"}) {
    %e1 = tensor.empty() : tensor<16x2x128xf32>
    %g9 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%state0, %in1 : tensor<16x2x128xf32>, tensor<16xi64>) outs(%e1 : tensor<16x2x128xf32>) {
      ^bb0(%a2: f32, %a3: i64, %o4: f32):
      %s5 = arith.constant 0x00000000 : f32
      %s6 = arith.constant 0 : i64
      %s7 = arith.cmpi sgt, %a3, %s6 : i64
      %s8 = arith.select %s7, %a2, %s5 : f32
      linalg.yield %s8 : f32
    } -> tensor<16x2x128xf32>
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
    %g33 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%in0 : tensor<16x64xi64>) outs(%e19 : tensor<16x64x128xf32>) {
      ^bb0(%a20: i64, %o21: f32):
      %s22 = arith.index_cast %a20 : i64 to index
      %s23 = arith.constant 0 : index
      %s24 = arith.constant 321 : index
      %s25 = arith.constant 320 : index
      %s26 = arith.cmpi slt, %s22, %s23 : index
      %s27 = arith.addi %s22, %s24 : index
      %s28 = arith.select %s26, %s27, %s22 : index
      %s29 = arith.maxsi %s28, %s23 : index
      %s30 = arith.minsi %s29, %s25 : index
      %s31 = linalg.index 2 : index
      %s32 = tensor.extract %w0[%s30, %s31] : tensor<321x128xf32>
      linalg.yield %s32 : f32
    } -> tensor<16x64x128xf32>
    %c34 = arith.constant 0x00000000 : f32
    %e35 = tensor.empty() : tensor<16x64xf32>
    %f36 = linalg.fill ins(%c34 : f32) outs(%e35 : tensor<16x64xf32>) -> tensor<16x64xf32>
    %g41 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%g33 : tensor<16x64x128xf32>) outs(%f36 : tensor<16x64xf32>) {
      ^bb0(%a37: f32, %o38: f32):
      %s39 = arith.mulf %a37, %a37 : f32
      %s40 = arith.addf %o38, %s39 : f32
      linalg.yield %s40 : f32
    } -> tensor<16x64xf32>
    %e42 = tensor.empty() : tensor<16x64xf32>
    %g52 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%g41 : tensor<16x64xf32>) outs(%e42 : tensor<16x64xf32>) {
      ^bb0(%a43: f32, %o44: f32):
      %s45 = arith.constant 0x3727C5AC : f32
      %s46 = arith.constant 0x43000000 : f32
      %s47 = arith.divf %a43, %s46 : f32
      %s48 = arith.addf %s47, %s45 : f32
      %s49 = math.sqrt %s48 : f32
      %s50 = arith.constant 0x3F800000 : f32
      %s51 = arith.divf %s50, %s49 : f32
      linalg.yield %s51 : f32
    } -> tensor<16x64xf32>
    %e53 = tensor.empty() : tensor<16x64x128xf32>
    %g60 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%w1, %g52, %g33 : tensor<128xf32>, tensor<16x64xf32>, tensor<16x64x128xf32>) outs(%e53 : tensor<16x64x128xf32>) {
      ^bb0(%a54: f32, %a55: f32, %a56: f32, %o57: f32):
      %s58 = arith.mulf %a56, %a55 : f32
      %s59 = arith.mulf %s58, %a54 : f32
      linalg.yield %s59 : f32
    } -> tensor<16x64x128xf32>
    %v61 = msa.short_conv %g60, %g9, %w2 : tensor<16x64x128xf32>, tensor<16x2x128xf32>, tensor<3x128xf32>
    %v62 = msa.carry %g9, %g60 length(%in2 : tensor<16xi64>) : tensor<16x2x128xf32>, tensor<16x64x128xf32>
    %v63 = tensor.collapse_shape %v61 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c64 = arith.constant 0x00000000 : f32
    %e65 = tensor.empty() : tensor<1024x128xf32>
    %f66 = linalg.fill ins(%c64 : f32) outs(%e65 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm67 = linalg.matmul ins(%v63, %w3 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f66 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v68 = tensor.expand_shape %mm67 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v69 = tensor.expand_shape %v68 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %v70 = tensor.collapse_shape %v61 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c71 = arith.constant 0x00000000 : f32
    %e72 = tensor.empty() : tensor<1024x128xf32>
    %f73 = linalg.fill ins(%c71 : f32) outs(%e72 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm74 = linalg.matmul ins(%v70, %w4 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f73 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v75 = tensor.expand_shape %mm74 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v76 = tensor.expand_shape %v75 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %v77 = tensor.collapse_shape %v61 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c78 = arith.constant 0x00000000 : f32
    %e79 = tensor.empty() : tensor<1024x128xf32>
    %f80 = linalg.fill ins(%c78 : f32) outs(%e79 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm81 = linalg.matmul ins(%v77, %w5 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f80 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v82 = tensor.expand_shape %mm81 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v83 = tensor.expand_shape %v82 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %e84 = tensor.empty() : tensor<16x2x64x64xf32>
    %g87 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v69 : tensor<16x64x2x64xf32>) outs(%e84 : tensor<16x2x64x64xf32>) {
      ^bb0(%a85: f32, %o86: f32):
      linalg.yield %a85 : f32
    } -> tensor<16x2x64x64xf32>
    %v88 = msa.rope %g87 rotary(64) {start = 0 : i64, base = 1.00000000000000000e+04 : f64, factor = 1.00000000000000000e+00 : f64} : tensor<16x2x64x64xf32>
    %e89 = tensor.empty() : tensor<16x2x64x64xf32>
    %g92 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v76 : tensor<16x64x2x64xf32>) outs(%e89 : tensor<16x2x64x64xf32>) {
      ^bb0(%a90: f32, %o91: f32):
      linalg.yield %a90 : f32
    } -> tensor<16x2x64x64xf32>
    %v93 = msa.rope %g92 rotary(64) {start = 0 : i64, base = 1.00000000000000000e+04 : f64, factor = 1.00000000000000000e+00 : f64} : tensor<16x2x64x64xf32>
    %e94 = tensor.empty() : tensor<16x2x64x64xf32>
    %g97 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v83 : tensor<16x64x2x64xf32>) outs(%e94 : tensor<16x2x64x64xf32>) {
      ^bb0(%a95: f32, %o96: f32):
      linalg.yield %a95 : f32
    } -> tensor<16x2x64x64xf32>
    %att98, %lse99 = msa.attend ins(%v88, %v93, %g97 : tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>) position(%in1 : tensor<16xi64>) length(%in2 : tensor<16xi64>) pattern(#msa.causal) scale(1.25000000000000000e-01) -> tensor<16x2x64x64xf32>, tensor<16x2x64xf32>
    %e100 = tensor.empty() : tensor<16x64x2x64xf32>
    %g103 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%att98 : tensor<16x2x64x64xf32>) outs(%e100 : tensor<16x64x2x64xf32>) {
      ^bb0(%a101: f32, %o102: f32):
      linalg.yield %a101 : f32
    } -> tensor<16x64x2x64xf32>
    %v104 = tensor.collapse_shape %g103 [[0], [1], [2, 3]] : tensor<16x64x2x64xf32> into tensor<16x64x128xf32>
    %v105 = tensor.collapse_shape %v104 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c106 = arith.constant 0x00000000 : f32
    %e107 = tensor.empty() : tensor<1024x128xf32>
    %f108 = linalg.fill ins(%c106 : f32) outs(%e107 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm109 = linalg.matmul ins(%v105, %w6 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f108 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v110 = tensor.expand_shape %mm109 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %e111 = tensor.empty() : tensor<16x64x128xf32>
    %g116 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v110, %g33 : tensor<16x64x128xf32>, tensor<16x64x128xf32>) outs(%e111 : tensor<16x64x128xf32>) {
      ^bb0(%a112: f32, %a113: f32, %o114: f32):
      %s115 = arith.addf %a113, %a112 : f32
      linalg.yield %s115 : f32
    } -> tensor<16x64x128xf32>
    %c117 = arith.constant 0x00000000 : f32
    %e118 = tensor.empty() : tensor<16x64xf32>
    %f119 = linalg.fill ins(%c117 : f32) outs(%e118 : tensor<16x64xf32>) -> tensor<16x64xf32>
    %g124 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%g116 : tensor<16x64x128xf32>) outs(%f119 : tensor<16x64xf32>) {
      ^bb0(%a120: f32, %o121: f32):
      %s122 = arith.mulf %a120, %a120 : f32
      %s123 = arith.addf %o121, %s122 : f32
      linalg.yield %s123 : f32
    } -> tensor<16x64xf32>
    %e125 = tensor.empty() : tensor<16x64xf32>
    %g135 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%g124 : tensor<16x64xf32>) outs(%e125 : tensor<16x64xf32>) {
      ^bb0(%a126: f32, %o127: f32):
      %s128 = arith.constant 0x3727C5AC : f32
      %s129 = arith.constant 0x43000000 : f32
      %s130 = arith.divf %a126, %s129 : f32
      %s131 = arith.addf %s130, %s128 : f32
      %s132 = math.sqrt %s131 : f32
      %s133 = arith.constant 0x3F800000 : f32
      %s134 = arith.divf %s133, %s132 : f32
      linalg.yield %s134 : f32
    } -> tensor<16x64xf32>
    %e136 = tensor.empty() : tensor<16x64x128xf32>
    %g143 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%w7, %g135, %g116 : tensor<128xf32>, tensor<16x64xf32>, tensor<16x64x128xf32>) outs(%e136 : tensor<16x64x128xf32>) {
      ^bb0(%a137: f32, %a138: f32, %a139: f32, %o140: f32):
      %s141 = arith.mulf %a139, %a138 : f32
      %s142 = arith.mulf %s141, %a137 : f32
      linalg.yield %s142 : f32
    } -> tensor<16x64x128xf32>
    %v144 = tensor.collapse_shape %g143 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c145 = arith.constant 0x00000000 : f32
    %e146 = tensor.empty() : tensor<1024x256xf32>
    %f147 = linalg.fill ins(%c145 : f32) outs(%e146 : tensor<1024x256xf32>) -> tensor<1024x256xf32>
    %mm148 = linalg.matmul ins(%v144, %w8 : tensor<1024x128xf32>, tensor<128x256xf32>) outs(%f147 : tensor<1024x256xf32>) -> tensor<1024x256xf32>
    %v149 = tensor.expand_shape %mm148 [[0, 1], [2]] output_shape [16, 64, 256] : tensor<1024x256xf32> into tensor<16x64x256xf32>
    %e150 = tensor.empty() : tensor<16x64x256xf32>
    %g158 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v149 : tensor<16x64x256xf32>) outs(%e150 : tensor<16x64x256xf32>) {
      ^bb0(%a151: f32, %o152: f32):
      %s153 = arith.negf %a151 : f32
      %s154 = math.exp %s153 : f32
      %s155 = arith.constant 0x3F800000 : f32
      %s156 = arith.addf %s155, %s154 : f32
      %s157 = arith.divf %a151, %s156 : f32
      linalg.yield %s157 : f32
    } -> tensor<16x64x256xf32>
    %v159 = tensor.collapse_shape %g158 [[0, 1], [2]] : tensor<16x64x256xf32> into tensor<1024x256xf32>
    %c160 = arith.constant 0x00000000 : f32
    %e161 = tensor.empty() : tensor<1024x128xf32>
    %f162 = linalg.fill ins(%c160 : f32) outs(%e161 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm163 = linalg.matmul ins(%v159, %w9 : tensor<1024x256xf32>, tensor<256x128xf32>) outs(%f162 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v164 = tensor.expand_shape %mm163 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %e165 = tensor.empty() : tensor<16x64x128xf32>
    %g170 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v164, %g116 : tensor<16x64x128xf32>, tensor<16x64x128xf32>) outs(%e165 : tensor<16x64x128xf32>) {
      ^bb0(%a166: f32, %a167: f32, %o168: f32):
      %s169 = arith.addf %a167, %a166 : f32
      linalg.yield %s169 : f32
    } -> tensor<16x64x128xf32>
    %c171 = arith.constant 0x00000000 : f32
    %e172 = tensor.empty() : tensor<16x64xf32>
    %f173 = linalg.fill ins(%c171 : f32) outs(%e172 : tensor<16x64xf32>) -> tensor<16x64xf32>
    %g178 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%g170 : tensor<16x64x128xf32>) outs(%f173 : tensor<16x64xf32>) {
      ^bb0(%a174: f32, %o175: f32):
      %s176 = arith.mulf %a174, %a174 : f32
      %s177 = arith.addf %o175, %s176 : f32
      linalg.yield %s177 : f32
    } -> tensor<16x64xf32>
    %e179 = tensor.empty() : tensor<16x64xf32>
    %g189 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%g178 : tensor<16x64xf32>) outs(%e179 : tensor<16x64xf32>) {
      ^bb0(%a180: f32, %o181: f32):
      %s182 = arith.constant 0x3727C5AC : f32
      %s183 = arith.constant 0x43000000 : f32
      %s184 = arith.divf %a180, %s183 : f32
      %s185 = arith.addf %s184, %s182 : f32
      %s186 = math.sqrt %s185 : f32
      %s187 = arith.constant 0x3F800000 : f32
      %s188 = arith.divf %s187, %s186 : f32
      linalg.yield %s188 : f32
    } -> tensor<16x64xf32>
    %e190 = tensor.empty() : tensor<16x64x128xf32>
    %g197 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%w10, %g189, %g170 : tensor<128xf32>, tensor<16x64xf32>, tensor<16x64x128xf32>) outs(%e190 : tensor<16x64x128xf32>) {
      ^bb0(%a191: f32, %a192: f32, %a193: f32, %o194: f32):
      %s195 = arith.mulf %a193, %a192 : f32
      %s196 = arith.mulf %s195, %a191 : f32
      linalg.yield %s196 : f32
    } -> tensor<16x64x128xf32>
    %v198 = msa.short_conv %g197, %g18, %w11 : tensor<16x64x128xf32>, tensor<16x2x128xf32>, tensor<3x128xf32>
    %v199 = msa.carry %g18, %g197 length(%in2 : tensor<16xi64>) : tensor<16x2x128xf32>, tensor<16x64x128xf32>
    %v200 = tensor.collapse_shape %v198 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c201 = arith.constant 0x00000000 : f32
    %e202 = tensor.empty() : tensor<1024x128xf32>
    %f203 = linalg.fill ins(%c201 : f32) outs(%e202 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm204 = linalg.matmul ins(%v200, %w12 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f203 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v205 = tensor.expand_shape %mm204 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v206 = tensor.expand_shape %v205 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %v207 = tensor.collapse_shape %v198 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c208 = arith.constant 0x00000000 : f32
    %e209 = tensor.empty() : tensor<1024x128xf32>
    %f210 = linalg.fill ins(%c208 : f32) outs(%e209 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm211 = linalg.matmul ins(%v207, %w13 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f210 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v212 = tensor.expand_shape %mm211 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v213 = tensor.expand_shape %v212 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %v214 = tensor.collapse_shape %v198 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c215 = arith.constant 0x00000000 : f32
    %e216 = tensor.empty() : tensor<1024x128xf32>
    %f217 = linalg.fill ins(%c215 : f32) outs(%e216 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm218 = linalg.matmul ins(%v214, %w14 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f217 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v219 = tensor.expand_shape %mm218 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v220 = tensor.expand_shape %v219 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %e221 = tensor.empty() : tensor<16x2x64x64xf32>
    %g224 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v206 : tensor<16x64x2x64xf32>) outs(%e221 : tensor<16x2x64x64xf32>) {
      ^bb0(%a222: f32, %o223: f32):
      linalg.yield %a222 : f32
    } -> tensor<16x2x64x64xf32>
    %v225 = msa.rope %g224 rotary(64) {start = 0 : i64, base = 1.00000000000000000e+04 : f64, factor = 1.00000000000000000e+00 : f64} : tensor<16x2x64x64xf32>
    %e226 = tensor.empty() : tensor<16x2x64x64xf32>
    %g229 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v213 : tensor<16x64x2x64xf32>) outs(%e226 : tensor<16x2x64x64xf32>) {
      ^bb0(%a227: f32, %o228: f32):
      linalg.yield %a227 : f32
    } -> tensor<16x2x64x64xf32>
    %v230 = msa.rope %g229 rotary(64) {start = 0 : i64, base = 1.00000000000000000e+04 : f64, factor = 1.00000000000000000e+00 : f64} : tensor<16x2x64x64xf32>
    %e231 = tensor.empty() : tensor<16x2x64x64xf32>
    %g234 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v220 : tensor<16x64x2x64xf32>) outs(%e231 : tensor<16x2x64x64xf32>) {
      ^bb0(%a232: f32, %o233: f32):
      linalg.yield %a232 : f32
    } -> tensor<16x2x64x64xf32>
    %att235, %lse236 = msa.attend ins(%v225, %v230, %g234 : tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>) position(%in1 : tensor<16xi64>) length(%in2 : tensor<16xi64>) pattern(#msa.causal) scale(1.25000000000000000e-01) -> tensor<16x2x64x64xf32>, tensor<16x2x64xf32>
    %e237 = tensor.empty() : tensor<16x64x2x64xf32>
    %g240 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%att235 : tensor<16x2x64x64xf32>) outs(%e237 : tensor<16x64x2x64xf32>) {
      ^bb0(%a238: f32, %o239: f32):
      linalg.yield %a238 : f32
    } -> tensor<16x64x2x64xf32>
    %v241 = tensor.collapse_shape %g240 [[0], [1], [2, 3]] : tensor<16x64x2x64xf32> into tensor<16x64x128xf32>
    %v242 = tensor.collapse_shape %v241 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c243 = arith.constant 0x00000000 : f32
    %e244 = tensor.empty() : tensor<1024x128xf32>
    %f245 = linalg.fill ins(%c243 : f32) outs(%e244 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm246 = linalg.matmul ins(%v242, %w15 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f245 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v247 = tensor.expand_shape %mm246 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %e248 = tensor.empty() : tensor<16x64x128xf32>
    %g253 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v247, %g170 : tensor<16x64x128xf32>, tensor<16x64x128xf32>) outs(%e248 : tensor<16x64x128xf32>) {
      ^bb0(%a249: f32, %a250: f32, %o251: f32):
      %s252 = arith.addf %a250, %a249 : f32
      linalg.yield %s252 : f32
    } -> tensor<16x64x128xf32>
    %c254 = arith.constant 0x00000000 : f32
    %e255 = tensor.empty() : tensor<16x64xf32>
    %f256 = linalg.fill ins(%c254 : f32) outs(%e255 : tensor<16x64xf32>) -> tensor<16x64xf32>
    %g261 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%g253 : tensor<16x64x128xf32>) outs(%f256 : tensor<16x64xf32>) {
      ^bb0(%a257: f32, %o258: f32):
      %s259 = arith.mulf %a257, %a257 : f32
      %s260 = arith.addf %o258, %s259 : f32
      linalg.yield %s260 : f32
    } -> tensor<16x64xf32>
    %e262 = tensor.empty() : tensor<16x64xf32>
    %g272 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%g261 : tensor<16x64xf32>) outs(%e262 : tensor<16x64xf32>) {
      ^bb0(%a263: f32, %o264: f32):
      %s265 = arith.constant 0x3727C5AC : f32
      %s266 = arith.constant 0x43000000 : f32
      %s267 = arith.divf %a263, %s266 : f32
      %s268 = arith.addf %s267, %s265 : f32
      %s269 = math.sqrt %s268 : f32
      %s270 = arith.constant 0x3F800000 : f32
      %s271 = arith.divf %s270, %s269 : f32
      linalg.yield %s271 : f32
    } -> tensor<16x64xf32>
    %e273 = tensor.empty() : tensor<16x64x128xf32>
    %g280 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%w16, %g272, %g253 : tensor<128xf32>, tensor<16x64xf32>, tensor<16x64x128xf32>) outs(%e273 : tensor<16x64x128xf32>) {
      ^bb0(%a274: f32, %a275: f32, %a276: f32, %o277: f32):
      %s278 = arith.mulf %a276, %a275 : f32
      %s279 = arith.mulf %s278, %a274 : f32
      linalg.yield %s279 : f32
    } -> tensor<16x64x128xf32>
    %v281 = tensor.collapse_shape %g280 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c282 = arith.constant 0x00000000 : f32
    %e283 = tensor.empty() : tensor<1024x256xf32>
    %f284 = linalg.fill ins(%c282 : f32) outs(%e283 : tensor<1024x256xf32>) -> tensor<1024x256xf32>
    %mm285 = linalg.matmul ins(%v281, %w17 : tensor<1024x128xf32>, tensor<128x256xf32>) outs(%f284 : tensor<1024x256xf32>) -> tensor<1024x256xf32>
    %v286 = tensor.expand_shape %mm285 [[0, 1], [2]] output_shape [16, 64, 256] : tensor<1024x256xf32> into tensor<16x64x256xf32>
    %e287 = tensor.empty() : tensor<16x64x256xf32>
    %g295 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v286 : tensor<16x64x256xf32>) outs(%e287 : tensor<16x64x256xf32>) {
      ^bb0(%a288: f32, %o289: f32):
      %s290 = arith.negf %a288 : f32
      %s291 = math.exp %s290 : f32
      %s292 = arith.constant 0x3F800000 : f32
      %s293 = arith.addf %s292, %s291 : f32
      %s294 = arith.divf %a288, %s293 : f32
      linalg.yield %s294 : f32
    } -> tensor<16x64x256xf32>
    %v296 = tensor.collapse_shape %g295 [[0, 1], [2]] : tensor<16x64x256xf32> into tensor<1024x256xf32>
    %c297 = arith.constant 0x00000000 : f32
    %e298 = tensor.empty() : tensor<1024x128xf32>
    %f299 = linalg.fill ins(%c297 : f32) outs(%e298 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm300 = linalg.matmul ins(%v296, %w18 : tensor<1024x256xf32>, tensor<256x128xf32>) outs(%f299 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v301 = tensor.expand_shape %mm300 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %e302 = tensor.empty() : tensor<16x64x128xf32>
    %g307 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v301, %g253 : tensor<16x64x128xf32>, tensor<16x64x128xf32>) outs(%e302 : tensor<16x64x128xf32>) {
      ^bb0(%a303: f32, %a304: f32, %o305: f32):
      %s306 = arith.addf %a304, %a303 : f32
      linalg.yield %s306 : f32
    } -> tensor<16x64x128xf32>
    %c308 = arith.constant 0x00000000 : f32
    %e309 = tensor.empty() : tensor<16x64xf32>
    %f310 = linalg.fill ins(%c308 : f32) outs(%e309 : tensor<16x64xf32>) -> tensor<16x64xf32>
    %g315 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%g307 : tensor<16x64x128xf32>) outs(%f310 : tensor<16x64xf32>) {
      ^bb0(%a311: f32, %o312: f32):
      %s313 = arith.mulf %a311, %a311 : f32
      %s314 = arith.addf %o312, %s313 : f32
      linalg.yield %s314 : f32
    } -> tensor<16x64xf32>
    %e316 = tensor.empty() : tensor<16x64xf32>
    %g326 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%g315 : tensor<16x64xf32>) outs(%e316 : tensor<16x64xf32>) {
      ^bb0(%a317: f32, %o318: f32):
      %s319 = arith.constant 0x3727C5AC : f32
      %s320 = arith.constant 0x43000000 : f32
      %s321 = arith.divf %a317, %s320 : f32
      %s322 = arith.addf %s321, %s319 : f32
      %s323 = math.sqrt %s322 : f32
      %s324 = arith.constant 0x3F800000 : f32
      %s325 = arith.divf %s324, %s323 : f32
      linalg.yield %s325 : f32
    } -> tensor<16x64xf32>
    %e327 = tensor.empty() : tensor<16x64x128xf32>
    %g334 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%w19, %g326, %g307 : tensor<128xf32>, tensor<16x64xf32>, tensor<16x64x128xf32>) outs(%e327 : tensor<16x64x128xf32>) {
      ^bb0(%a328: f32, %a329: f32, %a330: f32, %o331: f32):
      %s332 = arith.mulf %a330, %a329 : f32
      %s333 = arith.mulf %s332, %a328 : f32
      linalg.yield %s333 : f32
    } -> tensor<16x64x128xf32>
    %v335 = tensor.collapse_shape %g334 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c336 = arith.constant 0x00000000 : f32
    %e337 = tensor.empty() : tensor<1024x321xf32>
    %f338 = linalg.fill ins(%c336 : f32) outs(%e337 : tensor<1024x321xf32>) -> tensor<1024x321xf32>
    %mm339 = linalg.matmul ins(%v335, %w20 : tensor<1024x128xf32>, tensor<128x321xf32>) outs(%f338 : tensor<1024x321xf32>) -> tensor<1024x321xf32>
    %v340 = tensor.expand_shape %mm339 [[0, 1], [2]] output_shape [16, 64, 321] : tensor<1024x321xf32> into tensor<16x64x321xf32>
    return %v340, %v62, %v199 : tensor<16x64x321xf32>, tensor<16x2x128xf32>, tensor<16x2x128xf32>
  }
  func.func @remember(%state0: tensor<16x2x128xf32> {msa.state = "layer0_carry"},
      %state1: tensor<16x2x128xf32> {msa.state = "layer1_carry"},
      %in0: tensor<16x64xi64> {msa.name = "tokens"},
      %in1: tensor<16xi64> {msa.name = "position"},
      %in2: tensor<16xi64> {msa.name = "length"},
      %w0: tensor<321x128xf32> {msa.constant = "model.embedding.weight"},
      %w1: tensor<128xf32> {msa.constant = "model.blocks.0.norm1.weight"},
      %w2: tensor<3x128xf32> {msa.constant = "model.blocks.0.attention.conv"},
      %w3: tensor<128x128xf32> {msa.constant = "model.blocks.0.attention.q_proj.weight.T"},
      %w4: tensor<128x128xf32> {msa.constant = "model.blocks.0.attention.k_proj.weight.T"},
      %w5: tensor<128x128xf32> {msa.constant = "model.blocks.0.attention.v_proj.weight.T"},
      %w6: tensor<128x128xf32> {msa.constant = "model.blocks.0.attention.o_proj.weight.T"},
      %w7: tensor<128xf32> {msa.constant = "model.blocks.0.norm2.weight"},
      %w8: tensor<128x256xf32> {msa.constant = "model.blocks.0.mlp.0.weight.T"},
      %w9: tensor<256x128xf32> {msa.constant = "model.blocks.0.mlp.2.weight.T"},
      %w10: tensor<128xf32> {msa.constant = "model.blocks.1.norm1.weight"},
      %w11: tensor<3x128xf32> {msa.constant = "model.blocks.1.attention.conv"},
      %w12: tensor<128x128xf32> {msa.constant = "model.blocks.1.attention.q_proj.weight.T"},
      %w13: tensor<128x128xf32> {msa.constant = "model.blocks.1.attention.k_proj.weight.T"},
      %w14: tensor<128x128xf32> {msa.constant = "model.blocks.1.attention.v_proj.weight.T"},
      %w15: tensor<128x128xf32> {msa.constant = "model.blocks.1.attention.o_proj.weight.T"},
      %w16: tensor<128xf32> {msa.constant = "model.blocks.1.norm2.weight"},
      %w17: tensor<128x256xf32> {msa.constant = "model.blocks.1.mlp.0.weight.T"},
      %w18: tensor<256x128xf32> {msa.constant = "model.blocks.1.mlp.2.weight.T"},
      %w19: tensor<128xf32> {msa.constant = "model.norm.weight"},
      %w20: tensor<128x321xf32> {msa.constant = "model.head.weight.T"})
      -> (tensor<16x2x128xf32> {msa.state = "layer0_carry"}, tensor<16x2x128xf32> {msa.state = "layer1_carry"}) {
    %e1 = tensor.empty() : tensor<16x2x128xf32>
    %g9 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%state0, %in1 : tensor<16x2x128xf32>, tensor<16xi64>) outs(%e1 : tensor<16x2x128xf32>) {
      ^bb0(%a2: f32, %a3: i64, %o4: f32):
      %s5 = arith.constant 0x00000000 : f32
      %s6 = arith.constant 0 : i64
      %s7 = arith.cmpi sgt, %a3, %s6 : i64
      %s8 = arith.select %s7, %a2, %s5 : f32
      linalg.yield %s8 : f32
    } -> tensor<16x2x128xf32>
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
    %g33 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%in0 : tensor<16x64xi64>) outs(%e19 : tensor<16x64x128xf32>) {
      ^bb0(%a20: i64, %o21: f32):
      %s22 = arith.index_cast %a20 : i64 to index
      %s23 = arith.constant 0 : index
      %s24 = arith.constant 321 : index
      %s25 = arith.constant 320 : index
      %s26 = arith.cmpi slt, %s22, %s23 : index
      %s27 = arith.addi %s22, %s24 : index
      %s28 = arith.select %s26, %s27, %s22 : index
      %s29 = arith.maxsi %s28, %s23 : index
      %s30 = arith.minsi %s29, %s25 : index
      %s31 = linalg.index 2 : index
      %s32 = tensor.extract %w0[%s30, %s31] : tensor<321x128xf32>
      linalg.yield %s32 : f32
    } -> tensor<16x64x128xf32>
    %c34 = arith.constant 0x00000000 : f32
    %e35 = tensor.empty() : tensor<16x64xf32>
    %f36 = linalg.fill ins(%c34 : f32) outs(%e35 : tensor<16x64xf32>) -> tensor<16x64xf32>
    %g41 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%g33 : tensor<16x64x128xf32>) outs(%f36 : tensor<16x64xf32>) {
      ^bb0(%a37: f32, %o38: f32):
      %s39 = arith.mulf %a37, %a37 : f32
      %s40 = arith.addf %o38, %s39 : f32
      linalg.yield %s40 : f32
    } -> tensor<16x64xf32>
    %e42 = tensor.empty() : tensor<16x64xf32>
    %g52 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%g41 : tensor<16x64xf32>) outs(%e42 : tensor<16x64xf32>) {
      ^bb0(%a43: f32, %o44: f32):
      %s45 = arith.constant 0x3727C5AC : f32
      %s46 = arith.constant 0x43000000 : f32
      %s47 = arith.divf %a43, %s46 : f32
      %s48 = arith.addf %s47, %s45 : f32
      %s49 = math.sqrt %s48 : f32
      %s50 = arith.constant 0x3F800000 : f32
      %s51 = arith.divf %s50, %s49 : f32
      linalg.yield %s51 : f32
    } -> tensor<16x64xf32>
    %e53 = tensor.empty() : tensor<16x64x128xf32>
    %g60 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%w1, %g52, %g33 : tensor<128xf32>, tensor<16x64xf32>, tensor<16x64x128xf32>) outs(%e53 : tensor<16x64x128xf32>) {
      ^bb0(%a54: f32, %a55: f32, %a56: f32, %o57: f32):
      %s58 = arith.mulf %a56, %a55 : f32
      %s59 = arith.mulf %s58, %a54 : f32
      linalg.yield %s59 : f32
    } -> tensor<16x64x128xf32>
    %v61 = msa.short_conv %g60, %g9, %w2 : tensor<16x64x128xf32>, tensor<16x2x128xf32>, tensor<3x128xf32>
    %v62 = msa.carry %g9, %g60 length(%in2 : tensor<16xi64>) : tensor<16x2x128xf32>, tensor<16x64x128xf32>
    %v63 = tensor.collapse_shape %v61 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c64 = arith.constant 0x00000000 : f32
    %e65 = tensor.empty() : tensor<1024x128xf32>
    %f66 = linalg.fill ins(%c64 : f32) outs(%e65 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm67 = linalg.matmul ins(%v63, %w3 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f66 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v68 = tensor.expand_shape %mm67 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v69 = tensor.expand_shape %v68 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %v70 = tensor.collapse_shape %v61 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c71 = arith.constant 0x00000000 : f32
    %e72 = tensor.empty() : tensor<1024x128xf32>
    %f73 = linalg.fill ins(%c71 : f32) outs(%e72 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm74 = linalg.matmul ins(%v70, %w4 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f73 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v75 = tensor.expand_shape %mm74 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v76 = tensor.expand_shape %v75 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %v77 = tensor.collapse_shape %v61 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c78 = arith.constant 0x00000000 : f32
    %e79 = tensor.empty() : tensor<1024x128xf32>
    %f80 = linalg.fill ins(%c78 : f32) outs(%e79 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm81 = linalg.matmul ins(%v77, %w5 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f80 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v82 = tensor.expand_shape %mm81 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v83 = tensor.expand_shape %v82 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %e84 = tensor.empty() : tensor<16x2x64x64xf32>
    %g87 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v69 : tensor<16x64x2x64xf32>) outs(%e84 : tensor<16x2x64x64xf32>) {
      ^bb0(%a85: f32, %o86: f32):
      linalg.yield %a85 : f32
    } -> tensor<16x2x64x64xf32>
    %v88 = msa.rope %g87 rotary(64) {start = 0 : i64, base = 1.00000000000000000e+04 : f64, factor = 1.00000000000000000e+00 : f64} : tensor<16x2x64x64xf32>
    %e89 = tensor.empty() : tensor<16x2x64x64xf32>
    %g92 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v76 : tensor<16x64x2x64xf32>) outs(%e89 : tensor<16x2x64x64xf32>) {
      ^bb0(%a90: f32, %o91: f32):
      linalg.yield %a90 : f32
    } -> tensor<16x2x64x64xf32>
    %v93 = msa.rope %g92 rotary(64) {start = 0 : i64, base = 1.00000000000000000e+04 : f64, factor = 1.00000000000000000e+00 : f64} : tensor<16x2x64x64xf32>
    %e94 = tensor.empty() : tensor<16x2x64x64xf32>
    %g97 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v83 : tensor<16x64x2x64xf32>) outs(%e94 : tensor<16x2x64x64xf32>) {
      ^bb0(%a95: f32, %o96: f32):
      linalg.yield %a95 : f32
    } -> tensor<16x2x64x64xf32>
    %att98, %lse99 = msa.attend ins(%v88, %v93, %g97 : tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>) position(%in1 : tensor<16xi64>) length(%in2 : tensor<16xi64>) pattern(#msa.causal) scale(1.25000000000000000e-01) -> tensor<16x2x64x64xf32>, tensor<16x2x64xf32>
    %e100 = tensor.empty() : tensor<16x64x2x64xf32>
    %g103 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%att98 : tensor<16x2x64x64xf32>) outs(%e100 : tensor<16x64x2x64xf32>) {
      ^bb0(%a101: f32, %o102: f32):
      linalg.yield %a101 : f32
    } -> tensor<16x64x2x64xf32>
    %v104 = tensor.collapse_shape %g103 [[0], [1], [2, 3]] : tensor<16x64x2x64xf32> into tensor<16x64x128xf32>
    %v105 = tensor.collapse_shape %v104 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c106 = arith.constant 0x00000000 : f32
    %e107 = tensor.empty() : tensor<1024x128xf32>
    %f108 = linalg.fill ins(%c106 : f32) outs(%e107 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm109 = linalg.matmul ins(%v105, %w6 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f108 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v110 = tensor.expand_shape %mm109 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %e111 = tensor.empty() : tensor<16x64x128xf32>
    %g116 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v110, %g33 : tensor<16x64x128xf32>, tensor<16x64x128xf32>) outs(%e111 : tensor<16x64x128xf32>) {
      ^bb0(%a112: f32, %a113: f32, %o114: f32):
      %s115 = arith.addf %a113, %a112 : f32
      linalg.yield %s115 : f32
    } -> tensor<16x64x128xf32>
    %c117 = arith.constant 0x00000000 : f32
    %e118 = tensor.empty() : tensor<16x64xf32>
    %f119 = linalg.fill ins(%c117 : f32) outs(%e118 : tensor<16x64xf32>) -> tensor<16x64xf32>
    %g124 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%g116 : tensor<16x64x128xf32>) outs(%f119 : tensor<16x64xf32>) {
      ^bb0(%a120: f32, %o121: f32):
      %s122 = arith.mulf %a120, %a120 : f32
      %s123 = arith.addf %o121, %s122 : f32
      linalg.yield %s123 : f32
    } -> tensor<16x64xf32>
    %e125 = tensor.empty() : tensor<16x64xf32>
    %g135 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%g124 : tensor<16x64xf32>) outs(%e125 : tensor<16x64xf32>) {
      ^bb0(%a126: f32, %o127: f32):
      %s128 = arith.constant 0x3727C5AC : f32
      %s129 = arith.constant 0x43000000 : f32
      %s130 = arith.divf %a126, %s129 : f32
      %s131 = arith.addf %s130, %s128 : f32
      %s132 = math.sqrt %s131 : f32
      %s133 = arith.constant 0x3F800000 : f32
      %s134 = arith.divf %s133, %s132 : f32
      linalg.yield %s134 : f32
    } -> tensor<16x64xf32>
    %e136 = tensor.empty() : tensor<16x64x128xf32>
    %g143 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%w7, %g135, %g116 : tensor<128xf32>, tensor<16x64xf32>, tensor<16x64x128xf32>) outs(%e136 : tensor<16x64x128xf32>) {
      ^bb0(%a137: f32, %a138: f32, %a139: f32, %o140: f32):
      %s141 = arith.mulf %a139, %a138 : f32
      %s142 = arith.mulf %s141, %a137 : f32
      linalg.yield %s142 : f32
    } -> tensor<16x64x128xf32>
    %v144 = tensor.collapse_shape %g143 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c145 = arith.constant 0x00000000 : f32
    %e146 = tensor.empty() : tensor<1024x256xf32>
    %f147 = linalg.fill ins(%c145 : f32) outs(%e146 : tensor<1024x256xf32>) -> tensor<1024x256xf32>
    %mm148 = linalg.matmul ins(%v144, %w8 : tensor<1024x128xf32>, tensor<128x256xf32>) outs(%f147 : tensor<1024x256xf32>) -> tensor<1024x256xf32>
    %v149 = tensor.expand_shape %mm148 [[0, 1], [2]] output_shape [16, 64, 256] : tensor<1024x256xf32> into tensor<16x64x256xf32>
    %e150 = tensor.empty() : tensor<16x64x256xf32>
    %g158 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v149 : tensor<16x64x256xf32>) outs(%e150 : tensor<16x64x256xf32>) {
      ^bb0(%a151: f32, %o152: f32):
      %s153 = arith.negf %a151 : f32
      %s154 = math.exp %s153 : f32
      %s155 = arith.constant 0x3F800000 : f32
      %s156 = arith.addf %s155, %s154 : f32
      %s157 = arith.divf %a151, %s156 : f32
      linalg.yield %s157 : f32
    } -> tensor<16x64x256xf32>
    %v159 = tensor.collapse_shape %g158 [[0, 1], [2]] : tensor<16x64x256xf32> into tensor<1024x256xf32>
    %c160 = arith.constant 0x00000000 : f32
    %e161 = tensor.empty() : tensor<1024x128xf32>
    %f162 = linalg.fill ins(%c160 : f32) outs(%e161 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm163 = linalg.matmul ins(%v159, %w9 : tensor<1024x256xf32>, tensor<256x128xf32>) outs(%f162 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v164 = tensor.expand_shape %mm163 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %e165 = tensor.empty() : tensor<16x64x128xf32>
    %g170 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v164, %g116 : tensor<16x64x128xf32>, tensor<16x64x128xf32>) outs(%e165 : tensor<16x64x128xf32>) {
      ^bb0(%a166: f32, %a167: f32, %o168: f32):
      %s169 = arith.addf %a167, %a166 : f32
      linalg.yield %s169 : f32
    } -> tensor<16x64x128xf32>
    %c171 = arith.constant 0x00000000 : f32
    %e172 = tensor.empty() : tensor<16x64xf32>
    %f173 = linalg.fill ins(%c171 : f32) outs(%e172 : tensor<16x64xf32>) -> tensor<16x64xf32>
    %g178 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%g170 : tensor<16x64x128xf32>) outs(%f173 : tensor<16x64xf32>) {
      ^bb0(%a174: f32, %o175: f32):
      %s176 = arith.mulf %a174, %a174 : f32
      %s177 = arith.addf %o175, %s176 : f32
      linalg.yield %s177 : f32
    } -> tensor<16x64xf32>
    %e179 = tensor.empty() : tensor<16x64xf32>
    %g189 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%g178 : tensor<16x64xf32>) outs(%e179 : tensor<16x64xf32>) {
      ^bb0(%a180: f32, %o181: f32):
      %s182 = arith.constant 0x3727C5AC : f32
      %s183 = arith.constant 0x43000000 : f32
      %s184 = arith.divf %a180, %s183 : f32
      %s185 = arith.addf %s184, %s182 : f32
      %s186 = math.sqrt %s185 : f32
      %s187 = arith.constant 0x3F800000 : f32
      %s188 = arith.divf %s187, %s186 : f32
      linalg.yield %s188 : f32
    } -> tensor<16x64xf32>
    %e190 = tensor.empty() : tensor<16x64x128xf32>
    %g197 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%w10, %g189, %g170 : tensor<128xf32>, tensor<16x64xf32>, tensor<16x64x128xf32>) outs(%e190 : tensor<16x64x128xf32>) {
      ^bb0(%a191: f32, %a192: f32, %a193: f32, %o194: f32):
      %s195 = arith.mulf %a193, %a192 : f32
      %s196 = arith.mulf %s195, %a191 : f32
      linalg.yield %s196 : f32
    } -> tensor<16x64x128xf32>
    %v198 = msa.short_conv %g197, %g18, %w11 : tensor<16x64x128xf32>, tensor<16x2x128xf32>, tensor<3x128xf32>
    %v199 = msa.carry %g18, %g197 length(%in2 : tensor<16xi64>) : tensor<16x2x128xf32>, tensor<16x64x128xf32>
    %v200 = tensor.collapse_shape %v198 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c201 = arith.constant 0x00000000 : f32
    %e202 = tensor.empty() : tensor<1024x128xf32>
    %f203 = linalg.fill ins(%c201 : f32) outs(%e202 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm204 = linalg.matmul ins(%v200, %w12 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f203 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v205 = tensor.expand_shape %mm204 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v206 = tensor.expand_shape %v205 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %v207 = tensor.collapse_shape %v198 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c208 = arith.constant 0x00000000 : f32
    %e209 = tensor.empty() : tensor<1024x128xf32>
    %f210 = linalg.fill ins(%c208 : f32) outs(%e209 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm211 = linalg.matmul ins(%v207, %w13 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f210 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v212 = tensor.expand_shape %mm211 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v213 = tensor.expand_shape %v212 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %v214 = tensor.collapse_shape %v198 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c215 = arith.constant 0x00000000 : f32
    %e216 = tensor.empty() : tensor<1024x128xf32>
    %f217 = linalg.fill ins(%c215 : f32) outs(%e216 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm218 = linalg.matmul ins(%v214, %w14 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f217 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v219 = tensor.expand_shape %mm218 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %v220 = tensor.expand_shape %v219 [[0], [1], [2, 3]] output_shape [16, 64, 2, 64] : tensor<16x64x128xf32> into tensor<16x64x2x64xf32>
    %e221 = tensor.empty() : tensor<16x2x64x64xf32>
    %g224 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v206 : tensor<16x64x2x64xf32>) outs(%e221 : tensor<16x2x64x64xf32>) {
      ^bb0(%a222: f32, %o223: f32):
      linalg.yield %a222 : f32
    } -> tensor<16x2x64x64xf32>
    %v225 = msa.rope %g224 rotary(64) {start = 0 : i64, base = 1.00000000000000000e+04 : f64, factor = 1.00000000000000000e+00 : f64} : tensor<16x2x64x64xf32>
    %e226 = tensor.empty() : tensor<16x2x64x64xf32>
    %g229 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v213 : tensor<16x64x2x64xf32>) outs(%e226 : tensor<16x2x64x64xf32>) {
      ^bb0(%a227: f32, %o228: f32):
      linalg.yield %a227 : f32
    } -> tensor<16x2x64x64xf32>
    %v230 = msa.rope %g229 rotary(64) {start = 0 : i64, base = 1.00000000000000000e+04 : f64, factor = 1.00000000000000000e+00 : f64} : tensor<16x2x64x64xf32>
    %e231 = tensor.empty() : tensor<16x2x64x64xf32>
    %g234 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v220 : tensor<16x64x2x64xf32>) outs(%e231 : tensor<16x2x64x64xf32>) {
      ^bb0(%a232: f32, %o233: f32):
      linalg.yield %a232 : f32
    } -> tensor<16x2x64x64xf32>
    %att235, %lse236 = msa.attend ins(%v225, %v230, %g234 : tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>, tensor<16x2x64x64xf32>) position(%in1 : tensor<16xi64>) length(%in2 : tensor<16xi64>) pattern(#msa.causal) scale(1.25000000000000000e-01) -> tensor<16x2x64x64xf32>, tensor<16x2x64xf32>
    %e237 = tensor.empty() : tensor<16x64x2x64xf32>
    %g240 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%att235 : tensor<16x2x64x64xf32>) outs(%e237 : tensor<16x64x2x64xf32>) {
      ^bb0(%a238: f32, %o239: f32):
      linalg.yield %a238 : f32
    } -> tensor<16x64x2x64xf32>
    %v241 = tensor.collapse_shape %g240 [[0], [1], [2, 3]] : tensor<16x64x2x64xf32> into tensor<16x64x128xf32>
    %v242 = tensor.collapse_shape %v241 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c243 = arith.constant 0x00000000 : f32
    %e244 = tensor.empty() : tensor<1024x128xf32>
    %f245 = linalg.fill ins(%c243 : f32) outs(%e244 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm246 = linalg.matmul ins(%v242, %w15 : tensor<1024x128xf32>, tensor<128x128xf32>) outs(%f245 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v247 = tensor.expand_shape %mm246 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %e248 = tensor.empty() : tensor<16x64x128xf32>
    %g253 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v247, %g170 : tensor<16x64x128xf32>, tensor<16x64x128xf32>) outs(%e248 : tensor<16x64x128xf32>) {
      ^bb0(%a249: f32, %a250: f32, %o251: f32):
      %s252 = arith.addf %a250, %a249 : f32
      linalg.yield %s252 : f32
    } -> tensor<16x64x128xf32>
    %c254 = arith.constant 0x00000000 : f32
    %e255 = tensor.empty() : tensor<16x64xf32>
    %f256 = linalg.fill ins(%c254 : f32) outs(%e255 : tensor<16x64xf32>) -> tensor<16x64xf32>
    %g261 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%g253 : tensor<16x64x128xf32>) outs(%f256 : tensor<16x64xf32>) {
      ^bb0(%a257: f32, %o258: f32):
      %s259 = arith.mulf %a257, %a257 : f32
      %s260 = arith.addf %o258, %s259 : f32
      linalg.yield %s260 : f32
    } -> tensor<16x64xf32>
    %e262 = tensor.empty() : tensor<16x64xf32>
    %g272 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%g261 : tensor<16x64xf32>) outs(%e262 : tensor<16x64xf32>) {
      ^bb0(%a263: f32, %o264: f32):
      %s265 = arith.constant 0x3727C5AC : f32
      %s266 = arith.constant 0x43000000 : f32
      %s267 = arith.divf %a263, %s266 : f32
      %s268 = arith.addf %s267, %s265 : f32
      %s269 = math.sqrt %s268 : f32
      %s270 = arith.constant 0x3F800000 : f32
      %s271 = arith.divf %s270, %s269 : f32
      linalg.yield %s271 : f32
    } -> tensor<16x64xf32>
    %e273 = tensor.empty() : tensor<16x64x128xf32>
    %g280 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%w16, %g272, %g253 : tensor<128xf32>, tensor<16x64xf32>, tensor<16x64x128xf32>) outs(%e273 : tensor<16x64x128xf32>) {
      ^bb0(%a274: f32, %a275: f32, %a276: f32, %o277: f32):
      %s278 = arith.mulf %a276, %a275 : f32
      %s279 = arith.mulf %s278, %a274 : f32
      linalg.yield %s279 : f32
    } -> tensor<16x64x128xf32>
    %v281 = tensor.collapse_shape %g280 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c282 = arith.constant 0x00000000 : f32
    %e283 = tensor.empty() : tensor<1024x256xf32>
    %f284 = linalg.fill ins(%c282 : f32) outs(%e283 : tensor<1024x256xf32>) -> tensor<1024x256xf32>
    %mm285 = linalg.matmul ins(%v281, %w17 : tensor<1024x128xf32>, tensor<128x256xf32>) outs(%f284 : tensor<1024x256xf32>) -> tensor<1024x256xf32>
    %v286 = tensor.expand_shape %mm285 [[0, 1], [2]] output_shape [16, 64, 256] : tensor<1024x256xf32> into tensor<16x64x256xf32>
    %e287 = tensor.empty() : tensor<16x64x256xf32>
    %g295 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v286 : tensor<16x64x256xf32>) outs(%e287 : tensor<16x64x256xf32>) {
      ^bb0(%a288: f32, %o289: f32):
      %s290 = arith.negf %a288 : f32
      %s291 = math.exp %s290 : f32
      %s292 = arith.constant 0x3F800000 : f32
      %s293 = arith.addf %s292, %s291 : f32
      %s294 = arith.divf %a288, %s293 : f32
      linalg.yield %s294 : f32
    } -> tensor<16x64x256xf32>
    %v296 = tensor.collapse_shape %g295 [[0, 1], [2]] : tensor<16x64x256xf32> into tensor<1024x256xf32>
    %c297 = arith.constant 0x00000000 : f32
    %e298 = tensor.empty() : tensor<1024x128xf32>
    %f299 = linalg.fill ins(%c297 : f32) outs(%e298 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %mm300 = linalg.matmul ins(%v296, %w18 : tensor<1024x256xf32>, tensor<256x128xf32>) outs(%f299 : tensor<1024x128xf32>) -> tensor<1024x128xf32>
    %v301 = tensor.expand_shape %mm300 [[0, 1], [2]] output_shape [16, 64, 128] : tensor<1024x128xf32> into tensor<16x64x128xf32>
    %e302 = tensor.empty() : tensor<16x64x128xf32>
    %g307 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v301, %g253 : tensor<16x64x128xf32>, tensor<16x64x128xf32>) outs(%e302 : tensor<16x64x128xf32>) {
      ^bb0(%a303: f32, %a304: f32, %o305: f32):
      %s306 = arith.addf %a304, %a303 : f32
      linalg.yield %s306 : f32
    } -> tensor<16x64x128xf32>
    %c308 = arith.constant 0x00000000 : f32
    %e309 = tensor.empty() : tensor<16x64xf32>
    %f310 = linalg.fill ins(%c308 : f32) outs(%e309 : tensor<16x64xf32>) -> tensor<16x64xf32>
    %g315 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%g307 : tensor<16x64x128xf32>) outs(%f310 : tensor<16x64xf32>) {
      ^bb0(%a311: f32, %o312: f32):
      %s313 = arith.mulf %a311, %a311 : f32
      %s314 = arith.addf %o312, %s313 : f32
      linalg.yield %s314 : f32
    } -> tensor<16x64xf32>
    %e316 = tensor.empty() : tensor<16x64xf32>
    %g326 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%g315 : tensor<16x64xf32>) outs(%e316 : tensor<16x64xf32>) {
      ^bb0(%a317: f32, %o318: f32):
      %s319 = arith.constant 0x3727C5AC : f32
      %s320 = arith.constant 0x43000000 : f32
      %s321 = arith.divf %a317, %s320 : f32
      %s322 = arith.addf %s321, %s319 : f32
      %s323 = math.sqrt %s322 : f32
      %s324 = arith.constant 0x3F800000 : f32
      %s325 = arith.divf %s324, %s323 : f32
      linalg.yield %s325 : f32
    } -> tensor<16x64xf32>
    %e327 = tensor.empty() : tensor<16x64x128xf32>
    %g334 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%w19, %g326, %g307 : tensor<128xf32>, tensor<16x64xf32>, tensor<16x64x128xf32>) outs(%e327 : tensor<16x64x128xf32>) {
      ^bb0(%a328: f32, %a329: f32, %a330: f32, %o331: f32):
      %s332 = arith.mulf %a330, %a329 : f32
      %s333 = arith.mulf %s332, %a328 : f32
      linalg.yield %s333 : f32
    } -> tensor<16x64x128xf32>
    %v335 = tensor.collapse_shape %g334 [[0, 1], [2]] : tensor<16x64x128xf32> into tensor<1024x128xf32>
    %c336 = arith.constant 0x00000000 : f32
    %e337 = tensor.empty() : tensor<1024x321xf32>
    %f338 = linalg.fill ins(%c336 : f32) outs(%e337 : tensor<1024x321xf32>) -> tensor<1024x321xf32>
    %mm339 = linalg.matmul ins(%v335, %w20 : tensor<1024x128xf32>, tensor<128x321xf32>) outs(%f338 : tensor<1024x321xf32>) -> tensor<1024x321xf32>
    %v340 = tensor.expand_shape %mm339 [[0, 1], [2]] output_shape [16, 64, 321] : tensor<1024x321xf32> into tensor<16x64x321xf32>
    return %v62, %v199 : tensor<16x2x128xf32>, tensor<16x2x128xf32>
  }
}
