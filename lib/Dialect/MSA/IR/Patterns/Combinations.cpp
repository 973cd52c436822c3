//===- Combinations.cpp - Union and intersection of patterns --------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSA/IR/MSA.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;
using namespace mlir::msa;

/// More ranges than this cost more than the tiles they would skip.
static constexpr size_t kMaxRanges = 64;

/// Unions of intersections of unions: more is no pattern that anyone wrote.
static constexpr unsigned kMaxDepth = 32;

static PatternAttrInterface asPattern(Attribute member) {
  return cast<PatternAttrInterface>(member);
}

//===----------------------------------------------------------------------===//
// Building: flat, sorted, simplified
//===----------------------------------------------------------------------===//

template <typename Combination>
static void flatten(ArrayRef<Attribute> members,
                    SmallVectorImpl<Attribute> &flat) {
  for (Attribute member : members) {
    if (auto nested = dyn_cast<Combination>(member))
      flatten<Combination>(nested.getMembers(), flat);
    else
      flat.push_back(member);
  }
}

static std::string text(Attribute attr) {
  std::string result;
  llvm::raw_string_ostream os(result);
  attr.print(os);
  return result;
}

template <typename Combination>
static Attribute combine(function_ref<InFlightDiagnostic()> emitError,
                         MLIRContext *context, ArrayRef<Attribute> members) {
  SmallVector<Attribute> flat;
  flatten<Combination>(members, flat);
  constexpr bool isUnion = std::is_same_v<Combination, AnyAttr>;
  if (llvm::any_of(flat, llvm::IsaPred<FullAttr>)) {
    if (isUnion)
      return FullAttr::get(context);
    if (llvm::any_of(flat, [](Attribute a) { return !isa<FullAttr>(a); }))
      llvm::erase_if(flat, llvm::IsaPred<FullAttr>);
  }
  if (!isUnion) {
    // Causality that another member implies adds nothing.
    bool implied = llvm::any_of(flat, [](Attribute a) {
      auto pattern = dyn_cast<PatternAttrInterface>(a);
      return pattern && !isa<CausalAttr>(a) && pattern.isCausal();
    });
    if (implied)
      llvm::erase_if(flat, llvm::IsaPred<CausalAttr>);
  }
  llvm::sort(flat, [](Attribute a, Attribute b) { return text(a) < text(b); });
  flat.erase(llvm::unique(flat), flat.end());
  if (flat.size() == 1 && isa<PatternAttrInterface>(flat.front()))
    return flat.front();
  return Combination::getChecked(emitError, context, ArrayRef<Attribute>(flat));
}

/// How deep the text that is being parsed is nested, unions and intersections
/// together: text can nest deeper than the stack is.
static thread_local unsigned depth = 0;

template <typename Combination>
static Attribute parseCombination(AsmParser &parser) {
  llvm::SaveAndRestore<unsigned> level(depth, depth + 1);
  SmallVector<Attribute> members;
  SMLoc loc = parser.getCurrentLocation();
  if (depth > kMaxDepth)
    return parser.emitError(loc, "(P8) patterns may be nested ")
               << kMaxDepth << " deep",
           Attribute();
  auto parseMember = [&]() -> ParseResult {
    Attribute member;
    SMLoc memberLoc = parser.getCurrentLocation();
    if (parser.parseAttribute(member))
      return failure();
    if (!isa<PatternAttrInterface>(member))
      return parser.emitError(memberLoc, "(P8) expected a pattern");
    members.push_back(member);
    return success();
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater,
                                     parseMember))
    return {};
  return combine<Combination>([&] { return parser.emitError(loc); },
                              parser.getContext(), members);
}

static void printCombination(AsmPrinter &printer, ArrayRef<Attribute> members) {
  printer << "<";
  llvm::interleaveComma(members, printer,
                        [&](Attribute a) { printer.printAttribute(a); });
  printer << ">";
}

