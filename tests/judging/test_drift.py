"""The map of two models: where words were, against the comparison and plain products."""

import numpy as np
import pytest

from w2vcli.judging.comparison import compare
from w2vcli.judging.drift import drift_map
from w2vcli.vectors.imported import ImportedVectors
from w2vcli.vectors.model import Model
from w2vcli.vectors.neighbors import VectorSpace

RANDOM = np.random.Generator(np.random.PCG64(8))
START = RANDOM.bit_generator.state
every_kind = pytest.mark.parametrize("vectors", ["input", "output", "sum", "blend", "both"])


@pytest.fixture(autouse=True)
def _seed():
    """Each test has the same random numbers, whichever others run."""
    RANDOM.bit_generator.state = START


def normal(*shape):
    return RANDOM.normal(size=shape).astype(np.float32)


def names(*numbers):
    return [f"w{number}" for number in numbers]


def model_of(w_in, w_out, words=None):
    size = len(w_in)
    counts = np.arange(size, 0, -1)
    return Model(words or names(*range(size)), counts, w_in, w_out, np.zeros(size, np.float32))


@every_kind
@pytest.mark.parametrize("dims", [(5, 5), (3, 6), (6, 3)])
def test_cosines_are_those_of_the_comparison(vectors, dims):
    old = model_of(normal(40, dims[0]), normal(40, dims[0]))
    new_words = names(*RANDOM.permutation(60)[:35])
    new = model_of(normal(35, dims[1]), normal(35, dims[1]), new_words)
    found = compare(old, new, vectors, top=100)
    drifted = drift_map(old, new, found, others=0)
    cosines = {c.word: c.cosine for c in found.changed}
    assert set(drifted.words) == set(new_words)
    assert [drifted.words[number] for number in sorted(drifted.asked)] == drifted.words
    for word, cosine, place in zip(
        drifted.words, drifted.drift.cosines, drifted.drift.places, strict=True
    ):
        if word in cosines:
            assert cosine == pytest.approx(cosines[word], abs=2e-6)
            assert np.isfinite(place).all()
        else:
            assert np.isnan(cosine)
            assert np.isnan(place).all()


@every_kind
def test_a_model_that_is_only_turned_has_not_moved(vectors):
    w_in, w_out = normal(50, 6), normal(50, 6)
    turn = np.linalg.qr(RANDOM.normal(size=(6, 6)))[0].astype(np.float32)
    old, new = model_of(w_in @ turn, w_out @ turn), model_of(w_in, w_out)
    drifted = drift_map(old, new, compare(old, new, vectors), others=50)
    assert drifted.drift.cosines == pytest.approx(np.ones(50))
    assert drifted.drift.places == pytest.approx(drifted.places, abs=1e-5)


def test_old_places_are_by_the_same_axes_on_the_same_scale():
    old, new = model_of(normal(30, 4), normal(30, 4)), model_of(normal(30, 4), normal(30, 4))
    drifted = drift_map(old, new, compare(old, new, "input"), others=30)
    before, after = (
        (m.w_in / np.linalg.norm(m.w_in, axis=1, keepdims=True)).astype(float) for m in (old, new)
    )
    left, _, right = np.linalg.svd(before.T @ after)
    both = np.concatenate([after, before @ left @ right]) - after.mean(axis=0)
    axes = np.linalg.svd(after - after.mean(axis=0))[2][:2]
    flat = both @ axes.T
    shown = np.concatenate([drifted.places, drifted.drift.places])
    assert np.abs(shown).max() == 1
    far, near = (np.linalg.norm(some[:, None] - some, axis=2) for some in (flat, shown))
    assert near / near.max() == pytest.approx(far / far.max(), abs=1e-6)


def test_words_are_those_listed_and_the_most_frequent():
    old = model_of(normal(40, 4), normal(40, 4))
    new = model_of(normal(45, 4), normal(45, 4), names(*range(30, 75)))
    found = compare(old, new, top=3)
    drifted = drift_map(old, new, found, others=12)
    listed = {c.word for c in found.changed} | {word for word, _ in found.new_words}
    assert set(drifted.words) == listed | set(new.words[:12])
    assert {drifted.words[number] for number in drifted.asked} == listed
    assert drifted.words == sorted(drifted.words, key=new.words.index)
    ids = [new.words.index(word) for word in drifted.words]
    assert drifted.counts.tolist() == new.counts[ids].tolist()
    directions = VectorSpace(new).exact_directions(np.array(ids)).astype(np.float32)
    assert (drifted.units == directions).all()
    assert (drifted.method, drifted.clusters, drifted.vectors) == ("pca", None, "both")


def test_rare_words_are_left_out():
    """Of 40 words with the counts 40, 39, ..., those of the new model in another order."""
    words = names(*RANDOM.permutation(50)[:40])
    old, new = model_of(normal(40, 4), normal(40, 4)), model_of(normal(40, 4), normal(40, 4), words)
    found = compare(old, new, top=2, min_count=30)
    drifted = drift_map(old, new, found, others=8, min_count=30)
    listed = {c.word for c in found.changed} | {word for word, _ in found.new_words}
    counts = [dict(zip(m.words, m.counts.tolist(), strict=True)) for m in (old, new)]
    frequent = [w for w in words if min(side.get(w, 99) for side in counts) >= 30]
    assert set(drifted.words) == listed | set(frequent[:8])
    assert min(drifted.counts) >= 30


@pytest.mark.filterwarnings("error")
def test_vectors_that_do_not_differ_and_nobody_knows_the_counts_of():
    one, zeros = np.ones((3, 2), np.float32), np.zeros((3, 2), np.float32)
    for old in (one, zeros):
        models = [ImportedVectors(names(0, 1, 2), vectors) for vectors in (old, one)]
        drifted = drift_map(*models, compare(*models))
        assert drifted.counts is None
        assert np.isfinite(drifted.places).all()
        assert np.isfinite(drifted.drift.places).all()


def test_threads_change_nothing(monkeypatch):
    monkeypatch.setattr("w2vcli.judging.alignment._ROWS", 7)
    monkeypatch.setattr("w2vcli.vectors.projection._ROWS", 7)
    old, new = model_of(normal(60, 5), normal(60, 5)), model_of(normal(60, 5), normal(60, 5))
    found = compare(old, new)
    one, many = (drift_map(old, new, found, 60, threads=threads) for threads in (1, 3))
    assert (one.places == many.places).all()
    assert (one.drift.places == many.drift.places).all()
    assert (one.drift.cosines == many.drift.cosines).all()
