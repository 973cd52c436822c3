//===- PatternInterface.td - What the compiler asks a pattern -*- tablegen -*-//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DIALECT_MSA_IR_PATTERNINTERFACE_TD
#define MSA_DIALECT_MSA_IR_PATTERNINTERFACE_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/Interfaces.td"

def PatternAttrInterface : AttrInterface<"PatternAttrInterface"> {
  let cppNamespace = "::mlir::msa";
  let description = [{
    A rule that says which keys a query keeps. The compiler asks four questions
    and never builds a mask: which key ranges can a tile of queries keep (loop
    bounds), is a tile certainly empty (skip it), is it certainly full (no mask
    is computed), and is one pair kept (only in partial tiles).

    Laws, tested against brute force over `keeps`: every kept key of a tile lies
    in one of its ranges; a tile that `isEmpty` has no kept pair; a tile that
    `isFull` keeps all its pairs. Both tests may say "don't know" (false).
  }];
  let methods = [
    InterfaceMethod<"Whether the pair is kept.",
      "::mlir::msa::PatternValue", "keeps",
      (ins "::mlir::msa::PatternBuilder &":$builder,
           "const ::mlir::msa::PatternPoint &":$point)>,
    InterfaceMethod<"True only where the tile keeps no pair.",
      "::mlir::msa::PatternValue", "isEmpty",
      (ins "::mlir::msa::PatternBuilder &":$builder,
           "const ::mlir::msa::PatternTile &":$tile)>,
    InterfaceMethod<"True only where the tile keeps every pair.",
      "::mlir::msa::PatternValue", "isFull",
      (ins "::mlir::msa::PatternBuilder &":$builder,
           "const ::mlir::msa::PatternTile &":$tile)>,
    InterfaceMethod<"Appends ranges that together hold every kept key of the tile; they may overlap.",
      "void", "keyRanges",
      (ins "::mlir::msa::PatternBuilder &":$builder,
           "const ::mlir::msa::PatternTile &":$tile,
           "::llvm::SmallVectorImpl<::mlir::msa::KeyRange> &":$ranges)>,
    InterfaceMethod<"Whether every key block that touches a range can hold a kept pair, so that asking `isEmpty` is useless.",
      "bool", "rangesAreTight", (ins), "", "return false;">,
    InterfaceMethod<"Whether the rule reads the `documents` operand.",
      "bool", "usesDocuments", (ins), "", "return false;">,
    InterfaceMethod<"Size of the blocks that the rule looks up in the `blocks` operand; 0 where it reads none.",
      "int64_t", "listedBlockSize", (ins), "", "return 0;">,
    InterfaceMethod<"Comparisons that one pair takes, with block lists of so many entries: the size of the generated code.",
      "int64_t", "comparisons", (ins "int64_t":$listed), "", "return 1;">,
    InterfaceMethod<"Whether the rule differs between heads.",
      "bool", "usesHead", (ins), "", "return false;">,
    InterfaceMethod<"Whether no query ever keeps a key of a later position.",
      "bool", "isCausal", (ins), "", "return false;">,
    InterfaceMethod<"A size such that the rule keeps all or none of the pairs of a tile that lies between multiples of it, of positions or, for a rule that reads block lists, counted from the segment; 0 where there is none.",
      "int64_t", "granularity", (ins), "", "return 0;">,
    InterfaceMethod<"The band of keys that each query keeps, where that is all the rule says.",
      "::std::optional<::mlir::msa::PatternBand>", "band", (ins), "", "return std::nullopt;">
  ];
}

#endif // MSA_DIALECT_MSA_IR_PATTERNINTERFACE_TD
