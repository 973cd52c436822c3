"""Writes tensors and artefacts that msa-run must refuse into a folder."""

import pathlib
import struct
import sys

import numpy as np

folder = pathlib.Path(sys.argv[1])
good = np.arange(6, dtype=np.float32).reshape(2, 3)
np.save(folder / "good.npy", good)
np.save(folder / "shape.npy", good.reshape(3, 2))
np.save(folder / "dtype.npy", good.astype(np.float64))
np.save(folder / "complex.npy", good.astype(np.complex64))
np.save(folder / "fortran.npy", np.asfortranarray(good))
npy = (folder / "good.npy").read_bytes()
(folder / "short.npy").write_bytes(npy[:-4])
(folder / "head.npy").write_bytes(npy[:40])
(folder / "huge.npy").write_bytes(npy.replace(b"(2, 3), ", b"(9000000000000000000, 9), ", 1))
(folder / "negative.npy").write_bytes(npy.replace(b"(2, 3)", b"(-2, 3)", 1))
(folder / "text.npy").write_text("1 2 3 4 5 6\n")

model = bytearray((folder / "m.msaf").read_bytes())
(folder / "truncated.msaf").write_bytes(model[: len(model) // 2])
(folder / "empty.msaf").write_bytes(b"")
newer = bytearray(model)
newer[8:16] = struct.pack("<Q", struct.unpack("<Q", model[8:16])[0] + 1)
(folder / "newer.msaf").write_bytes(newer)
model[len(model) // 2] ^= 1
(folder / "flipped.msaf").write_bytes(model)
