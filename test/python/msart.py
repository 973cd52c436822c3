"""The runtime's C interface through ctypes, for tests and benchmarks.

Tensors are NumPy arrays; bf16 is carried as uint16. Errors of the runtime
become `RuntimeFailure` with the status' name. Paths come from the environment
variable MSA_BUILD (the build folder), by default `build` in the repository.
"""

import ctypes as ct
import os
import subprocess
import tempfile

import numpy as np

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("MSA_BUILD", os.path.join(ROOT, "build"))
COMPILE = os.path.join(BUILD, "bin", "msa-compile")
OPT = os.path.join(BUILD, "bin", "msa-opt")
RUN = os.path.join(BUILD, "bin", "msa-run")

DTYPES = {"f64": 1, "f32": 2, "f16": 3, "bf16": 4, "i64": 5, "i32": 6, "i16": 7, "i8": 8, "i1": 9}
NUMPY = {"f64": np.float64, "f32": np.float32, "f16": np.float16, "bf16": np.uint16,
         "i64": np.int64, "i32": np.int32, "i16": np.int16, "i8": np.int8, "i1": np.uint8}
DISCARD = 1  # a flag of steps: MSA_STEP_DISCARD_STATE
NAMES = {v: k for k, v in DTYPES.items()}


class RuntimeFailure(Exception):
    def __init__(self, status, message):
        super().__init__(f"{status}: {message}")
        self.status = status


class _Tensor(ct.Structure):
    _fields_ = [("dtype", ct.c_int), ("rank", ct.c_int32), ("shape", ct.POINTER(ct.c_int64)),
                ("data", ct.c_void_p), ("on_device", ct.c_int32)]


class _Info(ct.Structure):
    _fields_ = [("name", ct.c_char_p), ("dtype", ct.c_int), ("rank", ct.c_int32),
                ("shape", ct.POINTER(ct.c_int64)), ("bytes", ct.c_size_t)]

    def unpack(self):
        return self.name.decode(), NAMES[self.dtype], tuple(self.shape[: self.rank])


CALLBACK = ct.CFUNCTYPE(None, ct.c_void_p, ct.POINTER(ct.c_int64), ct.POINTER(ct.c_int64),
                        ct.POINTER(_Tensor), ct.c_size_t)


def _load():
    lib = ct.CDLL(os.path.join(BUILD, "lib", "libmsa_runtime.so"))
    p, s, i = ct.c_void_p, ct.c_size_t, ct.c_int32
    pp = ct.POINTER(p)
    for name, result, arguments in [
        ("status_name", ct.c_char_p, [ct.c_int]), ("last_error", ct.c_char_p, []),
        ("version", ct.c_char_p, []),
        ("device_create", ct.c_int, [ct.c_int, i, pp]), ("device_destroy", None, [p]),
        ("device_name", ct.c_char_p, [p]),
        ("model_load", ct.c_int, [p, ct.c_char_p, s, pp]), ("model_destroy", None, [p]),
        ("model_load_file", ct.c_int, [p, ct.c_char_p, pp]),
        ("model_entry_count", s, [p]), ("model_entry_name", ct.c_char_p, [p, s]),
        ("model_input_count", s, [p, s]), ("model_output_count", s, [p, s]),
        ("model_input", ct.c_int, [p, s, s, ct.POINTER(_Info)]),
        ("model_output", ct.c_int, [p, s, s, ct.POINTER(_Info)]),
        ("model_state_count", s, [p]), ("model_state", ct.c_int, [p, s, ct.POINTER(_Info)]),
        ("model_constant_count", s, [p]), ("model_constant", ct.c_int, [p, s, ct.POINTER(_Info)]),
        ("model_set_constant", ct.c_int, [p, s, p, s]),
        ("model_session_bytes", s, [p]), ("model_scratch_bytes", s, [p]),
        ("session_create", ct.c_int, [p, pp]), ("session_destroy", None, [p]),
        ("session_reset", ct.c_int, [p]), ("session_fork", ct.c_int, [p, pp]),
        ("session_step", ct.c_int, [p, s, ct.POINTER(_Tensor), s, ct.POINTER(_Tensor), s, ct.c_uint32]),
        ("session_get_state", ct.c_int, [p, s, p, s]),
        ("session_set_state", ct.c_int, [p, s, p, s]),
        ("session_export", ct.c_int, [p, p, s, ct.POINTER(s)]),
        ("session_import", ct.c_int, [p, ct.c_char_p, s]),
        ("stream_create", ct.c_int, [p, s, pp]), ("stream_destroy", None, [p]),
        ("stream_rows", s, [p]), ("stream_segment", s, [p]),
        ("stream_feed", ct.c_int, [p, s, p, s, CALLBACK, p]),
        ("stream_flush", ct.c_int, [p, i, CALLBACK, p]),
        ("stream_position", ct.c_int64, [p, s]),
        ("stream_export", ct.c_int, [p, p, s, ct.POINTER(s)]),
        ("stream_import", ct.c_int, [p, ct.c_char_p, s]),
        ("stream_set_position", ct.c_int, [p, s, ct.c_int64]),
    ]:
        f = getattr(lib, "msa_" + name)
        f.restype, f.argtypes = result, arguments
    return lib


