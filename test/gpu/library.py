"""msa.ops, compiled, and msa.hf on tensors of a device, against their references on the CPU in float64.

    record(folder)     compiles their kernels for CPU and GPU into FOLDER/models/cache (needs the compiler)
    PARTS              what test/gpu/models.py runs; kernels come from that cache alone (MSA_CACHE=require)

msa.hf is left out where Transformers is not installed."""

import contextlib
import copy
import os
import shutil
import tempfile

import torch

import msa
from msa import ops
from msa.ops import kernels, reference

from packed import error, same

import cases  # (packed finds the modules of test/python)

DTYPES = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}


class Call:
    """One call of an op. operands: tensors by name (floats are of `dtype`, those in `wide` of f32); run(f, x) calls
    it, f being msa.ops or its reference, x the operands."""

    F32 = ("bias", "scores")  # what the reference too takes in f32 alone

    def __init__(self, name, dtype, run, wide=(), **operands):
        self.name, self.dtype, self.run, self.wide, self.operands = f"{name}-{dtype}", dtype, run, wide, operands

    def inputs(self, where):
        return {k: self.cast(k, v).to(where) if isinstance(v, torch.Tensor) else [self.cast(k, t).to(where) for t in v]
                for k, v in self.operands.items()}

    def cast(self, name, t):
        return t.to(DTYPES[self.dtype]) if t.is_floating_point() and name not in self.wide else t

    def expected(self):
        """In float64, of the numbers that the op is given."""
        double = {k: ([t.double() for t in v] if isinstance(v, list) else
                      v.double() if v.is_floating_point() and k not in self.F32 else v)
                  for k, v in self.inputs("cpu").items()}
        return outputs(self.run(reference, double))

    def bound(self, output):
        values, lse = cases.BOUNDS[self.dtype]
        return lse if output.dtype == torch.float32 and self.dtype != "f32" else values


def outputs(y):
    return list(y) if isinstance(y, (tuple, list)) else [y]


def calls():
    """One or more of every op, in every dtype."""
    g = torch.Generator().manual_seed(5)

    def r(*shape):
        return torch.randn(shape, generator=g)

    def integers(low, high, *shape, dtype=torch.int64):
        return torch.randint(low, high, shape, generator=g, dtype=dtype)

    out = []
    for dtype in DTYPES:
        out.append(Call("attend", dtype, lambda f, x: f.attend(
            x["q"], x["k"], x["v"], pattern=msa.Window(9) | msa.Sink(2), score="softcap:5"),
            q=r(2, 4, 33, 16), k=r(2, 2, 33, 16), v=r(2, 2, 33, 16)))
        out.append(Call("attend-bank", dtype, lambda f, x: f.attend(
            x["q"], x["k"], x["v"], pattern=msa.Window(12), window_key=x["wk"], window_value=x["wv"],
            bank_key=x["bk"], bank_value=x["bv"], bank_bias=x["bias"], position=x["at"], length=x["n"]),
            wide=("bias",), q=r(2, 4, 16, 64), k=r(2, 2, 16, 64), v=r(2, 2, 16, 64), wk=r(2, 2, 12, 64),
            wv=r(2, 2, 12, 64), bk=r(2, 2, 5, 64), bv=r(2, 2, 5, 64), bias=r(4), at=torch.tensor([0, 2**40]),
            n=torch.tensor([16, 7])))
        out.append(Call("decode", dtype, lambda f, x: f.attend(
            x["q"], x["k"], x["v"], pattern=msa.Causal(), offset=x["at"], length=x["n"]),
            q=r(3, 4, 1, 64), k=r(3, 4, 48, 64), v=r(3, 4, 48, 64), at=torch.tensor([0, 20, 47]),
            n=torch.tensor([1, 21, 48])))
        out.append(Call("routed", dtype, lambda f, x: f.attend(
            x["q"], x["k"], x["v"], pattern=(msa.Blocks(8) | msa.Window(3)) & msa.Causal() & msa.Document(),
            blocks=x["blocks"], documents=x["documents"]),
            q=r(1, 2, 40, 32), k=r(1, 2, 40, 32), v=r(1, 2, 40, 32),
            blocks=integers(0, 5, 1, 2, 5, 2, dtype=torch.int32),
            documents=(torch.arange(40)[None] >= 17).to(torch.int32)))
        out.append(Call("merge", dtype, lambda f, x: f.merge(x["a"], x["al"], x["b"], x["bl"]), wide=("al", "bl"),
                        a=r(2, 3, 16), al=r(2, 3), b=r(2, 3, 16), bl=r(2, 3)))
        out.append(Call("rope", dtype, lambda f, x: f.rope(x["x"], rotary=8, offset=x["at"], interleaved=True,
                                                           scaling="yarn", factor=4.0, original=64, limit=600),
                        x=r(2, 3, 7, 12), at=torch.tensor([3, 500])))
        out.append(Call("short_conv", dtype, lambda f, x: f.short_conv(x["x"], x["c"], x["w"]),
                        x=r(2, 9, 32), c=r(2, 2, 32), w=r(3, 32)))
        out.append(Call("carry", dtype, lambda f, x: f.carry(x["w"], x["s"], x["n"]), w=r(2, 2, 5, 8),
                        s=r(2, 2, 7, 8), n=torch.tensor([3, 7])))
        for gate in ("gru", "lstm"):
            for per_slot in (False, True):
                shapes = [s for _, s in ops.checks.weight_shapes(gate, per_slot, 16)]
                routing = dict(scores=r(3, 6)) if per_slot else {}
                out.append(Call(f"{gate}-{'slot' if per_slot else 'channel'}", dtype,
                                lambda f, x, gate=gate, per_slot=per_slot: f.bank_write(
                                    x["bank"], x["candidate"], x["weights"], gate=gate, per_slot=per_slot,
                                    stretch=0.3, top=3 if per_slot else None, scores=x.get("scores"), length=x["n"]),
                                wide=("scores",), bank=r(3, 6, 16), candidate=r(3, 6, 16),
                                weights=[r(*s) * 0.5 for s in shapes], n=torch.tensor([1, 0, 9]), **routing))
    return out


