"""Patterns in Python: text and limits as the compiler has them, masks as the NumPy reference has them."""

import copy
import os
import pickle
import random
import subprocess
import sys
import xml.etree.ElementTree as xml

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import msa
import msart
import reference as ref

try:
    import torch
except ImportError:
    torch = None

LIMIT = 1 << 40
SIZES = st.one_of(st.integers(1, 9), st.sampled_from([LIMIT, 1 << 20]))
LEAVES = st.one_of(
    st.just(msa.Full()), st.just(msa.Causal()), st.just(msa.Document()),
    st.builds(msa.Window, st.one_of(st.integers(0, 12), st.just(LIMIT)), st.integers(0, 5), st.integers(1,
                                                                                                        4)),
    st.builds(msa.Strided, SIZES), st.builds(msa.Global, SIZES), st.just(msa.Blocks(4)),
    st.builds(msa.Random, st.integers(1, 4), st.integers(1, 9), st.integers(1, 12),
              st.one_of(st.just(0), st.integers(-(1 << 63), (1 << 63) - 1))))


def combinations(inner):
    return st.builds(lambda kind, members: kind(*members), st.sampled_from([msa.Any, msa.All]),
                     st.lists(inner, min_size=1, max_size=4))


PATTERNS = st.recursive(LEAVES, combinations, max_leaves=8)


def nested(p):
    """The reference's form of a pattern."""
    if isinstance(p, (msa.Any, msa.All)):
        return (p._name, *map(nested, p.members))
    name = type(p).__name__.lower()
    return (name, *(getattr(p, f) for f in p.__dataclass_fields__))


def opt(text):
    return subprocess.run([msart.OPT, "-"], input=text, capture_output=True, text=True)


needs_opt = pytest.mark.skipif(not os.path.exists(msart.OPT), reason="msa-opt is not built")


@settings(deadline=None)
@given(PATTERNS)
def test_text_is_read_back(p):
    for text in (p.mlir, p.mlir.replace(" ", ""), p.mlir.replace(",", " ,\n").replace("<", " < ")):
        back = msa.Pattern.parse(text)
        assert back == p and hash(back) == hash(p) and str(back) == p.mlir and repr(p) == p.mlir
    assert pickle.loads(pickle.dumps(p)) == p and copy.deepcopy(p) == p


@settings(deadline=None)
@given(st.lists(LEAVES, min_size=1, max_size=5), st.randoms())
def test_order_and_nesting_do_not_matter(members, shuffle):
    for kind in (msa.Any, msa.All):
        whole = kind(*members)
        mixed = list(members)
        shuffle.shuffle(mixed)
        cut = shuffle.randint(0, len(mixed) - 1)
        parts = [kind(*part) for part in (mixed[:cut], mixed[cut:]) if part]
        assert kind(*mixed, *members) == whole == kind(*parts)


def test_operators_and_simplification():
    assert msa.Causal() | msa.Full() == msa.Full()
    assert msa.Causal() & msa.Full() == msa.Causal()
    assert msa.Causal() & msa.Window(3) == msa.Window(3)  # causality that is implied
    assert (msa.Causal() & msa.Window(3, 1)).mlir == "#msa.all<#msa.causal, #msa.window<left = 3, right = 1>>"
    assert msa.Sink(4) == msa.Global(4) & msa.Causal() and msa.Sink(4).is_causal
    assert isinstance(msa.Window(3) | msa.Sink(4), msa.Any)
    assert not (msa.Window(3) | msa.Global(4)).is_causal
    assert msa.Causal() != msa.Full() and msa.Window(3) != msa.Strided(3)
    with pytest.raises(TypeError):
        msa.Causal() | 3
    with pytest.raises(AttributeError):
        msa.Sink(4).members = ()
    with pytest.raises(AttributeError):
        msa.Causal().left = 3


def raw_text(rng, depth=0):
    """Pattern text that is not in canonical form."""
    kind = rng.choice(["full", "causal", "document", "window", "strided", "global", "blocks", "random"] +
                      ["any", "all"] * (3 if depth < 3 else 0))
    if kind in ("any", "all"):
        return f"#msa.{kind}<{', '.join(raw_text(rng, depth + 1) for _ in range(rng.randint(1, 4)))}>"
    if kind == "window":
        named = [
            f"left = {rng.randint(0, 3)}", f"right = {rng.randint(0, 1)}", f"dilation = {rng.randint(1, 2)}"
        ]
        return f"#msa.window<{', '.join(named[:rng.randint(1, 3)])}>"
    if kind == "random":
        seed = rng.choice(["", ", seed = 0", f", seed = {rng.randint(-2 ** 63, 2 ** 63 - 1)}"])
        count, size, span = (rng.randint(1, 3) for _ in range(3))
        return f"#msa.random<count = {count}, size = {size}, span = {span}{seed}>"
    if kind in ("strided", "global"):
        return f"#msa.{kind}<{rng.choice([1, 2, 1 << 40, '0x10'])}>"
    return "#msa.blocks<8>" if kind == "blocks" else f"#msa.{kind}"


