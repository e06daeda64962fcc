"""Some rows of the matrix of pair counts, exactly: how many entries all of them have, and how long.

The rows are those of every k-th word in the order of the counts, from the middle of the first k: a
systematic sample, in which frequent and rare words have their shares. With k = 1 it is everything.
It is counted word by word, so it needs no memory for pairs that are not in it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from w2vcli.counts.segment_sums import pair_sums
from w2vcli.softmax.csr import Csr
from w2vcli.system.compiler import Array, jit
from w2vcli.text.tokens import BREAK, TokenStream
from w2vcli.text.windows import Windows
from w2vcli.training.data import CountedCorpus

MOST_POSITIONS = 3 << 20
_LEAST_ROWS = 256


@dataclass(frozen=True)
class RowSample:
    """Some rows of the symmetric matrix of pair counts.

    Attributes
    ----------
    rows
        int64 (m,): the words, by falling count.
    indptr, indices, totals
        The rows as in ``Csr``, int64, int32 and int64: the sums of the integer weights of windows.
    """

    rows: NDArray[np.int64]
    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    totals: NDArray[np.int64]

    @property
    def row_of_entry(self) -> NDArray[np.int64]:
        """int64 (entries,): the word of the row of each entry."""
        return np.repeat(self.rows, np.diff(self.indptr))


def chosen_rows(counts: NDArray[np.int64], most: int = MOST_POSITIONS) -> NDArray[np.int64]:
    """Return the words of a sample, int64 (m,).

    Parameters
    ----------
    counts
        int64 (V,): how often each word occurs.
    most
        About how many positions of the text the words of the sample have, where there are many
        words.
    """
    order = np.argsort(-counts, kind="stable")
    step = -(-int(counts.sum()) // most)
    step = max(1, min(step, len(counts) // _LEAST_ROWS))
    return order[step // 2 :: step].astype(np.int64)


def rows_of_stream(stream: TokenStream, windows: Windows, rows: NDArray[np.int64]) -> RowSample:
    """Count the rows of some words in a token stream, in the order of ``rows``."""
    size = 1 + max(int(stream.max(initial=0)), int(rows.max(initial=0)))
    place = np.full(size, -1, np.int32)
    place[rows] = np.arange(len(rows), dtype=np.int32)
    weights = np.array(windows.integers, np.int64)
    begins = _places_by_row(stream, place, len(rows))
    return RowSample(rows, *_rows_of(stream, *begins, weights, size))


def rows_of_store(
    corpus: CountedCorpus, rows: NDArray[np.int64], threads: int = 1, memory: int = 1 << 26
) -> RowSample:
    """Read the rows of some words from the segments of a store, as ``rows_of_stream``.

    All pairs of the segments are read, in parts of about ``memory`` bytes.

    Raises
    ------
    DataError
        If a segment is damaged.
    """
    size = len(corpus.vocabulary)
    place = np.full(size, -1, np.int64)
    place[rows] = np.arange(len(rows))
    found = [
        entries_of(keys, totals, corpus.ids, place, size)
        for keys, totals in pair_sums(corpus.sources, size, threads, memory)
    ]
    keys = np.concatenate([np.empty(0, np.int64), *(part[0] for part in found)])
    totals = np.concatenate([np.empty(0, np.int64), *(part[1] for part in found)])
    order = np.argsort(keys, kind="stable")
    keys, totals = keys[order], totals[order]
    ends = np.searchsorted(keys, np.arange(1, len(rows) + 1) * size)
    return RowSample(rows, np.append(0, ends), (keys % size).astype(np.int32), totals)


def as_matrix(
    sample: RowSample, keep: NDArray[np.float64], unit: int, chosen: NDArray[np.bool_] | None = None
) -> Csr:
    """Return the rows as a matrix of expected pair counts, float32 CSR (V, V).

    All other rows are empty. ``keep``, float64 (V,), and ``unit`` are as in ``PairCounts.matrix``.
    With ``chosen``, bool (V,), only rows and columns of these words.
    """
    words = sample.row_of_entry
    entries = np.arange(len(words))
    if chosen is not None:
        entries = np.flatnonzero(chosen[words] & chosen[sample.indices])
    # By words, and within them by columns, as they are.
    entries = entries[np.argsort(words[entries], kind="stable")]
    words, columns = words[entries], sample.indices[entries]
    values = sample.totals[entries] / unit * keep[words] * keep[columns]
    indptr = np.append(0, np.cumsum(np.bincount(words, minlength=len(keep))))
    return Csr(indptr.astype(np.int64), columns, values.astype(np.float32))


@jit
def _places_by_row(stream: Array, place: Array, rows: int) -> tuple[Array, Array]:
    """Return where each sampled word stands in the stream, and where the places of each begin."""
    begins = np.zeros(rows + 1, np.int64)
    for i in range(len(stream)):
        if stream[i] >= 0 and place[stream[i]] >= 0:
            begins[place[stream[i]] + 1] += 1
    for row in range(rows):
        begins[row + 1] += begins[row]
    places = np.empty(begins[rows], np.int64)
    fill = begins[:-1].copy()
    for i in range(len(stream)):
        if stream[i] >= 0 and place[stream[i]] >= 0:
            row = place[stream[i]]
            places[fill[row]] = i
            fill[row] += 1
    return begins, places


@jit
def _rows_of(
    stream: Array, begins: Array, places: Array, weights: Array, size: int
) -> tuple[Array, Array, Array]:
    """Count the row of each word, one after the other, in an array of all words."""
    rows, reach = len(begins) - 1, len(weights)
    most = np.int64(0)
    for row in range(rows):
        most += min(size, 2 * reach * (begins[row + 1] - begins[row]))
    indptr = np.zeros(rows + 1, np.int64)
    indices, totals = np.empty(most, np.int32), np.empty(most, np.int64)
    sums = np.zeros(size, np.int64)
    touched = np.empty(size, np.int32)
    entries = 0
    for row in range(rows):
        found = 0
        for i in range(begins[row], begins[row + 1]):
            for side in (-1, 1):
                for distance in range(1, reach + 1):
                    other = places[i] + side * distance
                    if other < 0 or other >= len(stream) or stream[other] == BREAK:
                        break
                    word = stream[other]
                    if word >= 0:
                        if sums[word] == 0:
                            touched[found] = word
                            found += 1
                        sums[word] += weights[distance - 1]
        for word in np.sort(touched[:found]):
            indices[entries], totals[entries] = word, sums[word]
            sums[word] = 0
            entries += 1
        indptr[row + 1] = entries
    return indptr, indices[:entries].copy(), totals[:entries].copy()


@jit
def entries_of(
    keys: Array, totals: Array, ids: Array, place: Array, size: int
) -> tuple[Array, Array]:
    """Return of some pairs those in sampled rows, as keys ``row * size + column``, and totals."""
    new_keys, new_totals = np.empty(2 * len(keys), np.int64), np.empty(2 * len(keys), np.int64)
    n = 0
    for k in range(len(keys)):
        one, other = ids[keys[k] // size], ids[keys[k] % size]
        if place[one] >= 0:
            new_keys[n] = place[one] * size + other
            # A pair of equal words is counted once in a triangle, and twice in the matrix.
            new_totals[n] = 2 * totals[k] if one == other else totals[k]
            n += 1
        if one != other and place[other] >= 0:
            new_keys[n], new_totals[n] = place[other] * size + one, totals[k]
            n += 1
    return new_keys[:n].copy(), new_totals[:n].copy()
