"""Streams of the task (task.py) with PyTorch, for training and for evaluation in PyTorch.

All sampling is vectorised and runs on the device of the generator. A generator is seeded from numbers that say what
it is for (`generator`), so that the batch of a training step is a function of (seed, step): a resumed run goes on
with the same batches and needs no saved generator. Devices draw different numbers from the same seed.
"""

import torch

from task import QUERY, Task

__all__ = ["QUERY", "Task", "facts", "generator", "noise", "questions", "sample"]


def generator(device, *numbers: int) -> torch.Generator:
    """A generator on `device` that depends on `numbers` (each 0 .. 2^32 - 1) alone."""
    seed = 0
    for number in numbers:  # the finaliser of splitmix64: near numbers give unrelated seeds
        seed = (seed + number + 0x9E3779B97F4A7C15) & (2**64 - 1)
        seed = (seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9 & (2**64 - 1)
        seed = (seed ^ (seed >> 27)) * 0x94D049BB133111EB & (2**64 - 1)
        seed ^= seed >> 31
    return torch.Generator(device).manual_seed(seed & (2**63 - 1))


def noise(task: Task, rng: torch.Generator, *shape: int) -> torch.Tensor:
    """Noise tokens: int64 of `shape`."""
    first = 1 + task.keys + task.values
    return torch.randint(first, first + task.noise, shape, generator=rng, device=rng.device)


def _choose(rng, rows, count, of):
    """`count` distinct numbers below `of` in random order, for each row: int64, rows x count."""
    return torch.rand(rows, of, generator=rng, device=rng.device).topk(count, 1).indices


def _place(segment, first, second, cells):
    """Writes (first, second), rows x P each, into the cells (rows x P) of segment (rows x S), in place."""
    segment.scatter_(1, 2 * cells, first)
    segment.scatter_(1, 2 * cells + 1, second)


def facts(task: Task, rng: torch.Generator, batch: int):
    """Segment 0 of `batch` streams: (tokens B x S, keys B x P, values B x P), keys and values as token ids."""
    keys = 1 + _choose(rng, batch, task.pairs, task.keys)
    values = torch.randint(1 + task.keys, 1 + task.keys + task.values, keys.shape, generator=rng, device=rng.device)
    tokens = noise(task, rng, batch, task.segment)
    _place(tokens, keys, values, _choose(rng, batch, task.pairs, task.segment // 2))
    return tokens, keys, values


def questions(task: Task, rng: torch.Generator, keys: torch.Tensor):
    """A last segment that asks for all `keys` (B x P): (tokens B x S, positions B x P), where the answer to
    keys[b, p] is expected at positions[b, p]."""
    batch = keys.shape[0]
    tokens = noise(task, rng, batch, task.segment)
    cells = _choose(rng, batch, task.pairs, task.segment // 2)
    _place(tokens, torch.full_like(keys, QUERY), keys, cells)
    return tokens, 2 * cells + 1


def sample(task: Task, rng: torch.Generator, batch: int, segments: int):
    """Whole streams of `segments` >= 2 segments: (tokens B x n x S, positions B x P, answers B x P)."""
    if segments < 2:
        raise ValueError(f"a stream has at least two segments (facts and questions), not {segments}")
    first, keys, values = facts(task, rng, batch)
    middle = noise(task, rng, batch, segments - 2, task.segment)
    last, positions = questions(task, rng, keys)
    return torch.cat([first[:, None], middle, last[:, None]], 1), positions, values
