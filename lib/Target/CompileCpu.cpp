//===- CompileCpu.cpp - LLVM dialect to a shared object -------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The LLVM optimizer is left out: what it would do was done in MLIR, and it
// costs more time than it saves. Kernels get a wrapper each with the signature
// of the artefact,
//
//   void kernel(void *const *buffers, int64_t begin, int64_t end)
//
//===----------------------------------------------------------------------===//

#include "msa/Target/CompileCpu.h"

#include "msa/Target/LinkCpu.h"

#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"

#include <mutex>

using namespace mlir;

static const msa::CpuTarget kTargets[] = {
    {"x86-64-v3", "x86-64-v3", "", {"avx2", "fma", "bmi2", "f16c"}, 8, 16},
    {"x86-64-v4",
     "x86-64-v4",
     "-prefer-256-bit",
     {"avx2", "fma", "bmi2", "f16c", "avx512f", "avx512bw", "avx512dq",
      "avx512vl"},
     16,
     32},
    // Its own plan: attention of bf16 in tiles for the matrix unit.
    {"x86-64-v4-amx",
     "x86-64-v4",
     "-prefer-256-bit,+avx512bf16,+amx-tile,+amx-bf16",
     {"avx2", "fma", "bmi2", "f16c", "avx512f", "avx512bw", "avx512dq",
      "avx512vl", "avx512_bf16", "amx_tile", "amx_bf16"},
     16,
     32,
     /*amx=*/true}};

llvm::ArrayRef<msa::CpuTarget> msa::cpuTargets() { return kTargets; }

const msa::CpuTarget *msa::findCpuTarget(llvm::StringRef name) {
  for (const CpuTarget &target : kTargets)
    if (name == target.name)
      return &target;
  return nullptr;
}

/// Gives every kernel its exported wrapper; the kernel itself becomes local.
static void addWrappers(llvm::Module &module) {
  llvm::LLVMContext &context = module.getContext();
  llvm::Type *ptr = llvm::PointerType::get(context, 0);
  llvm::Type *i64 = llvm::Type::getInt64Ty(context);
  SmallVector<llvm::Function *> kernels;
  for (llvm::Function &f : module)
    if (!f.isDeclaration())
      kernels.push_back(&f);
  for (llvm::Function *kernel : kernels) {
    std::string name = kernel->getName().str();
    kernel->setName(name + ".body");
    kernel->setLinkage(llvm::GlobalValue::InternalLinkage);
    auto *type = llvm::FunctionType::get(llvm::Type::getVoidTy(context),
                                         {ptr, i64, i64}, false);
    auto *wrapper = llvm::Function::Create(
        type, llvm::GlobalValue::ExternalLinkage, name, module);
    llvm::IRBuilder<> b(llvm::BasicBlock::Create(context, "", wrapper));
    SmallVector<llvm::Value *> arguments;
    unsigned buffers = kernel->arg_size() - 2;
    for (unsigned i = 0; i < buffers; ++i) {
      llvm::Value *at = b.CreateConstGEP1_64(ptr, wrapper->getArg(0), i);
      arguments.push_back(b.CreateLoad(ptr, at));
      // The caller's buffers never overlap.
      kernel->addParamAttr(i, llvm::Attribute::NoAlias);
    }
    arguments.push_back(wrapper->getArg(1));
    arguments.push_back(wrapper->getArg(2));
    b.CreateCall(kernel, arguments);
    b.CreateRetVoid();
    kernel->addFnAttr(llvm::Attribute::NoUnwind);
    wrapper->addFnAttr(llvm::Attribute::NoUnwind);
  }
}

static LogicalResult emit(llvm::Module &module, llvm::TargetMachine &machine,
                          llvm::CodeGenFileType type,
                          SmallVectorImpl<char> &out) {
  llvm::raw_svector_ostream os(out);
  llvm::legacy::PassManager passes;
  if (machine.addPassesToEmitFile(passes, os, nullptr, type))
    return failure();
  passes.run(module);
  return success();
}

LogicalResult msa::compileCpu(ModuleOp module, const CpuTarget &target,
                              artefact::CodeObject &code, std::string *ir,
                              std::string *assembly) {
  // LLVM's list of targets is not made for two threads at once.
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
  });
  registerBuiltinDialectTranslation(*module->getContext());
  registerLLVMDialectTranslation(*module->getContext());
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> llvmModule =
      translateModuleToLLVMIR(module, context, "msa");
  if (!llvmModule)
    return module.emitError("kernels could not be translated to LLVM IR");
  llvm::Triple triple("x86_64-unknown-linux-gnu");
  std::string error;
  const llvm::Target *found = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!found)
    return module.emitError() << "no code generator: " << error;
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Standard;
  std::unique_ptr<llvm::TargetMachine> machine(found->createTargetMachine(
      triple, target.cpu, target.attributes, options, llvm::Reloc::PIC_,
      std::nullopt, llvm::CodeGenOptLevel::Aggressive));
  llvmModule->setTargetTriple(triple);
  llvmModule->setDataLayout(machine->createDataLayout());
  addWrappers(*llvmModule);
  if (llvm::verifyModule(*llvmModule, nullptr))
    return module.emitError("kernels are no valid LLVM IR");
  if (ir) {
    llvm::raw_string_ostream os(*ir);
    llvmModule->print(os, nullptr);
  }
  SmallVector<char, 0> object;
  if (assembly) {
    std::unique_ptr<llvm::Module> copy =
        translateModuleToLLVMIR(module, context, "msa");
    copy->setTargetTriple(triple);
    copy->setDataLayout(machine->createDataLayout());
    addWrappers(*copy);
    SmallVector<char, 0> text;
    if (failed(
            emit(*copy, *machine, llvm::CodeGenFileType::AssemblyFile, text)))
      return module.emitError("no assembly can be emitted");
    assembly->assign(text.begin(), text.end());
  }
  if (failed(emit(*llvmModule, *machine, llvm::CodeGenFileType::ObjectFile,
                  object)))
    return module.emitError("no object code can be emitted");
  code.kind = artefact::CodeObject::Kind::CpuElf;
  code.arch = target.name;
  code.features = target.needs;
  if (std::string wrong = linkCpu(object, code.data); !wrong.empty())
    return module.emitError() << wrong;
  return success();
}
