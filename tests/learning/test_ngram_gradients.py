"""The check of gradients where words are made of n-grams: true ones, and errors planted in them."""

import numpy as np
import pytest
from helpers import reference, reference_ngrams
from helpers.findings import caught, everywhere

from w2vcli.learning import gradient_check, textbook
from w2vcli.learning.gradient_check import METHODS, check_gradients
from w2vcli.softmax.blocks import scatter
from w2vcli.system.threads import Team
from w2vcli.text.tokens import BREAK
from w2vcli.text.vocabulary import Vocabulary
from w2vcli.training import composition as module
from w2vcli.training.data import EncodedCorpus
from w2vcli.training.options import TrainingOptions

WORDS = ["banana", "bananas", "walk", "walks", "talk", "talks", "x", "日本", "never"]
"""``ana`` is twice in some; x has no n-gram with a row, nor has the last, which never occurs."""

V, D = len(WORDS), 3
GROUPS = ["w_in", "w_out", "bias"]
SHAPE = reference_ngrams.Shape(own=0.3, held=3.0, free=5.0, shared=0.1)


def random_lines(seed=0):
    random = np.random.default_rng(seed)
    return [random.integers(-1, V - 1, length).tolist() for length in (9, 1, 14, 2, 6, 0)]


def check(**more):
    stream = np.array([t for line in random_lines() for t in [*line, BREAK]], np.int32)
    counts = np.bincount(stream[stream >= 0], minlength=V).astype(np.int64)
    encoded = EncodedCorpus(Vocabulary(WORDS, counts), stream, [])
    given = {"dim": D, "passes": 1, "window": 3, "batch": 7, "prior": 2.0, "subwords": "2-4"}
    with Team() as team:
        return list(check_gradients(encoded, TrainingOptions(**given | more), team, moved=4))


@pytest.fixture
def _held(monkeypatch):
    """Words held back by less evidence: few positions say little of a word."""
    for where in (module, gradient_check):
        for name, value in SHAPE._asdict().items():
            monkeypatch.setattr(where, name.upper(), value)


# --- the textbook -----------------------------------------------------------------------


@pytest.mark.parametrize("word_rows", [True, False])
@pytest.mark.parametrize("prior", [0.0, 3.0])
@pytest.mark.parametrize("cbow", [True, False])
def test_the_textbook_equals_the_reference(cbow, prior, word_rows):
    random = np.random.default_rng(4)
    kept = reference_ngrams.chosen(WORDS, 2, 4, 2)
    matrix = reference_ngrams.composition(WORDS, 2, 4, kept, word_rows)
    w_in = random.standard_normal((V + len(kept), D))
    w_out, bias = random.standard_normal((V, D)), random.standard_normal(V)
    keep, factors, lines = np.linspace(1, 0.2, V), np.linspace(0.5, 2, V), random_lines(1)
    rows_of = [[(row, each[row]) for row in np.flatnonzero(each).tolist()] for each in matrix]
    found = textbook.totals(
        lines, cbow, lambda distance: reference.weight(distance, 2, "linear"), 2, keep, factors,
        prior, w_in, w_out, bias, textbook.Made(rows_of, *SHAPE),
    )  # fmt: skip
    arch = "cbow" if cbow else "skipgram"
    rows = list(reference.predictions(lines, arch, V, 2, "linear", keep, factors))
    seen = np.array([any(a[word] > 0 for a, _ in rows) for word in range(V)])
    evidence = np.zeros(V)
    for line in lines:  # each place by itself: in CBOW a word may be twice in a window
        for a, y in separate(line, arch, keep, factors):
            evidence += y.sum() * a
    of_rows = prior * reference_ngrams.priors(matrix, evidence, SHAPE, seen)
    vectors = matrix @ w_in
    loss = reference.loss(rows, vectors, w_out, bias)
    loss += (of_rows * np.square(w_in).sum(axis=1)).sum() / 2
    assert found.loss == pytest.approx(loss, rel=1e-12)
    d_vectors, d_out, d_bias = reference.gradients(rows, vectors, w_out, bias, 0.0)
    expected = matrix.T @ d_vectors + of_rows[:, None] * w_in, d_out, d_bias
    for ours, theirs, size in zip(found.gradients, expected, found.sizes, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-11)
        assert (np.abs(ours) <= size * (1 + 1e-12)).all()


