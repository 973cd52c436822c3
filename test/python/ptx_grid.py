"""Runs generic kernels of PTX in NumPy: a thread an element or a tile, no shared memory, all threads of the grid at once.

Results of instructions that approximate are off by as much as they may be, one thread up and the next one down, but of
powers of two, whose reciprocals hardware has exactly."""

import re

import numpy as np

import ptx_machine

BITS, TYPE = ptx_machine.BITS, ptx_machine.TYPE
TYPE.update({"f64": np.float64, "b8": np.uint8, "u8": np.uint8, "s8": np.int8})
BITS.update({"f64": 64, "b8": 8, "u8": 8, "s8": 8})
ptx_machine.UINT[8] = np.uint8
NAN = {"equ": np.equal, "neu": np.not_equal, "ltu": np.less, "leu": np.less_equal, "gtu": np.greater, "geu": np.greater_equal}
ORDERED = {"eq": np.equal, "ne": lambda x, y: (x != y) & (x == x) & (y == y), "lt": np.less, "le": np.less_equal, "gt": np.greater,
           "ge": np.greater_equal}
ROUNDED = {"rni": np.rint, "rzi": np.trunc, "rmi": np.floor, "rpi": np.ceil}


def off(y, relative, exact=False):
    """y in f32, alternately too large and too small."""
    sign = np.where(np.arange(y.size) % 2 == 0, 1.0, -1.0)
    return np.where(exact | ~np.isfinite(y), y, y.astype(np.float64) * (1 + sign * relative)).astype(np.float32)


def flushed(y):
    return np.where(np.abs(y) < 2.0 ** -126, np.float32(0), y).astype(np.float32)


class Memory(ptx_machine.Memory):
    """Threads of a grid may take part of different buffers."""

    def each(self, addresses):
        number = addresses >> np.uint64(40)
        return [np.flatnonzero(number == n) for n in np.unique(number)]

    def read(self, addresses, size):
        data = np.empty((len(addresses), size), np.uint8)
        for some in self.each(addresses):
            data[some] = super().read(addresses[some], size)
        return data

    def write(self, addresses, data):
        for some in self.each(addresses):
            super().write(addresses[some], data[some])


