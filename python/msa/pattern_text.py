"""Reads the text of a pattern, as the dialect writes it."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Sequence

from .errors import InvalidInput
from .patterns import (MAX_DEPTH, All, Any, Blocks, Causal, Document, Full, Global, Pattern, Random, Strided,
                       Window)

_NUMBER = re.compile(r"-?(0x[0-9a-fA-F]+|[0-9]+)")
_PLAIN: dict[str, type] = {"full": Full, "causal": Causal, "document": Document}
_POSITIONAL: dict[str, type] = {"strided": Strided, "global": Global, "blocks": Blocks}
_NAMED: dict[str, type] = {"window": Window, "random": Random}
_COMBINED: dict[str, type] = {"any": Any, "all": All}


class Parser:
    """Recursive descent over the attribute's grammar; every error gives the column."""

    def __init__(self, text: str):
        if not isinstance(text, str):
            raise InvalidInput(f"expected the text of a pattern, got {type(text).__name__}")
        self.text, self.at = text, 0

    def fail(self, message: str):
        raise InvalidInput(f"{message} at column {self.at + 1} of {self.text[:200]!r}")

    def skip(self, token: str) -> bool:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        if not self.text.startswith(token, self.at):
            return False
        self.at += len(token)
        return True

    def expect(self, token: str):
        if not self.skip(token):
            self.fail(f"expected '{token}'")

    def word(self) -> str:
        self.skip("")
        match = re.compile(r"[A-Za-z_]\w*").match(self.text, self.at)
        if not match:
            self.fail("expected a name")
        self.at = match.end()
        return match.group()

    def number(self) -> int:
        self.skip("")
        match = _NUMBER.match(self.text, self.at)
        if not match:
            self.fail("expected an integer")
        if len(match.group()) > 32:
            self.fail("integer too large")
        self.at = match.end()
        return int(match.group(), 0 if "x" in match.group() else 10)

    def parse(self) -> Pattern:
        pattern = self.pattern(0)
        if self.skip("") and self.at < len(self.text):
            self.fail("unexpected text")
        return pattern

    def pattern(self, depth: int) -> Pattern:
        self.expect("#msa.")
        kind = self.word()
        if kind in _PLAIN:
            return _PLAIN[kind]()
        if kind in _POSITIONAL:
            self.expect("<")
            value = self.number()
            self.expect(">")
            return _POSITIONAL[kind](value)
        if kind in _NAMED:
            return self.named(_NAMED[kind])
        if kind in _COMBINED:
            if depth >= MAX_DEPTH:
                self.fail(f"(P8) patterns may be nested {MAX_DEPTH} deep")
            self.expect("<")
            members: Sequence[Pattern] = [] if self.skip(">") else self.members(depth + 1)
            return _COMBINED[kind](*members)
        self.fail(f"unknown pattern '{kind}'")

    def members(self, depth: int) -> list[Pattern]:
        out = [self.pattern(depth)]
        while self.skip(","):
            out.append(self.pattern(depth))
        self.expect(">")
        return out

    def named(self, kind: type) -> Pattern:
        self.expect("<")
        values: dict[str, int] = {}
        while True:
            name = self.word()
            if name in values or name not in {f.name for f in fields(kind)}:
                self.fail(f"unexpected parameter '{name}'")
            self.expect("=")
            values[name] = self.number()
            if not self.skip(","):
                break
        self.expect(">")
        try:
            return kind(**values)
        except TypeError:
            self.fail("missing parameter")
