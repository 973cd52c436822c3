//===- ShapeClass.cpp - What schedules are stored under -------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSAGPU/IR/ShapeClass.h"

#include "llvm/Support/Regex.h"
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

std::string msa_gpu::whyNoEntry(StringRef name, Attribute schedule) {
  // Made once: the verifier comes here after every pass.
  static const llvm::Regex attend(
      "^attend (bf16|f16) d=[0-9]+ batch=[0-9]+ heads=[0-9]+/[0-9]+ "
      "queries=[0-9]+ keys=[0-9]+ window=[0-9]+ bank=[0-9]+( offset)?( "
      "length)? #msa\\.[a-z_]+(<.*>)?$"),
      gemm("^gemm [mnkhgb1]+,[mnkhgb1]+->[mnkhgb1]+ (bf16|f16)->(bf16|f16|f32) "
           "m=[0-9]+ n=[0-9]+ k=[0-9]+( h=[0-9]+)?( g=[0-9]+)?( b=[0-9]+)?"
           "( epilogue( outs=2)?( rotate=[0-9]+)?"
           "( [mnhbp1]+:(bf16|f16|f32))*)?$");
  struct Kind {
    StringRef operation, mnemonic;
    const llvm::Regex &form;
    bool isRightSchedule;
  };
  const Kind kinds[] = {
      {"attend", "schedule", attend, isa<ScheduleAttr>(schedule)},
      {"gemm", "gemm_schedule", gemm, isa<GemmScheduleAttr>(schedule)}};
  std::string text;
  llvm::raw_string_ostream os(text);
  for (const Kind &kind : kinds) {
    if (name.split(' ').first != kind.operation)
      continue;
    if (!kind.form.match(name))
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
