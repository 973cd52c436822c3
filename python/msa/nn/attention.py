"""The attention layer with a memory: sparse attention over a segment, a carried window and a bank."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Optional

import torch
from torch import Tensor, nn

from .. import ops
from ..errors import InvalidInput
from ..ops import checks
from ..ops.backend import check as check_backend
from ..patterns import Causal, Full, Pattern, Window
from .state import State, StepState


@dataclass(frozen=True)
class RopeConfig:
    """Rotary positions, see `msa.ops.rope`. rotary: channels of a head that are rotated; None: all."""

    base: float = 10000.0
    scaling: str = "none"
    factor: float = 1.0
    original: Optional[int] = None
    rotary: Optional[int] = None
    interleaved: bool = False


class BankGate(nn.Module):
    """Weights of a write gate, in the dialect's order: for each projection W and U (d x c) and b (c)."""

    def __init__(self, dim: int, gate: str = "gru", per_slot: bool = True, stretch: float = 0.1,
                 forget_bias: float = 1.0):
        super().__init__()
        if gate not in checks.GATES:
            raise InvalidInput(f"gate must be one of {', '.join(checks.GATES)}, got {gate!r}")
        self.gate, self.per_slot, self.stretch, self.forget_bias = gate, per_slot, stretch, forget_bias
        self.names = []
        for name, shape in checks.weight_shapes(gate, per_slot, dim):
            self.names.append(name)
            self.register_parameter(name, nn.Parameter(torch.empty(shape)))
        self.reset_parameters()

    def reset_parameters(self):
        """Small biases and weights: a gate starts near 1/2, in the part of the stretched sigmoid that has a
        slope (one that starts shut never learns to open)."""
        for parameter in self.parameters():
            if parameter.dim() == 1:
                nn.init.zeros_(parameter)
            else:
                nn.init.normal_(parameter, std=parameter.shape[0] ** -0.5)

    def extra_repr(self):
        return f"{self.gate}, per_slot={self.per_slot}, stretch={self.stretch}"

    def forward(self, bank: Tensor, candidate: Tensor, *, top=None, scores=None, length=None, backend=None):
        """(new bank, read or None)."""
        new = ops.bank_write(bank, candidate, [getattr(self, n) for n in self.names], gate=self.gate,
                             per_slot=self.per_slot, stretch=self.stretch, forget_bias=self.forget_bias,
                             top=top, scores=scores, length=length, backend=backend)
        return new if self.gate == "lstm" else (new, None)


