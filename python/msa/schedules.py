"""schedules.json of the user's cache: docs/Tuning.md. msa.tune writes it; msa.compile reads it here, and msa-compile in
lib/Driver/Schedules.cpp."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import warnings
from collections.abc import Callable, Iterable, Iterator

from . import cache
from .errors import InvalidInput

VERSION = 1  # of the file
_NAME = "schedules.json"
_ENTRY = re.compile(r'[^"\\\x00-\x1f]+'), re.compile(r"#msa_gpu\.schedule<[^<>\"]*>")
_HEAD = re.compile(r'^module(?: @(?:[\w.$-]+|"(?:[^"\\]|\\.)*"))?(?P<attributes> attributes \{)?', re.M)


def document(entries: Iterable[dict]) -> dict:
    return {"version": VERSION, "schedules": list(entries)}


def destination() -> str | None:
    """Path of the file, in a folder that is made; None where MSA_CACHE is off. Raises InvalidInput where the folder can
    not be used."""
    if cache.mode() == "off":
        return None
    folder = cache.directory()
    if not cache._private(folder, create=True):
        raise InvalidInput(f"the cache folder {folder} can not be made or is open to other users; chmod 700 it, or set "
                           "MSA_CACHE_DIR to a folder of your own")
    return os.path.join(folder, _NAME)


def content() -> bytes | None:
    """What the file holds, for the key of an artefact; None without a file, with MSA_CACHE=off, and where the folder is
    not the user's alone."""
    folder = cache.directory()
    if cache.mode() == "off" or not os.path.exists(os.path.join(folder, _NAME)) or \
            not cache._private(folder, create=False):
        return None
    try:
        with open(os.path.join(folder, _NAME), "rb") as file:
            return file.read()
    except OSError:
        return None


def attach(text: str, data: bytes, parses: Callable[[str], bool]) -> str:
    """The text of a module, as the compiler prints it, with the schedules of a file as its attribute
    `msa_gpu.schedules`, which msa-schedule-attend reads. A module that has the attribute keeps its own.

    The cache only saves time: what is wrong with the file, or with an entry (`parses` says so of a module's text), is a
    warning."""
    path = os.path.join(cache.directory(), _NAME)
    try:
        entries = _entries(json.loads(data), path)
    except (ValueError, RecursionError) as error:
        warnings.warn(str(error) if isinstance(error, InvalidInput) else f"{path} is no JSON: {error}", stacklevel=4)
        return text
    chosen = {}
    for i, entry in enumerate(entries):
        pair = entry.get("class"), entry.get("schedule")
        if all(isinstance(t, str) and form.fullmatch(t) for t, form in zip(pair, _ENTRY)) and \
                parses(f"module attributes {{msa_gpu.s = {pair[1]}}} {{}}"):
            chosen[pair[0]] = pair[1]  # of two of one class the later one
        else:
            warnings.warn(f"{path}: schedule {i} is left out: this compiler does not take {pair[1]!r} for {pair[0]!r}",
                          stacklevel=4)
    head = _HEAD.search(text)
    if not chosen or not head or "msa_gpu.schedules" in text[head.start():text.index("\n", head.start())]:
        return text
    attribute = "msa_gpu.schedules = {" + ", ".join(f'"{c}" = {s}' for c, s in sorted(chosen.items())) + "}"
    added = f"{attribute}, " if head["attributes"] else f" attributes {{{attribute}}}"
    return text[:head.end()] + added + text[head.end():]


def read(path: str) -> list[dict]:
    """The entries of a file; none where there is no file. Raises InvalidInput, which names the file, for what the
    compiler would not read either."""
    try:
        with open(path, encoding="utf-8") as file:
            data = json.load(file)
    except FileNotFoundError:
        return []
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidInput(f"{path} can not be read: {error}; repair it or remove it") from None
    return _entries(data, path)


def _entries(data: object, path: str) -> list[dict]:
    entries = data.get("schedules") if isinstance(data, dict) and data.get("version") == VERSION else None
    if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        raise InvalidInput(f"{path} is no file of schedules of version {VERSION}; remove it")
    return entries


def of_device(entries: list[dict], device: str, path: str, replace: bool = False) -> list[dict]:
    """The entries, all of this GPU or of none that is named. The compiler does not know which GPU it compiles for, so
    that a file must not mix them: InvalidInput, or with `replace` those of others are left out."""
    others = sorted({str(e["device"]) for e in entries if e.get("device", device) != device})
    if others and not replace:
        raise InvalidInput(f"{path} holds schedules of {', '.join(others)}, and this GPU is {device}. Keep a folder "
                           "for each (MSA_CACHE_DIR), or drop the old ones with --replace (replace=True)")
    return [e for e in entries if e.get("device", device) == device]


@contextlib.contextmanager
def _alone(folder: str) -> Iterator[None]:
    """Of those who read, change and write: readers need not wait, as the file is renamed into place."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def write(path: str, device: str, tuned: Iterable[str], better: Iterable[dict], replace: bool = False) -> None:
    """Puts entries in place of those of the classes that were tuned; other classes keep theirs. Whoever reads meanwhile
    sees the old file or the new one."""
    tuned = set(tuned)
    with _alone(os.path.dirname(os.path.abspath(path))):
        entries = [e for e in of_device(read(path), device, path, replace) if e.get("class") not in tuned]
        entries += [{**e, "device": device} for e in better]
        cache.write_atomically(path, (json.dumps(document(entries), indent=1) + "\n").encode(), mode=0o600)
