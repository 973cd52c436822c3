"""Runs tile programs (msa_gpu, before they are split into roles) in NumPy: what their text means, on no GPU.

A fragment is an array of 64 rows, `rows` one of 64 values; copies go through the tensor maps of the launch. Memory that
nothing has written is NaN. An operation, or a form of one, that is not known raises."""

import json
import re

import numpy as np

import msart as m

HALF = {"bf16": lambda x: m.from_bf16(m.to_bf16(x)), "f16": lambda x: np.float16(x).astype(np.float32)}
NUMPY = {"f32": np.float32, "bf16": np.float32, "f16": np.float32, "i32": np.int64, "i64": np.int64, "index": np.int64}
OP = re.compile(r'(?:(%[\w#:, ]+) = )?"([\w.]+)"\(([^)]*)\)(?: <\{(.*?)\}>)?(.*)$')


class Op:
    def __init__(self, results, name, operands, properties):
        self.results, self.name, self.operands, self.properties = results, name, operands, properties
        self.regions, self.types, self.attributes = [], "", ""

    def number(self, key, default=None):
        found = re.search(rf"\b{key} = (-?\d+)", self.properties)
        return int(found[1]) if found else default

    def result_types(self):
        text = self.types.rsplit("->", 1)[1].strip()
        return split(text[1:-1] if text.startswith("(") else text)


def split(text):
    """At commas outside of brackets."""
    out, depth, last = [], 0, ""
    for c in text:
        depth += (c in "<([{") - (c in ">)]}")
        if c == "," and depth == 0:
            out.append(last.strip())
            last = ""
        else:
            last += c
    return [*out, last.strip()] if last.strip() else out


def parse(text):
    """The module's one operation, of text in the generic form."""
    lines = iter([line.strip() for line in text.splitlines() if line.strip()])

    def block():
        """(names of arguments, operations, what ends the region)."""
        names, ops = [], []
        for line in lines:
            if line.startswith("^"):
                assert not ops, "a region of several blocks"
                names = [a.split(":")[0].strip() for a in split(line[line.index("(") + 1:line.rindex(")")])]
            elif line.startswith("}"):
                return (names, ops), line
            else:
                ops.append(operation(line))
        return (names, ops), ""

    def operation(line):
        results, name, operands, properties, rest = OP.match(line).groups()
        if results and ":" in results:
            base, count = results.split(":")
            results = [f"{base}#{i}" for i in range(int(count))]
        else:
            results = [results] if results else []
        op = Op(results, name, split(operands), properties or "")
        if rest.strip() == "({":
            while True:
                region, end = block()
                op.regions.append(region)
                if not end.startswith("}, {"):
                    break
            rest = end[2:]
        op.types = rest.split(" : ", 1)[1] if name != "func.func" and " : " in rest else ""
        op.attributes = rest
        return op

    return operation(next(lines))


class TensorMap:
    def __init__(self, text):
        numbers = lambda key: [int(x) for x in re.search(rf"\b{key} = \[([^\]]*)\]", text)[1].split(",")]  # noqa: E731
        self.sizes, self.strides, self.box = numbers("sizes"), [1, *numbers("strides")], numbers("box")
        self.buffer, self.offset = (int(re.search(rf"\b{k} = (\d+)", text)[1]) for k in ("buffer", "offset"))

    def places(self, place, sizes):
        """(indices in the buffer, which are within bounds) of a box of so many elements, innermost dimension last."""
        index, inside = np.int64(self.offset), np.bool_(True)
        for first, size, bound, stride in zip(place, sizes, self.sizes, self.strides):
            at = first + np.arange(size)
            index = np.add.outer(at * stride, index).T if np.ndim(index) == 0 else index[..., None] + at * stride
            ok = (at >= 0) & (at < bound)
            inside = ok if np.ndim(inside) == 0 else inside[..., None] & ok
        return index, inside


COMPARE = {"arith.cmpi": {0: np.equal, 1: np.not_equal, 2: np.less, 3: np.less_equal, 4: np.greater, 5: np.greater_equal},
           "arith.cmpf": {1: np.equal, 2: np.greater, 3: np.greater_equal, 4: np.less, 5: np.less_equal}}


def unsigned(f):
    def checked(x, y):
        assert np.all(np.asarray(x) >= 0) and np.all(np.asarray(y) > 0), "a division of negative numbers"
        return f(x, y)
    return checked


