"""Runs kernels of PTX in NumPy, block by block: the subset that attention by mma.sync is written in.

Threads of a unit (the warps of a block together, or each warp alone) go in step, the ones that are behind first; a unit
runs until a barrier of the block. What warps do together (ldmatrix, mma, shfl, vote, bar.warp) needs all lanes of a
warp. A copy by cp.async is made either when it is started or as late as it is waited for. Shared memory that nothing
has written is all ones, NaN in both 16-bit types; accesses out of a buffer, or at no multiple of their size, raise. So do
races: what a warp writes into shared memory no other one may read or write between the same two barriers of the block,
where a copy writes both when it is started and when it is waited for. An instruction that is not known raises."""

import re

import numpy as np

BITS = {"b16": 16, "u16": 16, "s16": 16, "b32": 32, "u32": 32, "s32": 32, "f32": 32, "b64": 64, "u64": 64, "s64": 64}
UINT = {16: np.uint16, 32: np.uint32, 64: np.uint64}
TYPE = {**{f"{k}{n}": UINT[n] for k in "bu" for n in UINT}, "s16": np.int16, "s32": np.int32, "s64": np.int64, "f32": np.float32}
COMPARE = {"eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal,
           "ltu": np.less, "gtu": np.greater}


def statements(text):
    """(labels, instructions): an instruction is (guard, negated, operation, operands); registers of a block within
    braces get names of their own."""
    text = re.sub(r"//[^\n]*", "", text)
    labels, out, scopes = {}, [], 0
    rename = {}
    for part in re.split(r";|(?<=:)\s*\n", text):
        part = part.strip()
        while part:
            if part.startswith("}"):
                rename, part = {}, part[1:].strip()
            elif part.startswith("{"):
                scopes += 1
                part = part[1:].strip()
            elif found := re.match(r"(\$\w+):", part):
                labels[found[1]] = len(out)
                part = part[found.end():].strip()
            else:
                break
        if not part:
            continue
        if part.startswith(".reg"):
            if "<" not in part:
                for name in re.sub(r"\.reg \.\w+", "", part).split(","):
                    rename[name.strip()] = f"{name.strip()}@{scopes}"
            continue
        for name, own in rename.items():
            part = re.sub(rf"(?<![\w%.$]){name}(?![\w.])", own, part)
        guard, negated = None, False
        if found := re.match(r"@(!?)(\S+)\s+", part):
            guard, negated, part = found[2], bool(found[1]), part[found.end():]
        operation, _, rest = part.partition(" ") if "\t" not in part else part.partition("\t")
        out.append((guard, negated, operation.strip(), operands(rest.strip())))
    return labels, out


def operands(text):
    """At commas outside of braces; what is in braces is a list, what is in brackets begins with one."""
    found = []
    for one, many in re.findall(r"([^,{}]+)|\{([^}]*)\}", text):
        if many:
            found.append([x.strip() for x in many.split(",")])
        elif one.strip():
            found.append(one.strip())
    return found


class Memory:
    """Buffers at addresses of their own, in bytes."""

    def __init__(self, buffers):
        self.buffers = [x.reshape(-1).view(np.uint8) for x in buffers]

    def index(self, addresses, size):
        number = (addresses >> np.uint64(40)) - np.uint64(1)
        assert np.all(number == number[0]) and number[0] < len(self.buffers), "an address of no buffer"
        place = (addresses & np.uint64((1 << 40) - 1)).astype(np.int64)
        memory = self.buffers[int(number[0])]
        assert np.all(place % size == 0), f"an address that is no multiple of {size}"
        assert np.all(place + size <= memory.size), "an access past the end of a buffer"
        return memory, place[:, None] + np.arange(size)

    def read(self, addresses, size):
        memory, index = self.index(addresses, size)
        return memory[index]

    def write(self, addresses, data):
        memory, index = self.index(addresses, data.shape[1])
        memory[index] = data

    @staticmethod
    def address(number, skew=0):
        return np.uint64(((number + 1) << 40) + skew)