_lib = None


def lib():
    global _lib
    if _lib is None:
        _lib = _load()
    return _lib


def check(status):
    if status:
        raise RuntimeFailure(lib().msa_status_name(status).decode(), lib().msa_last_error().decode())


def compile_text(text, targets="cpu", extra=()):
    """Artefact bytes of a module. Raises CalledProcessError with stderr."""
    with tempfile.TemporaryDirectory() as folder:
        source, out = os.path.join(folder, "m.mlir"), os.path.join(folder, "m.msaf")
        with open(source, "w") as f:
            f.write(text)
        done = subprocess.run([COMPILE, source, f"--target={targets}", "-o", out, *extra], capture_output=True,
                              text=True, env={**os.environ, "MSA_CACHE": "off"})  # no schedules of whoever runs this
        if done.returncode:
            raise RuntimeError(f"msa-compile: {done.returncode}\n{done.stderr[:4000]}")
        with open(out, "rb") as f:
            return f.read()


class Device:
    def __init__(self, kind="cpu", number=0):
        self.handle = ct.c_void_p()
        check(lib().msa_device_create({"cpu": 1, "cuda": 2}[kind], number, ct.byref(self.handle)))

    @property
    def name(self):
        return lib().msa_device_name(self.handle).decode()

    def __del__(self):
        if self.handle:
            lib().msa_device_destroy(self.handle)


class Model:
    def __init__(self, device, data):
        self.device, self.handle = device, ct.c_void_p()
        check(lib().msa_model_load(device.handle, data, len(data), ct.byref(self.handle)))
        self.entries = {lib().msa_model_entry_name(self.handle, e).decode(): e
                        for e in range(lib().msa_model_entry_count(self.handle))}

    def _infos(self, kind, *where):
        info, infos = _Info(), []
        for k in range(getattr(lib(), f"msa_model_{kind}_count")(self.handle, *where)):
            check(getattr(lib(), f"msa_model_{kind}")(self.handle, *where, k, ct.byref(info)))
            infos.append(info.unpack())
        return infos

    def inputs(self, entry):
        return self._infos("input", self.entries[entry])

    def outputs(self, entry):
        return self._infos("output", self.entries[entry])

    def states(self):
        return self._infos("state")

    def constants(self):
        return self._infos("constant")

    def set_constant(self, name, array):
        index = [c[0] for c in self.constants()].index(name)
        array = np.ascontiguousarray(array)
        check(lib().msa_model_set_constant(self.handle, index, array.ctypes.data, array.nbytes))

    def __del__(self):
        if self.handle:
            lib().msa_model_destroy(self.handle)


def aligned(shape, dtype):
    """An uninitialised array on a 64-byte boundary, where vectors do not straddle cache lines."""
    n = int(np.prod(shape)) * np.dtype(dtype).itemsize
    raw = np.empty(n + 64, np.uint8)
    at = -raw.ctypes.data % 64
    return raw[at: at + n].view(dtype).reshape(shape)


def _tensor(dtype, array):
    shape = (ct.c_int64 * max(array.ndim, 1))(*array.shape)
    t = _Tensor(DTYPES[dtype], array.ndim, shape, array.ctypes.data, 0)
    t._keep = (shape, array)
    return t


