"""FlexAttention: its mask_mod and score_mod are small graphs over positions, read as expressions.

A mask_mod that is a rule of positions becomes a pattern, any other a predicate of the score region; block lists of
the BlockMask say nothing that mask_mod does not, so they are not read. Length does not matter: nothing here is N x N.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, List, Sequence

import torch

from .attention import attend
from .emit import Emitter
from .errors import Refused
from .values import Const, Deferred, Step, Sym, Value


def positions(shape: Sequence[int]) -> List[Const]:
    """Batch, head, query and key of each score, as tables of one dimension each."""
    return [Const(torch.arange(n, dtype=torch.int32).reshape([n if k == d else 1 for k in range(4)]))
            for d, n in enumerate(shape)]


def lower_flex(e: Emitter, node: Any, run: Callable[[Any, List[Any]], Any], q: Value, k: Value, v: Value,
               score_mod: Any, block_mask: Sequence[Any], scale: float, kernel_options: Any = None,
               score_buffers: Sequence[Any] = (), mask_buffers: Sequence[Any] = ()) -> List[Any]:
    """torch.ops.higher_order.flex_attention. `run(graph, inputs)` imports a small graph."""
    for user in node.users:
        if user.args[1:2] != (0,):
            raise Refused("the log-sum-exp or maxima of flex_attention")
    shape = (q.shape[0], q.shape[1], q.shape[2], k.shape[2])
    where = positions(shape)
    scores: Any = Deferred(q, k, shape, torch.float32, steps=(Step("mul", shape, float(scale)),))
    scores = run(score_mod, [scores, *where, *score_buffers])
    if not isinstance(scores, Deferred):
        raise Refused("a score_mod that is no chain of elementwise steps on the score")
    keep = run(block_mask[-1], [*where, *mask_buffers])
    if not isinstance(keep, Value):
        keep = Const(torch.tensor(bool(keep)))
    if isinstance(keep, (Const, Sym)):
        scores = replace(scores, steps=scores.steps + (Step("mask", shape, keep),))
    else:
        raise Refused("a mask_mod that forms a tensor")
    length = e.dynamic(node.args[1].meta["val"].shape[-2])  # type: ignore[attr-defined]
    return [attend(e, q, k, v, 1.0, scores.steps, shape[:2], length, q.dtype), None, None]