class Grid(ptx_machine.Unit):
    def __init__(self, block, threads, blocks):
        super().__init__(block, threads * blocks, 0)
        self.threads, self.warps_at = threads, None

    def get(self, name, kind):
        if name == "%tid.x":
            return (self.thread % np.uint32(self.threads)).view(TYPE[kind])
        if name == "%ctaid.x":
            return (self.thread // np.uint32(self.threads)).view(TYPE[kind])
        if found := re.match(r"0[dD]([0-9A-Fa-f]{16})$", name):
            return np.full(self.count, int(found[1], 16), np.uint64).view(np.float64)
        if kind == "f64":
            return self.registers[name].view(np.float64)
        value = self.registers.get(name)
        if kind != "pred" and value is not None and value.dtype.itemsize > BITS[kind] // 8:  # the low part of it
            return value.astype(ptx_machine.UINT[BITS[kind]]).view(TYPE[kind])
        return super().get(name, kind)

    def set(self, name, value, mask):
        """A register may be wider than what is put there."""
        width = {"%rd": 8, "%r": 4, "%rs": 2}.get(name.rstrip("0123456789"))
        if width and value.dtype != bool and value.dtype.itemsize < width:
            value = value.astype(np.dtype(f"{value.dtype.kind}{width}"))
        super().set(name, value, mask)

    def do_mov(self, rest, kind, args, mask):
        if isinstance(args[1], list) and BITS[kind] == 64:
            low, high = (self.get(x, "u32").astype(np.uint64) for x in args[1])
            self.set(args[0], low | high << np.uint64(32), mask)
        elif isinstance(args[0], list) and BITS[kind] == 64:
            value = self.get(args[1], "u64")
            for i, name in enumerate(args[0]):
                self.set(name, (value >> np.uint64(32 * i)).astype(np.uint32), mask)
        elif kind == "pred":
            self.set(args[0], self.get(args[1], "pred"), mask)
        else:
            super().do_mov(rest, kind, args, mask)

    def pointer(self, text, kind):
        name, sign, offset = re.match(r"\[([%\w]+)([+-]*)(\d*)\]$", text.strip()).groups()
        by = int(offset or 0) * (-1 if "-" in sign else 1) % (1 << BITS[kind])
        return self.get(name, kind) + TYPE[kind](by)

    # Floats.
    def do_ex2(self, rest, kind, args, mask):
        assert rest == ["approx", "ftz", "f32"]
        self.pure(args, mask, kind, lambda x: flushed(off(np.exp2(x.astype(np.float64)).astype(np.float32), 2.0 ** -22)))

    def do_rcp(self, rest, kind, args, mask):
        if rest[0] == "rn":
            self.pure(args, mask, kind, np.reciprocal)
            return
        assert rest == ["approx", "ftz", "f32"]
        self.pure(args, mask, kind, lambda x: flushed(off(np.reciprocal(flushed(x)), 2.0 ** -23, np.frexp(x)[0] == 0.5)))

    def do_div(self, rest, kind, args, mask):
        if kind[0] == "f":
            assert rest[0] == "rn"
            self.pure(args, mask, kind, np.divide)
        else:
            self.pure(args, mask, kind, lambda x, y: np.floor_divide(x, np.where(y == 0, 1, y)))
            assert kind[0] == "u"

    def do_rem(self, rest, kind, args, mask):
        assert kind[0] == "u"
        self.pure(args, mask, kind, lambda x, y: np.remainder(x, np.where(y == 0, 1, y)))

    def do_mul(self, rest, kind, args, mask):
        if rest[0] == "hi" and BITS[kind] == 64:
            assert kind == "u64"
            x, y = self.get(args[1], kind), self.get(args[2], kind)
            low, half = np.uint64(0xFFFFFFFF), np.uint64(32)
            a, b, c, d = x >> half, x & low, y >> half, y & low
            middle = a * d + (b * d >> half)
            other = b * c + (middle & low)
            self.set(args[0], a * c + (middle >> half) + (other >> half), mask)
        else:
            super().do_mul(rest, kind, args, mask)

    def do_sqrt(self, rest, kind, args, mask):
        assert rest[0] == "rn"
        self.pure(args, mask, kind, np.sqrt)

    def do_abs(self, rest, kind, args, mask):
        self.pure(args, mask, kind, np.abs)

    def do_copysign(self, rest, kind, args, mask):
        self.pure(args, mask, kind, lambda sign, x: np.copysign(x, sign))

    def do_max(self, rest, kind, args, mask):
        self.pure(args, mask, kind, np.maximum if "NaN" in rest or kind[0] != "f" else np.fmax)

    def do_min(self, rest, kind, args, mask):
        self.pure(args, mask, kind, np.minimum if "NaN" in rest or kind[0] != "f" else np.fmin)

    def do_setp(self, rest, kind, args, mask):
        x, y = self.get(args[1], kind), self.get(args[2], kind)
        if rest[0] in ("num", "nan"):
            both = (x == x) & (y == y)
            value = both if rest[0] == "num" else ~both
        elif kind[0] != "f":
            value = ORDERED[rest[0]](x, y)
        elif rest[0] in NAN:
            value = NAN[rest[0]](x, y) | (x != x) | (y != y)
        else:
            value = ORDERED[rest[0]](x, y)
        if len(rest) > 2:
            assert rest[1] in ("and", "or"), rest
            other = self.get(args[3], "pred")
            value = value & other if rest[1] == "and" else value | other
        self.set(args[0], value, mask)

    def bitwise(self, kind, args, mask, function):
        if kind == "pred":
            values = [self.get(x, "pred") for x in args[1:]]
            function = {np.bitwise_not: np.logical_not}.get(function, function)
            self.set(args[0], function(*values), mask)
        else:
            super().bitwise(kind, args, mask, function)

    def do_shl(self, rest, kind, args, mask):
        self.shift(kind, args, mask, np.left_shift)

    def do_shr(self, rest, kind, args, mask):
        self.shift(kind, args, mask, np.right_shift)

    def shift(self, kind, args, mask, function):
        """Past the width nothing is left, but of a sign."""
        x, by = self.get(args[1], kind), self.get(args[2], "u32").astype(np.int64)
        most = BITS[kind] - 1
        value = function(x, np.minimum(by, most).astype(x.dtype))
        self.set(args[0], np.where((by > most) & (kind[0] != "s"), np.zeros_like(value), value), mask)

    def do_bfe(self, rest, kind, args, mask):
        assert kind[0] == "u"
        one = TYPE[kind](1)
        self.set(args[0], (self.get(args[1], kind) >> self.get(args[2], kind)) & ((one << self.get(args[3], kind)) - one), mask)

    def do_cvt(self, rest, kind, args, mask):
        *how, to, source = rest
        if how == ["rn"] and to in ("bf16", "f16") and source == "f32":
            self.set(args[0], ptx_machine.to_half(self.get(args[1], "f32"), to), mask)
        elif how == ["rn"] and to in ("bf16x2", "f16x2"):
            super().do_cvt(rest, kind, args, mask)
        elif (to, source) == ("f32", "f16"):
            self.set(args[0], ptx_machine.from_half(np.ascontiguousarray(self.get(args[1], "u16")), "f16"), mask)
        elif to[0] == "f" and source[0] == "f" and how and how[0] in ROUNDED:
            self.pure(args, mask, source, ROUNDED[how[0]], to)
        elif to[0] == "f":
            assert how in ([], ["rn"])
            self.pure(args, mask, source, lambda x: x, to)
        elif source[0] == "f":
            whole = ROUNDED[how[0]](self.get(args[1], source).astype(np.float64))
            ends = np.iinfo(TYPE[to])
            whole = np.where(np.isnan(whole), 0, np.clip(whole, float(ends.min), float(ends.max)))
            whole = np.where(whole >= float(ends.max), ends.max, np.minimum(whole, float(ends.max)).astype(np.int64, casting="unsafe"))
            self.set(args[0], whole.astype(TYPE[to]), mask)
        else:
            assert not how, rest
            x = self.get(args[1], source) if source[0] != "p" else None
            self.set(args[0], x.astype(TYPE[to]), mask)

    def do_prmt(self, rest, kind, args, mask):
        a, b, s = (self.get(x, "u32") for x in args[1:])
        data = a.astype(np.uint64) | b.astype(np.uint64) << np.uint64(32)
        value = np.zeros(self.count, np.uint64)
        for i in range(4):
            nibble = (s >> np.uint32(4 * i)) & np.uint32(15)
            byte = data >> (8 * (nibble & np.uint32(7))).astype(np.uint64) & np.uint64(255)
            sign = np.where(byte & np.uint64(128), np.uint64(255), np.uint64(0))
            value |= np.where(nibble & np.uint32(8), sign, byte) << np.uint64(8 * i)
        self.set(args[0], value.astype(np.uint32), mask)

    # Warps.
    def warps(self, mask):
        """All lanes are there, or none; those past the grid's end have left."""
        if mask is not None:
            whole = mask.reshape(-1, 32)
            assert np.all(whole == whole[:, :1]), "lanes of a warp go different ways where all are needed"

    def do_griddepcontrol(self, rest, kind, args, mask):
        pass


class Kernel(ptx_machine.Kernel):
    def run(self, buffers, tiles, skews):
        """skews: how many bytes buffers lie past a multiple of 16."""
        places = [np.concatenate([np.zeros(s, np.uint8), x.reshape(-1).view(np.uint8)]) for s, x in zip(skews, buffers)]
        memory = Memory(places)
        parameters = [ptx_machine.Memory.address(i, s) for i, s in enumerate(skews)] + [np.uint64(tiles)]
        blocks = -(-tiles // self.threads)
        block = ptx_machine.Block(0, blocks, 0, memory, parameters, False)
        grid = Grid(block, self.threads, blocks)
        grid.run(self.program)
        assert grid.done.all()
        for s, place, buffer in zip(skews, places, buffers):
            if buffer.flags.writeable:
                buffer.reshape(-1).view(np.uint8)[:] = place[s:]
