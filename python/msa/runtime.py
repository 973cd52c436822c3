"""Load artefacts and run them.

A device holds models, a model holds weights and code, a session is one batch of streams with a state of its own.
Different sessions may be used by different threads at once; calls on one session wait for each other. The GIL is
released while models are loaded and while sessions step. Tensors are PyTorch tensors, NumPy arrays or anything with
__dlpack__; they are used in place. Kernels are quickest on memory that begins on a 64-byte boundary, as PyTorch's does
and as outputs that a step allocates do; NumPy's begins on 16 bytes. For a model on a GPU, tensors on that GPU are used
in place and those on the host are copied. With PyTorch's tensors on that GPU a step is enqueued in PyTorch's current
stream and not waited for.

NumPy has no bf16: arrays are uint16 with its bits.
"""

from __future__ import annotations

import contextlib
import os
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from . import _runtime
from .errors import DtypeMismatch, InvalidInput

__all__ = ["Device", "Entry", "Model", "Session", "Stream", "TensorInfo", "load"]

Run = tuple[list[int], list[int], list[Any]]


class TensorInfo(NamedTuple):
    """An input, output, state or constant. dtype is one of f64 f32 f16 bf16 i64 i32 i16 i8 i1."""

    name: str
    dtype: str
    shape: tuple[int, ...]


class Entry(NamedTuple):
    """What a step of this entry takes and returns, in order. State and weights are not among them."""

    inputs: list[TensorInfo]
    outputs: list[TensorInfo]


class Device:
    """A place to run. Made from "cpu" (all cores that the process may use), "cpu:N" (N threads) or "cuda:N" (GPU N).

    Raises UnsupportedDevice where there is none.
    """

    _known: weakref.WeakValueDictionary[tuple[int, str], Device] = weakref.WeakValueDictionary()

    def __init__(self, text: str):
        self._kind, self._number = _device(text)
        self._native = _runtime.Device(self._kind, self._number)

    @classmethod
    def get(cls, text: str | Device) -> Device:
        """The device of that name: models of one name share its threads."""
        if isinstance(text, Device):
            return text
        key = (os.getpid(), text)  # threads do not survive a fork
        device = cls._known.get(key) if isinstance(text, str) else None
        if device is None:
            device = cls(text)
            cls._known[key] = device
        return device

    @property
    def name(self) -> str:
        """"cpu, 2 threads" or "cuda:0 NVIDIA H200 (sm_90)"."""
        return self._native.name

    def __repr__(self) -> str:
        return f"<msa.Device {self.name}>"


def _device(text: str) -> tuple[str, int]:
    kind, colon, number = text.partition(":") if isinstance(text, str) else ("", "", "")
    if kind not in ("cpu", "cuda") or (colon and not number.isdecimal()):
        raise InvalidInput(f"a device is 'cpu', 'cpu:THREADS' or 'cuda:GPU', not {text!r}")
    if kind == "cpu" and colon and int(number) == 0:
        raise InvalidInput("'cpu:0' has no threads; 'cpu' takes all cores")
    # The runtime bounds the number; what does not fit an int is beyond it too.
    return kind, min(int(number or 0), 2**31 - 1)


def load(artefact: Any, device: str | Device = "cpu") -> Model:
    """Loads an artefact: a msa.Artefact, its bytes, or the path of a file.

    Raises BadArtefact (not one, damaged, of another version), UnsupportedDevice (no code for it), OutOfMemory, and
    RuntimeFailure with status MSA_IO_ERROR for a file that can not be read. An artefact holds machine code: load it
    only from where you would load a library.
    """
    where = Device.get(device)
    data = getattr(artefact, "bytes", artefact)
    if isinstance(data, (bytes, bytearray, memoryview)):
        native = _runtime.Model.load(where._native, data)
    elif isinstance(artefact, (str, os.PathLike)):
        path = os.fsencode(artefact)
        if b"\0" in path:
            raise InvalidInput("a path has no zero bytes")
        native = _runtime.Model.load_file(where._native, path)
    else:
        raise InvalidInput(f"an artefact is a msa.Artefact, bytes or a path, not {type(artefact).__name__}")
    return Model(native, where)


