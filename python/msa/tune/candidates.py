"""Schedules as values, and which ones are tried: docs/generated/MSAGPUTypes.md, ScheduleAttr and GemmScheduleAttr."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, fields, replace
from typing import Any, ClassVar

from ..errors import InvalidInput

Axes = list[list[dict[str, Any]]]


class _Text:
    """A schedule of an operation; `str()` of it is the text as the compiler prints it."""

    MNEMONIC: ClassVar[str]

    @classmethod
    def parse(cls, text: str) -> Any:
        """Raises InvalidInput for text of another form, of a newer compiler say."""
        inside = re.fullmatch(rf"#msa_gpu\.{cls.MNEMONIC}<([^<>]*)>", text.strip())
        values = dict(re.findall(r"(\w+) = (\w+)", inside[1])) if inside else {}
        kinds = {f.name: f.type for f in fields(cls)}
        try:
            return cls(**{name: _value(kinds[name], value) for name, value in values.items()})
        except (KeyError, TypeError, ValueError):
            raise InvalidInput(f"this version of msa.tune knows no schedule {text!r}") from None

    def __str__(self) -> str:
        # Of fields that have a default those that differ from it.
        words = [f"{f.name} = {str(getattr(self, f.name)).lower()}" for f in fields(self)
                 if f.default is MISSING or getattr(self, f.name) != f.default]
        return f"#msa_gpu.{self.MNEMONIC}<{', '.join(words)}>"

    def axes(self) -> Axes:
        """What may be changed, and to what. Fields that only go together are one axis, so that no combination breaks
        the attribute's constraints; those that depend on the operation are for the compiler."""
        raise NotImplementedError

    def is_legal(self) -> bool:
        """What axes alone do not ensure."""
        return True


def _value(kind: str, text: str) -> int | str | bool:
    if kind == "bool":
        return {"true": True, "false": False}[text]
    return int(text) if kind == "int" else text


@dataclass(frozen=True)
class AttendSchedule(_Text):
    """#msa_gpu.schedule, of attention."""

    MNEMONIC = "schedule"

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
    pingpong: bool = False

    def axes(self) -> Axes:
        rescale = [{"rescale": "lazy"}, {"rescale": "always"}]
        if self.stacked:  # few queries: one warpgroup, no skipping, overlap or packs; queries always come ahead
            splits = sorted({1, 2, 4, 8, 16, 32, 64, self.splits, min(64, self.splits + 1), max(1, self.splits - 1)})
            return [[{"keys": keys} for keys in (64, 128, 192)], [{"stages": n} for n in (2, 3, 4, 6)],
                    [{"splits": n} for n in splits], rescale,
                    [{"persistent": False}, {"persistent": True}]]
        no = {"skip": False, "half": False, "overlap": False, "pingpong": False}
        return [
            [{"warpgroups": n} for n in (1, 2, 3)],
            [{"keys": keys} for keys in (64, 96, 128, 192)],
            [{"stages": n} for n in (1, 2, 3, 4)],
            rescale,
            [no, {**no, "skip": True}, {**no, "skip": True, "half": True}, {**no, "overlap": True},
             {**no, "overlap": True, "pingpong": True}],
            [{"persistent": False, "ahead": False}, {"persistent": True, "ahead": False},
             {"persistent": True, "ahead": True}],
            [{"packs": False}, {"packs": True}],
        ]

    def is_legal(self) -> bool:
        return (not self.half or self.keys == 128) and (not self.pingpong or self.warpgroups > 1)  # (S4), (S11)


#: What a block of an sm_90 can have: (N6).
SHARED = 232448


@dataclass(frozen=True)
class GemmSchedule(_Text):
    """#msa_gpu.gemm_schedule, of products of matrices."""

    MNEMONIC = "gemm_schedule"

    warpgroups: int
    columns: int
    depth: int
    stages: int
    staged: int
    group: int
    cluster: int
    persistent: bool

    def axes(self) -> Axes:
        # A tile and its rings together, the deepest that fit: narrower tiles without deeper rings say little of them.
        tiles = [{"columns": columns, "staged": staged, "stages": stages} for columns, staged, stages in
                 ((256, 2, 4), (192, 1, 5), (128, 2, 6), (128, 1, 4), (64, 1, 8))]
        return [
            tiles,
            [{"group": n} for n in (4, 8, 12, 16, 32)],
            [{"stages": n} for n in range(2, 9)],
            [{"staged": n} for n in (1, 2, 3, 4)],
            [{"cluster": 1}, {"cluster": 2}],
            [{"persistent": True}, {"persistent": False}],
            [{"warpgroups": n} for n in (1, 2, 3)],
            [{"depth": 64}, {"depth": 128, "stages": max(2, self.stages // 2)}],
        ]

    def is_legal(self) -> bool:
        return not (self.columns // 64 % self.staged or self.group % self.cluster or self._shared() > SHARED or
                    (self.warpgroups == 3 and self.columns > 192))

    def _shared(self) -> int:
        """As lib/Dialect/MSAGPU/IR/GemmOp.cpp has it."""
        return 2 * (self.stages * self.depth * (64 * self.warpgroups + self.columns) +
                    64 * 64 * self.staged * self.warpgroups) + 1024


Schedule = AttendSchedule | GemmSchedule


def parse(text: str) -> Schedule:
    """Raises InvalidInput for text that is no schedule of a kind that is known."""
    kind = GemmSchedule if text.strip().startswith(f"#msa_gpu.{GemmSchedule.MNEMONIC}<") else AttendSchedule
    return kind.parse(text)


def neighbours(around: Schedule) -> Iterator[Schedule]:
    """Schedules that differ in one axis, then those that differ in two: what one change costs (shared memory say)
    another may give back. Whether heads are rows (`stacked`) stays."""
    axes = around.axes()
    seen = {around}
    for count in (1, 2):
        for chosen in itertools.combinations(axes, count):
            for changes in itertools.product(*chosen):
                schedule = replace(around, **{k: v for change in changes for k, v in change.items()})
                if schedule not in seen and schedule.is_legal():
                    seen.add(schedule)
                    yield schedule
