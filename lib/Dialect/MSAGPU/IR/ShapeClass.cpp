//===- ShapeClass.cpp - What schedules are stored under -------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSAGPU/IR/ShapeClass.h"

#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::msa_gpu;

static int64_t about(int64_t rows) {
  return rows ? int64_t(llvm::PowerOf2Ceil(rows)) : 0;
}

std::string msa_gpu::shapeClass(msa::AttendOp op) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "attend " << op.getQuery().getType().getElementType()
     << " d=" << op.getHeadDim() << " batch=" << about(op.getBatch())
     << " heads=" << op.getQueryHeads() << "/" << op.getKeyHeads()
     << " queries=" << about(op.getQueries())
     << " keys=" << about(op.getLocalKeys())
     << " window=" << about(op.getWindow()) << " bank=" << about(op.getSlots());
  if (op.getOffset())
    os << " offset";
  if (op.getLength())
    os << " length";
  os << " " << Attribute(op.getPatternAttr());
  return text;
}

std::string msa_gpu::shapeClass(GemmOp op) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "gemm " << op.getForm() << " " << op.getElement() << "->"
     << op.getOutElement() << " m=" << about(op.size('m'))
     << " n=" << op.size('n') << " k=" << op.size('k');
  for (char letter : {'h', 'g'})
    if (op.size(letter) != 1)
      os << " " << letter << "=" << op.size(letter);
  if (op.size('b') != 1)
    os << " b=" << about(op.size('b'));
  if (!op.hasEpilogue())
    return text;
  // What its body computes weighs little beside what it reads and writes.
  os << " epilogue";
  if (op.getOuts().size() > 1)
    os << " outs=" << op.getOuts().size();
  if (op.getRotate())
    os << " rotate=" << *op.getRotate();
  for (auto [i, extra] : llvm::enumerate(op.getExtras()))
    os << " " << op.extraLetters(i) << ":"
       << getElementTypeOrSelf(extra.getType());
  return text;
}

namespace {
/// Reads a class from its front. Not a regular expression, which takes a
/// hundred times as long: the verifier comes here after every pass.
struct Reader {
  StringRef rest;

  bool text(StringRef wanted) { return rest.consume_front(wanted); }
  bool number(StringRef before) {
    return text(before) && letters("0123456789");
  }
  /// One or more of these.
  bool letters(StringRef known) {
    size_t size = std::min(rest.find_first_not_of(known), rest.size());
    rest = rest.drop_front(size);
    return size > 0;
  }
  bool type(bool f32) {
    return text("bf16") || text("f16") || (f32 && text("f32"));
  }
  /// What may be missing, but is as it should be where it begins.
  bool maybeNumber(StringRef before) {
    return !rest.starts_with(before) || number(before);
  }

  bool attend() {
    if (!text("attend ") || !type(/*f32=*/false) || !number(" d=") ||
        !number(" batch=") || !number(" heads=") || !number("/") ||
        !number(" queries=") || !number(" keys=") || !number(" window=") ||
        !number(" bank="))
      return false;
    text(" offset");
    text(" length");
    return text(" #msa.") && !rest.empty();
  }
  bool gemm() {
    StringRef form = "mnkhgb1";
    if (!text("gemm ") || !letters(form) || !text(",") || !letters(form) ||
        !text("->") || !letters(form) || !text(" ") || !type(/*f32=*/false) ||
        !text("->") || !type(/*f32=*/true) || !number(" m=") ||
        !number(" n=") || !number(" k=") || !maybeNumber(" h=") ||
        !maybeNumber(" g=") || !maybeNumber(" b="))
      return false;
    if (!text(" epilogue"))
      return rest.empty();
    text(" outs=2");
    if (!maybeNumber(" rotate="))
      return false;
    while (!rest.empty())
      if (!text(" ") || !letters("mnhbp1") || !text(":") || !type(true))
        return false;
    return true;
  }
};
} // namespace

std::string msa_gpu::whyNoEntry(StringRef name, Attribute schedule) {
  struct Kind {
    StringRef operation, mnemonic;
    bool isClass, isRightSchedule;
  };
  const Kind kinds[] = {{"attend", "schedule", Reader{name}.attend(),
                         isa<ScheduleAttr>(schedule)},
                        {"gemm", "gemm_schedule", Reader{name}.gemm(),
                         isa<GemmScheduleAttr>(schedule)}};
  std::string text;
  llvm::raw_string_ostream os(text);
  for (const Kind &kind : kinds) {
    if (name.split(' ').first != kind.operation)
      continue;
    if (!kind.isClass)
      os << "(C2) \"" << name << "\" is no class of msa_gpu." << kind.operation
         << " (docs/Tuning.md, msa-compile --gpu-classes)";
    else if (!kind.isRightSchedule)
      os << "(C3) \"" << name << "\" takes a #msa_gpu." << kind.mnemonic
         << ", not " << schedule;
    return text;
  }
  os << "(C2) \"" << name
     << "\" names no operation with schedules: those are attend and gemm";
  return text;
}
