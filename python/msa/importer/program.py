"""From an ExportedProgram to one function of the dialect."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Optional, Tuple

import torch
from torch.export import ExportedProgram
from torch.export.graph_signature import InputKind, OutputKind

from ..errors import ImportFailure, InvalidInput
from . import attention, contract, elementwise, flex, msa_ops, reduce, shape
from .dynamic import Layouts, Sizes, Valid, is_dynamic
from .elementwise import Length
from .emit import Emitter, Weight
from .errors import Refused, fail, where
from .export import decompose
from .values import MLIR_TYPES, Base, Const, Expr, Tensor, Value, leaf, number, tensor_type

LOWERINGS: Dict[str, Callable] = {**elementwise.TABLE, **shape.TABLE, **reduce.TABLE, **contract.TABLE,
                                  **attention.TABLE, **msa_ops.TABLE}
_ELEMENTWISE = set(elementwise.TABLE)
_FOLD_LIMIT = 1 << 26  # elements of a table that is computed at import


@dataclass
class Argument:
    """An input or output of the compiled function. `sizes`: for each dimension None, or what
    its true size is while the tensor is padded to `shape`. `rows`: for integers that index a
    table, its size."""

    name: str
    shape: Tuple[int, ...]
    dtype: torch.dtype
    sizes: Tuple[Any, ...] = ()
    rows: Optional[int] = None
    strict: bool = True  # negative indices are errors


@dataclass
class Imported:
    """A function as MLIR text with what is needed to call it like the module it came from.

    text      module with one public function, `forward`
    weights   arguments to set at load, in no particular order
    states    (name, initial value) of buffers that the model mutates
    inputs    arguments the caller gives, in order; then one length for each dynamic size
    results   ("output", index), ("constant", value): leaves of the module's result
    least     the smallest length of dynamic sizes
    """

    text: str
    weights: List[Weight]
    states: List[Tuple[str, torch.Tensor]]
    inputs: List[Argument]
    outputs: List[Argument]
    results: List[Tuple[str, Any]]
    lengths: List[str]
    least: int
    program: ExportedProgram = field(repr=False)

    def save(self, folder: str) -> None:
        """model.mlir and weights.safetensors."""
        import os

        from safetensors.torch import save_file
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "model.mlir"), "w") as f:
            f.write(self.text)
        save_file({w.name: w.data.clone() for w in self.weights}, os.path.join(folder, "weights.safetensors"))


class ImportEmitter(Emitter):
    """The emitter with what lowerings ask about dynamic sizes."""

    def __init__(self, sizes: Sizes):
        super().__init__()
        self.sizes = sizes
        self._lengths: Dict[Any, str] = {}
        self.tables: Dict[str, int] = {}  # rows of the table that an input indexes

    def dynamic(self, size: Any) -> Optional[Valid]:
        return self.sizes.valid(size)

    def dynamic_free(self, node: Any) -> bool:
        return not any(is_dynamic(s) for s in node.meta["val"].shape)

    def lengths(self, batch: int, valid: Valid) -> str:
        """B true lengths of a dynamic dimension."""
        key = (batch, valid)
        if key not in self._lengths:
            arg = Tensor(Base(f"%length_{valid.symbol}_0", (), torch.int64), (batch,), (None,))
            e = Expr("op", torch.int64, "add", (leaf(arg, 1), number(valid.offset, torch.int64)))
            self._lengths[key] = self.full(self.expression((batch,), e))
        return self._lengths[key]

    def length_clause(self, batch: int, valid: Valid) -> str:
        """" length(%n : type)" of msa.attend."""
        return f" length({self.lengths(batch, valid)} : {tensor_type((batch,), torch.int64)})"


class Importer:
    def __init__(self, program: ExportedProgram, capacity: Optional[Dict[str, int]] = None):
        self.program = program
        self.sizes = Sizes(self._capacities(capacity or {}))
        self.e = ImportEmitter(self.sizes)
        self.layouts = Layouts()
        self.env: Dict[Any, Any] = {}
        self.problems: List[Tuple[str, str, str]] = []
        self.inputs: List[Argument] = []
        self.arguments: List[Tuple[Argument, str]] = []
        self.states: List[Tuple[str, torch.Tensor]] = []
        self.header: List[str] = []

    def _capacities(self, given: Dict[str, int]) -> Dict[Any, int]:
        out = {}
        used = set()  # Decomposition may leave constraints on symbols that nothing has.
        for node in self.program.graph.nodes:
            value = node.meta.get("val")
            if node.op == "placeholder" and isinstance(value, torch.Tensor):
                for s in value.shape:
                    used |= s.node.expr.free_symbols if is_dynamic(s) else set()
        for symbol, bounds in self.program.range_constraints.items():
            if symbol not in used:
                continue
            name = str(symbol)
            upper = bounds.upper
            size = given.get(name, given.get("*"))
            if size is None:
                if upper > 1 << 24:
                    raise InvalidInput(f"dynamic size {name} has no useful upper bound; give one with "
                                       "torch.export.Dim(.., max=)")
                size = int(upper)
            out[symbol] = int(size)
        return out

    # -- arguments -----------------------------------------------------------------------

    def placeholders(self) -> None:
        signature = self.program.graph_signature
        mutated = set(signature.buffers_to_mutate.values())
        if signature.user_inputs_to_mutate:
            names = ", ".join(signature.user_inputs_to_mutate.values())
            raise ImportFailure(f"the model changes its inputs ({names}); return the new values instead, or hold them "
                                "as buffers", missing=[("input mutation", names)])
        nodes = {n.name: n for n in self.program.graph.nodes if n.op == "placeholder"}
        for spec in signature.input_specs:
            arg = spec.arg
            if not hasattr(arg, "name") or arg.name not in nodes:
                continue
            node = nodes[arg.name]
            if spec.kind in (InputKind.PARAMETER, InputKind.BUFFER, InputKind.CONSTANT_TENSOR):
                data = self._data(spec)
                if spec.target in mutated:
                    self.env[node] = self._state(spec.target, data)
                else:
                    self.env[node] = Const(data.detach(), spec.target)
            elif spec.kind is InputKind.USER_INPUT:
                self.env[node] = self._input(node)
            elif spec.kind is InputKind.TOKEN:
                self.env[node] = Broken()  # What orders side effects is not data.
            else:
                raise ImportFailure(f"an input of kind {spec.kind.name} ({arg.name}) has no meaning here",
                                    missing=[(spec.kind.name, arg.name)])

    def _data(self, spec: Any) -> torch.Tensor:
        for table in (self.program.state_dict, self.program.constants):
            if spec.target in table:
                return table[spec.target].detach()
        raise ImportFailure(f"no value for '{spec.target}'", missing=[("constant", spec.target)])

    def _check_dtype(self, name: str, dtype: torch.dtype) -> None:
        if dtype not in MLIR_TYPES:
            raise ImportFailure(f"'{name}' has dtype {dtype}; known are {', '.join(map(str, MLIR_TYPES))}",
                                missing=[(str(dtype), name)])

    def _state(self, name: str, data: torch.Tensor) -> Value:
        self._check_dtype(name, data.dtype)
        ssa = f"%state{len(self.states)}"
        self.states.append((name, data.detach().clone()))
        kind = tensor_type(data.shape, data.dtype)
        self.header.append(f'{ssa}: {kind} {{msa.state = "{name}"}}')
        return Tensor.of(self.e.strip(ssa, data.shape, data.dtype), tuple(data.shape))

    def _input(self, node: Any) -> Any:
        value = node.meta.get("val")
        if not isinstance(value, torch.Tensor):
            return value  # A Python constant of the call.
        self._check_dtype(node.name, value.dtype)
        size = self.sizes.shape(value)
        if 0 in size:
            raise ImportFailure(f"input '{node.name}' has no elements", missing=[("empty input", node.name)])
        ssa = f"%in{len(self.inputs)}"
        self.inputs.append(Argument(node.name, size, value.dtype,
                                    tuple(s if is_dynamic(s) else None for s in value.shape)))
        self.header.append(f'{ssa}: {tensor_type(size, value.dtype)} {{msa.name = "{node.name}"}}')
        base = self.e.strip(ssa, size, value.dtype)
        self.arguments.append((self.inputs[-1], base.name))
        return Tensor.of(base, size)

    # -- nodes ---------------------------------------------------------------------------

    def resolve(self, a: Any) -> Any:
        if isinstance(a, torch.fx.Node):
            return self.env[a]
        if isinstance(a, (list, tuple)):
            return [self.resolve(x) for x in a]
        if isinstance(a, torch.SymInt):
            return Length(self.sizes.value(a)) if is_dynamic(a) else int(a)
        return a

    def live(self) -> set:
        """Nodes that results or state depend on: checks and the like are not among them."""
        stack = [n for n in self.program.graph.nodes if n.op == "output"]
        out: set = set()
        while stack:
            node = stack.pop()
            if node not in out:
                out.add(node)
                stack += node.all_input_nodes
        return out

    def run(self) -> None:
        live = self.live()
        for node in self.program.graph.nodes:
            if node.op in ("placeholder", "output") or node not in live:
                continue
            place = where(node)
            if any(isinstance(self.env.get(n), Broken) for n in node.all_input_nodes):
                name = str(node.target)
                if node.op == "call_function" and name.startswith(("aten.", "msa.")) and name not in LOWERINGS \
                        and name not in _MEANINGLESS:
                    self.problems.append((name, place, "this operator is not known to the importer"))
                self.env[node] = Broken()
                continue
            try:
                self.e.at(place)
                self.env[node] = self.node(node)
            except Refused as reason:
                self.problems.append((str(node.target), place, str(reason)))
                self.env[node] = Broken()
        if self.problems:
            fail(self.problems)

    def node(self, node: Any) -> Any:
        if node.op == "get_attr":
            value = getattr(self.program.graph_module, node.target)
            return Const(value.detach(), node.target) if isinstance(value, torch.Tensor) else value
        if node.op != "call_function":
            raise Refused(f"a node of kind {node.op}")
        value = node.meta.get("val")
        if isinstance(value, torch.SymInt):
            return Length(self.sizes.value(value)) if is_dynamic(value) else int(value)
        if node.target is operator.getitem:
            return self.resolve(node.args[0])[node.args[1]]
        name = str(node.target)
        if name in _MEANINGLESS:
            return None
        if name == "flex_attention":
            self.layouts.check(name, node, [], False)
            return flex.lower_flex(self.e, node, self.subgraph, *[self.resolve(a) for a in node.args],
                                   **{k: self.resolve(a) for k, a in node.kwargs.items()})
        if name == "wrap_with_autocast" or name.endswith(".wrap_with_autocast"):
            return self.inline(node)
        args = [self.resolve(a) for a in node.args]
        kwargs = {k: self.resolve(v) for k, v in node.kwargs.items()}
        if not isinstance(value, (tuple, list)) and isinstance(value, torch.Tensor):
            if 0 in self.sizes.shape(value):
                raise Refused("a result without elements")
        self.layouts.check(name, node, args, name in _ELEMENTWISE)
        folded = self.fold(node, name, args, kwargs)
        if folded is not None:
            return folded
        lowering = LOWERINGS.get(name)
        if lowering is None:
            raise Refused("this operator is not known to the importer")
        return lowering(self.e, node, *args, **kwargs)

    def subgraph(self, body: Any, inputs: List[Any]) -> Any:
        """The result of a graph whose inputs are `inputs`."""
        given = iter(inputs)
        for n in body.graph.nodes:
            if n.op == "placeholder":
                self.env[n] = next(given)
            elif n.op == "output":
                return self.resolve(n.args[0])
            else:
                self.env[n] = self.node(n)
        raise Refused("a graph without a result")

    def inline(self, node: Any) -> Any:
        """A block under autocast: its operations already carry their types."""
        body = getattr(self.program.graph_module, node.args[4].target) if hasattr(node.args[4], "target") else None
        if body is None:
            raise Refused("an autocast block without a body")
        return self.subgraph(body, [self.resolve(a) for a in node.args[5:]])

    def fold(self, node: Any, name: str, args: List[Any], kwargs: Dict[str, Any]) -> Any:
        """What depends on no input is computed now, by PyTorch; but masks over pairs of positions stay rules."""
        flat: List[Any] = []
        stack = list(args) + list(kwargs.values())
        while stack:
            a = stack.pop()
            if isinstance(a, (list, tuple)):
                stack += a
            else:
                flat.append(a)
        tensors = [a for a in flat if isinstance(a, Value)]
        if not all(isinstance(t, Const) for t in tensors):
            return None
        value = node.meta.get("val")
        outs = value if isinstance(value, (tuple, list)) else [value]
        if not all(isinstance(v, torch.Tensor) for v in outs):
            return None
        if "rand" in name or "dropout" in name or "bernoulli" in name:
            raise Refused("random numbers in the model; call model.eval() before the export")
        sizes = [math.prod(self.sizes.shape(v)) for v in outs]
        if name.startswith(("aten.full.", "aten.ones.", "aten.zeros.", "aten.full_like.", "aten.ones_like.",
                            "aten.zeros_like.")):
            fill = {"full": lambda: args[1], "ones": lambda: 1, "zeros": lambda: 0}[name.split(".")[1].split("_")[0]]()
            elementwise.scalar_check(fill)
            return Const(torch.tensor(fill, dtype=value.dtype).expand(self.sizes.shape(value)))
        if not tensors and not name.startswith(("aten.arange", "aten.scalar_tensor")):
            return None
        if name in _ELEMENTWISE:
            for a in flat:
                if isinstance(a, Length):
                    elementwise.scalar_check(a)
            stored = max((math.prod(n for n, s in zip(t.shape, t.data.stride()) if s != 0) for t in tensors), default=1)
            largest = max((t.data.numel() for t in tensors), default=1)
            made = math.prod(torch.broadcast_shapes(*[t.shape for t in tensors])) if tensors else sizes[0]
            grows = made > largest or (stored == 1 and made > 1 << 16)
            if grows and (not value.dtype.is_floating_point or made > _FOLD_LIMIT):
                return None  # An outer comparison: a mask.
        elif sum(sizes) > _FOLD_LIMIT and tensors and not any(s <= max(t.data.numel() for t in tensors) for s in sizes):
            raise Refused(f"a table of {sum(sizes)} elements")

        def plain(a: Any) -> Any:
            if isinstance(a, Const):
                return a.data
            if isinstance(a, (list, tuple)):
                return [plain(x) for x in a]
            return int(a) if isinstance(a, Length) else a

        if name == "aten.view.default":
            out: Any = args[0].data.reshape([int(s) for s in args[1]])
        else:
            kw = {k: plain(v) for k, v in kwargs.items()}
            if kw.get("device") is not None:
                kw["device"] = torch.device("cpu")
            with torch.no_grad():
                out = node.target(*[plain(a) for a in args], **kw)
        source = args[0].source if args and isinstance(args[0], Const) and isinstance(out, torch.Tensor) \
            and out.data_ptr() == args[0].data.data_ptr() and out.shape == args[0].shape \
            and out.stride() == args[0].data.stride() else None
        if isinstance(out, torch.Tensor):
            return Const(out, source, args[0].transposed if source else False)
        return [Const(o) if isinstance(o, torch.Tensor) else o for o in out]

    # -- the whole -----------------------------------------------------------------------

    def build(self) -> Imported:
        self.placeholders()
        self.run()
        signature = self.program.graph_signature
        (output,) = [n for n in self.program.graph.nodes if n.op == "output"]
        returned, types, outputs, results = [], [], [], []
        new_states: Dict[str, str] = {}
        self.e.at("")
        for spec, arg in zip(signature.output_specs, output.args[0]):
            if spec.kind not in (OutputKind.BUFFER_MUTATION, OutputKind.USER_OUTPUT):
                raise ImportFailure(f"an output of kind {spec.kind.name}", missing=[(spec.kind.name, str(spec.target))])
            value = self.resolve(arg)
            place = where(arg) if isinstance(arg, torch.fx.Node) else ""
            sizes: Tuple[Any, ...] = ()
            try:
                self.e.at(place)
                if isinstance(value, Value):
                    self.layouts.result(arg)
                    sizes = tuple(s if is_dynamic(s) else None for s in arg.meta["val"].shape)
                state = spec.kind is OutputKind.BUFFER_MUTATION
                if not state and (not isinstance(value, Value) or
                                  isinstance(value, Const) and not any(s is not None for s in sizes)):
                    results.append(("constant", value.data if isinstance(value, Const) else value))
                    continue
                ssa = self.e.full(value)
            except Refused as reason:
                self.problems.append((str(getattr(arg, "target", "result")), place, str(reason)))
                continue
            if state:
                new_states[spec.target] = ssa
                continue
            name = f"output{len(outputs)}"
            returned.append(ssa)
            types.append((tensor_type(value.shape, value.dtype), f'{{msa.name = "{name}"}}'))
            results.append(("output", len(outputs)))
            outputs.append(Argument(name, tuple(value.shape), value.dtype, sizes))
        if self.problems:
            fail(self.problems)
        for name, data in self.states:
            kind = tensor_type(data.shape, data.dtype)
            returned.append(new_states[name])
            types.append((kind, f'{{msa.state = "{name}"}}'))
        if not returned:
            raise ImportFailure("the model computes nothing from its inputs", missing=[])
        for arg, ssa in self.arguments:
            arg.rows = self.e.tables.get(ssa)
        lengths = [str(s) for s in self.sizes.capacity]
        header = list(self.header)
        first: List[str] = []
        for s in lengths:
            header.append(f'%length_{s}: tensor<1xi64> {{msa.name = "length.{s}"}}')
            first.append(f"    %length_{s}_0 = tensor.collapse_shape %length_{s} [] : tensor<1xi64> into tensor<i64>")
        for w in self.e.weights:
            base = self.e.weight_name(w)
            header.append(f'{base}: {tensor_type(w.data.shape, w.data.dtype)} {{msa.constant = "{w.name}"}}')
        joined = ", ".join(f"{k} {a}" for k, a in types)
        text = "\n".join([
            "module {",
            "  func.func @forward(" + ",\n      ".join(header) + f")\n      -> ({joined}) {{",
            *first, *self.e.lines,
            f"    return {', '.join(returned)} : {', '.join(k for k, _ in types)}",
            "  }", "}", *self.e.location_lines(), ""])
        return Imported(text, self.e.weights, self.states, self.inputs, outputs, results, lengths, self.layouts.least, self.program)


class Broken:
    """Stands for the result of an operation that was refused."""


_MEANINGLESS = {"aten._assert_tensor_metadata.default", "aten._assert_async.msg", "aten._assert_scalar.default",
                "aten.sym_constrain_range_for_size.default", "aten.sym_constrain_range.default"}


def import_program(program: ExportedProgram, capacity: Optional[Dict[str, int]] = None, *,
                   decomposed: bool = False) -> Imported:
    """Imports an exported program. `capacity`: the greatest value of each dynamic size, by
    its symbol ("*" for all); the upper bounds of the export by default. `decomposed`: the
    program comes from `decompose`, which takes longer than all the rest.

    Raises `ImportFailure`, whose message and `missing` list every operator that can not be
    imported with the line of the user's source that it comes from."""
    return Importer(program if decomposed else decompose(program), capacity).build()
