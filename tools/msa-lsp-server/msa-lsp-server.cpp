//===- msa-lsp-server.cpp - The msa dialect in editors --------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Init.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Support/LLVM.h"
#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"
#include "llvm/Support/CommandLine.h"

static llvm::cl::extrahelp help(R"(
A language server for .mlir files with the msa dialect: errors as you type,
hover, go to definition, completion. Editors start it; it speaks the Language
Server Protocol on stdin and stdout, and logs on stderr.

  VS Code   extension "MLIR" of llvm-vs-code-extensions, then in settings.json
            "mlir.server_path": "/path/to/build/bin/msa-lsp-server"
  Neovim    vim.lsp.start({ name = "msa", cmd = { "msa-lsp-server" } })
  Emacs     (add-to-list 'eglot-server-programs '(mlir-mode "msa-lsp-server"))
)");

int main(int argc, char **argv) {
  // --help is about this tool, not about LLVM's optimizers.
  for (auto &option : llvm::cl::getRegisteredOptions())
    option.second->setHiddenFlag(llvm::cl::Hidden);
  mlir::DialectRegistry registry;
  msa::registerUpstream(registry);
  msa::registerDialects(registry);
  return mlir::failed(mlir::MlirLspServerMain(argc, argv, registry));
}
