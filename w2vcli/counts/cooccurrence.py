"""Exact pair counts: how often any two words occur within a window of each other.

The weight of a pair at distance k is the integer ``window - k + 1`` (linear) or 1 (uniform), and
counts are sums of these integers: the same in any order. A linear weight divided by ``window`` is
the probability that word2vec's randomly shrunk window reaches that far, so the counts divided by
``window`` are the expected counts of word2vec's pairs. Windows run over the positions of the text:
an unknown token keeps its place, the end of a line ends the window.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from w2vcli.counts.external_sum import MEMORY, ExternalSum, summed
from w2vcli.counts.packed_runs import SortedRun
from w2vcli.softmax.csr import Csr
from w2vcli.system.compiler import Array, jit
from w2vcli.system.threads import ordered_map
from w2vcli.text.tokens import BREAK, TokenStream
from w2vcli.text.windows import Windows

_PAIRS_PER_PIECE = 5 << 20


@dataclass(frozen=True)
class PairCounts:
    """Pair counts of a corpus: one triangle of a symmetric matrix of integers.

    Attributes
    ----------
    size
        The number of words, V.
    windows
        The windows that were counted.
    keys
        int64 (n,), rising: ``high * V + low`` for each pair that occurs, with low <= high.
    totals
        int64 (n,): the sum of the integer weights over all occurrences of the pair. A pair of equal
        words is counted once here, and twice in the full matrix.
    """

    size: int
    windows: Windows
    keys: NDArray[np.int64]
    totals: NDArray[np.int64]

    @classmethod
    def of(cls, runs: Iterable[SortedRun], size: int, windows: Windows) -> "PairCounts":
        """Join pair counts from parts with rising keys."""
        parts = list(runs)
        if len(parts) == 1:
            return cls(size, windows, *parts[0])
        all_keys, all_totals = ([part[i] for part in parts] for i in range(2))
        del parts
        keys = np.concatenate([np.empty(0, np.int64), *all_keys])
        del all_keys  # before the totals need room
        return cls(size, windows, keys, np.concatenate([np.empty(0, np.int64), *all_totals]))

    def renumbered(self, ids: NDArray[np.int64]) -> "PairCounts":
        """Return the same counts with ``ids[i]`` as the new id of word i; ids int64 (V,)."""
        keys, totals = _renumbered(self.keys, self.totals, ids)
        return PairCounts(self.size, self.windows, keys, totals)

    def matrix(self, keep: NDArray[np.float64]) -> Csr:
        """Return the full symmetric matrix of expected pair counts.

        Parameters
        ----------
        keep
            float64 (V,): the probability with which subsampling keeps each word.

        Returns
        -------
        csr
            float32 V x V: ``keep[c] * keep[o] * total / windows.unit``, computed in float64.
        """
        return Csr(*_full_matrix(self.keys, self.totals, keep, 1.0 / self.windows.unit))


def count_pairs(
    streams: Iterable[TokenStream],
    size: int,
    windows: Windows,
    threads: int = 1,
    memory: int = MEMORY,
) -> PairCounts:
    """Count the pairs of a token stream that comes in pieces.

    The counts are sums of integers: the threads, the pieces and the memory make no difference.

    Parameters
    ----------
    streams
        Pieces of one token stream; windows reach across pieces.
    size
        The number of words, V; ids are below it.
    windows
        The windows in which pairs are counted.
    threads
        The number of threads.
    memory
        Bytes for counts that are not merged yet; beyond that they wait in temporary files.
    """
    return PairCounts.of(merged_counts(streams, size, windows, threads, memory), size, windows)


def merged_counts(
    streams: Iterable[TokenStream],
    size: int,
    windows: Windows,
    threads: int = 1,
    memory: int = MEMORY,
) -> Iterator[SortedRun]:
    """Count pairs, as ``count_pairs``; yield keys and totals in parts with rising keys."""
    weights = np.array(windows.integers, dtype=np.int64)
    shift = int(weights.max()).bit_length()

    def count(piece: tuple[TokenStream, int]) -> SortedRun:
        stream, begin = piece
        packed = np.empty((len(stream) - begin) * len(weights), np.int64)
        return summed(packed[: _pack_pairs(stream, begin, size, weights, shift, packed)], shift)

    length = piece_length(windows, threads, memory)
    with ExternalSum(memory, threads) as runs:
        for run in ordered_map(count, _pieces(streams, windows.size, length), threads):
            runs.add(run)
        yield from runs.merged()


def piece_length(windows: Windows, threads: int, memory: int) -> int:
    """Return how many tokens are counted at a time.

    Pieces under way, each with its pairs and their sums, take half of the memory at most.
    """
    return max(1, min(_PAIRS_PER_PIECE, memory // (48 * (threads + 2))) // windows.size)


def _pieces(
    streams: Iterable[TokenStream], halo: int, length: int
) -> Iterator[tuple[TokenStream, int]]:
    """Yield pieces of a stream, each with the ``halo`` tokens before it in front.

    With each comes the index at which its own tokens begin.
    """
    before = np.empty(0, dtype=np.int32)
    for stream in streams:
        for start in range(0, len(stream), length):
            piece = np.concatenate([before, stream[start : start + length]])
            yield piece, len(before)
            before = piece[-halo:]


@jit
def _pack_pairs(
    stream: Array, begin: int, size: int, weights: Array, shift: int, packed: Array
) -> int:
    """Write ``(high * size + low) << shift | weight`` for each pair that ends at or after begin.

    Each pair is written once, at the later of its two words. Returns the number of pairs.
    """
    written = 0
    for position in range(begin, len(stream)):
        word = np.int64(stream[position])
        if word < 0:
            continue
        for distance in range(1, min(len(weights), position) + 1):
            other = np.int64(stream[position - distance])
            if other == BREAK:
                break
            if other >= 0:
                high, low = (word, other) if word > other else (other, word)
                packed[written] = ((high * size + low) << shift) | weights[distance - 1]
                written += 1
    return written


@jit
def _renumbered(keys: Array, totals: Array, ids: Array) -> tuple[Array, Array]:
    """Renumber pairs and sort them again, by ``low`` and then by ``high``: each a stable count."""
    size = len(ids)
    of_low, of_high = np.zeros(size + 1, np.int64), np.zeros(size + 1, np.int64)
    row = np.int64(0)
    for key in keys:
        while key >= (row + 1) * size:  # quicker than a division
            row += 1
        one, other = ids[row], ids[key - row * size]
        of_low[min(one, other) + 1] += 1
        of_high[max(one, other) + 1] += 1
    for i in range(size):
        of_low[i + 1] += of_low[i]
        of_high[i + 1] += of_high[i]
    highs, of_highs = np.empty(len(keys), np.int32), np.empty(len(keys), np.int64)
    row = np.int64(0)
    for k in range(len(keys)):
        while keys[k] >= (row + 1) * size:
            row += 1
        one, other = ids[row], ids[keys[k] - row * size]
        low = min(one, other)
        highs[of_low[low]], of_highs[of_low[low]] = max(one, other), totals[k]
        of_low[low] += 1  # in the end where the next one begins
    sorted_keys, sorted_totals = np.empty(len(keys), np.int64), np.empty(len(keys), np.int64)
    low = np.int64(0)
    for k in range(len(keys)):
        while k >= of_low[low]:
            low += 1
        high = np.int64(highs[k])
        sorted_keys[of_high[high]], sorted_totals[of_high[high]] = high * size + low, of_highs[k]
        of_high[high] += 1
    return sorted_keys, sorted_totals


@jit
def _full_matrix(
    keys: Array, totals: Array, keep: Array, scale: float
) -> tuple[Array, Array, Array]:
    """Mirror one triangle of integer counts into CSR arrays of expected counts.

    Keys rise, so that a word meets its lower partners in rising order while it is ``high``, and
    then its higher partners in rising order while it is ``low``: rows come out sorted.
    """
    size = len(keep)
    indptr = np.zeros(size + 1, dtype=np.int64)
    high = np.int64(0)
    for key in keys:
        while key >= (high + 1) * size:  # quicker than a division
            high += 1
        low = key - high * size
        indptr[high + 1] += 1
        if high != low:
            indptr[low + 1] += 1
    for row in range(size):
        indptr[row + 1] += indptr[row]
    fill = indptr[:-1].copy()
    indices = np.empty(indptr[size], dtype=np.int32)
    data = np.empty(indptr[size], dtype=np.float32)
    high = np.int64(0)
    for k in range(len(keys)):
        while keys[k] >= (high + 1) * size:
            high += 1
        low = keys[k] - high * size
        value = totals[k] * scale * keep[high] * keep[low]
        if high == low:
            value *= 2.0
        indices[fill[high]] = low
        data[fill[high]] = value
        fill[high] += 1
        if high != low:
            indices[fill[low]] = high
            data[fill[low]] = value
            fill[low] += 1
    return indptr, indices, data
