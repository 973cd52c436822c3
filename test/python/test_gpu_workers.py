"""The GPU suite's processes, and what is made of a checker's logs, without a GPU."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

import msart as m

GPU = os.path.join(m.ROOT, "test", "gpu")
sys.path.insert(0, GPU)
import checker_logs  # noqa: E402
import matrix_units  # noqa: E402
import pack  # noqa: E402
import workers  # noqa: E402

CLEAN = "========= COMPUTE-SANITIZER\n========= ERROR SUMMARY: 0 errors\n"
RACES = "========= RACECHECK SUMMARY: {} hazards displayed ({} errors, {} warnings)\n"


class Fake:
    """A case of some size, of no device."""

    def __init__(self, name, size, schedule=None):
        self.name, self.sizes, self.form, self.schedule = name, {"m": size}, "m->m", schedule


def parts(**sizes):
    """Part -> groups of one case each, of these sizes."""
    return {part: [(f"{part}-{i}", [Fake(f"{part}{i}", n)]) for i, n in enumerate(each)] for part, each in sizes.items()}


@pytest.mark.parametrize("small", [False, True])
@pytest.mark.parametrize("count", [1, 2, 5, 8, 100])
def test_every_case_is_done_once(count, small):
    work = parts(a=range(40), b=range(7), c=[])
    shares = [workers.share(work, k, count, small) for k in range(count)]
    assert sorted(name for s in shares for _, name, _ in s) == sorted(name for g in work.values() for name, _ in g)
    sizes = [len(s) for s in shares]
    assert max(sizes) - min(sizes) <= 2
    assert shares == [workers.share(work, k, count, small) for k in range(count)]
    # The parts are in turn, so that early ends leave none out.
    if count == 2:
        assert {part for part, *_ in shares[0][:2]} == {"a", "b"}


def test_small_cases_of_every_kind_come_first():
    groups = [(f"g{i}", [Fake(f"g{i}", 1 << (40 - i), schedule=i % 3 == 0)]) for i in range(30)]
    found = workers.ordered(groups, small=True)
    assert {workers.kind(g) for _, g in found[:2]} == {workers.kind(g) for _, g in groups}
    costs = [workers.cost(g[0]) for _, g in found]
    assert max(costs[:8]) < 1 << 24 and costs[:8] != sorted(costs[:8])  # alike, so shuffled
    assert costs[-1] == 1 << 39  # of the kind that has more
    assert found != groups and workers.ordered(groups, small=False) != groups
    assert sorted(found, key=str) == sorted(groups, key=str)


def test_costs_are_of_what_is_computed():
    import cases
    import numpy as np
    attend = cases.AttendCase("a", np.random.default_rng(1), B=2, H=4, KV=2, N=3, M=5, D=8, W=7, K=11)
    assert workers.cost(attend) == 2 * 4 * 3 * 8 * (5 + 7 + 11)
    token = cases.token_cases(1, seed=3)[0]
    assert workers.cost(token) == sum(np.asarray(x).size for x in token.inputs())


def record(part, case, error=0.5, *wrong):
    return {"part": part, "case": case, "error": error, "wrong": list(wrong)}


def test_results_are_merged():
    work = parts(a=range(3), b=range(5), c=range(2))
    records = [record("a", "a1"), record("a", "a0", 0.9), record("a", "a2", 0.1), record("b", "b0", 7.0, "b0: 7 times"),
               {"part": "c", "left_out": "no such GPU"}, {"part": "c", "left_out": "no such GPU"}]
    merged = workers.merged(work, records, least=3)
    assert merged["a"] == {"cases": 3, "of": 3, "wrong": [], "worst_of_bound": 0.9}
    assert merged["b"] == {"cases": 1, "of": 5, "wrong": ["b0: 7 times", "only 1 of 5 cases were done"], "worst_of_bound": 7.0}
    assert merged["c"] == {"cases": 0, "of": 2, "wrong": [], "left_out": "no such GPU"}
    # What one worker can do all can.
    mixed = workers.merged(parts(c=range(2)), [*records[-1:], record("c", "c0")])
    assert mixed["c"]["wrong"] == ["left out by some, done by others: no such GPU"]


def test_lines_of_several_threads_are_whole(capfd):
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda k: workers.say({"does": k}), range(4000)))
    finally:
        sys.setswitchinterval(interval)
    assert sorted(json.loads(line)["does"] for line in capfd.readouterr().out.splitlines()) == list(range(4000))


@pytest.mark.parametrize("ahead", [True, False])
def test_what_is_loaded_comes_in_order(ahead):
    loaded = []

    def load(item):
        loaded.append(item)
        if item == 2:
            raise ValueError("no such")
        return 10 * item

    seen = []
    for item, what in workers.each([1, 2, 3], load, ValueError, ahead):
        seen.append((item, str(what)))
        assert ahead or loaded[-1] == item  # the next one is not there yet
    assert seen == [(1, "10"), (2, "no such"), (3, "30")] and loaded == [1, 2, 3]


def test_a_share_behind_its_first_cases():
    mine = [("a", "x", [1, 2]), ("b", "y", [3]), ("a", "z", [4, 5, 6])]
    assert workers.behind(mine, 0) == mine
    for count in range(8):
        rest = workers.behind(mine, count)
        assert [c for _, _, group in rest for c in group] == list(range(1, 7))[count:] and all(group for *_, group in rest)


SCRIPT = """import json, os, signal, sys, time
kth, count = map(int, sys.argv[sys.argv.index("--worker") + 1].split("/"))
after = int(sys.argv[sys.argv.index("--after") + 1]) if "--after" in sys.argv else 0
if sys.argv[1 + kth] == "start" and not os.path.exists(marker := os.path.join(os.path.dirname(__file__), "started")):
    open(marker, "w").close()
    time.sleep(600)
