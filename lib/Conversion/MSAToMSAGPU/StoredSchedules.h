//===- StoredSchedules.h - Schedules that were measured --------*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_LIB_CONVERSION_MSATOMSAGPU_STOREDSCHEDULES_H
#define MSA_LIB_CONVERSION_MSATOMSAGPU_STOREDSCHEDULES_H

#include "msa/Dialect/MSAGPU/IR/Legality.h"
#include "msa/Dialect/MSAGPU/IR/ShapeClass.h"

namespace mlir::msa_gpu {

/// The schedule that the module's msa_gpu.schedules has for the operation's
/// class, where it is legal for the operation; else `standard`, which is that
/// of the default table. With `list`, a remark says class and schedule.
template <typename Schedule, typename Op>
Schedule storedSchedule(Operation *module, Op op, Schedule standard,
                        bool list) {
  auto stored =
      module->getAttrOfType<DictionaryAttr>(MSAGPUDialect::kSchedulesAttr);
  if (!standard || (!stored && !list))
    return standard;
  std::string name = shapeClass(op);
  Schedule chosen = standard;
  if (auto schedule = stored ? stored.getAs<Schedule>(name) : Schedule()) {
    std::string why = whyIllegal(op, schedule);
    if (why.empty())
      chosen = schedule;
    else
      op->emitWarning() << "the schedule stored for \"" << name
                        << "\" is not legal here, the default is used: " << why;
  }
  if (list)
    op->emitRemark() << "class \"" << name << "\" takes " << chosen;
  return chosen;
}

} // namespace mlir::msa_gpu

#endif // MSA_LIB_CONVERSION_MSATOMSAGPU_STOREDSCHEDULES_H
