"""A Measurer in a process of its own: a kernel that hangs can not be ended, and one that faults breaks the CUDA context
of its process; both cost a candidate here, and not what was found so far."""

from __future__ import annotations

import importlib
import os
import pickle
import select
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from .. import errors
from ..errors import MsaError, RuntimeFailure
from .climb import Measured

_LENGTH = struct.Struct(">Q")


class Worker:
    """Measurer by way of a process. `factory` ("module:name") makes the Measurer there, with the arguments.

    A process that does not answer within `patience` seconds, ends, or had to report an error of the device is
    replaced by a new one, which is given the baseline first."""

    def __init__(self, *arguments: Any, factory: str = "msa.tune.measure:Steps", patience: float = 120,
                 **keywords: Any):
        self._make, self._patience = (factory, arguments, keywords), patience
        self._process: subprocess.Popen | None = None
        self._base: bytes | None = None
        self.device: str = self._start()

    def baseline(self, artefact: bytes) -> None:
        self._base = None
        self._ask("baseline", artefact)
        self._base = artefact

    def compare(self, artefact: bytes) -> Measured:
        return self._ask("compare", artefact)

    def close(self) -> None:
        process, self._process = self._process, None
        if process:
            process.kill()
            process.wait()
            process.stdin.close()
            process.stdout.close()

    def _start(self) -> str:
        path = os.pathsep.join(os.path.abspath(p) for p in sys.path)
        self._process = subprocess.Popen([sys.executable, "-m", __name__], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path})
        return self._exchange(self._make)

    def _ask(self, method: str, artefact: bytes) -> Any:
        if not self._process:
            self._start()
            if self._base is not None:
                self._exchange(("baseline", self._base))
        return self._exchange((method, artefact))

    def _exchange(self, message: Any) -> Any:
        try:
            data = pickle.dumps(message)
            self._process.stdin.write(_LENGTH.pack(len(data)) + data)
            self._process.stdin.flush()
            kind, value = pickle.loads(self._receive())
        except (OSError, EOFError) as error:
            status = self._process.poll()
            self.close()
            raise RuntimeFailure(str(error) if isinstance(error, TimeoutError) else
                                 f"the process that measures has ended ({status})") from None
        if kind == "done":
            return value
        self.close()  # after an error of the device nothing of the process can be trusted
        name, text, status = value
        cls = getattr(errors, name, RuntimeFailure)
        raise cls(text, status) if issubclass(cls, RuntimeFailure) else cls(text)

    def _receive(self) -> bytes:
        end = time.monotonic() + self._patience
        size = _LENGTH.unpack(self._read(_LENGTH.size, end))[0]
        return self._read(size, end)

    def _read(self, count: int, end: float) -> bytes:
        handle, data = self._process.stdout.fileno(), b""
        while len(data) < count:
            if not select.select([handle], [], [], max(0.0, end - time.monotonic()))[0]:
                raise TimeoutError(f"nothing came within {self._patience:g} s: the kernel hangs")
            part = os.read(handle, count - len(data))
            if not part:
                raise EOFError
            data += part
        return data


def _serve() -> None:
    source = sys.stdin.buffer
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print is no answer
    measurer: Any = None

    def make(factory: str, arguments: tuple, keywords: dict) -> str:
        nonlocal measurer
        module, name = factory.split(":")
        measurer = getattr(importlib.import_module(module), name)(*arguments, **keywords)
        return measurer.device

    def answer(call: Callable[[], Any]) -> tuple[str, Any]:
        try:
            return "done", call()
        except MsaError as error:
            return "error", (type(error).__name__, str(error), getattr(error, "status", ""))
        except Exception as error:  # PyTorch's, of the device
            return "error", ("RuntimeFailure", f"{type(error).__name__}: {error}", "")

    while head := source.read(_LENGTH.size):
        first, *rest = pickle.loads(source.read(_LENGTH.unpack(head)[0]))
        done = answer(lambda: getattr(measurer, first)(*rest) if measurer else make(first, *rest))
        data = pickle.dumps(done)
        sink.write(_LENGTH.pack(len(data)) + data)
        sink.flush()


if __name__ == "__main__":
    _serve()
