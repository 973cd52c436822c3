"""Parse, transform and compile modules. Needs the compiler half of the package.

The text is what msa-opt and msa-compile read; see docs/spec.md for the dialect.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import tempfile
import warnings
from collections.abc import Iterable

from . import cache, schedules
from .errors import CompileError, CompilerMissing, InvalidInput
from .gpu import compiled_for

__all__ = ["Artefact", "Module", "compile", "levels", "parse", "pipelines"]

Diagnostics = list[tuple[str, str, str]]

_TARGETS = ("cpu", "cuda", "oracle")
_KINDS = ("artefact", "plan", "kernels", "llvm", "ir", "asm", "ptx")


def _native():
    """The extension module, or CompilerMissing that says how to get it."""
    try:
        from . import _compiler
    except ImportError as error:
        raise CompilerMissing(
            "this installation of msa holds the runtime only: it loads artefacts and does not compile. Install msa "
            "without -C cmake.define.MSA_BUILD_COMPILER=OFF (docs/Python.md), or compile with msa-compile elsewhere. "
            f"({error})") from None
    return _compiler


class Artefact:
    """A compiled model: one file for msa.load, msa-run and the C interface.

    bytes: the content of the file.
    """

    __slots__ = ("bytes",)

    def __init__(self, data: bytes):
        self.bytes = data

    def save(self, path: str | os.PathLike) -> None:
        """Writes the file; whoever reads meanwhile sees the old one or the new one, never half of it."""
        cache.write_atomically(os.fspath(path), self.bytes, mode=0o644)

    def __len__(self) -> int:
        return len(self.bytes)

    def __repr__(self) -> str:
        return f"<msa.Artefact of {len(self.bytes)} bytes>"


class Module:
    """A verified module of the compiler. `str()` of it is its text.

    Made by `msa.parse`. Methods may be called from any thread; those of one module wait for each other.
    """

    def __init__(self, native, name: str):
        self._native, self._name = native, name

    def __str__(self) -> str:
        return self._native.print(False)

    def text(self, locations: bool = False) -> str:
        """The module's text; with `locations` each operation ends with its loc(...)."""
        return self._native.print(locations)

    def __repr__(self) -> str:
        return f"<msa.Module {self._name!r}>"

    def run(self, pipeline: str) -> Module:
        """Runs a pipeline in place, as msa-opt --pass-pipeline takes it ("msa-fuse,canonicalize"; a name of
        `msa.pipelines()` is a pipeline too). Returns the module itself.

        Raises CompileError, with a reproducer; the module is then as it was.
        """
        if not isinstance(pipeline, str):
            raise InvalidInput(f"a pipeline is text like 'msa-fuse,canonicalize', not {type(pipeline).__name__}")
        done, told = self._native.run(pipeline)
        if not done:
            inner = pipeline.strip()
            if not inner.startswith("builtin.module("):
                inner = f"builtin.module({inner})"
            raise _error("the pipeline failed", told, self.text(True),
                         f"msa-opt %s --pass-pipeline={shlex.quote(inner)}")
        _warn(told)
        return self

    def compile(self, *, target: str = "cpu", levels: str | Iterable[str] = "host",
                gpu_arch: str | Iterable[str] = "sm_80,sm_90a", gpu_mma: bool = True,
                emit: str = "artefact") -> Artefact | str:
        """As msa.compile, without the cache. With another `emit` ("plan", "kernels", "llvm", "ir", "asm", "ptx") the
        text of that phase."""
        target, levels, gpu_arch = _target(target), _levels(levels), _archs(gpu_arch)
        gpu_mma = _truth("gpu_mma", gpu_mma)
        if emit not in _KINDS:
            raise InvalidInput(f"emit is one of {', '.join(_KINDS)}, not {emit!r}")
        result, told = self._native.compile(target, levels, gpu_arch, emit, gpu_mma)
        if result is None:
            options = f"--target={target} --mcpu={levels} --gpu-arch={gpu_arch}"
            if not gpu_mma:
                options += " --gpu-mma=false"
            if emit != "artefact":
                options += f" --emit={emit}"
            raise _error("compilation failed", told, self.text(True), f"msa-compile %s {options} -o /dev/null")
        _warn(told)
        return Artefact(result) if emit == "artefact" else result.decode()


def parse(text: str, *, name: str = "<text>") -> Module:
    """Parses and verifies a module. `name` stands for the file in diagnostics.

    Raises CompileError with the place in the text of each mistake.
    """
    if not isinstance(text, str):
        raise InvalidInput(f"a module is text (str), not {type(text).__name__}")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidInput("the text holds surrogates, which UTF-8 can not express") from None
    if "\0" in text:
        raise InvalidInput("the text holds a zero character")
    module, told = _native().Module.parse(text, name)
    if module is None:
        raise _error("the module is not valid", told, text, "msa-opt %s")
    _warn(told)
    return Module(module, name)


