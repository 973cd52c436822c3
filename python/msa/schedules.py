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
_ENTRY = re.compile(r'[^"\\\x00-\x1f]+'), re.compile(r"#msa_gpu\.\w+<[^<>\"]*>")
_HEAD = re.compile(r'^module(?: @(?:[\w.$-]+|"(?:[^"\\]|\\.)*"))?(?P<attributes> attributes \{)?', re.M)


def document(entries: Iterable[dict]) -> dict:
    return {"version": VERSION, "schedules": list(entries)}


def destination() -> str | None:
    """Path of the file, in a folder that is made; None where MSA_CACHE is off. Raises InvalidInput where the folder can
    not be used."""
    if cache.mode() == "off":
        return None
    folder = cache.directory()
    if not cache.is_private(folder, create=True):
        raise InvalidInput(f"the cache folder {folder} can not be made or is open to other users; chmod 700 it, or set "
                           "MSA_CACHE_DIR to a folder of your own")
    return os.path.join(folder, _NAME)


def stored(gpu: Callable[[], str]) -> list[dict]:
    """What the file has for the GPU that `gpu` names ("": for none that is known), which is asked where the file needs
    it; none without a file, with MSA_CACHE=off, and where the folder is not the user's alone.

    The cache only saves time: what is wrong with the file is a warning."""
    folder = cache.directory()
    path = os.path.join(folder, _NAME)
    if cache.mode() == "off" or not os.path.exists(path) or not cache.is_private(folder, create=False):
        return []
    try:
        return of_device(read(path), gpu)
    except InvalidInput as error:
        warnings.warn(str(error), stacklevel=3)
        return []


def of_device(entries: list[dict], gpu: Callable[[], str]) -> list[dict]:
    """Those of this GPU, and those that name none."""
    here = gpu() if any("device" in e for e in entries) else ""
    return [e for e in entries if "device" not in e or (here and e["device"] == here)]


def attach(text: str, entries: Iterable[dict], parses: Callable[[str], bool]) -> str:
    """The text of a module, as the compiler prints it, with schedules as its attribute `msa_gpu.schedules`, which
    msa-schedule-attend and msa-tune-gemm read. A module that has the attribute keeps its own. What is wrong with an
    entry (`parses` says so of a module's text) is a warning."""
    chosen = {}
    for entry in entries:
        pair = entry.get("class"), entry.get("schedule")
        if all(isinstance(t, str) and form.fullmatch(t) for t, form in zip(pair, _ENTRY)) and \
                parses(f'module attributes {{msa_gpu.schedules = {{"{pair[0]}" = {pair[1]}}}}} {{}}'):
            chosen[pair[0]] = pair[1]  # of two of one class the later one
        else:
            path = os.path.join(cache.directory(), _NAME)
            warnings.warn(f"{path}: a schedule is left out: this compiler does not take {pair[1]!r} for {pair[0]!r}",
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


@contextlib.contextmanager
def _alone(folder: str) -> Iterator[None]:
    """Of those who read, change and write: readers need not wait, as the file is renamed into place."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def write(path: str, device: str, tuned: Iterable[str], better: Iterable[dict]) -> None:
    """Puts entries in place of those of the classes that were tuned on this device; other classes and other devices
    keep theirs. Whoever reads meanwhile sees the old file or the new one."""
    replaced = {(name, device) for name in tuned}
    with _alone(os.path.dirname(os.path.abspath(path))):
        entries = [e for e in read(path) if (e.get("class"), e.get("device")) not in replaced]
        entries += [{**e, "device": device} for e in better]
        cache.write_atomically(path, (json.dumps(document(entries), indent=1) + "\n").encode(), mode=0o600)
