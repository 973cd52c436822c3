//===- Artefact.h - What a compiled model is ------------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The in-memory form of a compiled model: signatures, launch plans, code and
// constants. The compiler fills it, `serialize` writes one file, `parse` reads
// it back and checks everything, the runtime executes it. This header and its
// library use the C++ standard library only: neither LLVM nor CUDA.
//
// Execution model. An entry is a straight line of dispatches over buffers of
// static size. A dispatch calls one kernel over `tiles` independent tiles; all
// its operands are buffers, so lengths and positions are tensors too. Dispatch
// n+1 may read what dispatch n wrote.
//
//   CPU:  void kernel(void *const *buffers, int64_t tileBegin, int64_t tileEnd)
//   CUDA: kernel(map0, ..., mapM, void *buffer0, ..., void *bufferN,
//                int64_t tiles), launched with ceil(tiles / tilesPerBlock)
//         blocks of `blockSize` threads, or as `persistent` says. Each map is
//         a CUtensorMap by value: 128 bytes, aligned to 64.
//
//===----------------------------------------------------------------------===//

#ifndef MSA_ARTEFACT_ARTEFACT_H
#define MSA_ARTEFACT_ARTEFACT_H

#include <cstdint>
#include <string>
#include <vector>

namespace msa {
namespace artefact {

enum class DType : uint32_t {
  F64 = 1,
  F32 = 2,
  F16 = 3,
  BF16 = 4,
  I64 = 5,
  I32 = 6,
  I16 = 7,
  I8 = 8,
  I1 = 9, ///< I1 is stored as one byte.
};

/// Bytes of one element; 0 for a value that is no DType.
uint64_t byteSize(DType type);
/// MLIR's spelling: "f32", "bf16", "i64", ...
const char *name(DType type);

struct TensorType {
  DType dtype = DType::F32;
  std::vector<int64_t> shape; ///< Static sizes, row-major, no padding.
};
/// The largest tensor or arena: no model needs more, and sums of a few sizes
/// stay far from overflow.
constexpr uint64_t kMaxBytes = uint64_t(1) << 47;
/// Bytes of a dense tensor of this type, 0 on overflow or a negative size.
uint64_t byteSize(const TensorType &type);

enum class Role : uint32_t {
  Input = 1,    ///< Given by the caller at every step.
  State = 2,    ///< Owned by the session; read and updated in place.
  Constant = 3, ///< Weights: owned by the model, shared by all sessions.
};

/// Where the content of a constant comes from; see Fill.h.
enum class Fill : uint32_t {
  Data = 1,   ///< Stored.
  Value = 2,  ///< `mean` everywhere; 0 unless the type is a float.
  Normal = 3, ///< mean + stddev * standard normal numbers of the seed; floats.
};

/// Initial value of session state or the content of a constant.
struct Constant {
  std::string name;
  TensorType type;
  Fill fill = Fill::Data;
  uint64_t seed = 0;
  double mean = 0, stddev = 1; ///< Finite.
  std::vector<uint8_t>
      data; ///< byteSize(type) bytes for Fill::Data, else none.
};

/// A tensor that a session owns. Its size never depends on the stream's length.
struct State {
  std::string name; ///< Unique; entries that name it share it.
  TensorType type;
  int32_t initial = -1; ///< Index into Model::constants; -1: zeros.
};

struct Argument {
  std::string name;
  TensorType type;
  Role role = Role::Input;
  uint32_t index = 0; ///< Into Model::states or Model::constants by role.
};

/// A result that the caller receives. New state is not a result: it is written
/// into the state's own buffer.
struct Result {
  std::string name;
  TensorType type;
};

struct BufferRef {
  enum class Kind : uint32_t {
    Argument = 1,
    Result = 2,
    Arena = 3,
    Constant = 4
  };
  Kind kind = Kind::Arena;
  uint32_t index = 0; ///< Of the argument, result or constant; 0 for Arena.
  uint64_t byteOffset = 0; ///< Into it. Arena buffers are 64-byte aligned.
};

/// A view of a buffer that the GPU's copy engine reads or writes in boxes; CUDA
/// calls it a tensor map. Elements out of bounds read as zero and are not
/// written.
struct TensorMap {
  uint32_t buffer = 0;        ///< Index into Dispatch::buffers.
  DType dtype = DType::BF16;  ///< F16, BF16 or F32.
  uint64_t byteOffset = 0;    ///< Into the buffer; a multiple of 16.
  std::vector<int64_t> sizes; ///< 2 to 5, elements, the innermost first.
  /// Bytes, of every dimension but the innermost: positive multiples of 16.
  std::vector<int64_t> strides;
  std::vector<int64_t> box; ///< Elements, 1 to 256 in each dimension.
  uint32_t swizzle = 0;     ///< 0, 32, 64 or 128 bytes.
};
/// Bytes from the start of the buffer to the end of the map's last element, or
/// UINT64_MAX where they do not fit into 63 bits or the map makes no sense.
uint64_t extentOf(const TensorMap &map);
/// What is wrong with the map, whatever its buffer is; "" if nothing.
std::string checkMap(const TensorMap &map);

/// The most maps of a dispatch: they are parameters of the kernel, which may
/// have 4096 bytes.
constexpr size_t kMaxMaps = 16;

struct Dispatch {
  std::string kernel; ///< Symbol in the plan's code object.
  int64_t tiles = 0;
  uint32_t blockSize = 0;     ///< CUDA: threads of a block. CPU: 0.
  uint32_t tilesPerBlock = 0; ///< CUDA: tiles that one block works on. CPU: 0.
  uint32_t sharedBytes = 0;   ///< CUDA: dynamic shared memory of a block.
  /// CUDA: blocks of a cluster, 1, 2, 4 or 8. The kernel says it too
  /// (.reqnctapercluster). There are whole clusters only: blocks beyond the
  /// tiles must find that they have none.
  uint32_t clusterSize = 1;
  /// CUDA: as many blocks as the GPU runs at once, or one a tile if that is
  /// less; the kernel shares the tiles out. Needs tilesPerBlock = 1.
  bool persistent = false;
  /// CUDA: every thread of the kernel waits for the kernel before it
  /// (griddepcontrol.wait) before it uses memory or ends. If the one before
  /// does so too, this one may be launched while that one still runs.
  bool waits = false;
  std::vector<TensorMap> maps; ///< CUDA: leading parameters of the kernel.
  std::vector<BufferRef> buffers;
};

enum class Target : uint32_t { Cpu = 1, Cuda = 2 };

/// How one entry runs on one target.
struct Plan {
  Target target = Target::Cpu;
  /// The architecture of the code objects that hold its kernels; "": all those
  /// of the target that no plan of the model names. A device takes the last
  /// plan of an entry that it has code for.
  std::string arch;
  uint64_t arenaBytes = 0; ///< Scratch that holds nothing between steps.
  /// CUDA: the last bytes of the arena, the counters that persistent kernels
  /// draw their tiles from. Zero before the first step, and after each. A
  /// multiple of 4.
  uint64_t clearedBytes = 0;
  std::vector<Dispatch> dispatches;
};

struct Entry {
  std::string name;
  std::vector<Argument> arguments;
  std::vector<Result> results;
  /// At most one for a target and architecture, from portable to special.
  std::vector<Plan> plans;
};

/// Machine code. A plan may have several; the runtime takes the last one whose
/// needs are met (compilers order them from portable to special).
struct CodeObject {
  enum class Kind : uint32_t { CpuElf = 1, Ptx = 2, Cubin = 3 };
  Kind kind = Kind::CpuElf;
  /// CPU: a name for messages ("x86-64-v3"). PTX: least SM ("sm_80").
  /// Cubin: exact SM ("sm_90").
  std::string arch;
  /// CPU features that must be present, as in /proc/cpuinfo ("avx2", "fma").
  std::vector<std::string> features;
  std::vector<uint8_t> data; ///< ELF shared object, PTX text or cubin.
};

struct Model {
  std::string producer; ///< "msa 0.1.0 (LLVM 22.1.8)".
  std::vector<Constant> constants;
  std::vector<State> states;
  std::vector<Entry> entries;
  std::vector<CodeObject> code;
};

Target targetOf(const CodeObject &object);
/// Whether a plan of the model names the object's architecture.
bool isNamed(const Model &model, const CodeObject &object);
/// Whether the plan's kernels are in this object, `named` or not: Plan::arch.
bool serves(const CodeObject &object, bool named, const Plan &plan);

} // namespace artefact
} // namespace msa

#endif // MSA_ARTEFACT_ARTEFACT_H