def compile(text: str | Module, *, target: str = "cpu", levels: str | Iterable[str] = "host",
            gpu_arch: str | Iterable[str] = "sm_80,sm_90a", gpu_mma: bool = True, gpu: str | None = None) -> Artefact:
    """Compiles a module to an artefact.

    text: MLIR in the msa dialect. Public functions are entries; their arguments and results are tensors of static
        size; see msa-compile --help for the attributes of arguments.
    target: "cpu", "cuda", both as "cpu,cuda", or "oracle" (the dense meaning in scalar loops, for comparison).
    levels: CPU levels to hold code for: "host" (the best one of this machine), "all", or a list out of
        `msa.levels()`. An artefact for other machines is compiled with "all".
    gpu_arch: GPUs to hold code for, as "sm_80,sm_90a" or a list: sm_80 to sm_90 run there and on all later ones,
        sm_90a on this one only, and only for what its tensor cores have kernels for. The runtime takes the last
        one that the GPU runs.
    gpu_mma: attention in half precision on tensor cores of GPUs before sm_90a too, as far as there are kernels by
        mma.sync. Their weights are rounded to the type of the values; without it they stay in f32, and it is slower.
    gpu: the GPU whose schedules, as msa.tune has stored them (docs/Tuning.md), the code takes, where MSA_CACHE is not
        off: the name that they are stored under, or "cuda:N" (by default "cuda:0"), which is $MSA_GPU_DEVICE where that
        is set, else a GPU of this machine. Where there is none, no schedule that was measured is taken. The code runs
        on every GPU of gpu_arch all the same.

    Raises CompileError. Artefacts of the same text, options and version come from the cache (msa/cache.py).
    The GIL is released.
    """
    target, archs, gpu_mma = _target(target), _archs(gpu_arch), _truth("gpu_mma", gpu_mma)
    # Code for GPUs alone is the same for every CPU.
    options = f"target={target} levels={'' if target == 'cuda' else _levels(levels)} gpu_arch={archs} gpu_mma={gpu_mma}"
    source = text.text(True) if isinstance(text, Module) else text
    if not isinstance(source, str):
        raise InvalidInput(f"a module is text (str) or a msa.Module, not {type(text).__name__}")
    stored = schedules.stored(lambda: compiled_for(gpu)) if "cuda" in target.split(",") else []
    if stored:
        digest = hashlib.sha256(json.dumps([(e.get("class"), e.get("schedule")) for e in stored]).encode()).hexdigest()
        options += f" schedules={digest}"
    key = cache.key(source, options)
    data = cache.load(key, what=options)
    if data is not None:
        return Artefact(data)
    module = text if isinstance(text, Module) else parse(text)
    if stored:  # into a copy, if at all
        plain = module.text(True)
        tuned = schedules.attach(plain, stored, lambda text: _native().Module.parse(text, "<schedule>")[0] is not None)
        module = parse(tuned) if tuned != plain else module
    artefact = module.compile(target=target, levels=levels, gpu_arch=gpu_arch, gpu_mma=gpu_mma)
    cache.store(key, artefact.bytes)
    return artefact


def pipelines() -> dict[str, str]:
    """Name -> text of the pipelines that compilation runs, in `Module.run`'s form."""
    return _native().pipelines()


def levels() -> list[str]:
    """CPU levels that this compiler knows, from portable to special."""
    return _native().levels()


def _target(target: str) -> str:
    names = [name.strip() for name in target.split(",")] if isinstance(target, str) else list(target)
    for name in names:
        if name not in _TARGETS:
            raise InvalidInput(f"unknown target {name!r}; known are {', '.join(_TARGETS)}")
    return ",".join(names)


def _levels(wanted: str | Iterable[str]) -> str:
    native = _native()
    known = native.levels()
    if wanted == "all":
        return ",".join(known)
    if wanted == "host":
        level = native.host_level()
        if level is None:
            raise InvalidInput(f"this machine's CPU has none of the levels {', '.join(known)}; to compile for other "
                               "machines pass levels='all'")
        # AMX needs the system's permission, which a process may lack: with what it extends.
        return ",".join(name for name in known if level in (name, name + "-amx"))
    chosen = [wanted] if isinstance(wanted, str) else list(wanted)
    for name in chosen:
        if name not in known:
            raise InvalidInput(f"unknown CPU level {name!r}; known are {', '.join(known)}, and the words 'host' and "
                               "'all'")
    if not chosen:
        raise InvalidInput("levels names no CPU level; 'host' takes the one of this machine")
    # From portable to special, whatever order they came in: the runtime takes the last one that fits.
    return ",".join(name for name in known if name in chosen)


def _archs(wanted: str | Iterable[str]) -> str:
    names = [name.strip() for name in wanted.split(",")] if isinstance(wanted, str) else list(wanted)
    if not names or not all(isinstance(name, str) for name in names):
        raise InvalidInput(f"gpu_arch is text like 'sm_80,sm_90a' or a list of such names, not {wanted!r}")
    return ",".join(names)


def _truth(name: str, value: bool) -> bool:
    if not isinstance(value, bool):
        raise InvalidInput(f"{name} is True or False, not {value!r}")
    return value


def _warn(told: Diagnostics) -> None:
    for severity, location, message in told:
        if severity == "warning":
            warnings.warn(f"{location}: {message}" if location else message, stacklevel=3)


def _error(what: str, told: Diagnostics, text: str, command: str) -> CompileError:
    """The exception of a failure, with a file that repeats it."""
    lines = [what + ":"] + ["  " + (f"{location}: " if location else "") + f"{severity}: {message}"
                            for severity, location, message in told]
    path = _reproducer(told, text, command)
    if path:
        lines.append(f"To repeat it: {command.replace('%s', shlex.quote(path))}")
    return CompileError("\n".join(lines), told, path)


def _reproducer(told: Diagnostics, text: str, command: str) -> str | None:
    """Writes the module under a header with the command, in MSA_REPRODUCER_DIR or the folder for temporary files.
    The place of it is returned; None if none can be written: the failure itself is what must be told."""
    header = [f"// {command}", f"// msa {_native().version}, LLVM {_native().llvm_version}"]
    for severity, location, message in told:
        header += [f"// {line}" for line in f"{severity} {location}: {message}".splitlines()]
    folder = os.environ.get("MSA_REPRODUCER_DIR") or None
    try:
        if folder:
            os.makedirs(folder, exist_ok=True)
        fd, path = tempfile.mkstemp(prefix="msa-", suffix=".mlir", dir=folder)
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            file.write("\n".join(header) + "\n\n" + text + "\n")
    except OSError:
        return None
    return path
