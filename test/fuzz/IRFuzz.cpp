//===- IRFuzz.cpp - Random modules through the compiler -------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Parses, verifies and compiles generated modules. A finding is: a crash, a
// hang, a failure without a located diagnostic, a module that follows the rules
// and is refused all the same, or one that passes the verifier and that a later
// stage complains about in words that are not its own.
//
//===----------------------------------------------------------------------===//

#include "Generate.h"
#include "Isolate.h"
#include "support/Random.h"

#include "msa/Artefact/Serialize.h"
#include "msa/Init.h"
#include "msa/Target/BuildModel.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassInstrumentation.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <string>

using namespace mlir;
using namespace msa_fuzz;
using msa_test::Random;

namespace {

constexpr int kKinds = 4;
enum Stage { Inputs, Parsed, Verified, Planned, Modelled, Stages };

struct Problem {
  int64_t input;
  char what[240];
};
struct Message {
  char text[100];
  int64_t count;
};

/// What the children tell the parent.
struct Results {
  int64_t stages[kKinds][Stages];
  int64_t kernels, kernelsDone, oracle, oracleDone, gpu, gpuDone;
  int64_t refusedByVerifier, refusedLater;
  int problems, messages;
  Problem problem[200];
  Message message[200];
};

/// Remembers which pass failed first and whether it left valid IR.
struct FailedPass : PassInstrumentation {
  struct Record {
    std::string name;
  };
  explicit FailedPass(Record &record) : record(record) {}
  void runAfterPassFailed(Pass *pass, Operation *) override {
    if (record.name.empty() && !pass->getArgument().empty())
      record.name = pass->getArgument().str();
  }
  Record &record;
};

class Fuzzer {
public:
  Fuzzer(Results &results, uint64_t seed, int64_t sample)
      : results(results), seed(seed), sample(sample) {}

  void start() {
    DialectRegistry registry;
    ::msa::registerUpstream(registry);
    ::msa::registerDialects(registry);
    context = std::make_unique<MLIRContext>(registry,
                                            MLIRContext::Threading::DISABLED);
    context->printOpOnDiagnostic(false);
    for (const char *name :
         {"msa-to-cpu-plan", "msa-to-cpu-kernels", "msa-kernels-to-llvm",
          "msa-to-oracle", "msa-to-gpu", "msa-kernels-to-nvvm"}) {
      auto pm = std::make_unique<PassManager>(context.get(),
                                              ModuleOp::getOperationName());
      if (failed(parsePassPipeline(name, *pm)))
        std::exit(2);
      pm->addInstrumentation(std::make_unique<FailedPass>(failure));
      managers[name] = std::move(pm);
    }
  }

  void run(int64_t number, bool verbose = false);

private:
  void problem(int64_t number, const std::string &what) {
    if (results.problems >= 200)
      return;
    Problem &p = results.problem[results.problems++];
    p.input = number;
    std::snprintf(p.what, sizeof p.what, "%s", what.c_str());
  }
  void count(const std::string &text) {
    // The same complaint about other numbers is the same complaint.
    std::string shape;
    for (char c : text)
      if (!std::isdigit(static_cast<unsigned char>(c)))
        shape += c;
      else if (shape.empty() || shape.back() != '#')
        shape += '#';
    shape.resize(std::min<size_t>(shape.size(), 90));
    for (int i = 0; i < results.messages; ++i)
      if (shape == results.message[i].text) {
        ++results.message[i].count;
        return;
      }
    if (results.messages >= 200)
      return;
    Message &m = results.message[results.messages++];
    std::snprintf(m.text, sizeof m.text, "%s", shape.c_str());
    m.count = 1;
  }

  /// Runs a pipeline; holds a failure to its duties.
  bool compile(ModuleOp module, const char *pipeline, int64_t number,
               bool mustPass);

