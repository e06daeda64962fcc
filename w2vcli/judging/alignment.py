"""One model's vectors turned onto another's, so that the two can be compared number by number.

Two trainings may end in the same vectors turned about the origin, so the old vectors are rotated
first, as in Hamilton, Leskovec & Jurafsky (2016). Let the rows of A (n, d) and B (n, d') be the
old and the new directions of the n words that both models know: vectors of length one, as
``VectorSpace.directions`` gives them, neither centred nor weighted. The rotation is Schönemann's
(1966) solution of the orthogonal Procrustes problem (it may also be a reflection),

    R = argmin |A R - B|^2 = U V'        with the SVD A'B = U S V'

and because the vectors have length one it is also that of the largest mean cosine, trace(S) / n.

* For ``both`` one R turns input and output vectors alike, as nothing else would leave the scores
  W_out W_in' as they were: A and B then have a row for each of a word's two vectors.
* Where d and d' differ, the model with fewer dimensions counts as zero in the others. That is the
  formula above with a thin SVD, and a cosine is still a row of A R times one of B.
"""

import numpy as np
from numpy.typing import NDArray

from w2vcli.system.threads import ordered_map
from w2vcli.vectors.choices import Vectors
from w2vcli.vectors.neighbors import VectorSpace
from w2vcli.vectors.word_vectors import WordVectors

_ROWS = 4096


class Side:
    """The shared words in one of the models.

    Parameters
    ----------
    model, vectors
        As for ``VectorSpace``.
    words
        Words that it knows.

    Raises
    ------
    UsageError
        As ``VectorSpace``.
    """

    def __init__(self, model: WordVectors, vectors: Vectors, words: list[str]) -> None:
        self._space = VectorSpace(model, vectors)
        self._ids = np.array([model.ids[word] for word in words], dtype=np.int64)
        self._counts = None if model.counts is None else model.counts[self._ids]
        self.words = len(words)
        self.dim = model.w_in.shape[1]
        self.width = self._space.directions(slice(0)).shape[1]

    def count(self, place: int) -> int | None:
        """Return how often a word occurred; None if nobody knows."""
        return None if self._counts is None else int(self._counts[place])

    def is_frequent(self, least: int) -> NDArray[np.bool_]:
        """Return which words occurred so often, bool (n,): all where nobody knows."""
        if self._counts is None:
            return np.ones(self.words, np.bool_)
        return self._counts >= least

    def vectors(self, places: slice | NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the vectors of some of the words, of length one: a row for each, or two."""
        directions = self._space.directions(self._ids[places])
        return directions.reshape(-1, self.dim).astype(np.float64)

    def all_directions(self) -> NDArray[np.float32]:
        """Return all directions, made in parts: at once they need three times the memory."""
        directions = np.empty((self.words, self.width), dtype=np.float32)
        for start in range(0, len(directions), _ROWS):
            rows = slice(start, start + _ROWS)
            directions[rows] = self._space.directions(self._ids[rows])
        return directions


def rotation_of(before: Side, after: Side, threads: int) -> NDArray[np.float64]:
    """Return R, float64 (d, d'): what turns the old vectors onto the new ones, row by row.

    The result does not depend on the threads if BLAS has one (``single_threaded_blas``).
    """
    cross = np.zeros((before.dim, after.dim))
    for part in ordered_map(
        lambda rows: before.vectors(rows).T @ after.vectors(rows), _blocks(before), threads
    ):
        cross += part
    left, _, right = np.linalg.svd(cross, full_matrices=False)
    rotation: NDArray[np.float64] = left @ right
    return rotation


def cosines_of(
    before: Side, after: Side, rotation: NDArray[np.float64], threads: int
) -> NDArray[np.float64]:
    """Return the cosine of each word's old direction, rotated, with its new one: float64 (n,)."""

    def cosines(rows: slice) -> NDArray[np.float64]:
        products = before.vectors(rows) @ rotation * after.vectors(rows)
        sums: NDArray[np.float64] = products.reshape(-1, after.width).sum(axis=1)
        return sums

    return np.concatenate(list(ordered_map(cosines, _blocks(before), threads)))


def turned(
    before: Side, after: Side, rotation: NDArray[np.float64], places: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the old directions of some of the words, rotated: float64 (n, D) as the new ones."""
    rows: NDArray[np.float64] = before.vectors(places) @ rotation
    return rows.reshape(-1, after.width)


def _blocks(side: Side) -> list[slice]:
    return [slice(start, start + _ROWS) for start in range(0, side.words, _ROWS)]