PURE = {
    "arith.addi": np.add, "arith.subi": np.subtract, "arith.muli": np.multiply, "arith.minsi": np.minimum,
    "arith.maxsi": np.maximum, "arith.divui": unsigned(np.floor_divide), "arith.remui": unsigned(np.remainder),
    "arith.andi": np.logical_and, "arith.addf": np.add, "arith.subf": np.subtract, "arith.mulf": np.multiply,
    "arith.divf": np.divide, "arith.negf": np.negative, "arith.maxnumf": np.fmax, "arith.maximumf": np.maximum,
    "arith.select": np.where, "math.fma": lambda x, y, z: np.float32(np.float64(x) * y + z), "math.exp": np.exp,
    "math.log": np.log, "math.absf": np.abs, "math.sqrt": np.sqrt, "arith.minimumf": np.minimum, "arith.minnumf": np.fmin,
    "arith.ori": np.logical_or, "msa_gpu.div": np.divide, "msa_gpu.exp2": np.exp2, "msa_gpu.log2": np.log2, "msa_gpu.rcp": np.reciprocal,
    "arith.index_cast": lambda x: x, "arith.extui": lambda x: x, "arith.extsi": lambda x: x, "arith.trunci": lambda x: x,
    "msa_gpu.again": lambda x: x, "msa_gpu.combine": lambda x: x,
}


