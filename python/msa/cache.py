"""The cache of artefacts, on disk.

Environment:
    MSA_CACHE       on (default); off: nothing is read or written; require: what is not there is an error (for
                    machines that must not compile, and for tests).
    MSA_CACHE_DIR   folder; ~/.cache/msa (or $XDG_CACHE_HOME/msa) by default.

A key is the SHA-256 of the text, the options and the compiler's identity (version and a digest of the extension
module, so that a rebuilt compiler never meets artefacts of the one before). The folder's file "compiler" names the
compiler that wrote there last: where only the runtime half is installed, keys are of that one, so that a folder which
was filled elsewhere serves. An entry is one file that begins with
its key and the checksum of what follows: a damaged or foreign file is a miss. Artefacts hold machine code, so the
folder is the user's alone (0700) and is not used where it is not.
"""

from __future__ import annotations

import functools
import hashlib
import os
import stat
import tempfile
import warnings

from .errors import CompileError, InvalidInput

_MAGIC = b"msacache1\n"
_COMPILER = "compiler"


def mode() -> str:
    value = os.environ.get("MSA_CACHE", "on").lower()
    if value not in ("on", "off", "require"):
        raise InvalidInput(f"MSA_CACHE is on, off or require, not {value!r}")
    return value


def directory() -> str:
    """The folder; it need not exist."""
    chosen = os.environ.get("MSA_CACHE_DIR")
    if chosen:
        return chosen
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "msa")


@functools.cache
def _own_identity() -> str | None:
    """Of the compiler that is installed; None without one."""
    try:
        from . import _compiler
    except ImportError:
        return None
    with open(_compiler.__file__, "rb") as file:
        return f"{_compiler.version} {hashlib.file_digest(file, 'sha256').hexdigest()}" \
            if hasattr(hashlib, "file_digest") else f"{_compiler.version} {hashlib.sha256(file.read()).hexdigest()}"


def _identity() -> str:
    own = _own_identity()
    if own is not None:
        return own
    if mode() != "off" and is_private(directory(), create=False):
        try:
            with open(os.path.join(directory(), _COMPILER), encoding="utf-8") as file:
                return file.read()
        except OSError:
            pass
    from .compiler import _native
    _native()  # says that there is none
    raise AssertionError


def key(text: str, options: str) -> str:
    """Hexadecimal digits; parts are length-prefixed, so that no two differ only in where they are cut. Raises
    CompilerMissing where there is no compiler and no folder that one has filled."""
    digest = hashlib.sha256()
    for part in (_identity(), options, text):
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()


def is_private(folder: str, create: bool) -> bool:
    """Whether the folder belongs to this user and nobody else can write or read it."""
    try:
        if create:
            os.makedirs(folder, mode=0o700, exist_ok=True)
        info = os.stat(folder)
    except OSError:
        return False
    if not stat.S_ISDIR(info.st_mode):
        return False
    if info.st_uid == os.getuid() and stat.S_IMODE(info.st_mode) & 0o077 == 0:
        return True
    warnings.warn(f"the cache folder {folder} is open to other users and is not used; chmod 700 it, or set "
                  "MSA_CACHE_DIR to a folder of your own", stacklevel=4)
    return False


def load(key: str, what: str = "") -> bytes | None:
    """The artefact, or None. In mode "require" CompileError instead of None."""
    wanted = mode()
    if wanted == "off":
        return None
    folder, data = directory(), None
    if is_private(folder, create=False):
        try:
            with open(os.path.join(folder, key + ".msaf"), "rb") as file:
                data = _open(key, file.read())
        except OSError:
            pass
    if data is None and wanted == "require":
        raise CompileError(f"MSA_CACHE=require, and {folder} has no artefact {key} ({what}). Compile it once with "
                           "MSA_CACHE=on and the same version of msa")
    return data


def store(key: str, data: bytes) -> None:
    """Keeps an artefact. A folder that can not be written is no error: the cache only saves time."""
    if mode() == "off":
        return
    folder = directory()
    if not is_private(folder, create=True):
        return
    head = _MAGIC + bytes.fromhex(key) + hashlib.sha256(data).digest()
    try:
        write_atomically(os.path.join(folder, key + ".msaf"), head + data, mode=0o600)
        write_atomically(os.path.join(folder, _COMPILER), _identity().encode(), mode=0o600)
    except OSError:
        pass


def _open(key: str, entry: bytes) -> bytes | None:
    head, data = entry[:len(_MAGIC) + 64], entry[len(_MAGIC) + 64:]
    if head != _MAGIC + bytes.fromhex(key) + hashlib.sha256(data).digest():
        return None
    return data


def write_atomically(path: str, data: bytes, mode: int) -> None:
    """Writes aside, then renames."""
    fd, aside = tempfile.mkstemp(prefix=".msa-", dir=os.path.dirname(os.path.abspath(path)))
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(data)
            os.fchmod(file.fileno(), mode)
        os.replace(aside, path)
    except BaseException:
        os.unlink(aside)
        raise