class Model:
    """A loaded artefact. Made by `msa.load`."""

    def __init__(self, native: _runtime.Model, device: Device):
        self._native, self._device = native, device
        self._entries = {name: Entry([TensorInfo(*i) for i in inputs], [TensorInfo(*o) for o in outputs])
                         for name, inputs, outputs in native.entries}

    @property
    def device(self) -> Device:
        return self._device

    @property
    def producer(self) -> str:
        """What wrote the artefact: "msa 0.1.0 (LLVM 22)"."""
        return self._native.producer

    @property
    def entries(self) -> dict[str, Entry]:
        """Name -> entry, in the order of the artefact."""
        return dict(self._entries)

    @property
    def states(self) -> list[TensorInfo]:
        """What a session owns and a step updates."""
        return [TensorInfo(*s) for s in self._native.states]

    @property
    def constants(self) -> list[TensorInfo]:
        """The weights."""
        return [TensorInfo(*c) for c in self._native.constants]

    @property
    def session_bytes(self) -> int:
        """Memory of a session's states on the device."""
        return self._native.session_bytes

    @property
    def scratch_bytes(self) -> int:
        """Memory that a step needs besides."""
        return self._native.scratch_bytes

    def set_constant(self, name: str, tensor: Any) -> None:
        """Replaces a weight for all sessions by a copy of the tensor, which has its dtype and shape and lies on the
        host. Steps in progress are waited for."""
        self._native.set_constant(name, tensor)

    def session(self) -> Session:
        """A new session in the initial state. Raises OutOfMemory."""
        return Session(self, self._native.session())

    def __repr__(self) -> str:
        return f"<msa.Model of {', '.join(self._entries)} on {self._device.name}>"


class Session:
    """State of one batch of streams. Made by `Model.session` and `fork`."""

    def __init__(self, model: Model, native: _runtime.Session):
        self.model, self._native = model, native

    def step(self, inputs: Sequence[Any], outputs: Sequence[Any] | None = None, entry: int | str = 0,
             keep_state: bool = False, *, stream: Any = None, wait: bool = False) -> list[Any]:
        """Runs an entry once and returns its outputs.

        With PyTorch tensors on a GPU, all of them, a step is work of PyTorch's current stream like any operation of
        PyTorch: it returns when it is enqueued there, in order with what is before and after it. What a kernel does
        wrong is raised by a later call. With tensors on the host the step is done when this returns.

        inputs: list or tuple of tensors of `Entry.inputs`' dtypes and shapes, row-major; inputs may share memory.
        outputs: tensors to write, which share memory with nothing else; or None: they are allocated, for PyTorch if
            the first input is a PyTorch tensor (on its device), else for NumPy.
        entry: name or number.
        keep_state: compute, but leave the session's state as it was.
        stream: another stream for this step than PyTorch's current one, a torch.cuda.Stream or a CUstream as a
            number (0: the default stream); as under `torch.cuda.stream(stream)`. Outputs that are made belong to that
            stream. Of tensors that are given, PyTorch is told that the stream uses them (`Tensor.record_stream`), but
            to wait for what other streams have yet to write to them is for the caller.
        wait: return when the step is done, wherever its tensors are.

        Steps of a session are done in the order of the calls, whatever their streams; see `wait` of this class.

        Raises ShapeMismatch, DtypeMismatch, InvalidInput (number of tensors, layout, device, overlap),
        GradientsNotSupported (a PyTorch tensor that requires grad while gradients are recorded) and OutOfMemory. A
        step that raises one of these has changed nothing.
        """
        if stream is None:
            return self._native.step(inputs, outputs, entry, keep_state, wait)
        with _on(stream, self.model.device) as used:
            results = self._native.step(inputs, outputs, entry, keep_state, wait, True)
            for tensor in (*inputs, *(outputs or ())):
                tensor.record_stream(used)
        return results

    def wait(self) -> None:
        """Returns when all steps of the session are done; raises what went wrong in them. All else that reads or
        writes its state from the host (`reset`, `fork`, `state`, `set_state`, `export`, `restore`, streams) does too."""
        self._native.wait()

    def reset(self) -> None:
        """Back to the model's initial state."""
        self._native.reset()

    def fork(self) -> Session:
        """A new session with a copy of the state."""
        return Session(self.model, self._native.fork())

    def state(self, name: str, out: Any = None) -> Any:
        """A copy of a state: in `out` (a tensor on the host), or in a new NumPy array."""
        return self._native.state(name, out)

    def set_state(self, name: str, tensor: Any) -> None:
        """Overwrites a state with a copy of the tensor, which lies on the host."""
        self._native.set_state(name, tensor)

    def export(self) -> bytes:
        """All state as checked bytes, for `restore` of any session of the same model on any device."""
        return self._native.export()

    def restore(self, data: bytes) -> None:
        """Takes what `export` gave. Raises IncompatibleState and changes nothing if it does not fit."""
        self._native.restore(data)

    def stream(self, entry: int | str = 0) -> Stream:
        """A stream of tokens to an entry (see Stream). While it is used the session is stepped by it alone."""
        return Stream(self, _runtime.Stream(self._native, entry))


