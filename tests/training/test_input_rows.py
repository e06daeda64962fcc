"""The vectors of words and the rows that they are made of: where a run begins and ends."""

import numpy as np
import pytest
from helpers import reference_ngrams

from w2vcli.text.ngrams import NgramRange
from w2vcli.training import composed_rows
from w2vcli.training import composition as module
from w2vcli.training.composed_rows import ComposedRows
from w2vcli.training.composition import Composition
from w2vcli.training.curvature import Curvature
from w2vcli.training.input_rows import InputRows
from w2vcli.training.row_solver import product, solve_rows, transposed
from w2vcli.vectors.subwords import NgramRows, vector_of

WORDS = ["banana", "bananas", "anaconda", "walk", "walks", "walker", "talk", "talks", "x"]
V, D = len(WORDS), 4
EVIDENCE = np.array([0.0, 1, 3, 10, 40, 200, 1000, 30, 5])


@pytest.fixture(params=[True, False], ids=["own rows", "n-grams alone"])
def rows(request, monkeypatch):
    monkeypatch.setattr("w2vcli.training.composed_rows.evidence_of", lambda *_: EVIDENCE)
    monkeypatch.setattr("w2vcli.training.row_solver._CLOSE", 1e-8)
    monkeypatch.setattr("w2vcli.training.row_solver.STEPS", 500)
    monkeypatch.setattr("w2vcli.training.composed_rows.START_STEPS", 500)
    composition = Composition.of(WORDS, NgramRange(2, 4), 2, None, request.param)
    return ComposedRows(composition, source=None)


def dense_of(rows):
    composition = rows.composition
    return reference_ngrams.composition(
        WORDS, 2, 4, composition.ngrams, bool((composition.own > 0).all())
    )


def random_rows(rows, seed=0):
    w_in = np.random.default_rng(seed).standard_normal((rows.count, D)).astype(np.float32)
    rows.clear(w_in)
    return w_in


def vectors(seed=1):
    return np.random.default_rng(seed).standard_normal((V, D))


def precisions(rows):
    shape = reference_ngrams.Shape.of(module)
    return reference_ngrams.priors(dense_of(rows), EVIDENCE, shape, np.ones(V, bool))


def test_without_ngrams_rows_are_vectors():
    rows, w_in = InputRows(V), vectors().astype(np.float32)
    before = w_in.copy()
    assert rows.vectors(w_in) is w_in
    words = np.array([1, 3])
    np.testing.assert_array_equal(rows.vectors_of(words, w_in), before[words])
    rows.move(w_in, words, np.ones((2, D)))
    np.testing.assert_allclose(w_in[words], before[words] + 1, rtol=1e-6)
    rows.put(w_in, words, before[[0, 2]])
    np.testing.assert_array_equal(w_in[words], before[[0, 2]])
    rows.place(w_in, before, 1)
    np.testing.assert_array_equal(w_in, before)
    np.testing.assert_array_equal(rows.minus(w_in, before[0]), before - before[0])
    assert rows.ngrams(w_in, w_in) is None


def test_vectors_are_means_of_rows(rows):
    w_in = random_rows(rows)
    expected = dense_of(rows) @ w_in
    np.testing.assert_allclose(rows.vectors(w_in), expected, atol=1e-6)
    some = np.array([8, 0, 3])
    np.testing.assert_array_equal(rows.vectors_of(some, w_in), rows.vectors(w_in)[some])


def test_a_word_is_moved_by_its_own_row_alone(rows):
    """One that has no row of its own has it meanwhile."""
    w_in = random_rows(rows)
    before, words = rows.vectors(w_in).copy(), np.array([2, 8])
    ngrams = w_in[V:].copy()
    rows.move(w_in, words, np.full((2, D), 0.5))
    expected = before.copy()
    expected[words] += 0.5
    np.testing.assert_allclose(rows.vectors(w_in), expected, atol=1e-6)
    rows.put(w_in, words, np.zeros((2, D)))
    expected[words] = 0
    np.testing.assert_allclose(rows.vectors(w_in), expected, atol=1e-6)
    np.testing.assert_array_equal(w_in[V:], ngrams)


def test_rows_are_placed_by_least_squares(rows):
    w_in, wanted = random_rows(rows), vectors()
    rows.place(w_in, wanted, 1)
    matrix = dense_of(rows)
    if (rows.composition.own > 0).all():
        # The vectors are what was wanted, and no rows with these vectors have less of a prior.
        np.testing.assert_allclose(rows.vectors(w_in), wanted, atol=1e-5)
        inverse = 1 / precisions(rows)
        scaled = matrix * inverse
        expected = scaled.T @ np.linalg.solve(scaled @ matrix.T, wanted)
        np.testing.assert_allclose(w_in, expected, atol=2e-3)
        return
    shared = matrix[:, V:]
    ridge = np.diag(precisions(rows)[V:])
    expected = np.linalg.solve(shared.T @ shared + ridge, shared.T @ wanted)
    np.testing.assert_allclose(w_in[V:], expected, atol=5e-3)
    own = WORDS.index("x")
    np.testing.assert_allclose(w_in[own], wanted[own], atol=1e-5)
    assert not np.delete(w_in[:V], own, axis=0).any()