class MemorySparseAttention(nn.Module):
    """Attention whose cost per token does not grow with the length of the stream.

    One call takes a segment of B streams and the state before it, and gives outputs and the state after:

        c = short_conv(x);  q, k, v = c Wq, c Wk, c Wv;  bank keys and values = bank Wk, bank Wv
        y = softmax over (bank, carried window, segment) Wo          keys and queries rotated, the bank not
        candidate = slot queries attend to k, v (not rotated);       bank' = gate(bank, candidate)

    dim, heads, kv_heads, head_dim: width of x, query and key/value heads, channels of a head (dim / heads).
    pattern: which local keys a query keeps; by default the last `window` positions (Window(window - 1)), or
        all of the segment where there is no window. causal: intersects it with Causal().
    window: W, keys before the segment that are carried along. slots: K, of the bank; 0: no bank.
    gate, per_slot, stretch: see `msa.ops.bank_write`. One stretched gate per slot keeps longest.
    top: at most so many slots are written after a segment, those of highest learned score; the score also
        scales what is written (2 sigmoid(score)), so that it has a gradient. None: all.
    conv: width of the causal convolution before the projections (3 or 4), or None. It binds neighbours
        together: without it associations are hard to learn.
    rope: RopeConfig or None. bank_bias: start of the learned number per head on the bank's scores.
    bias: whether the projections q, k, v have biases. backend: see `msa.ops`.
    """

    def __init__(self, dim: int, heads: int, kv_heads: Optional[int] = None, head_dim: Optional[int] = None,
                 *, pattern: Optional[Pattern] = None, window: int = 0, slots: int = 64, gate: str = "gru",
                 per_slot: bool = True, stretch: float = 0.1, forget_bias: float = 1.0,
                 conv: Optional[int] = 3, rope: Optional[RopeConfig] = RopeConfig(), bank_bias: float = -5.0,
                 bias: bool = False, top: Optional[int] = None, causal: bool = True,
                 scale: Optional[float] = None, score: Optional[str] = None, backend: Optional[str] = None):
        super().__init__()
        kv_heads = heads if kv_heads is None else kv_heads
        for name, value, least in (("dim", dim, 1), ("heads", heads, 1), ("kv_heads", kv_heads, 1),
                                   ("window", window, 0), ("slots", slots, 0)):
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise InvalidInput(f"{name} must be an integer from {least} on, got {value!r}")
        if heads % kv_heads:
            raise InvalidInput(f"heads {heads} must be a multiple of kv_heads {kv_heads}")
        if head_dim is None and dim % heads:
            raise InvalidInput(f"dim {dim} must be a multiple of heads {heads}, or head_dim given")
        if conv is not None and not 2 <= conv <= 16:
            raise InvalidInput(f"conv must be None or lie in [2, 16], got {conv!r}")
        if top is not None and not 1 <= top <= slots:
            raise InvalidInput(f"top must be None or lie in [1, {slots}], got {top!r}")
        if not 0 <= stretch <= 1:
            raise InvalidInput(f"stretch must lie in [0, 1], got {stretch!r}")
        if pattern is None:
            pattern = (Window(window - 1) if window else Causal()) if causal else Full()
        if not isinstance(pattern, Pattern):
            raise InvalidInput(f"pattern must be an msa.Pattern, got {pattern!r}")
        self.pattern = pattern & Causal() if causal else pattern
        self.dim, self.heads, self.kv_heads = dim, heads, kv_heads
        self.head_dim = dim // heads if head_dim is None else head_dim
        self.window, self.slots, self.top, self.conv_width = window, slots, top, conv
        self.rope, self.backend, self.score = rope, check_backend(backend), score
        self.scale = self.head_dim ** -0.5 if scale is None else scale
        inner, kv = heads * self.head_dim, kv_heads * self.head_dim
        self.q_proj, self.k_proj = nn.Linear(dim, inner, bias=bias), nn.Linear(dim, kv, bias=bias)
        self.v_proj, self.o_proj = nn.Linear(dim, kv, bias=bias), nn.Linear(inner, dim, bias=False)
        self.conv = nn.Parameter(torch.empty(conv, dim)) if conv else None
        if slots:
            self.bank_bias = nn.Parameter(torch.empty(heads))
            self.bank_start = nn.Parameter(torch.empty(slots, dim))
            self.slot_query = nn.Parameter(torch.empty(heads, slots, self.head_dim))
            self.slot_proj = nn.Linear(inner, dim, bias=False) if inner != dim else None
            self.gate = BankGate(dim, gate, per_slot, stretch, forget_bias)
            self.router = nn.Linear(2 * dim, 1) if top else None
        self._bank_bias = bank_bias
        self.reset_parameters()

    def reset_parameters(self):
        for layer in (self.q_proj, self.k_proj, self.v_proj, self.o_proj):
            nn.init.normal_(layer.weight, std=layer.in_features ** -0.5)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        if self.conv is not None:
            # The token itself passes; its neighbours join with random weights.
            nn.init.normal_(self.conv, std=0.3)
            with torch.no_grad():
                self.conv[-1] += 1
        if self.slots:
            nn.init.constant_(self.bank_bias, self._bank_bias)
            nn.init.normal_(self.bank_start, std=0.5)
            nn.init.normal_(self.slot_query)
            self.gate.reset_parameters()

    def extra_repr(self):
        return (f"dim={self.dim}, heads={self.heads}, kv_heads={self.kv_heads}, head_dim={self.head_dim}, "
                f"pattern={self.pattern}, window={self.window}, slots={self.slots}, top={self.top}")

    def initial_state(self, batch: int, dtype: Optional[torch.dtype] = None) -> State:
        """State of `batch` streams that have seen nothing: learned slots, an empty window. Gradients reach
        the learned slots through it."""
        like = self.q_proj.weight
        zeros = dict(dtype=like.dtype if dtype is None else dtype, device=like.device)
        window = (batch, self.kv_heads, self.window, self.head_dim)
        bank = read = None
        if self.slots:
            bank = self.bank_start.to(zeros["dtype"]).expand(batch, -1, -1)
            read = torch.tanh(bank) if self.gate.gate == "lstm" else None
        return State(bank,
                     torch.zeros(window, **zeros) if self.window else None,
                     torch.zeros(window, **zeros) if self.window else None,
                     torch.zeros(batch, self.conv_width - 1, self.dim, **zeros) if self.conv_width else None,
                     torch.zeros(batch, dtype=torch.int64, device=like.device), read)

    # --- Parts ----------------------------------------------------------------------------------------------

    def _heads(self, x: Tensor, heads: int) -> Tensor:
        """B x N x (H D) to B x H x N x D."""
        return x.unflatten(2, (heads, self.head_dim)).transpose(1, 2)

    def _merged(self, x: Tensor) -> Tensor:
        return x.transpose(1, 2).flatten(2)

    def _convolved(self, x: Tensor, carried: Optional[Tensor]) -> Tensor:
        return x if self.conv is None else ops.short_conv(x, carried, self.conv, backend=self.backend)

    def _rotated(self, x: Tensor, start: int = 0, **options) -> Tensor:
        if self.rope is None:
            return x
        return ops.rope(x, start=start, backend=self.backend, **options, **asdict(self.rope))

    def _read(self, query: Tensor, key: Tensor, value: Tensor, state: State, position, **options) -> Tensor:
        """Attention of rotated queries over the bank, the window and rotated keys: B x N x dim."""
        window = bank = {}
        if self.window:
            window = dict(window_key=self._rotated(state.window_key, -self.window),
                          window_value=state.window_value)
        if self.slots:
            shown = state.bank if state.read is None else state.read
            bank = dict(bank_key=self._heads(self.k_proj(shown), self.kv_heads),
                        bank_value=self._heads(self.v_proj(shown),
                                               self.kv_heads), bank_bias=self.bank_bias.float())
        out, _ = ops.attend(query, key, value, pattern=self.pattern, scale=self.scale, position=position,
                            score=self.score, backend=self.backend, **window, **bank, **options)
        return self.o_proj(self._merged(out))

    def _write(self, key: Tensor, value: Tensor, state: State, length: Optional[Tensor]):
        """(bank, read) after a segment of keys (not rotated) and values."""
        batch = key.shape[0]
        query = self.slot_query.to(key.dtype).expand(batch, -1, -1, -1)
        candidate, _ = ops.attend(query, key, value, pattern=Full(), scale=self.scale, length=length,
                                  backend=self.backend)
        candidate = self._merged(candidate)
        if self.slot_proj is not None:
            candidate = self.slot_proj(candidate)
        scores = None
        if self.router is not None:
            scores = self.router(torch.cat([candidate, state.bank], 2)).squeeze(2)
            candidate = candidate * (2 * torch.sigmoid(scores))[..., None]
            scores = scores.detach().float()
        bank, read = self.gate(state.bank, candidate, top=self.top, scores=scores, length=length,
                               backend=self.backend)
        if read is not None and length is not None:
            read = torch.where((length > 0)[:, None, None], read, state.read)
        return bank, read

    def _advance(self, key, value, state: State, length, position, carry) -> State:
        bank = read = window_key = window_value = None
        if self.slots:
            bank, read = self._write(key, value, state, length)
        if self.window:
            window_key = ops.carry(state.window_key, key, length, backend=self.backend)
            window_value = ops.carry(state.window_value, value, length, backend=self.backend)
        rows = key.shape[2]
        passed = rows if length is None else length.clamp(0, rows)
        return State(bank, window_key, window_value, carry, position + passed, read)

    # --- Segments -------------------------------------------------------------------------------------------

    def forward(self, x: Tensor, state: Optional[State] = None, *, position: Optional[Tensor] = None,
                length: Optional[Tensor] = None, documents: Optional[Tensor] = None,
                blocks: Optional[Tensor] = None) -> tuple[Tensor, State]:
        """One segment. x: B x N x dim. state: as of the end of the segment before, None at the start.

        position: B (int64), absolute position of x's first token; by default state.position.
        length: B (int64), tokens of x that are there; outputs past it are of no use.
        documents (B x (W + N), i32), blocks (B x Hkv x Q x T, i32): where the pattern reads them.

        Returns y (B x N x dim) and the state after it."""
        if x.dim() != 3 or x.shape[2] != self.dim:
            raise InvalidInput(f"x must have shape B x N x {self.dim}, got {tuple(x.shape)}")
        state = self.initial_state(x.shape[0], x.dtype) if state is None else state
        position = state.position if position is None else position
        c = self._convolved(x, state.carry)
        carry = None if self.conv is None else ops.carry(state.carry, x, length, backend=self.backend)
        q = self._heads(self.q_proj(c), self.heads)
        k, v = self._heads(self.k_proj(c), self.kv_heads), self._heads(self.v_proj(c), self.kv_heads)
        y = self._read(self._rotated(q), self._rotated(k), v, state, position, length=length,
                       documents=documents, blocks=blocks)
        return y, self._advance(k, v, state, length, position, carry)

    # --- Token by token -------------------------------------------------------------------------------------

    def start_segment(self, state: State, segment: int) -> StepState:
        """State for `step`, at the start of a segment of `segment` tokens."""
        if self.pattern.uses_documents or self.pattern.block_size:
            raise InvalidInput(
                f"step does not carry documents or block lists, which the pattern reads: {self.pattern}")
        batch, like = state.position.shape[0], self.k_proj.weight
        shape = (batch, self.kv_heads, segment, self.head_dim)
        dtype = next((t.dtype for t in state if t is not None and t.is_floating_point()), like.dtype)
        key = torch.zeros(shape, dtype=dtype, device=like.device)
        return StepState(state, key, torch.zeros_like(key), state.carry, torch.zeros_like(state.position))

    def step(self, x: Tensor, at: StepState, active: Optional[Tensor] = None) -> tuple[Tensor, StepState]:
        """One token of each stream. x: B x 1 x dim. active: B (bool), streams that really take a token
        (default all); the others keep their state, and their row of y is of no use.

        The token sees the bank and the window as of the last segment boundary and its own segment so far. The
        write happens when a stream's segment is complete, as in `forward`; results agree with it up to
        rounding."""
        if x.dim() != 3 or tuple(x.shape[1:]) != (1, self.dim):
            raise InvalidInput(f"x must have shape B x 1 x {self.dim}, got {tuple(x.shape)}")
        segment, count = at.key.shape[2], at.count
        one = torch.ones_like(count) if active is None else active.to(count.dtype)
        c = self._convolved(x, at.recent)
        recent = None if self.conv is None else ops.carry(at.recent, x, one, backend=self.backend)
        q = self._heads(self.q_proj(c), self.heads)
        k, v = self._heads(self.k_proj(c), self.kv_heads), self._heads(self.v_proj(c), self.kv_heads)
        here = torch.arange(segment, device=x.device) == count[:, None]
        here = (here & (one > 0)[:, None])[:, None, :, None]
        key, value = torch.where(here, k, at.key), torch.where(here, v, at.value)
        y = self._read(self._rotated(q, offset=count, limit=segment), self._rotated(key), value, at.state,
                       at.state.position, offset=count, length=count + one)
        at = StepState(at.state, key, value, recent, count + one)
        full = at.count >= segment
        return y, self._commit(at, full) if bool(full.any()) else at

    def end_segment(self, at: StepState) -> State:
        """Ends the unfinished segment early: it is written, and the next token starts a new one."""
        return self._commit(at, torch.ones_like(at.count, dtype=torch.bool)).state

    def _commit(self, at: StepState, rows: Tensor) -> StepState:
        length = torch.where(rows, at.count, 0)
        carry = None
        if at.recent is not None:
            carry = torch.where(rows[:, None, None], at.recent, at.state.carry)
        state = self._advance(at.key, at.value, at.state, length, at.state.position, carry)
        return StepState(state, at.key, at.value, at.recent, at.count - length)