static LogicalResult verifyMembers(function_ref<InFlightDiagnostic()> emitError,
                                   ArrayRef<Attribute> members) {
  if (members.empty() || members.size() > 64)
    return emitError() << "(P8) expected 1 to 64 patterns, got "
                       << members.size();
  for (Attribute member : members)
    if (!isa_and_present<PatternAttrInterface>(member))
      return emitError() << "(P8) expected a pattern, got " << member;
  int64_t size = 0;
  for (Attribute member : members) {
    int64_t own = asPattern(member).listedBlockSize();
    if (size && own && size != own)
      return emitError() << "(P8) block lists of sizes " << size << " and "
                         << own << " in one pattern";
    size = size ? size : own;
  }
  return success();
}

Attribute AnyAttr::parse(AsmParser &parser, Type) {
  return parseCombination<AnyAttr>(parser);
}
Attribute AllAttr::parse(AsmParser &parser, Type) {
  return parseCombination<AllAttr>(parser);
}
void AnyAttr::print(AsmPrinter &printer) const {
  printCombination(printer, getMembers());
}
void AllAttr::print(AsmPrinter &printer) const {
  printCombination(printer, getMembers());
}
LogicalResult AnyAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                              ArrayRef<Attribute> members) {
  return verifyMembers(emitError, members);
}
LogicalResult AllAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                              ArrayRef<Attribute> members) {
  return verifyMembers(emitError, members);
}
Attribute AnyAttr::of(MLIRContext *context, ArrayRef<Attribute> members) {
  return combine<AnyAttr>(mlir::detail::getDefaultDiagnosticEmitFn(context),
                          context, members);
}
Attribute AllAttr::of(MLIRContext *context, ArrayRef<Attribute> members) {
  return combine<AllAttr>(mlir::detail::getDefaultDiagnosticEmitFn(context),
                          context, members);
}

//===----------------------------------------------------------------------===//
// Union
//===----------------------------------------------------------------------===//

PatternValue AnyAttr::keeps(PatternBuilder &b,
                            const PatternPoint &point) const {
  PatternValue kept = b.truth(false);
  for (Attribute member : getMembers())
    kept = b.either(kept, asPattern(member).keeps(b, point));
  return kept;
}
PatternValue AnyAttr::isEmpty(PatternBuilder &b,
                              const PatternTile &tile) const {
  PatternValue empty = b.truth(true);
  for (Attribute member : getMembers())
    empty = b.both(empty, asPattern(member).isEmpty(b, tile));
  return empty;
}
PatternValue AnyAttr::isFull(PatternBuilder &b, const PatternTile &tile) const {
  PatternValue full = b.truth(false);
  for (Attribute member : getMembers())
    full = b.either(full, asPattern(member).isFull(b, tile));
  return full;
}
void AnyAttr::keyRanges(PatternBuilder &b, const PatternTile &tile,
                        SmallVectorImpl<KeyRange> &ranges) const {
  for (Attribute member : getMembers())
    asPattern(member).keyRanges(b, tile, ranges);
}

//===----------------------------------------------------------------------===//
// Intersection
//===----------------------------------------------------------------------===//

PatternValue AllAttr::keeps(PatternBuilder &b,
                            const PatternPoint &point) const {
  PatternValue kept = b.truth(true);
  for (Attribute member : getMembers())
    kept = b.both(kept, asPattern(member).keeps(b, point));
  return kept;
}
PatternValue AllAttr::isEmpty(PatternBuilder &b,
                              const PatternTile &tile) const {
  PatternValue empty = b.truth(false);
  for (Attribute member : getMembers())
    empty = b.either(empty, asPattern(member).isEmpty(b, tile));
  return empty;
}
PatternValue AllAttr::isFull(PatternBuilder &b, const PatternTile &tile) const {
  PatternValue full = b.truth(true);
  for (Attribute member : getMembers())
    full = b.both(full, asPattern(member).isFull(b, tile));
  return full;
}

