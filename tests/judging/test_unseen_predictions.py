"""Predictions from unseen words against the formulas in float64; what is predicted is known."""

import math

import numpy as np
import pytest
from helpers import reference
from helpers.reference_unseen import by_ngrams
from helpers.subword_models import WORDS, subword_model

from w2vcli.judging import prediction
from w2vcli.judging.prediction import Predictor
from w2vcli.system.threads import Team
from w2vcli.training.options import TrainingOptions
from w2vcli.vectors.neighbors import UnknownWordsError

V, WINDOW = len(WORDS), 2
UNSEEN = ["kingly", "walks"]
EVERY = [*WORDS, *UNSEEN]


@pytest.fixture
def team():
    with Team(2) as team:
        yield team


def model_of(arch, subsample=0.02):
    options = TrainingOptions(arch=arch, window=WINDOW, subsample=subsample, smoothing=1.0)
    return subword_model(**options.resolved().as_json())


def exact(model):
    """W_in with rows for the unseen words, W_out, b, and how often subsampling keeps each word."""
    rows = dict(zip(model.subwords.ngrams, model.subwords.rows, strict=True))
    more = [by_ngrams(word, 3, 6, rows) for word in UNSEEN]
    w_in = np.concatenate([model.w_in.astype(float), more])
    share = model.counts / model.counts.sum()
    ratio = model.config["subsample"] / share
    keep = [*np.minimum(1, np.sqrt(ratio) + ratio), 1.0, 1.0]
    return w_in, model.w_out.astype(float), model.bias.astype(float), np.array(keep)


def ids(line):
    return [EVERY.index(word) if word in EVERY else -1 for word in line]


def test_around_an_unseen_word(team):
    model = model_of("skipgram")
    w_in, w_out, b, _ = exact(model)
    found = Predictor(model, team).around("kingly")
    assert found.sum() == pytest.approx(1, abs=1e-12)
    expected = np.exp(reference.log_softmax(w_out @ w_in[V] + b))
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    for predictor, word in (
        (Predictor(model, team), "zzz"),
        (Predictor(model, team, unseen=False), "kingly"),
    ):
        with pytest.raises(UnknownWordsError):
            predictor.around(word)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (["kingly"], []),
        (["the", "kingly"], ["walks", "talk"]),
        (["walks", "walks"], ["zzz", "the"]),
        (["kingly", "x", "the"], ["zzz"]),  # beyond the window
        (["the"], ["king"]),
    ],
)
def test_the_word_in_a_gap(team, before, after):
    model = model_of("cbow")
    w_in, w_out, b, keep = exact(model)
    context = [
        (word, reference.weight(distance, WINDOW, model.config["window_weights"]) * keep[word])
        for side in (before[::-1], after)
        for distance, word in enumerate(ids(side)[:WINDOW], start=1)
        if word >= 0
    ]
    h = sum(share * w_in[word] for word, share in context) / sum(share for _, share in context)
    found = Predictor(model, team).between(before, after)
    np.testing.assert_allclose(found, np.exp(reference.log_softmax(w_out @ h + b)), rtol=1e-5)


def test_strictly_an_unseen_word_is_no_context(team):
    predictor = Predictor(model_of("cbow"), team, unseen=False)
    assert predictor.between(["kingly"], ["walks"]) is None
    assert predictor.unknown(["kingly", "the"]) == ["kingly"]
    assert Predictor(predictor.model, team).unknown(["kingly", "the", "zzz"]) == ["zzz"]


LINES = [
    ["the", "kingly", "queen", "walks", "x"],
    ["kingly"],
    ["kingly", "walks"],
    ["kingly", "zzz", "the"],
    ["the", "king", "the", "queen"],
    ["walks", "the", "the", "zzz", "zzz", "kingly"],
    [],
    ["zzz", "the"],
]


def reference_scores(model, arch):
    """The weight and the mean log-probability of each line, what is predicted being known."""
    w_in, w_out, b, keep = exact(model)
    for line in LINES:
        rows = []
        everything = reference.predictions(
            [ids(line)], arch, len(EVERY), WINDOW, model.config["window_weights"], keep
        )
        for a, y in everything:
            rows.append((a, y[:V]))  # the others have no output vector
        weight = sum(y.sum() for _, y in rows)
        loss = reference.loss(rows, w_in, w_out, b)
        yield weight, -loss / weight if weight else math.nan


@pytest.mark.parametrize("pieces", [False, True])
@pytest.mark.parametrize("arch", ["skipgram", "cbow"])
def test_scores(team, arch, pieces, monkeypatch):
    if pieces:
        monkeypatch.setattr(prediction, "ROWS", 2)
        monkeypatch.setattr(prediction, "_POSITIONS", 2)
    model = model_of(arch)
    scores = Predictor(model, team).score(LINES)
    for line, score, (weight, mean) in zip(
        LINES, scores, reference_scores(model, arch), strict=True
    ):
        assert score.tokens == len(line)
        assert score.unknown == line.count("zzz")
        assert score.unseen == tuple(dict.fromkeys(w for w in line if w in UNSEEN))
        assert score.predictions == pytest.approx(weight)
        assert score.log_probability == pytest.approx(mean, rel=1e-5, nan_ok=True)
    assert sum(score.predictions > 0 for score in scores) == 4
    assert math.isnan(scores[2].log_probability)  # two unseen words predict nothing


@pytest.mark.parametrize("arch", ["skipgram", "cbow"])
def test_strict_scores_are_those_without_ngrams(team, arch):
    from dataclasses import replace

    model = model_of(arch)
    strict = Predictor(model, team, unseen=False).score(LINES)
    assert strict == Predictor(replace(model, subwords=None), team).score(LINES)
    assert strict != Predictor(model, team).score(LINES)


def test_lines_without_unseen_words_do_not_depend_on_others(team):
    for arch in ("skipgram", "cbow"):
        predictor = Predictor(model_of(arch), team)
        (before,) = predictor.score([LINES[4]])
        predictor.score(LINES)
        (after,) = predictor.score([LINES[4]])
        assert before == after
