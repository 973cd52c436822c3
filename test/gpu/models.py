#!/usr/bin/env python3
"""Runs whole PyTorch models that test/gpu/pack_models.py compiled, through the Python package:

    PYTHONPATH=build-runtime/python python3 test/gpu/models.py build/gpu-pack --json result.json
        [--device cuda:0] [--only llama,stream] [--small]

Needs PyTorch and the runtime half of msa; no compiler. With --json the result goes into the file under "models",
beside what is there. --device cpu runs the same where there is no GPU. --small leaves out what takes slow checkers too long.

Every part below returns (numbers to report, list of what is wrong)."""

import argparse
import json
import os
import platform
import sys
import threading
import time
import traceback

import numpy as np
import torch

import msa

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import library  # noqa: E402
import ordered  # noqa: E402
import packed  # noqa: E402
from packed import bits, error, same  # noqa: E402


class Context:
    """What the parts share: the pack, the device under test (msa and PyTorch name it alike) and another one."""

    def __init__(self, folder, device, only, small):
        self.folder, self.device, self.small = os.path.join(folder, "models"), device, small
        self.cuda = device.startswith("cuda")
        self.where = torch.device(device if self.cuda else "cpu")
        self.other = "cpu" if self.cuda else "cpu:1"
        self.models, self.left_out = packed.read(folder, only)
        self.loaded = {}

    def load(self, item, device=None):
        key = (item.name, device or self.device)
        if key not in self.loaded:
            self.loaded[key] = item.load(key[1])
        return self.loaded[key]

    def session(self, item, device=None):
        return item.session(self.load(item, device))

    def named(self, key):
        """Models whose description has `key`."""
        return [m for m in self.models if key in m.about]

    def cases(self, item):
        """(case, number of steps), fewer for slow checkers."""
        every = [(case, known["steps"]) for case, known in item.cases.items()]
        return [(case, min(steps, 2)) for case, steps in every[:1]] if self.small else every

    def artefact(self, name):
        return os.path.join(self.folder, name + ".msaf")

    def synchronize(self):
        if self.cuda:
            torch.cuda.synchronize(self.where)


def numerics(c):
    """Against PyTorch in float64, states too; the same bits a second time and with tensors on the host."""
    report, wrong = {}, []
    for item in c.models:
        worst = 0.0
        for case, steps in c.cases(item):
            session, again, host = c.session(item), c.session(item), c.session(item)
            for step in range(steps):
                out = session.step(item.inputs(case, step, c.where))
                if any(y.device != c.where for y in out):
                    wrong.append(f"{item.name}: outputs are not where the inputs are")
                found = item.check(case, step, out, session)
                if not found <= 1:
                    wrong.append(f"{item.name} {case}, step {step}: {found:.3g} times the bound")
                worst = max(worst, found)
                if not same(out, again.step(item.inputs(case, step, c.where))):
                    wrong.append(f"{item.name} {case}, step {step}: two runs differ in their bits")
                if not same(out, host.step(item.inputs(case, step, "cpu"))):
                    wrong.append(f"{item.name} {case}, step {step}: tensors on the host give other bits")
            if not session.export() == again.export() == host.export():
                wrong.append(f"{item.name} {case}: states differ in their bits")
        report[item.name] = {"worst_of_bound": worst, "bound": max(k["bound"] for k in item.cases.values())}
    return report, wrong


