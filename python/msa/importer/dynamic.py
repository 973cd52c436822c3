"""Sizes that differ from call to call.

A program with dynamic sizes is compiled for the greatest ("capacity"); shorter inputs are
padded and their results cut. That is right as long as every dynamic dimension keeps its true
rows at its beginning and no operation mixes them with padding. `Layouts.check` says of each
operation that touches a dynamic size why that is so, and refuses all others: what is not
known here to be right is an error, never a wrong number.
"""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple, Union

import torch

from .errors import Refused
from .values import Deferred


class Valid(NamedTuple):
    """The true size of a dynamic dimension: the length of `symbol`, plus `offset`."""

    symbol: str
    offset: int


class Sizes:
    """Capacities of the symbols of an exported program."""

    def __init__(self, capacity: Dict[Any, int]):
        self.capacity = capacity

    def value(self, size: Any) -> int:
        if isinstance(size, int):
            return size
        expr = size.node.expr
        if any(s not in self.capacity for s in expr.free_symbols):
            raise Refused("a size that depends on data")
        return int(expr.subs(self.capacity)) if expr.free_symbols else int(expr)

    def shape(self, fake: Any) -> Tuple[int, ...]:
        return tuple(self.value(s) for s in fake.shape)

    def valid(self, size: Any) -> Optional[Valid]:
        """None for a static size. Only `symbol + constant` has a meaning for attention."""
        if not is_dynamic(size):
            return None
        simple = simple_size(size)
        if simple is None:
            raise Refused(f"attention over a dynamic size {size.node.expr}, which is not a length plus a constant")
        return simple


def simple_size(size: Any) -> Optional[Valid]:
    """A dynamic size that is a length plus a constant; None for any other."""
    expr = size.node.expr
    if len(expr.free_symbols) != 1:
        return None
    (symbol,) = expr.free_symbols
    offset = expr - symbol
    return None if offset.free_symbols else Valid(str(symbol), int(offset))


def is_dynamic(size: Any) -> bool:
    return not isinstance(size, int) and bool(size.node.expr.free_symbols)


Atoms = Tuple[Union[int, Valid], ...]  # A dimension as a row-major product of sizes.

_RENAMES = {"aten.permute.default", "aten.transpose.int", "aten.t.default", "aten.unsqueeze.default",
            "aten.squeeze.default", "aten.squeeze.dim", "aten.squeeze.dims", "aten.expand.default"}
_VIEWS = {"aten.view.default", "aten.reshape.default", "aten._unsafe_view.default", "aten.flatten.using_ints"}
_PRODUCTS = {"aten.linear.default", "aten.addmm.default", "aten.mm.default", "aten.bmm.default", "aten.matmul.default",
             "aten.baddbmm.default"}
_NORMS = {"aten.layer_norm.default", "aten.rms_norm.default"}
_REDUCTIONS = {f"aten.{n}" for n in (
    "sum.default", "sum.dim_IntList", "mean.default", "mean.dim", "amax.default", "amin.default", "max.default",
    "min.default", "any.default", "any.dim", "any.dims", "all.default", "all.dim", "all.dims", "var.correction")}
_SOFTMAX = {"aten._softmax.default", "aten.softmax.int"}
_ROWS = {"aten.embedding.default", "aten.cat.default", "aten.stack.default", "aten.slice.Tensor", "aten.select.int",
         "aten.split_with_sizes.default", "aten.split.Tensor", "aten.index.Tensor", "aten.index_select.default",
         "aten.gather.default", "aten.cumsum.default", "aten.scaled_dot_product_attention.default", "flex_attention",
         "msa.attend.default", "msa.merge.default", "msa.rope.default", "msa.short_conv.default", "msa.carry.default",
         "msa.bank_write.default", "msa.bank_write_lstm.default"}


