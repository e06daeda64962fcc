"""Clusters of words: spherical k-means on their directions. NumPy only.

A centroid is the sum of the directions of its words, at length one, and a word belongs to the
centroid of largest cosine: so the sum of these cosines grows (Dhillon & Modha 2001), until hardly a
word changes its cluster. The first centroids are words, drawn far from each other as in k-means++
(Arthur & Vassilvitskii 2007) with 1 - cosine, which is half the square of the distance, among a
sample.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from w2vcli.errors import UsageError
from w2vcli.system.threads import ordered_map, single_threaded_blas
from w2vcli.vectors.directions import Directions
from w2vcli.vectors.neighbors import Neighbor

_ROWS = 4096
_PASSES = 100
_UNSETTLED = 0.001  # of the words may still change their cluster
_GAIN = 1e-7  # of the mean cosine with the centroid: less is rounding
_SAMPLE, _LEAST = 20, 4  # words per cluster, from which the first centroids are drawn
_LARGEST_SAMPLE = 20_000  # where that is more than _LEAST


@dataclass(frozen=True)
class Clusters:
    """A partition of words.

    Attributes
    ----------
    members
        The words of each cluster with their cosines with its centroid, the most central first. The
        largest cluster is the first; none is empty, so there may be fewer than were asked for.
    passes
        How often each word was assigned.
    settled
        Whether the last pass changed the cluster of at most one word in a thousand, or brought the
        words no nearer to their centroids, as where many of them are alike.
    """

    members: list[list[Neighbor]]
    passes: int
    settled: bool


def find_clusters(
    directions: Directions, count: int, among: int | None = None, seed: int = 1, threads: int = 1
) -> Clusters:
    """Divide words into clusters.

    Parameters
    ----------
    directions
        The words.
    count
        How many clusters.
    among
        How many of the first words take part; all for None.
    seed
        Seed of the first centroids.
    threads
        The number of threads; the result does not depend on it.

    Raises
    ------
    UsageError
        If there are fewer words than clusters.
    DataError
        If a vector is not finite.
    """
    size = len(directions.model.words[:among])
    if count > size:
        raise UsageError(f"--number {count}: there are {size:,} words; ask for fewer clusters")
    with single_threaded_blas():  # with several threads, its rounding may differ
        centroids = _first_centroids(directions, count, size, np.random.default_rng(seed))
        cluster = np.full(size, -1, dtype=np.int64)
        passes, settled, mean = 0, False, -np.inf
        while True:
            before = cluster
            cluster, cosines, sums = _assigned(directions, centroids, size, threads)
            passes += 1
            mean_before, mean = mean, float(cosines.mean(dtype=np.float64))
            few = np.count_nonzero(cluster != before) <= size * _UNSETTLED
            settled = bool(few or mean - mean_before < _GAIN)
            if settled or passes == _PASSES:
                break
            _fill_empty(directions, cluster, cosines, sums)
            lengths = np.linalg.norm(sums, axis=1, keepdims=True)
            centroids = (sums / np.where(lengths == 0, 1, lengths)).astype(np.float32)
    members = sorted(_members(directions, cluster, cosines), key=len, reverse=True)
    return Clusters(members, passes, settled)


def _first_centroids(
    directions: Directions, count: int, size: int, random: np.random.Generator
) -> NDArray[np.float32]:
    """Return the directions of ``count`` words, float32 (count, D)."""
    enough = max(_LEAST * count, min(_SAMPLE * count, _LARGEST_SAMPLE))
    sample = np.sort(random.choice(size, min(size, enough), replace=False))
    units = directions.quick_directions(sample)
    tries = 2 + int(np.log(count))
    chosen = [int(random.integers(len(sample)))]
    far = _distances(units, units[chosen])[:, 0]
    while len(chosen) < count:
        far[chosen] = 0
        total = np.cumsum(far)
        if total[-1] == 0:  # all others are copies of those chosen
            chosen.append(min(set(range(len(sample))) - set(chosen)))
            continue
        drawn = np.searchsorted(total, random.random(tries) * total[-1], side="right")
        drawn = drawn.clip(max=len(sample) - 1)
        # Of a few, the one that leaves the others nearest to a centroid.
        left = np.minimum(far[:, None], _distances(units, units[drawn]))
        best = int(left.sum(axis=0).argmin())
        chosen.append(int(drawn[best]))
        far = left[:, best]
    return units[chosen]


def _distances(units: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return half the squares of the distances of directions, float64 (n, m)."""
    return np.maximum(0, 1 - (units @ others.T).astype(np.float64))


def _assigned(
    directions: Directions, centroids: NDArray[np.float32], size: int, threads: int
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float64]]:
    """Return the nearest centroid of each word, its cosine, and the sum of each cluster."""

    def of_part(start: int) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float64]]:
        units = directions.quick_directions(slice(start, min(start + _ROWS, size)))
        cosines = units @ centroids.T
        nearest = cosines.argmax(axis=1)
        order = np.argsort(nearest, kind="stable")
        there, firsts = np.unique(nearest[order], return_index=True)
        sums = np.zeros(centroids.shape)
        sums[there] = np.add.reduceat(units[order], firsts, axis=0, dtype=np.float64)
        return nearest, cosines[np.arange(len(nearest)), nearest], sums

    parts = ordered_map(of_part, range(0, size, _ROWS), threads)
    clusters, cosines = [], []
    total = np.zeros(centroids.shape)
    for nearest, best, sums in parts:
        clusters.append(nearest)
        cosines.append(best)
        total += sums
    return np.concatenate(clusters), np.concatenate(cosines), total


def _fill_empty(
    directions: Directions,
    cluster: NDArray[np.int64],
    cosines: NDArray[np.float32],
    sums: NDArray[np.float64],
) -> None:
    """Give each empty cluster the word that is farthest from its own centroid."""
    sizes = np.bincount(cluster, minlength=len(sums))
    farthest = iter(np.argsort(cosines, kind="stable").tolist())
    for empty in np.flatnonzero(sizes == 0).tolist():
        word = next(word for word in farthest if sizes[cluster[word]] > 1)
        unit = directions.quick_directions(np.array([word]))[0]
        sums[cluster[word]] -= unit
        sums[empty] = unit
        sizes[cluster[word]] -= 1
        sizes[empty] = 1
        cluster[word] = empty


def _members(
    directions: Directions, cluster: NDArray[np.int64], cosines: NDArray[np.float32]
) -> Iterator[list[Neighbor]]:
    """Yield the words of each cluster that is not empty, in the order of their first words."""
    words = directions.model.words
    order = np.lexsort((np.arange(len(cluster)), -cosines, cluster))
    groups = np.split(order, np.flatnonzero(np.diff(cluster[order])) + 1)
    for group in sorted(groups, key=min):
        scores = cosines[group].tolist()
        yield [Neighbor(words[i], s) for i, s in zip(group.tolist(), scores, strict=True)]
