//===- BuildModelTest.cpp - Plans into artefacts --------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Target/BuildModel.h"
#include "msa/Artefact/Serialize.h"
#include "msa/Dialect/MSAGPU/IR/MSAGPU.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

using namespace mlir;
namespace art = ::msa::artefact;

namespace {

class BuildModel : public ::testing::Test {
protected:
  BuildModel() {
    context.loadDialect<mlir::msa::MSADialect, msa_gpu::MSAGPUDialect,
                        arith::ArithDialect, func::FuncDialect,
                        memref::MemRefDialect>();
  }

  /// An entry that calls a kernel with these attributes, and one without any.
  std::string text(const std::string &attributes,
                   const std::string &counter = "1xi32") {
    return R"(
      memref.global "private" constant @table : memref<4xf32> = dense<[1.0, 2.0, 3.0, 4.0]>
      func.func private @tiles(memref<2x4x64xbf16>, memref<2x4x64xf32>, memref<)" +
           counter + R"(>, index, index) attributes {)" + attributes + R"(}
      func.func private @thread(memref<4xf32>, memref<4xf32>, index, index)
      func.func @step(%x: memref<2x4x64xbf16>, %y: memref<2x4x64xf32> {msa.result},
                      %z: memref<4xf32> {msa.result}) attributes {msa.arena = 128 : i64, msa.cleared = 64 : i64} {
        %c0 = arith.constant 0 : index
        %c7 = arith.constant 7 : index
        %table = memref.get_global @table : memref<4xf32>
        %counter = memref.alloc() {msa.offset = 64 : i64} : memref<)" +
           counter + R"(>
        call @tiles(%x, %y, %counter, %c0, %c7) : (memref<2x4x64xbf16>, memref<2x4x64xf32>, memref<)" +
           counter + R"(>, index, index) -> ()
        call @thread(%table, %z, %c0, %c7) : (memref<4xf32>, memref<4xf32>, index, index) -> ()
        return
      })";
  }

  /// Adds a plan; what the diagnostics said, "" if it went well.
  std::string add(const std::string &source,
                  art::Target target = art::Target::Cuda,
                  StringRef arch = "sm_90a") {
    std::string said;
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
      said += diagnostic.str() + "\n";
    });
    OwningOpRef<ModuleOp> module =
        parseSourceString<ModuleOp>(source, ParserConfig(&context));
    if (!module)
      return "no module: " + said;
    bool done = succeeded(::msa::addPlans(*module, target, arch, model));
    EXPECT_EQ(done, said.empty()) << said;
    return said;
  }

  MLIRContext context;
  art::Model model;
};

const char kLaunch[] = "msa_gpu.launch = #msa_gpu.launch<block = 384, shared = "
                       "200000, cluster = 2, persistent = true, cleared = 4>";

std::string maps(const std::string &list) {
  return std::string(kLaunch) + ", msa_gpu.maps = [" + list + "]";
}

std::string map(const std::string &buffer, const std::string &element,
                const std::string &offset, const std::string &sizes,
                const std::string &strides) {
  return "#msa_gpu.tensor_map<buffer = " + buffer + ", element = " + element +
         ", offset = " + offset + ", sizes = [" + sizes + "], strides = [" +
         strides +
         "], box = [32, 4], swizzle = " + (element == "f32" ? "128" : "64") +
         ">";
}

using Numbers = std::vector<int64_t>;

} // namespace

TEST_F(BuildModel, LaunchesAndMaps) {
  ASSERT_EQ(add(text(maps(map("0", "bf16", "8", "56, 8", "64") + ", " +
                          map("1", "f32", "256", "64, 4", "64")))),
            "");
  ASSERT_EQ(model.entries.size(), 1u);
  ASSERT_EQ(model.entries[0].plans.size(), 1u);
  const art::Plan &plan = model.entries[0].plans[0];
  EXPECT_EQ(plan.target, art::Target::Cuda);
  EXPECT_EQ(plan.arch, "sm_90a");
  ASSERT_EQ(plan.dispatches.size(), 2u);
  const art::Dispatch &d = plan.dispatches[0];
  EXPECT_EQ(d.kernel, "tiles");
  EXPECT_EQ(d.tiles, 7);
  EXPECT_EQ(d.blockSize, 384u);
  EXPECT_EQ(d.tilesPerBlock, 1u);
  EXPECT_EQ(d.sharedBytes, 200000u);
  EXPECT_EQ(d.clusterSize, 2u);
  EXPECT_TRUE(d.persistent);
  EXPECT_EQ(plan.clearedBytes, 64u);
  ASSERT_EQ(d.maps.size(), 2u);
  EXPECT_EQ(d.maps[0].buffer, 0u);
  EXPECT_EQ(d.maps[0].dtype, art::DType::BF16);
  EXPECT_EQ(d.maps[0].byteOffset, 16u);
  EXPECT_EQ(d.maps[0].sizes, (Numbers{56, 8}));
  EXPECT_EQ(d.maps[0].strides, (Numbers{128}));
  EXPECT_EQ(d.maps[0].box, (Numbers{32, 4}));
  EXPECT_EQ(d.maps[0].swizzle, 64u);
  EXPECT_EQ(d.maps[1].buffer, 1u);
  EXPECT_EQ(d.maps[1].dtype, art::DType::F32);
  EXPECT_EQ(d.maps[1].byteOffset, 1024u);
  EXPECT_EQ(d.maps[1].sizes, (Numbers{64, 4}));
  EXPECT_EQ(d.maps[1].strides, (Numbers{256}));
  EXPECT_EQ(d.maps[1].swizzle, 128u);
  ASSERT_EQ(d.buffers.size(), 3u);
  EXPECT_EQ(d.buffers[2].kind, art::BufferRef::Kind::Arena);
  EXPECT_EQ(d.buffers[2].byteOffset, 64u);

  // A kernel that says nothing: a thread a tile.
  const art::Dispatch &thread = plan.dispatches[1];
  EXPECT_EQ(thread.blockSize, 128u);
  EXPECT_EQ(thread.tilesPerBlock, 128u);
  EXPECT_EQ(thread.sharedBytes, 0u);
  EXPECT_EQ(thread.clusterSize, 1u);
  EXPECT_FALSE(thread.persistent);
  EXPECT_TRUE(thread.maps.empty());

  art::CodeObject code;
  code.kind = art::CodeObject::Kind::Ptx;
  code.arch = "sm_90a";
  code.data = {0};
  model.code.push_back(code);
  art::ParseResult result = art::verify(model);
  EXPECT_TRUE(result) << result.message;
}