class Layouts:
    """Where the true rows of dynamic dimensions lie. A dimension that is a length plus a
    constant has them first; one that merges a length with other dimensions (a batch of
    sequences as rows of a matrix) is remembered as the product that it is."""

    def __init__(self) -> None:
        self.merged: Dict[Any, List[Atoms]] = {}
        self.least = 1  # smallest length for which static positions exist

    def atoms(self, node: Any) -> List[Atoms]:
        """Dimensions of a node's tensor. Refused for a merged dimension of unknown order."""
        known = self.merged.get(node)
        if known is not None:
            return known
        out: List[Atoms] = []
        for size in node.meta["val"].shape:
            if not is_dynamic(size):
                out.append((int(size),))
                continue
            simple = simple_size(size)
            if simple is None:
                raise Refused(f"a dynamic size {size.node.expr} whose rows are not known to lie in order")
            out.append((simple,))
        return out

    def keep(self, node: Any, atoms: List[Atoms]) -> None:
        if any(len(a) > 1 and any(isinstance(x, Valid) for x in a) for a in atoms):
            self.merged[node] = atoms

    def result(self, node: Any) -> List[Atoms]:
        """For results: every dynamic dimension must be a plain length."""
        atoms = self.atoms(node)
        if any(has_length(a) and len(a) > 1 for a in atoms):
            raise Refused("a result in which a dynamic size is merged with another dimension; return it unmerged")
        return atoms

    def check(self, name: str, node: Any, args: Sequence[Any], elementwise: bool) -> None:
        """`args`: the node's arguments as the importer has them."""
        inputs = [n for n in node.all_input_nodes if isinstance(n.meta.get("val"), torch.Tensor)]
        moving = [n for n in inputs if any(is_dynamic(s) for s in n.meta["val"].shape)]
        if not moving:
            if isinstance(node.meta.get("val"), torch.Tensor) and name.startswith("aten.arange"):
                self.atoms(node)  # counts to a length plus a constant, or is refused
                if len(node.args) > 1 and not isinstance(node.args[0], int):
                    raise Refused("a range that starts at a dynamic size")
            return
        if elementwise:
            self.keep(node, self.broadcast(node, inputs))
        elif name in _RENAMES:
            self.keep(node, self.renamed(name, node))
        elif name in _VIEWS:
            self.keep(node, regroup(sum((list(a) for a in self.atoms(node.args[0])), []), node.meta["val"].shape))
        elif name in _PRODUCTS:
            self.product(name, node, args)
        elif name in _NORMS:
            atoms = self.atoms(node.args[0])
            if any(has_length(a) for a in atoms[len(atoms) - len(node.args[1]):]):
                raise Refused("a norm over a dynamic size")
            self.keep(node, atoms)
        elif name in _REDUCTIONS:
            self.reduction(node)
        elif name in _SOFTMAX:
            atoms = self.atoms(node.args[0])
            axis = node.args[1] % len(atoms)
            scores = isinstance(args[0], Deferred) and not args[0].softmax and axis == len(atoms) - 1
            if has_length(atoms[axis]) and not scores:
                raise Refused("a softmax over a dynamic size that is no attention")
            self.keep(node, atoms)
        elif name in _ROWS:
            for n in moving:
                if any(has_length(a) and len(a) > 1 for a in self.atoms(n)):
                    raise Refused("a dynamic size that is merged with another dimension")
            self.rows(name, node)
        else:
            raise Refused("this operator on a dynamic size")

    def broadcast(self, node: Any, inputs: Sequence[Any]) -> List[Atoms]:
        rank = len(node.meta["val"].shape)
        out: List[Atoms] = [(1,)] * rank
        for n in inputs:
            atoms = self.atoms(n)
            for d, a in enumerate(atoms, rank - len(atoms)):
                if a == (1,) or a == out[d]:
                    continue
                if out[d] != (1,) and (has_length(a) or has_length(out[d])):
                    raise Refused("operands whose dynamic sizes are merged in different orders")
                out[d] = a
        return out

    def renamed(self, name: str, node: Any) -> List[Atoms]:
        atoms = list(self.atoms(node.args[0]))
        if name == "aten.permute.default":
            return [atoms[d] for d in node.args[1]]
        if name == "aten.transpose.int":
            a, b = node.args[1], node.args[2]
            atoms[a], atoms[b] = atoms[b], atoms[a]
            return atoms
        if name == "aten.t.default":
            return atoms[::-1]
        sizes = node.meta["val"].shape
        if name == "aten.expand.default":
            out: List[Atoms] = [(1,)] * (len(sizes) - len(atoms)) + atoms
            return [a if a != (1,) else self.fresh(s) for a, s in zip(out, sizes)]
        # unsqueeze and squeeze: dimensions of size 1 come and go.
        rest = iter([a for a in atoms if a != (1,)])
        return [(1,) if not is_dynamic(s) and s == 1 else next(rest) for s in sizes]

    @staticmethod
    def fresh(size: Any) -> Atoms:
        if not is_dynamic(size):
            return (int(size),)
        simple = simple_size(size)
        if simple is None:
            raise Refused("a broadcast to a product of sizes")
        return (simple,)

    def product(self, name: str, node: Any, args: Sequence[Any]) -> None:
        first = 1 if name in ("aten.addmm.default", "aten.baddbmm.default") else 0
        a = self.atoms(node.args[first])
        attention = isinstance(args[first], Deferred) and args[first].softmax
        if has_length(a[-1]) and not attention:
            raise Refused("a product that sums over a dynamic size")
        if any(has_length(x) and len(x) > 1 for n in node.args[first + 1:] if hasattr(n, "meta")
               for x in self.atoms(n)):
            raise Refused("a product with a dynamic size that is merged with another dimension")
        out = [*a[:-1], self.fresh(node.meta["val"].shape[-1])] if len(a) == len(node.meta["val"].shape) else None
        if out is None:
            self.atoms(node)
        else:
            self.keep(node, out)

    def reduction(self, node: Any) -> None:
        atoms = self.atoms(node.args[0])
        axes = node.args[1] if len(node.args) > 1 else None
        axes = range(len(atoms)) if axes is None or axes == [] else [axes] if isinstance(axes, int) else axes
        gone = {d % len(atoms) for d in axes} if atoms else set()
        if any(has_length(atoms[d]) for d in gone):
            raise Refused("a reduction over a dynamic size")
        kept = len(node.meta["val"].shape) == len(atoms)
        self.keep(node, [(1,) if d in gone else a for d, a in enumerate(atoms) if kept or d not in gone])

    def rows(self, name: str, node: Any) -> None:
        """Operations along rows: true rows must stay first, and no row be read that may be padding."""
        def dynamic(n: Any, axis: int) -> bool:
            return has_length(self.atoms(n)[axis])

        if name == "aten.cat.default":
            axis = node.args[1] if len(node.args) > 1 else 0
            if any(dynamic(part, axis) for part in node.args[0][:-1]):
                raise Refused("something joined behind a dynamic size")
        elif name in ("aten.slice.Tensor", "aten.select.int"):
            axis = node.args[1] if len(node.args) > 1 else 0
            if not dynamic(node.args[0], axis):
                return
            (length,) = self.atoms(node.args[0])[axis]
            start = node.args[2] if len(node.args) > 2 and node.args[2] is not None else 0
            if not isinstance(start, int) or start < 0:
                raise Refused("rows counted from the end of a dynamic size")
            if name == "aten.select.int":
                self.least = max(self.least, start + 1 - length.offset)
                return
            if len(node.args) > 4 and node.args[4] != 1:
                raise Refused("every n-th row of a dynamic size")
            size = node.meta["val"].shape[axis]
            if not is_dynamic(size):
                self.least = max(self.least, start + int(size) - length.offset)
        elif name in ("aten.split_with_sizes.default", "aten.split.Tensor"):
            if dynamic(node.args[0], node.args[2] if len(node.args) > 2 else 0):
                raise Refused("a split of a dynamic size")
        elif name == "aten.embedding.default":
            if dynamic(node.args[0], 0):
                raise Refused("an index into a dynamic size")
        elif name == "aten.index.Tensor":
            for d, index in enumerate(node.args[1]):
                if index is not None and dynamic(node.args[0], d) and not any(
                        is_dynamic(s) for s in index.meta["val"].shape):
                    raise Refused("an index into a dynamic size")
        elif name in ("aten.index_select.default", "aten.gather.default"):
            if dynamic(node.args[0], node.args[1]):
                raise Refused("an index into a dynamic size")