class Stream:
    """Feeds tokens of any number to an entry with the inputs tokens B x S (i32 or i64) and, where it has them,
    position B and length B (i64).

    Each of the B rows is a stream of its own. Tokens of an unfinished segment of S are held back, so that the calls in
    which tokens arrive do not change a bit of the results.

    A result is (positions, lengths, outputs): row r computed lengths[r] tokens from positions[r] on (0: it did not take
    part); outputs are NumPy arrays in the entry's order.
    """

    def __init__(self, session: Session, native: _runtime.Stream):
        self.session, self._native = session, native

    @property
    def rows(self) -> int:
        return self._native.rows

    @property
    def segment(self) -> int:
        """Tokens of a segment, S."""
        return self._native.segment

    def feed(self, tokens: Any, row: int = 0, each: Callable[[Run], Any] | None = None) -> list[Run]:
        """Appends tokens (integers: list, array or tensor of one dimension) to a row and runs what is complete.

        Returns the results; with `each` they are passed to it one by one as they come and the list is empty, so that
        a long text needs no memory for all of its outputs.
        """
        array, results = _tokens(tokens), []
        row = _row(row)
        for begin in range(0, max(len(array), 1), self.segment):
            for run in self._native.feed(array[begin:begin + self.segment], row):
                results.append(run) if each is None else each(run)
        return results

    def flush(self, keep: bool = False) -> list[Run]:
        """Runs the unfinished segments. With `keep` it is a look only: state and pending tokens stay."""
        return self._native.flush(keep)

    def position(self, row: int = 0) -> int:
        """Tokens of the row that are in the state."""
        return self._native.position(_row(row))

    def pending(self, row: int = 0) -> int:
        """Tokens of the row's unfinished segment."""
        return self._native.pending(_row(row))

    def set_position(self, position: int, row: int = 0) -> None:
        """For a session whose state was set by other means; the row's pending tokens are dropped."""
        if not isinstance(position, int) or not 0 <= position < 2**63:
            raise InvalidInput(f"a position is a number from 0 to 2**63 - 1, not {position!r}")
        self._native.set_position(position, _row(row))

    def export(self) -> bytes:
        """The session's state, positions and pending tokens as checked bytes."""
        return self._native.export()

    def restore(self, data: bytes) -> None:
        """Takes what `export` of a stream of the same entry gave. Raises IncompatibleState and changes nothing if it
        does not fit."""
        self._native.restore(data)


@contextlib.contextmanager
def _on(stream: Any, device: Device) -> Iterator[Any]:
    """Makes a stream of the device, a torch.cuda.Stream or a handle, PyTorch's current one; gives the former."""
    if device._kind != "cuda":
        raise InvalidInput(f"a stream is of a GPU, and the model is on {device.name}: leave it out")
    import torch
    if isinstance(stream, int) and not isinstance(stream, bool) and 0 <= stream < 2**64:
        # PyTorch takes an external stream 0 for none.
        stream = (torch.cuda.ExternalStream(stream, device._number) if stream else
                  torch.cuda.default_stream(device._number))
    elif not isinstance(stream, torch.cuda.Stream):
        raise InvalidInput(f"a stream is a torch.cuda.Stream or a CUstream as a number, not {stream!r}")
    if stream.device.index != device._number:
        raise InvalidInput(f"the stream is of {stream.device}, the model on cuda:{device._number}")
    with torch.cuda.stream(stream):
        yield stream


def _row(row: int) -> int:
    if not isinstance(row, int) or not 0 <= row < 2**63:
        raise InvalidInput(f"a row is a number from 0, not {row!r}")
    return row


def _tokens(tokens: Any) -> Any:
    import numpy
    array = numpy.asarray(tokens)
    if array.size == 0:
        array = array.astype(numpy.int64)  # [] is of floats
    if array.dtype.kind not in "iu":
        raise DtypeMismatch(f"tokens are integers, not {array.dtype}", "MSA_DTYPE_MISMATCH")
    if array.ndim != 1:
        raise InvalidInput(f"tokens of one row have one dimension, not {array.ndim}")
    if array.dtype == numpy.uint64 and array.size and int(array.max()) >= 2**63:
        raise InvalidInput("a token does not fit in 64 bits with sign")
    return numpy.ascontiguousarray(array, numpy.int64)
