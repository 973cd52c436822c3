//===- Verify.cpp - Consistency of models ---------------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Artefact/Fill.h"
#include "msa/Artefact/Serialize.h"

#include <cmath>
#include <set>

using namespace msa::artefact;

namespace {

struct Checker {
  const Model &model;
  std::string message;

  bool fail(const std::string &text) {
    if (message.empty())
      message = text;
    return false;
  }

  bool type(const TensorType &type, const std::string &where) {
    if (byteSize(type.dtype) == 0)
      return fail(where + " has an unknown element type");
    if (type.shape.size() > 16)
      return fail(where + " has too many dimensions");
    uint64_t bytes = byteSize(type);
    if (bytes == 0 || bytes > kMaxBytes)
      return fail(where + " has an impossible shape");
    return true;
  }

  bool constants() {
    std::set<std::string> names;
    for (const Constant &constant : model.constants) {
      std::string where = "constant '" + constant.name + "'";
      if (!names.insert(constant.name).second)
        return fail(where + " exists twice");
      if (!type(constant.type, where))
        return false;
      bool stored = constant.fill == Fill::Data;
      if (!stored && constant.fill != Fill::Value &&
          constant.fill != Fill::Normal)
        return fail(where + " is filled in an unknown way");
      if (constant.data.size() != (stored ? byteSize(constant.type) : 0))
        return fail(where + " does not have the bytes of its type");
      if (!std::isfinite(constant.mean) || !std::isfinite(constant.stddev))
        return fail(where + " is filled with numbers that are not finite");
      if (!isFloat(constant.type.dtype) &&
          (constant.fill == Fill::Normal || constant.mean != 0))
        return fail(where + " is no float and can not be drawn");
    }
    return true;
  }

  bool states() {
    std::set<std::string> names;
    for (const State &state : model.states) {
      std::string where = "state '" + state.name + "'";
      if (state.name.empty() || !names.insert(state.name).second)
        return fail(where + " has no name of its own");
      if (!type(state.type, where))
        return false;
      if (state.initial < -1 ||
          state.initial >= static_cast<int64_t>(model.constants.size()))
        return fail(where + " starts from a constant that does not exist");
      if (state.initial >= 0) {
        const TensorType &other = model.constants[state.initial].type;
        if (other.dtype != state.type.dtype || other.shape != state.type.shape)
          return fail(where + " starts from a constant of another type");
      }
    }
    return true;
  }

  bool argument(const Argument &argument, const std::string &where) {
    if (!type(argument.type, where))
      return false;
    const TensorType *other = nullptr;
    switch (argument.role) {
    case Role::Input:
      return true;
    case Role::State:
      if (argument.index >= model.states.size())
        return fail(where + " names a state that does not exist");
      other = &model.states[argument.index].type;
      break;
    case Role::Constant:
      if (argument.index >= model.constants.size())
        return fail(where + " names a constant that does not exist");
      other = &model.constants[argument.index].type;
      break;
    default:
      return fail(where + " has an unknown role");
    }
    if (other->dtype != argument.type.dtype ||
        other->shape != argument.type.shape)
      return fail(where + " differs in type from what it names");
    return true;
  }

  /// Where the referenced bytes end is the kernel's business; where they begin
  /// must lie inside.
  /// `left` receives the bytes from there to the end of what is referenced.
  bool buffer(const BufferRef &ref, const Entry &entry, const Plan &plan,
              const std::string &where, uint64_t &left) {
    uint64_t bytes = 0;
    switch (ref.kind) {
    case BufferRef::Kind::Argument:
      if (ref.index >= entry.arguments.size())
        return fail(where + " uses an argument that does not exist");
      bytes = byteSize(entry.arguments[ref.index].type);
      break;
    case BufferRef::Kind::Result:
      if (ref.index >= entry.results.size())
        return fail(where + " uses a result that does not exist");
      bytes = byteSize(entry.results[ref.index].type);
      break;
    case BufferRef::Kind::Constant:
      if (ref.index >= model.constants.size())
        return fail(where + " uses a constant that does not exist");
      bytes = byteSize(model.constants[ref.index].type);
      break;
    case BufferRef::Kind::Arena:
      if (ref.byteOffset % 64 != 0)
        return fail(where + " uses an unaligned place in the arena");
      bytes = plan.arenaBytes;
      break;
    default:
      return fail(where + " uses an unknown kind of buffer");
    }
    if (ref.byteOffset >= bytes)
      return fail(where + " uses bytes past the end of a buffer");
    left = bytes - ref.byteOffset;
    return true;
  }

