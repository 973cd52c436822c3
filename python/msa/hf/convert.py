"""Turns the attention of Hugging Face models into memory sparse attention, keeping all weights."""

from __future__ import annotations

import functools
import inspect
import types
import warnings
from typing import Any, Optional, Sequence, Union

import torch
from torch import nn

from ..errors import InvalidInput
from ..ops.backend import check as check_backend
from ..patterns import Causal, Pattern, Window
from .cache import MemoryCache
from .layer import PACKED, Bank, FusedAttention, MemoryAttention, SplitAttention
from .masks import tracing
from .register import register

# Model types, and where each has its attention.
SUPPORTED = {
    "llama": ("LlamaAttention", SplitAttention),
    "mistral": ("MistralAttention", SplitAttention),
    "qwen3": ("Qwen3Attention", SplitAttention),
    "gpt2": ("GPT2Attention", FusedAttention),
}
POSITIONS = ("error", "wrap")


def _integer(name: str, value: Any, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InvalidInput(f"{name} must be an integer from {least} on, got {value!r}")
    return value


def _refuse(model: nn.Module) -> str:
    """The model's type. Raises InvalidInput for what can not be converted."""
    supported = ", ".join(sorted(SUPPORTED))
    if not isinstance(model, nn.Module) or not hasattr(model, "config"):
        raise InvalidInput(f"convert takes a model of Transformers, got {type(model).__name__}")
    kind = getattr(model.config, "model_type", None)
    if any(isinstance(m, MemoryAttention) for m in model.modules()):
        raise InvalidInput("the model is converted already; convert a fresh one")
    if kind not in SUPPORTED:
        raise InvalidInput(f"models of type '{kind}' can not be converted; supported are: {supported}. "
                           "attn_implementation=\"msa\" (msa.hf.register) runs other models as they are")
    if getattr(model.config, "add_cross_attention", False):
        raise InvalidInput("models with cross-attention can not be converted; supported are decoders alone: "
                           f"{supported}")
    if not getattr(model.config, "is_causal", True):
        raise InvalidInput("a bidirectional model can not be converted: a memory has a before and an after")
    return kind


def _frequencies(model: nn.Module, reach: int) -> tuple[Optional[tuple[float, ...]], float]:
    """Angle per position of each channel pair, and the factor on cosine and sine, as the model has them for a
    context of `reach` tokens. They are computed anew, in f32: buffers of a model in 16 bits have lost
    them."""
    rotary = next((m for m in model.modules() if type(m).__name__.endswith("RotaryEmbedding")), None)
    if rotary is None:
        return None, 1.0
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
    if rotary.rope_type == "default":
        freq, gain = rotary.compute_default_rope_parameters(rotary.config)
    else:
        freq, gain = ROPE_INIT_FUNCTIONS[rotary.rope_type](rotary.config, torch.device("cpu"), seq_len=reach)
    return tuple(freq.double().tolist()), float(gain)


def _own_window(old: nn.Module, config: Any, kind: str) -> Optional[int]:
    if kind == "mistral":
        return getattr(config, "sliding_window", None)
    return getattr(old, "sliding_window", None)


# --- Positions that are learned (GPT-2) ---------------------------------------------------------------------


def _wrap_positions(embedding: nn.Embedding, args: tuple) -> tuple:
    return (args[0] % embedding.msa_period, *args[1:])


def _check_positions(embedding: nn.Embedding, args: tuple) -> None:
    if not torch.compiler.is_exporting() and int(args[0].max()) >= embedding.num_embeddings:
        raise InvalidInput(
            f"position {int(args[0].max())} in a model that has learned {embedding.num_embeddings} "
            "positions: convert it with positions=\"wrap\", which starts them again, or keep streams shorter")


# --- Caches -------------------------------------------------------------------------------------------------


def _parameters(kind: type) -> tuple[str, ...]:
    """Names of what a model's forward takes, in order."""
    return tuple(inspect.signature(kind.forward).parameters)[1:]


def _cache_name(parameters: tuple[str, ...]) -> str:
    """Transformers calls it past_key_values, or cache in newer versions."""
    return "cache" if "cache" in parameters else "past_key_values"


def _take_cache(kwargs: dict) -> Any:
    """Removes the cache, under either name, and returns it: a model does not look at the name that another version
    of Transformers has, its layers do."""
    found = [kwargs.pop(name, None) for name in ("cache", "past_key_values")]
    return found[1] if found[0] is None else found[0]


def _check_order(kwargs: dict) -> None:
    """Refuses packed sequences. (Without a cache Transformers finds them, with one it does not look.)"""
    position = kwargs.get("position_ids")
    if position is None or kwargs.get("attention_mask") is not None or position.shape[-1] < 2:
        return
    if torch.compiler.is_dynamo_compiling():
        torch._assert_async((position.diff(dim=-1) == 1).all(), PACKED)
        return
    if tracing(position):
        return      # there the layers look
    if bool((position.diff(dim=-1) != 1).any()):
        raise InvalidInput(PACKED)


def _before(parameters: tuple[str, ...], base: nn.Module, args: tuple, kwargs: dict) -> tuple[tuple, dict]:
    """Before each forward of the model: a cache of the right kind, and one where use_cache wants it.
    parameters: of that forward."""
    kwargs = {**dict(zip(parameters, args)), **kwargs}
    _check_order(kwargs)
    name = _cache_name(parameters)
    given = _take_cache(kwargs)
    if given is not None and not isinstance(given, MemoryCache):
        raise InvalidInput(f"a converted model needs a msa.hf.MemoryCache(model) as its cache, got "
                           f"{type(given).__name__}, which would hold no memory and grow with the stream")
    use = kwargs.get("use_cache")
    if use is None:
        use = bool(getattr(base.config, "use_cache", True)) and not base.training
    kwargs[name] = MemoryCache(base) if given is None and use else given
    kwargs["use_cache"] = use
    return (), kwargs


def _prepare_cache(model: nn.Module, generation_config: Any, model_kwargs: dict, *args: Any,
                   **kwargs: Any) -> Any:
    """Stands for the model's `_prepare_cache_for_generation`, which would make a cache that grows."""
    name = _cache_name(_parameters(type(model)))
    given = _take_cache(model_kwargs)
    if given is None and generation_config.use_cache is not False:
        if generation_config.cache_implementation not in (None, "dynamic"):
            raise InvalidInput(f"cache_implementation='{generation_config.cache_implementation}' with a "
                               "converted model; it has a cache of its own: leave it out")
        model_kwargs[name] = MemoryCache(model)
        return None
    if given is not None and not isinstance(given, MemoryCache):
        raise InvalidInput(f"a converted model needs a msa.hf.MemoryCache(model), got {type(given).__name__}")
    if given is not None:
        model_kwargs[name] = given
    return type(model)._prepare_cache_for_generation(model, generation_config, model_kwargs, *args, **kwargs)


# --- Conversion ---------------------------------------------------------------------------------------------


def convert(model: nn.Module, *, window: int, slots: int = 0, segment: Optional[int] = None,
            pattern: Union[None, str, Pattern] = None, gate: str = "gru", per_slot: bool = True,
            stretch: float = 0.1, forget_bias: float = 1.0, top: Optional[int] = None,
            conv: Optional[int] = None, bank_bias: float = -5.0, layers: Optional[Sequence[int]] = None,
            positions: str = "error", backend: Optional[str] = None) -> nn.Module:
    """Turns the attention of a Llama, Mistral, Qwen3 or GPT-2 model into memory sparse attention. In place;
    returns the model. All weights stay where they are, under their names; what is new is under `memory` and
    `conv` of each converted layer and is learned by training. At the start the model equals itself with a
    sliding window of `window` tokens (where it has slots: but for their small weight, see bank_bias).

    window: tokens that a token sees, itself among them, and that are carried from segment to segment; a
        sliding window that the model has already stays where it is smaller.
    slots: K, of the bank; 0: none. segment: S, tokens between two writes of the bank; by default `window`.
    pattern: which of the carried and segment's keys a token sees, in place of the window; made causal. Its
    text, too. gate, per_slot, stretch, forget_bias, top, bank_bias: as of msa.nn.MemorySparseAttention.
    conv: width of a causal convolution before the projections, which starts as the identity. None: none.
    layers: indices of the layers to convert; None: all. Layers that stay keep their growing cache.
    positions: GPT-2 has learned so many positions and no more. "error": InvalidInput for a position past
        them; "wrap": positions are taken modulo the greatest multiple of `segment` that was learned.
        Models with rotary positions have no such end: theirs are relative to the segment.
    backend: as of msa.ops; by default compiled kernels where no gradients are needed and the reference
        elsewhere.

    Raises InvalidInput for models that can not be converted, with the list of those that can, and bad
    arguments.
    """
    arguments = {name: value for name, value in locals().items() if name not in ("model", "backend")}
    kind = _refuse(model)
    config = model.config.get_text_config(decoder=True)
    name, adapter = SUPPORTED[kind]
    window, slots = _integer("window", window, 0), _integer("slots", slots, 0)
    segment = max(window, 1) if segment is None else _integer("segment", segment, 1)
    check_backend(backend)
    if isinstance(pattern, str):
        pattern = Pattern.parse(pattern)
    given = pattern
    if pattern is not None and not isinstance(pattern, Pattern):
        raise InvalidInput(f"pattern must be an msa.Pattern, got {pattern!r}")
    if pattern is not None and (pattern.uses_documents or pattern.block_size):
        raise InvalidInput(f"documents and listed blocks are not known while a stream is read: {pattern}")
    if pattern is None:
        pattern = Window(window - 1) if window else Causal()
    pattern = pattern & Causal()
    if conv is not None and not 2 <= _integer("conv", conv, 2) <= 16:
        raise InvalidInput(f"conv must be None or lie in [2, 16], got {conv}")
    if top is not None and not 1 <= _integer("top", top, 1) <= slots:
        raise InvalidInput(f"top must be None or lie in [1, {slots}] (the slots), got {top}")
    if not isinstance(stretch, (int, float)) or not 0 <= stretch <= 1:
        raise InvalidInput(f"stretch must lie in [0, 1], got {stretch!r}")
    if positions not in POSITIONS:
        raise InvalidInput(f"positions must be one of {', '.join(POSITIONS)}, got {positions!r}")
    found = {m.layer_idx: (parent, child, m) for parent in model.modules()
             for child, m in parent.named_children() if type(m).__name__ == name}
    if not found:
        raise InvalidInput(f"no {name} in the model: its attention was replaced already")
    chosen = sorted(found) if layers is None else list(layers)
    wrong = [i for i in chosen if i not in found]
    if wrong or not chosen:
        raise InvalidInput(f"layers must name layers 0 .. {len(found) - 1}, got {layers}")
    if kind == "gpt2" and segment > config.max_position_embeddings and positions == "wrap":
        raise InvalidInput(f"a segment of {segment} tokens is longer than the "
                           f"{config.max_position_embeddings} positions that the model has learned")
    dropout = getattr(config, "attention_dropout", None) or getattr(config, "attn_pdrop", 0)
    if dropout:
        warnings.warn(f"converted layers drop no attention weights (the config says {dropout}); other "
                      "dropout stays",
                      stacklevel=2)

    frequencies, gain = _frequencies(model, window + segment)
    new: dict[int, MemoryAttention] = {}
    for index in chosen:
        parent, child, old = found[index]
        like = next(old.parameters())
        heads = config.num_attention_heads
        own = _own_window(old, config, kind)
        bank = None
        if slots:
            bank = Bank(config.hidden_size, heads, old.head_dim, slots, gate=gate, per_slot=per_slot,
                        stretch=stretch, forget_bias=forget_bias, top=top, bias=bank_bias)
        module = adapter(index, heads, getattr(config, "num_key_value_heads", heads), old.head_dim,
                         config.hidden_size, scaling=float(old.scaling), window=window, segment=segment,
                         pattern=pattern & Window(own - 1) if own else pattern, frequencies=frequencies,
                         gain=gain, bank=bank, conv=conv, backend=backend)
        module.to(device=like.device, dtype=like.dtype)
        module.adopt(old)
        module.train(old.training)
        new[index] = module
    # Nothing has changed so far; nothing fails from here on.
    for index, module in new.items():
        parent, child, _ = found[index]
        setattr(parent, child, module)
    base = getattr(model, model.base_model_prefix, model)
    base.register_forward_pre_hook(functools.partial(_before, _parameters(type(base))), with_kwargs=True)
    if hasattr(model, "_prepare_cache_for_generation"):
        model._prepare_cache_for_generation = types.MethodType(_prepare_cache, model)
    if kind == "gpt2":
        base.wpe.msa_period = config.max_position_embeddings // segment * segment
        base.wpe.register_forward_pre_hook(_wrap_positions if positions == "wrap" else _check_positions)
    model.set_attn_implementation(register())
    arguments.update(segment=segment, pattern=None if given is None else given.mlir, layers=chosen)
    model.config.msa = arguments        # for `load`
    return model
