"""What an import refuses, collected before it is raised."""

from __future__ import annotations

from typing import List, Optional, Tuple

from ..errors import ImportFailure


class Refused(Exception):
    """One operator can not be imported as it is used. Raised by lowerings, caught by the
    driver, which goes on to find the others."""


def where(node) -> str:
    """The line of the user's source that made a node: 'model.py:12 in forward'."""
    trace: Optional[str] = node.meta.get("stack_trace")
    if not trace:
        return "unknown place"
    lines = [line.strip() for line in trace.strip().splitlines()]
    files = [line for line in lines if line.startswith("File ")]
    if not files:
        return lines[-1]
    path, _, rest = files[-1][len("File "):].partition(", line ")
    number, _, function = rest.partition(", in ")
    return f"{path.strip(chr(34))}:{number}" + (f" in {function}" if function else "")


def fail(problems: List[Tuple[str, str, str]]) -> None:
    """problems: (operator, place, reason)."""
    text = "\n".join(f"  {place}: {operator}: {reason}" for operator, place, reason in problems)
    raise ImportFailure(
        f"{len(problems)} operation{'s' if len(problems) != 1 else ''} of the model can not be imported:\n{text}",
        missing=[(operator, place) for operator, place, _ in problems],
    )
