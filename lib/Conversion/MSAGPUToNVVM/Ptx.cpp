//===- Ptx.cpp - Instructions of GPUs ----------------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Ptx.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;
using namespace mlir::msa_gpu;

SmallVector<Value> Ptx::emit(StringRef text, StringRef constraints,
                             ValueRange operands, TypeRange results,
                             bool pure) {
  Type type = LLVM::LLVMVoidType::get(b.getContext());
  if (results.size() == 1)
    type = results.front();
  else if (!results.empty())
    type = LLVM::LLVMStructType::getLiteral(b.getContext(),
                                            llvm::to_vector(results));
  SmallVector<Type> types;
  if (!results.empty())
    types.push_back(type);
  auto op = LLVM::InlineAsmOp::create(
      b, loc, types, operands, text, constraints,
      /*has_side_effects=*/!pure, /*is_align_stack=*/false,
      LLVM::tailcallkind::TailCallKind::None,
      LLVM::AsmDialectAttr::get(b.getContext(), LLVM::AsmDialect::AD_ATT),
      ArrayAttr());
  if (results.empty())
    return {};
  if (results.size() == 1)
    return {op.getResult(0)};
  SmallVector<Value> values;
  for (unsigned i = 0; i < results.size(); ++i)
    values.push_back(LLVM::ExtractValueOp::create(b, loc, op.getResult(0), i));
  return values;
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

Value Ptx::i32(int64_t x) {
  return arith::ConstantIntOp::create(b, loc, x, 32);
}
Value Ptx::i64(int64_t x) {
  return arith::ConstantIntOp::create(b, loc, x, 64);
}
Value Ptx::add(Value x, Value y) {
  return b.createOrFold<arith::AddIOp>(loc, x, y);
}
Value Ptx::mul(Value x, int64_t y) {
  return b.createOrFold<arith::MulIOp>(loc, x, i32(y));
}
Value Ptx::bits(Value x, int64_t shift, int64_t mask) {
  if (shift)
    x = arith::ShRUIOp::create(b, loc, x, i32(shift));
  return arith::AndIOp::create(b, loc, x, i32(mask));
}

// The intrinsics without ftz take extra instructions for denormals.
Value Ptx::exp2(Value x) {
  return emit("ex2.approx.ftz.f32 $0, $1;", "=f,f", x, b.getF32Type(), true)[0];
}
Value Ptx::log2(Value x) {
  return emit("lg2.approx.ftz.f32 $0, $1;", "=f,f", x, b.getF32Type(), true)[0];
}
Value Ptx::rcp(Value x) {
  return emit("rcp.approx.ftz.f32 $0, $1;", "=f,f", x, b.getF32Type(), true)[0];
}
Value Ptx::div(Value x, Value y) {
  return emit("div.full.f32 $0, $1, $2;", "=f,f,f", {x, y}, b.getF32Type(),
              true)[0];
}

Value Ptx::pack(Value low, Value high, Type element) {
  return emit(element.isBF16() ? "cvt.rn.bf16x2.f32 $0, $2, $1;"
                               : "cvt.rn.f16x2.f32 $0, $2, $1;",
              "=r,f,f", {low, high}, b.getI32Type(), true)[0];
}

Value Ptx::rereadThread() {
  return emit("mov.u32 $0, %tid.x;", "=r", {}, b.getI32Type())[0];
}
Value Ptx::hide(Value x) {
  return emit("mov.b32 $0, $1;", "=r,r", x, b.getI32Type())[0];
}

Value Ptx::shuffle(Value x, int64_t lanes) {
  return NVVM::ShflOp::create(b, loc, x.getType(), i32(-1), x, i32(lanes),
                              i32(31), NVVM::ShflKind::bfly, UnitAttr());
}

Value Ptx::asFlag(Value predicate) {
  return arith::ExtUIOp::create(b, loc, b.getI32Type(), predicate);
}

Value Ptx::uniform(Value x) {
  return NVVM::ShflOp::create(b, loc, x.getType(), i32(-1), x, i32(0), i32(31),
                              NVVM::ShflKind::idx, UnitAttr());
}

Value Ptx::any(Value predicate) {
  return NVVM::VoteSyncOp::create(b, loc, b.getI1Type(), i32(-1), predicate,
                                  NVVM::VoteSyncKind::any);
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

static std::string repeat(StringRef what, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i)
    text += (text.empty() ? "" : ",") + what.str();
  return text;
}

/// "{$first, $first+1, ..}"
static std::string registers(int64_t first, int64_t count) {
  std::string text = "{";
  for (int64_t i = 0; i < count; ++i)
    text += (i ? ", $" : "$") + std::to_string(first + i);
  return text + "}";
}

static std::string instruction(int64_t columns, Type element) {
  std::string type = element.isBF16() ? "bf16" : "f16";
  return "wgmma.mma_async.sync.aligned.m64n" + std::to_string(columns) +
         "k16.f32." + type + "." + type + " ";
}

SmallVector<Value> Ptx::productShared(ValueRange acc, Value a, Value bDesc,
                                      int64_t columns, Type element,
                                      bool transposed, ArrayRef<Step> steps) {
  int64_t n = columns / 2;
  std::string d = registers(0, n), first = std::to_string(n),
              second = std::to_string(n + 1);
  // Without accumulators the first step does not add: no zeros are needed.
  std::string text = "{ .reg .b64 a, b; .reg .pred z, o; setp.ne.b32 z, 0, 0; "
                     "setp.eq.b32 o, 0, 0; wgmma.fence.sync.aligned; ";
  for (auto [i, step] : llvm::enumerate(steps))
    text += "add.s64 a, $" + first + ", " + std::to_string(step.a) +
            "; add.s64 b, $" + second + ", " + std::to_string(step.b) + "; " +
            instruction(columns, element) + d + ", a, b, " +
            (i == 0 && acc.empty() ? "z" : "o") + ", 1, 1, 0, " +
            (transposed ? "0" : "1") + "; ";
  text += "wgmma.commit_group.sync.aligned; }";
  std::string constraints = repeat("=f", n) + ",l,l";
  SmallVector<Value> operands = {a, bDesc};
  for (auto [i, value] : llvm::enumerate(acc)) {
    constraints += "," + std::to_string(i);
    operands.push_back(value);
  }
  return emit(text, constraints, operands,
              SmallVector<Type>(n, b.getF32Type()));
}

SmallVector<Value> Ptx::productRegisters(ValueRange acc, ValueRange a,
                                         Value bDesc, int64_t columns,
                                         Type element, bool transposed,
                                         ArrayRef<Step> steps) {
  int64_t n = columns / 2;
  std::string d = registers(0, n);
  std::string desc = std::to_string(n + a.size());
  std::string text = "{ .reg .b64 b; .reg .pred z, o; setp.ne.b32 z, 0, 0; "
                     "setp.eq.b32 o, 0, 0; wgmma.fence.sync.aligned; ";
  for (auto [i, step] : llvm::enumerate(steps))
    text += "add.s64 b, $" + desc + ", " + std::to_string(step.b) + "; " +
            instruction(columns, element) + d + ", " + registers(n + 4 * i, 4) +
            ", b, " + (i == 0 && acc.empty() ? "z" : "o") + ", 1, 1, " +
            (transposed ? "0" : "1") + "; ";
  text += "wgmma.commit_group.sync.aligned; }";
  std::string constraints =
      repeat("=f", n) + "," + repeat("r", a.size()) + ",l";
  SmallVector<Value> operands(a);
  operands.push_back(bDesc);
  for (auto [i, value] : llvm::enumerate(acc)) {
    constraints += "," + std::to_string(i);
    operands.push_back(value);
  }
  return emit(text, constraints, operands,
              SmallVector<Type>(n, b.getF32Type()));
}

SmallVector<Value> Ptx::waitProducts(int64_t groups, ValueRange values) {
  std::string constraints;
  for (Value value : values)
    constraints += value.getType().isF32() ? "=f," : "=r,";
  for (size_t i = 0; i < values.size(); ++i)
    constraints += (i ? "," : "") + std::to_string(i);
  return emit("wgmma.wait_group.sync.aligned " + std::to_string(groups) + ";",
              constraints, values, values.getTypes());
}

void Ptx::computed(ValueRange values) {
  // A NaN that no arithmetic gives; were it one, the sleep would do no harm.
  constexpr StringLiteral kNever = "2139095041";
  std::string text = "{ .reg .pred p; ";
  for (size_t i = 0; i < values.size(); ++i)
    text += (i ? "setp.eq.or.b32 p, $" : "setp.eq.b32 p, $") +
            std::to_string(i) + ", " + kNever.str() + (i ? ", p; " : "; ");
  emit(text + "@p nanosleep.u32 0; }", repeat("f", values.size()), values, {});
}

// Address >> 4 in bits 0-13, leading offset >> 4 from bit 16 on, stride offset
// >> 4 from bit 32 on, the 128-byte swizzle in bit 62 ("Matrix Descriptor
// Format"). In a cluster addresses carry the block's rank above bit 24, hence
// the mask.
Value Ptx::descriptor(Value address, int64_t leadingBytes,
                      int64_t strideBytes) {
  uint64_t high = uint64_t(1) << 62 | uint64_t(strideBytes >> 4) << 32 |
                  uint64_t(leadingBytes >> 4) << 16;
  Value low = arith::ShRUIOp::create(b, loc, address, i32(4));
  low = arith::AndIOp::create(b, loc, low, i32(0x3FFF));
  low = arith::ExtUIOp::create(b, loc, b.getI64Type(), low);
  return arith::OrIOp::create(b, loc, low, i64(static_cast<int64_t>(high)));
}

SmallVector<Value> Ptx::loadMatrices(Value address, int64_t offset,
                                     bool transposed) {
  return emit(
      "ldmatrix.sync.aligned.m8n8.x4" +
          std::string(transposed ? ".trans" : "") +
          ".shared.b16 {$0, $1, $2, $3}, [$4+" + std::to_string(offset) + "];",
      "=r,=r,=r,=r,r,~{memory}", address, SmallVector<Type>(4, b.getI32Type()));
}

SmallVector<Value> Ptx::product(ValueRange acc, ValueRange a, ValueRange right,
                                Type element) {
  std::string type = element.isBF16() ? "bf16" : "f16";
  SmallVector<Value> operands(a);
  llvm::append_range(operands, right);
  llvm::append_range(operands, acc);
  return emit("mma.sync.aligned.m16n8k16.row.col.f32." + type + "." + type +
                  ".f32 {$0, $1, $2, $3}, {$4, $5, $6, $7}, {$8, $9}, "
                  "{$10, $11, $12, $13};",
              "=f,=f,=f,=f,r,r,r,r,r,r,f,f,f,f", operands,
              SmallVector<Type>(4, b.getF32Type()));
}

//===----------------------------------------------------------------------===//
// Copies by threads
//===----------------------------------------------------------------------===//

void Ptx::copyAsync(Value to, Value from, Value bytes) {
  emit("cp.async.cg.shared.global.L2::128B [$0], [$1], 16, $2;",
       "r,l,r,~{memory}", {to, from, bytes}, {});
}
void Ptx::copyElements(Value to, Value from, Value bytes) {
  std::string text = "{ .reg .pred p; .reg .b16 h<8>; .reg .b32 w<4>; "
                     "setp.ne.b32 p, $2, 0; ";
  for (int i = 0; i < 8; ++i) {
    std::string h = "h" + std::to_string(i);
    text += "mov.b16 " + h + ", 0; @p ld.global.b16 " + h + ", [$1+" +
            std::to_string(2 * i) + "]; ";
  }
  for (int i = 0; i < 4; ++i)
    text += "mov.b32 w" + std::to_string(i) + ", {h" + std::to_string(2 * i) +
            ", h" + std::to_string(2 * i + 1) + "}; ";
  emit(text + "st.shared.v4.b32 [$0], {w0, w1, w2, w3}; }", "r,l,r,~{memory}",
       {to, from, bytes}, {});
}
void Ptx::commitAsync() { emit("cp.async.commit_group;", "~{memory}", {}, {}); }
void Ptx::waitAsync(int64_t groups) {
  emit("cp.async.wait_group " + std::to_string(groups) + ";", "~{memory}", {},
       {});
}
void Ptx::syncBlock() { emit("bar.sync 0;", "~{memory}", {}, {}); }
void Ptx::syncWarp() { emit("bar.warp.sync -1;", "~{memory}", {}, {}); }
void Ptx::storeRow(Value to, Value from, Value predicate) {
  emit("{ .reg .pred p; .reg .b32 a, b, c, d; setp.ne.b32 p, $2, 0; "
       "ld.shared.v4.b32 {a, b, c, d}, [$1]; "
       "@p st.global.v4.b32 [$0], {a, b, c, d}; }",
       "l,r,r,~{memory}", {to, from, asFlag(predicate)}, {});
}

void Ptx::storeElements(Value to, Value from, Value predicate) {
  std::string text = "{ .reg .pred p; .reg .b16 h<8>; .reg .b32 w<4>; "
                     "setp.ne.b32 p, $2, 0; "
                     "ld.shared.v4.b32 {w0, w1, w2, w3}, [$1]; ";
  for (int i = 0; i < 4; ++i)
    text += "mov.b32 {h" + std::to_string(2 * i) + ", h" +
            std::to_string(2 * i + 1) + "}, w" + std::to_string(i) + "; ";
  for (int i = 0; i < 8; ++i)
    text += "@p st.global.b16 [$0+" + std::to_string(2 * i) + "], h" +
            std::to_string(i) + "; ";
  emit(text + "}", "l,r,r,~{memory}", {to, from, asFlag(predicate)}, {});
}

//===----------------------------------------------------------------------===//
// Barriers
//===----------------------------------------------------------------------===//

void Ptx::initBarrier(Value barrier, int64_t arrivals) {
  emit("mbarrier.init.shared::cta.b64 [$0], " + std::to_string(arrivals) + ";",
       "r,~{memory}", barrier, {});
}
void Ptx::fenceBarrierInit() { NVVM::FenceMbarrierInitOp::create(b, loc); }
void Ptx::expectBytes(Value barrier, int64_t bytes) {
  emit("mbarrier.arrive.expect_tx.shared::cta.b64 _, [$0], " +
           std::to_string(bytes) + ";",
       "r,~{memory}", barrier, {});
}
void Ptx::waitBarrier(Value barrier, Value parity) {
  emit("{ .reg .pred p; WAIT: mbarrier.try_wait.parity.shared::cta.b64 p, "
       "[$0], $1; @p bra.uni DONE; bra.uni WAIT; DONE: }",
       "r,r,~{memory}", {barrier, parity}, {});
}
void Ptx::arrive(Value barrier) {
  emit("mbarrier.arrive.shared::cta.b64 _, [$0];", "r,~{memory}", barrier, {});
}
void Ptx::arriveIf(Value barrier, Value predicate) {
  emit("{ .reg .pred p; setp.ne.b32 p, $1, 0; "
       "@p mbarrier.arrive.shared::cta.b64 _, [$0]; }",
       "r,r,~{memory}", {barrier, asFlag(predicate)}, {});
}
// Without .release.cluster, which costs a membar: what was read there has been
// read, products having been waited for.
void Ptx::arriveAt(Value barrier, Value block, Value predicate) {
  emit("{ .reg .pred p; .reg .b32 a; setp.ne.b32 p, $2, 0; "
       "@p mapa.shared::cluster.u32 a, $0, $1; "
       "@p mbarrier.arrive.shared::cluster.b64 _, [a]; }",
       "r,r,r,~{memory}", {barrier, block, asFlag(predicate)}, {});
}
void Ptx::syncCluster() {
  emit("barrier.cluster.arrive; barrier.cluster.wait;", "~{memory}", {}, {});
}
Value Ptx::blockInCluster() {
  return emit("mov.u32 $0, %cluster_ctarank;", "=r", {}, b.getI32Type(),
              true)[0];
}
void Ptx::syncThreads(Value barrier, int64_t threads) {
  emit("bar.sync $0, " + std::to_string(threads) + ";", "r,~{memory}", barrier,
       {});
}
void Ptx::arriveThreads(Value barrier, int64_t threads) {
  emit("bar.arrive $0, " + std::to_string(threads) + ";", "r,~{memory}",
       barrier, {});
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

/// A copy as it is, or with the policy of what is not needed again.
static std::string withPolicy(bool evictFirst, const std::string &what,
                              const std::string &operands) {
  if (!evictFirst)
    return what + operands + ";";
  return "{ .reg .b64 policy; createpolicy.fractional.L2::evict_first.b64 "
         "policy, 1.0; " +
         what + ".L2::cache_hint" + operands + ", policy; }";
}

void Ptx::copyIn(Value to, Value map, ValueRange place, Value barrier,
                 bool evictFirst) {
  SmallVector<Value> operands = {to, map};
  llvm::append_range(operands, place);
  operands.push_back(barrier);
  std::string n = std::to_string(place.size());
  emit(withPolicy(evictFirst,
                  "cp.async.bulk.tensor." + n +
                      "d.shared::cluster.global.mbarrier::complete_tx::bytes",
                  " [$0], [$1, " + registers(2, place.size()) + "], [$" +
                      std::to_string(2 + place.size()) + "]"),
       "r,l," + repeat("r", place.size()) + ",r,~{memory}", operands, {});
}
void Ptx::copyInAll(Value to, Value map, ValueRange place, Value barrier,
                    int64_t blocks) {
  SmallVector<Value> operands = {to, map};
  llvm::append_range(operands, place);
  operands.push_back(barrier);
  operands.push_back(
      arith::ConstantIntOp::create(b, loc, (1 << blocks) - 1, 16));
  std::string n = std::to_string(place.size());
  std::string last = std::to_string(2 + place.size());
  emit("cp.async.bulk.tensor." + n +
           "d.shared::cluster.global.mbarrier::complete_tx::bytes.multicast::"
           "cluster [$0], [$1, " +
           registers(2, place.size()) + "], [$" + last + "], $" +
           std::to_string(3 + place.size()) + ";",
       "r,l," + repeat("r", place.size()) + ",r,h,~{memory}", operands, {});
}
void Ptx::copyOut(Value map, ValueRange place, Value from, bool evictFirst) {
  SmallVector<Value> operands = {map, from};
  llvm::append_range(operands, place);
  emit(withPolicy(evictFirst,
                  "cp.async.bulk.tensor." + std::to_string(place.size()) +
                      "d.global.shared::cta.bulk_group",
                  " [$0, " + registers(2, place.size()) + "], [$1]"),
       "l,r," + repeat("r", place.size()) + ",~{memory}", operands, {});
}
void Ptx::commitCopies() {
  emit("cp.async.bulk.commit_group;", "~{memory}", {}, {});
}
void Ptx::waitCopies(bool reads, int64_t groups) {
  emit(
      (reads ? "cp.async.bulk.wait_group.read " : "cp.async.bulk.wait_group ") +
          std::to_string(groups) + ";",
      "~{memory}", {}, {});
}
void Ptx::fenceAsync() {
  emit("fence.proxy.async.shared::cta;", "~{memory}", {}, {});
}
void Ptx::storeMatrix(Value address, ValueRange values) {
  SmallVector<Value> operands = {address};
  llvm::append_range(operands, values);
  emit("stmatrix.sync.aligned.m8n8.x4.shared.b16 [$0], {$1, $2, $3, $4};",
       "r,r,r,r,r,~{memory}", operands, {});
}
void Ptx::storePair(Value address, Value low, Value high) {
  emit("st.shared.v2.f32 [$0], {$1, $2};", "r,f,f,~{memory}",
       {address, low, high}, {});
}
void Ptx::storeShared(Value address, Value value) {
  emit("st.shared.b32 [$0], $1;", "r,r,~{memory}", {address, value}, {});
}
Value Ptx::loadSharedIf(Value address, Value predicate) {
  return emit("{ .reg .pred p; setp.ne.b32 p, $2, 0; mov.b32 $0, 0; "
              "@p ld.shared.b32 $0, [$1]; }",
              "=&r,r,r,~{memory}", {address, asFlag(predicate)},
              b.getI32Type())[0];
}
void Ptx::setRegisters(int64_t count, bool increase) {
  NVVM::SetMaxRegisterOp::create(b, loc, count,
                                 increase
                                     ? NVVM::SetMaxRegisterAction::increase
                                     : NVVM::SetMaxRegisterAction::decrease);
}