def lengths(c):
    """Of a model of one capacity: what lies behind the true length changes no bit, nor do later tokens."""
    wrong = []
    for item in c.named("length"):
        padded, of = item.about["length"]["padded"], item.about["length"]["of"]
        for case, _ in c.cases(item):
            inputs = item.inputs(case, 0, c.where)
            session, n = c.session(item), int(inputs[of])
            before = session.step(inputs)
            inputs[padded][:, n:] = 7
            after = session.step(inputs)
            if not same(item.meaning(case, 0, before), item.meaning(case, 0, after)):
                wrong.append(f"{item.name} {case}: what lies in the padding changes the result")
            half = max(1, n // 2)
            inputs[padded][:, half:] = 9
            if not same([before[0][:, :half]], [session.step(inputs)[0][:, :half]]):
                wrong.append(f"{item.name} {case}: later tokens change earlier results")
            if n > 1 and same([before[0][:, half:n]], [session.step(inputs)[0][:, half:n]]):
                wrong.append(f"{item.name} {case}: tokens change nothing, this test is blind")
    return {}, wrong


def embeddings(c):
    """Cosines of sentences as PyTorch has them, and in the same order."""
    wrong, worst = [], 0.0
    for item in c.named("embeds"):
        about, case = item.about["embeds"], "sentences"
        inputs = item.inputs(case, 0, c.where)
        keep = inputs[about["mask"]].double().cpu()[..., None]

        def cosines(states):
            mean = (states.double().cpu() * keep).sum(1) / keep.sum(1)
            mean = torch.nn.functional.normalize(mean, dim=-1)
            return mean @ mean.T

        got = cosines(c.session(item).step(inputs)[about["states"]])
        want = cosines(torch.from_numpy(item.some(f"{case}/0/out")[about["states"]]))
        worst = max(worst, float((got - want).abs().max()))
        a, b = about["alike"]
        if not worst <= 1e-5 or not torch.equal(got.argsort(dim=1), want.argsort(dim=1)):
            wrong.append(f"{item.name}: cosines differ by {worst:.3g}")
        if not got[a, b] > got[a, about["other"]]:
            wrong.append(f"{item.name}: sentences that mean the same are not the closest")
    return {"cosines_differ_by": worst}, wrong


def memory_in_use(c):
    """Bytes, of the whole GPU or of this process."""
    if c.cuda:
        free, total = torch.cuda.mem_get_info(c.where)
        return total - free
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def in_place(c):
    """Tensors are used where they are: given outputs are written and returned, inputs stay, nothing is copied."""
    report, wrong = {}, []
    for item in c.models:
        case, _ = c.cases(item)[0]
        inputs = item.inputs(case, 0, c.where)
        expected, kept = c.session(item).step(inputs), [x.clone() for x in inputs]
        given = [torch.full_like(y, 3) for y in expected]
        places, versions = [y.data_ptr() for y in given], [y._version for y in given]
        made = c.session(item).step(inputs, given)
        if any(a is not b for a, b in zip(made, given)) or [y.data_ptr() for y in given] != places:
            wrong.append(f"{item.name}: outputs that were given are not those that were returned")
        if not same(given, expected) or not same(inputs, kept):
            wrong.append(f"{item.name}: given outputs do not hold the result, or inputs were changed")
        if any(y._version <= v for y, v in zip(given, versions)):
            wrong.append(f"{item.name}: autograd is not told that outputs were written")
        session = c.session(item)
        for turn in range(4):  # a GPU records steps on the same memory and replays them
            for y in given:
                y.fill_(3)
            session.step(inputs, given, keep_state=True)
            if not same(given, expected):
                wrong.append(f"{item.name}: step {turn} on the same memory gives other bits")
    if not c.small:
        report, more = no_copies(c)
        wrong += more
    return report, wrong


def no_copies(c):
    """256 MiB in and out: a step in place takes no memory; one that has to stage both shows that it would be seen."""
    session = msa.load(c.artefact("large"), c.device).session()
    size, slack = session.model.entries["twice"].inputs[0].shape[0], 32 << 20
    x, y = torch.rand(size, device=c.where), torch.zeros(size, device=c.where)
    c.synchronize()
    peak = torch.cuda.memory_allocated(c.where) if c.cuda else 0
    if c.cuda:
        torch.cuda.reset_peak_memory_stats(c.where)
    before = memory_in_use(c)
    session.step([x], [y])
    took = memory_in_use(c) - before
    peak = torch.cuda.max_memory_allocated(c.where) - peak if c.cuda else 0
    wrong = [] if bool((y == x + x).all()) else ["large: the result is wrong"]
    if took > slack or peak > slack:
        wrong.append(f"large: a step in place took {max(took, peak)} bytes")
    if c.cuda:
        far, out = x.cpu(), torch.ones(size)  # on the host
    else:  # at odd addresses
        far, out = (np.zeros(4 * size + 1, np.uint8)[1:].view(np.float32) for _ in range(2))
        far[:], out[:] = x, 1  # so that their own pages are there
    before = memory_in_use(c)
    session.step([far], [out])
    staged = memory_in_use(c) - before
    if staged < 2 * 4 * size - slack:
        wrong.append(f"large: staging took {staged} bytes, this test is blind")
    if not np.array_equal(np.asarray(out), y.cpu().numpy()):
        wrong.append("large: staged tensors give another result")
    return {"in_place_took": took, "staging_took": staged}, wrong


def state(c):
    """Forked, saved, restored here and on the other device, tried without effect, and reset."""
    wrong = []

    def claim(good, text):
        if not good:
            wrong.append(f"{item.name}: {text}")

    for item in c.models:
        names = [s.name for s in c.load(item).states]
        if not names:
            continue
        case, _ = c.cases(item)[0]
        steps = 3 if c.small else item.cases[case]["steps"]
        half = steps // 2
        session = c.session(item)
        first = session.export()
        for step in range(half):
            session.step(item.inputs(case, step, c.where))
        saved = session.export()
        claim(saved != first, "steps changed no state")
        tried = session.step(item.inputs(case, half, c.where), keep_state=True)
        claim(session.export() == saved, "a step that keeps the state changed it")
        branch, restored, far = session.fork(), c.session(item), c.session(item, c.other)
        claim(branch.export() == saved, "a fork has another state")
        restored.restore(saved)
        far.restore(saved)
        claim(far.export() == saved, f"the state is another one on {c.other}")
        for step in range(half, steps):
            inputs = item.inputs(case, step, c.where)
            out = session.step(inputs)
            claim(same(out, branch.step(inputs)), "a fork goes on otherwise")
            claim(same(out, restored.step(inputs)), "a restored session goes on otherwise")
            claim(step > half or same(out, tried), "a step that keeps the state computes something else")
            other = far.step(item.inputs(case, step, "cpu"))
            claim(item.check(case, step, out, session) <= 1, f"step {step} is wrong")
            claim(item.check(case, step, other, far) <= 1, f"step {step} on {c.other} is wrong")
        claim(session.export() == branch.export() == restored.export(), "states differ at the end")
        back = c.session(item)
        back.restore(far.export())
        claim(back.export() == far.export(), f"the state of {c.other} is another one here")
        one = session.fork()
        one.set_state(names[0], np.zeros_like(session.state(names[0])))
        claim(not one.state(names[0]).any() and session.state(names[0]).any(), "a fork shares its state")
        for name in names:
            one.set_state(name, session.state(name))
        claim(one.export() == session.export(), "states that were read and written differ")
        damaged = bytearray(saved)
        damaged[len(saved) // 2] ^= 1
        for bad in (bytes(damaged), saved[:-1], b""):
            try:
                one.restore(bad)
                claim(False, "a damaged state was taken")
            except msa.IncompatibleState:
                claim(one.export() == session.export(), "a refused state changed something")
        one.reset()
        fresh = c.load(item).session()
        claim(one.export() == fresh.export(), "a reset session is not as a new one")
    return {}, wrong


def streams(c):
    """Tokens in pieces of any size: the same bits as at once, and PyTorch's numbers."""
    wrong, worst, rate = [], 0.0, 0.0
    for item in c.named("stream"):
        text, want = item.arrays["text"], item.arrays["text/out"]
        if c.small:
            text, want = text[:23], want[:23]

        def feed(pieces):
            stream = c.session(item).stream()
            runs = [r for piece in np.array_split(text, pieces) for r in stream.feed(piece)] + stream.flush()
            return np.concatenate([out[0][0, :count[0]] for _, count, out in runs]), stream.export()

        whole, end = feed(1)
        start = time.perf_counter()
        feed(1)
        rate = len(text) / (time.perf_counter() - start)
        worst = max(worst, error(whole, want))
        if not worst <= 1e-5:
            wrong.append(f"{item.name}: a stream is wrong by {worst:.3g}")
        for pieces in (3, 29):
            split, split_end = feed(pieces)
            if bits(split) != bits(whole) or split_end != end:
                wrong.append(f"{item.name}: {pieces} pieces give other bits")
    return {"error": worst, "tokens_per_s": rate}, wrong


def errors(c):
    """Wrong tensors, devices and artefacts are exceptions of their kind and change nothing."""
    wrong, item = [], c.models[0]
    case, _ = c.cases(item)[0]
    model, inputs = c.load(item), item.inputs(case, 0, c.where)
    session = c.session(item)
    expected = c.session(item).step(inputs)
    before, rest = session.export(), inputs[1:]

    def refused(kind, what, call):
        try:
            call()
            wrong.append(f"{what}: taken")
        except kind as e:
            if len(str(e)) < 20:
                wrong.append(f"{what}: the message says nothing: {e}")
        except Exception as e:  # of another kind
            wrong.append(f"{what}: {type(e).__name__}, not {kind.__name__}: {e}")

    ids = inputs[0]
    twice = torch.cat([ids, ids], 1)[:, ::2]
    refused(msa.DtypeMismatch, "floats for tokens", lambda: session.step([ids.float(), *rest]))
    refused(msa.ShapeMismatch, "a row too few", lambda: session.step([ids[:1], *rest]))
    refused(msa.InvalidInput, "strides", lambda: session.step([twice, *rest]))
    refused(msa.InvalidInput, "an input too few", lambda: session.step(inputs[:-1]))
    refused(msa.InvalidInput, "a tensor without memory", lambda: session.step([ids.to("meta"), *rest]))
    y = torch.empty_like(expected[0])
    more = [torch.empty_like(t) for t in expected[1:]]
    refused(msa.DtypeMismatch, "an output of float64", lambda: session.step(inputs, [y.double(), *more]))
    refused(msa.ShapeMismatch, "a flat output", lambda: session.step(inputs, [y.flatten(), *more]))
    refused(msa.GradientsNotSupported, "an output that requires grad",
            lambda: session.step(inputs, [y.clone().requires_grad_(), *more]))
    shared = torch.zeros(max(y.numel() * y.element_size(), ids.numel() * ids.element_size()), dtype=torch.uint8,
                         device=c.where)
    a = shared[:ids.numel() * ids.element_size()].view(ids.dtype).view(ids.shape)
    b = shared[:y.numel() * y.element_size()].view(y.dtype).view(y.shape)
    refused(msa.InvalidInput, "an output in an input's memory", lambda: session.step([a, *rest], [b, *more]))
    weight = model.constants[0]
    data = torch.from_numpy(item.arrays[f"constant/{weight.name}"])
    refused(msa.ShapeMismatch, "a flat weight", lambda: model.set_constant(weight.name, data.flatten()[:-1]))
    refused(msa.UnsupportedDevice, "GPU 99", lambda: msa.load(item.path, "cuda:99"))
    with open(item.path, "rb") as f:
        artefact = f.read()
    refused(msa.BadArtefact, "half an artefact", lambda: msa.load(artefact[:len(artefact) // 2], c.device))
    if c.cuda:
        near = c.session(item, "cpu")
        refused(msa.InvalidInput, "tensors of the GPU on the CPU", lambda: near.step(inputs))
        refused(msa.InvalidInput, "a weight on the GPU", lambda: model.set_constant(weight.name, data.to(c.where)))
        refused(msa.UnsupportedDevice, "code for the CPU", lambda: msa.load(c.artefact("cpu-only"), c.device))
        for held in [m for m in c.models if c.load(m).states][:1]:
            s, name = c.session(held), c.load(held).states[0].name
            there = torch.from_numpy(s.state(name)).to(c.where)
            refused(msa.InvalidInput, "a state on the GPU", lambda: s.set_state(name, there))
            refused(msa.InvalidInput, "a state to the GPU", lambda: s.state(name, there))
        if torch.cuda.device_count() > 1:
            second = [x.to("cuda:1" if c.where.index != 1 else "cuda:0") for x in inputs]
            refused(msa.InvalidInput, "tensors of another GPU", lambda: session.step(second))
    if session.export() != before or not same(session.step(inputs), expected):
        wrong.append("a refused call changed the session")
    return {"gpus": torch.cuda.device_count()}, wrong


def devices_agree(c):
    """One artefact, both devices: their difference is within both bounds."""
    report, wrong = {}, []
    for item in c.models:
        for case, steps in c.cases(item):
            here, there = c.session(item), c.session(item, c.other)
            for step in range(steps):
                a = here.step(item.inputs(case, step, c.where))
                b = there.step(item.inputs(case, step, "cpu"))
                for i, (x, y) in enumerate(zip(item.meaning(case, step, a), item.meaning(case, step, b))):
                    found = error(x, y.double().cpu().numpy())
                    report[item.name] = max(report.get(item.name, 0.0), found)
                    if not found <= 2 * item.cases[case]["bound"]:
                        wrong.append(f"{item.name} {case}, output {i}: {c.device} and {c.other} differ: {found:.3g}")
    return report, wrong


def threads(c):
    """Four threads with sessions of one model: the bits of one."""
    if c.small:
        return {}, []
    wrong = []
    for item in c.models:
        case, steps = c.cases(item)[0]

        def run(out):
            try:
                session = c.session(item)
                for step in range(steps):
                    out += session.step(item.inputs(case, step, c.where))
            except Exception as e:  # told by the thread that waits
                out.append(e)

        every = [[] for _ in range(5)]
        run(every[0])
        c.load(item)
        workers = [threading.Thread(target=run, args=(out,)) for out in every[1:]]
        for w in workers:
            w.start()
        for w in workers:
            w.join()
        for out in every:
            bad = [x for x in out if isinstance(x, Exception)]
            if bad or not same(out, every[0]):
                wrong.append(f"{item.name}: threads compute something else {bad[:1]}")
                break
    return {}, wrong


def speed(c):
    """Milliseconds of a step with tensors on the device, the least of several. Only told."""
    report = {}
    for item in c.models if not c.small else []:
        case, _ = c.cases(item)[0]
        session, inputs = c.session(item), item.inputs(case, 0, c.where)
        outputs, best = session.step(inputs), float("inf")
        for _ in range(20 if c.cuda else 3):
            start = time.perf_counter()
            session.step(inputs, outputs, keep_state=True, wait=True)
            best = min(best, time.perf_counter() - start)
        report[item.name] = round(1000 * best, 3)
    return {"ms": report}, []


PARTS = (numerics, lengths, embeddings, in_place, *ordered.PARTS, state, streams, errors, devices_agree, threads, speed,
         *library.PARTS)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folder")
    p.add_argument("--json")
    p.add_argument("--device", default="cuda:0")
    p.add_argument("--only", default="", help="names of models, separated by commas")
    p.add_argument("--small", action="store_true", help="for slow checkers")
    o = p.parse_args()
    device = "cuda:0" if o.device == "cuda" else o.device
    c = Context(o.folder, device, [n for n in o.only.split(",") if n], o.small)
    if not c.models:
        p.error("the pack has no such models")
    result = {"device": msa.Device.get(device).name, "python": platform.python_version(), "torch": torch.__version__,
              "models": [m.name for m in c.models], "left_out": c.left_out}
    wrong = []
    for part in PARTS:
        start = time.perf_counter()
        try:
            report, bad = part(c)
        except Exception as e:  # the other parts are of interest too
            report, bad = {}, [f"{type(e).__name__}: {e}"]
            traceback.print_exc()
        result[part.__name__] = {**report, "seconds": round(time.perf_counter() - start, 2), "wrong": bad}
        wrong += bad
    failed = sum(bool(result[part.__name__]["wrong"]) for part in PARTS)
    print(json.dumps(result, indent=1))
    print(f"models: {len(PARTS) - failed} passed, {failed} failed")
    if o.json:
        everything = {}
        if os.path.exists(o.json):
            with open(o.json) as f:
                everything = json.load(f)
        everything["models"] = result
        with open(o.json, "w") as f:
            json.dump(everything, f, indent=1)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
