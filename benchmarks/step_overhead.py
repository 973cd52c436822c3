"""What a step from Python costs where the kernels do next to nothing.

The model adds four inputs of 256 bytes. The whole step is measured, from the call of Session.step to its return, so
the number is an upper bound of the overhead: reading and checking the tensors, the runtime, and the kernel. Beside it
stands the same step through the C interface with everything prepared (through ctypes)."""

import time

import numpy as np

import common

SOURCE = """
func.func @step(%a: tensor<1x1x8x8xf32> {msa.name = "a"}, %b: tensor<1x1x8x8xf32> {msa.name = "b"},
                %c: tensor<1x1x8x8xf32> {msa.name = "c"}, %d: tensor<1x1x8x8xf32> {msa.name = "d"})
    -> (tensor<1x1x8x8xf32> {msa.name = "sum"}) {
  %0 = arith.addf %a, %b : tensor<1x1x8x8xf32>
  %1 = arith.addf %0, %c : tensor<1x1x8x8xf32>
  %2 = arith.addf %1, %d : tensor<1x1x8x8xf32>
  return %2 : tensor<1x1x8x8xf32>
}
"""


class StepOverhead(common.Benchmark):
    id, unit = "python-step", "us"
    title = "a step of an all but empty model from Python (PyTorch tensors, outputs given)"

    def sources(self, tiny):
        return {"model": SOURCE}

    def bar(self):
        return {"at_most": 30.0}

    def run(self, context):
        try:
            import msa
        except ImportError as error:
            raise common.Skipped(f"the Python package is not here: {error}")
        import msart
        torch = context.torch()
        data = context.artefact(self)
        session = msa.load(data, f"cpu:{context.threads}").session()
        tensors = [torch.randn(1, 1, 8, 8) for _ in range(4)]
        arrays = [t.numpy() for t in tensors]
        out = [torch.empty(1, 1, 8, 8)]
        array_out = [out[0].numpy()]
        handle = msart.Session(msart.Model(msart.Device("cpu", context.threads), data))
        prepared, _ = handle.prepare("step", arrays)
        ways = {"PyTorch, outputs given": lambda: session.step(tensors, out),
                "PyTorch, outputs made": lambda: session.step(tensors),
                "NumPy, outputs given": lambda: session.step(arrays, array_out),
                "NumPy, outputs made": lambda: session.step(arrays),
                "C interface": prepared}
        expected = np.sum(np.asarray(arrays, np.float64), axis=0)
        checked = common.correctness({name: common.error(way()[0], expected) for name, way in ways.items()
                                      if way is not prepared})
        times = {name: [] for name in ways}
        calls = 20 if context.tiny else 4000
        quiet = common.Quiet()
        # Blocks in turn: noise of the machine hits all alike.
        for _ in range(2 if context.tiny else 10):
            for name, way in ways.items():
                for _ in range(calls // 20):
                    way()
                for _ in range(calls // 10):
                    start = time.perf_counter()
                    way()
                    times[name].append(time.perf_counter() - start)
        others = quiet.others()
        ours = sorted(times["PyTorch, outputs given"])
        return common.record(self, {"ours": round(ours[len(ours) // 2] * 1e6, 2), "error": checked,
                                    "raw_us": {n: common.spread(t, 1e6, 2) for n, t in times.items()}}, context, others=others)


ALL = [StepOverhead()]
