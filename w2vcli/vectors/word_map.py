"""A map of words: each word's place on paper, and what a reader may want to know of it there."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from w2vcli.vectors.choices import Vectors

Method = Literal["pca", "umap", "tsne"]


@dataclass(frozen=True)
class Drift:
    """How far the words of a map have moved since an older model.

    Attributes
    ----------
    places
        float64 (n, 2): where each word was, on the same map; not a number for words that are new.
    cosines
        float64 (n,): of the old and the new vectors, as in ``Comparison``; not a number for words
        that are new.
    """

    places: NDArray[np.float64]
    cosines: NDArray[np.float64]


@dataclass(frozen=True)
class WordMap:
    """Words on paper.

    Attributes
    ----------
    words
        The n words, the most frequent first.
    counts
        int64 (n,): how often each occurred; None where nobody knows.
    units
        float32 (n, width): the vectors at length one, so that products are the cosines of
        ``VectorSpace.similar``.
    vectors
        Which vectors they are.
    places
        float64 (n, 2): the places, x to the right and y upwards, about zero, none farther than 1
        along either axis; the scale of both axes is the same.
    method, seed
        How the places were found.
    explained
        The shares of the variance of ``units`` that lie along x and y; None but for PCA.
    clusters
        int64 (n,): the cluster of each word, from 0; None where there are none.
    asked
        Which words were asked for, rather than found beside these.
    drift
        How far they moved since an older model; None for a map of one model.
    """

    words: list[str]
    counts: NDArray[np.int64] | None
    units: NDArray[np.float32]
    vectors: Vectors
    places: NDArray[np.float64]
    method: Method = "pca"
    seed: int = 1
    explained: tuple[float, float] | None = None
    clusters: NDArray[np.int64] | None = None
    asked: frozenset[int] = field(default_factory=frozenset)
    drift: Drift | None = None