  /// What only GPUs have; `left` are the bytes of each buffer.
  bool launch(const Dispatch &dispatch, Target target,
              const std::vector<uint64_t> &left, const std::string &where) {
    if (target != Target::Cuda) {
      if (dispatch.clusterSize != 1 || dispatch.persistent || dispatch.waits ||
          !dispatch.maps.empty())
        return fail(where + " is launched as only a GPU can");
      return true;
    }
    if (dispatch.blockSize < 1 || dispatch.blockSize > 1024 ||
        dispatch.tilesPerBlock < 1)
      return fail(where + " has an impossible launch");
    if (dispatch.clusterSize != 1 && dispatch.clusterSize != 2 &&
        dispatch.clusterSize != 4 && dispatch.clusterSize != 8)
      return fail(where + " has clusters of an impossible size");
    if (dispatch.persistent && dispatch.tilesPerBlock != 1)
      return fail(where +
                  " is persistent, but says how many tiles a block has");
    if (dispatch.maps.size() > kMaxMaps)
      return fail(where + " has too many tensor maps");
    for (const TensorMap &map : dispatch.maps) {
      if (std::string wrong = checkMap(map); !wrong.empty())
        return fail(where + " has a tensor map that " + wrong);
      if (map.buffer >= left.size())
        return fail(where +
                    " has a tensor map of a buffer that does not exist");
      if (dispatch.buffers[map.buffer].byteOffset % 16 != 0)
        return fail(where + " has a tensor map of an unaligned buffer");
      if (extentOf(map) > left[map.buffer])
        return fail(where + " has a tensor map that ends past its buffer");
    }
    return true;
  }

  bool plan(const Plan &plan, const Entry &entry) {
    std::string where = "entry '" + entry.name + "'";
    if (plan.target != Target::Cpu && plan.target != Target::Cuda)
      return fail(where + " has a plan for an unknown target");
    if (plan.arenaBytes > kMaxBytes)
      return fail(where + " needs an impossible arena");
    if (plan.clearedBytes % 4 != 0 || plan.clearedBytes > plan.arenaBytes)
      return fail(where + " clears an impossible number of bytes");
    if (plan.clearedBytes != 0 && plan.target != Target::Cuda)
      return fail(where + " clears memory as only a GPU can");
    bool coded = plan.arch.empty();
    for (const CodeObject &object : model.code)
      coded = coded || serves(object, true, plan);
    if (!coded)
      return fail(where + " has a plan for '" + plan.arch +
                  "', for which there is no code");
    for (const Dispatch &dispatch : plan.dispatches) {
      std::string here = where + ", kernel '" + dispatch.kernel + "',";
      if (dispatch.kernel.empty())
        return fail(where + " calls a kernel without a name");
      if (dispatch.tiles < 0)
        return fail(here + " has a negative number of tiles");
      if (dispatch.buffers.size() > 512)
        return fail(here + " has too many buffers");
      std::vector<uint64_t> left(dispatch.buffers.size());
      for (size_t i = 0; i < left.size(); ++i)
        if (!buffer(dispatch.buffers[i], entry, plan, here, left[i]))
          return false;
      if (!launch(dispatch, plan.target, left, here))
        return false;
    }
    return true;
  }

  bool entries() {
    std::set<std::string> names;
    for (const Entry &entry : model.entries) {
      std::string where = "entry '" + entry.name + "'";
      if (entry.name.empty() || !names.insert(entry.name).second)
        return fail(where + " has no name of its own");
      for (const Argument &a : entry.arguments)
        if (!argument(a, where + ", argument '" + a.name + "',"))
          return false;
      for (const Result &r : entry.results)
        if (!type(r.type, where + ", result '" + r.name + "',"))
          return false;
      std::set<std::pair<Target, std::string>> targets;
      for (const Plan &p : entry.plans) {
        if (!targets.insert({p.target, p.arch}).second)
          return fail(where + " has two plans for one target and architecture");
        if (!plan(p, entry))
          return false;
      }
    }
    return true;
  }

  bool code() {
    for (const CodeObject &object : model.code) {
      if (object.kind != CodeObject::Kind::CpuElf &&
          object.kind != CodeObject::Kind::Ptx &&
          object.kind != CodeObject::Kind::Cubin)
        return fail("a code object is of an unknown kind");
      if (object.data.empty())
        return fail("a code object is empty");
    }
    return true;
  }
};

} // namespace

ParseResult msa::artefact::verify(const Model &model) {
  Checker checker{model, {}};
  if (checker.constants() && checker.states() && checker.entries() &&
      checker.code())
    return {};
  return {ParseStatus::Malformed, checker.message};
}
