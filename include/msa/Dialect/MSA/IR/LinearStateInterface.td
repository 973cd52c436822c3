//===- LinearStateInterface.td - Updates that end a value --*- tablegen -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DIALECT_MSA_IR_LINEARSTATEINTERFACE_TD
#define MSA_DIALECT_MSA_IR_LINEARSTATEINTERFACE_TD

include "mlir/IR/Interfaces.td"

def LinearStateOpInterface : OpInterface<"LinearStateOpInterface"> {
  let cppNamespace = "::mlir::msa";
  let description = [{
    An update of session state. The old value must not be used after the update:
    bufferization would then keep it alive by a silent copy, and the state would
    no longer be updated in place.
  }];
  let methods = [
    InterfaceMethod<"The operand that holds the old value.",
      "::mlir::OpOperand &", "getStateMutable", (ins)>,
    InterfaceMethod<"The result that is the new value.",
      "::mlir::OpResult", "getNewState", (ins)>
  ];
}

#endif // MSA_DIALECT_MSA_IR_LINEARSTATEINTERFACE_TD