// Pairwise intersections. Each member's ranges alone already hold every kept
// key, so a product that grows too long is simply not formed.
void AllAttr::keyRanges(PatternBuilder &b, const PatternTile &tile,
                        SmallVectorImpl<KeyRange> &ranges) const {
  SmallVector<KeyRange> kept = {{tile.keyBegin, tile.keyEnd}};
  for (Attribute member : getMembers()) {
    SmallVector<KeyRange> own;
    asPattern(member).keyRanges(b, tile, own);
    if (kept.size() * own.size() > kMaxRanges)
      continue;
    SmallVector<KeyRange> product;
    for (const KeyRange &x : kept)
      for (const KeyRange &y : own)
        product.push_back({b.max(x.begin, y.begin), b.min(x.end, y.end)});
    kept = std::move(product);
  }
  ranges.append(kept.begin(), kept.end());
}

//===----------------------------------------------------------------------===//
// Properties
//===----------------------------------------------------------------------===//

template <typename Predicate>
static bool anyMember(ArrayRef<Attribute> members, Predicate predicate) {
  return llvm::any_of(members,
                      [&](Attribute a) { return predicate(asPattern(a)); });
}
static int64_t blockSize(ArrayRef<Attribute> members) {
  for (Attribute member : members)
    if (int64_t size = asPattern(member).listedBlockSize())
      return size;
  return 0;
}
static int64_t sumOfComparisons(ArrayRef<Attribute> members, int64_t listed) {
  int64_t sum = 0;
  for (Attribute member : members)
    sum += asPattern(member).comparisons(listed);
  return sum;
}
static bool documents(PatternAttrInterface p) { return p.usesDocuments(); }
static bool head(PatternAttrInterface p) { return p.usesHead(); }
static bool causal(PatternAttrInterface p) { return p.isCausal(); }

bool AnyAttr::usesDocuments() const {
  return anyMember(getMembers(), documents);
}
bool AllAttr::usesDocuments() const {
  return anyMember(getMembers(), documents);
}
bool AnyAttr::usesHead() const { return anyMember(getMembers(), head); }
bool AllAttr::usesHead() const { return anyMember(getMembers(), head); }
int64_t AnyAttr::listedBlockSize() const { return blockSize(getMembers()); }
int64_t AllAttr::listedBlockSize() const { return blockSize(getMembers()); }
int64_t AnyAttr::comparisons(int64_t listed) const {
  return sumOfComparisons(getMembers(), listed);
}
int64_t AllAttr::comparisons(int64_t listed) const {
  return sumOfComparisons(getMembers(), listed);
}
bool AnyAttr::isCausal() const {
  return llvm::all_of(getMembers(),
                      [](Attribute a) { return asPattern(a).isCausal(); });
}
bool AllAttr::isCausal() const { return anyMember(getMembers(), causal); }

/// The narrower of two bounds (wider: the wider); nullopt is no bound.
static std::optional<int64_t> join(std::optional<int64_t> a,
                                   std::optional<int64_t> b, bool wider) {
  if (!a || !b)
    return wider ? std::nullopt : a ? a : b;
  return wider ? std::max(*a, *b) : std::min(*a, *b);
}

/// Bands all hold the query's own position, so unions have no gap.
static std::optional<PatternBand> joinBands(ArrayRef<Attribute> members,
                                            bool wider) {
  std::optional<PatternBand> joined;
  for (Attribute member : members) {
    std::optional<PatternBand> own = asPattern(member).band();
    if (!own)
      return std::nullopt;
    joined = joined ? PatternBand{join(joined->left, own->left, wider),
                                  join(joined->right, own->right, wider)}
                    : *own;
  }
  return joined;
}

std::optional<PatternBand> AnyAttr::band() const {
  return joinBands(getMembers(), /*wider=*/true);
}
std::optional<PatternBand> AllAttr::band() const {
  return joinBands(getMembers(), /*wider=*/false);
}
