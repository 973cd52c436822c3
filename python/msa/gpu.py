"""The name of a GPU that measured schedules are stored under (docs/Tuning.md): model, compute capability and number of
multiprocessors, "NVIDIA H200, sm_90, 132 multiprocessors". As lib/Driver/HostGpu.cpp, of the same driver."""

from __future__ import annotations

import functools
import os
import subprocess
import sys

_MULTIPROCESSORS, _MAJOR, _MINOR = 16, 75, 76  # CU_DEVICE_ATTRIBUTE_...


def compiled_for(gpu: str | None = None) -> str:
    """The name of the GPU that is compiled for: of "cuda:N" (by default "cuda:0") $MSA_GPU_DEVICE, where that is set,
    else that of this machine's GPU, "" where there is none; of any other text that itself."""
    kind, _, number = (gpu or "cuda:0").partition(":")
    if kind != "cuda" or not (number or "0").isdecimal():
        return gpu
    return os.environ.get("MSA_GPU_DEVICE") or at_hand(int(number or 0))


@functools.cache
def at_hand(number: int = 0) -> str:
    """The name of GPU `number` of this machine; "" where there is none.

    A process of its own asks the driver: once that is initialized here, no process that is forked later could use
    it."""
    command = [sys.executable or "python3", "-I", "-S", os.path.abspath(__file__), str(number)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def _ask(number: int) -> str:
    import ctypes
    driver = ctypes.CDLL("libcuda.so.1")
    device, value, model = ctypes.c_int(), ctypes.c_int(), ctypes.create_string_buffer(128)

    def call(name: str, *arguments) -> None:
        if getattr(driver, name)(*arguments) != 0:
            raise OSError(name)
    call("cuInit", ctypes.c_uint(0))
    call("cuDeviceGet", ctypes.byref(device), ctypes.c_int(number))
    call("cuDeviceGetName", model, ctypes.c_int(len(model) - 1), device)
    found = []
    for attribute in (_MAJOR, _MINOR, _MULTIPROCESSORS):
        call("cuDeviceGetAttribute", ctypes.byref(value), ctypes.c_int(attribute), device)
        found.append(value.value)
    return f"{model.value.decode()}, sm_{10 * found[0] + found[1]}, {found[2]} multiprocessors"


if __name__ == "__main__":
    try:
        sys.stdout.write(_ask(int(sys.argv[1])))
    except (OSError, AttributeError):  # no driver, or none that knows such a GPU
        sys.exit(1)
