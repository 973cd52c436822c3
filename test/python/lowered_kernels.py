"""Runs kernels for tensor cores as they are lowered (one block, all its warpgroups, a thread a lane of an array) in NumPy.

Shared memory is bytes. Copies write them with the map's swizzle, out of bounds zeros, and count them on barriers; products
read them through their descriptors; both as the PTX ISA has it ("Asynchronous Warpgroup Level Matrix Shared Memory Layout",
"Tensor Copy"). Products read as late as a wait allows, and so do copies of what leaves, while copies of what comes write at
once: a slot that is given back too early shows. Memory that nothing has written is NaN, results that were not waited for
are, and an instruction, or a form of one, that is not known raises."""

import re

import numpy as np

import msart as m
import tile_programs

LANES = 128
BITS = {"bf16": lambda x: m.to_bf16(np.asarray(x, np.float32)), "f16": lambda x: np.asarray(x).astype(np.float16).view(np.uint16)}
WIDE = {"bf16": m.from_bf16, "f16": lambda x: x.view(np.float16).astype(np.float32)}
INSTRUCTION = re.compile(r"wgmma\.mma_async\.sync\.aligned\.m64n(\d+)k16\.f32\.(\w+)\.\w+ \{[^}]*\}, (a|\{[^}]*\}), b, ([zo]), 1, 1, (?:0, )?([01]);")
WARP, LANE = np.divmod(np.arange(LANES), 32)


def swizzled(address):
    """The 128-byte swizzle: 16-byte chunks of a row of 128 bytes, by the row modulo 8."""
    return address ^ (address >> 7 & 7) << 4


