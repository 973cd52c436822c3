//===- MSAGates.td - Write gates of the memory bank --------*- tablegen -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One definition here, one file in lib/Dialect/MSA/IR/Gates.
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DIALECT_MSA_IR_MSAGATES_TD
#define MSA_DIALECT_MSA_IR_MSAGATES_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/Interfaces.td"
include "msa/Dialect/MSA/IR/MSADialect.td"

def GateAttrInterface : AttrInterface<"GateAttrInterface"> {
  let cppNamespace = "::mlir::msa";
  let description = [{
    A learned gate that decides how a candidate enters a bank. Its linear maps
    are projections x W + b, named in the order in which the op takes them.
  }];
  let methods = [
    InterfaceMethod<"Names of the gate's projections, in operand order; each has a weight on the candidate, a weight on the bank and a bias.",
      "::llvm::SmallVector<::llvm::StringRef>", "getProjections", (ins)>,
    InterfaceMethod<"Whether a projection yields one number per slot instead of one per channel.",
      "bool", "isPerSlot", (ins "unsigned":$projection)>,
    InterfaceMethod<"Whether the gate has a second result, what the bank shows to its readers.",
      "bool", "hasRead", (ins), "", "return false;">,
    InterfaceMethod<[{
        Builds the scalar arithmetic of one bank element. `fromCandidate` and
        `fromBank` hold each projection's two halves, the bias added to the
        former. Returns the new bank element and, for gates with a read, the
        read one. A gate value that says keep returns `bank` itself, bit for
        bit.
      }],
      "::llvm::SmallVector<::mlir::Value>", "buildUpdate",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
           "::mlir::Value":$bank, "::mlir::ValueRange":$fromCandidate,
           "::mlir::ValueRange":$fromBank)>
  ];
}

/// A real number, written without a type (f64).
class MSA_RealParameter<string value>
    : DefaultValuedParameter<"::mlir::FloatAttr",
        "::mlir::FloatAttr::get(::mlir::Float64Type::get($_ctxt), " # value # ")">;

class MSA_Gate<string name, string mnemonic_, list<string> optional = []>
    : AttrDef<MSA_Dialect, name, [
        DeclareAttrInterfaceMethods<GateAttrInterface, optional>]> {
  let mnemonic = mnemonic_;
  let assemblyFormat = "(`<` struct(params)^ `>`)?";
  let genVerifyDecl = 1;
}

def MSA_GruAttr : MSA_Gate<"Gru", "gru"> {
  let summary = "gated recurrent unit";
  let description = [{
    With candidate C and bank M (Cho et al., arXiv 1406.1078):

        r  = sigmoid(C Wr + M Ur + br)
        z  = sigmoid(C Wz + M Uz + bz)
        n  = tanh(C Wn + bn + r * (M Un))
        z' = clamp(z * (1 + 2 stretch) - stretch, 0, 1)
        M' = M where z' = 1, n where z' = 0, else (1 - z') * n + z' * M

    `perSlot` makes z one number a slot (Wz, Uz: d x 1). Stretch 0 is the
    textbook gate, whose z reaches 0 and 1 only by rounding.

    Constraint: (G1) stretch is an f64 in [0, 1].
  }];
  let parameters = (ins DefaultValuedParameter<"bool", "true">:$perSlot,
                        MSA_RealParameter<"0.1">:$stretch);
}

def MSA_LstmAttr : MSA_Gate<"Lstm", "lstm", ["hasRead"]> {
  let summary = "long short-term memory";
  let description = [{
    With candidate C and bank M as the cell (Gers et al. 2000):

        i  = sigmoid(C Wi + M Ui + bi)                 input gate
        f  = sigmoid(C Wf + M Uf + bf + forgetBias)    forget gate
        o  = sigmoid(C Wo + M Uo + bo)                 output gate
        g  = tanh(C Wg + M Ug + bg)
        x' = clamp(x * (1 + 2 stretch) - stretch, 0, 1)   for x in {i, f}
        M' = M where f' = 1 and i' = 0, else f' * M + i' * g
        read = o * tanh(M')

    The op's second result is `read`; it is formed from this M' for every slot,
    written or not. `perSlot` makes i and f one number a slot.

    Constraint: (G1) stretch is an f64 in [0, 1]. (G2) forgetBias is a finite f64.
  }];
  let parameters = (ins DefaultValuedParameter<"bool", "true">:$perSlot,
                        MSA_RealParameter<"0.1">:$stretch,
                        MSA_RealParameter<"1.0">:$forgetBias);
}

def MSA_GateParam : Attr<CPred<"::llvm::isa<::mlir::msa::GateAttrInterface>($_self)">,
                         "bank write gate"> {
  let storageType = "::mlir::msa::GateAttrInterface";
  let returnType = "::mlir::msa::GateAttrInterface";
  let convertFromStorage = "$_self";
}

#endif // MSA_DIALECT_MSA_IR_MSAGATES_TD