if sys.argv[1 + kth] == "never":
    time.sleep(600)
for case in range(after, 4 if sys.argv[1 + kth] in ("stick", "between") else 0):
    if sys.argv[1 + kth] == "between" and case == 2 and not after:
        print(json.dumps({"does": "loading x"}), flush=True)
        time.sleep(600)
    print(json.dumps({"begins": f"b{case}"}), flush=True)
    if sys.argv[1 + kth] == "stick" and case in (1, 2):
        time.sleep(600)
    print(json.dumps({"part": "b", "case": f"b{case}", "error": 0.5, "wrong": []}), flush=True)
print(json.dumps({"part": "a", "case": f"a{kth}", "error": 0.5, "wrong": []}), flush=True)
print("said by a library")
what = sys.argv[1 + kth]
if what == "raise":
    raise ValueError("of this worker")
if what == "die":
    os.kill(os.getpid(), signal.SIGSEGV)
if what == "hang":
    time.sleep(600)
if what != "silent":
    print(json.dumps({"seconds": 1.5}), flush=True)
"""


def run_workers(tmp_path, *what, grace=None, patience=None):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    return workers.Workers(workers.again(script, what), len(what), grace, patience).finish()


def test_what_workers_did_is_collected(tmp_path):
    records, about = run_workers(tmp_path, "ok", "ok", "ok")
    assert sorted(r["case"] for r in records) == ["a0", "a1", "a2"]
    assert about == {"count": 3, "seconds": [1.5] * 3, "again": [], "wrong": []}


@pytest.mark.parametrize("what, said", [("raise", "ValueError: of this worker"), ("die", "ended with -11"),
                                        ("silent", "ended with 0"), ("hang", "did not end within 3 s")])
def test_a_worker_that_fails_is_told(tmp_path, what, said):
    records, about = run_workers(tmp_path, "ok", what, grace=3 if what == "hang" else None)
    assert sorted(r["case"] for r in records) == ["a0", "a1"]  # what it had done counts
    assert len(about["wrong"]) == 1 and "worker 1 of 2" in about["wrong"][0] and said in about["wrong"][0]


def test_another_goes_on_behind_a_case_that_does_not_end(tmp_path):
    records, about = run_workers(tmp_path, "ok", "stick", grace=60, patience=2)
    assert sorted(r["case"] for r in records) == ["a0", "a1", "b0", "b3"]
    assert [w.split(":")[0] for w in about["wrong"]] == ["worker 1 of 2 said nothing for 2 s after 1 cases, at b1",
                                                         "worker 1 of 2 said nothing for 2 s after 0 cases, at b2"]


def test_a_worker_that_came_to_no_case_begins_again_once(tmp_path):
    """Its share is done by another, and no case is to blame; not where that one says nothing either."""
    records, about = run_workers(tmp_path, "ok", "start", grace=60, patience=2)
    assert sorted(r["case"] for r in records) == ["a0", "a1"] and about["wrong"] == []
    assert [w.split(":")[0] for w in about["again"]] == ["worker 1 of 2 said nothing for 2 s after 0 cases"]
    records, about = run_workers(tmp_path, "ok", "never", grace=60, patience=2)
    assert sorted(r["case"] for r in records) == ["a0"] and len(about["again"]) == 1
    assert [w.split(":")[0] for w in about["wrong"]] == ["worker 1 of 2 said nothing for 2 s after 0 cases"]


def test_a_worker_that_is_stuck_between_cases_leaves_none_out(tmp_path):
    records, about = run_workers(tmp_path, "between", grace=60, patience=2)
    assert [r["case"] for r in records] == ["b0", "b1", "b2", "b3", "a0"] and about["wrong"] == []
    assert [w.split(":")[0] for w in about["again"]] == ["worker 0 of 1 said nothing for 2 s after 2 cases, loading x"]


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """A pack of the first cases for CPUs with AMX."""
    folder = tmp_path_factory.mktemp("pack")
    for name, group in workers.picked(matrix_units.groups(), ONLY):
        pack.build_matrix_units(folder, name, group)
    (folder / "pack.json").write_text(json.dumps({"counts": pack.COUNTS, "commit": "none"}))
    return folder


ONLY = 20


def run(folder, *options):
    out = folder / "result.json"
    done = subprocess.run([sys.executable, os.path.join(GPU, "run.py"), folder, "--json", out, "--parts", "matrix_units",
                           "--only", str(ONLY), *options], capture_output=True, text=True)
    return done.returncode, json.loads(out.read_text()), done.stdout + done.stderr


def test_one_process_and_several_find_the_same(packed):
    code, alone, said = run(packed, "--workers", "1")
    assert code == 0, said
    result = alone["matrix_units"]
    if "left_out" in result:
        assert result["cases"] == 0
        pytest.skip(f"what is packed does not run here: {result['left_out']}")
    assert result["cases"] == result["of"] >= ONLY and 0 < result["worst_of_bound"] <= 1 and "workers" not in alone
    code, shared, said = run(packed, "--workers", "3")
    assert code == 0, said
    assert shared["matrix_units"] == result and shared["workers"]["count"] == 3
    # No case fits into no time, and that is a failure.
    code, none, said = run(packed, "--workers", "2", "--budget", "1e-9")
    assert code == 1 and none["matrix_units"]["wrong"] == [f"only 0 of {result['of']} cases were done"], said


def test_a_missing_gpu_fails(packed):
    """Here there is none: what is for one is not left out silently."""
    if shutil.which("nvidia-smi"):
        pytest.skip("there is a GPU")
    script = f"import sys; sys.argv[1:] = [{str(packed)!r}, '--worker', '0/1', '--parts', 'decode']; import run; run.main()"
    done = subprocess.run([sys.executable, "-c", script], cwd=GPU, capture_output=True, text=True)
    assert done.returncode != 0 and "MSA_NO_GPU" in done.stderr, done.stdout


def test_a_broken_artefact_fails_all(packed):
    names = sorted(packed.glob("*.msaf"))
    kept = names[1].read_bytes()
    names[1].write_bytes(kept[:1000])
    try:
        code, result, said = run(packed, "--workers", "2")
    finally:
        names[1].write_bytes(kept)
    assert code == 1 and len(result["workers"]["wrong"]) == 1 and "RuntimeFailure" in result["workers"]["wrong"][0], said


def test_logs_are_read():
    read = checker_logs.errors
    assert read(CLEAN) == 0 and read(RACES.format(0, 0, 0)) == 0 and read(RACES.format(2, 0, 2)) == 0
    assert read("========= ERROR SUMMARY: 1 error\n") == 1
    assert read(RACES.format(3, 2, 1)) == 2
    assert read("========= Error: Target application terminated before first instrumented API call\n") is None
    for log in ("", "========= COMPUTE-SANITIZER\n", CLEAN + "========= Internal Sanitizer Error: no memory\n"):
        with pytest.raises(ValueError):
            read(log)


def test_logs_are_judged():
    judge = checker_logs.judge
    result = {"device": "x", "workers": {"count": 2}, "mma": {"cases": 3, "of": 9, "wrong": []}, "stream": {"wrong": []}}
    three = {f"{i}.log": CLEAN for i in range(3)}
    assert judge(three, result) == ([], "3 summaries, 0 errors, mma 3/9")
    # As it is: one log for all that the first process started.
    assert judge({"a": CLEAN}, result) == ([], "1 summaries, 0 errors, mma 3/9")
    assert judge({"a": CLEAN}) == ([], "1 summaries, 0 errors")
    wrong, line = judge({**three, "1.log": "========= ERROR SUMMARY: 4 errors\n", "2.log": ""}, result)
    assert wrong == ["1.log: 4 errors", "2.log: no summary: the process did not end"]
    assert line == "2 summaries, 4 errors, mma 3/9"
    assert judge({})[0] == ["nothing was checked"]
    idle = "========= Error: Target application terminated before first instrumented API call\n"
    assert judge({"a": idle})[0] == ["nothing was checked"]


CHECKER = """#!/bin/sh
# Leaves the logs of $LOGS, in place of checking, and a result.
while [ $# -gt 0 ]; do
  case $1 in
    --log-file) log=$2 ;;
    --json) echo '{"workers": {"count": 1}, "mma": {"cases": 3, "of": 9, "wrong": []}}' >"$2" ;;
    --target-processes) followed=$2 ;;
  esac
  shift