def fragment(columns):
    """(row, column) of each element that a thread has of a product's result: elements by lanes."""
    e = np.arange(columns // 2)[:, None]
    return 16 * WARP + LANE // 4 + 8 * (e // 2 % 2), 8 * (e // 4) + 2 * (LANE % 4) + e % 2


class Barrier:
    def __init__(self, arrivals):
        self.arrivals = self.pending = arrivals
        self.bytes = self.phase = 0

    def update(self, arrivals, bytes):
        self.pending -= arrivals
        self.bytes += bytes
        assert self.pending >= 0, "more arrivals than a phase has"
        if self.pending == 0 and self.bytes == 0:
            self.pending, self.phase = self.arrivals, self.phase ^ 1


class Pointer:
    def __init__(self, memory, at=0):
        self.memory, self.at = memory, at


def signed(x, bits):
    x = np.asarray(x).astype(np.int64)
    half = np.int64(1) << (bits - 1) if bits < 64 else 0
    return (x + half) % (2 * half) - half if half else x


def unsigned(x, bits):
    return np.asarray(x).astype(np.uint64) if bits == 64 else np.asarray(x, np.int64) & (1 << bits) - 1


def integer(f, needs_unsigned=False):
    def apply(op, *operands):
        bits = op.bits
        return signed(f(*(unsigned(x, bits) if needs_unsigned else x for x in operands)), bits)
    return apply


def real(f):
    return lambda op, *operands: np.float32(f(*operands))


def compare(op, x, y):
    number = op.number("predicate")
    if number >= 6:  # of unsigned numbers
        x, y, number = np.asarray(x, np.int64) & 0xffffffff, np.asarray(y, np.int64) & 0xffffffff, number - 4
    return tile_programs.COMPARE["arith.cmpi"][number](x, y)


def logical(f, of_bits):
    return lambda op, x, y: f(x, y) if op.bits == 1 else signed(of_bits(x, y), op.bits)


PURE = {
    "arith.addi": integer(np.add), "arith.subi": integer(np.subtract), "arith.muli": integer(np.multiply),
    "arith.divui": integer(np.floor_divide, True), "arith.remui": integer(np.remainder, True),
    "arith.divsi": integer(lambda x, y: np.trunc(x / y)),
    "arith.remsi": integer(lambda x, y: x - y * np.trunc(x / y)), "arith.floordivsi": integer(np.floor_divide),
    "arith.shrui": integer(np.right_shift, True), "arith.shrsi": integer(np.right_shift), "arith.shli": integer(np.left_shift),
    "arith.minsi": integer(np.minimum), "arith.maxsi": integer(np.maximum), "arith.minui": integer(np.minimum, True),
    "arith.maxui": integer(np.maximum, True),
    "arith.andi": logical(np.logical_and, np.bitwise_and), "arith.ori": logical(np.logical_or, np.bitwise_or),
    "arith.xori": logical(np.logical_xor, np.bitwise_xor),
    "arith.extui": lambda op, x: np.asarray(x, np.int64) & (1 << op.source_bits) - 1, "arith.extsi": lambda op, x: np.int64(x),
    "arith.trunci": lambda op, x: signed(x, op.bits), "arith.index_cast": lambda op, x: x,
    "arith.addf": real(np.add), "arith.subf": real(np.subtract), "arith.mulf": real(np.multiply), "arith.negf": real(np.negative),
    "arith.cmpi": compare, "arith.cmpf": lambda op, x, y: tile_programs.COMPARE["arith.cmpf"][op.number("predicate")](x, y),
    "llvm.intr.fma": real(tile_programs.PURE["math.fma"]), "llvm.intr.maxnum": real(np.fmax),
    "llvm.ptrtoint": lambda op, x: x, "llvm.mlir.addressof": lambda op: np.int64(0),
    "nvvm.setmaxregister": lambda op: [], "nvvm.fence.mbarrier.init": lambda op: [],
}
FLOATS = {"ex2.approx": np.exp2, "lg2.approx": np.log2, "rcp.approx": np.reciprocal}


class Block:
    def __init__(self, number, blocks, kernel, threads, shared, arguments):
        self.number, self.blocks, self.threads = number, blocks, threads
        self.shared = np.full(shared, 0xff, np.uint8)
        self.barriers, self.named = {}, {}
        names, self.body = kernel.regions[0]
        self.values = dict(zip(names, arguments))

    def run(self, order=None):
        """Warpgroups in turns, from one wait to the next; or with an `order` the first of it that can go on, always."""
        groups = [Warpgroup(self, g) for g in range(self.threads // LANES)]
        running = {g.number: g.block(self.body, dict(self.values), np.ones(LANES, bool)) for g in groups}
        while running:
            moved = False
            for number in [n for n in order or list(running) if n in running]:
                before = self.state()
                if next(running[number], self) is self:
                    del running[number]
                    moved = True
                moved |= before != self.state()
                if moved and order:
                    break
            assert moved, "every warpgroup waits for another: too few bytes or arrivals"
        assert not any(came for came, _ in self.named.values()), "threads came to a named barrier that is not complete"
        assert not any(g.copies or g.groups or g.products for g in groups), "copies or products are under way at the end"

    def state(self):
        """What changes where a warpgroup goes on."""
        return [(b.pending, b.bytes, b.phase) for b in self.barriers.values()], dict(self.named)

    def words(self, address, kind):
        """Indices of elements of a kind."""
        size = np.dtype(kind).itemsize
        assert np.all(address >= 0) and np.all(address + size <= self.shared.size) and np.all(address % size == 0)
        return self.shared[:self.shared.size // size * size].view(kind), address // size


class Warpgroup:
    def __init__(self, block, number):
        self.of, self.number = block, number
        self.copies, self.groups, self.products = [], [], []

    def block(self, ops, values, mask):
        """Runs operations, stopping where it waits; returns what the last one yields."""
        for op in ops:
            get = [values.get(x) for x in op.operands]
            if op.name in PURE:
                if not hasattr(op, "bits"):
                    kinds = [64 if k == "index" else int(k[1:]) for k in re.findall(r"\bi\d+\b|\bindex\b", op.types)] or [0]
                    op.source_bits, op.bits = kinds[0], kinds[-1]
                with np.errstate(all="ignore"):
                    out = PURE[op.name](op, *get)
            elif op.name in ("scf.yield", "scf.condition", "llvm.return"):
                return get
            elif op.name in ("scf.if", "scf.for", "scf.while", "nvvm.barrier0", "llvm.inline_asm"):
                out = yield from getattr(self, op.name.replace(".", "_"))(op, get, values, mask)
            else:
                out = getattr(self, op.name.replace(".", "_"))(op, get, mask)
            for name, value in zip(op.results, out if isinstance(out, list) and len(op.results) != 1 else [out]):
                values[name] = value[0] if isinstance(value, list) and op.name.startswith("scf.") else value
        return []

    def one(self, x, mask):
        """What all threads that take part have."""
        if np.ndim(x) == 0:
            return x
        x = x[mask]
        assert np.all(x == x[0]), "threads differ where they must not"
        return x[0]

    # Control flow.
    def scf_if(self, op, get, values, mask):
        condition = np.broadcast_to(get[0], LANES)
        inside, outside = mask & condition, mask & ~condition
        (then, otherwise) = (r[1] for r in op.regions)
        if not outside.any():
            return (yield from self.block(then, dict(values), mask))
        if not inside.any():
            return (yield from self.block(otherwise, dict(values), mask)) if otherwise else []
        first = yield from self.block(then, dict(values), inside)
        second = (yield from self.block(otherwise, dict(values), outside)) if otherwise else []
        return [np.where(condition, x, y) for x, y in zip(first, second)]

    def scf_for(self, op, get, values, mask):
        begin, end, step, *carried = get
        names, body = op.regions[0]
        for i in range(*(int(self.one(x, mask)) for x in (begin, end, step))):
            carried = yield from self.block(body, {**values, names[0]: np.int64(i), **dict(zip(names[1:], carried))}, mask)
        return carried

    def scf_while(self, op, carried, values, mask):
        (names, before), (arguments, body) = op.regions
        while True:
            go, *carried = yield from self.block(before, {**values, **dict(zip(names, carried))}, mask)
            if not self.one(go, mask):
                return carried
            carried = yield from self.block(body, {**values, **dict(zip(arguments, carried))}, mask)

    def nvvm_barrier0(self, op, get, values, mask):
        assert mask.all()
        yield from self.come(0, self.of.threads, True)
        return []

    def come(self, number, threads, waits):
        """All threads of the warpgroup come to a named barrier of so many."""
        came, phase = self.of.named.get(number, (0, 0))
        came += LANES
        self.of.named[number] = (came, phase) if came < threads else (0, phase + 1)
        while waits and self.of.named[number][1] == phase:
            yield

    # Values.
    def arith_constant(self, op, get, mask):
        return tile_programs.Machine.arith_constant(None, op, get, None)

    def arith_select(self, op, get, mask):
        if isinstance(get[1], (Pointer, tuple)):
            return get[1] if self.one(get[0], mask) else get[2]
        return np.where(*get)

    def nvvm_read_ptx_sreg_tid_x(self, op, get, mask):
        return np.int64(LANES * self.number) + np.arange(LANES)

    def nvvm_read_ptx_sreg_ctaid_x(self, op, get, mask):
        return np.int64(self.of.number)

    def nvvm_read_ptx_sreg_nctaid_x(self, op, get, mask):
        return np.int64(self.of.blocks)

    def nvvm_shfl_sync(self, op, get, mask):
        x, by = np.broadcast_to(get[1], LANES), int(get[2])
        return x[32 * WARP + (LANE ^ by if "bfly" in op.properties else by)]

    def nvvm_vote_sync(self, op, get, mask):
        return np.repeat(np.broadcast_to(get[1], LANES).reshape(4, 32).any(1), 32)

    def llvm_extractvalue(self, op, get, mask):
        return get[0][int(re.search(r"position = array<i64: (\d+)>", op.properties)[1])]

    # Global memory.
    def llvm_getelementptr(self, op, get, mask):
        constant = int(re.search(r"rawConstantIndices = array<i32: (-?\d+)>", op.properties)[1])
        return Pointer(get[0].memory, get[0].at + (get[1] if len(get) > 1 else constant))

    def llvm_load(self, op, get, mask):
        at = np.where(mask, get[0].at, self.one(np.broadcast_to(get[0].at, LANES)[mask][:1], np.ones(1, bool)))
        value = get[0].memory[at]
        return np.float32(value) if op.result_types()[0] == "f32" else value

    def llvm_store(self, op, get, mask):
        value, pointer = get
        at = np.broadcast_to(pointer.at, LANES)[mask]
        assert np.all(at >= 0)
        pointer.memory[at] = np.broadcast_to(value, LANES)[mask]
        return []

    def llvm_atomicrmw(self, op, get, mask):
        assert mask.sum() == 1
        before = np.int64(get[0].memory[get[0].at])
        most = int(self.one(get[1], mask))
        get[0].memory[get[0].at] = 0 if before >= most else before + 1  # uinc_wrap
        return before

    def arith_bitcast(self, op, get, mask):
        assert re.search(r"\(i32\) -> f32", op.types), op.types
        return np.broadcast_to(get[0], LANES).astype(np.int32).view(np.float32)

    # Instructions in text.
    def llvm_inline_asm(self, op, get, values, mask):
        text = re.search(r'asm_string = "([^"]*)"', op.properties)[1]
        # A copy's policy in the L2 cache changes nothing of what it copies.
        if found := re.match(r"\{ \.reg \.b64 policy; createpolicy\S* policy, 1\.0; (.*)\.L2::cache_hint(.*), policy; \}$", text):
            text = found[1] + found[2] + ";"
        shared = self.of.shared
        for name, f in FLOATS.items():
            if text.startswith(name):
                with np.errstate(all="ignore"):
                    return np.float32(f(np.float32(get[0])))
        if text.startswith("cvt.rn."):
            low, high = (BITS[text[7:text.index("x2")]](np.broadcast_to(x, LANES)).astype(np.int64) for x in get)
            return signed(high << 16 | low, 32)
        if text.startswith("mov.u32 $0, %tid.x"):
            return self.nvvm_read_ptx_sreg_tid_x(op, get, mask)
        if "nanosleep" in text:  # never runs, and nothing would come of it
            return []
        if text.startswith("mov.b32"):
            return get[0]
        if text.startswith(("griddepcontrol", "fence.proxy.async")):
            return []
        if text.startswith("bar.warp.sync"):
            return []
        if found := re.match(r"bar\.(sync|arrive) \$0, (\d+);$", text):
            assert mask.all(), "some threads never come to the barrier"
            yield from self.come(int(self.one(get[0], mask)), int(found[2]), found[1] == "sync")
            return []
        if "wgmma.mma_async" in text:
            assert mask.all()
            return self.product(text, get)
        if text.startswith("wgmma.wait_group"):
            assert mask.all()
            keep = int(re.search(r"aligned (\d+);", text)[1])
            while len(self.products) > keep:
                self.products.pop(0)()
            return get[0] if len(get) == 1 else get
        if "mbarrier" in text and "cp.async" not in text:
            return (yield from self.barrier(text, get, mask))
        if text.startswith("cp.async.bulk"):
            return self.copy(text, get, mask)
        if text.startswith("stmatrix.sync.aligned.m8n8.x4.shared.b16"):
            assert mask.all()
            memory, at = self.of.words(get[0], np.int32)
            for i, register in enumerate(get[1:]):
                row = register.reshape(4, 8, 4)  # of a matrix, by warp: four threads have it
                to = at.reshape(4, 32)[:, 8 * i:8 * i + 8, None] + np.arange(4)
                memory[to] = row
            return []
        if text.startswith("st.shared.v2.f32"):
            memory, at = self.of.words(np.broadcast_to(get[0], LANES)[mask], np.float32)
            memory[at], memory[at + 1] = (np.broadcast_to(x, LANES)[mask] for x in get[1:])
            return []
        if text.startswith("st.shared.b32"):
            memory, at = self.of.words(np.broadcast_to(get[0], LANES)[mask], np.int32)
            memory[at] = np.broadcast_to(get[1], LANES)[mask]
            return []
        if text.startswith("{ .reg .pred p; setp.ne.b32 p, $2, 0; mov.b32 $0, 0; @p ld.shared.b32"):
            who = mask & (np.broadcast_to(get[1], LANES) != 0)
            memory, at = self.of.words(np.broadcast_to(get[0], LANES)[who], np.int32)
            read = np.zeros(LANES, np.int64)
            read[who] = memory[at]
            return read
        raise NotImplementedError(text)

    def barrier(self, text, get, mask):
        at, barriers = int(self.one(get[0], mask)), self.of.barriers
        assert at % 8 == 0 and at + 8 <= self.of.shared.size
        if "mbarrier.init" in text:
            barriers[at] = Barrier(int(re.search(r"\], (\d+);", text)[1]))
        elif "try_wait" in text:
            while barriers[at].phase == int(self.one(get[1], mask)):
                yield
        elif "expect_tx" in text:
            assert mask.sum() == 1
            barriers[at].update(1, int(re.search(r"\], (\d+);", text)[1]))
        else:
            assert text.startswith(("mbarrier.arrive.shared::cta", "{ .reg .pred p; setp.ne.b32 p, $1, 0; @p mbarrier.arrive.shared::cta"))
            who = mask & (np.broadcast_to(get[1], LANES) != 0) if "@p" in text else mask
            barriers[at].update(int(who.sum()), 0)
        return []

    # Copies: what a box has in shared memory, and in its tensor.
    def box(self, tensor, place, to):
        index, inside = tensor.places(place, tensor.box)
        size = 4 if tensor.element == "f32" else 2
        assert tensor.box[0] * size == 128 and tensor.swizzle == 128 and to % 128 == 0
        linear = np.arange(index.size).reshape(index.shape, order="F")  # the first dimension is the innermost
        return index, inside, *self.of.words(swizzled(to + size * linear), np.float32 if size == 4 else np.uint16)

    def copy(self, text, get, mask):
        if "wait_group" in text:
            keep = int(re.search(r"wait_group(?:\.read)? (\d+);", text)[1])
            while len(self.groups) > keep:
                for finish in self.groups.pop(0):
                    finish()
            return []
        assert mask.sum() == 1
        if "commit_group" in text:
            self.groups.append(self.copies)
            self.copies = []
            return []
        rank = int(re.search(r"tensor\.(\d)d", text)[1])
        get = [x if isinstance(x, tuple) else int(self.one(x, mask)) for x in get]
        if "shared::cluster.global" in text:
            to, (tensor, memory), *place, barrier = get
            assert len(place) == rank == len(tensor.box)
            index, inside, shared, at = self.box(tensor, place, to)
            value = np.where(inside, memory.reshape(-1)[np.where(inside, index, 0)], np.float32(0))
            shared[at] = value if tensor.element == "f32" else BITS[tensor.element](value)
            self.of.barriers[barrier].update(0, -128 * index.size // tensor.box[0])
            return []
        (tensor, memory), source, *place = get
        assert len(place) == rank == len(tensor.box)

        def finish():
            index, inside, shared, at = self.box(tensor, place, source)
            value = shared[at[inside]]
            memory.reshape(-1)[index[inside]] = value if tensor.element == "f32" else WIDE[tensor.element](value)
        self.copies.append(finish)
        return []

    # Products.
    def side(self, descriptor, rows, k_major, element):
        """A matrix of so many rows (columns of a right side) and depth 16."""
        descriptor = int(descriptor)
        start, leading, stride = ((descriptor >> at & 0x3fff) << 4 for at in (0, 16, 32))
        assert descriptor >> 62 & 3 == 1 and descriptor >> 49 & 7 == 0
        i, k = np.arange(rows)[:, None], np.arange(16)
        if k_major:
            at = start + i // 8 * stride + i % 8 * 128 + 2 * k
        else:
            at = start + i // 64 * leading + k // 8 * stride + k % 8 * 128 + i % 64 * 2
        memory, at = self.of.words(swizzled(at), np.uint16)
        return WIDE[element](memory[at])

    def product(self, text, get):
        steps = INSTRUCTION.findall(text)
        adds = {x: [int(n) for n in re.findall(rf"add\.s64 {x}, \$\d+, (\d+);", text)] for x in "ab"}
        columns, element, left = int(steps[0][0]), steps[0][1], steps[0][2]
        assert text.count("wgmma.mma_async") == len(steps) == len(adds["b"]) and text.count("wgmma.commit_group") == 1
        shared = left == "a"
        registers = [] if shared else get[:4 * len(steps)]
        get = get[len(registers):]
        a, b, *acc = get if shared else [None, *get]
        every = np.ones(LANES, bool)
        row, column = fragment(columns)
        result = np.full(row.shape[:1] + column.shape[1:], np.nan, np.float32)
        assert len(acc) in (0, len(result))

        def finish():
            sums = np.zeros((64, columns), np.float32)
            if acc:
                sums[row, column] = np.stack([np.broadcast_to(x, LANES) for x in acc])
            for s, (n, kind, _, adding, transposed) in enumerate(steps):
                assert (int(n), kind) == (columns, element) and (adding == "o") == (s > 0 or bool(acc))
                if shared:
                    x = self.side(self.one(a, every) + adds["a"][s], 64, True, element)
                else:
                    x = np.empty((64, 16), np.float32)
                    for i, register in enumerate(registers[4 * s:4 * s + 4]):
                        for half in (0, 1):
                            bits = (np.broadcast_to(register, LANES).astype(np.int64) >> 16 * half & 0xffff).astype(np.uint16)
                            x[16 * WARP + LANE // 4 + 8 * (i % 2), 8 * (i // 2) + 2 * (LANE % 4) + half] = WIDE[element](bits)
                y = self.side(self.one(b, every) + adds["b"][s], columns, transposed == "0", element)
                with np.errstate(all="ignore"):
                    sums += x @ y.T
            result[...] = sums[row, column]
        self.products.append(finish)
        return list(result)


class TensorMap(tile_programs.TensorMap):
    def __init__(self, text):
        super().__init__(text)
        self.element, self.swizzle = re.search(r"element = (\w+)", text)[1], int(re.search(r"swizzle = (\d+)", text)[1])


class Machine(tile_programs.Machine):
    """Functions that launch lowered kernels. order: as of a block."""

    order = None

    def launch(self, name, declared, maps, arrays):
        maps = [TensorMap(t) for t in re.findall(r"#msa_gpu\.tensor_map<[^>]*>", declared.attributes)]
        launch = re.search(r"#msa_gpu\.launch<block = (\d+), shared = (\d+), .*?persistent = (\w+), cleared = (\d+)", declared.attributes)
        buffers = [x.reshape(-1) for x in arrays[:-2]]
        if int(launch[4]):
            buffers[-1][:int(launch[4]) // 4] = 0
        arguments = [*((t, buffers[t.buffer]) for t in maps), *map(Pointer, buffers), np.int64(arrays[-1])]
        # One block draws all tiles, or each has one.
        blocks = 1 if launch[3] == "true" else int(arrays[-1])
        for number in range(blocks):
            Block(number, blocks, self.kernels[name], int(launch[1]), int(launch[2]), arguments).run(self.order)
        if int(launch[4]):
            assert not buffers[-1][:int(launch[4]) // 4].any(), "a counter is not left at zero"
