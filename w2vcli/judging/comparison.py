"""How two models differ: the words that came and went, and how far the others moved. NumPy only.

The old vectors are rotated onto the new ones first (``alignment``). Nearest neighbours need no
rotation. They are sought among the shared words only, so that a word which is new or gone does not
show as a change of all the words around it.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2vcli.errors import DataError
from w2vcli.judging.alignment import Side, cosines_of, rotation_of
from w2vcli.system.threads import ordered_map, single_threaded_blas
from w2vcli.vectors.choices import Vectors
from w2vcli.vectors.word_vectors import WordVectors

DECIMALS = 6  # what vectors in float32 are good for; words that did not move tie

# Cosines to look through, per model, for the mean overlap: of all words up to V = 50,000.
_SEEN = 50_000**2
_CELLS = 1 << 23  # of them at once, in each thread
_ASKED = 64  # words at once at the least: with fewer, a product is all reading
_GROUP = 32


class WordChange(NamedTuple):
    """How a word that both models know has changed."""

    word: str
    cosine: float
    overlap: float
    old_count: int | None  # None where nobody knows: of imported vectors
    new_count: int | None


@dataclass(frozen=True)
class Comparison:
    """How two models differ.

    Attributes
    ----------
    shared, new, gone
        How many words both models know, only the new one, only the old one.
    mean_cosine, median_cosine
        Of the old and the new vectors of the shared words, after the rotation.
    mean_overlap
        The mean share of a word's nearest neighbours that are the same in both models.
    overlap_words
        The number of words in that mean: all shared words or, if these are too many, every
        second, third, ... of them, in the order of the new model.
    neighbors
        The number of neighbours compared: as requested, or all others if few words are shared.
    dim
        The dimensions of the rotation: the larger of the two models'. If fewer words are shared, a
        rotation can map any vectors onto any others, and the cosines mean nothing.
    changed
        Shared words, the smallest cosine first; equals in the order of the new model.
    new_words, gone_words
        Words that only one model knows, with their counts there, in its order.
    vectors
        Which vectors were compared.
    """

    shared: int
    new: int
    gone: int
    mean_cosine: float
    median_cosine: float
    mean_overlap: float
    overlap_words: int
    neighbors: int
    dim: int
    changed: list[WordChange]
    new_words: list[tuple[str, int | None]]
    gone_words: list[tuple[str, int | None]]
    vectors: Vectors


def compare(
    old: WordVectors,
    new: WordVectors,
    vectors: Vectors | None = None,
    top: int = 20,
    neighbors: int = 10,
    min_count: int = 1,
    threads: int = 1,
) -> Comparison:
    """Compare two models, word by word.

    Parameters
    ----------
    old, new
        The models; their dimensions may differ.
    vectors
        Which vectors to compare, as for ``VectorSpace``. If None, ``both``, or ``input`` where
        the words of either have one vector only.
    top
        The greatest length of each of the three lists of words.
    neighbors
        How many nearest neighbours to compare, at least 1.
    min_count
        Rarer words, in either model, are left out of the lists, and of nothing else. Counts that
        nobody knows are no bound.
    threads
        The number of threads; the result does not depend on it.

    Raises
    ------
    DataError
        If the models share fewer than two words.
    UsageError
        As ``VectorSpace``.
    """
    if vectors is None:
        vectors = "both" if old.w_out is not None and new.w_out is not None else "input"
    words = [word for word in new.words if word in old.ids]
    if len(words) < 2:
        raise DataError(
            "the models share fewer than two words, so there is nothing to compare; name two "
            "models of texts in the same language"
        )
    before, after = (Side(model, vectors, words) for model in (old, new))
    count = min(neighbors, len(words) - 1)
    overlaps = np.zeros(len(words))
    with single_threaded_blas():
        rotation = rotation_of(before, after, threads)
        cosines = cosines_of(before, after, rotation, threads).round(DECIMALS)
        frequent = np.flatnonzero(before.is_frequent(min_count) & after.is_frequent(min_count))
        shown = frequent[np.argsort(cosines[frequent], kind="stable")][:top]
        sample = np.arange(0, len(words), -(-(len(words) ** 2) // _SEEN))
        asked = np.union1d(shown, sample)
        overlaps[asked] = _overlaps(
            _nearest(before, asked, count, threads), _nearest(after, asked, count, threads)
        )
    return Comparison(
        len(words),
        len(new.words) - len(words),
        len(old.words) - len(words),
        float(cosines.mean()),
        float(np.median(cosines)),
        float(overlaps[sample].mean()),
        len(sample),
        count,
        max(old.w_in.shape[1], new.w_in.shape[1]),
        [
            WordChange(
                words[i],
                float(cosines[i]),
                float(overlaps[i]),
                before.count(i),
                after.count(i),
            )
            for i in shown.tolist()
        ],
        _only_in(new, old, min_count)[:top],
        _only_in(old, new, min_count)[:top],
        vectors,
    )


def _only_in(
    model: WordVectors, other: WordVectors, min_count: int
) -> list[tuple[str, int | None]]:
    """Return the words that the other model lacks, with their counts."""
    if model.counts is None:
        return [(word, None) for word in model.words if word not in other.ids]
    pairs = zip(model.words, model.counts.tolist(), strict=True)
    return [(w, n) for w, n in pairs if n >= min_count and w not in other.ids]


def _nearest(side: Side, asked: NDArray[np.int64], count: int, threads: int) -> NDArray[np.int64]:
    """Return the ``count`` nearest words of each requested word, without itself.

    Of equals the first are taken. The int64 (len(asked), count) is in no order within a row.
    """
    directions = side.all_directions()
    rows = max(_ASKED, _CELLS // len(directions))

    def nearest_to(start: int) -> NDArray[np.int64]:
        some = asked[start : start + rows]
        cosines = directions[some] @ directions.T
        cosines[np.arange(len(some)), some] = -np.inf
        return _largest(cosines, count)

    blocks = ordered_map(nearest_to, range(0, len(asked), rows), threads)
    return np.concatenate(list(blocks))


def _largest(scores: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Return the columns of the ``count`` largest scores of each row, of equals the first."""
    # At least ``count`` scores reach the count-th largest of the maxima of groups of columns. This
    # bound is cheap, and few other scores reach it; only those are sorted.
    rows, columns = scores.shape
    group = max(1, min(_GROUP, columns // (4 * count)))
    groups = columns // group
    maxima = scores[:, : group * groups].reshape(rows, group, groups).max(axis=1)
    bounds = np.partition(maxima, groups - count, axis=1)[:, groups - count, None]
    row, column = np.divmod(np.flatnonzero(scores >= bounds), columns)
    order = np.lexsort((-scores[row, column], row))  # stable: equals stay in order
    firsts = np.searchsorted(row, np.arange(rows))
    best: NDArray[np.int64] = column[order[firsts[:, None] + np.arange(count)]]
    return best


def _overlaps(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the share of each row's ids that the other's row has too; no id is twice in a row."""
    ids = np.sort(np.concatenate([one, other], axis=1), axis=1)
    shares: NDArray[np.float64] = (ids[:, 1:] == ids[:, :-1]).sum(axis=1) / one.shape[1]
    return shares
