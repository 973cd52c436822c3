"""The recall example: its data, that a run continues with the same bits, what it refuses, constant state."""

import math
import sys
import xml.dom.minidom
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="needs PyTorch")
pytest.importorskip("safetensors", reason="needs safetensors")
sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "recall"))

import checkpoint  # noqa: E402
import data  # noqa: E402
import evaluate  # noqa: E402
import plot  # noqa: E402
import train  # noqa: E402
from model import GATES, Config, MemoryLM  # noqa: E402

TINY = ["--device", "cpu", "--pairs", "3", "--keys", "8", "--values", "8", "--noise", "4", "--segment", "12", "--slots",
        "6", "--width", "16", "--batch", "4", "--steps", "9", "--segments", "4", "--grow-from", "0", "--grow-to", "0.5",
        "--warmup", "3", "--log-every", "4"]


def run(out, steps=math.inf, *options):
    """Trains the tiny setting for at most `steps` steps."""
    args = train.arguments([*TINY, "--out", str(out), *options])
    count = iter(range(10**9))
    return train.train(args, args.seeds[0], math.inf, lambda: next(count) >= steps)


def test_answers_follow_from_the_first_segment_alone():
    task = data.Task()
    tokens, positions, answers = data.sample(task, data.generator("cpu", 1), 32, 5)
    assert tokens.shape == (32, 5, 64)
    for b in range(32):
        first, last = tokens[b, 0].tolist(), tokens[b, -1].tolist()
        value = {first[i]: first[i + 1] for i in range(0, 64, 2) if 1 <= first[i] <= task.keys}
        assert len(value) == task.pairs
        for p, answer in zip(positions[b].tolist(), answers[b].tolist()):
            assert last[p - 1] == data.QUERY and value[last[p]] == answer
            assert task.keys < answer <= task.keys + task.values
        assert len({last[p] for p in positions[b].tolist()}) == task.pairs
    assert tokens[:, 1:-1].min() > task.keys + task.values and tokens.max() < task.vocabulary


@pytest.mark.parametrize("sizes", [{"pairs": 33}, {"segment": 63}, {"keys": 15}, {"values": 1}])
def test_impossible_tasks_are_refused(sizes):
    with pytest.raises(ValueError):
        data.Task(**sizes)


@pytest.mark.parametrize("gate", GATES)
def test_resumed_runs_have_the_same_bits(tmp_path, gate):
    assert run(tmp_path / "whole", math.inf, "--gate", gate)
    for steps in (2, 3, 1):  # stops before, at and after a line of the log
        assert not run(tmp_path / "parts", steps, "--gate", gate)
    assert run(tmp_path / "parts", math.inf, "--gate", gate)
    for kind, end in (("weights", ""), ("checkpoint", ".checkpoint")):
        a, b = (checkpoint.load(tmp_path / x / f"{gate}-0{end}.safetensors", kind) for x in ("whole", "parts"))
        assert a[0].keys() == b[0].keys() and a[1]["step"] == b[1]["step"] == 9
        for name in a[0]:
            assert torch.equal(a[0][name], b[0][name]), name
    logs = [[line.rsplit(",", 1)[0] for line in (tmp_path / x / f"{gate}-0.csv").read_text().splitlines()]
            for x in ("whole", "parts")]
    assert logs[0] == logs[1] and len(logs[0]) == 4


def test_a_checkpoint_of_other_settings_is_refused(tmp_path):
    run(tmp_path, 2)
    with pytest.raises(checkpoint.CheckpointError, match="rate"):
        run(tmp_path, 2, "--rate", "0.5")


def test_only_safetensors_of_the_example_are_read(tmp_path):
    import pickle

    from safetensors.torch import save_file
    bad = {name: tmp_path / name for name in ("zip.safetensors", "old.pt", "plain.pkl", "short", "other")}
    torch.save({"w": torch.zeros(3)}, bad["zip.safetensors"])
    torch.save({"w": torch.zeros(3)}, bad["old.pt"], _use_new_zipfile_serialization=False)
    bad["plain.pkl"].write_bytes(pickle.dumps({"w": 1}))
    for name in ("zip.safetensors", "old.pt", "plain.pkl"):
        with pytest.raises(checkpoint.PickleRefused):
            checkpoint.load(bad[name], "weights")
    save_file({"w": torch.zeros(3)}, bad["other"])
    bad["short"].write_bytes(bad["other"].read_bytes()[:-4])
    for name in ("short", "other", "absent"):
        with pytest.raises(checkpoint.CheckpointError) as error:
            checkpoint.load(tmp_path / name, "weights")
        assert not isinstance(error.value, checkpoint.PickleRefused)
    run(tmp_path, 1)
    with pytest.raises(checkpoint.CheckpointError, match="checkpoint"):
        checkpoint.load(tmp_path / "stretched-0.checkpoint.safetensors", "weights")


@pytest.mark.parametrize("gate", GATES)
def test_every_parameter_learns_and_the_state_keeps_its_size(gate):
    torch.manual_seed(0)
    task = data.Task(3, 8, 8, 4, 12)
    model = MemoryLM(Config(task.vocabulary, 16, 2, 2, 6, 12, gate=gate))
    loss, _ = train.objective(model, *data.sample(task, data.generator("cpu", 0), 4, 3))
    loss.backward()
    for name, p in model.named_parameters():
        assert p.grad is not None and p.grad.abs().max() > 0, name
    stream = evaluate.Stream(model, 4)
    sizes = [[None if t is None else t.shape for t in s] for s in stream.state]
    with torch.no_grad():
        for _ in range(3):
            stream.feed(data.noise(task, data.generator("cpu", 1), 4, 12))
    assert sizes == [[None if t is None else t.shape for t in s] for s in stream.state]


def test_streaming_agrees_with_the_training_pass(tmp_path):
    """The rows of an evaluation are the model's answers to whole streams."""
    task = data.Task(3, 8, 8, 4, 12)
    torch.manual_seed(3)
    model = MemoryLM(Config(task.vocabulary, 16, 2, 2, 6, 12)).eval()
    rows = evaluate.evaluate(model, task, [2, 5], streams=40, rounds=2, seed=7)
    rng = data.generator("cpu", 7)
    first, keys, values = data.facts(task, rng, 40)
    middle = data.noise(task, rng, evaluate.CHUNK, 40, 12)[:3].transpose(0, 1)
    for row in rows:
        right = 0
        for r in range(2):
            last, positions = data.questions(task, data.generator("cpu", 7, row["segments"], r), keys)
            whole = torch.cat([first[:, None], middle[:, : row["segments"] - 2], last[:, None]], 1)
            with torch.no_grad():
                right += round(train.objective(model, whole, positions, values)[1].item() * 120)
        assert row["right"] == right and row["questions"] == 240


def test_charts_are_well_formed(tmp_path):
    run(tmp_path)
    xml.dom.minidom.parseString((tmp_path / "stretched-0.svg").read_text())
    model, task, info = evaluate.load_model(tmp_path / "stretched-0.safetensors", "cpu")
    rows = evaluate.evaluate(model, task, [2, 3, 9], streams=2)
    record = {"config": info["config"], "task": info["task"], "training": info["training"], "results": rows}
    xml.dom.minidom.parseString(plot.recall_chart([record, record]))