@needs_opt
def test_the_compiler_prints_the_same():
    rng = random.Random(5)
    texts = [raw_text(rng) for _ in range(400)]
    module = "".join(f"func.func private @f{i}() attributes {{x.p = {t}}}\n" for i, t in enumerate(texts))
    done = opt(module)
    assert done.returncode == 0, done.stderr[:2000]
    printed = [
        line.split("x.p = ", 1)[1].rstrip("} ") for line in done.stdout.splitlines() if "x.p = " in line
    ]
    assert len(printed) == len(texts)
    for text, theirs in zip(texts, printed):
        ours = msa.Pattern.parse(text).mlir
        assert ours == theirs, text
        assert msa.Pattern.parse(theirs).mlir == theirs


def deep(levels):
    text = "#msa.strided<2>"
    for i in range(levels):
        text = f"#msa.{('any', 'all')[i % 2]}<{text}, #msa.strided<{i + 3}>>"
    return text


REFUSED = [
    ("P1", "#msa.window<left = -1>"),
    ("P1", "#msa.window<left = 1, right = 1099511627777>"),
    ("P1", "#msa.window<left = 1, right = -1>"),
    ("P2", "#msa.window<left = 1, dilation = 0>"),
    ("P3", "#msa.strided<0>"),
    ("P4", "#msa.random<count = 0, size = 1, span = 1>"),
    ("P4", "#msa.random<count = 65, size = 1, span = 1>"),
    ("P5", "#msa.random<count = 1, size = 0, span = 1>"),
    ("P5", "#msa.random<count = 1, size = 1, span = 1099511627777>"),
    ("P6", "#msa.global<0>"),
    ("P7", "#msa.blocks<0>"),
    ("P7", "#msa.blocks<1048577>"),
    ("P8", "#msa.any<>"),
    ("P8", "#msa.any<#msa.blocks<2>, #msa.blocks<4>>"),
    ("P8", deep(66)),
    ("P8", f"#msa.any<{', '.join(f'#msa.strided<{i}>' for i in range(1, 66))}>"),
    ("", "#msa.window<right = 1>"),
    ("", "#msa.window<left = 1, left = 1>"),
    ("", "#msa.window<>"),
    ("", "#msa.none"),
    ("", "#msa.strided<>"),
    ("", "#msa.strided<1"),
    ("", "#msa.causal, 1"),
    ("", "#msa.strided<99999999999999999999>"),
]


@pytest.mark.parametrize("label,text", REFUSED)
def test_what_the_compiler_refuses_is_refused(label, text):
    with pytest.raises(msa.InvalidInput) as error:
        msa.Pattern.parse(text)
    assert label in str(error.value)
    if os.path.exists(msart.OPT):
        done = opt(f"func.func private @f() attributes {{x.p = {text}}}")
        assert done.returncode != 0 and label in done.stderr


@needs_opt
def test_what_nests_as_deep_as_possible_is_read_by_the_compiler():
    assert msa.Pattern.parse(deep(32)).depth == 32
    assert opt(f"func.func private @f() attributes {{x.p = {deep(32)}}}").returncode == 0
    with pytest.raises(msa.InvalidInput, match="P8"):
        msa.Pattern.parse(deep(33))
    with pytest.raises(msa.InvalidInput, match="P8"):
        msa.Pattern.parse(deep(32)) & msa.Strided(99) | msa.Strided(98)


@pytest.mark.parametrize("make", [
    lambda: msa.Window(1.5), lambda: msa.Window("3"), lambda: msa.Window(True), lambda: msa.Strided(None),
    lambda: msa.Random(1, 2, 3, seed=1 << 63), lambda: msa.Any(), lambda: msa.All(3),
    lambda: msa.Any("#msa.causal"), lambda: msa.Pattern.parse(None),
    lambda: msa.Causal().mask([1.5], np.array([0.5])), lambda: msa.Document().mask([1], [1]),
    lambda: msa.Causal().mask([1], [1], documents=[1]), lambda: msa.Blocks(2).mask([1], [1]),
    lambda: msa.Causal().tiles(0), lambda: msa.Causal().tiles(1 << 20, 1 << 20),
    lambda: msa.Causal().tiles(4, 4, tile=0), lambda: msa.Blocks(2).mask([1], [1], blocks=np.zeros(
        (2, 513), int))
])
def test_bad_arguments(make):
    with pytest.raises(msa.InvalidInput):
        make()