class Machine:
    def __init__(self, text):
        self.functions, self.kernels, self.constants = {}, {}, {}
        for op in parse(text).regions[0][1]:
            for inner in op.regions[0][1] if op.name == "gpu.module" else [op]:
                name = re.search(r'sym_name = "(\w+)"', inner.properties)[1]
                if inner.name == "memref.global":
                    self.constants[name] = dense(inner.properties)
                    continue
                (self.kernels if inner.name in ("msa_gpu.kernel", "llvm.func") else self.functions)[name] = inner
        self.mask = None

    def run(self, name, arrays):
        """Calls a function on flat arrays, which are written."""
        op = self.functions[name]
        maps = re.findall(r"#msa_gpu\.tensor_map<[^>]*>", op.attributes)
        if maps:
            self.launch(name, op, [TensorMap(t) for t in maps], arrays)
            return
        names, body = op.regions[0]
        self.block(body, dict(zip(names, arrays)))

    def launch(self, name, declared, maps, arrays):
        kernel = self.kernels[name]
        names, body = kernel.regions[0]
        self.tiles = int(arrays[-1])
        self.warpgroups = kernel.number("warpgroups")
        self.maps = dict(zip(names, [(t, arrays[t.buffer]) for t in maps]))
        self.block(body, dict(zip(names[len(maps):], arrays[:-2])))

    def block(self, ops, values):
        """Runs operations; returns what the last one yields."""
        for op in ops:
            out = self.op(op, values)
            if op.name.endswith(("yield", "return")):
                return out
            for name, value in zip(op.results, out if isinstance(out, list) else [out]):
                values[name] = value
        return []

    def op(self, op, values):
        get = [values.get(x) for x in op.operands]
        handler = getattr(self, op.name.replace(".", "_"), None)
        with np.errstate(all="ignore"):
            if handler:
                return handler(op, get, values)
            if op.name in COMPARE:
                return COMPARE[op.name][op.number("predicate")](*get)
            result = PURE[op.name](*get)
        kind = op.result_types()[0]
        if kind == "i32":
            assert np.all(np.abs(np.asarray(result, np.int64)) < 2 ** 31), f"{op.name} leaves 32 bits"
        return np.float32(result) if kind == "f32" else result

    # Functions and control flow.
    def func_return(self, op, get, values):
        return []

    scf_yield = msa_gpu_yield = lambda self, op, get, values: get

    def func_call(self, op, get, values):
        self.run(re.search(r"callee = @(\w+)", op.properties)[1], get)
        return []

    def scf_for(self, op, get, values):
        begin, end, step, *carried = get
        names, body = op.regions[0]
        if not carried and not op.results and begin == 0 and step == 1:  # a thread an iteration: all at once
            self.block(body, {**values, names[0]: np.arange(end)})
            return []
        for i in range(int(begin), int(end), int(step)):
            carried = self.block(body, {**values, names[0]: np.int64(i), **dict(zip(names[1:], carried))})
        return carried

    def scf_if(self, op, get, values):
        condition, (then, otherwise) = np.asarray(get[0]), op.regions
        if condition.ndim == 0:
            return self.block((then if condition else otherwise)[1], dict(values))
        if not op.results:
            assert self.mask is None and not otherwise[1], "conditions of threads in each other"
            self.mask = condition
            self.block(then[1], dict(values))
            self.mask = None
            return []
        # Warps that go different ways.
        both = [self.block(region[1], dict(values)) for region in (then, otherwise)]
        return [np.where(condition.reshape(-1, *[1] * (np.ndim(x) - 1)), x, y) for x, y in zip(*both)]

    def arith_constant(self, op, get, values):
        text = re.search(r"value = (\S+)", op.properties)[1]
        if text in ("true", "false"):
            return np.bool_(text == "true")
        if op.result_types()[0] == "f32":
            return np.uint32(int(text, 16)).view(np.float32) if text.startswith("0x") else np.float32(text)
        return np.int64(text)

    def arith_truncf(self, op, get, values):
        return HALF[op.result_types()[0]](get[0])

    # Memory.
    def memref_alloc(self, op, get, values):
        return poison(op.result_types()[0])

    def memref_get_global(self, op, get, values):
        return self.constants[re.search(r"name = @(\w+)", op.properties)[1]]

    def reshape(self, op, get, values):
        return get[0].reshape([int(x) for x in re.match(r"memref<([\dx]+)x", op.result_types()[0])[1].split("x")])

    memref_expand_shape = memref_collapse_shape = reshape

    def memref_load(self, op, get, values):
        return get[0][tuple(get[1:])]

    def memref_store(self, op, get, values):
        value, memory, *at = get
        at = np.broadcast_arrays(*at) if self.mask is None else [x[self.mask] for x in np.broadcast_arrays(*at, self.mask)[:-1]]
        memory[tuple(at)] = value if self.mask is None else np.broadcast_to(value, self.mask.shape)[self.mask]
        return []

    # Tile programs.
    def msa_gpu_for_tiles(self, op, get, values):
        assert int(get[0]) == self.tiles, "the launch has another number of tiles"
        names, body = op.regions[0]
        for tile in range(self.tiles):
            for self.warpgroup in range(self.warpgroups):
                self.block(body, {**values, names[0]: np.int64(tile)})
        return []

    def msa_gpu_warpgroup(self, op, get, values):
        return np.int64(self.warpgroup)

    def msa_gpu_load(self, op, get, values):
        tensor, memory = self.maps[op.operands[0]]
        _, row, head, batch = get[:4]
        assert 0 <= head < tensor.sizes[-2] and 0 <= batch < tensor.sizes[-1]
        flat = memory.reshape(-1)

        def box(place, sizes):
            index, inside = tensor.places(place, sizes)
            return np.where(inside, flat[np.where(inside, index, 0)], np.float32(0))[..., 0, 0]
        if len(get) == 4 and len(tensor.box) == 5:
            whole = box([0, row, 0, head, batch], tensor.box)
            columns, rows, panels = whole.shape
            return whole.transpose(1, 2, 0).reshape(rows, panels * columns)
        # Whole rows, or a part of a wider matrix, panel by panel; blocks of a cluster have copied the rows for each other.
        rows, columns = (int(x) for x in re.search(r"-> !msa_gpu.tile<(\d+), (\d+)", op.types).groups())
        width, first = tensor.box[0], get[4] if len(get) == 5 else 0
        panels = np.concatenate([box(panel_at(op, first + c, row, head, batch), [width, rows, 1, 1]).T
                                 for c in range(0, columns, width)], axis=1)
        assert not panels[:, columns:].any(), "the last panel runs into what is no part of the tile"
        return panels[:, :columns]

    def msa_gpu_store(self, op, get, values):
        tensor, memory = self.maps[op.operands[1]]
        value, _, row, head, batch = get[:5]
        flat = memory.reshape(-1)
        assert 0 <= head < tensor.sizes[-2] and 0 <= batch < tensor.sizes[-1]
        if len(get) == 5 and len(tensor.box) == 5:
            index, inside = tensor.places([0, row, 0, head, batch], tensor.box)
            columns, rows, panels = index.shape[:3]
            box = value.reshape(rows, panels, columns).transpose(2, 0, 1)[..., None, None]
            flat[index[inside]] = box[inside]
            return []
        width, column = tensor.box[0], get[5] if len(get) == 6 else 0
        # What shared memory holds past a last panel that is cut is anything.
        panels = np.pad(value, ((0, 0), (0, -value.shape[1] % width)), constant_values=np.nan)
        for first in range(0, value.shape[1], width):
            index, inside = tensor.places(panel_at(op, column + first, row, head, batch), tensor.box)
            box = panels[:, first:first + width].T[..., None, None]
            flat[index[inside]] = box[inside]
        return []

    def msa_gpu_store_rows(self, op, get, values):
        value, memory, first, count = get
        count = max(0, min(64, int(count)))
        if not count:  # all rows are past the end
            return []
        assert first >= 0 and first + count <= memory.size
        memory.reshape(-1)[int(first):int(first) + count] = value[:count]
        return []

    def msa_gpu_fill(self, op, get, values):
        shape = re.search(r"fragment<64, (\d+)", op.types)
        return np.full((64, int(shape[1])) if shape else 64, get[0])

    def msa_gpu_row_index(self, op, get, values):
        return np.arange(64)

    def msa_gpu_slice(self, op, get, values):
        rows = int(re.search(r"-> !msa_gpu.tile<(\d+)", op.types)[1])
        return get[0][int(get[1]):int(get[1]) + rows]

    def msa_gpu_product(self, op, get, values):
        a, b = (np.asarray(x, np.float32) for x in get[:2])
        product = a @ (b.T if "transposed" in op.properties else b)
        return product + get[2] if len(get) == 3 else product

    # Under way and waited for are the same here.
    msa_gpu_issue = msa_gpu_product

    def msa_gpu_wait(self, op, get, values):
        return get

    def msa_gpu_retire(self, op, get, values):
        return []

    msa_gpu_computed = msa_gpu_retire

    def msa_gpu_read(self, op, get, values):
        memory, row, head, batch, column = get
        number = {k: op.number(k, 0) for k in ("offset", "row_stride", "head_stride", "batch_stride", "rows", "columns", "wrap")}
        shape = re.search(r"fragment<64, (\d+)", op.result_types()[0])
        j = column + np.arange(int(shape[1])) if shape else np.zeros(1, np.int64)
        i = row + np.arange(64)[:, None]
        inside = (i < number["rows"]) & (j < number["columns"])
        if number["wrap"]:
            head, j = head + j // number["wrap"], j % number["wrap"]
        at = number["offset"] + batch * number["batch_stride"] + head * number["head_stride"] + i * number["row_stride"] + j
        # What is past the end is not specified: nothing that is stored may come of it.
        value = np.where(inside, memory.reshape(-1)[np.where(inside, at, 0)], np.float32(np.nan))
        return value if shape else value[:, 0]

    def msa_gpu_rotate(self, op, get, values):
        group = op.number("group")
        low, high = np.split(get[0].reshape(64, -1, group), 2, axis=2)
        return np.concatenate([-high, low], axis=2).reshape(get[0].shape)

    def msa_gpu_map(self, op, get, values):
        names, body = op.regions[0]
        wide = any(np.ndim(x) == 2 for x in get)
        arguments = [x[:, None] if wide and np.ndim(x) == 1 else x for x in get]
        out = self.block(body, {**values, **dict(zip(names, arguments))})[0]
        return np.broadcast_to(out, np.broadcast_shapes(*(x.shape for x in arguments)))

    def msa_gpu_reduce(self, op, get, values):
        return np.fmax.reduce(get[0], axis=1) if "max" in op.properties else get[0].sum(1, dtype=np.float32)

    def msa_gpu_any(self, op, get, values):
        return np.repeat(get[0].reshape(4, 16).any(1), 16)

    def msa_gpu_band(self, op, get, values):
        has_from, has_to = (int(x) for x in re.search(r"array<i32: 1, (\d), (\d)>", op.properties).groups())
        scores, bounds, column = get[0], get[1:], np.arange(get[0].shape[1])
        kept = np.ones(scores.shape, bool)
        if has_from:
            kept &= column >= bounds[0][:, None]
        if has_to:
            kept &= column < bounds[-1][:, None]
        return np.where(kept, scores, np.float32(-np.inf))

    def msa_gpu_pack(self, op, get, values):
        return HALF[re.search(r"-> !msa_gpu.operand<\d+, \d+, (\w+)>", op.types)[1]](get[0])


def panel_at(op, column, row, head, batch):
    """Place of a panel: with heads side by side a column is one of a head further on."""
    side = re.search(r"map<\d+, \d+, \w+, head = (\d+)>", op.types)
    return [column % int(side[1]), row, head + column // int(side[1]), batch] if side else [column, row, head, batch]


def dense(text):
    """The array of a constant."""
    shape = [int(x) for x in re.search(r": tensor<([\dx]+)xf32>", text)[1].split("x")]
    value = re.search(r"dense<(.*?)>", text)[1]
    if value.startswith('"0x'):
        return np.frombuffer(bytes.fromhex(value[3:-1]), "<f4").reshape(shape)
    return np.broadcast_to(np.array(json.loads(value), np.float32), shape)


def poison(kind):
    """An array of a memref's type: NaN, or numbers that nothing is."""
    *shape, element = re.match(r"memref<(?:([\dx]+)x)?(\w+)", kind).groups()[0:2]
    shape = [int(x) for x in shape[0].split("x")] if shape[0] else []
    return np.full(shape, np.nan if element[0] != "i" else -2 ** 31, NUMPY[element])
