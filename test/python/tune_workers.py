"""What the process of msa.tune.worker is asked to make in test_tune_measure.py: `factory`."""

import os
import time

from msa.errors import InvalidInput, UnsupportedDevice
from msa.tune import Measured


class Echo:
    """The gain is the first byte over that of the baseline; some artefacts do worse."""

    def __init__(self, device, inputs=None):
        if device == "none":
            raise UnsupportedDevice("there is no such device", "MSA_NO_DEVICE")
        self.device = f"echo of {device}"
        print("a library prints this")

    def baseline(self, artefact):
        self.base = artefact[0]

    def compare(self, artefact):
        if artefact == b"dies":
            os._exit(7)
        if artefact == b"hangs":
            time.sleep(600)
        if artefact == b"invalid":
            raise InvalidInput("an argument is wrong")
        if artefact == b"faults":
            raise RuntimeError("CUDA error: an illegal memory access")
        return Measured("", [(float(artefact[0]), float(self.base))])