def scene_of_settling(prior):
    random = np.random.default_rng(7)
    w_out = random.standard_normal((V, D)) * [3, 1, 0.3, 0.1]
    unigram = random.uniform(1, 9, V)
    curvature = Curvature(w_out, unigram, prior)
    share = unigram / unigram.sum()
    mean = share @ w_out
    covariance = sum(p * np.outer(u - mean, u - mean) for p, u in zip(share, w_out, strict=True))
    return curvature, covariance


@pytest.mark.parametrize("prior", [30.0, 0.5])
def test_rows_are_settled_where_the_parabolas_and_the_priors_are_least(rows, prior, monkeypatch):
    monkeypatch.setattr(composed_rows, "FEW", 0.3)
    curvature, covariance = scene_of_settling(prior)
    w_in, learnt = random_rows(rows), vectors()
    rows.put(w_in, np.arange(V), learnt)
    before = w_in.copy()
    rows.settle(w_in, curvature, 1)
    matrix = dense_of(rows)
    assert EVIDENCE[0] == 0
    assert EVIDENCE[1:].all()
    learnt[0] = 0  # there is nothing to learn: its row stays
    of_rows = prior * precisions(rows)
    of_rows[of_rows == 0] = 1.0  # rows of no use: zero
    # What of lambda a vector has: its variance is the sum of those of its rows, by their weights.
    shares = 1 / (np.square(matrix) * prior / of_rows).sum(axis=1)
    np.testing.assert_allclose(rows.prior_shares, shares, rtol=1e-12)
    expected = reference_ngrams.settled(
        matrix, EVIDENCE[:, None, None] * covariance, learnt, prior * shares, of_rows,
        prior * composed_rows.LOUD, composed_rows.FEW,
    )  # fmt: skip
    expected[0] = before[0] * (matrix[0, 0] > 0)
    scale = np.abs(matrix @ expected).max()
    np.testing.assert_allclose(rows.vectors(w_in), matrix @ expected, atol=3e-3 * scale)
    np.testing.assert_allclose(w_in[V:], expected[V:], atol=2e-2 * np.abs(expected).max())


def test_ngrams_of_words_that_never_occur_stay_when_rows_are_settled(rows):
    curvature, _ = scene_of_settling(30.0)
    talk = [word.startswith("talk") for word in WORDS]
    rows.evidence = np.where(talk, EVIDENCE, 0.0)
    w_in = random_rows(rows)
    before = w_in.copy()
    rows.settle(w_in, curvature, 1)
    ours = [
        any(ngram in f"<{word}>" for word in ("talk", "talks")) for ngram in rows.composition.ngrams
    ]
    assert 0 < sum(ours) < len(ours)
    changed = (w_in != before).any(axis=1)
    np.testing.assert_array_equal(changed[V:], ours)
    assert not changed[:V][~np.array(talk)].any()


def test_what_is_settled_does_not_depend_on_threads(rows):
    curvature, _ = scene_of_settling(30.0)
    found = []
    for threads in (1, 3):
        w_in = random_rows(rows)
        rows.put(w_in, np.arange(V), vectors())
        rows.settle(w_in, curvature, threads)
        found.append(w_in)
    np.testing.assert_array_equal(*found)


def test_a_vector_less_in_all_rows_is_one_less_in_all_vectors(rows):
    w_in = random_rows(rows)
    less = np.arange(D, dtype=np.float32)
    found = rows.minus(w_in, less)
    np.testing.assert_allclose(rows.vectors(found), rows.vectors(w_in) - less, atol=1e-6)
    unused = rows.composition.own == 0
    assert not found[:V][unused].any()


def test_the_ngrams_of_a_model_give_vectors_to_words_that_were_never_seen(rows):
    w_in = random_rows(rows)
    squares = np.random.default_rng(3).uniform(1, 2, w_in.shape).astype(np.float32)
    ngrams = rows.ngrams(w_in, squares)
    known = [g for g in reference_ngrams.ngrams("talker", 2, 4) if g in ngrams.ngrams]
    assert known
    expected = np.mean([w_in[V + ngrams.ngrams.index(g)] for g in known], axis=0)
    np.testing.assert_allclose(vector_of(ngrams, "talker"), expected, atol=1e-6)
    assert vector_of(ngrams, "qqq") is None
    np.testing.assert_array_equal(ngrams.word_rows, w_in[:V])
    np.testing.assert_allclose(ngrams.squares, squares[V:].mean(axis=1), rtol=1e-6)
    assert not rows.ngrams(w_in, squares[:0]).squares.any()  # SGD has none