class Shared(Memory):
    def __init__(self, size):
        self.memory = np.full(size, 0xFF, np.uint8)
        self.readers, self.writers = (np.zeros(-(-size // 4), np.uint32) for _ in range(2))  # bits of warps, of 4 bytes

    def barrier(self):
        self.readers[:] = self.writers[:] = 0

    def note(self, addresses, size, threads, writes):
        """An access since the last barrier."""
        places = (addresses.astype(np.int64)[:, None] // 4 + np.arange(-(-size // 4))).reshape(-1)
        bits = np.repeat(np.uint32(1) << (threads // 32).astype(np.uint32), places.size // max(threads.size, 1))
        np.bitwise_or.at(self.writers if writes else self.readers, places, bits)
        others = self.writers[places] & ~bits
        assert not others.any(), f"a warp {'writes' if writes else 'reads'} what another writes between the same barriers"
        if writes:
            assert not (self.readers[places] & ~bits).any(), "a warp writes what another reads between the same barriers"

    def index(self, addresses, size):
        place = addresses.astype(np.int64)
        assert np.all(place % size == 0), f"an address in shared memory that is no multiple of {size}"
        assert np.all(place + size <= self.memory.size), "an access past the end of shared memory"
        return self.memory, place[..., None] + np.arange(size)


class Unit:
    """Threads that go in step."""

    def __init__(self, block, threads, first):
        self.block, self.count = block, threads
        self.thread = np.arange(first, first + threads, dtype=np.uint32)
        self.registers = {}
        self.at = np.zeros(threads, np.int64)
        self.done = np.zeros(threads, bool)
        self.waits = np.zeros(threads, bool)
        self.copies, self.groups = [], []

    # Values.
    def get(self, name, kind):
        """As an array of the kind."""
        if re.match(r"%(tid|ctaid|ntid|nctaid)\.x$", name):
            value = {"%tid.x": self.thread, "%ctaid.x": np.uint32(self.block.number),
                     "%nctaid.x": np.uint32(self.block.blocks)}[name]
            return np.broadcast_to(value, self.count).view(TYPE[kind])
        if found := re.match(r"0[fF]([0-9A-Fa-f]{8})$", name):
            return np.full(self.count, int(found[1], 16), np.uint32).view(np.float32)
        if re.match(r"-?(0x[0-9A-Fa-f]+|\d+)$", name):
            value = int(name, 0)
            if kind == "pred":
                return np.full(self.count, bool(value))
            return np.full(self.count, value % (1 << BITS[kind]), UINT[BITS[kind]]).view(TYPE[kind])
        if name == "msa_shared":
            return np.zeros(self.count, UINT[BITS[kind]])
        value = self.registers[name]
        return value if kind == "pred" else value.view(TYPE[kind])

    def set(self, name, value, mask):
        if name == "_":
            return
        value = np.broadcast_to(value, self.count)
        assert value.dtype.itemsize == {"%rd": 8, "%r": 4, "%rs": 2, "%p": 1}.get(name.rstrip("0123456789"), value.dtype.itemsize)
        value = value.astype(bool) if value.dtype == bool else value.view(UINT[value.dtype.itemsize * 8])
        if mask is None:
            self.registers[name] = value
        else:
            old = self.registers.get(name)
            self.registers[name] = np.where(mask, value, np.zeros_like(value) if old is None else old)

    def pointer(self, text, kind):
        """The address of "[register+offset]"."""
        name, _, offset = text.strip("[]").partition("+")
        return self.get(name.strip(), kind) + TYPE[kind](int(offset or 0))

    def warps(self, mask):
        if mask is not None:
            whole = mask.reshape(-1, 32)
            assert np.all(whole == whole[:, :1]), "lanes of a warp go different ways where all are needed"

    # Running.
    def run(self, program):
        """Until all that are not done wait for the block."""
        labels, code = program
        while True:
            ready = ~(self.done | self.waits)
            if not ready.any():
                return
            at = int(self.at[ready].min())
            mask = ready & (self.at == at)
            guard, negated, operation, args = code[at]
            self.at[mask] = at + 1
            if guard:
                mask = mask & (self.get(guard, "pred") ^ negated)
                if not mask.any():
                    continue
            if operation.startswith("bra"):
                self.at[mask] = labels[args[0]]
            elif operation == "ret":
                self.done |= mask
            else:
                self.execute(operation, args, None if mask.all() else mask)

    def execute(self, operation, args, mask):
        name, *rest = operation.split(".")
        kind = rest[-1] if rest else ""
        with np.errstate(all="ignore"):
            getattr(self, "do_" + name)(rest, kind, args, mask)

    # Arithmetic.
    def pure(self, args, mask, kind, function, result=None):
        value = function(*(self.get(x, kind) for x in args[1:]))
        self.set(args[0], np.asarray(value, TYPE[result or kind]), mask)

    def do_mov(self, rest, kind, args, mask):
        if isinstance(args[1], list):
            low, high = (self.get(x, "u16").astype(np.uint32) for x in args[1])
            self.set(args[0], low | high << 16, mask)
            return
        if isinstance(args[0], list):
            value = self.get(args[1], "u32")
            for i, name in enumerate(args[0]):
                self.set(name, (value >> np.uint32(16 * i)).astype(np.uint16), mask)
            return
        self.set(args[0], self.get(args[1], kind), mask)

    do_cvta = do_mov

    def do_ld(self, rest, kind, args, mask):
        if rest[0] == "param":
            self.set(args[0], np.full(self.count, self.block.parameters[int(re.search(r"_param_(\d+)", args[1])[1])], np.uint64),
                     mask)
            return
        memory = self.block.shared if rest[0] == "shared" else self.block.memory
        address = self.pointer(args[1], "u32" if rest[0] == "shared" else "u64")
        names = args[0] if isinstance(args[0], list) else [args[0]]
        size = BITS[kind] // 8
        where = np.ones(self.count, bool) if mask is None else mask
        data = np.zeros((self.count, size * len(names)), np.uint8)
        if rest[0] == "shared":
            memory.note(address[where], data.shape[1], self.thread[where], writes=False)
        data[where] = memory.read(address[where], data.shape[1])
        for i, register in enumerate(names):
            value = data[:, i * size:(i + 1) * size].copy().view(TYPE[kind])[:, 0]
            if register.startswith("%rd"):  # a register may be wider
                value = value.astype(TYPE[kind[0] + "64"])
            self.set(register, value, mask)

    def do_st(self, rest, kind, args, mask):
        memory = self.block.shared if rest[0] == "shared" else self.block.memory
        address = self.pointer(args[0], "u32" if rest[0] == "shared" else "u64")
        names = args[1] if isinstance(args[1], list) else [args[1]]
        where = np.ones(self.count, bool) if mask is None else mask
        data = np.concatenate([np.ascontiguousarray(self.get(x, kind)).view(np.uint8).reshape(self.count, -1) for x in names], 1)
        if rest[0] == "shared":
            memory.note(address[where], data.shape[1], self.thread[where], writes=True)
        memory.write(address[where], data[where])

    def do_add(self, rest, kind, args, mask):
        self.pure(args, mask, kind, np.add)

    def do_sub(self, rest, kind, args, mask):
        self.pure(args, mask, kind, np.subtract)

    def do_mul(self, rest, kind, args, mask):
        if rest[0] == "wide":
            double = kind[0] + str(2 * BITS[kind])
            self.pure(args, mask, kind, lambda x, y: x.astype(TYPE[double]) * y.astype(TYPE[double]), double)
        elif rest[0] == "hi":
            self.pure(args, mask, kind, lambda x, y: (x.astype(np.int64 if kind[0] == "s" else np.uint64) *
                                                      y.astype(np.int64 if kind[0] == "s" else np.uint64)) >> 32)
        else:
            self.pure(args, mask, kind, np.multiply)

    def do_mad(self, rest, kind, args, mask):
        if rest[0] == "wide":
            double = kind[0] + str(2 * BITS[kind])
            value = self.get(args[1], kind).astype(TYPE[double]) * self.get(args[2], kind).astype(TYPE[double])
            self.set(args[0], value + self.get(args[3], double), mask)
            return
        assert rest[0] == "lo"
        self.pure(args, mask, kind, lambda x, y, z: x * y + z)

    def do_fma(self, rest, kind, args, mask):
        self.pure(args, mask, kind, lambda x, y, z: np.float32(x.astype(np.float64) * y + z))

    def do_neg(self, rest, kind, args, mask):
        self.pure(args, mask, kind, np.negative)

    def do_max(self, rest, kind, args, mask):
        self.pure(args, mask, kind, np.fmax if kind == "f32" else np.maximum)

    def do_min(self, rest, kind, args, mask):
        self.pure(args, mask, kind, np.fmin if kind == "f32" else np.minimum)

    def do_ex2(self, rest, kind, args, mask):
        def flushed(x):
            y = np.exp2(x)
            return np.where(np.abs(y) < 2.0 ** -126, np.float32(0), y)
        self.pure(args, mask, kind, flushed)

    def do_lg2(self, rest, kind, args, mask):
        self.pure(args, mask, kind, np.log2)

    def do_rcp(self, rest, kind, args, mask):
        self.pure(args, mask, kind, np.reciprocal)

    def do_and(self, rest, kind, args, mask):
        self.bitwise(kind, args, mask, np.bitwise_and)

    def do_or(self, rest, kind, args, mask):
        self.bitwise(kind, args, mask, np.bitwise_or)

    def do_xor(self, rest, kind, args, mask):
        self.bitwise(kind, args, mask, np.bitwise_xor)

    def do_not(self, rest, kind, args, mask):
        self.bitwise(kind, args, mask, np.bitwise_not)

    def bitwise(self, kind, args, mask, function):
        self.set(args[0], function(*(self.get(x, kind) for x in args[1:])), mask)

    def do_shl(self, rest, kind, args, mask):
        self.pure(args, mask, kind, np.left_shift)

    def do_shr(self, rest, kind, args, mask):
        self.pure(args, mask, kind, np.right_shift)

    def do_bfe(self, rest, kind, args, mask):
        assert kind == "u32"
        self.pure(args, mask, kind, lambda x, at, count: (x >> at) & ((np.uint32(1) << count) - np.uint32(1)))

    def do_selp(self, rest, kind, args, mask):
        self.set(args[0], np.where(self.get(args[3], "pred"), self.get(args[1], kind), self.get(args[2], kind)), mask)

    def do_setp(self, rest, kind, args, mask):
        self.set(args[0], COMPARE[rest[0]](self.get(args[1], kind), self.get(args[2], kind)), mask)

    def do_cvt(self, rest, kind, args, mask):
        if rest[:2] in (["rn", "bf16x2"], ["rn", "f16x2"]):
            high, low = (self.get(x, "f32") for x in args[1:])
            self.set(args[0], to_half(low, rest[1][:-2]).astype(np.uint32) | to_half(high, rest[1][:-2]).astype(np.uint32) << 16,
                     mask)
            return
        assert len(rest) == 2 and "f" not in rest[0] + rest[1], rest
        self.set(args[0], self.get(args[1], kind).astype(TYPE[rest[0]]), mask)

    # Warps.
    def do_shfl(self, rest, kind, args, mask):
        self.warps(mask)
        lane = self.thread.astype(np.int64)
        by = self.get(args[2], "u32").astype(np.int64)
        source = lane ^ by if rest[1] == "bfly" else lane // 32 * 32 + by
        assert rest[1] in ("bfly", "idx")
        self.set(args[0].split("|")[0], self.get(args[1], kind)[source - lane[0]], mask)

    def do_vote(self, rest, kind, args, mask):
        self.warps(mask)
        assert rest[:2] == ["sync", "any"]
        each = self.get(args[1], "pred").reshape(-1, 32).any(1)
        self.set(args[0], np.repeat(each, 32), mask)

    def do_ldmatrix(self, rest, kind, args, mask):
        self.warps(mask)
        assert rest[:4] == ["sync", "aligned", "m8n8", "x4"]
        where = slice(None) if mask is None else mask
        address = self.pointer(args[1], "u32")
        self.block.shared.note(address[where], 16, self.thread[where], writes=False)
        data = np.zeros((self.count, 16), np.uint8)
        data[where] = self.block.shared.read(address[where], 16)
        halves = data.view(np.uint16).reshape(-1, 4, 8, 8)
        if "trans" in rest:
            halves = halves.swapaxes(2, 3)
        for i, name in enumerate(args[0]):
            own = np.ascontiguousarray(halves[:, i]).reshape(-1, 32, 2).view(np.uint32).reshape(-1)
            self.set(name, own, mask)

    def do_mma(self, rest, kind, args, mask):
        self.warps(mask)
        assert rest[:6] == ["sync", "aligned", "m16n8k16", "row", "col", "f32"] and rest[6] == rest[7]
        def quads(name):
            """Per warp 8 rows (lane / 4) of 8 elements (twice lane mod 4, and one more)."""
            return from_half(np.ascontiguousarray(self.get(name, "u32")).view(np.uint16), rest[6]).reshape(-1, 8, 8)
        a = [quads(x) for x in args[1]]
        left = np.concatenate([np.concatenate([a[0], a[2]], 2), np.concatenate([a[1], a[3]], 2)], 1)
        right = np.concatenate([quads(x) for x in args[2]], 2).swapaxes(1, 2)
        acc = [self.get(x, "f32").reshape(-1, 8, 4, 1) for x in args[3]]
        sums = np.concatenate([np.concatenate(acc[:2], 3), np.concatenate(acc[2:], 3)], 1).reshape(-1, 16, 8)
        result = (left @ right + sums).astype(np.float32).reshape(-1, 2, 8, 4, 2)
        for i, name in enumerate(args[0]):
            self.set(name, np.ascontiguousarray(result[:, i // 2, :, :, i % 2]).reshape(-1), mask)

    def do_bar(self, rest, kind, args, mask):
        if rest[0] == "warp":
            self.warps(mask)
            return
        assert rest == ["sync"] and args == ["0"]
        self.waits |= True if mask is None else mask

    # Copies.
    def do_cp(self, rest, kind, args, mask):
        assert rest[0] == "async"
        if rest[1] == "commit_group":
            assert mask is None, "threads of a unit that copy in different groups"
            self.groups.append(self.copies)
            self.copies = []
        elif rest[1] == "wait_group":
            while len(self.groups) > int(args[0]):
                for copy in self.groups.pop(0):
                    copy()
        else:
            assert rest[1:4] == ["cg", "shared", "global"] and args[2] == "16"
            to, source = self.pointer(args[0], "u32"), self.pointer(args[1], "u64")
            count = self.get(args[3], "u32") if len(args) > 3 else np.full(self.count, 16)
            where = np.ones(self.count, bool) if mask is None else mask
            assert np.all((count == 0) | (count == 16))

            def note():
                self.block.shared.note(to[where], 16, self.thread[where], writes=True)

            def copy():
                note()
                data = np.zeros((self.count, 16), np.uint8)
                reads = where & (count == 16)
                if reads.any():
                    data[reads] = self.block.memory.read(source[reads], 16)
                self.block.shared.write(to[where], data[where])
            if self.block.late:
                note()
                self.copies.append(copy)
            else:
                copy()
                self.copies.append(note)


def to_half(x, kind):
    if kind == "f16":
        return x.astype(np.float16).view(np.uint16)
    bits = np.ascontiguousarray(x, np.float32).view(np.uint32).astype(np.uint64)
    return np.where(np.isnan(x), 0x7FFF, (bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype(np.uint16)


def from_half(x, kind):
    return x.view(np.float16).astype(np.float32) if kind == "f16" else (x.astype(np.uint32) << 16).view(np.float32)


class Block:
    def __init__(self, number, blocks, shared, memory, parameters, late):
        self.number, self.blocks, self.shared, self.memory = number, blocks, Shared(shared), memory
        self.parameters, self.late = parameters, late

    def run(self, program, threads, together, order):
        size = threads if together else 32
        units = [Unit(self, size, first) for first in range(0, threads, size)]
        while not all(unit.done.all() for unit in units):
            for unit in units[::order]:
                unit.run(program)
            at = {int(a) for unit in units for a in unit.at[unit.waits]}
            assert len(at) <= 1 and not any((unit.waits & unit.done).any() for unit in units)
            # A barrier is for all of the block's threads.
            assert not at or all((unit.waits).all() for unit in units), "threads end before a barrier that others wait at"
            for unit in units:
                unit.waits[:] = False
            self.shared.barrier()
        assert not any(unit.copies or any(unit.groups) for unit in units), "copies that nobody waits for"


class Kernel:
    """An entry of PTX text."""

    def __init__(self, text, name):
        entry = re.search(rf"\.entry {name}\((.*?)\)(.*?)\n\{{\n(.*?)\n\}}", text, re.S)
        self.threads = int(re.search(r"\.maxntid (\d+)", entry[2])[1])
        self.program = statements(entry[3])

    def run(self, buffers, tiles, shared, together=True, order=1, late=True, skew=0):
        """One block a tile. skew: how many bytes 16-bit buffers lie past a multiple of 16."""
        skews = [skew if x.dtype.itemsize == 2 else 0 for x in buffers]
        places = [np.concatenate([np.zeros(s, np.uint8), x.reshape(-1).view(np.uint8)]) for s, x in zip(skews, buffers)]
        memory = Memory(places)
        parameters = [Memory.address(i, s) for i, s in enumerate(skews)] + [np.uint64(tiles)]
        for number in range(tiles):
            Block(number, tiles, shared, memory, parameters, late).run(self.program, self.threads, together, order)
        for s, place, buffer in zip(skews, places, buffers):
            buffer.reshape(-1).view(np.uint8)[:] = place[s:]
