"""Maps of words: which words, where, in which clusters; models that are hardly any."""

import numpy as np
import pytest
from helpers.vector_scenes import HOSTILE, model_of

from w2vcli.errors import UsageError
from w2vcli.vectors.imported import ImportedVectors
from w2vcli.vectors.model import Model
from w2vcli.vectors.neighbors import UnknownWordsError, VectorSpace
from w2vcli.vectors.word_map import CLUSTERS, map_words

WORDS = [f"w{number}" for number in range(50)]
every_kind = pytest.mark.parametrize("vectors", ["input", "output", "sum", "blend", "both"])


@pytest.fixture
def space():
    return VectorSpace(model_of(WORDS, dim=6))


@every_kind
def test_the_most_frequent_words(vectors):
    model = model_of(WORDS, dim=6)
    found = map_words(VectorSpace(model, vectors), top=20)
    assert found.words == WORDS[:20]
    assert found.counts.tolist() == model.counts[:20].tolist()
    assert found.vectors == vectors
    assert (found.asked, found.drift, found.method, found.seed) == (frozenset(), None, "pca", 1)
    assert found.units.dtype == np.float32
    directions = VectorSpace(model, vectors).exact_directions(slice(20))
    assert (found.units == directions.astype(np.float32)).all()
    assert found.places.shape == (20, 2)
    assert np.abs(found.places).max() == 1
    assert 0 < found.explained[1] <= found.explained[0] < 1


def test_more_words_than_there_are(space):
    assert map_words(space, top=10**9).words == WORDS


def test_places_have_the_distances_that_the_axes_leave(space):
    found = map_words(space)
    centred = found.units.astype(float) - found.units.astype(float).mean(axis=0)
    _, singular, axes = np.linalg.svd(centred)
    flat = centred @ axes[:2].T
    far = np.linalg.norm(flat[:, None] - flat, axis=2)
    shown = np.linalg.norm(found.places[:, None] - found.places, axis=2)
    assert shown / shown.max() == pytest.approx(far / far.max(), abs=1e-6)
    shares = (singular**2 / (singular**2).sum())[:2]
    assert found.explained == pytest.approx(shares, abs=1e-6)


def test_given_words_with_their_neighbours(space):
    found = map_words(space, ["w30", "w3", "w30"], neighbors=4)
    near = {n.word for word in ("w30", "w3") for n in space.similar(word, 4)}
    assert set(found.words) == near | {"w30", "w3"}
    assert found.words == sorted(found.words, key=WORDS.index)
    assert {found.words[number] for number in found.asked} == {"w30", "w3"}
    counts = [space.model.counts[WORDS.index(word)] for word in found.words]
    assert found.counts.tolist() == counts


def test_unknown_words(space):
    with pytest.raises(UnknownWordsError, match="'nowhere'"):
        map_words(space, ["w1", "nowhere"])


def test_clusters_are_those_of_the_words_on_the_map():
    """Three directions, of which the map has two."""
    corners = np.repeat(np.eye(3, 4), 10, axis=0) + np.tile(np.eye(10, 4) / 9, (3, 1))
    space = VectorSpace(ImportedVectors(WORDS[:30], corners.astype(np.float32)))
    found = map_words(space, top=20, clusters=2)
    assert found.clusters.tolist() in ([0] * 10 + [1] * 10, [1] * 10 + [0] * 10)
    assert map_words(space, clusters=3).clusters.max() == 2
    asked = map_words(space, ["w1", "w11", "w21"], neighbors=5)
    assert len({asked.clusters[number] for number in asked.asked}) == 3


def test_how_many_clusters_there_are_by_default(space):
    assert map_words(space).clusters.max() == CLUSTERS - 1
    assert map_words(space, ["w1", "w2", "w3"]).clusters.max() == 2
    assert map_words(space, ["w1"]).clusters.max() == 1
    assert map_words(space, WORDS[:20]).clusters.max() == CLUSTERS - 1
    assert map_words(space, top=5).clusters.tolist() == [0, 1, 2, 3, 4]


def test_more_clusters_than_words(space):
    with pytest.raises(UsageError, match="--clusters 6: there are 5 words on the map"):
        map_words(space, top=5, clusters=6)


def test_the_central_words_of_clusters(space):
    found = map_words(space, clusters=4)
    central = found.central_words(3)
    assert len(central) == 4
    for number, words in enumerate(central):
        members = np.flatnonzero(found.clusters == number)
        centre = found.units[members].sum(axis=0)
        cosines = {int(m): float(found.units[m] @ centre) for m in members}
        assert words == sorted(cosines, key=cosines.__getitem__, reverse=True)[:3]


@pytest.mark.parametrize("words", [[], ["w5", "w30"]])
def test_threads_change_nothing(space, words, monkeypatch):
    monkeypatch.setattr("w2vcli.vectors.projection._ROWS", 7)
    monkeypatch.setattr("w2vcli.vectors.word_map._ROWS", 7)
    one, many = (map_words(space, words, threads=threads) for threads in (1, 3))
    assert (one.places == many.places).all()
    assert (one.clusters == many.clusters).all()
    assert one.words == many.words


def test_another_seed_changes_clusters_only(space):
    one, other = (map_words(space, seed=seed) for seed in (1, 2))
    assert (one.places == other.places).all()
    assert (one.clusters != other.clusters).any()
    assert other.seed == 2


@pytest.mark.parametrize("method", ["umap", "tsne"])
def test_places_by_the_other_methods(space, method):
    pytest.importorskip({"umap": "umap", "tsne": "openTSNE"}[method])
    one, other, third = (map_words(space, method=method, seed=seed) for seed in (1, 1, 2))
    assert one.explained is None
    assert (one.method, third.seed) == (method, 2)
    assert np.abs(one.places).max() == 1
    assert (one.places == other.places).all()
    assert (one.places != third.places).any()


# --- models that are hardly any ---------------------------------------------------------


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "vectors",
    [
        [[1.0]],
        [[0.0, 0.0]],
        [[1.0, 2.0], [2.0, 1.0]],
        [[3.0], [-1.0], [2.0]],
        [[0.6, 0.8]] * 20,
        [[0.0] * 3] * 20,
        [[0.0] * 3, *np.eye(3).tolist()],
        [[1e-30, 0.0], [0.0, 1e18]],
    ],
    ids=["one", "one zero", "two", "d = 1", "alike", "zeros", "a zero", "short and long"],
)
def test_every_word_has_a_place(vectors):
    size = len(vectors)
    space = VectorSpace(ImportedVectors(WORDS[:size], np.array(vectors, np.float32)))
    for words in ([], WORDS[:1]):
        found = map_words(space, words)
        assert found.counts is None
        assert np.isfinite(found.places).all()
        assert np.abs(found.places).max(initial=0) <= 1
        assert np.isfinite(found.explained).all()
        assert len(found.clusters) == len(found.words)
        assert [len(some) > 0 for some in found.central_words(2)]
    if len({tuple(vector) for vector in vectors}) == 1:
        assert (found.places == 0).all()


def test_any_words():
    found = map_words(VectorSpace(model_of(HOSTILE)), HOSTILE[2:4], neighbors=3)
    assert set(HOSTILE[2:4]) <= set(found.words)
    assert map_words(VectorSpace(model_of(HOSTILE))).words == HOSTILE


def test_a_vector_that_is_not_finite():
    from w2vcli.errors import DataError

    bad = np.ones((3, 2), np.float32)
    bad[1] = np.nan
    model = Model(WORDS[:3], np.array([3, 2, 1]), bad, bad, bad[:, 0])
    with pytest.raises(DataError, match="not finite"):
        map_words(VectorSpace(model))