def has_length(atoms: Atoms) -> bool:
    return any(isinstance(a, Valid) for a in atoms)


def regroup(atoms: List[Union[int, Valid]], sizes: Sequence[Any]) -> List[Atoms]:
    """The atoms of a reshaped tensor, in the same row-major order. Static factors are split and
    joined as wanted, a length stays whole."""
    queue: List[Union[int, Valid]] = [a for a in atoms if a != 1]
    out: List[Atoms] = []
    for size in sizes:
        if not is_dynamic(size):
            rest, got = int(size), []
            while rest != 1:
                if not queue or isinstance(queue[0], Valid):
                    raise Refused("a reshape across a dynamic size")
                take = queue.pop(0)
                if rest % take == 0:
                    rest //= take
                elif take % rest == 0:
                    queue.insert(0, take // rest)
                    rest = 1
                else:
                    raise Refused("a reshape across a dynamic size")
            out.append((int(size),))
            continue
        expr, got = size.node.expr, []
        # All static factors before the length, the length, and as much after it as the size has.
        while queue and not isinstance(queue[0], Valid):
            got.append(queue.pop(0))
        if not queue:
            raise Refused("a reshape across a dynamic size")
        length = queue.pop(0)
        got.append(length)
        symbol = next((x for x in expr.free_symbols if str(x) == length.symbol), None)
        if symbol is None or len(expr.free_symbols) != 1:
            raise Refused("a reshape that joins dynamic sizes")
        factor = expr / (symbol + length.offset)
        for g in got[:-1]:
            factor = factor / g
        factor = factor.simplify()
        if not factor.is_Integer or factor < 1:
            raise Refused("a reshape across a dynamic size")
        rest = int(factor)
        while rest != 1:
            if not queue or isinstance(queue[0], Valid):
                raise Refused("a reshape across a dynamic size")
            take = queue.pop(0)
            if rest % take == 0:
                got.append(take)
                rest //= take
            elif take % rest == 0:
                got.append(rest)
                queue.insert(0, take // rest)
                rest = 1
            else:
                raise Refused("a reshape across a dynamic size")
        out.append(tuple(got))
    return out
