"""PyTorch models compiled as a whole.

    compiled = msa.compile_model(model.eval(), kwargs={"input_ids": ids})
    logits = compiled(input_ids=ids).logits

The model is exported (torch.export), imported into the dialect, compiled, and loaded with its weights. The result is
called like the model. Buffers that the model changes are state of the compiled model, not of the module.
"""

from __future__ import annotations

import threading
import time
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

import torch
import torch.utils._pytree as pytree
from torch.export import ExportedProgram

from . import compiler, runtime
from .errors import GradientsNotSupported, InvalidInput
from .importer import Imported, decompose, export, import_program

__all__ = ["CompiledModel", "compile_model"]


class Variant:
    """The program compiled for one capacity of its dynamic sizes."""

    def __init__(self, imported: Imported, device: str):
        self.imported = imported
        target = "cuda" if device.startswith("cuda") else "cpu"
        self.artefact = compiler.compile(imported.text, target=target, gpu=device if target == "cuda" else None)
        self.model = runtime.load(self.artefact, device)
        for w in imported.weights:
            self.model.set_constant(w.name, w.data)
        self.session = self.model.session()
        self.lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        self.session.reset()
        for name, initial in self.imported.states:
            self.session.set_state(name, initial)


class CompiledModel:
    """A compiled PyTorch model. Made by `compile_model`.

    Called with the arguments of the exported call: same structure, dtypes and shapes; dynamic sizes up to their
    capacity. Tensors may have any strides (those that are not row-major are copied first). Returns what the model
    returned, as new tensors without gradient.

    Raises InvalidInput (structure, shape, a token that is no row of its table), DtypeMismatch, ShapeMismatch, and
    GradientsNotSupported for inputs that require grad while gradients are recorded.
    """

    def __init__(self, program: ExportedProgram, lengths: Sequence[int], device: str):
        begin = time.perf_counter()
        self.program, self.device = decompose(program), device
        self._capacities: List[Optional[int]] = list(lengths) or [None]
        self._variants: Dict[Optional[int], Variant] = {}
        self._lock = threading.Lock()
        self.seconds: Dict[str, float] = {"import": time.perf_counter() - begin, "compile": 0.0}
        self._variant(self._capacities[-1])
        spec = program.call_spec
        self._in_spec, self._out_spec = spec.in_spec, spec.out_spec
        self._leaves = list(program.graph_signature.user_inputs)
        self._kwargs = list(self._in_spec.children()[1].context) if self._in_spec.num_children == 2 else []

    # -- what there is -------------------------------------------------------------------

    @property
    def text(self) -> str:
        """The imported module (MLIR), for the greatest capacity."""
        return self._variant(self._capacities[-1]).imported.text

    @property
    def compilations(self) -> int:
        """How many variants were compiled so far: one, or one for each capacity that was needed."""
        return len(self._variants)

    @property
    def inputs(self) -> List[Any]:
        return self._variant(self._capacities[-1]).imported.inputs

    @property
    def session(self) -> runtime.Session:
        """The session of a model without dynamic sizes: its state, and `session.stream()`."""
        if len(self._capacities) != 1:
            raise InvalidInput("a model with several capacities has a session for each; compile it with one")
        return self._variant(self._capacities[0]).session

    def reset(self) -> None:
        """State back to what the module's buffers held when it was exported."""
        for v in self._variants.values():
            with v.lock:
                v.reset()

    def _variant(self, capacity: Optional[int]) -> Variant:
        with self._lock:
            if capacity not in self._variants:
                begin = time.perf_counter()
                imported = import_program(self.program, {} if capacity is None else {"*": capacity}, decomposed=True)
                if imported.states and len(self._capacities) > 1:
                    raise InvalidInput("a model with state is compiled for one capacity: state lives in its session")
                middle = time.perf_counter()
                self._variants[capacity] = Variant(imported, self.device)
                self.seconds["import"] += middle - begin
                self.seconds["compile"] += time.perf_counter() - middle
            return self._variants[capacity]

    # -- calls ---------------------------------------------------------------------------

    def _flatten(self, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> List[Any]:
        if set(kwargs) != set(self._kwargs):
            raise InvalidInput(f"the model was exported with the keyword arguments {self._kwargs}, got {list(kwargs)}")
        leaves, spec = pytree.tree_flatten((args, {k: kwargs[k] for k in self._kwargs}))
        if spec != self._in_spec:
            raise InvalidInput(f"the arguments have another structure than at export: {spec}, not {self._in_spec}")
        return leaves

    def _tensors(self, leaves: Sequence[Any]) -> List[torch.Tensor]:
        out = []
        for name, leaf in zip(self._leaves, leaves):
            if not isinstance(name, str):
                if leaf is not name and leaf != name:
                    raise InvalidInput(f"an argument was {name!r} at export and is fixed to that, got {leaf!r}")
                continue
            if isinstance(leaf, torch.Tensor):
                out.append(leaf)
            elif not isinstance(leaf, (int, float, bool, str, type(None))):
                raise InvalidInput(f"'{name}' must be a tensor, not {type(leaf).__name__}")
            else:
                raise InvalidInput(f"'{name}' must be a tensor, got {leaf!r}")
        return out

    def _sizes(self, imported: Imported, tensors: Sequence[torch.Tensor]) -> Dict[str, int]:
        """True values of the dynamic sizes; shapes and dtypes checked on the way."""
        sizes: Dict[str, int] = {}
        for arg, t in zip(imported.inputs, tensors):
            if t.dtype is not arg.dtype:
                raise compiler_dtype(arg.name, arg.dtype, t.dtype)
            if t.dim() != len(arg.shape):
                raise shape_error(arg, t)
            if t.requires_grad and torch.is_grad_enabled():
                raise GradientsNotSupported(
                    f"'{arg.name}' requires grad, and a compiled model computes no gradients: call it under "
                    "torch.no_grad(), or train the PyTorch module itself")
            for size, known, given in zip(t.shape, arg.sizes, arg.shape):
                if known is None:
                    if size != given:
                        raise shape_error(arg, t)
                    continue
                symbol = str(known.node.expr)
                if not known.node.expr.is_Symbol:
                    continue
                if sizes.setdefault(symbol, size) != size:
                    raise InvalidInput(f"'{arg.name}' has shape {tuple(t.shape)}: a dynamic size is {size} here and "
                                       f"{sizes[symbol]} in another argument")
        return sizes

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        tensors = self._tensors(self._flatten(args, kwargs))
        imported = self._variant(self._capacities[-1]).imported
        sizes = self._sizes(imported, tensors)
        capacity: Optional[int] = None
        if sizes:
            needed = max(sizes.values())
            fitting = [c for c in self._capacities if c is not None and c >= needed]
            if min(sizes.values()) < imported.least or not fitting:
                raise InvalidInput(f"a dynamic size is {min(sizes.values()) if fitting else needed}; this model was "
                                   f"compiled for {imported.least} to "
                                   f"{self._capacities[-1]}. Compile it with lengths=[.., {needed}]")
            capacity = fitting[0]
        variant = self._variant(capacity if sizes else self._capacities[-1])
        return self._run(variant, tensors, sizes)

    def _run(self, variant: Variant, tensors: Sequence[torch.Tensor], sizes: Dict[str, int]) -> Any:
        imported = variant.imported
        inputs = []
        for arg, t in zip(imported.inputs, tensors):
            if arg.rows is not None and t.numel():
                low, high = (int(x) for x in torch.aminmax(t))
                if low < -arg.rows or high >= arg.rows or (low < 0 and arg.strict):
                    raise InvalidInput(f"'{arg.name}' holds {low if low < 0 else high}: an index from 0 to "
                                       f"{arg.rows - 1} is wanted")
            if tuple(t.shape) != arg.shape:
                padded = t.new_zeros(arg.shape)
                padded[tuple(slice(0, s) for s in t.shape)] = t
                t = padded
            inputs.append(t.detach().contiguous())
        # Where the others are: tensors on both sides would make the step wait for a GPU.
        where = inputs[0].device if inputs else None
        inputs += [torch.full((1,), sizes[s], dtype=torch.int64, device=where) for s in imported.lengths]
        with variant.lock:
            made = variant.session.step(inputs)
        outputs = []
        for arg, t in zip(imported.outputs, made):
            if any(s is not None for s in arg.sizes):
                true = [given if known is None else int(known.node.expr.subs(
                    {x: sizes[str(x)] for x in known.node.expr.free_symbols}))
                    for known, given in zip(arg.sizes, arg.shape)]
                t = t[tuple(slice(0, n) for n in true)]
            outputs.append(t)
        leaves = [outputs[x] if kind == "output" else x.clone() if isinstance(x, torch.Tensor) else x
                  for kind, x in imported.results]
        return pytree.tree_unflatten(leaves, self._out_spec)


def shape_error(arg: Any, t: torch.Tensor) -> Exception:
    from .errors import ShapeMismatch
    want = "x".join("?" if known is not None else str(n) for known, n in zip(arg.sizes, arg.shape))
    return ShapeMismatch(f"'{arg.name}' has shape {'x'.join(map(str, t.shape))}; the model was exported with {want}",
                         "MSA_SHAPE_MISMATCH")


def compiler_dtype(name: str, want: torch.dtype, got: torch.dtype) -> Exception:
    from .errors import DtypeMismatch
    return DtypeMismatch(f"'{name}' is {got}; the model was exported with {want}. Convert it with .to({want})",
                         "MSA_DTYPE_MISMATCH")


def compile_model(model: Union[torch.nn.Module, ExportedProgram], args: Sequence[Any] = (),
                  kwargs: Optional[Dict[str, Any]] = None, *, dynamic_shapes: Any = None,
                  lengths: Sequence[int] = (), device: str = "cpu") -> CompiledModel:
    """Exports (unless it is an ExportedProgram already), imports, compiles and loads a model.

    args, kwargs: an example call; shapes that are not dynamic are fixed by it.
    dynamic_shapes: as torch.export takes it, e.g. {"input_ids": {1: torch.export.Dim("tokens", max=1024)}}.
    lengths: capacities of the dynamic sizes to compile for, each when it is first needed, e.g. (128, 1024); by
        default the upper bound of the export. A call runs in the least that fits, its tensors padded to it.
    device: "cpu", "cpu:THREADS" or "cuda:GPU".

    Raises ImportFailure with all operators that can not be imported and the lines of the user's source they come
    from, and CompileError.
    """
    program = model if isinstance(model, ExportedProgram) else export(model, args, kwargs,
                                                                      dynamic_shapes=dynamic_shapes)
    dynamic = bool(program.range_constraints)
    lengths = sorted({int(n) for n in lengths})
    if lengths and (not dynamic or lengths[0] < 1):
        raise InvalidInput("lengths are positive capacities of dynamic sizes; the program has none" if not dynamic
                           else f"a length of {lengths[0]}")
    if dynamic and not lengths:
        bounds = [int(b.upper) if b.upper <= 1 << 24 else 0 for b in program.range_constraints.values()]
        if 0 in bounds:
            raise InvalidInput("a dynamic size has no upper bound: give lengths=[..], or torch.export.Dim(.., max=)")
        lengths = [max(bounds)]
    return CompiledModel(program, lengths, device)