class Session:
    def __init__(self, model, handle=None):
        self.model, self.handle = model, handle or ct.c_void_p()
        if handle is None:
            check(lib().msa_session_create(model.handle, ct.byref(self.handle)))

    def __del__(self):
        if self.handle:
            lib().msa_session_destroy(self.handle)

    def prepare(self, entry, inputs):
        """A function without arguments that makes one step, and its outputs."""
        infos = self.model.inputs(entry)
        if isinstance(inputs, dict):
            inputs = [inputs[name] for name, _, _ in infos]
        arrays = []
        for (name, dtype, shape), value in zip(infos, inputs):
            array = aligned(np.shape(value), NUMPY[dtype])
            array[...] = value
            arrays.append((dtype, array))
        outs = [(n, d, aligned(s, NUMPY[d])) for n, d, s in self.model.outputs(entry)]
        ins = (_Tensor * max(len(arrays), 1))(*[_tensor(d, a) for d, a in arrays])
        out = (_Tensor * max(len(outs), 1))(*[_tensor(d, a) for _, d, a in outs])
        keep = [_tensor(d, a)._keep for d, a in arrays]
        keep_ins = [(_tensor(d, a)) for d, a in arrays] + [_tensor(d, a) for _, d, a in outs]
        for k, t in enumerate(keep_ins):
            if k < len(arrays):
                ins[k] = t
            else:
                out[k - len(arrays)] = t
        index, n = self.model.entries[entry], len(arrays)

        def run(flags=0):
            check(lib().msa_session_step(self.handle, index, ins, n, out, len(outs), flags))

        run.keep, run.inputs = (keep, keep_ins), arrays
        return run, {name: array for name, _, array in outs}

    def step(self, entry, inputs, flags=0):
        run, outputs = self.prepare(entry, inputs)
        run(flags)
        return outputs

    def get_state(self, name):
        infos = self.model.states()
        index = [s[0] for s in infos].index(name)
        array = np.empty(infos[index][2], NUMPY[infos[index][1]])
        check(lib().msa_session_get_state(self.handle, index, array.ctypes.data, array.nbytes))
        return array

    def set_state(self, name, value):
        infos = self.model.states()
        index = [s[0] for s in infos].index(name)
        array = np.ascontiguousarray(value, NUMPY[infos[index][1]])
        check(lib().msa_session_set_state(self.handle, index, array.ctypes.data, array.nbytes))

    def reset(self):
        check(lib().msa_session_reset(self.handle))

    def fork(self):
        handle = ct.c_void_p()
        check(lib().msa_session_fork(self.handle, ct.byref(handle)))
        return Session(self.model, handle)

    def export(self):
        return _blob(lib().msa_session_export, self.handle)

    def restore(self, data):
        check(lib().msa_session_import(self.handle, data, len(data)))


def _blob(export, handle):
    size = ct.c_size_t()
    check(export(handle, None, 0, ct.byref(size)))
    data = ct.create_string_buffer(size.value)
    check(export(handle, data, size.value, ct.byref(size)))
    return data.raw


class Stream:
    """Feeds tokens; `results` collects (positions, lengths, outputs) of each run."""

    def __init__(self, session, entry):
        self.session, self.handle = session, ct.c_void_p()
        check(lib().msa_stream_create(session.handle, session.model.entries[entry], ct.byref(self.handle)))
        self.rows = lib().msa_stream_rows(self.handle)
        self.segment = lib().msa_stream_segment(self.handle)
        self.results = []
        names = [name for name, _, _ in session.model.outputs(entry)]

        def collect(_, positions, lengths, outputs, count):
            got = {}
            for k in range(count):
                t = outputs[k]
                dtype = np.dtype(NUMPY[NAMES[t.dtype]])
                shape = tuple(t.shape[: t.rank])
                raw = ct.string_at(t.data, int(np.prod(shape)) * dtype.itemsize)
                got[names[k]] = np.frombuffer(raw, dtype).reshape(shape)
            self.results.append((list(positions[: self.rows]), list(lengths[: self.rows]), got))

        self._callback = CALLBACK(collect)

    def __del__(self):
        if self.handle:
            lib().msa_stream_destroy(self.handle)

    def feed(self, tokens, row=0):
        array = np.ascontiguousarray(tokens, np.int64)
        check(lib().msa_stream_feed(self.handle, row, array.ctypes.data, array.size, self._callback, None))

    def flush(self, keep=False):
        check(lib().msa_stream_flush(self.handle, int(keep), self._callback, None))

    def export(self):
        return _blob(lib().msa_stream_export, self.handle)

    def restore(self, blob):
        check(lib().msa_stream_import(self.handle, blob, len(blob)))

    def position(self, row=0):
        return lib().msa_stream_position(self.handle, row)

    def set_position(self, position, row=0):
        check(lib().msa_stream_set_position(self.handle, row, position))


def to_bf16(x):
    """Round to nearest even, as uint16."""
    bits = np.ascontiguousarray(x, np.float32).view(np.uint32).astype(np.uint64)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def from_bf16(x):
    return (x.astype(np.uint32) << 16).view(np.float32)


def relative_error(actual, expected):
    """Greatest |a - b| / max(|b|, rms b); equal infinities and NaNs count as equal."""
    a, b = np.asarray(actual, np.float64), np.asarray(expected, np.float64)
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    finite = np.isfinite(a) & np.isfinite(b)
    if np.any(~same & ~finite):
        return float("inf")
    f = b[np.isfinite(b)]
    rms = np.sqrt(np.mean(f * f)) if f.size else 0.0
    scale = np.maximum(np.abs(b), max(rms, 1e-300))
    with np.errstate(invalid="ignore"):
        error = np.where(same, 0.0, np.abs(a - b) / scale)
    return float(np.max(error)) if error.size else 0.0
