"""Predictions against the formulas in float64: distributions, and scores of lines."""

import math

import numpy as np
import pytest
from helpers import reference

from w2vcli.errors import DataError
from w2vcli.judging import prediction
from w2vcli.judging.prediction import LineScore, Predictor
from w2vcli.system.threads import Team
from w2vcli.text.vocabulary import Selection
from w2vcli.training.options import TrainingOptions
from w2vcli.training.session import train
from w2vcli.vectors.model import Model
from w2vcli.vectors.neighbors import UnknownWordsError

V, D, WINDOW = 12, 4, 3
SMOOTHING = 0.6
COUNTS = np.array([900, 400, 200, 100, 50, 40, 30, 20, 10, 5, 2, 1])
SETTINGS = [("linear", 0.0), ("uniform", 0.0), ("linear", 0.01), ("uniform", 0.01)]


@pytest.fixture
def team():
    with Team(2) as team:
        yield team


def model_of(arch, weights="linear", subsample=0.0, lower=False, smoothing=SMOOTHING):
    random = np.random.default_rng(5)
    w_in, w_out = random.standard_normal((2, V, D)).astype(np.float32)
    options = TrainingOptions(
        arch=arch, window=WINDOW, window_weights=weights, subsample=subsample, smoothing=smoothing
    )
    return Model(
        [f"w{i}" for i in range(V)], COUNTS, w_in, w_out,
        random.standard_normal(V).astype(np.float32),
        config=options.resolved().as_json() | {"lower": lower},
    )  # fmt: skip


def exact(model):
    """The parameters in float64; the bias without what smoothing has added to it."""
    w_in, w_out, bias = (np.asarray(m, np.float64) for m in (model.w_in, model.w_out, model.bias))
    keep = keep_of(model.config["subsample"])
    return w_in, w_out, bias - np.log(reference.smoothing(COUNTS, keep, SMOOTHING))


def keep_of(threshold):
    if not threshold:
        return np.ones(V)
    ratio = threshold / (COUNTS / COUNTS.sum())
    return np.minimum(1, np.sqrt(ratio) + ratio)


def tokens(line):
    """The words of a line of ids, -1 an unknown one."""
    return [f"w{i}" if i >= 0 else "nosuchword" for i in line]


# --- distributions ----------------------------------------------------------------------


@pytest.mark.parametrize("word", [0, 7, V - 1])
def test_words_around_a_word(team, word):
    model = model_of("skipgram")
    w_in, w_out, b = exact(model)
    found = Predictor(model, team).around(f"w{word}")
    assert found.dtype == np.float64
    assert found.sum() == pytest.approx(1, abs=1e-12)
    expected = np.exp(reference.log_softmax(w_out @ w_in[word] + b))
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_of_a_model_that_does_not_know_smoothing_scores_are_taken_as_they_are(team):
    model = model_of("skipgram", smoothing=1.0)
    del model.config["smoothing"], model.config["prior"]
    expected = model.w_out @ model.w_in[3].astype(float) + model.bias
    found = Predictor(model, team).around("w3")
    np.testing.assert_allclose(found, np.exp(reference.log_softmax(expected)), rtol=1e-5)


def test_around_an_unknown_word(team):
    with pytest.raises(UnknownWordsError) as caught:
        Predictor(model_of("skipgram"), team).around("nosuchword")
    assert caught.value.words == ["nosuchword"]


@pytest.mark.parametrize(("weights", "subsample"), SETTINGS)
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([1], []),
        ([], [11]),
        ([0, 5, 2], [7, 3, 1]),
        ([4, 4], [4, 2]),  # repeated
        ([-1, 2], [-1, -1, 6]),  # unknown words keep their places
        ([9, 8, 1, -1, 3], [2, 0, 1, 9, 9]),  # beyond the window
    ],
)
def test_the_word_between_others(team, weights, subsample, before, after):
    model, keep = model_of("cbow", weights, subsample), keep_of(subsample)
    w_in, w_out, b = exact(model)
    context = [
        (word, reference.weight(distance, WINDOW, weights) * keep[word])
        for side in (before[::-1], after)
        for distance, word in enumerate(side[:WINDOW], start=1)
        if word >= 0
    ]
    h = sum(share * w_in[word] for word, share in context) / sum(share for _, share in context)
    found = Predictor(model, team).between(tokens(before), tokens(after))
    assert found.sum() == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(found, np.exp(reference.log_softmax(w_out @ h + b)), rtol=1e-5)


@pytest.mark.parametrize(
    ("before", "after"), [([], []), ([-1], [-1, -1]), ([2, -1, -1, -1], [-1, -1, -1, 2])]
)
def test_nothing_known_around_a_gap(team, before, after):
    assert Predictor(model_of("cbow"), team).between(tokens(before), tokens(after)) is None


def test_the_most_probable_words(team):
    predictor = Predictor(model_of("cbow"), team)
    shares = np.full(V, 0.05)
    shares[[3, 8]] = 0.25
    assert predictor.most_probable(shares, 3) == [("w3", 0.25), ("w8", 0.25), ("w0", 0.05)]
    assert len(predictor.most_probable(shares, 10**30)) == V


