"""Cross-segment associative recall: the task, and how streams of it are drawn with NumPy (data.py does with PyTorch).

A stream is a sequence of segments of `segment` tokens:

    segment 0        `pairs` key-value pairs, in random cells of two tokens; noise in all other cells
    segments 1..n-2  noise
    segment n-1      `pairs` questions, in random cells; noise in all other cells

A cell of a pair is (key, value), a cell of a question is (QUERY, key), a cell of noise is two noise tokens. The
model has to answer at the key of a question with the value that stood behind this key in segment 0. Keys of one
stream are distinct; values are drawn independently, so that one who knows nothing guesses right once in `values`
times (chance). Nothing of segment 0 is left in any window when the questions come: what is recalled was written to
memory and kept there.

The vocabulary, in this order:

    0                            QUERY, the marker of a question
    1 .. keys                    keys
    keys + 1 .. keys + values    values
    the `noise` ids after them   noise
"""

from dataclasses import asdict, dataclass

QUERY = 0


@dataclass(frozen=True)
class Task:
    """Sizes of the task. Raises ValueError where a segment can not hold the pairs."""

    pairs: int = 16
    keys: int = 128
    values: int = 128
    noise: int = 64
    segment: int = 64

    def __post_init__(self):
        if self.segment % 2 or 2 * self.pairs > self.segment:
            raise ValueError(f"a segment of {self.segment} tokens does not hold {self.pairs} pairs: it must be even "
                             f"and at least {2 * self.pairs}")
        if self.pairs < 1 or self.keys < self.pairs or self.values < 2 or self.noise < 1:
            raise ValueError(f"a stream needs {self.pairs} distinct keys, two values and one noise token at least, "
                             f"not keys={self.keys}, values={self.values}, noise={self.noise}")

    @property
    def vocabulary(self) -> int:
        return 1 + self.keys + self.values + self.noise

    @property
    def chance(self) -> float:
        return 1 / self.values

    def to_dict(self) -> dict:
        return asdict(self)


class Streams:
    """Test streams with NumPy. What a segment holds is a function of (seed, what it is, its number), so that a
    stream that is continued later, on another machine, goes on with the same tokens.

    first: B x S int64, the facts. keys, values: B x P, token ids."""

    CHUNK = 64  # segments of noise drawn at once

    def __init__(self, task: Task, batch: int, seed: int):
        self.task, self.batch, self.seed = task, batch, seed
        rng = self._rng(0)
        self.keys = 1 + rng.random((batch, task.keys)).argpartition(task.pairs - 1, 1)[:, :task.pairs]
        self.values = rng.integers(1 + task.keys, 1 + task.keys + task.values, self.keys.shape)
        self.first, _ = self._placed(rng, self.keys, self.values)
        self._chunk, self._noise = -1, None

    def _rng(self, *purpose):
        import numpy
        return numpy.random.Generator(numpy.random.Philox(numpy.random.SeedSequence([self.seed, *purpose])))

    def _some_noise(self, rng, *shape):
        low = 1 + self.task.keys + self.task.values
        return rng.integers(low, low + self.task.noise, shape)

    def _placed(self, rng, first, second):
        """A segment with (first, second), B x P each, in random cells; and the positions of `second`."""
        import numpy
        tokens = self._some_noise(rng, self.batch, self.task.segment)
        cells = rng.random((self.batch, self.task.segment // 2)).argsort(1)[:, :self.task.pairs]
        numpy.put_along_axis(tokens, 2 * cells, first, 1)
        numpy.put_along_axis(tokens, 2 * cells + 1, second, 1)
        return tokens, 2 * cells + 1

    def noise(self, number: int):
        """Segment `number` (from 1 on): B x S int64."""
        chunk, at = divmod(number - 1, self.CHUNK)
        if chunk != self._chunk:
            self._noise = self._some_noise(self._rng(1, chunk), self.CHUNK, self.batch, self.task.segment)
            self._chunk = chunk
        return self._noise[at]

    def questions(self, number: int):
        """A last segment, number `number`, that asks for all keys: (tokens B x S, positions B x P)."""
        import numpy
        return self._placed(self._rng(2, number), numpy.full_like(self.keys, QUERY), self.keys)
