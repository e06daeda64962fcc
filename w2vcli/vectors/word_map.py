"""A map of words: each word's place on paper, and what a reader may want to know of it there."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from w2vcli.errors import UsageError
from w2vcli.vectors.choices import Projection, Vectors
from w2vcli.vectors.clusters import find_clusters
from w2vcli.vectors.directions import Directions
from w2vcli.vectors.imported import ImportedVectors
from w2vcli.vectors.neighbors import VectorSpace
from w2vcli.vectors.projection import check_projection, neighbor_places, principal_axes, scaled

CLUSTERS = 8
"""Clusters of a map, unless another number is asked for: as many as there are colours."""

_ROWS = 4096
_DECIMALS = 6  # what vectors in float32 are good for


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
    method: Projection = "pca"
    seed: int = 1
    explained: tuple[float, float] | None = None
    clusters: NDArray[np.int64] | None = None
    asked: frozenset[int] = field(default_factory=frozenset)
    drift: Drift | None = None

    def central_words(self, each: int) -> list[list[int]]:
        """Return the words nearest to the centre of each cluster, at most ``each`` of them.

        Returns
        -------
        words
            A list for each cluster, in the order of their numbers: numbers of words, the nearest to
            the sum of the cluster's vectors first. It is empty where there are no clusters.
        """
        if self.clusters is None:
            return []
        found = []
        for cluster in range(int(self.clusters.max()) + 1):
            members = np.flatnonzero(self.clusters == cluster)
            units = self.units[members].astype(np.float64)
            order = np.argsort(-(units @ units.sum(axis=0)).round(_DECIMALS), kind="stable")
            found.append(members[order][:each].tolist())
        return found


def map_words(
    space: VectorSpace,
    words: Sequence[str] = (),
    top: int = 300,
    neighbors: int = 10,
    method: Projection = "pca",
    clusters: int | None = None,
    seed: int = 1,
    threads: int = 1,
) -> WordMap:
    """Make a map of the most frequent words, or of some words and their neighbours.

    Parameters
    ----------
    space
        The words.
    words
        Those to show with their neighbours, known ones; the most frequent ones if there are none.
    top
        How many words, if none are given.
    neighbors
        How many neighbours of each given word.
    method
        How places are found (``projection``).
    clusters
        How many clusters of the words of the map, in all dimensions. For None ``CLUSTERS``, or
        one for each given word from 2 to ``CLUSTERS``; fewer if there are few words.
    seed
        Seed of all that is random: the clusters, and all methods but ``pca``.
    threads
        The number of threads; the result does not depend on it.

    Raises
    ------
    UnknownWordsError
        If the model does not know all words.
    UsageError
        If there are fewer words than clusters, or than the method needs, or its package is not
        installed.
    DataError
        If a vector is not finite.
    """
    check_projection(method)
    asked = sorted(set(space.ids(words, unseen=False)))
    chosen = np.arange(min(top, len(space.model.words)), dtype=np.int64)
    if asked:
        known = space.model.words
        near = space.similar_each([([known[index]], ()) for index in asked], neighbors)
        ids = {space.model.ids[neighbor.word] for some in near for neighbor in some}
        chosen = np.array(sorted(ids.union(asked)), dtype=np.int64)
    units = units_of_words(space, chosen)
    axes = principal_axes(units, threads)
    places = axes.places(units, threads)
    if method != "pca":
        (start,) = scaled(places)
        places = neighbor_places(units, method, seed, start)
    return WordMap(
        [space.model.words[index] for index in chosen.tolist()],
        None if space.model.counts is None else space.model.counts[chosen].astype(np.int64),
        units,
        space.vectors,
        scaled(places)[0],
        method,
        seed,
        axes.explained if method == "pca" else None,
        _clusters_of(units, clusters, len(asked) or CLUSTERS, seed, threads),
        frozenset(np.searchsorted(chosen, asked).tolist()),
    )


def units_of_words(space: VectorSpace, ids: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the vectors of words at length one, float32 (n, width), made part by part."""
    units = np.empty((len(ids), space.width), dtype=np.float32)
    for start in range(0, len(ids), _ROWS):
        units[start : start + _ROWS] = space.exact_directions(ids[start : start + _ROWS])
    return units


def _clusters_of(
    units: NDArray[np.float32], count: int | None, natural: int, seed: int, threads: int
) -> NDArray[np.int64]:
    """Return the cluster of each vector, int64 (n,), by ``find_clusters`` among these alone.

    Raises
    ------
    UsageError
        If there are fewer vectors than clusters.
    """
    if count is not None and count > len(units):
        raise UsageError(
            f"--clusters {count}: there are {len(units):,} words on the map; ask for fewer clusters"
        )
    if count is None:
        count = min(max(natural, 2), CLUSTERS, len(units))
    names = [str(number) for number in range(len(units))]
    space = Directions(ImportedVectors(names, units))
    found = find_clusters(space, count, seed=seed, threads=threads)
    clusters = np.empty(len(units), dtype=np.int64)
    for number, members in enumerate(found.members):
        clusters[[int(member.word) for member in members]] = number
    return clusters
