// Which plan and which code a device takes, on a device that only remembers
// what it is asked for.

#include "LoadedModel.h"
#include "LaunchPlan.h"
#include "TestModel.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <set>

using namespace msa_test;
using namespace msa::runtime;

namespace {

struct FakeProgram final : Program {
  explicit FakeProgram(std::vector<std::string> &prepared)
      : prepared(prepared) {}
  void *prepare(const Dispatch &dispatch) override {
    prepared.push_back(dispatch.kernel);
    return &prepared;
  }
  std::vector<std::string> &prepared;
};

struct FakeGpu final : Device {
  explicit FakeGpu(int capability) : capability(capability) {}
  Target target() const override { return Target::Cuda; }
  const std::string &name() const override { return title; }
  void *allocate(uint64_t bytes) override { return std::malloc(bytes + 1); }
  void release(void *memory, uint64_t) noexcept override { std::free(memory); }
  void copyIn(void *to, const void *host, uint64_t bytes) override {
    std::memcpy(to, host, bytes);
  }
  void copyOut(void *host, const void *from, uint64_t bytes) override {
    std::memcpy(host, from, bytes);
  }
  void copy(void *, const void *, uint64_t, Queue) override {}
  void zero(void *, uint64_t, Queue) override {}
  std::string lacks(const CodeObject &object) const override {
    return lacksOnGpu(object, capability);
  }
  std::unique_ptr<Program> load(const CodeObject &object) override {
    loaded.push_back(object.arch);
    return std::make_unique<FakeProgram>(prepared);
  }
  void launch(const Work &, Queue) override {}
  void wait() override {}
  bool readsHost(const void *, uint64_t) const override { return false; }

  int capability;
  std::string title = "fake";
  std::vector<std::string> loaded, prepared;
};

/// What a GPU of this capability makes of a model.
struct Loaded {
  std::shared_ptr<FakeGpu> device;
  std::unique_ptr<LoadedModel> model;
  Loaded(int capability, const Model &source)
      : device(std::make_shared<FakeGpu>(capability)),
        model(std::make_unique<LoadedModel>(device, source)) {}
  std::string arch(size_t entry) const {
    const Plan *plan = model->entries()[entry].plan;
    return plan ? plan->arch : "none";
  }
};

using Names = std::vector<std::string>;

} // namespace

TEST(LoadedModel, EachEntryTakesTheLastPlanThatRuns) {
  Loaded special(90, gpuModel());
  EXPECT_EQ(special.arch(0), "sm_90a");
  EXPECT_EQ(special.arch(1), "sm_80"); // has no other
  EXPECT_EQ(special.device->loaded, (Names{"sm_90a", "sm_80"}));
  EXPECT_EQ(special.device->prepared, (Names{"tiles", "tokens"}));
  EXPECT_EQ(special.model->scratchBytes(), 64u + 512);

  for (int capability : {80, 89, 100}) {
    Loaded portable(capability, gpuModel());
    EXPECT_EQ(portable.arch(0), "sm_80");
    EXPECT_EQ(portable.arch(1), "sm_80");
    EXPECT_EQ(portable.device->loaded, Names{"sm_80"});
    EXPECT_EQ(portable.model->scratchBytes(), 128u);
  }
}

TEST(LoadedModel, CodeThatNoEntryUsesIsNotLoaded) {
  Model model = gpuModel();
  model.entries.pop_back();
  EXPECT_EQ(Loaded(90, model).device->loaded, Names{"sm_90a"});
  model.entries[0].plans[2].dispatches.clear();
  EXPECT_EQ(Loaded(90, model).device->loaded, Names{});
}

TEST(LoadedModel, APlanForAnyCodeTakesNoneThatIsNamed) {
  Model model = gpuModel();
  for (Entry &entry : model.entries)
    entry.plans[1].arch = "";
  ASSERT_TRUE(verify(model));
  Loaded loaded(90, model);
  EXPECT_EQ(loaded.arch(1), "");
  EXPECT_EQ(loaded.device->loaded, (Names{"sm_90a", "sm_80"}));
  // The last one that fits of those that are left.
  CodeObject later = model.code[1];
  later.arch = "sm_86";
  model.code.push_back(later);
  later.arch = "sm_100";
  model.code.push_back(later);
  EXPECT_EQ(Loaded(90, model).device->loaded, (Names{"sm_90a", "sm_86"}));
  EXPECT_EQ(Loaded(80, model).device->loaded, Names{"sm_80"});
}

TEST(LoadedModel, AnEntryWithoutCodeHasNoPlan) {
  Model model = gpuModel();
  model.entries[0].plans.erase(model.entries[0].plans.begin() + 1);
  Loaded loaded(80, model);
  EXPECT_EQ(loaded.arch(0), "none");
  EXPECT_EQ(loaded.arch(1), "sm_80");
}

TEST(LoadedModel, NoCodeAtAllIsAnError) {
  auto refusal = [](int capability, const Model &model) -> std::string {
    try {
      Loaded loaded(capability, model);
    } catch (const Error &error) {
      EXPECT_EQ(error.status, MSA_NO_GPU);
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(refusal(75, gpuModel()),
            "the artefact has no code for this GPU (fake); its code for sm_80 "
            "needs sm_80 or later; its code for sm_90a needs sm_90 exactly; "
            "compile it with another --gpu-arch");
  EXPECT_EQ(refusal(90, testModel()), "the artefact has no GPU code; compile "
                                      "it with --target=cuda");
}