done
[ "$followed" = all ] || exit 3
i=0
for count in $LOGS; do
  i=$((i + 1))
  name=$(echo "$log" | sed "s/%p/$i/")
  echo "========= COMPUTE-SANITIZER" >"$name"
  [ "$count" = cut ] || echo "========= ERROR SUMMARY: $count errors" >>"$name"
done
exit ${CODE:-0}
"""


@pytest.mark.parametrize("logs, code, good", [("0 0", 0, True), ("0 7", 0, False), ("0 0", 9, False), ("0", 0, True), ("7", 0, False),
                                              ("0 cut", 0, False), ("", 0, False)])
def test_gpu_test_reads_all_logs(tmp_path, logs, code, good):
    tools, packs = tmp_path / "bin", tmp_path / "pack"
    tools.mkdir()
    packs.mkdir()
    for name, text in (("cmake", "#!/bin/sh\n"), ("compute-sanitizer", CHECKER)):
        (tools / name).write_text(text)
        (tools / name).chmod(stat.S_IRWXU)
    result = tmp_path / "result.json"
    stale = tmp_path / "result.json.memcheck.77.log"
    stale.write_text("========= ERROR SUMMARY: 5 errors\n")  # of a run before
    done = subprocess.run([shutil.which("bash"), os.path.join(m.ROOT, "scripts", "gpu-test"), result, packs],
                          capture_output=True, text=True,
                          env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "MSA_BUILD": str(tmp_path), "LOGS": logs,
                               "CODE": str(code), "MSA_GPU_PARTS": "memcheck"})
    assert (done.returncode == 0) == good, done.stdout + done.stderr
    assert re.search(r"memcheck: " + ("passed" if good else "failed"), done.stdout), done.stdout + done.stderr
    if logs == "0 7":
        assert "2 summaries, 7 errors, mma 3/9" in done.stdout and "memcheck.2.log: 7 errors" in done.stdout