def compiled_ops(c):
    """Every op: right, on the device, the same bits again, as one graph of torch.compile and in place."""
    wrong, worst = [], {}

    def claim(good, text):
        if not good:
            wrong.append(text)

    every = calls()
    for call in every[:9] if c.small else every:
        x = call.inputs(c.where)
        got = outputs(call.run(ops, x))
        for i, (y, want) in enumerate(zip(got, call.expected(), strict=True)):
            found = error(y, want.numpy()) / call.bound(y)
            worst[call.dtype] = max(worst.get(call.dtype, 0.0), found)
            claim(found <= 1, f"{call.name}, output {i}: {found:.3g} times the bound")
            claim(y.device == c.where, f"{call.name}: output {i} is on {y.device}")
        claim(same(got, outputs(call.run(ops, x))), f"{call.name}: another run gives other bits")
        if call.dtype == "f32" and not c.small:
            torch._dynamo.reset()
            graph = torch.compile(lambda x, call=call: call.run(ops, x), fullgraph=True, backend="aot_eager")
            claim(same(got, outputs(graph(x))), f"{call.name}: other bits under torch.compile")
    bank, carried = (next(k for k in every if k.name == name) for name in ("gru-slot-f32", "carry-f32"))
    x = bank.inputs(c.where)
    want, held = bank.run(ops, x), x["bank"].clone()
    place = held.data_ptr()
    back = ops.bank_write_(held, x["candidate"], x["weights"], per_slot=True, stretch=0.3, top=3, scores=x["scores"],
                           length=x["n"])
    claim(back is held and held.data_ptr() == place and same([held], [want]), "bank_write_ does not write in place")
    claim(same([want[1]], [x["bank"][1]]), "bank_write: a stream without tokens has changed")
    x = carried.inputs(c.where)
    want = carried.run(ops, x)
    claim(same([ops.carry_(x["w"], x["s"], x["n"])], [want]), "carry_ does not write in place")
    return {"worst_of_bound": worst, "calls": len(every)}, wrong


