//===- MSAPatterns.td - Sparse attention patterns ----------*- tablegen -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One definition here, one file in lib/Dialect/MSA/IR/Patterns. Sizes are
// limited to 2^40 so that no sum of positions can overflow 64 bits.
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DIALECT_MSA_IR_MSAPATTERNS_TD
#define MSA_DIALECT_MSA_IR_MSAPATTERNS_TD

include "mlir/IR/AttrTypeBase.td"
include "msa/Dialect/MSA/IR/MSADialect.td"
include "msa/Dialect/MSA/IR/PatternInterface.td"

class MSA_Pattern<string name, string mnemonic_, list<string> optional = []>
    : AttrDef<MSA_Dialect, name, [
        DeclareAttrInterfaceMethods<PatternAttrInterface, optional>]> {
  let mnemonic = mnemonic_;
}

def MSA_FullAttr : MSA_Pattern<"Full", "full", ["rangesAreTight", "band"]> {
  let summary = "every key (bidirectional attention)";
}

def MSA_CausalAttr : MSA_Pattern<"Causal", "causal", ["rangesAreTight", "isCausal", "band"]> {
  let summary = "keys up to the query's own position: p_j <= p_i";
}

def MSA_WindowAttr : MSA_Pattern<"Window", "window", ["rangesAreTight", "isCausal", "band"]> {
  let summary = "keys around the query: p_i - left <= p_j <= p_i + right";
  let description = [{
    A sliding window (Longformer, arXiv 2004.05150, section 3.1). With a
    dilation r > 1 only every r-th key of it, counted from the query: keys where
    p_i - p_j is a multiple of r. `left` counts positions, not kept keys.

    Constraints: (P1) left and right lie in [0, 2^40]. (P2) dilation lies in
    [1, 2^40].
  }];
  let parameters = (ins "int64_t":$left, DefaultValuedParameter<"int64_t", "0">:$right,
                        DefaultValuedParameter<"int64_t", "1">:$dilation);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def MSA_StridedAttr : MSA_Pattern<"Strided", "strided"> {
  let summary = "every stride-th key: p_j mod stride == stride - 1";
  let description = [{
    The strided part of Sparse Transformers (arXiv 1904.10509, section 4.2); add
    the local part with `any`.

    Constraint: (P3) stride lies in [1, 2^40].
  }];
  let parameters = (ins "int64_t":$stride);
  let assemblyFormat = "`<` $stride `>`";
  let genVerifyDecl = 1;
}

def MSA_RandomAttr : MSA_Pattern<"Random", "random", ["usesHead", "comparisons", "granularity"]> {
  let summary = "random key blocks for each query block";
  let description = [{
    BigBird's random part (arXiv 2007.14062, section 2). Positions are cut into
    blocks of `size`. Query block b of head h keeps the key blocks

        hash(seed, h, b, t) mod span     for t = 0 .. count-1

    where draws may repeat and `span` is the number of key blocks to draw from,
    so the rule depends on nothing but its parameters. The hash is 64-bit and
    counter-based; all arithmetic wraps:

        x = seed * 0x9E3779B97F4A7C15 + h * 0xBF58476D1CE4E5B9
          + b * 0x94D049BB133111EB + t * 0xD6E8FEB86659FD93
        x = (x xor (x >> 32)) * 0xD6E8FEB86659FD93
        x = (x xor (x >> 32)) * 0xD6E8FEB86659FD93
        hash = (x xor (x >> 32)) >> 1

    Constraints: (P4) count lies in [1, 64]. (P5) size and span lie in
    [1, 2^40].
  }];
  let parameters = (ins "int64_t":$count, "int64_t":$size, "int64_t":$span,
                        DefaultValuedParameter<"int64_t", "0">:$seed);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def MSA_GlobalAttr : MSA_Pattern<"Global", "global", ["granularity"]> {
  let summary = "the first tokens see and are seen by all: p_j < count or p_i < count";
  let description = [{
    Longformer's global tokens. Attention sinks (StreamingLLM, arXiv 2309.17453)
    are the half of it that a causal model can use: `all<causal, global<4>>`.

    Constraint: (P6) count lies in [1, 2^40].
  }];
  let parameters = (ins "int64_t":$count);
  let assemblyFormat = "`<` $count `>`";
  let genVerifyDecl = 1;
}

def MSA_DocumentAttr : MSA_Pattern<"Document", "document", ["usesDocuments"]> {
  let summary = "only keys of the query's own document";
  let description = [{
    Packed sequences. The op's `documents` operand gives each position's
    document; numbers along a row never decrease (run-time contract; where they
    do, tiles may be skipped although they hold equal numbers).
  }];
}

def MSA_BlocksAttr : MSA_Pattern<"Blocks", "blocks", ["listedBlockSize", "comparisons", "granularity"]> {
  let summary = "key blocks listed at run time";
  let description = [{
    Positions are cut into blocks of `size`. Query block b keeps the key blocks
    that the op's `blocks` operand lists for it and for the KV head of the
    query: content-routed attention. The list is a set: repeated entries count
    once; negative entries are padding; entries past the last key keep nothing.

    Constraint: (P7) size lies in [1, 2^20].
  }];
  let parameters = (ins "int64_t":$size);
  let assemblyFormat = "`<` $size `>`";
  let genVerifyDecl = 1;
}

class MSA_Combination<string name, string mnemonic_, string what>
    : MSA_Pattern<name, mnemonic_, ["usesDocuments", "listedBlockSize", "comparisons", "usesHead", "isCausal",
                                  "band"]> {
  let summary = what;
  let description = [{
    Members are flattened, sorted and simplified when the attribute is built, so
    that equal patterns are equal attributes; a combination of one member is
    that member.

    Constraint: (P8) there are 1 to 64 members and each is a pattern; members that read
    block lists agree in their block size; text nests at most 32 deep.
  }];
  let parameters = (ins ArrayRefParameter<"::mlir::Attribute">:$members);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The combination in its canonical form, which may be another pattern.
    static ::mlir::Attribute of(::mlir::MLIRContext *context,
                                ::llvm::ArrayRef<::mlir::Attribute> members);
  }];
}
def MSA_AnyAttr : MSA_Combination<"Any", "any", "union of patterns">;
def MSA_AllAttr : MSA_Combination<"All", "all", "intersection of patterns">;

def MSA_PatternParam : Attr<CPred<"::llvm::isa<::mlir::msa::PatternAttrInterface>($_self)">,
                            "sparse attention pattern"> {
  let storageType = "::mlir::msa::PatternAttrInterface";
  let returnType = "::mlir::msa::PatternAttrInterface";
  let convertFromStorage = "$_self";
}

#endif // MSA_DIALECT_MSA_IR_MSAPATTERNS_TD
