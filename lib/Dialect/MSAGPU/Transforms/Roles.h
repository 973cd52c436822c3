//===- Roles.h - Tile programs as roles --------------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_LIB_DIALECT_MSAGPU_TRANSFORMS_ROLES_H
#define MSA_LIB_DIALECT_MSAGPU_TRANSFORMS_ROLES_H

#include "msa/Dialect/MSAGPU/IR/MSAGPU.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"

namespace mlir::msa_gpu {

inline bool isTileValue(Type type) {
  return isa<MSAGPUDialect>(type.getDialect()) && !isa<MapType>(type);
}

/// Rings whose loads take turns are counted together.
using Group = unsigned;

/// How a ring's uses are counted.
struct Counted {
  Group group = 0;
  bool isLast = false; ///< Of its group, in every turn: it counts on.
};
using Groups = llvm::StringMap<Counted>;

/// What both roles share: rings, and how their uses are counted.
class Role {
public:
  Role(OpBuilder &b, KernelOp kernel, const Groups &groups)
      : b(b), loc(kernel.getLoc()), kernel(kernel), groups(groups) {}
  virtual ~Role() = default;

  /// Clones operations at the builder's place.
  LogicalResult cloneBody(Block &from);
  /// Whether the role has values of this type.
  virtual bool keeps(Type carried) = 0;

  OpBuilder &b;
  Location loc;
  IRMapping mapping;
  /// Next use of each group of rings; in the producer's lists also the scalars
  /// that visits carry, which loops and conditionals hand on like counts.
  SmallVector<Value> uses;

protected:
  virtual LogicalResult cloneLoad(LoadOp op) = 0;
  /// Anything else without loads inside.
  virtual LogicalResult cloneOther(Operation &op) = 0;
  virtual void beforeOp(Operation &) {}
  virtual void afterOp(Operation &) {}
  /// Inside of a cloned loop, before its body is, and behind it.
  virtual LogicalResult enterLoop(scf::ForOp) { return success(); }
  virtual LogicalResult leaveLoop(scf::ForOp) { return success(); }
  /// A value as loops and branches hand it on.
  virtual Value handOn(Value value) { return mapping.lookupOrDefault(value); }

  LogicalResult cloneFor(scf::ForOp op);
  LogicalResult cloneIf(scf::IfOp op);
  /// Ends a body: yields what the role keeps, and the counts.
  void yield(Operation *terminator, ArrayRef<Group> counted);
  virtual SmallVector<Group> countedIn(Operation *op);
  Value constant(int64_t x) {
    return arith::ConstantIntOp::create(b, loc, x, 32);
  }
  Value next(Value use) {
    return arith::AddIOp::create(b, loc, use, constant(1));
  }
  /// The use that this load is.
  Value use(LoadOp op) {
    Counted counted = groups.lookup(op.getRing());
    Value mine = uses[counted.group];
    if (counted.isLast)
      uses[counted.group] = next(mine);
    return mine;
  }

  KernelOp kernel;
  const Groups &groups;
  /// Places in `uses` of what visits carry, while their list is written.
  DenseMap<Operation *, SmallVector<Group>> scalars;
};

class Producer : public Role {
public:
  using Role::Role;
  bool keeps(Type carried) override { return !isTileValue(carried); }

protected:
  LogicalResult cloneLoad(LoadOp op) override;
  LogicalResult cloneOther(Operation &op) override;

private:
  LogicalResult cloneVisits(VisitsOp op);
  LogicalResult visit(VisitsOp op, Value row, Value kind);
  LogicalResult visitOtherwise(VisitsOp op, Value before);
  void publish(VisitsOp op, Value what);
  /// The value as the warpgroup computes it.
  Value of(Value value, Value warpgroup);
};

class Consumer : public Role {
public:
  using Role::Role;
  bool keeps(Type) override { return true; }

protected:
  LogicalResult cloneLoad(LoadOp op) override;
  LogicalResult cloneOther(Operation &op) override;
  SmallVector<Group> countedIn(Operation *op) override;
  void beforeOp(Operation &op) override;
  void afterOp(Operation &op) override;
  LogicalResult enterLoop(scf::ForOp op) override;
  LogicalResult leaveLoop(scf::ForOp op) override;
  Value handOn(Value value) override {
    Value use = handed.lookup(value);
    return use ? use : Role::handOn(value);
  }

private:
  struct Pending {
    Value tile; ///< Of the program.
    StringRef ring;
    TileType type;
    Value use;
    Operation *first, *last; ///< Operations of the block that read it.
    bool delegated;          ///< Both are one conditional: its branches do it.
    bool kept;               ///< Not given back here: handed on, or retired.
  };
  LogicalResult cloneVisits(VisitsOp op);
  void fetchAhead();
  LogicalResult expect(Value tile, StringRef ring, Value use, Block *block);
  void acquire(Pending &pending);
  void release(Pending &pending);
  SmallVector<Pending> pending;
  /// In the body of visits that fetch the next one while products are under
  /// way: the place in `uses` of what has been fetched, and that visit's use.
  struct Ahead {
    Group group;
    StringRef ring;
    Value use;
  };
  std::optional<Ahead> ahead;
  /// Rings of tiles that loops hand on, and their numbers of uses: these, not
  /// tiles, are what the loops carry.
  DenseMap<Value, StringRef> carried;
  DenseMap<Value, Value> handed;
};

} // namespace mlir::msa_gpu

#endif // MSA_LIB_DIALECT_MSAGPU_TRANSFORMS_ROLES_H
