//===- GemmOp.cpp - Constraints of scheduled products ------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSAGPU/IR/Budget.h"
#include "msa/Dialect/MSAGPU/IR/MSAGPU.h"

using namespace mlir;
using namespace mlir::msa_gpu;

/// What one dimension of an operand may be, so that sums stay in 32 bits.
static constexpr int64_t kMostRows = int64_t(1) << 28;

static int64_t sharedBytes(int64_t warpgroups, int64_t columns, int64_t depth,
                           int64_t stages, int64_t staged) {
  // Rings of both sides, the staged output, barriers.
  return 2 * (stages * depth * (64 * warpgroups + columns) +
              64 * 64 * staged * warpgroups) +
         1024;
}

int64_t msa_gpu::sharedBytes(GemmScheduleAttr s) {
  return ::sharedBytes(s.getWarpgroups(), s.getColumns(), s.getDepth(),
                       s.getStages(), s.getStaged());
}

LogicalResult
GemmScheduleAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                         int64_t warpgroups, int64_t columns, int64_t depth,
                         int64_t stages, int64_t staged, int64_t group,
                         int64_t cluster, bool) {
  if (warpgroups < 1 || warpgroups > 3)
    return emitError() << "(N1) warpgroups must lie in [1, 3], got "
                       << warpgroups;
  if (columns < 64 || columns > 256 || columns % 64)
    return emitError() << "(N2) columns must be 64, 128, 192 or 256, got "
                       << columns;
  if ((depth != 64 && depth != 128) || stages < 2 || stages > 8)
    return emitError() << "(N3) depth must be 64 or 128 and stages lie in [2, "
                          "8], got "
                       << depth << " and " << stages;
  if (staged < 1 || columns / 64 % staged)
    return emitError() << "(N4) staged must divide the " << columns / 64
                       << " panels of a tile, got " << staged;
  if (cluster != 1 && cluster != 2)
    return emitError() << "(N5) cluster must be 1 or 2, got " << cluster;
  if (group < 1 || group > 1024 || group % cluster)
    return emitError() << "(N5) group must lie in [1, 1024] and be a multiple "
                          "of cluster, got "
                       << group;
  if (warpgroups == 3 && columns > 192)
    return emitError()
           << "(N7) three warpgroups have registers for at most 192 "
              "columns, got "
           << columns;
  int64_t bytes = ::sharedBytes(warpgroups, columns, depth, stages, staged);
  if (bytes <= kMaxShared)
    return success();
  InFlightDiagnostic diag = emitError()
                            << "(N6) needs " << bytes
                            << " bytes of shared memory, more than the "
                            << kMaxShared << " of a block";
  // What is staged costs least, then stages.
  for (int64_t d = depth; d >= 64; d -= 64)
    for (int64_t c = columns; c >= 64; c -= 64)
      for (int64_t n = stages; n >= 2; --n)
        for (int64_t p = staged; p >= 1; --p)
          if (c / 64 % p == 0 &&
              ::sharedBytes(warpgroups, c, d, n, p) <= kMaxShared)
            return diag << "; this fits: columns = " << c << ", depth = " << d
                        << ", stages = " << n << ", staged = " << p;
  return diag;
}

StringRef GemmOp::letters(unsigned operand) {
  auto [sides, out] = getForm().split("->");
  if (operand == 2)
    return out;
  auto [a, b] = sides.split(",");
  return operand == 0 ? a : b;
}

int64_t GemmOp::size(char letter) {
  for (unsigned i = 0; i < 3; ++i)
    if (size_t at = letters(i).find(letter); at != StringRef::npos)
      return cast<ShapedType>(getOperand(i).getType()).getDimSize(at);
  return 1;
}

LogicalResult GemmOp::verify() {
  bool tensors = isa<RankedTensorType>(getA().getType());
  for (Type type : getOperandTypes())
    if (isa<RankedTensorType>(type) != tensors)
      return emitOpError("(M1) takes tensors or memrefs, not both");
  auto elementOf = [](Value x) { return getElementTypeOrSelf(x.getType()); };
  if (elementOf(getB()) != getElement())
    return emitOpError("(M1) multiplies one element type, got ")
           << getB().getType();
  for (Value out : getOuts())
    if (elementOf(out) != getElement() && !elementOf(out).isF32())
      return emitOpError("(M1) multiplies one element type, got ")
             << out.getType();
  if (tensors ? getResultTypes() != getOuts().getTypes() : getNumResults() != 0)
    return emitOpError("(M1) has one result of the type of each out on "
                       "tensors, none on memrefs");
  if (failed(verifyOuts()))
    return failure();

  if (getForm() != (letters(0) + "," + letters(1) + "->" + letters(2)).str())
    return emitOpError("(M2) has a form like \"mk,kn->mn\", not \"")
           << getForm() << '"';
  llvm::SmallDenseMap<char, int64_t> sizes;
  auto has = [&](unsigned operand, char letter) {
    return letters(operand).contains(letter);
  };
  for (unsigned i = 0; i < 3; ++i) {
    ArrayRef<int64_t> shape =
        cast<ShapedType>(getOperand(i).getType()).getShape();
    if (shape.size() != letters(i).size())
      return emitOpError("(M2) has \"")
             << letters(i) << "\" for " << getOperand(i).getType();
    for (auto [letter, size] : llvm::zip(letters(i), shape)) {
      if (size < 1 || size > kMostRows)
        return emitOpError("(M4) has static sizes from 1 to 2^28");
      if (!StringRef("mnkhgb1").contains(letter))
        return emitOpError("(M2) has no dimension '") << Twine(letter) << "'";
      auto [known, isNew] = sizes.try_emplace(letter, size);
      if (known->second != size)
        return emitOpError("(M2) has two sizes for '")
               << Twine(letter) << "': " << known->second << " and " << size;
      if (letter != '1' && letters(i).count(letter) != 1)
        return emitOpError("(M2) names '") << Twine(letter) << "' twice";
    }
  }
  if (sizes.contains('1') && sizes.lookup('1') != 1)
    return emitOpError("(M2) has '1' for a size of 1 only");
  struct Rule {
    char letter;
    bool a, b, out, isNeeded;
  };
  for (Rule rule :
       {Rule{'m', true, false, true, true}, Rule{'n', false, true, true, true},
        Rule{'k', true, true, false, true}, Rule{'h', false, true, true, false},
        Rule{'g', true, true, false, false}}) {
    if (!rule.isNeeded && !sizes.contains(rule.letter))
      continue;
    if (has(0, rule.letter) != rule.a || has(1, rule.letter) != rule.b ||
        has(2, rule.letter) != rule.out)
      return emitOpError("(M2) has '")
             << Twine(rule.letter) << "' in the wrong places";
  }
  if (sizes.contains('b') && (!has(0, 'b') || !has(2, 'b')))
    return emitOpError("(M2) has 'b' in the wrong places");

  StringRef b = letters(1);
  if (letters(0).back() != 'k' || letters(2).back() != 'n' ||
      (b.back() != 'n' && b.back() != 'k'))
    return emitOpError("(M3) has last dimensions k, n or k, and n");
  if ((has(1, 'g') && !b.contains("gk")) ||
      (isTransposed() && has(1, 'h') && !b.contains("hn")))
    return emitOpError("(M3) has dimensions of b that are none to the kernel");
  for (Value side : {getA(), getB(), getOut()})
    if (cast<ShapedType>(side.getType()).getShape().back() % 8)
      return emitOpError("(M4) has last dimensions that are multiples of 8 "
                         "elements, not ")
             << side.getType();
  return verifyExtras();
}