TEST_F(BuildModel, PlansForArchitecturesShareConstants) {
  ASSERT_EQ(add(text(""), art::Target::Cuda, "sm_80"), "");
  ASSERT_EQ(add(text(kLaunch), art::Target::Cuda, "sm_90a"), "");
  ASSERT_EQ(add(text(kLaunch), art::Target::Cpu, ""), "");
  ASSERT_EQ(model.entries.size(), 1u);
  ASSERT_EQ(model.entries[0].plans.size(), 3u);
  EXPECT_EQ(model.entries[0].plans[0].arch, "sm_80");
  EXPECT_EQ(model.entries[0].plans[1].arch, "sm_90a");
  EXPECT_EQ(model.entries[0].plans[0].dispatches[1].buffers[0].index, 0u);
  EXPECT_EQ(model.entries[0].plans[1].dispatches[1].buffers[0].index, 0u);
  // A CPU has no such launches.
  EXPECT_EQ(model.entries[0].plans[2].arch, "");
  EXPECT_EQ(model.entries[0].plans[2].dispatches[0].blockSize, 0u);
  EXPECT_EQ(model.entries[0].plans[2].clearedBytes, 0u);
  ASSERT_EQ(model.constants.size(), 2u); // of the GPU, of the CPU
  // Another value is another constant.
  std::string other = text(kLaunch);
  other.replace(other.find("4.0]"), 3, "5.0");
  ASSERT_EQ(add(other, art::Target::Cuda, "sm_86"), "");
  ASSERT_EQ(model.constants.size(), 3u);
  EXPECT_EQ(model.entries[0].plans[3].dispatches[1].buffers[0].index, 2u);
}

TEST_F(BuildModel, WrongLaunchesAreRefused) {
  auto expect = [&](const std::string &source, const char *message) {
    std::string said = add(source);
    EXPECT_NE(said.find(message), std::string::npos) << said;
  };
  expect(text("msa_gpu.launch = 1 : i64"), "is no #msa_gpu.launch");
  expect(text("msa_gpu.maps = []"), "without 'msa_gpu.launch'");
  expect(text(maps("1 : i64")), "no list of #msa_gpu.tensor_map");
  expect(text(std::string(kLaunch) + ", msa_gpu.maps = 1 : i64"),
         "no list of #msa_gpu.tensor_map");
  std::string one = map("0", "bf16", "0", "64, 8", "64"), many = one;
  for (int i = 0; i < 16; ++i)
    many += ", " + one;
  expect(text(maps(many)), "17 tensor maps; at most 16");
  expect(text(maps(map("3", "bf16", "0", "64, 8", "64"))),
         "passes no buffer 3");
  expect(text(maps(map("0", "bf16", "0", "64, 9", "64"))),
         "buffer 0 that is smaller");
  expect(text(maps(map("0", "bf16", "8", "64, 8", "64"))),
         "buffer 0 that is smaller");
  expect(text(maps(map("0", "f32", "0", "64, 8", "64"))),
         "buffer 0 that is smaller");
  expect(text(kLaunch, "2xi8"), "less than the 4 bytes that are cleared");
  auto changed = [&](const std::string &from, const std::string &to) {
    std::string source = text(kLaunch);
    source.replace(source.find(from), from.size(), to);
    return source;
  };
  const char *notCleared = "not among those that are cleared";
  expect(changed(", msa.cleared = 64 : i64", ""), notCleared);
  expect(changed("msa.offset = 64 : i64", "msa.offset = 0 : i64"), notCleared);
  std::string call = "call @tiles(%x, %y, %counter, %c0, %c7) : "
                     "(memref<2x4x64xbf16>, memref<2x4x64xf32>, memref<1xi32>, "
                     "index, index) -> ()";
  expect(changed(call, call + "\n" + call), notCleared);
}

TEST_F(BuildModel, KernelsSayThatTheyWait) {
  ASSERT_EQ(add(text(""), art::Target::Cuda, "sm_80"), "");
  ASSERT_EQ(add(text(""), art::Target::Cuda, "sm_90a"), "");
  OwningOpRef<ModuleOp> kernels = parseSourceString<ModuleOp>(
      "func.func private @tiles() attributes {msa.waits}\n"
      "func.func private @thread()",
      ParserConfig(&context));
  ::msa::markWaiting(*kernels, "sm_90a", model);
  auto waits = [&](size_t plan) {
    std::string text;
    for (const art::Dispatch &d : model.entries[0].plans[plan].dispatches)
      text += d.waits ? 'w' : '-';
    return text;
  };
  EXPECT_EQ(waits(0), "--");
  EXPECT_EQ(waits(1), "w-");
}
