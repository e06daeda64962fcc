"""Clusters of words: what k-means promises, and a slow reference that does the same."""

import numpy as np
import pytest

from w2vcli.errors import DataError, UsageError
from w2vcli.vectors import clusters
from w2vcli.vectors.clusters import find_clusters
from w2vcli.vectors.imported import ImportedVectors
from w2vcli.vectors.neighbors import VectorSpace

RANDOM = np.random.default_rng(5)


def space_of(matrix):
    matrix = np.array(matrix, dtype=np.float32)
    return VectorSpace(ImportedVectors([f"w{i}" for i in range(len(matrix))], matrix))


def labels_of(found, size):
    labels = np.full(size, -1)
    for place, words in enumerate(found.members):
        for neighbor in words:
            labels[int(neighbor.word[1:])] = place
    return labels


def groups(count=5, each=40, dim=8):
    """Words around axes, shuffled; and to which axis each belongs."""
    truth = RANDOM.permutation(np.repeat(np.arange(count), each))
    rows = np.eye(dim)[truth] + RANDOM.normal(size=(len(truth), dim)) * 0.1
    return rows * RANDOM.uniform(0.1, 9, size=(len(truth), 1)), truth


def slow_objective(matrix, labels):
    """The sum of cosines with the centroids, and whether each word has the nearest one."""
    units = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    means = np.array([units[labels == place].sum(axis=0) for place in range(labels.max() + 1)])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    cosines = units @ means.T
    return cosines


@pytest.mark.parametrize("seed", range(5))
def test_plain_groups_are_found(seed):
    matrix, truth = groups()
    found = find_clusters(space_of(matrix), 5, seed=seed)
    labels = labels_of(found, len(truth))
    assert found.settled
    assert len({(a, b) for a, b in zip(truth.tolist(), labels.tolist(), strict=True)}) == 5
    assert [len(words) for words in found.members] == [40] * 5
    assert labels[0] == 0  # of equally large ones, the first word's comes first


def test_each_word_has_the_nearest_centroid_and_the_cosine_with_it():
    matrix = RANDOM.normal(size=(300, 6))
    found = find_clusters(space_of(matrix), 7, seed=3)
    labels = labels_of(found, 300)
    cosines = slow_objective(matrix, labels)
    assert found.settled
    assert (cosines.argmax(axis=1) == labels).all()
    sizes = [len(words) for words in found.members]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(sizes) == 300
    for place, words in enumerate(found.members):
        scores = [n.score for n in words]
        assert scores == sorted(scores, reverse=True)
        for neighbor in words:
            assert neighbor.score == pytest.approx(cosines[int(neighbor.word[1:]), place], abs=1e-6)


def test_the_start_is_better_than_words_drawn_at_random():
    matrix, truth = groups(count=8, each=25)
    hits = 0
    for seed in range(20):
        found = find_clusters(space_of(matrix), 8, seed=seed)
        hits += len({*zip(truth.tolist(), labels_of(found, len(truth)).tolist(), strict=True)}) == 8
    assert hits >= 15  # at random it is one in about 400


def test_the_result_does_not_depend_on_threads_but_on_the_seed(monkeypatch):
    monkeypatch.setattr(clusters, "_ROWS", 64)
    space = space_of(RANDOM.normal(size=(500, 9)))
    first = find_clusters(space, 20, seed=1, threads=1)
    assert find_clusters(space, 20, seed=1, threads=3) == first
    assert find_clusters(space, 20, seed=2) != first


def test_only_the_first_words():
    found = find_clusters(space_of(RANDOM.normal(size=(50, 4))), 3, among=20)
    assert sorted(int(n.word[1:]) for words in found.members for n in words) == list(range(20))
    assert len(find_clusters(space_of(np.eye(4)), 4, among=99).members) == 4


@pytest.mark.parametrize("count", [1, 2, 5])
def test_equal_vectors_and_zeros_leave_no_cluster_empty(count):
    for rows in (np.ones((5, 3)), np.zeros((5, 3)), [[1, 0]] * 3 + [[0, 1]] * 2):
        found = find_clusters(space_of(rows), count)
        assert 1 <= len(found.members) <= count
        assert all(found.members)
        assert sum(map(len, found.members)) == 5
    assert len(find_clusters(space_of([[1, 0]] * 3 + [[0, 1]] * 2), 2).members) == 2


def test_an_empty_cluster_gets_the_farthest_word():
    space = space_of([[1, 0], [1, 0.1], [0, 1]])
    cluster, cosines = np.array([0, 0, 0]), np.array([1, 0.9, 0], np.float32)
    sums = np.array([[2, 1.1], [0, 0]])
    clusters._fill_empty(space, cluster, cosines, sums)
    assert cluster.tolist() == [0, 0, 1]
    assert sums == pytest.approx(np.array([[2, 0.1], [0, 1]]))


def test_what_cannot_be_divided():
    with pytest.raises(UsageError, match="--number 4: there are 3 words; ask for fewer clusters"):
        find_clusters(space_of(np.eye(3)), 4)
    with pytest.raises(UsageError, match="there are 2 words"):
        find_clusters(space_of(np.eye(3)), 3, among=2)
    bad = np.eye(3)
    bad[2, 0] = np.nan
    with pytest.raises(DataError, match="not finite"):
        find_clusters(space_of(bad), 2)


@pytest.mark.parametrize("spread", [0, 1e-7, 1e-4])
def test_as_many_clusters_as_words_settle_at_once(spread):
    rows = RANDOM.normal(size=(200, 8)).astype(np.float32)
    rows[100:] = rows[:100] + (RANDOM.normal(size=(100, 8)) * spread).astype(np.float32)
    found = find_clusters(space_of(rows), 200)
    assert found.settled
    assert found.passes <= 3
    assert sum(map(len, found.members)) == 200


def test_it_ends_even_if_it_does_not_settle(monkeypatch):
    monkeypatch.setattr(clusters, "_PASSES", 2)
    found = find_clusters(space_of(RANDOM.normal(size=(2000, 6))), 20)
    assert (found.passes, found.settled) == (2, False)
    assert sum(map(len, found.members)) == 2000