def ops_in_order(c):
    """Ops run after what the current stream has yet to write, and later work of the stream sees what they wrote;
    nobody waits. Equal ops in two streams do not disturb each other."""
    if not c.cuda or c.small:
        return {}, []
    wrong, call = [], calls()[0]
    true = call.inputs(c.where)
    want = outputs(call.run(ops, true))
    late = {k: torch.zeros_like(v) for k, v in true.items()}
    torch.cuda.synchronize(c.where)
    stream = torch.cuda.Stream(c.where)
    with torch.cuda.stream(stream):
        torch.cuda._sleep(400_000_000)  # cycles, some 0.2 s
        for k, v in true.items():
            late[k].copy_(v)
        if stream.query():
            wrong.append("the stream was done too early, this test is blind")
        got = [y.clone() for y in outputs(call.run(ops, late))]
        if stream.query():
            wrong.append("an op waited for the stream")
        for v in late.values():
            v.zero_()
    stream.synchronize()
    if not same(got, want):
        wrong.append("an op is not in order with the stream")
    streams, found = [torch.cuda.Stream(c.where) for _ in range(2)], []
    for i in range(100):
        with torch.cuda.stream(streams[i % 2]):
            if i % 7 == 0:
                torch.cuda._sleep(1_000_000)
            found.append([y.clone() for y in outputs(call.run(ops, true))])
    torch.cuda.synchronize(c.where)
    if not all(same(x, want) for x in found):
        wrong.append("ops in two streams give something else")
    return {}, wrong


def refused_ops(c):
    """Wrong devices, dtypes and gradients are exceptions of their kind."""
    wrong, call = [], calls()[0]
    x = call.inputs(c.where)

    def refused(kind, what, change):
        try:
            call.run(ops, {**x, **change})
            wrong.append(f"{what}: taken")
        except kind as e:
            if len(str(e)) < 20:
                wrong.append(f"{what}: the message says nothing: {e}")

    refused(msa.InvalidInput, "another dtype", {"k": x["k"].double()})
    refused(msa.InvalidInput, "no memory", {"k": x["k"].to("meta")})
    if c.cuda:
        refused(msa.InvalidInput, "a key on the host", {"k": x["k"].cpu()})
    with ops.backend("compiled"), torch.enable_grad():
        refused(msa.GradientsNotSupported, "gradients", {"q": x["q"].clone().requires_grad_()})
    with torch.enable_grad():  # which the reference has, on this device
        q = x["q"].clone().requires_grad_()
        outputs(call.run(ops, {**x, "q": q}))[0].sum().backward()
        if q.grad is None or q.grad.device != c.where or not bool(q.grad.abs().max() > 0):
            wrong.append("no gradients through the reference")
    return {}, wrong


