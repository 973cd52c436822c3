"""What test/gpu/pack_models.py packed, as tensors on a device. Needs PyTorch and the runtime half of msa."""

import json
import os
import sys

import numpy as np
import torch

import msa

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "test", "python")]

import msart  # noqa: E402


def bits(x):
    """The bytes of a tensor or array."""
    return x.cpu().contiguous().view(torch.uint8).numpy().tobytes() if isinstance(x, torch.Tensor) else x.tobytes()


def same(a, b):
    """Whether two lists of tensors are equal bit for bit."""
    return len(a) == len(b) and all(bits(x) == bits(y) for x, y in zip(a, b))


def error(got, want, valid=None):
    """Greatest |got - want| / max(|want|, rms of want) of the elements that mean something."""
    got = got.double().cpu().numpy() if isinstance(got, torch.Tensor) else got
    return msart.relative_error(got, want) if valid is None else msart.relative_error(got[valid], want[valid])


class Packed:
    """One model of the pack: its artefact, weights, and cases (lists of steps with what they must compute)."""

    def __init__(self, folder, about):
        self.name, self.about, self.cases = about["name"], about, about["cases"]
        self.path = os.path.join(folder, self.name + ".msaf")
        with np.load(os.path.join(folder, self.name + ".npz")) as z:
            self.arrays = {k: z[k] for k in z.files}

    def load(self, device):
        """The model with its weights on a device ("cpu", "cuda:0")."""
        model = msa.load(self.path, device)
        for c in model.constants:
            if f"constant/{c.name}" in self.arrays:
                model.set_constant(c.name, self.arrays[f"constant/{c.name}"])
        return model

    def session(self, model):
        """A session whose states are as PyTorch's module had them."""
        session = model.session()
        for s in model.states:
            session.set_state(s.name, self.arrays[f"initial/{s.name}"])
        return session

    def some(self, prefix):
        """The arrays PREFIX/0, PREFIX/1, ..."""
        out = []
        while f"{prefix}/{len(out)}" in self.arrays:
            out.append(self.arrays[f"{prefix}/{len(out)}"])
        return out

    def inputs(self, case, step, where):
        """PyTorch tensors on `where` ("cpu", "cuda:0"), memory of their own."""
        return [torch.from_numpy(x.copy()).to(where) for x in self.some(f"{case}/{step}/in")]

    def valid(self, case, step, index):
        return self.arrays.get(f"{case}/{step}/valid/{index}")

    def check(self, case, step, outputs, session=None):
        """The greatest error of outputs (and of states, if there is a session), in units of the case's bound."""
        bound = self.cases[case]["bound"]
        wanted = self.some(f"{case}/{step}/out")
        if len(wanted) != len(outputs):
            return float("inf")
        errors = [error(got, want, self.valid(case, step, i)) for i, (got, want) in enumerate(zip(outputs, wanted))]
        for s in session.model.states if session else []:
            if f"{case}/{step}/state/{s.name}" in self.arrays:
                errors.append(error(session.state(s.name), self.arrays[f"{case}/{step}/state/{s.name}"]))
        return max(errors) / bound

    def meaning(self, case, step, outputs):
        """The outputs without what means nothing (padding)."""
        kept = []
        for i, y in enumerate(outputs):
            valid = self.valid(case, step, i)
            kept.append(y if valid is None else y.cpu()[torch.from_numpy(valid)])
        return kept


def read(folder, only=()):
    """(models, text about what the pack lacks) of a pack."""
    folder = os.path.join(folder, "models")
    with open(os.path.join(folder, "models.json")) as f:
        known = json.load(f)
    models = [Packed(folder, about) for about in known["models"] if not only or about["name"] in only]
    return models, known["left_out"]
