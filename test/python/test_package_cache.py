"""The Python package: the cache of artefacts."""

import os
import stat
import subprocess

import pytest

from conftest import BUILD, HERE, ROOT
from package import COUNTER, DOUBLE, own_folders, python, msa  # noqa: F401 (fixtures)


def entries(folder):
    return sorted(f for f in os.listdir(folder) if f != "compiler") if os.path.isdir(folder) else []


def test_cache_on_off_require(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("MSA_CACHE", "off")
    first = msa.compile(COUNTER)
    assert entries(folder) == []
    monkeypatch.setenv("MSA_CACHE", "require")
    with pytest.raises(msa.CompileError, match="MSA_CACHE=require"):
        msa.compile(COUNTER)
    monkeypatch.setenv("MSA_CACHE", "on")
    assert msa.compile(COUNTER).bytes == first.bytes
    assert len(entries(folder)) == 1
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    assert stat.S_IMODE(os.stat(folder / entries(folder)[0]).st_mode) == 0o600
    monkeypatch.setenv("MSA_CACHE", "require")
    assert msa.compile(COUNTER).bytes == first.bytes
    with pytest.raises(msa.CompileError):
        msa.compile(COUNTER, levels="all" if len(msa.levels()) > 1 else "host", target="oracle")
    with pytest.raises(msa.CompileError):
        msa.compile(COUNTER + "\n")
    monkeypatch.setenv("MSA_CACHE", "sometimes")
    with pytest.raises(msa.InvalidInput, match="sometimes"):
        msa.compile(COUNTER)


def test_cache_damage_and_collisions_are_misses(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    one, other = msa.compile(COUNTER), msa.compile(DOUBLE.format(t="f32", op="addf"))
    names = entries(folder)
    contents = [(folder / name).read_bytes() for name in names]
    for bad in (contents[1], b"", contents[0][:-1], contents[0][:-1] + bytes([contents[0][-1] ^ 1])):
        # As if the other model had the same key, the disk were full, or a bit had flipped.
        (folder / names[0]).write_bytes(bad)
        assert msa.compile(COUNTER).bytes == one.bytes
        assert msa.compile(DOUBLE.format(t="f32", op="addf")).bytes == other.bytes
        assert (folder / names[0]).read_bytes() == contents[0], "the entry was made anew"


def test_cache_of_others_is_not_used(tmp_path):
    folder = tmp_path / "cache"
    folder.mkdir(mode=0o755)
    os.chmod(folder, 0o755)
    with pytest.warns(UserWarning, match="chmod 700"):
        msa.compile(COUNTER)
    assert entries(folder) == []


def test_cache_that_can_not_be_made(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MSA_CACHE_DIR", str(tmp_path / "file" / "cache"))
    assert len(msa.compile(COUNTER)) > 0


def test_keys_differ():
    seen = {msa.cache.key(text, options) for text in ("", "a", "ab") for options in ("", "a", "b", "ab")}
    assert len(seen) == 12


def test_the_runtime_half_takes_what_was_compiled_elsewhere(tmp_path):
    """Code for GPUs, for which the machine's CPU does not matter."""
    (tmp_path / "text").write_text(COUNTER)
    look = f"""
import sys
sys.modules["msa._compiler"] = None  # as where only the runtime half is installed
import msa
try:
    print(msa.compile(open({str(tmp_path / "text")!r}).read(), target="cuda").bytes.hex())
except msa.CompileError as error:
    print(type(error).__name__)
"""
    for mode in ("on", "off", "require"):
        assert python(look, MSA_CACHE=mode) == "CompilerMissing", "nothing is there yet"
    kept = msa.compile(COUNTER, target="cuda").bytes.hex()
    for mode in ("on", "require"):
        assert python(look, MSA_CACHE=mode) == kept
    assert python(look, MSA_CACHE="off") == "CompilerMissing"
    (tmp_path / "text").write_text(COUNTER + "\n")
    assert python(look, MSA_CACHE="require") == "CompileError"
    assert python(look, MSA_CACHE="on") == "CompilerMissing"


FOLDER = os.environ.get("MSA_CACHE_DIR")  # before a fixture gives each test its own


def test_tests_have_a_folder_of_their_own():
    """Below the build folder, whatever the user has chosen: what they read of the user's cache would be tested too."""
    assert FOLDER == os.path.join(os.path.abspath(BUILD), "test-cache")
    told = python(f"import os, sys; sys.path.insert(0, {HERE!r}); import conftest; print(os.environ['MSA_CACHE_DIR'])",
                  MSA_CACHE_DIR="/elsewhere")
    assert told == FOLDER


def test_packs_are_compiled_without_the_cache(tmp_path):
    """scripts/gpu-pack, with an interpreter that only writes down what it is told: neither artefacts nor schedules of
    whoever packs go into a pack."""
    log, fake = tmp_path / "log", tmp_path / "python"
    fake.write_text(f'#!/bin/sh\necho "$MSA_CACHE $1" >>{log}\n')
    fake.chmod(0o755)
    (tmp_path / "CMakeCache.txt").write_text(f"Python_EXECUTABLE:FILEPATH={fake}\n")
    done = subprocess.run([os.path.join(ROOT, "scripts", "gpu-pack"), "--help"], capture_output=True, text=True,
                          env={**os.environ, "MSA_BUILD": str(tmp_path), "MSA_CACHE": "on"})
    assert done.returncode == 0, done.stderr
    assert log.read_text().splitlines() == ["off -c", "off test/gpu/pack_models.py"]
