"""The corpus as blocks along its text: streamed CBOW and skip-gram.

A block is two sparse matrices (``softmax.blocks``): ``A``, the weights of the input vectors that
make up each hidden vector, and ``Y``, the target weights. Only these differ between the methods and
architectures::

    source                  a row is                        A                 Y
    grouped skip-gram       a word of the vocabulary        one 1             its pair counts
    (``grouped``)
    streamed skip-gram      a word, in a batch of           one 1             counts of its context
                            positions of the text                             words in the batch
    streamed CBOW           a position of the text          1/m per context   its word
                                                            word

In skip-gram, window weights and subsampling enter as expectations: the weight of a pair is its
window weight times the probabilities of keeping both words. In CBOW the mean over the m context
words has these weights too (a weighted mean, not an expected loss, as the softmax is not linear in
it; with uniform windows and no subsampling the weights are 1/m), and the weight of a prediction is
the probability of keeping its word. Smoothing multiplies the columns of Y (``weights``).

A streamed pass that trains does not compute the positions that subsampling would drop: it draws
positions with these probabilities, and a drawn one counts as kept. So the gradient is the same in
expectation.

A block's share of the prior of an input vector is the share of the word's predictions that it has:
of its pair counts; of its positions; in CBOW of its weights in the means. Of blocks that are drawn
the shares, too, add up to one in expectation.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from w2vcli.softmax.blocks import Block
from w2vcli.softmax.csr import Csr
from w2vcli.system.compiler import Array, jit
from w2vcli.text.contexts import context_of, have_context
from w2vcli.text.tokens import TokenStream
from w2vcli.text.windows import Windows


@dataclass(frozen=True)
class Streamed:
    """The corpus as a token stream: blocks of ``batch`` positions, in CBOW or skip-gram.

    A shuffled pass divides the text into stretches in which subsampling keeps ``batch`` positions
    in expectation, and a block is drawn from each. Systematic sampling takes exactly so many, and
    each position with its own probability. The positions are put in the order of their words for
    it, those of a word in random order: so each word has its expected number of positions, to the
    next integer, and a text that repeats itself is not drawn at the same places again and again.

    Attributes
    ----------
    stream
        The whole token stream.
    keep
        float64 (V,): the probability with which subsampling keeps each word.
    factors
        float64 (V,): by what each word's target weights are multiplied (``WordWeights``).
    windows
        The context windows.
    cbow
        Whether the context predicts the word (CBOW) or the word its context (skip-gram).
    batch
        Positions in a block.
    """

    stream: TokenStream
    keep: NDArray[np.float64]
    factors: NDArray[np.float64]
    windows: Windows
    cbow: bool
    batch: int

    @property
    def pairs(self) -> None:
        """Blocks along the text are not made of pair counts."""
        return None

    @cached_property
    def positions(self) -> NDArray[np.int64]:
        """int64 (n,): the places in the stream of words that have a context."""
        return np.flatnonzero(have_context(self.stream, self.windows.size))

    @cached_property
    def _bounds(self) -> NDArray[np.int64]:
        """Where the stretches of a shuffled pass begin among the positions, and the end."""
        return _stretches(self.stream, self.positions, self.keep, self.batch)

    @property
    def largest(self) -> int:
        """The largest number of rows of a block."""
        return min(self.batch, len(self.positions))

    @property
    def typical(self) -> int:
        """The number of rows of a block of a shuffled pass; in skip-gram fewer, of equal words."""
        return self.largest

    @property
    def every(self) -> int:
        """The number of blocks of a pass that is not shuffled."""
        return -(-len(self.positions) // self.batch)

    def __len__(self) -> int:
        return len(self._bounds) - 1

    def blocks(self, order: np.random.Generator | None = None, skip: int = 0) -> Iterator[Block]:
        """Yield blocks of neighbouring positions.

        Without ``order`` they are all positions, weighted with the probabilities of keeping them.
        ``order`` shuffles the blocks and draws their positions.
        """
        if order is None:
            for start in range(skip * self.batch, len(self.positions), self.batch):
                yield self.at(self.positions[start : start + self.batch])
            return
        numbers = np.arange(len(self))
        order.shuffle(numbers)
        seeds = order.integers(1 << 63, size=len(self))
        for number in numbers[skip:].tolist():
            stretch = slice(*self._bounds[number : number + 2])
            yield self._drawn(self.positions[stretch], np.random.default_rng(seeds[number]))

    def at(self, chosen: NDArray[np.int64]) -> Block:
        """Return the predictions of some of the ``positions`` as one block."""
        return self._block(chosen, self.keep, len(chosen))

    def rows(self, chosen: NDArray[np.int64]) -> tuple[Csr, Csr]:
        """Return A and Y of some of the ``positions``."""
        return self._matrices(chosen, self.keep)

    def _drawn(self, stretch: NDArray[np.int64], random: np.random.Generator) -> Block:
        """Return a block drawn from neighbouring positions, which stands for all of them."""
        words = self.stream[stretch]
        by_word = np.argsort(words + random.random(len(words)))
        kept = np.cumsum(self.keep[words[by_word]])
        rows = min(self.batch, math.ceil(kept[-1]))
        weight = kept[-1] / rows  # one, but for rounding up to a whole number of rows
        marks = (np.arange(rows) + random.random()) * weight
        places = np.searchsorted(kept[:-1], marks, side="right")
        chosen = np.sort(stretch[by_word[places]])
        return self._block(chosen, np.full(len(self.keep), weight), len(stretch))

    def _block(self, chosen: NDArray[np.int64], own: NDArray[np.float64], positions: int) -> Block:
        """Return a block that stands for some ``positions``; ``own`` weighs predictions by word."""
        inputs, targets = self._matrices(chosen, own)
        if self.cbow:
            words, times = self.stream[chosen], np.diff(inputs.indptr)
            parts = np.repeat(own[words], times) * np.asarray(inputs.data, np.float64)
        else:
            words, times = np.unique(self.stream[chosen], return_counts=True)
            parts = own[words] * times
        return Block(inputs, targets, float(positions), parts / self._wholes[inputs.indices])

    def _matrices(self, chosen: NDArray[np.int64], own: NDArray[np.float64]) -> tuple[Csr, Csr]:
        build = _cbow_block if self.cbow else _skipgram_block
        inputs, targets = build(
            self.stream, chosen, self._weights, self.windows.unit, own, self.keep, self.factors
        )
        return Csr(*inputs), Csr(*targets)

    @property
    def _weights(self) -> NDArray[np.int64]:
        return np.array(self.windows.integers, dtype=np.int64)

    @cached_property
    def _wholes(self) -> NDArray[np.float64]:
        """What the shares of the prior are of, (V,): of each word what is in a whole pass."""
        if self.cbow:
            sums = _cbow_sums(self.stream, self.positions, self._weights, self.keep)
        else:
            sums = self.keep * np.bincount(self.stream[self.positions], minlength=len(self.keep))
        return np.maximum(sums, np.finfo(float).tiny)


@jit
def _stretches(stream: Array, positions: Array, keep: Array, batch: int) -> Array:
    """Cut a text into stretches of which subsampling keeps at most ``batch`` positions.

    Returns their beginnings, and the end of the last one.
    """
    bounds = np.empty(len(positions) // batch + 2, dtype=np.int64)
    found = 0
    kept = np.inf
    for i in range(len(positions)):
        probability = keep[stream[positions[i]]]
        if kept + probability > batch:
            bounds[found] = i
            found += 1
            kept = 0.0
        kept += probability
    bounds[found] = len(positions)
    return bounds[: found + 1]


@jit
def _skipgram_block(
    stream: Array,
    positions: Array,
    weights: Array,
    unit: int,
    own: Array,
    keep: Array,
    factors: Array,
) -> tuple[tuple[Array, Array, Array], tuple[Array, Array, Array]]:
    """Merge the windows of some positions into one row for each distinct centre word.

    Integer window weights are added first, so that the sums do not depend on the order.
    """
    reach = len(weights)
    contexts = np.empty(2 * reach, dtype=np.int64)
    distances = np.empty(2 * reach, dtype=np.int64)
    keys = np.empty(len(positions) * 2 * reach, dtype=np.int64)
    integers = np.empty(len(keys), dtype=np.int64)
    pairs = 0
    for i in range(len(positions)):
        centre = np.int64(stream[positions[i]])
        for k in range(context_of(stream, positions[i], reach, contexts, distances)):
            keys[pairs] = centre * len(keep) + contexts[k]
            integers[pairs] = weights[distances[k] - 1]
            pairs += 1
    order = np.argsort(keys[:pairs], kind="mergesort")
    words = np.empty(len(positions), dtype=np.int32)
    indptr = np.zeros(len(positions) + 1, dtype=np.int64)
    indices = np.empty(pairs, dtype=np.int32)
    totals = np.zeros(pairs, dtype=np.int64)
    rows = entries = 0
    last = np.int64(-1)
    for k in order:
        centre, context = keys[k] // len(keep), keys[k] % len(keep)
        if rows == 0 or words[rows - 1] != centre:
            words[rows] = centre
            rows += 1
        if keys[k] != last:
            indices[entries] = context
            entries += 1
            last = keys[k]
        totals[entries - 1] += integers[k]
        indptr[rows] = entries
    data = np.empty(entries, dtype=np.float32)
    for row in range(rows):
        for e in range(indptr[row], indptr[row + 1]):
            weight = totals[e] * (1.0 / unit) * own[words[row]] * keep[indices[e]]
            data[e] = weight * factors[indices[e]]
    hidden = (np.arange(rows + 1), words[:rows], np.ones(rows))
    return hidden, (indptr[: rows + 1], indices[:entries], data)


@jit
def _cbow_block(
    stream: Array,
    positions: Array,
    weights: Array,
    unit: int,
    own: Array,
    keep: Array,
    factors: Array,
) -> tuple[tuple[Array, Array, Array], tuple[Array, Array, Array]]:
    """Make one row for each position: the weighted mean of its context, and its word."""
    reach = len(weights)
    contexts = np.empty(2 * reach, dtype=np.int64)
    distances = np.empty(2 * reach, dtype=np.int64)
    indptr = np.zeros(len(positions) + 1, dtype=np.int64)
    indices = np.empty(len(positions) * 2 * reach, dtype=np.int32)
    shares = np.empty(len(indices))
    words = np.empty(len(positions), dtype=np.int32)
    data = np.empty(len(positions), dtype=np.float32)
    rows = 0
    for i in range(len(positions)):
        found = context_of(stream, positions[i], reach, contexts, distances)
        total = 0.0
        for k in range(found):
            total += weights[distances[k] - 1] * keep[contexts[k]]
        begin = indptr[rows]
        for k in range(found):
            indices[begin + k] = contexts[k]
            shares[begin + k] = weights[distances[k] - 1] * keep[contexts[k]] / total
        words[rows] = stream[positions[i]]
        data[rows] = own[words[rows]] * factors[words[rows]]
        indptr[rows + 1] = begin + found
        rows += 1
    hidden = (indptr[: rows + 1], indices[: indptr[rows]], shares[: indptr[rows]])
    return hidden, (np.arange(rows + 1), words[:rows], data[:rows])


@jit
def _cbow_sums(stream: Array, positions: Array, weights: Array, keep: Array) -> Array:
    """Return the column sums of diag(n) A over some positions; n without smoothing."""
    reach = len(weights)
    contexts = np.empty(2 * reach, dtype=np.int64)
    distances = np.empty(2 * reach, dtype=np.int64)
    sums = np.zeros(len(keep))
    for place in positions:
        found = context_of(stream, place, reach, contexts, distances)
        total = 0.0
        for k in range(found):
            total += weights[distances[k] - 1] * keep[contexts[k]]
        for k in range(found):
            part = weights[distances[k] - 1] * keep[contexts[k]] / total
            sums[contexts[k]] += keep[stream[place]] * part
    return sums