def operands(p, rng, positions):
    out = {}
    if p.uses_documents:
        out = dict(documents=np.sort(rng.integers(0, 4, 17)), document_origin=int(rng.integers(-3, 9)))
    if p.block_size:
        out.update(blocks=rng.integers(-1, 6, (5, 3)), origin=int(rng.integers(-3, 9)))
    return out


@settings(max_examples=200, deadline=None)
@given(PATTERNS, st.integers(0, 2 ** 32),
       st.sampled_from([0, 5, (1 << 24) - 3, (1 << 31) - 3, (1 << 32) - 2, 1 << 53, 1 << 62]),
       st.integers(0, 7))
def test_masks_are_the_references(p, seed, origin, head):
    rng = np.random.default_rng(seed)
    q, k = origin + np.arange(13) - 2, origin + np.arange(20) - 6
    options = operands(p, rng, origin)
    context = {"head": head, "origin": options.get("origin", 0), "blocks": options.get("blocks")}
    if "documents" in options:
        row, begin = options["documents"], options["document_origin"]
        context["documents"] = lambda x: row[np.clip(x - begin, 0, len(row) - 1)]
    expected = ref.keeps(nested(p), q, k, context)
    got = p.mask(q, k, head, **options)
    assert got.dtype == bool and got.shape == (13, 20) and (got == expected).all()
    if torch is not None:
        tensors = {
            n: torch.from_numpy(np.asarray(x)) if isinstance(x, np.ndarray) else x
            for n, x in options.items()
        }
        got = p.mask(torch.from_numpy(q), torch.from_numpy(k), head, **tensors)
        assert got.dtype == torch.bool and (got.numpy() == expected).all()
    if p.is_causal:
        assert not (expected & (k[None] > q[:, None])).any()


@settings(deadline=None)
@given(st.integers(-(1 << 63), (1 << 63) - 1), st.integers(0, 1 << 20), st.integers(0, (1 << 63) - 1),
       st.integers(0, 63), st.integers(1, LIMIT))
def test_draws_are_the_documented_hash(seed, head, block, draw, span):
    got = msa.Random(64, 1, span, seed).drawn(head, np.array([block]), draw)
    assert int(got[0]) == ref.random_block(seed, head, block, draw, span)
    if torch is not None:
        p = msa.Random(64, 1, span, seed)
        assert int(p.drawn(head, torch.tensor([block]), draw)) == int(got[0])
        assert int(p.drawn(torch.tensor([head]), torch.tensor([block]), draw)) == int(got[0])


@settings(max_examples=60, deadline=None)
@given(PATTERNS, st.integers(1, 40), st.integers(1, 40), st.integers(1, 9), st.integers(0, 1000))
def test_tiles_and_pictures(p, queries, keys, tile, seed):
    options = operands(p, np.random.default_rng(seed), 0)
    kinds = p.tiles(queries, keys, tile, **options)
    mask = p.mask(np.arange(queries), np.arange(keys), **options)
    assert kinds.shape == (-(-queries // tile), -(-keys // tile))
    for (i, j), kind in np.ndenumerate(kinds):
        part = mask[i * tile:(i + 1) * tile, j * tile:(j + 1) * tile]
        assert kind == (2 if part.all() else 1 if part.any() else 0)
    picture = xml.fromstring(p.draw(queries, keys, tile, **options))
    drawn = [r for r in picture.iter() if r.tag.endswith("rect")]
    assert len(drawn) == (kinds > 0).sum()
    assert p.mlir in "".join(picture.itertext())


def test_every_pattern_has_a_picture():
    for p in (msa.Causal(), msa.Document() & msa.Causal(), msa.Blocks(16), msa.Window(8) | msa.Sink(2)):
        assert xml.fromstring(p._repr_svg_()).tag.endswith("svg")


def test_comparisons_are_limited():
    p = msa.Any(*(msa.Random(64, i, 4) for i in range(1, 9)))
    assert p.comparisons() == 512
    p.check_comparisons()
    with pytest.raises(msa.InvalidInput, match="C14"):
        (p | msa.Causal()).check_comparisons()
    assert (msa.Blocks(4) | msa.Causal()).comparisons(7) == 8


def test_neither_torch_nor_the_compiler_is_imported():
    code = ("import sys, msa; p = msa.Window(3) | msa.Sink(2); p.draw(16); "
            "assert not {'torch', 'msa._compiler', 'msa._runtime'} & set(sys.modules), 'imported'")
    subprocess.run([sys.executable, "-c", code], check=True,
                   env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