def separate(line, arch, keep, factors):
    """Yield of each prediction the squared weight in h of each word, place by place, and y."""
    for place, centre in enumerate(line):
        around = [
            (line[other], reference.weight(abs(other - place), 2, "linear"))
            for other in range(max(0, place - 2), min(len(line), place + 3))
            if other != place and line[other] >= 0
        ]
        if centre < 0 or not around:
            continue
        squares, y = np.zeros(V), np.zeros(V)
        if arch == "cbow":
            whole = sum(weight * keep[word] for word, weight in around)
            for word, weight in around:
                squares[word] += (weight * keep[word] / whole) ** 2
            y[centre] = keep[centre] * factors[centre]
        else:
            squares[centre] = 1
            for word, weight in around:
                y[word] += weight * keep[word] * keep[centre] * factors[word]
        yield squares, y


# --- true gradients ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"word_rows": False},
        {"subwords": "1-2", "subword_min_count": 1, "start": "random", "optimizer": "sgd"},
        {"max_subwords": 3, "smoothing": 1.0, "prior": 0.0, "bias": False},
    ],
)
@pytest.mark.usefixtures("_held")
def test_true_gradients_are_found_true(more):
    findings = check(**more)
    groups = GROUPS if more.get("bias", True) else GROUPS[:2]
    assert [(f.arch, f.method, f.group) for f in findings] == [
        (arch, method, group) for arch, method in METHODS for group in groups
    ]
    for finding in findings:
        assert 0 <= finding.differences.error < 1e-6
        assert 0 <= finding.formulas.error < 1e-6
        assert 0 < finding.single.error < 1e-4


# --- planted errors ---------------------------------------------------------------------


def test_an_ngram_that_counts_once_where_it_is_twice(monkeypatch):
    """The gradients are true to the loss of these vectors, so that differences see nothing."""
    build = module._compose

    def planted(indptr, indices, data, shares, c_indptr, c_indices, c_data, c_parts):
        least = np.minimum.reduceat(c_data, c_indptr[:-1])
        once = np.repeat(least, np.diff(c_indptr))
        return build(indptr, indices, data, shares, c_indptr, c_indices, once, c_parts)

    monkeypatch.setattr(module, "_compose", planted)
    assert caught(check()) == (set(), everywhere(*GROUPS))


def test_rows_that_get_another_part_of_the_gradient_than_of_the_mean(monkeypatch):
    """The whole of it, as in fastText."""
    monkeypatch.setattr(
        "w2vcli.softmax.objective.scatter",
        lambda hidden, d: scatter(hidden._replace(data=np.ones(len(hidden.data))), d),
    )
    assert caught(check()) == (everywhere("w_in"), everywhere("w_in"))


@pytest.mark.usefixtures("_held")
@pytest.mark.parametrize("what", ["OWN", "HELD", "FREE", "SHARED"])
def test_a_prior_of_another_shape(monkeypatch, what):
    """Its gradient goes with it, so that differences see nothing."""
    monkeypatch.setattr(module, what, 1.1 * getattr(module, what))
    assert caught(check()) == (set(), everywhere("w_in"))


@pytest.mark.usefixtures("_held")
def test_words_of_which_the_text_says_more_than_is_counted(monkeypatch):
    evidence_of = module.evidence_of
    monkeypatch.setattr(
        "w2vcli.training.composed_rows.evidence_of", lambda *given: 0.9 * evidence_of(*given)
    )
    assert caught(check()) == (set(), everywhere("w_in"))
