//===- CompileGpu.cpp - From the nvvm dialect to PTX ----------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Target/CompileGpu.h"

#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/GPU/GPUToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/InstrTypes.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"

#include <mutex>

// Of LLVM's library; TargetSelect.h declares all targets at once only.
extern "C" {
void LLVMInitializeNVPTXTargetInfo();
void LLVMInitializeNVPTXTarget();
void LLVMInitializeNVPTXTargetMC();
void LLVMInitializeNVPTXAsmPrinter();
}

using namespace mlir;

/// Unlike on a CPU the optimizer pays: threads are scalar code whose small
/// scratch arrays belong into registers.
static void optimize(llvm::Module &module, llvm::TargetMachine &machine) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager sccs;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(sccs);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, sccs, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O1)
      .run(module, modules);
}

/// Instructions that threads take part in together (barriers, stores of whole
/// matrices, products) must not be copied into the branches of a condition that
/// only some threads take, which is what the optimizer does to make fewer jumps
/// unless it is told. What we write in PTX with effects is taken for one.
static void markConvergent(llvm::Module &module) {
  for (llvm::Function &function : module)
    for (llvm::BasicBlock &block : function)
      for (llvm::Instruction &instruction : block) {
        auto *call = llvm::dyn_cast<llvm::CallBase>(&instruction);
        auto *text =
            call ? llvm::dyn_cast<llvm::InlineAsm>(call->getCalledOperand())
                 : nullptr;
        if (!text || !text->hasSideEffects())
          continue;
        call->addFnAttr(llvm::Attribute::Convergent);
        function.addFnAttr(llvm::Attribute::Convergent);
      }
}

void msa::prepareForGpu(MLIRContext &context) {
  // LLVM's list of targets is not made for two threads at once.
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeNVPTXTargetInfo();
    LLVMInitializeNVPTXTarget();
    LLVMInitializeNVPTXTargetMC();
    LLVMInitializeNVPTXAsmPrinter();
  });
  registerBuiltinDialectTranslation(context);
  registerGPUDialectTranslation(context);
  registerLLVMDialectTranslation(context);
  registerNVVMDialectTranslation(context);
}

LogicalResult msa::compileGpu(ModuleOp module, llvm::StringRef arch,
                              artefact::CodeObject &code, std::string *ir) {
  Operation *gpuModule = nullptr;
  for (Operation &op : *module.getBody())
    if (op.getName().getStringRef() == "gpu.module")
      gpuModule = &op;
  if (!gpuModule)
    return module.emitError("the model has no kernels for a GPU");
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> llvmModule =
      translateModuleToLLVMIR(gpuModule, context, "msa");
  if (!llvmModule)
    return module.emitError("kernels could not be translated to LLVM IR");
  llvm::Triple triple("nvptx64-nvidia-cuda");
  std::string error;
  const llvm::Target *found = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!found)
    return module.emitError() << "no code generator for PTX: " << error;
  // PTX ISA 8.0: what drivers since CUDA 12.0 read.
  std::unique_ptr<llvm::TargetMachine> machine(found->createTargetMachine(
      triple, arch, "+ptx80", llvm::TargetOptions(), std::nullopt, std::nullopt,
      llvm::CodeGenOptLevel::Aggressive));
  llvmModule->setTargetTriple(triple);
  llvmModule->setDataLayout(machine->createDataLayout());
  if (llvm::verifyModule(*llvmModule, nullptr))
    return module.emitError("kernels are no valid LLVM IR");
  markConvergent(*llvmModule);
  optimize(*llvmModule, *machine);
  if (ir) {
    llvm::raw_string_ostream os(*ir);
    llvmModule->print(os, nullptr);
  }
  SmallVector<char, 0> text;
  llvm::raw_svector_ostream os(text);
  llvm::legacy::PassManager passes;
  if (machine->addPassesToEmitFile(passes, os, nullptr,
                                   llvm::CodeGenFileType::AssemblyFile))
    return module.emitError("no PTX can be emitted");
  passes.run(*llvmModule);
  code.kind = artefact::CodeObject::Kind::Ptx;
  code.arch = arch.str();
  code.features.clear();
  code.data.assign(text.begin(), text.end());
  return success();
}
