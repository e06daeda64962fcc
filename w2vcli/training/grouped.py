"""The corpus as blocks of its pair counts: grouped skip-gram.

A row is a word of the vocabulary: A has its one 1, and Y its pair counts with all words, which are
all that the skip-gram objective knows of a text (``sources`` has the other methods).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from w2vcli.softmax.blocks import Block
from w2vcli.softmax.csr import Csr, one_hot, row_sums
from w2vcli.system.compiler import Array, jit


@dataclass(frozen=True)
class GroupedSkipGram:
    """The whole corpus as pair counts: one row for each word that has pairs.

    In training, the counts of a frequent word are divided into equal shares, spread over the pass:
    as many as the square root of its count over the median count. Their sum is the same, but the
    blocks become more alike, and the most important vectors are updated most often. That reaches a
    given loss with about 60 % of the work.

    Attributes
    ----------
    pairs
        float32 CSR (V, V): expected pair counts (``PairCounts.matrix``).
    positions
        float64 (V,): the number of positions of the text that each word has.
    factors
        float64 (V,): by what each word's target weights are multiplied (``WordWeights``).
    batch
        Words in a block.
    visits
        int64 (V,): multipliers of the numbers of shares; None for 1.
    head
        How many words, those with most pairs, a shuffled pass visits as centre words; None for
        all. Every word stays a context word.
    """

    pairs: Csr
    positions: NDArray[np.float64]
    factors: NDArray[np.float64]
    batch: int
    visits: NDArray[np.int64] | None = None
    head: int | None = None

    @cached_property
    def totals(self) -> NDArray[np.float64]:
        """float64 (V,): the number of pairs of each word as centre word."""
        return row_sums(self.pairs)

    @cached_property
    def words(self) -> NDArray[np.int64]:
        """The words that have pairs, in rising order."""
        return np.flatnonzero(self.totals)

    @cached_property
    def visited(self) -> NDArray[np.int64]:
        """The centre words of a shuffled pass, in rising order."""
        if self.head is None or self.head >= len(self.words):
            return self.words
        by_pairs = np.argsort(-self.totals[self.words], kind="stable")
        return np.sort(self.words[by_pairs[: self.head]])

    @cached_property
    def _shares(self) -> NDArray[np.int64]:
        """The number of shares in a pass of each of the words that it visits."""
        words = self.visited
        typical = np.median(self.totals[words]) if len(words) else 1.0
        ratio = self.totals[words] / typical
        shares = np.maximum(1, np.round(np.sqrt(ratio))).astype(np.int64)
        return shares if self.visits is None else shares * self.visits[words]

    @property
    def largest(self) -> int:
        """The largest number of rows of a block."""
        return min(self.batch, len(self.words))

    @property
    def typical(self) -> int:
        """The number of rows of a block of a shuffled pass, on average."""
        # A word with more shares than there are blocks is in each of them, as one row.
        return max(1, round(float(np.minimum(1.0, self._shares / len(self)).sum())))

    @property
    def every(self) -> int:
        """The number of blocks of a pass that is not shuffled."""
        return -(-len(self.words) // self.batch)

    def __len__(self) -> int:
        return -(-int(self._shares.sum()) // self.batch)

    def blocks(self, order: np.random.Generator | None = None, skip: int = 0) -> Iterator[Block]:
        """Yield blocks of centre words; ``order`` shuffles the words and divides their counts."""
        if order is None:
            yield from self.blocks_of(self.words, skip)
            return
        shares = self._shares
        visits = np.repeat(self.visited, shares)
        weight = np.repeat(1.0 / shares, shares)
        # The k-th of m shares is at a random place in the k-th of m parts of the pass.
        first = np.repeat(np.cumsum(shares) - shares, shares)
        times = (np.arange(len(visits)) - first + order.random(len(visits))) * weight
        by_time = np.argsort(times, kind="stable")
        yield from self._cut(visits[by_time], weight[by_time], skip)

    def blocks_of(self, words: NDArray[np.int64], skip: int = 0) -> Iterator[Block]:
        """Yield blocks of some centre words with all their counts, but for the first ``skip``."""
        yield from self._cut(words, np.ones(len(words)), skip)

    def _cut(
        self, visits: NDArray[np.int64], weight: NDArray[np.float64], skip: int
    ) -> Iterator[Block]:
        """Cut visits, each of a share of a word's counts, into blocks."""
        for start in range(skip * self.batch, len(visits), self.batch):
            # Two shares of a word in one block become one row with their sum.
            rows, places = np.unique(visits[start : start + self.batch], return_inverse=True)
            share = np.asarray(np.bincount(places, weight[start : start + self.batch]), np.float64)
            yield Block(
                one_hot(rows),
                Csr(*take_rows(*self.pairs, rows, share, self.factors)),
                float(self.positions[rows] @ share),
                share,
            )


@jit
def take_rows(
    indptr: Array, indices: Array, data: Array, rows: Array, share: Array, factors: Array
) -> tuple[Array, Array, Array]:
    """Return a share of each of some rows of a CSR matrix, times its columns' factors."""
    taken = np.zeros(len(rows) + 1, dtype=np.int64)
    for i in range(len(rows)):
        taken[i + 1] = taken[i] + indptr[rows[i] + 1] - indptr[rows[i]]
    columns = np.empty(taken[-1], dtype=indices.dtype)
    values = np.empty(taken[-1], dtype=data.dtype)
    for i in range(len(rows)):
        begin = indptr[rows[i]]
        for k in range(taken[i + 1] - taken[i]):
            columns[taken[i] + k] = indices[begin + k]
            values[taken[i] + k] = data[begin + k] * share[i] * factors[indices[begin + k]]
    return taken, columns, values