  Results &results;
  uint64_t seed;
  int64_t sample;
  std::unique_ptr<MLIRContext> context;
  std::map<std::string, std::unique_ptr<PassManager>> managers;
  FailedPass::Record failure;
  // Of the step in progress.
  int64_t errors = 0, unlocated = 0;
  std::string firstError;
};

/// What verified modules may be refused for: limits of sizes and of the GPU
/// path, and in modules that break rules what the passes check. Anything else
/// is a complaint of a later stage about what a verifier let through.
bool isStatedLimit(const std::string &message) {
  for (const char *text : {"too large", "bytes of scratch", "has no GPU code"})
    if (message.find(text) != std::string::npos)
      return true;
  return false;
}
bool isCheckOfPass(const std::string &message) {
  for (const char *text :
       {"use of state after its update", "reads the state that it updates",
        "is returned as state", "two arguments are state",
        "two results are state", "which is no argument of the function",
        "comes in as", "arguments and results of an entry",
        "can not be part of an entry", "an entry must have one block",
        "no artefact can hold", "has two different", "can not be generated"})
    if (message.find(text) != std::string::npos)
      return true;
  return false;
}

bool Fuzzer::compile(ModuleOp module, const char *pipeline, int64_t number,
                     bool mustPass) {
  errors = unlocated = 0;
  firstError.clear();
  failure.name.clear();
  if (succeeded(managers[pipeline]->run(module)))
    return true;
  std::string where = std::string(pipeline) + ", " +
                      (failure.name.empty() ? "?" : failure.name) + ": ";
  count(where + firstError);
  if (errors == 0)
    problem(number, where + "failed without a diagnostic");
  else if (unlocated)
    problem(number, where + "no location: " + firstError);
  else if (!isStatedLimit(firstError) &&
           (mustPass || !isCheckOfPass(firstError)))
    problem(number, where + "refused a verified module: " + firstError);
  return false;
}

void Fuzzer::run(int64_t number, bool verbose) {
  Input input = generate(seed, static_cast<uint64_t>(number));
  int kind = static_cast<int>(input.kind);
  ++results.stages[kind][Inputs];
  ScopedDiagnosticHandler handler(context.get(), [&](Diagnostic &diagnostic) {
    if (verbose)
      llvm::errs() << diagnostic.getLocation() << ": " << diagnostic << "\n";
    if (diagnostic.getSeverity() != DiagnosticSeverity::Error)
      return success();
    if (errors++ == 0)
      firstError = diagnostic.str();
    unlocated += isa<UnknownLoc>(diagnostic.getLocation());
    return success();
  });
  bool valid = input.kind == Kind::Valid;
  errors = unlocated = 0;
  ParserConfig config(context.get(), /*verifyAfterParse=*/false);
  OwningOpRef<ModuleOp> module =
      parseSourceString<ModuleOp>(input.text, config, "input.mlir");
  if (!module) {
    if (errors == 0)
      problem(number, "the parser refused without a diagnostic");
    if (valid || input.kind == Kind::Huge)
      problem(number, "the parser refused a valid module: " + firstError);
    return;
  }
  ++results.stages[kind][Parsed];
  errors = unlocated = 0;
  if (failed(verify(*module))) {
    ++results.refusedByVerifier;
    count("verifier: " + firstError);
    if (errors == 0)
      problem(number, "the verifier refused without a diagnostic");
    else if (unlocated)
      problem(number, "the verifier gave no location: " + firstError);
    if (valid)
      problem(number, "the verifier refused a valid module: " + firstError);
    return;
  }
  ++results.stages[kind][Verified];

  OwningOpRef<ModuleOp> plan = module->clone();
  if (compile(*plan, "msa-to-cpu-plan", number,
              valid || input.kind == Kind::Huge)) {
    ++results.stages[kind][Planned];
    ::msa::artefact::Model model;
    errors = unlocated = 0;
    if (succeeded(
            ::msa::addPlans(*plan, ::msa::artefact::Target::Cpu, "", model))) {
      ++results.stages[kind][Modelled];
      if (auto result = ::msa::artefact::verify(model); !result)
        problem(number, "inconsistent artefact: " + result.message);
    } else if (errors == 0 || unlocated) {
      problem(number, "no located diagnostic from the artefact: " + firstError);
    } else if (!isStatedLimit(firstError) &&
               (valid || !isCheckOfPass(firstError))) {
      problem(number, "no artefact of a verified module: " + firstError);
    }
    Random random(seed + static_cast<uint64_t>(number));
    if (random.oneIn(sample)) {
      ++results.kernels;
      ::msa::dropEntries(*plan);
      results.kernelsDone +=
          compile(*plan, "msa-to-cpu-kernels", number, true) &&
          compile(*plan, "msa-kernels-to-llvm", number, true);
    }
    if (random.oneIn(sample)) {
      ++results.gpu;
      OwningOpRef<ModuleOp> gpu = module->clone();
      if (compile(*gpu, "msa-to-gpu", number, true)) {
        ::msa::dropEntries(*gpu);
        results.gpuDone += compile(*gpu, "msa-kernels-to-nvvm", number, true);
      }
    }
    if (random.oneIn(sample)) {
      ++results.oracle;
      OwningOpRef<ModuleOp> oracle = module->clone();
      results.oracleDone += compile(*oracle, "msa-to-oracle", number, true);
    }
  } else {
    ++results.refusedLater;
  }
}

const char kUsage[] =
    "Usage: msa-ir-fuzz [--seed=N] [--first=N] [--count=N] [--sample=N]\n"
    "                   [--only=N] [--print] [--messages]\n\n"
    "Generates modules of the msa dialect and compiles them in child "
    "processes.\n"
    "  --count=N    how many (default 400)\n"
    "  --sample=N   every Nth is compiled to kernels, for the GPU and as "
    "oracle\n"
    "               (default 4)\n"
    "  --only=N     one input, in this process, with its diagnostics\n"
    "  --print      the text of --only instead\n"
    "  --messages   what verifier and later stages refused, and how often\n"
    "Exit status: 0 nothing found, 1 findings, 2 wrong usage.\n";

bool takes(const char *argument, const char *option, int64_t &value) {
  size_t size = std::strlen(option);
  if (std::strncmp(argument, option, size) != 0)
    return false;
  value = std::strtoll(argument + size, nullptr, 10);
  return true;
}

} // namespace

