"""The Python examples of the pages run and print what the pages say.

Blocks of a page marked ```python run one after the other in one namespace. A line `print(..)  # -> text` must print
text. Numbers that a page holds for a reader (100_000 tokens to write, say) are made smaller here: EDITS. What a page
takes as given is made by SETUP.
"""

import contextlib
import io
import os
import re

import pytest

pytest.importorskip("torch", reason="PyTorch is not installed; scripts/python-env installs it")
pytest.importorskip("msa._compiler", reason="the Python package is not built (-DMSA_BUILD_PYTHON=ON)")

from package import own_folders  # noqa: E402, F401  (a fixture)

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGES = ["README.md"] + [f"docs/{name}.md" for name in ("HuggingFace", "Import", "Modules", "Python")]

SMALL_LLAMA = """
import torch
import transformers
torch.manual_seed(0)
llama = transformers.LlamaForCausalLM(transformers.LlamaConfig(
    vocab_size=256, hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=256, bos_token_id=None, eos_token_id=None, pad_token_id=None)).eval()
llama.save_pretrained("path/to/model")
path, ids = "path/to/model", torch.randint(0, 256, (1, 40))
text = ids.repeat(1, 3).split(30, 1)
from transformers import AutoModel, AutoModelForCausalLM
"""

SETUP = {"README.md": SMALL_LLAMA, "docs/HuggingFace.md": SMALL_LLAMA}
EDITS = {"README.md": [("100_000", "8")], "docs/HuggingFace.md": [("100_000", "8")]}


def blocks(text):
    """(line of the first line, source) of each ```python block."""
    for match in re.finditer(r"^```python\n(.*?)^```$", text, re.M | re.S):
        yield text.count("\n", 0, match.start(1)) + 1, match[1]


def expected(source):
    return [match[1].strip() for match in re.finditer(r"^\s*print\(.*# -> (.*)$", source, re.M)]


def run(page, text, setup="", edits=()):
    """Runs the blocks of a page; raises what they raise, with the page's lines in the traceback."""
    space = {"__name__": "page"}
    exec(compile(setup, f"setup of {page}", "exec"), space)
    count = 0
    for line, source in blocks(text):
        for old, new in edits:
            source = source.replace(old, new)
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile("\n" * (line - 1) + source, page, "exec"), space)
        printed = out.getvalue().splitlines()
        wanted = expected(source)
        assert [line for line in printed if line in wanted] == wanted, f"{page}:{line}: it printed {printed}"
        count += 1
    return count


@pytest.mark.parametrize("page", PAGES)
def test_page(page, tmp_path, monkeypatch):
    with open(os.path.join(ROOT, page), encoding="utf-8") as f:
        text = f.read()
    if page in SETUP:
        pytest.importorskip("transformers", reason="Transformers is not installed; scripts/python-env installs it")
    monkeypatch.chdir(tmp_path)
    assert run(page, text, SETUP.get(page, ""), EDITS.get(page, ()))


def pictures(text):
    """(caption, rows) of the text pictures of docs/Modules.md, which stand side by side under their captions."""
    block = re.search(r"^```text\n(.*?)^```$", text, re.M | re.S)[1]
    for group in block.strip("\n").split("\n\n"):
        captions, *rows = group.split("\n")
        for match in re.finditer(r"\S+( \S+)*", captions):
            yield match[0], [row[match.start():match.start() + len(rows)] for row in rows]


def test_no_page_is_forgotten():
    for folder in ("", "docs"):
        for name in os.listdir(os.path.join(ROOT, folder)):
            if name.endswith(".md"):
                with open(os.path.join(ROOT, folder, name), encoding="utf-8") as f:
                    assert os.path.join(folder, name) in PAGES or not list(blocks(f.read())), name


def test_pictures_of_patterns():
    import numpy as np

    import msa
    with open(os.path.join(ROOT, "docs", "Modules.md"), encoding="utf-8") as f:
        drawn = list(pictures(f.read()))
    assert len(drawn) == 12
    for caption, rows in drawn:
        pattern, n, operands = eval(caption, vars(msa.patterns).copy()), len(rows), {}
        if pattern.uses_documents:
            operands["documents"] = np.arange(n) * 3 // n
        if pattern.block_size:
            count = -(-n // pattern.block_size)
            operands["blocks"] = np.stack([np.zeros(count, int), np.arange(count)], 1)
        kept = pattern.mask(range(n), range(n), **operands)
        assert rows == ["".join(".#"[int(k)] for k in row) for row in kept], caption


def test_the_check_itself():
    """An example that raises, and one that prints something else, are found."""
    page = "```python\nx = 1\nprint(x + 1)  # -> {}\n```\n"
    assert run("a page", page.format(2)) == 1
    with pytest.raises(AssertionError, match="a page:2"):
        run("a page", page.format(3))
    with pytest.raises(ZeroDivisionError):
        run("a page", "```python\n1 / 0\n```\n")
    assert run("a page", "```mlir\nno\n```\n") == 0
