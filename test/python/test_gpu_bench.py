"""The harness of benchmarks/gpu without a GPU: its table, references, masks, and that it finds what is wrong."""

import contextlib
import dataclasses
import gc
import json
import os
import shutil
import subprocess
import sys
import time
import types
import weakref

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed; scripts/python-env installs it")
pytest.importorskip("msa._runtime", reason="needs the runtime half of the package")

import msa  # noqa: E402
import msart  # noqa: E402
import reference as naive  # noqa: E402
from conftest import ROOT  # noqa: E402
from gpu import cases, inputs, masks, reference  # noqa: E402
from gpu.work import Attend  # noqa: E402

IDS = """gpu-window-bank gpu-window-bank-gqa gpu-window gpu-window4k-bank gpu-window-bank-d64 gpu-dense gpu-dense-full
gpu-dense-d64 gpu-blocks128 gpu-blocks64 gpu-bigbird gpu-strided gpu-decode64 gpu-decode-long gpu-decode1
gpu-gemm-a gpu-gemm-b gpu-gemm-c gpu-layer4k gpu-layer16k
gpu-sm80-dense gpu-first-call""".split()
ATTEND = [c for c in cases.CASES if isinstance(c.work, Attend)]
CPU = torch.device("cpu")
by_id = pytest.mark.parametrize("case", ATTEND, ids=lambda c: c.id)


def test_the_table_is_complete():
    assert [c.id for c in cases.CASES] == IDS
    for c in cases.CASES:
        assert 0 < c.bar <= c.aim or c.unit == "s"
    assert [c.id for c in cases.chosen("gpu-dense,gpu-window")] == ["gpu-window", "gpu-dense"]
    with pytest.raises(KeyError):
        cases.chosen("gpu-nothing")


def test_models_are_valid(tmp_path):
    paths = []
    for c in cases.CASES:
        for name, work in [*c.variants().items(), ("tiny", cases.tiny(c.work))]:
            paths.append(tmp_path / f"{c.id}.{name}.mlir")
            paths[-1].write_text(work.mlir())
    for path in paths:
        done = subprocess.run([msart.OPT, path, "-o", os.devnull], capture_output=True, text=True)
        assert done.returncode == 0, f"{path.name}: {done.stderr}"


def plain(p):
    """A pattern as the NumPy reference takes it."""
    if isinstance(p, (msa.Any, msa.All)):
        return (type(p).__name__.lower(), *(plain(m) for m in p.members))
    return (type(p).__name__.lower(), *(getattr(p, f.name) for f in dataclasses.fields(p)))


def drawn(work, seed=3):
    return inputs.draw(work, CPU, seed, spread=2.0)


def exact(work, given):
    """(out, lse) by the NumPy reference of the dialect's tests, which shares nothing with the harness."""
    a = {k: x.double().numpy() if x.is_floating_point() else x.numpy() for k, x in given.items()}
    bank = (a["bank_k"], a["bank_v"]) if work.bank else None
    return naive.attend(a["q"], a["k"], a["v"], plain(work.pattern), work.scale, bank=bank, blocks=a.get("blocks"))