int main(int argc, char **argv) {
  int64_t seed = 1, first = 0, inputs = 400, sample = 4, only = -1;
  bool print = false, messages = false;
  for (int i = 1; i < argc; ++i) {
    const char *a = argv[i];
    if (takes(a, "--seed=", seed) || takes(a, "--first=", first) ||
        takes(a, "--count=", inputs) || takes(a, "--sample=", sample) ||
        takes(a, "--only=", only))
      continue;
    print |= std::strcmp(a, "--print") == 0;
    messages |= std::strcmp(a, "--messages") == 0;
    if (std::strcmp(a, "--print") != 0 && std::strcmp(a, "--messages") != 0) {
      std::fputs(kUsage, stderr);
      return 2;
    }
  }
  ::msa::registerCompilerPasses();
  Results &results = *shared<Results>();
  Fuzzer fuzzer(results, static_cast<uint64_t>(seed),
                std::max<int64_t>(sample, 1));
  if (only >= 0) {
    if (print) {
      std::fputs(
          generate(static_cast<uint64_t>(seed), static_cast<uint64_t>(only))
              .text.c_str(),
          stdout);
      return 0;
    }
    fuzzer.start();
    fuzzer.run(only, true);
    for (int i = 0; i < results.problems; ++i)
      std::printf("FOUND %s\n", results.problem[i].what);
    return results.problems != 0;
  }

  std::vector<Finding> findings = runIsolated(
      first, inputs, Limits(), [&] { fuzzer.start(); },
      [&](int64_t number) { fuzzer.run(number); });

  std::printf("%-8s %8s %8s %8s %8s %8s\n", "kind", "inputs", "parsed",
              "verified", "planned", "artefact");
  int64_t totals[Stages] = {};
  for (int kind = 0; kind < kKinds; ++kind) {
    std::printf("%-8s", name(static_cast<Kind>(kind)));
    for (int stage = 0; stage < Stages; ++stage) {
      std::printf(" %8lld",
                  static_cast<long long>(results.stages[kind][stage]));
      totals[stage] += results.stages[kind][stage];
    }
    std::printf("\n");
  }
  std::printf("refused by the verifier %lld, later with a diagnostic %lld; "
              "kernels %lld of %lld, gpu %lld of %lld, oracle %lld of %lld\n",
              static_cast<long long>(results.refusedByVerifier),
              static_cast<long long>(results.refusedLater),
              static_cast<long long>(results.kernelsDone),
              static_cast<long long>(results.kernels),
              static_cast<long long>(results.gpuDone),
              static_cast<long long>(results.gpu),
              static_cast<long long>(results.oracleDone),
              static_cast<long long>(results.oracle));
  if (messages)
    for (int i = 0; i < results.messages; ++i)
      std::printf("%6lld  %s\n",
                  static_cast<long long>(results.message[i].count),
                  results.message[i].text);
  for (const Finding &finding : findings)
    std::printf("FOUND --seed=%lld --only=%lld: %s (status %d)\n",
                static_cast<long long>(seed),
                static_cast<long long>(finding.input),
                finding.slow ? "out of time" : "died", finding.status);
  for (int i = 0; i < results.problems; ++i)
    std::printf("FOUND --seed=%lld --only=%lld: %s\n",
                static_cast<long long>(seed),
                static_cast<long long>(results.problem[i].input),
                results.problem[i].what);
  // A fuzzer that never gets anywhere finds nothing.
  bool shallow = inputs >= 200 && (totals[Planned] < inputs / 6 ||
                                   results.refusedByVerifier < inputs / 20);
  if (shallow)
    std::printf("FOUND too few inputs get past parser and verifier\n");
  return !findings.empty() || results.problems || shallow;
}
