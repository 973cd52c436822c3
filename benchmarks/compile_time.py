"""How long msa-compile takes for one large layer, as a process: start-up, parsing,
passes, code generation, linking and writing."""

import os
import statistics
import tempfile
import time

import common


def run_process(command):
    """Seconds and peak resident bytes of a process."""
    start = time.perf_counter()
    child = os.posix_spawn(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - start
    if status:
        raise RuntimeError(f"{' '.join(command)}: status {os.waitstatus_to_exitcode(status)}")
    return seconds, usage.ru_maxrss * 1024


class CompileLayer(common.Benchmark):
    unit = "s"

    def __init__(self, id, title, limit, options, variants):
        self.id, self.title, self.limit, self.options, self.variants = id, title, limit, options, variants

    def shape(self, tiny):
        import layer
        if tiny:
            return layer.Shape(width=64, heads=2, segment=64, window=32, slots=32, mlp=False)
        return layer.Shape(width=2048, heads=16, segment=4096, window=1024, slots=1024, mlp=False)

    def bar(self):
        return {"at_most": self.limit}

    def run(self, context):
        import layer
        import msart
        if not os.path.exists(msart.COMPILE):
            raise common.Skipped("needs msa-compile")
        text = layer.layer_entry(self.shape(context.tiny))
        runs = 2 if context.tiny else 5
        quiet = common.Quiet()
        with tempfile.TemporaryDirectory() as folder:
            def timed(text, options, n):
                source, out = os.path.join(folder, "layer.mlir"), os.path.join(folder, "layer.out")
                with open(source, "w") as f:
                    f.write(text)
                command = [msart.COMPILE, source, "-o", out, *options]
                times, peak, seen = [], 0, None
                for k in range(n + 1):  # the first reads files into the page cache
                    seconds, memory = run_process(command)
                    peak = max(peak, memory)
                    with open(out, "rb") as f:
                        data = f.read()
                    if not data or (seen is not None and data != seen):
                        raise common.Wrong("two runs of msa-compile wrote different files")
                    seen = data
                    if k:
                        times.append(seconds)
                return times, peak, seen

            times, peak, data = timed(text, self.options, runs)
            others = quiet.others()
            # The file must be what it claims to be.
            if "--emit=ptx" in self.options:
                if b".visible .entry" not in data:
                    raise common.Wrong("the PTX has no kernel")
            else:
                msart.Model(msart.Device("cpu", 1), data)
            raw = {"all": common.spread(times), "peak_rss_mib": round(peak / 2**20), "output_bytes": len(data)}
            # Where the time goes, for reading the record.
            for name, change, options in self.variants:
                t, _, _ = timed(change(text), [*self.options, *options], 1 if context.tiny else 3)
                raw[name] = common.spread(t)
        result = {"ours": round(statistics.median(times), 4), "raw_s": raw,
                  "error": {"same bytes in every run": True}}
        return common.record(self, result, context, None, others)


def same(text):
    return text


ALL = [
    CompileLayer("compile-layer-cpu", "msa-compile of a layer d=2048 H=16, segment 4096, window 1024, bank 1024 for CPUs", 4.0,
                 ["--target=cpu"], [("one CPU level (x86-64-v3)", same, ["--mcpu=x86-64-v3"])]),
    CompileLayer("compile-layer-ptx", "the same layer to PTX", 1.0,
                 ["--target=cuda", "--emit=ptx"], []),
]