@by_id
def test_reference(case):
    work = cases.tiny(case.work)
    given = drawn(work)
    out, lse = exact(work, given)
    truth = reference.Truth(work, given, torch.arange(work.n))
    want, want_lse = truth.wanted["out"], truth.wanted["lse"]
    assert reference.error(want, torch.from_numpy(out)) < 1e-12
    assert reference.error(want_lse, torch.from_numpy(lse)) < 1e-12
    rows = torch.tensor(sorted({0, work.n // 2, work.n - 1}))
    part, part_lse = reference.attend(work, given, rows)
    assert reference.error(part, want[:, :, rows]) < 1e-12
    assert reference.error(part_lse, want_lse[:, :, rows]) < 1e-12
    # What rounding to bf16 does is allowed; one key more or less is not.
    assert all(e <= truth.bounds[k] for k, e in truth.errors({"out": want.bfloat16(), "lse": want_lse.float()}).items())
    given["k"][:, :, 0] = 0
    wrong, wrong_lse = reference.attend(work, given, torch.arange(work.n))
    errors = truth.errors({"out": wrong.bfloat16(), "lse": wrong_lse.float()})
    assert any(e > truth.bounds[k] for k, e in errors.items()), errors


def test_reference_of_products():
    work = cases.BY_ID["gpu-gemm-c"].work.at(40, 32)
    given = drawn(work)
    x, w = (given[k].double().numpy() for k in "xw")
    truth = reference.truth(work, given, CPU)
    assert reference.error(truth.wanted["y"], torch.from_numpy(np.einsum("ik,kj->ij", x, w))) < 1e-12
    assert truth.errors({"y": truth.wanted["y"].bfloat16()})["y"] <= truth.bounds["y"]
    given["x"][:, 0] += 1
    assert truth.errors({"y": given["x"] @ given["w"]})["y"] > truth.bounds["y"]


def test_reference_of_layers():
    """Against the layer of the CPU benchmarks, whose attention is dense under one mask."""
    import torch_layer
    work = cases.BY_ID["gpu-layer4k"].work.at(70, 32, 2)
    given = drawn(work)
    truth = reference.truth(work, given, CPU)
    dense = torch_layer.Layer(torch, work.shape, given["weights"], torch.float64)
    wanted = dense.step(given["x"].double(), *(given["state"][n].double() for n in work.states))
    names = ["y", *work.states]
    assert all(reference.error(truth.wanted[n], x) < 1e-12 for n, x in zip(names, wanted))
    rounded = {n: x.bfloat16() for n, x in zip(names, wanted)}
    assert all(e <= truth.bounds[n] for n, e in truth.errors(rounded).items())
    rounded["y"][3] += 0.3
    assert truth.errors(rounded)["y"] > truth.bounds["y"]


def test_a_recorded_peer_keeps_what_its_graph_reads(monkeypatch):
    """A graph keeps addresses, not tensors: weights and block mask once went with the layer that had them."""
    from gpu import layers
    work = cases.BY_ID["gpu-layer4k"].work.at(70, 32, 2)
    given, run, read = drawn(work), layers.run, []

    def seen(kind, *rest):
        layer, state = run(0, *rest)  # dense: FlexAttention is for a GPU
        layer.mask = torch.zeros(1)
        tensors = [*layer.w.values(), layer.qkv, layer.kv, layer.cos, layer.mask, *state, given["x"]]
        read.extend(weakref.ref(x) for x in tensors)
        return layer, state

    monkeypatch.setattr(layers, "run", seen)
    monkeypatch.setattr(torch, "compile", lambda f, **_: f)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda _: None)
    monkeypatch.setattr(torch.cuda, "CUDAGraph", lambda: types.SimpleNamespace(replay=lambda: None))
    monkeypatch.setattr(torch.cuda, "graph", lambda _: contextlib.nullcontext())
    call = layers.recorded(work, given, None)
    del given
    gc.collect()
    assert len(read) > 20 and all(x() is not None for x in read)
    assert call().shape == (70, work.d)


def test_error_sees_nan_and_infinity():
    want = torch.tensor([1.0, -float("inf"), 2.0])
    assert reference.error(want.clone(), want) == 0
    for k, bad in ((0, float("nan")), (1, 0.0), (1, float("nan")), (0, -float("inf")), (2, 2.5)):
        got = want.clone()
        got[k] = bad
        assert reference.error(got, want) > 0.1


def dense(work, given, head):
    """The pairs that are kept, N x (bank + keys), by the NumPy reference's rule."""
    context = {"head": head, "origin": 0}
    if work.listed:
        context["blocks"] = given["blocks"][0, head // work.group].numpy()
    keep = naive.keeps(plain(work.pattern), np.arange(work.n), np.arange(work.m), context)
    return np.concatenate([np.ones((work.n, work.bank), bool), np.broadcast_to(keep, (work.n, work.m))], 1)


@by_id
@pytest.mark.parametrize("n, factor", [(1500, 1), (700, 4)])
def test_kept_pairs_and_block_masks(case, n, factor):
    work = case.work.at(n, factor, 2)
    given = drawn(work)
    tiles = masks.counts(work, given, CPU)
    kept = [dense(work, given, h) for h in range(work.heads)]
    batches = [sum(int(x.sum()) for x in kept)]
    if not work.listed:
        batches *= work.batch
    assert masks.kept_pairs(work, given, CPU, tiles) == sum(batches)
    if "flex" not in (*case.peers, *case.also):
        return
    mask = masks.block_mask(work, given, CPU, tiles)
    size = masks.TILE
    assert tuple(mask.BLOCK_SIZE) == (size, size)
    i, j = torch.arange(work.n)[:, None], torch.arange(work.bank + work.m)[None]
    for h in range(work.heads):
        head = h if mask.kv_num_blocks.shape[1] > 1 else 0
        seen = torch.zeros(work.n, work.bank + work.m, dtype=torch.bool)
        by_rule = mask.mask_mod(torch.tensor(0), torch.tensor(h), i, j).expand(seen.shape)
        for number, lists, whole in ((mask.kv_num_blocks, mask.kv_indices, False),
                                     (mask.full_kv_num_blocks, mask.full_kv_indices, True)):
            for q in range(number.shape[2]):
                for t in lists[0, head, q, :number[0, head, q]].tolist():
                    at = (slice(q * size, (q + 1) * size), slice(t * size, (t + 1) * size))
                    assert not seen[at].any(), "a tile is listed twice"
                    seen[at] = True if whole else by_rule[at]
        assert torch.equal(seen, torch.from_numpy(kept[h])), f"head {h}"


def test_block_masks_as_pytorch_makes_them():
    from torch.nn.attention.flex_attention import create_block_mask
    work = cases.BY_ID["gpu-window-bank"].work.at(700, 1, 2)
    given = drawn(work)
    ours = masks.block_mask(work, given, CPU)
    theirs = create_block_mask(masks.rule(work, given), None, None, work.n, work.bank + work.m, device="cpu")
    assert torch.equal(ours.to_dense(), theirs.to_dense()) and ours.seq_lengths == theirs.seq_lengths
    for name in ("kv_num_blocks", "full_kv_num_blocks", "q_num_blocks", "full_q_num_blocks"):
        assert torch.equal(getattr(ours, name), getattr(theirs, name)), name


def test_lists_are_those_of_a_causal_router():
    work = cases.BY_ID["gpu-blocks64"].work.at(1000, 1, 2)
    lists = drawn(work)["blocks"]
    assert lists.shape == (1, 2, 16, 16)
    for row in lists.reshape(-1, 16, 16).tolist():
        for block, listed in enumerate(row):
            there = [x for x in listed if x >= 0]
            assert listed[-1] == block and there == sorted(set(there)) and len(there) == min(block + 1, 16)


def bench(*arguments):
    environment = {**os.environ, "MSA_BUILD": msart.BUILD, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run([sys.executable, os.path.join(ROOT, "scripts", "gpu-bench"), *map(str, arguments)],
                          env=environment, capture_output=True, text=True)


ONLY = "gpu-window-bank,gpu-dense,gpu-dense-full,gpu-decode1,gpu-gemm-c,gpu-layer4k,gpu-first-call"


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench") / "pack"
    done = bench("--pack", folder, "--only", ONLY, "--target", "cpu", "--tiny", "--options=--mcpu=x86-64-v3")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def measured(pack, out, *arguments):
    done = bench(out, "--packed", pack, "--device", "cpu", "--tiny", "--no-peers", "--seconds", "0.02", "--rounds", "2",
                 *arguments)
    records = json.loads((out / "gpu-bench.json").read_text())["records"] if (out / "gpu-bench.json").exists() else []
    return done, {r["id"]: r for r in records}


def test_a_run(pack, tmp_path):
    done, records = measured(pack, tmp_path / "out", "--only", ONLY)
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(records) == set(ONLY.split(","))
    for r in records.values():
        assert r["status"] == "done" and r["ours"] > 0 and min(r["error"]["ours"].values()) > 0 and r["way"] == "cpu"
    assert ONLY.split(",")[0] in (tmp_path / "out" / "table.txt").read_text()


def test_what_is_wrong_is_found(pack, tmp_path):
    """Causal attention in place of full: another model of the same shapes."""
    shutil.copytree(pack, tmp_path / "pack")
    for name in ("model", "small"):
        shutil.copyfile(pack / f"gpu-dense-full.{name}.msaf", tmp_path / "pack" / f"gpu-dense.{name}.msaf")
        done, records = measured(tmp_path / "pack", tmp_path / "out", "--only", "gpu-dense")
        assert done.returncode == 1 and records["gpu-dense"]["status"] == "WRONG", done.stdout + done.stderr
        assert "is off by" in records["gpu-dense"]["message"]
        shutil.copyfile(pack / f"gpu-dense.{name}.msaf", tmp_path / "pack" / f"gpu-dense.{name}.msaf")


def compared(*folders):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run([sys.executable, os.path.join(ROOT, "benchmarks", "gpu", "forms.py"), *map(str, folders), "--only",
                           "gpu-dense,gpu-gemm-c,gpu-layer4k", "--tiny", "--device", "cpu", "--seconds", "0.02", "--rounds", "2"],
                          env=environment, capture_output=True, text=True)


def test_forms_are_compared(pack, tmp_path):
    """Lines for each id and form; another model of the same shapes is not a form of this one."""
    other = tmp_path / "other"
    shutil.copytree(pack, other)
    done = compared(pack, other)
    lines = done.stdout.splitlines()
    assert done.returncode == 0 and len(lines) == 6, done.stdout + done.stderr
    assert all(x.endswith("the same bits") for x in lines) and {x.split(":")[0].split()[1] for x in lines} == {"pack", "other"}
    shutil.copyfile(pack / "gpu-dense-full.model.msaf", other / "gpu-dense.model.msaf")
    done = compared(pack, other)
    assert done.returncode == 1 and "gpu-dense other: " in done.stdout and "is off by" in done.stdout, done.stdout + done.stderr
    assert compared(pack, pack).returncode == 2


def test_what_is_not_there_is_told(pack, tmp_path):
    done, records = measured(pack, tmp_path / "out", "--only", "gpu-dense,gpu-window")
    assert done.returncode == 2
    assert records["gpu-dense"]["status"] == "done" and "not in the pack" in records["gpu-window"]["message"]


def test_a_hang_ends_one_case(pack, tmp_path):
    done, records = measured(pack, tmp_path / "out", "--only", "gpu-dense,gpu-dense-full", "--patience", "1.5",
                             "--seconds", "6")
    assert done.returncode == 2
    assert [r["status"] for r in records.values()] == ["failed", "failed"], done.stdout + done.stderr
    assert all("nothing was heard" in r["message"] for r in records.values())


def test_the_time_limit_keeps_what_is_there(pack, tmp_path):
    begin = time.monotonic()
    done, _ = measured(pack, tmp_path / "out", "--only", ONLY, "--seconds", "30", "--time-limit", "12")
    assert done.returncode == 3, done.stdout + done.stderr
    assert time.monotonic() - begin < 60


def test_resume(pack, tmp_path):
    measured(pack, tmp_path / "out", "--only", "gpu-dense")
    done, records = measured(pack, tmp_path / "out", "--only", "gpu-dense,gpu-window-bank", "--resume")
    assert set(records) == {"gpu-dense", "gpu-window-bank"} and done.returncode == 0


def test_roofline():
    import xml.etree.ElementTree

    from gpu import roofline
    record = {"id": "gpu-x", "status": "done", "flops": 4e12, "bytes": 2e9, "counted": ["flex"],
              "raw_ms": {"ours": {"median": 8.0}, "flex": {"median": 16.0}}}
    broken = {"id": "gpu-y", "status": "WRONG"}
    assert roofline.points([record, broken]) == [("gpu-x", 2000.0, 500.0, 250.0)]
    text = roofline.draw([record, broken, {**record, "id": "gpu-z"}], {"tflops": 700, "tbps": 4}, "a < b")
    shapes = [e.tag.split("}")[1] for e in xml.etree.ElementTree.fromstring(text).iter()]
    assert shapes.count("circle") == 3 and shapes.count("rect") == 4  # with the background and the legend
