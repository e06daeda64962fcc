"""How much work a run is for a vocabulary: pairs, blocks, their rows and entries.

Found from a sample of the rows of the pair counts (``row_sample``) by the rules by which the run
itself divides them into blocks (``grouped``, ``closing``); nothing here depends on the machine.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from w2vcli.softmax.blocks import Block
from w2vcli.softmax.csr import Csr, row_sums
from w2vcli.training.closing import HEAD_WORDS, LITTLE
from w2vcli.training.grouped import take_rows
from w2vcli.training.options import TrainingOptions
from w2vcli.training.row_sample import RowSample, as_matrix
from w2vcli.training.weights import WordWeights


@dataclass(frozen=True)
class Blocks:
    """Blocks of a kind: how many, and of each its rows and its entries of Y, on average."""

    number: int
    rows: float
    entries: float


@dataclass(frozen=True)
class Workload:
    """The work of a run for one vocabulary.

    Attributes
    ----------
    words, tokens
        The words of the vocabulary, and how many tokens of the text they are.
    pairs, entries
        The distinct pairs of words, and the entries of the symmetric matrix of them.
    occurrences
        How often any two of the words stand within a window of each other.
    densest
        The entries of the largest block, that of the most frequent words.
    steps
        The blocks of gradient descent, in all passes.
    stepped, lifted
        The blocks of the closing pass, and how many words begin anew in it; none without one.
    every
        The blocks of all words, as for the final loss.
    """

    words: int
    tokens: int
    pairs: int
    entries: int
    occurrences: int
    densest: int
    steps: Blocks
    stepped: Blocks
    lifted: int
    every: Blocks


@dataclass(frozen=True)
class SampledCounts:
    """The sampled rows of a vocabulary, with what its words weigh.

    Attributes
    ----------
    sample
        The rows.
    counts
        int64 (V,): how often each word occurs.
    chosen
        bool (V,): the words of the vocabulary, which may be some of those that were counted.
    options
        How to train; resolved.
    visits
        int64 (V,): as in ``GroupedSkipGram``; None for 1.
    """

    sample: RowSample
    counts: NDArray[np.int64]
    chosen: NDArray[np.bool_]
    options: TrainingOptions
    visits: NDArray[np.int64] | None = None

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """The words of the rows, by falling count."""
        return self.sample.rows[self.chosen[self.sample.rows]]

    @cached_property
    def scale(self) -> float:
        """How many words each row stands for."""
        return int(self.chosen.sum()) / max(1, len(self.rows))

    @cached_property
    def weights(self) -> WordWeights:
        """What the words weigh; those that are not chosen are never kept."""
        some = WordWeights.of(self.counts[self.chosen], self.options)
        keep, factors = np.zeros(len(self.counts)), np.ones(len(self.counts))
        keep[self.chosen], factors[self.chosen] = some
        return WordWeights(keep, factors)

    @cached_property
    def matrix(self) -> Csr:
        """The rows as a matrix of expected pair counts, float32 CSR (V, V); others are empty."""
        unit = self.options.windows.unit
        return as_matrix(self.sample, self.weights.keep, unit, self.chosen)

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """The number of entries of each row."""
        return np.diff(self.matrix.indptr)[self.rows]

    @cached_property
    def totals(self) -> NDArray[np.float64]:
        """The sum of each row."""
        return row_sums(self.matrix)[self.rows]

    @cached_property
    def visited(self) -> NDArray[np.int64]:
        """Which of the rows a pass visits, as ``GroupedSkipGram.visited``."""
        active = np.flatnonzero(self.totals)
        head = math.ceil(HEAD_WORDS / self.scale)
        if not self.options.closing or head >= len(active):
            return active
        return np.sort(active[np.argsort(-self.totals[active], kind="stable")[:head]])

    @cached_property
    def shares(self) -> NDArray[np.float64]:
        """In how many shares a pass takes each of those, as ``GroupedSkipGram`` does."""
        totals = self.totals[self.visited]
        if not len(totals):
            return totals
        shares = np.maximum(1.0, np.round(np.sqrt(totals / np.median(totals))))
        return shares if self.visits is None else shares * self.visits[self.rows[self.visited]]

    @property
    def in_a_block(self) -> NDArray[np.float64]:
        """Of each of those, how many words like it are in a block, on average."""
        # A word with more shares than there are blocks is in each of them, as one row.
        return self.scale * np.minimum(1.0, self.shares / self.blocks_of_a_pass)

    @property
    def blocks_of_a_pass(self) -> int:
        """The number of blocks of a pass of gradient descent."""
        return max(1, math.ceil(self.scale * float(self.shares.sum()) / self.options.batch))

    def workload(self) -> Workload:
        """Return the work of a run with this vocabulary."""
        entries = self.scale * float(self.lengths.sum())
        own = np.repeat(np.arange(len(self.counts)), np.diff(self.matrix.indptr))
        equal = self.scale * float((own == self.matrix.indices).sum())
        active, stepped = self.totals > 0, np.zeros(len(self.rows), bool)
        lifted = 0
        if self.options.closing:
            stepped[self.visited] = True
            beginning = active & ~stepped
            lifted = round(self.scale * float(beginning.sum()))
            stepped |= active & (self.totals >= LITTLE * self.options.prior)
        assert self.options.passes is not None
        in_a_block, densest = self.in_a_block, math.ceil(self.options.batch / self.scale)
        return Workload(
            int(self.chosen.sum()),
            int(self.counts[self.chosen].sum()),
            round((entries + equal) / 2),
            round(entries),
            round(self._occurrences()),
            round(self.scale * float(self.lengths[:densest].sum())),
            Blocks(
                max(1, round(self.options.passes * self.blocks_of_a_pass)),
                float(in_a_block.sum()),
                float(in_a_block @ self.lengths[self.visited]),
            ),
            self._blocks(stepped),
            lifted,
            self._blocks(active),
        )

    def typical(self, rows: int) -> NDArray[np.int64]:
        """Return words whose rows together are like a block of so many rows, int64 (rows,).

        A word stands there several times where it stands for its neighbours by count, too.
        """
        bounds = np.cumsum(self.in_a_block)
        marks = (np.arange(rows) + 0.5) * (bounds[-1] / rows)
        places = np.searchsorted(bounds[:-1], marks, side="right")
        chosen: NDArray[np.int64] = self.rows[self.visited[places]]
        return chosen

    def _blocks(self, which: NDArray[np.bool_]) -> Blocks:
        """Return the blocks of some of the rows, and of the words for which they stand."""
        number = math.ceil(self.scale * float(which.sum()) / self.options.batch)
        if not number:
            return Blocks(0, 0.0, 0.0)
        rows, entries = which.sum() / number, self.lengths[which].sum() / number
        return Blocks(number, self.scale * float(rows), self.scale * float(entries))

    def _occurrences(self) -> float:
        """Return how often two of the words meet, by the mean weight of a pair in the windows."""
        inside = self.chosen[self.sample.row_of_entry] & self.chosen[self.sample.indices]
        integers = self.options.windows.integers
        # A word meets others about as often as it occurs.
        scale = int(self.counts[self.chosen].sum()) / max(1, int(self.counts[self.rows].sum()))
        weights = scale * float(self.sample.totals[inside].sum()) / 2
        return weights * len(integers) / sum(integers)


class TypicalBlocks:
    """Blocks of sampled rows like those of a pass of gradient descent.

    Parameters
    ----------
    of
        The rows.
    words
        V; with fewer than there are the columns of the others are left out.
    rows
        The rows of a block.

    Attributes
    ----------
    matrix
        The pair counts of the first V words among each other, where they are sampled.
    factors
        float64 (V,): by what target weights are multiplied.
    """

    def __init__(self, of: SampledCounts, words: int, rows: int) -> None:
        indptr, indices, data = of.matrix
        if words < len(of.counts):
            there = np.flatnonzero(indices < words)
            owners = np.repeat(np.arange(len(of.counts)), np.diff(indptr))[there]
            indices, data = indices[there], data[there]
            indptr = np.append(0, np.cumsum(np.bincount(owners, minlength=len(of.counts))))
        self._every = Csr(indptr, indices, data)
        end = int(indptr[words])
        self.matrix = Csr(indptr[: words + 1], indices[:end], data[:end])
        self.factors = of.weights.factors[:words]
        self._chosen = of.typical(rows)
        # One row stands for several words: each has an input vector of its own.
        self._words = np.linspace(0, words - 1, rows).astype(np.int32)

    def some(self, number: int) -> Iterator[Block]:
        """Yield so many blocks, each of them made anew."""
        rows = len(self._words)
        inputs = Csr(np.arange(rows + 1, dtype=np.int64), self._words, np.ones(rows))
        share = np.ones(rows)
        for _ in range(number):
            targets = take_rows(*self._every, self._chosen, share, self.factors)
            yield Block(inputs, Csr(*targets), float(rows), share)
