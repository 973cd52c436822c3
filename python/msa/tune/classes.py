"""msa-compile as a process: which classes of shape a module has, and artefacts with given schedules."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping

from ..errors import CompileError, CompilerMissing
from ..schedules import document
from .candidates import Schedule, parse

_TAKES = re.compile(r'remark: class "(.*)" takes (#msa_gpu\.\w+<[^>]*>)')
_REFUSED = re.compile(r"warning: (?:the schedule stored for .* is not legal here, the default is used|"
                      r".*: schedule \d+ is left out): (.*)")


class Illegal(CompileError):
    """The compiler does not take a schedule for a class; the message says why."""


def find_compiler(chosen: str | None = None) -> str:
    """Path of msa-compile: the argument; of $MSA_BUILD/bin; of the build folder that the package lies in; of $PATH.

    Raises CompilerMissing."""
    # Not resolved: a build folder's package is links, whose place counts.
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    folders = [os.path.join(os.environ["MSA_BUILD"], "bin")] if os.environ.get("MSA_BUILD") else []
    folders.append(os.path.join(os.path.dirname(os.path.dirname(package)), "bin"))
    for path in [chosen] if chosen else [os.path.join(f, "msa-compile") for f in folders] + ["msa-compile"]:
        found = shutil.which(path)
        if found:
            return found
    raise CompilerMissing(
        f"there is no {chosen or 'msa-compile'} to run: build it (scripts/build, or scripts/gpu-compiler for a machine "
        "without LLVM) and name it with --compiler, or its build folder with MSA_BUILD")


class Compiler:
    """Compiles one module for one GPU architecture with schedules by class."""

    def __init__(self, text: str, command: str | None = None, gpu_arch: str = "sm_90a", seconds: float = 600):
        self._text, self._command, self._arch, self._seconds = text, find_compiler(command), gpu_arch, seconds

    def classes(self) -> dict[str, Schedule]:
        """Class -> the default's schedule, in the order of the module. Of operations of one class that have several
        defaults the first one's."""
        _, said = self._run({}, "plan")
        found: dict[str, Schedule] = {}
        for name, schedule in _TAKES.findall(said):
            found.setdefault(name, parse(schedule))
        return found

    def compile(self, schedules: Mapping[str, Schedule]) -> bytes:
        """The artefact with these schedules, and the default's for other classes. Raises Illegal where one is not
        taken by an operation of its class, CompileError where the module does not compile."""
        artefact, said = self._run(schedules, "artefact")
        self._check(said, schedules)
        return artefact

    @staticmethod
    def _check(said: str, schedules: Mapping[str, Schedule]) -> None:
        refused = _REFUSED.search(said)
        if refused:
            raise Illegal(refused[1])
        taken = [(name, parse(text)) for name, text in _TAKES.findall(said)]
        for name, schedule in schedules.items():
            found = {s for n, s in taken if n == name}
            if found != {schedule}:
                raise Illegal(f"the compiler took {', '.join(map(str, found)) or 'nothing'} for \"{name}\"")

    def _run(self, schedules: Mapping[str, Schedule], emit: str) -> tuple[bytes, str]:
        with tempfile.TemporaryDirectory(prefix="msa-tune-") as folder:
            source, stored = os.path.join(folder, "model.mlir"), os.path.join(folder, "schedules.json")
            with open(source, "w", encoding="utf-8") as file:
                file.write(self._text)
            with open(stored, "w", encoding="utf-8") as file:
                json.dump(document([{"class": c, "schedule": str(s)} for c, s in schedules.items()]), file)
            try:
                done = subprocess.run(
                    [self._command, source, "--target=cuda", f"--gpu-arch={self._arch}", "--gpu-classes",
                     f"--emit={emit}", f"--schedules={stored}", "-o", "-"], capture_output=True, timeout=self._seconds)
            except OSError as error:
                raise CompileError(f"{self._command} does not start: {error}") from None
            except subprocess.TimeoutExpired:
                raise CompileError(f"{self._command} was not done within {self._seconds:g} s") from None
        said = done.stderr.decode(errors="replace")
        if done.returncode:
            raise CompileError(f"{self._command} failed:\n{said}")
        return done.stdout, said
