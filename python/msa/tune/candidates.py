"""Schedules of attention as values, and which ones are tried: docs/generated/MSAGPUTypes.md, ScheduleAttr."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

from ..errors import InvalidInput

_REQUIRED = 7  # fields that the text always has; of the others those that differ from their default


@dataclass(frozen=True)
class Schedule:
    """#msa_gpu.schedule; `str()` of it is the text as the compiler prints it."""

    warpgroups: int
    keys: int
    stages: int
    rescale: str
    skip: bool
    half: bool
    persistent: bool
    overlap: bool = False
    packs: bool = False
    stacked: bool = False
    splits: int = 1
    ahead: bool = False

    @classmethod
    def parse(cls, text: str) -> Schedule:
        """Raises InvalidInput for text of another form, of a newer compiler say."""
        inside = re.fullmatch(r"#msa_gpu\.schedule<([^<>]*)>", text.strip())
        values = dict(re.findall(r"(\w+) = (\w+)", inside[1])) if inside else {}
        kinds = {f.name: f.type for f in fields(cls)}
        try:
            return cls(**{name: _value(kinds[name], value) for name, value in values.items()})
        except (KeyError, TypeError, ValueError):
            raise InvalidInput(f"this version of msa.tune knows no schedule {text!r}") from None

    def __str__(self) -> str:
        words = [f"{f.name} = {str(getattr(self, f.name)).lower()}" for i, f in enumerate(fields(self))
                 if i < _REQUIRED or getattr(self, f.name) != f.default]
        return f"#msa_gpu.schedule<{', '.join(words)}>"


def _value(kind: str, text: str) -> int | str | bool:
    if kind == "bool":
        return {"true": True, "false": False}[text]
    return int(text) if kind == "int" else text


def _axes(around: Schedule) -> list[list[dict]]:
    """What may be changed, and to what. Fields that only go together are one axis, so that no combination breaks the
    constraints (S1) to (S8); those that depend on the operation are for the compiler."""
    rescale = [{"rescale": "lazy"}, {"rescale": "always"}]
    if around.stacked:  # few queries: one warpgroup, no skipping, overlap or packs; queries always come ahead
        splits = sorted({1, 2, 4, 8, 16, 32, 64, around.splits, min(64, around.splits + 1), max(1, around.splits - 1)})
        return [[{"keys": keys} for keys in (64, 128, 192)], [{"stages": n} for n in (2, 3, 4, 6)],
                [{"splits": n} for n in splits], rescale,
                [{"persistent": False}, {"persistent": True}]]
    no = {"skip": False, "half": False, "overlap": False}
    return [
        [{"warpgroups": n} for n in (1, 2, 3)],
        [{"keys": keys} for keys in (64, 96, 128, 192)],
        [{"stages": n} for n in (1, 2, 3, 4)],
        rescale,
        [no, {**no, "skip": True}, {**no, "skip": True, "half": True}, {**no, "overlap": True}],
        [{"persistent": False, "ahead": False}, {"persistent": True, "ahead": False},
         {"persistent": True, "ahead": True}],
        [{"packs": False}, {"packs": True}],
    ]


def neighbours(around: Schedule) -> Iterator[Schedule]:
    """Schedules that differ in one axis, then those that differ in two: what one change costs (shared memory say)
    another may give back. Whether heads are rows (`stacked`) stays."""
    axes = _axes(around)
    seen = {around}
    for count in (1, 2):
        for chosen in itertools.combinations(axes, count):
            for changes in itertools.product(*chosen):
                schedule = replace(around, **{k: v for change in changes for k, v in change.items()})
                if schedule.half and schedule.keys != 128:  # (S4)
                    continue
                if schedule not in seen:
                    seen.add(schedule)
                    yield schedule
