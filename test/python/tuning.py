"""What the tests of msa.tune share: models, their classes and schedules, a device that is made up."""

import os
from dataclasses import replace

import pytest

import msart

pytest.importorskip("msa._compiler", reason="the Python package is not built (-DMSA_BUILD_PYTHON=ON)")

from msa.errors import CompilerMissing  # noqa: E402
from msa.tune import AttendSchedule, GemmSchedule, Measured, classes  # noqa: E402

INPUTS = os.path.join(msart.ROOT, "test", "Tools", "Inputs")
with open(os.path.join(INPUTS, "causal.mlir"), encoding="utf-8") as _file:
    CAUSAL = _file.read()
with open(os.path.join(INPUTS, "product.mlir"), encoding="utf-8") as _file:
    PRODUCT_TEXT = _file.read()
CLASS = "attend bf16 d=128 batch=1 heads=2/2 queries=512 keys=512 window=0 bank=0 #msa.causal"
DEFAULT = AttendSchedule(3, 128, 2, "lazy", False, False, True)
STACKED = AttendSchedule(1, 128, 2, "lazy", False, False, False, stacked=True, splits=8)
PRODUCT_CLASS = "gemm mk,kn->mn bf16->bf16 m=512 n=512 k=256"
PRODUCT = GemmSchedule(2, 64, 64, 8, 1, 8, 1, True)
QUICK_PRODUCT = replace(PRODUCT, columns=128, stages=6, staged=2)
QUICK, AHEAD = replace(DEFAULT, warpgroups=2, keys=64), replace(DEFAULT, ahead=True)


@pytest.fixture
def compiler():
    try:
        return classes.find_compiler()
    except CompilerMissing as error:
        pytest.skip(str(error))


class Opaque:
    """Knows one artefact of all: that one is quick."""

    device = "GPU A"

    def __init__(self, quick=b""):
        self.quick, self.compared = quick, 0

    def baseline(self, artefact):
        self.base = artefact

    def compare(self, artefact):
        assert artefact != self.base
        self.compared += 1
        return Measured("", [(1.2 if artefact == self.quick else 0.9, 1.0)])


def path_of_cache():
    return os.path.join(os.environ["MSA_CACHE_DIR"], "schedules.json")