def hugging_face(c):
    """Converted models whole, in pieces with a cache, generating, as one graph; and attn_implementation="msa"."""
    if c.small:
        return {}, []
    try:
        import hf_models
    except ImportError as e:
        return {"left_out": str(e)}, []
    wrong, report = [], {}
    for name in ("llama", "gpt2"):
        model = hf_models.converted(name)
        exact = copy.deepcopy(model).double()
        plain = copy.deepcopy(model).to(c.where)  # its f32 error on this device is PyTorch's own
        model, tokens = copy.deepcopy(model).to(c.where), hf_models.ids(2, 31)
        for module in (*plain.modules(), *exact.modules()):
            if isinstance(module, msa.hf.MemoryAttention):
                module.backend = "reference"
        there = tokens.to(c.where)
        want = exact(tokens, use_cache=False).logits
        bound = 1e-5 + 2 * error(plain(there, use_cache=False).logits, want.numpy())

        def check(what, got, name=name, want=want, bound=bound):
            found = error(got, want.numpy())
            report[f"{name}, {what}"] = found / bound
            if got.device != c.where or not found <= bound:
                wrong.append(f"{name}, {what}: error {found:.3g}, bound {bound:.3g}, on {got.device}")

        whole = model(there, use_cache=False).logits
        check("whole", whole)
        cache = msa.hf.MemoryCache(model)
        parts = there.split([3, 1, 1, 20, 6], 1)
        pieces = torch.cat([model(p, cache=cache, use_cache=True).logits for p in parts], 1)
        check("in pieces", pieces)
        size, swapped = cache.nbytes, copy.deepcopy(cache)
        swapped.reorder_cache(torch.tensor([1, 0]))
        further = model(there, cache=cache, use_cache=True).logits
        if not same([model(there.flip(0), cache=swapped, use_cache=True).logits.flip(0)], [further]):
            wrong.append(f"{name}: a reordered cache gives other bits")
        cache.reset()
        again = torch.cat([model(p, cache=cache, use_cache=True).logits for p in parts], 1)
        if not same([again], [pieces]) or cache.nbytes != size:
            wrong.append(f"{name}: a reset cache is not as a new one")
        made = model.generate(there, max_new_tokens=9, do_sample=False)
        said = exact(made.cpu(), use_cache=False).logits[:, -10:-1]
        best = said.max(-1)[0] - said.gather(2, made.cpu()[:, -9:, None])[..., 0]  # 0 but for ties
        if made.device != c.where or not bool((best <= 1e-4 * said.std()).all()):
            wrong.append(f"{name}: generate does not take the likeliest tokens")
        torch._dynamo.reset()
        graph = torch.compile(model, fullgraph=True, backend="aot_eager")
        if not same([graph(there, use_cache=False).logits], [whole]):
            wrong.append(f"{name}: other bits under torch.compile")
        original = hf_models.make(name)
        original.set_attn_implementation(msa.hf.register())
        there_mask = hf_models.padding("left", 2, 31)
        plain = copy.deepcopy(hf_models.make(name)).to(c.where)
        want = copy.deepcopy(hf_models.make(name)).double()(tokens, attention_mask=there_mask).logits
        valid = there_mask.bool()
        sdpa = plain(there, attention_mask=there_mask.to(c.where)).logits
        got = original.to(c.where)(there, attention_mask=there_mask.to(c.where)).logits
        check("not converted, padded", got[valid.to(c.where)], want=want[valid],
              bound=1e-5 + 2 * error(sdpa[valid.to(c.where)], want[valid].numpy()))
    return report, wrong


@contextlib.contextmanager
def _cache(folder, mode):
    before = {k: os.environ.get(k) for k in ("MSA_CACHE", "MSA_CACHE_DIR")}
    os.environ.update(MSA_CACHE=mode, MSA_CACHE_DIR=folder)
    kernels.clear()
    try:
        yield
    finally:
        kernels.clear()
        for k, v in before.items():
            os.environ.pop(k) if v is None else os.environ.__setitem__(k, v)


def _from_pack(part):
    """A part whose kernels all come from the pack."""
    def run(c):
        source = os.path.join(c.folder, "cache")
        if not os.path.isdir(source):
            return {"left_out": "the pack has no kernels of ops"}, []
        with tempfile.TemporaryDirectory() as folder, torch.no_grad():
            for name in os.listdir(source):  # the cache must be this user's alone
                shutil.copyfile(os.path.join(source, name), os.path.join(folder, name))
            with _cache(folder, "require"):
                return part(c)
    run.__name__, run.__doc__ = part.__name__, part.__doc__
    return run


PARTS = tuple(_from_pack(p) for p in (compiled_ops, ops_in_order, refused_ops, hugging_face))


class _Here:
    """A stand-in for the runner's context: the CPU."""
    cuda, small, where = False, False, torch.device("cpu")


def record(folder):
    """Runs every part on the CPU and keeps all kernels, for CPU and GPU. Raises if a part is wrong."""
    target = os.path.join(folder, "models", "cache")
    shutil.rmtree(target, ignore_errors=True)
    load = kernels.load

    def both(source, device):
        msa.compile(source, target="cuda")
        return load(source, device)

    kernels.load = both
    try:
        with _cache(target, "on"), torch.no_grad():
            for part in (compiled_ops, refused_ops, hugging_face):
                _, wrong = part(_Here)
                if wrong:
                    raise RuntimeError("; ".join(wrong))
    finally:
        kernels.load = load
    return len([n for n in os.listdir(target) if n.endswith(".msaf")])
