// Written by examples/layer.py; edit that instead.
#id2 = affine_map<(i, j) -> (i, j)>
#row2 = affine_map<(i, j) -> (i)>
#col2 = affine_map<(i, j) -> (j)>
#id3 = affine_map<(b, n, i) -> (b, n, i)>
#heads_in = affine_map<(h, n, c, i) -> (n, i)>
#heads_weight = affine_map<(h, n, c, i) -> (h, i, c)>
#heads_out = affine_map<(h, n, c, i) -> (h, n, c)>
func.func private @layer(%x: tensor<512x64xf32>, %position: tensor<1xi64>, %length: tensor<1xi64>, %bank: tensor<1x64x64xf32>, %window_k: tensor<1x2x128x32xf32>, %window_v: tensor<1x2x128x32xf32>, %carry: tensor<1x2x64xf32>, %norm1: tensor<64xf32>, %conv: tensor<3x64xf32>, %wq: tensor<2x64x32xf32>, %wk: tensor<2x64x32xf32>, %wv: tensor<2x64x32xf32>, %wo: tensor<64x64xf32>, %slots: tensor<1x2x64x32xf32>, %bias: tensor<2xf32>, %c_r: tensor<64x64xf32>, %m_r: tensor<64x64xf32>, %b_r: tensor<64xf32>, %c_z: tensor<64x1xf32>, %m_z: tensor<64x1xf32>, %b_z: tensor<1xf32>, %c_n: tensor<64x64xf32>, %m_n: tensor<64x64xf32>, %b_n: tensor<64xf32>, %norm2: tensor<64xf32>, %w1: tensor<64x128xf32>, %w2: tensor<128x64xf32>) -> (tensor<512x64xf32>, tensor<1x64x64xf32>, tensor<1x2x128x32xf32>, tensor<1x2x128x32xf32>, tensor<1x2x64xf32>) {
    %h_zero = arith.constant 0.0 : f32
    %h_e = tensor.empty() : tensor<512xf32>
    %h_i = linalg.fill ins(%h_zero : f32) outs(%h_e : tensor<512xf32>) -> tensor<512xf32>
    %h_s = linalg.generic {indexing_maps = [#id2, #row2], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<512x64xf32>) outs(%h_i : tensor<512xf32>) {
      ^bb0(%a: f32, %s: f32):
        %m = arith.mulf %a, %a : f32
        %y = arith.addf %s, %m : f32
        linalg.yield %y : f32
      } -> tensor<512xf32>
    %h_o = tensor.empty() : tensor<512x64xf32>
    %h = linalg.generic {indexing_maps = [#id2, #row2, #col2, #id2], iterator_types = ["parallel", "parallel"]}
      ins(%x, %h_s, %norm1 : tensor<512x64xf32>, tensor<512xf32>, tensor<64xf32>) outs(%h_o : tensor<512x64xf32>) {
      ^bb0(%a: f32, %s: f32, %w: f32, %o: f32):
        %n = arith.constant 64.0 : f32
        %eps = arith.constant 1.0e-5 : f32
        %mean = arith.divf %s, %n : f32
        %p = arith.addf %mean, %eps : f32
        %root = math.sqrt %p : f32
        %scaled = arith.divf %a, %root : f32
        %y = arith.mulf %scaled, %w : f32
        linalg.yield %y : f32
      } -> tensor<512x64xf32>
    %h3 = tensor.expand_shape %h [[0, 1], [2]] output_shape [1, 512, 64] : tensor<512x64xf32> into tensor<1x512x64xf32>
    %c3 = msa.short_conv %h3, %carry, %conv : tensor<1x512x64xf32>, tensor<1x2x64xf32>, tensor<3x64xf32>
    %new_carry = msa.carry %carry, %h3 length(%length : tensor<1xi64>) : tensor<1x2x64xf32>, tensor<1x512x64xf32>
    %c = tensor.collapse_shape %c3 [[0, 1], [2]] : tensor<1x512x64xf32> into tensor<512x64xf32>
    %bank2 = tensor.collapse_shape %bank [[0, 1], [2]] : tensor<1x64x64xf32> into tensor<64x64xf32>
    %q_z = arith.constant 0.0 : f32
    %q_e = tensor.empty() : tensor<2x512x32xf32>
    %q_i = linalg.fill ins(%q_z : f32) outs(%q_e : tensor<2x512x32xf32>) -> tensor<2x512x32xf32>
    %q_3 = linalg.generic {indexing_maps = [#heads_in, #heads_weight, #heads_out], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%c, %wq : tensor<512x64xf32>, tensor<2x64x32xf32>) outs(%q_i : tensor<2x512x32xf32>) {
      ^bb0(%a: f32, %w: f32, %o: f32):
        %m = arith.mulf %a, %w : f32
        %y = arith.addf %o, %m : f32
        linalg.yield %y : f32
      } -> tensor<2x512x32xf32>
    %q = tensor.expand_shape %q_3 [[0, 1], [2], [3]] output_shape [1, 2, 512, 32] : tensor<2x512x32xf32> into tensor<1x2x512x32xf32>
    %k_z = arith.constant 0.0 : f32
    %k_e = tensor.empty() : tensor<2x512x32xf32>
    %k_i = linalg.fill ins(%k_z : f32) outs(%k_e : tensor<2x512x32xf32>) -> tensor<2x512x32xf32>
    %k_3 = linalg.generic {indexing_maps = [#heads_in, #heads_weight, #heads_out], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%c, %wk : tensor<512x64xf32>, tensor<2x64x32xf32>) outs(%k_i : tensor<2x512x32xf32>) {
      ^bb0(%a: f32, %w: f32, %o: f32):
        %m = arith.mulf %a, %w : f32
        %y = arith.addf %o, %m : f32
        linalg.yield %y : f32
      } -> tensor<2x512x32xf32>
    %k = tensor.expand_shape %k_3 [[0, 1], [2], [3]] output_shape [1, 2, 512, 32] : tensor<2x512x32xf32> into tensor<1x2x512x32xf32>
    %v_z = arith.constant 0.0 : f32
    %v_e = tensor.empty() : tensor<2x512x32xf32>
    %v_i = linalg.fill ins(%v_z : f32) outs(%v_e : tensor<2x512x32xf32>) -> tensor<2x512x32xf32>
    %v_3 = linalg.generic {indexing_maps = [#heads_in, #heads_weight, #heads_out], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%c, %wv : tensor<512x64xf32>, tensor<2x64x32xf32>) outs(%v_i : tensor<2x512x32xf32>) {
      ^bb0(%a: f32, %w: f32, %o: f32):
        %m = arith.mulf %a, %w : f32
        %y = arith.addf %o, %m : f32
        linalg.yield %y : f32
      } -> tensor<2x512x32xf32>
    %v = tensor.expand_shape %v_3 [[0, 1], [2], [3]] output_shape [1, 2, 512, 32] : tensor<2x512x32xf32> into tensor<1x2x512x32xf32>
    %bank_k_z = arith.constant 0.0 : f32
    %bank_k_e = tensor.empty() : tensor<2x64x32xf32>
    %bank_k_i = linalg.fill ins(%bank_k_z : f32) outs(%bank_k_e : tensor<2x64x32xf32>) -> tensor<2x64x32xf32>
    %bank_k_3 = linalg.generic {indexing_maps = [#heads_in, #heads_weight, #heads_out], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%bank2, %wk : tensor<64x64xf32>, tensor<2x64x32xf32>) outs(%bank_k_i : tensor<2x64x32xf32>) {
      ^bb0(%a: f32, %w: f32, %o: f32):
        %m = arith.mulf %a, %w : f32
        %y = arith.addf %o, %m : f32
        linalg.yield %y : f32
      } -> tensor<2x64x32xf32>
    %bank_k = tensor.expand_shape %bank_k_3 [[0, 1], [2], [3]] output_shape [1, 2, 64, 32] : tensor<2x64x32xf32> into tensor<1x2x64x32xf32>
    %bank_v_z = arith.constant 0.0 : f32
    %bank_v_e = tensor.empty() : tensor<2x64x32xf32>
    %bank_v_i = linalg.fill ins(%bank_v_z : f32) outs(%bank_v_e : tensor<2x64x32xf32>) -> tensor<2x64x32xf32>
    %bank_v_3 = linalg.generic {indexing_maps = [#heads_in, #heads_weight, #heads_out], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%bank2, %wv : tensor<64x64xf32>, tensor<2x64x32xf32>) outs(%bank_v_i : tensor<2x64x32xf32>) {
      ^bb0(%a: f32, %w: f32, %o: f32):
        %m = arith.mulf %a, %w : f32
        %y = arith.addf %o, %m : f32
        linalg.yield %y : f32
      } -> tensor<2x64x32xf32>
    %bank_v = tensor.expand_shape %bank_v_3 [[0, 1], [2], [3]] output_shape [1, 2, 64, 32] : tensor<2x64x32xf32> into tensor<1x2x64x32xf32>
    %rq = msa.rope %q rotary(32) : tensor<1x2x512x32xf32>
    %rk = msa.rope %k rotary(32) : tensor<1x2x512x32xf32>
    %rw = msa.rope %window_k rotary(32) {start = -128 : i64} : tensor<1x2x128x32xf32>
    %att, %lse = msa.attend ins(%rq, %rk, %v : tensor<1x2x512x32xf32>, tensor<1x2x512x32xf32>, tensor<1x2x512x32xf32>) window(%rw, %window_v : tensor<1x2x128x32xf32>, tensor<1x2x128x32xf32>)
      bank(%bank_k, %bank_v : tensor<1x2x64x32xf32>, tensor<1x2x64x32xf32>) bias(%bias : tensor<2xf32>) position(%position : tensor<1xi64>) length(%length : tensor<1xi64>)
      pattern(#msa.window<left = 127>) scale(0.1767766952966369) -> tensor<1x2x512x32xf32>, tensor<1x2x512xf32>
    %new_window_k = msa.carry %window_k, %k length(%length : tensor<1xi64>) : tensor<1x2x128x32xf32>, tensor<1x2x512x32xf32>
    %new_window_v = msa.carry %window_v, %v length(%length : tensor<1xi64>) : tensor<1x2x128x32xf32>, tensor<1x2x512x32xf32>
    %a2_c = tensor.collapse_shape %att [[0, 1], [2], [3]] : tensor<1x2x512x32xf32> into tensor<2x512x32xf32>
    %a2_e = tensor.empty() : tensor<512x2x32xf32>
    %a2_t = linalg.transpose ins(%a2_c : tensor<2x512x32xf32>) outs(%a2_e : tensor<512x2x32xf32>) permutation = [1, 0, 2]
    %a2 = tensor.collapse_shape %a2_t [[0], [1, 2]] : tensor<512x2x32xf32> into tensor<512x64xf32>
    %proj_z = arith.constant 0.0 : f32
    %proj_e = tensor.empty() : tensor<512x64xf32>
    %proj_i = linalg.fill ins(%proj_z : f32) outs(%proj_e : tensor<512x64xf32>) -> tensor<512x64xf32>
    %proj = linalg.matmul ins(%a2, %wo : tensor<512x64xf32>, tensor<64x64xf32>) outs(%proj_i : tensor<512x64xf32>) -> tensor<512x64xf32>
    %mid_e = tensor.empty() : tensor<512x64xf32>
    %mid = linalg.add ins(%x, %proj : tensor<512x64xf32>, tensor<512x64xf32>) outs(%mid_e : tensor<512x64xf32>) -> tensor<512x64xf32>
    %cand, %cand_lse = msa.attend ins(%slots, %k, %v : tensor<1x2x64x32xf32>, tensor<1x2x512x32xf32>, tensor<1x2x512x32xf32>) length(%length : tensor<1xi64>)
      pattern(#msa.full) scale(0.1767766952966369) -> tensor<1x2x64x32xf32>, tensor<1x2x64xf32>
    %cand2_c = tensor.collapse_shape %cand [[0, 1], [2], [3]] : tensor<1x2x64x32xf32> into tensor<2x64x32xf32>
    %cand2_e = tensor.empty() : tensor<64x2x32xf32>
    %cand2_t = linalg.transpose ins(%cand2_c : tensor<2x64x32xf32>) outs(%cand2_e : tensor<64x2x32xf32>) permutation = [1, 0, 2]
    %cand2 = tensor.collapse_shape %cand2_t [[0], [1, 2]] : tensor<64x2x32xf32> into tensor<64x64xf32>
    %cand3 = tensor.expand_shape %cand2 [[0, 1], [2]] output_shape [1, 64, 64] : tensor<64x64xf32> into tensor<1x64x64xf32>
    %new_bank = msa.bank_write %bank, %cand3 gate(#msa.gru)
      weights(%c_r, %m_r, %b_r, %c_z, %m_z, %b_z, %c_n, %m_n, %b_n : tensor<64x64xf32>, tensor<64x64xf32>, tensor<64xf32>, tensor<64x1xf32>, tensor<64x1xf32>, tensor<1xf32>, tensor<64x64xf32>, tensor<64x64xf32>, tensor<64xf32>) length(%length : tensor<1xi64>) : tensor<1x64x64xf32>, tensor<1x64x64xf32> -> tensor<1x64x64xf32>
    %g_zero = arith.constant 0.0 : f32
    %g_e = tensor.empty() : tensor<512xf32>
    %g_i = linalg.fill ins(%g_zero : f32) outs(%g_e : tensor<512xf32>) -> tensor<512xf32>
    %g_s = linalg.generic {indexing_maps = [#id2, #row2], iterator_types = ["parallel", "reduction"]}
      ins(%mid : tensor<512x64xf32>) outs(%g_i : tensor<512xf32>) {
      ^bb0(%a: f32, %s: f32):
        %m = arith.mulf %a, %a : f32
        %y = arith.addf %s, %m : f32
        linalg.yield %y : f32
      } -> tensor<512xf32>
    %g_o = tensor.empty() : tensor<512x64xf32>
    %g = linalg.generic {indexing_maps = [#id2, #row2, #col2, #id2], iterator_types = ["parallel", "parallel"]}
      ins(%mid, %g_s, %norm2 : tensor<512x64xf32>, tensor<512xf32>, tensor<64xf32>) outs(%g_o : tensor<512x64xf32>) {
      ^bb0(%a: f32, %s: f32, %w: f32, %o: f32):
        %n = arith.constant 64.0 : f32
        %eps = arith.constant 1.0e-5 : f32
        %mean = arith.divf %s, %n : f32
        %p = arith.addf %mean, %eps : f32
        %root = math.sqrt %p : f32
        %scaled = arith.divf %a, %root : f32
        %y = arith.mulf %scaled, %w : f32
        linalg.yield %y : f32
      } -> tensor<512x64xf32>
    %u_z = arith.constant 0.0 : f32
    %u_e = tensor.empty() : tensor<512x128xf32>
    %u_i = linalg.fill ins(%u_z : f32) outs(%u_e : tensor<512x128xf32>) -> tensor<512x128xf32>
    %u = linalg.matmul ins(%g, %w1 : tensor<512x64xf32>, tensor<64x128xf32>) outs(%u_i : tensor<512x128xf32>) -> tensor<512x128xf32>
    %act_e = tensor.empty() : tensor<512x128xf32>
    %act = linalg.generic {indexing_maps = [#id2, #id2], iterator_types = ["parallel", "parallel"]}
      ins(%u : tensor<512x128xf32>) outs(%act_e : tensor<512x128xf32>) {
      ^bb0(%a0: f32, %o0: f32):
        %one = arith.constant 1.0 : f32
        %neg = arith.negf %a0 : f32
        %exp = math.exp %neg : f32
        %den = arith.addf %one, %exp : f32
        %act_y = arith.divf %a0, %den : f32
        linalg.yield %act_y : f32
      } -> tensor<512x128xf32>
    %down_z = arith.constant 0.0 : f32
    %down_e = tensor.empty() : tensor<512x64xf32>
    %down_i = linalg.fill ins(%down_z : f32) outs(%down_e : tensor<512x64xf32>) -> tensor<512x64xf32>
    %down = linalg.matmul ins(%act, %w2 : tensor<512x128xf32>, tensor<128x64xf32>) outs(%down_i : tensor<512x64xf32>) -> tensor<512x64xf32>
    %last_e = tensor.empty() : tensor<512x64xf32>
    %last = linalg.add ins(%mid, %down : tensor<512x64xf32>, tensor<512x64xf32>) outs(%last_e : tensor<512x64xf32>) -> tensor<512x64xf32>
    return %last, %new_bank, %new_window_k, %new_window_v, %new_carry : tensor<512x64xf32>, tensor<1x64x64xf32>, tensor<1x2x128x32xf32>, tensor<1x2x128x32xf32>, tensor<1x2x64xf32>
}

func.func @segment(
    %tokens: tensor<1x512xi32> {msa.name = "tokens"},
    %position: tensor<1xi64> {msa.name = "position"},
    %length: tensor<1xi64> {msa.name = "length"},
    %l0_bank: tensor<1x64x64xf32> {msa.state = "l0.bank"},
    %l0_window_k: tensor<1x2x128x32xf32> {msa.state = "l0.window_k"},
    %l0_window_v: tensor<1x2x128x32xf32> {msa.state = "l0.window_v"},
    %l0_carry: tensor<1x2x64xf32> {msa.state = "l0.carry"},
    %l1_bank: tensor<1x64x64xf32> {msa.state = "l1.bank"},
    %l1_window_k: tensor<1x2x128x32xf32> {msa.state = "l1.window_k"},
    %l1_window_v: tensor<1x2x128x32xf32> {msa.state = "l1.window_v"},
    %l1_carry: tensor<1x2x64xf32> {msa.state = "l1.carry"},
    %l2_bank: tensor<1x64x64xf32> {msa.state = "l2.bank"},
    %l2_window_k: tensor<1x2x128x32xf32> {msa.state = "l2.window_k"},
    %l2_window_v: tensor<1x2x128x32xf32> {msa.state = "l2.window_v"},
    %l2_carry: tensor<1x2x64xf32> {msa.state = "l2.carry"},
    %l3_bank: tensor<1x64x64xf32> {msa.state = "l3.bank"},
    %l3_window_k: tensor<1x2x128x32xf32> {msa.state = "l3.window_k"},
    %l3_window_v: tensor<1x2x128x32xf32> {msa.state = "l3.window_v"},
    %l3_carry: tensor<1x2x64xf32> {msa.state = "l3.carry"},
    %embedding: tensor<256x64xf32> {msa.constant = "embedding", msa.seed = 900 : i64, msa.stddev = 1.000000e+00 : f64},
    %l0_norm1: tensor<64xf32> {msa.constant = "l0.norm1", msa.mean = 1.000000e+00 : f64},
    %l0_conv: tensor<3x64xf32> {msa.constant = "l0.conv", msa.seed = 1001 : i64, msa.stddev = 5.000000e-01 : f64},
    %l0_wq: tensor<2x64x32xf32> {msa.constant = "l0.wq", msa.seed = 1002 : i64, msa.stddev = 1.250000e-01 : f64},
    %l0_wk: tensor<2x64x32xf32> {msa.constant = "l0.wk", msa.seed = 1003 : i64, msa.stddev = 1.250000e-01 : f64},
    %l0_wv: tensor<2x64x32xf32> {msa.constant = "l0.wv", msa.seed = 1004 : i64, msa.stddev = 1.250000e-01 : f64},
    %l0_wo: tensor<64x64xf32> {msa.constant = "l0.wo", msa.seed = 1005 : i64, msa.stddev = 1.250000e-01 : f64},
    %l0_slots: tensor<1x2x64x32xf32> {msa.constant = "l0.slots", msa.seed = 1006 : i64, msa.stddev = 1.000000e+00 : f64},
    %l0_bias: tensor<2xf32> {msa.constant = "l0.bias", msa.mean = -5.000000e+00 : f64},
    %l0_c_r: tensor<64x64xf32> {msa.constant = "l0.c_r", msa.seed = 1010 : i64, msa.stddev = 1.250000e-01 : f64},
    %l0_m_r: tensor<64x64xf32> {msa.constant = "l0.m_r", msa.seed = 1011 : i64, msa.stddev = 1.250000e-01 : f64},
    %l0_b_r: tensor<64xf32> {msa.constant = "l0.b_r"},
    %l0_c_z: tensor<64x1xf32> {msa.constant = "l0.c_z", msa.seed = 1013 : i64, msa.stddev = 7.500000e-01 : f64},
    %l0_m_z: tensor<64x1xf32> {msa.constant = "l0.m_z", msa.seed = 1014 : i64, msa.stddev = 7.500000e-01 : f64},
    %l0_b_z: tensor<1xf32> {msa.constant = "l0.b_z"},
    %l0_c_n: tensor<64x64xf32> {msa.constant = "l0.c_n", msa.seed = 1016 : i64, msa.stddev = 1.250000e-01 : f64},
    %l0_m_n: tensor<64x64xf32> {msa.constant = "l0.m_n", msa.seed = 1017 : i64, msa.stddev = 1.250000e-01 : f64},
    %l0_b_n: tensor<64xf32> {msa.constant = "l0.b_n"},
    %l0_norm2: tensor<64xf32> {msa.constant = "l0.norm2", msa.mean = 1.000000e+00 : f64},
    %l0_w1: tensor<64x128xf32> {msa.constant = "l0.w1", msa.seed = 1007 : i64, msa.stddev = 1.250000e-01 : f64},
    %l0_w2: tensor<128x64xf32> {msa.constant = "l0.w2", msa.seed = 1008 : i64, msa.stddev = 8.838835e-02 : f64},
    %l1_norm1: tensor<64xf32> {msa.constant = "l1.norm1", msa.mean = 1.000000e+00 : f64},
    %l1_conv: tensor<3x64xf32> {msa.constant = "l1.conv", msa.seed = 2001 : i64, msa.stddev = 5.000000e-01 : f64},
    %l1_wq: tensor<2x64x32xf32> {msa.constant = "l1.wq", msa.seed = 2002 : i64, msa.stddev = 1.250000e-01 : f64},
    %l1_wk: tensor<2x64x32xf32> {msa.constant = "l1.wk", msa.seed = 2003 : i64, msa.stddev = 1.250000e-01 : f64},
    %l1_wv: tensor<2x64x32xf32> {msa.constant = "l1.wv", msa.seed = 2004 : i64, msa.stddev = 1.250000e-01 : f64},
    %l1_wo: tensor<64x64xf32> {msa.constant = "l1.wo", msa.seed = 2005 : i64, msa.stddev = 1.250000e-01 : f64},
    %l1_slots: tensor<1x2x64x32xf32> {msa.constant = "l1.slots", msa.seed = 2006 : i64, msa.stddev = 1.000000e+00 : f64},
    %l1_bias: tensor<2xf32> {msa.constant = "l1.bias", msa.mean = -5.000000e+00 : f64},
    %l1_c_r: tensor<64x64xf32> {msa.constant = "l1.c_r", msa.seed = 2010 : i64, msa.stddev = 1.250000e-01 : f64},
    %l1_m_r: tensor<64x64xf32> {msa.constant = "l1.m_r", msa.seed = 2011 : i64, msa.stddev = 1.250000e-01 : f64},
    %l1_b_r: tensor<64xf32> {msa.constant = "l1.b_r"},
    %l1_c_z: tensor<64x1xf32> {msa.constant = "l1.c_z", msa.seed = 2013 : i64, msa.stddev = 7.500000e-01 : f64},
    %l1_m_z: tensor<64x1xf32> {msa.constant = "l1.m_z", msa.seed = 2014 : i64, msa.stddev = 7.500000e-01 : f64},
    %l1_b_z: tensor<1xf32> {msa.constant = "l1.b_z"},
    %l1_c_n: tensor<64x64xf32> {msa.constant = "l1.c_n", msa.seed = 2016 : i64, msa.stddev = 1.250000e-01 : f64},
    %l1_m_n: tensor<64x64xf32> {msa.constant = "l1.m_n", msa.seed = 2017 : i64, msa.stddev = 1.250000e-01 : f64},
    %l1_b_n: tensor<64xf32> {msa.constant = "l1.b_n"},
    %l1_norm2: tensor<64xf32> {msa.constant = "l1.norm2", msa.mean = 1.000000e+00 : f64},
    %l1_w1: tensor<64x128xf32> {msa.constant = "l1.w1", msa.seed = 2007 : i64, msa.stddev = 1.250000e-01 : f64},
    %l1_w2: tensor<128x64xf32> {msa.constant = "l1.w2", msa.seed = 2008 : i64, msa.stddev = 8.838835e-02 : f64},
    %l2_norm1: tensor<64xf32> {msa.constant = "l2.norm1", msa.mean = 1.000000e+00 : f64},
    %l2_conv: tensor<3x64xf32> {msa.constant = "l2.conv", msa.seed = 3001 : i64, msa.stddev = 5.000000e-01 : f64},
    %l2_wq: tensor<2x64x32xf32> {msa.constant = "l2.wq", msa.seed = 3002 : i64, msa.stddev = 1.250000e-01 : f64},
    %l2_wk: tensor<2x64x32xf32> {msa.constant = "l2.wk", msa.seed = 3003 : i64, msa.stddev = 1.250000e-01 : f64},
    %l2_wv: tensor<2x64x32xf32> {msa.constant = "l2.wv", msa.seed = 3004 : i64, msa.stddev = 1.250000e-01 : f64},
    %l2_wo: tensor<64x64xf32> {msa.constant = "l2.wo", msa.seed = 3005 : i64, msa.stddev = 1.250000e-01 : f64},
    %l2_slots: tensor<1x2x64x32xf32> {msa.constant = "l2.slots", msa.seed = 3006 : i64, msa.stddev = 1.000000e+00 : f64},
    %l2_bias: tensor<2xf32> {msa.constant = "l2.bias", msa.mean = -5.000000e+00 : f64},
    %l2_c_r: tensor<64x64xf32> {msa.constant = "l2.c_r", msa.seed = 3010 : i64, msa.stddev = 1.250000e-01 : f64},
    %l2_m_r: tensor<64x64xf32> {msa.constant = "l2.m_r", msa.seed = 3011 : i64, msa.stddev = 1.250000e-01 : f64},
    %l2_b_r: tensor<64xf32> {msa.constant = "l2.b_r"},
    %l2_c_z: tensor<64x1xf32> {msa.constant = "l2.c_z", msa.seed = 3013 : i64, msa.stddev = 7.500000e-01 : f64},
    %l2_m_z: tensor<64x1xf32> {msa.constant = "l2.m_z", msa.seed = 3014 : i64, msa.stddev = 7.500000e-01 : f64},
    %l2_b_z: tensor<1xf32> {msa.constant = "l2.b_z"},
    %l2_c_n: tensor<64x64xf32> {msa.constant = "l2.c_n", msa.seed = 3016 : i64, msa.stddev = 1.250000e-01 : f64},
    %l2_m_n: tensor<64x64xf32> {msa.constant = "l2.m_n", msa.seed = 3017 : i64, msa.stddev = 1.250000e-01 : f64},
    %l2_b_n: tensor<64xf32> {msa.constant = "l2.b_n"},
    %l2_norm2: tensor<64xf32> {msa.constant = "l2.norm2", msa.mean = 1.000000e+00 : f64},
    %l2_w1: tensor<64x128xf32> {msa.constant = "l2.w1", msa.seed = 3007 : i64, msa.stddev = 1.250000e-01 : f64},
    %l2_w2: tensor<128x64xf32> {msa.constant = "l2.w2", msa.seed = 3008 : i64, msa.stddev = 8.838835e-02 : f64},
    %l3_norm1: tensor<64xf32> {msa.constant = "l3.norm1", msa.mean = 1.000000e+00 : f64},
    %l3_conv: tensor<3x64xf32> {msa.constant = "l3.conv", msa.seed = 4001 : i64, msa.stddev = 5.000000e-01 : f64},
    %l3_wq: tensor<2x64x32xf32> {msa.constant = "l3.wq", msa.seed = 4002 : i64, msa.stddev = 1.250000e-01 : f64},
    %l3_wk: tensor<2x64x32xf32> {msa.constant = "l3.wk", msa.seed = 4003 : i64, msa.stddev = 1.250000e-01 : f64},
    %l3_wv: tensor<2x64x32xf32> {msa.constant = "l3.wv", msa.seed = 4004 : i64, msa.stddev = 1.250000e-01 : f64},
    %l3_wo: tensor<64x64xf32> {msa.constant = "l3.wo", msa.seed = 4005 : i64, msa.stddev = 1.250000e-01 : f64},
    %l3_slots: tensor<1x2x64x32xf32> {msa.constant = "l3.slots", msa.seed = 4006 : i64, msa.stddev = 1.000000e+00 : f64},
    %l3_bias: tensor<2xf32> {msa.constant = "l3.bias", msa.mean = -5.000000e+00 : f64},
    %l3_c_r: tensor<64x64xf32> {msa.constant = "l3.c_r", msa.seed = 4010 : i64, msa.stddev = 1.250000e-01 : f64},
    %l3_m_r: tensor<64x64xf32> {msa.constant = "l3.m_r", msa.seed = 4011 : i64, msa.stddev = 1.250000e-01 : f64},
    %l3_b_r: tensor<64xf32> {msa.constant = "l3.b_r"},
    %l3_c_z: tensor<64x1xf32> {msa.constant = "l3.c_z", msa.seed = 4013 : i64, msa.stddev = 7.500000e-01 : f64},
    %l3_m_z: tensor<64x1xf32> {msa.constant = "l3.m_z", msa.seed = 4014 : i64, msa.stddev = 7.500000e-01 : f64},
    %l3_b_z: tensor<1xf32> {msa.constant = "l3.b_z"},
    %l3_c_n: tensor<64x64xf32> {msa.constant = "l3.c_n", msa.seed = 4016 : i64, msa.stddev = 1.250000e-01 : f64},
    %l3_m_n: tensor<64x64xf32> {msa.constant = "l3.m_n", msa.seed = 4017 : i64, msa.stddev = 1.250000e-01 : f64},
    %l3_b_n: tensor<64xf32> {msa.constant = "l3.b_n"},
    %l3_norm2: tensor<64xf32> {msa.constant = "l3.norm2", msa.mean = 1.000000e+00 : f64},
    %l3_w1: tensor<64x128xf32> {msa.constant = "l3.w1", msa.seed = 4007 : i64, msa.stddev = 1.250000e-01 : f64},
    %l3_w2: tensor<128x64xf32> {msa.constant = "l3.w2", msa.seed = 4008 : i64, msa.stddev = 8.838835e-02 : f64},
    %norm: tensor<64xf32> {msa.constant = "norm", msa.mean = 1.000000e+00 : f64},
    %head: tensor<64x256xf32> {msa.constant = "head", msa.seed = 901 : i64, msa.stddev = 1.250000e-01 : f64})
  -> (tensor<1x512x256xf32> {msa.name = "logits"},
    tensor<1x64x64xf32> {msa.state = "l0.bank"},
    tensor<1x2x128x32xf32> {msa.state = "l0.window_k"},
    tensor<1x2x128x32xf32> {msa.state = "l0.window_v"},
    tensor<1x2x64xf32> {msa.state = "l0.carry"},
    tensor<1x64x64xf32> {msa.state = "l1.bank"},
    tensor<1x2x128x32xf32> {msa.state = "l1.window_k"},
    tensor<1x2x128x32xf32> {msa.state = "l1.window_v"},
    tensor<1x2x64xf32> {msa.state = "l1.carry"},
    tensor<1x64x64xf32> {msa.state = "l2.bank"},
    tensor<1x2x128x32xf32> {msa.state = "l2.window_k"},
    tensor<1x2x128x32xf32> {msa.state = "l2.window_v"},
    tensor<1x2x64xf32> {msa.state = "l2.carry"},
    tensor<1x64x64xf32> {msa.state = "l3.bank"},
    tensor<1x2x128x32xf32> {msa.state = "l3.window_k"},
    tensor<1x2x128x32xf32> {msa.state = "l3.window_v"},
    tensor<1x2x64xf32> {msa.state = "l3.carry"}) {
    %empty = tensor.empty() : tensor<512x64xf32>
    %x0 = linalg.generic {indexing_maps = [#id2], iterator_types = ["parallel", "parallel"]} outs(%empty : tensor<512x64xf32>) {
      ^bb0(%o: f32):
        %c0 = arith.constant 0 : index
        %c255 = arith.constant 255 : index
        %i = linalg.index 0 : index
        %j = linalg.index 1 : index
        %token = tensor.extract %tokens[%c0, %i] : tensor<1x512xi32>
        %raw = arith.index_cast %token : i32 to index
        %low = arith.maxsi %raw, %c0 : index
        %row = arith.minsi %low, %c255 : index
        %e = tensor.extract %embedding[%row, %j] : tensor<256x64xf32>
        linalg.yield %e : f32
      } -> tensor<512x64xf32>
    %r0:5 = call @layer(%x0, %position, %length, %l0_bank, %l0_window_k, %l0_window_v, %l0_carry, %l0_norm1, %l0_conv, %l0_wq, %l0_wk, %l0_wv, %l0_wo, %l0_slots, %l0_bias, %l0_c_r, %l0_m_r, %l0_b_r, %l0_c_z, %l0_m_z, %l0_b_z, %l0_c_n, %l0_m_n, %l0_b_n, %l0_norm2, %l0_w1, %l0_w2) : (tensor<512x64xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1x64x64xf32>, tensor<1x2x128x32xf32>, tensor<1x2x128x32xf32>, tensor<1x2x64xf32>, tensor<64xf32>, tensor<3x64xf32>, tensor<2x64x32xf32>, tensor<2x64x32xf32>, tensor<2x64x32xf32>, tensor<64x64xf32>, tensor<1x2x64x32xf32>, tensor<2xf32>, tensor<64x64xf32>, tensor<64x64xf32>, tensor<64xf32>, tensor<64x1xf32>, tensor<64x1xf32>, tensor<1xf32>, tensor<64x64xf32>, tensor<64x64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64x128xf32>, tensor<128x64xf32>) -> (tensor<512x64xf32>, tensor<1x64x64xf32>, tensor<1x2x128x32xf32>, tensor<1x2x128x32xf32>, tensor<1x2x64xf32>)
    %r1:5 = call @layer(%r0#0, %position, %length, %l1_bank, %l1_window_k, %l1_window_v, %l1_carry, %l1_norm1, %l1_conv, %l1_wq, %l1_wk, %l1_wv, %l1_wo, %l1_slots, %l1_bias, %l1_c_r, %l1_m_r, %l1_b_r, %l1_c_z, %l1_m_z, %l1_b_z, %l1_c_n, %l1_m_n, %l1_b_n, %l1_norm2, %l1_w1, %l1_w2) : (tensor<512x64xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1x64x64xf32>, tensor<1x2x128x32xf32>, tensor<1x2x128x32xf32>, tensor<1x2x64xf32>, tensor<64xf32>, tensor<3x64xf32>, tensor<2x64x32xf32>, tensor<2x64x32xf32>, tensor<2x64x32xf32>, tensor<64x64xf32>, tensor<1x2x64x32xf32>, tensor<2xf32>, tensor<64x64xf32>, tensor<64x64xf32>, tensor<64xf32>, tensor<64x1xf32>, tensor<64x1xf32>, tensor<1xf32>, tensor<64x64xf32>, tensor<64x64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64x128xf32>, tensor<128x64xf32>) -> (tensor<512x64xf32>, tensor<1x64x64xf32>, tensor<1x2x128x32xf32>, tensor<1x2x128x32xf32>, tensor<1x2x64xf32>)
    %r2:5 = call @layer(%r1#0, %position, %length, %l2_bank, %l2_window_k, %l2_window_v, %l2_carry, %l2_norm1, %l2_conv, %l2_wq, %l2_wk, %l2_wv, %l2_wo, %l2_slots, %l2_bias, %l2_c_r, %l2_m_r, %l2_b_r, %l2_c_z, %l2_m_z, %l2_b_z, %l2_c_n, %l2_m_n, %l2_b_n, %l2_norm2, %l2_w1, %l2_w2) : (tensor<512x64xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1x64x64xf32>, tensor<1x2x128x32xf32>, tensor<1x2x128x32xf32>, tensor<1x2x64xf32>, tensor<64xf32>, tensor<3x64xf32>, tensor<2x64x32xf32>, tensor<2x64x32xf32>, tensor<2x64x32xf32>, tensor<64x64xf32>, tensor<1x2x64x32xf32>, tensor<2xf32>, tensor<64x64xf32>, tensor<64x64xf32>, tensor<64xf32>, tensor<64x1xf32>, tensor<64x1xf32>, tensor<1xf32>, tensor<64x64xf32>, tensor<64x64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64x128xf32>, tensor<128x64xf32>) -> (tensor<512x64xf32>, tensor<1x64x64xf32>, tensor<1x2x128x32xf32>, tensor<1x2x128x32xf32>, tensor<1x2x64xf32>)
    %r3:5 = call @layer(%r2#0, %position, %length, %l3_bank, %l3_window_k, %l3_window_v, %l3_carry, %l3_norm1, %l3_conv, %l3_wq, %l3_wk, %l3_wv, %l3_wo, %l3_slots, %l3_bias, %l3_c_r, %l3_m_r, %l3_b_r, %l3_c_z, %l3_m_z, %l3_b_z, %l3_c_n, %l3_m_n, %l3_b_n, %l3_norm2, %l3_w1, %l3_w2) : (tensor<512x64xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1x64x64xf32>, tensor<1x2x128x32xf32>, tensor<1x2x128x32xf32>, tensor<1x2x64xf32>, tensor<64xf32>, tensor<3x64xf32>, tensor<2x64x32xf32>, tensor<2x64x32xf32>, tensor<2x64x32xf32>, tensor<64x64xf32>, tensor<1x2x64x32xf32>, tensor<2xf32>, tensor<64x64xf32>, tensor<64x64xf32>, tensor<64xf32>, tensor<64x1xf32>, tensor<64x1xf32>, tensor<1xf32>, tensor<64x64xf32>, tensor<64x64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64x128xf32>, tensor<128x64xf32>) -> (tensor<512x64xf32>, tensor<1x64x64xf32>, tensor<1x2x128x32xf32>, tensor<1x2x128x32xf32>, tensor<1x2x64xf32>)
    %final_zero = arith.constant 0.0 : f32
    %final_e = tensor.empty() : tensor<512xf32>
    %final_i = linalg.fill ins(%final_zero : f32) outs(%final_e : tensor<512xf32>) -> tensor<512xf32>
    %final_s = linalg.generic {indexing_maps = [#id2, #row2], iterator_types = ["parallel", "reduction"]}
      ins(%r3#0 : tensor<512x64xf32>) outs(%final_i : tensor<512xf32>) {
      ^bb0(%a: f32, %s: f32):
        %m = arith.mulf %a, %a : f32
        %y = arith.addf %s, %m : f32
        linalg.yield %y : f32
      } -> tensor<512xf32>
    %final_o = tensor.empty() : tensor<512x64xf32>
    %final = linalg.generic {indexing_maps = [#id2, #row2, #col2, #id2], iterator_types = ["parallel", "parallel"]}
      ins(%r3#0, %final_s, %norm : tensor<512x64xf32>, tensor<512xf32>, tensor<64xf32>) outs(%final_o : tensor<512x64xf32>) {
      ^bb0(%a: f32, %s: f32, %w: f32, %o: f32):
        %n = arith.constant 64.0 : f32
        %eps = arith.constant 1.0e-5 : f32
        %mean = arith.divf %s, %n : f32
        %p = arith.addf %mean, %eps : f32
        %root = math.sqrt %p : f32
        %scaled = arith.divf %a, %root : f32
        %y = arith.mulf %scaled, %w : f32
        linalg.yield %y : f32
      } -> tensor<512x64xf32>
    %logits2_z = arith.constant 0.0 : f32
    %logits2_e = tensor.empty() : tensor<512x256xf32>
    %logits2_i = linalg.fill ins(%logits2_z : f32) outs(%logits2_e : tensor<512x256xf32>) -> tensor<512x256xf32>
    %logits2 = linalg.matmul ins(%final, %head : tensor<512x64xf32>, tensor<64x256xf32>) outs(%logits2_i : tensor<512x256xf32>) -> tensor<512x256xf32>
    %logits = tensor.expand_shape %logits2 [[0, 1], [2]] output_shape [1, 512, 256] : tensor<512x256xf32> into tensor<1x512x256xf32>
    return %logits, %r0#1, %r0#2, %r0#3, %r0#4, %r1#1, %r1#2, %r1#3, %r1#4, %r2#1, %r2#2, %r2#3, %r2#4, %r3#1, %r3#2, %r3#3, %r3#4 : tensor<1x512x256xf32>, tensor<1x64x64xf32>, tensor<1x2x128x32xf32>, tensor<1x2x128x32xf32>, tensor<1x2x64xf32>, tensor<1x64x64xf32>, tensor<1x2x128x32xf32>, tensor<1x2x128x32xf32>, tensor<1x2x64xf32>, tensor<1x64x64xf32>, tensor<1x2x128x32xf32>, tensor<1x2x128x32xf32>, tensor<1x2x64xf32>, tensor<1x64x64xf32>, tensor<1x2x128x32xf32>, tensor<1x2x128x32xf32>, tensor<1x2x64xf32>
}