def test_text_is_lowered_where_the_corpus_was(team):
    words = ["W3", "w3", "Nosuch", "Nosuch"]
    lowered = Predictor(model_of("skipgram", lower=True), team)
    as_it_is = Predictor(model_of("skipgram"), team)
    assert lowered.unknown(words) == ["Nosuch"]
    assert as_it_is.unknown(words) == ["W3", "Nosuch"]
    np.testing.assert_array_equal(lowered.around("W3"), as_it_is.around("w3"))
    assert lowered.score([["W3", "W4"]]) == as_it_is.score([["w3", "w4"]])


def test_a_model_that_does_not_say_how_it_was_trained(team):
    model = model_of("cbow")
    del model.config["window"]
    with pytest.raises(DataError, match="'window' is missing"):
        Predictor(model, team)


# --- scores -----------------------------------------------------------------------------


def random_lines(seed):
    random = np.random.default_rng(seed)
    lines = [random.integers(-1, V, n).tolist() for n in random.integers(0, 15, 12)]
    return [*lines, [], [3], [-1, -1], [5, -1], [5, -1, -1, -1, 5], [2, 2], []]


@pytest.mark.parametrize("arch", ["skipgram", "cbow"])
@pytest.mark.parametrize(("weights", "subsample"), SETTINGS)
def test_scores_are_the_objective_of_each_line(team, arch, weights, subsample):
    model, keep, lines = model_of(arch, weights, subsample), keep_of(subsample), random_lines(1)
    scores = Predictor(model, team).score(map(tokens, lines))
    for line, score in zip(lines, scores, strict=True):
        rows = list(reference.predictions([line], arch, V, WINDOW, weights, keep))
        weight = sum(y.sum() for _, y in rows)
        loss = reference.loss(rows, *exact(model))
        assert (score.tokens, score.unknown) == (len(line), line.count(-1))
        assert score.predictions == pytest.approx(weight)
        expected = -loss / weight if rows else math.nan
        assert score.log_probability == pytest.approx(expected, rel=1e-5, nan_ok=True)
        assert score.perplexity == pytest.approx(math.exp(-expected), rel=1e-4, nan_ok=True)
    assert sum(math.isnan(score.log_probability) for score in scores) >= 5


def test_a_score_by_hand(team):
    """Two words, d = 1: from a (h = 1) z = (ln 3, 0), so p(b|a) = 1/4; from b (h = 0) p = 1/2."""
    config = TrainingOptions(window=1, subsample=0.0, smoothing=0.5).resolved().as_json()
    w_in, w_out = np.array([[1.0], [0.0]], np.float32), np.array([[np.log(3)], [0]], np.float32)
    bias = np.zeros(2, np.float32)
    predictor = Predictor(Model(["a", "b"], np.array([1, 1]), w_in, w_out, bias, config), team)
    (score,) = predictor.score([["a", "b", "?", "a"]])
    assert (score.tokens, score.unknown, score.predictions) == (4, 1, 2.0)
    assert score.log_probability == pytest.approx(-(math.log(4) + math.log(2)) / 2)
    assert score.perplexity == pytest.approx(math.sqrt(8))


@pytest.mark.parametrize("arch", ["skipgram", "cbow"])
def test_batches_make_no_difference(team, monkeypatch, arch):
    lines = [tokens(line) for line in random_lines(2)]
    predictor = Predictor(model_of(arch, subsample=0.01), team)
    together = predictor.score(lines)
    one_by_one = [score for line in lines for score in predictor.score([line])]
    monkeypatch.setattr(prediction, "ROWS", 3)
    monkeypatch.setattr(prediction, "_POSITIONS", 2)
    in_pieces = Predictor(predictor.model, team).score(lines)
    for a, b, c in zip(together, one_by_one, in_pieces, strict=True):
        for other in (b, c):
            assert (a.tokens, a.unknown) == (other.tokens, other.unknown)
            assert a.predictions == pytest.approx(other.predictions)
            expected = pytest.approx(a.log_probability, rel=1e-5, nan_ok=True)
            assert other.log_probability == expected


def test_no_lines(team):
    assert Predictor(model_of("cbow"), team).score([]) == []


def test_a_perplexity_beyond_a_float():
    assert LineScore(2, 0, 2.0, -709.0).perplexity == math.exp(709)
    assert LineScore(2, 0, 2.0, -710.0).perplexity == math.inf
    assert math.isnan(LineScore(0, 0, 0.0, math.nan).perplexity)


def test_the_training_text_has_the_loss_of_training(trained, team):
    """Without smoothing, the last line of ``train`` and the scores of all lines are the same."""
    text = trained / "text.txt"
    model = train(text, options=TrainingOptions(dim=4, smoothing=1.0), words=Selection(3))
    lines = text.read_text(encoding="utf-8").splitlines()
    scores = Predictor(model, team).score(line.split() for line in lines)
    weight = sum(score.predictions for score in scores)
    loss = -sum(score.log_probability * score.predictions for score in scores) / weight
    assert loss == pytest.approx(model.history[-1]["loss"], rel=1e-6)