def old_ngrams():
    texts = sorted({"an", "wal", "ks>", "gone"})
    random = np.random.default_rng(4)
    found = random.standard_normal((4, D)).astype(np.float32)
    squares = np.array([3.0, 0.0, 5.0, 7.0], np.float32)
    return NgramRows(NgramRange(2, 4), texts, found, np.zeros((V, D), np.float32), squares)


def test_a_run_begins_with_the_ngrams_of_an_old_model(rows):
    w_in, wanted, old = random_rows(rows), vectors().astype(np.float32), old_ngrams()
    rows.begin(w_in, wanted, old, 1)
    known = [ngram in old.ngrams for ngram in rows.composition.ngrams]
    assert sum(known) == 3
    expected = np.zeros((len(known), D))
    expected[known] = [old.rows[old.ngrams.index(g)] for g in ("an", "ks>", "wal")]
    own = rows.composition.own > 0
    if own.all():
        np.testing.assert_array_equal(w_in[V:], expected.astype(np.float32))
    else:
        shared = dense_of(rows)[:, V:]
        ridge = np.diag(precisions(rows)[V:])
        left = wanted - shared @ expected
        left[own] = 0
        expected += np.linalg.solve(shared.T @ shared + ridge, shared.T @ left)
        np.testing.assert_allclose(w_in[V:], expected, atol=1e-5)
    np.testing.assert_allclose(rows.vectors(w_in)[own], wanted[own], atol=1e-5)
    assert not w_in[:V][~own].any()


def test_the_squares_of_ngrams_go_on_from_an_old_model(rows):
    squares, old = np.zeros((rows.count, D), np.float32), old_ngrams()
    rows.load_squares(squares, old, 0.5)
    for number, ngram in enumerate(rows.composition.ngrams):
        then = old.squares[old.ngrams.index(ngram)] if ngram in old.ngrams else 0.0
        ours = [old.squares[old.ngrams.index(g)] for g in ("an", "ks>", "wal")]
        least = min(value for value in ours if value > 0)
        np.testing.assert_allclose(squares[V + number], 0.5 * (then or least))
    assert not squares[:V].any()
    rows.load_squares(squares[:0], old, 0.5)  # SGD has none


def test_the_squares_of_ngrams_follow_from_those_of_words(rows):
    squares = np.zeros((rows.count, D), np.float32)
    squares[:V] = np.random.default_rng(5).uniform(1, 2, (V, 1))
    of_words = squares[:V].copy()
    rows.load_squares(squares, None, 0.5)
    np.testing.assert_array_equal(squares[:V], of_words)
    matrix = dense_of(rows)
    own = np.diag(matrix[:, :V])
    of_vectors = of_words / np.square(np.where(own > 0, own, 1))[:, None]
    np.testing.assert_allclose(squares[V:], np.square(matrix[:, V:]).T @ of_vectors, rtol=1e-5)
    rows.load_squares(squares[:0], None, 0.5)  # SGD has none


# --- least squares ----------------------------------------------------------------------


@pytest.mark.parametrize("of_each", [1, 21])
def test_the_solver_solves(of_each):
    random = np.random.default_rng(2)
    shared = Composition.of(WORDS, NgramRange(2, 3), 1).shared
    size = int(shared.indices.max()) + 1
    matrix = np.zeros((V, size))
    for row in range(V):
        for k in range(shared.indptr[row], shared.indptr[row + 1]):
            matrix[row, shared.indices[k]] += shared.data[k]
    weights, right = random.uniform(0.1, 9, (V, of_each)), random.standard_normal((V, 21))
    ridge = random.uniform(0.1, 3, size)
    found = [solve_rows(shared, weights, right, ridge, threads) for threads in (1, 2)]
    np.testing.assert_array_equal(*found)
    for j in range(21):
        a = weights[:, 0 if of_each == 1 else j]
        left = matrix.T @ (a[:, None] * matrix) + np.diag(ridge)
        expected = np.linalg.solve(left, matrix.T @ right[:, j])
        np.testing.assert_allclose(found[0][:, j], expected, atol=2e-3 * np.abs(expected).max())
    np.testing.assert_allclose(product(shared, np.eye(size)), matrix, rtol=1e-15)
    np.testing.assert_array_equal(product(transposed(shared, size), np.eye(V)), matrix.T)


def test_where_nothing_is_wanted_rows_are_zero():
    shared = Composition.of(WORDS, NgramRange(2, 3), 1).shared
    ridge = np.ones(int(shared.indices.max()) + 1)
    assert not solve_rows(shared, np.ones((V, 1)), np.zeros((V, 3)), ridge).any()
