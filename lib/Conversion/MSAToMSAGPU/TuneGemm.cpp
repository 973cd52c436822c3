//===- TuneGemm.cpp - Measured schedules of products ----------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StoredSchedules.h"
#include "msa/Conversion/Passes.h"

namespace mlir::msa {
#define GEN_PASS_DEF_MSATUNEGEMM
#include "msa/Conversion/Passes.h.inc"
} // namespace mlir::msa

using namespace mlir;
using namespace mlir::msa_gpu;

namespace {
struct TuneGemmPass : msa::impl::MSATuneGemmBase<TuneGemmPass> {
  using Base::Base;

  void runOnOperation() override {
    getOperation().walk([&](GemmOp op) {
      GemmScheduleAttr standard = op.getSchedule();
      GemmScheduleAttr schedule =
          storedSchedule(getOperation(), op, standard, listClasses);
      if (schedule == standard)
        return;
      op.setScheduleAttr(schedule);
      ++numTuned;
    });
  }
};
} // namespace
