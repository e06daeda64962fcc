"""The loss of a model on a text: the textbook's, and the one that training reports."""

import numpy as np
import pytest
from helpers import reference

from w2vcli.errors import DataError, InputError
from w2vcli.judging.perplexity import score_text
from w2vcli.text.corpus import Corpus
from w2vcli.text.vocabulary import Vocabulary
from w2vcli.training.options import TrainingOptions
from w2vcli.training.session import train
from w2vcli.vectors.model import Model

WORDS = ["a", "b", "c", "d", "e"]
TEXT = "a b x c a\n\nd\nb b c x x x x a\ne a b c d e a\n"


def model_of(options, counts=(50, 20, 10, 5, 1), **config):
    random = np.random.default_rng(7)
    w_in, w_out = random.standard_normal((2, 5, 3)).astype(np.float32)
    bias = random.standard_normal(5).astype(np.float32)
    given = options.resolved().as_json() | config
    return Model(WORDS, np.array(counts), w_in, w_out, bias, config=given)


def scored(model, text, tmp_path, threads=1):
    path = tmp_path / "text"
    path.write_text(text, encoding="utf-8")
    return score_text(model, Corpus([str(path)]), threads)


@pytest.mark.parametrize("arch", ["skipgram", "cbow"])
@pytest.mark.parametrize("method", [None, "stream"])
@pytest.mark.parametrize("weights", ["linear", "uniform"])
@pytest.mark.parametrize("subsample", [0, 0.05])
@pytest.mark.parametrize("smoothing", [0.5, 1])
def test_it_is_the_loss_of_the_formulas(arch, method, weights, subsample, smoothing, tmp_path):
    options = TrainingOptions(
        arch, method, dim=3, subsample=subsample, window=2, window_weights=weights,
        smoothing=smoothing,
    )  # fmt: skip
    model = model_of(options)
    found = scored(model, TEXT, tmp_path)
    lines = [
        [WORDS.index(token) if token in WORDS else -1 for token in line.split()]
        for line in TEXT.splitlines()
    ]
    # word2vec's chance to keep a word goes by the counts in training, not in this text.
    ratio = subsample / (model.counts / model.counts.sum())
    keep = np.minimum(1, np.sqrt(ratio) + ratio) if subsample else np.ones(5)
    rows = list(reference.predictions(lines, arch, 5, 2, weights, keep))
    weight = sum(y.sum() for _, y in rows)
    w_in, w_out, bias = (m.astype(float) for m in (model.w_in, model.w_out, model.bias))
    factors = reference.smoothing(model.counts, keep, smoothing)
    loss = reference.loss(rows, w_in, w_out, bias - np.log(factors)) / weight
    assert found.loss == pytest.approx(loss, rel=1e-6)
    smoothed = list(reference.predictions(lines, arch, 5, 2, weights, keep, factors))
    loss = reference.loss(smoothed, w_in, w_out, bias) / sum(y.sum() for _, y in smoothed)
    assert found.smoothed_loss == pytest.approx(loss, rel=1e-6)
    assert (found.smoothed_loss == found.loss) == (smoothing == 1)
    assert found.predictions == pytest.approx(weight, rel=1e-6)
    assert (found.tokens, found.known) == (21, 16)
    mass = sum(y for _, y in rows)
    shares = mass[mass > 0] / weight
    assert found.baselines.unigram == pytest.approx(-(shares @ np.log(shares)), rel=1e-6)
    trained = model.counts * keep / (model.counts * keep).sum()
    assert found.training_unigram == pytest.approx(-(mass @ np.log(trained)) / weight, rel=1e-6)
    assert found.baselines.uniform == pytest.approx(np.log(5))
    assert (found.baselines.floor is None) == (arch == "cbow")


def test_a_word_that_training_never_saw_does_not_make_the_unigram_infinite(tmp_path):
    found = scored(model_of(TrainingOptions(dim=3, subsample=0), (8, 4, 4, 0, 0)), TEXT, tmp_path)
    assert found.baselines.unigram < found.training_unigram < 10


@pytest.mark.parametrize("arch", ["skipgram", "cbow"])
def test_a_model_that_does_not_know_smoothing_was_trained_without(arch, tmp_path):
    old = model_of(TrainingOptions(arch, dim=3, smoothing=1))
    plain = scored(old, TEXT, tmp_path)
    del old.config["smoothing"], old.config["prior"]
    assert scored(old, TEXT, tmp_path) == plain
    assert plain.smoothed_loss == plain.loss


@pytest.mark.parametrize("arch", ["skipgram", "cbow"])
def test_it_has_the_validation_loss_of_training(arch, tmp_path):
    for name, text in (("train", "a b c a\nb b c a\ne a b c d e a\n"), ("text", TEXT)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    options = TrainingOptions(arch, dim=3, window=2, prior=0.1)
    vocabulary = Vocabulary(WORDS, np.array([5, 5, 3, 1, 2]))
    model = train(
        tmp_path / "train", options=options, words=vocabulary, validation=tmp_path / "text"
    )
    found = scored(model, TEXT, tmp_path)
    told = model.history[-1]["validation_loss"]
    assert found.smoothed_loss == pytest.approx(told, rel=1e-6)
    assert abs(found.loss - told) > 1e-3


def test_threads_make_no_difference(tmp_path):
    model = model_of(TrainingOptions(dim=3))
    assert scored(model, TEXT, tmp_path) == scored(model, TEXT, tmp_path, threads=3)


def test_a_text_without_a_known_word(tmp_path):
    with pytest.raises(DataError, match="no word of the vocabulary occurs here"):
        scored(model_of(TrainingOptions(dim=3)), "x y z\n", tmp_path)


def test_a_text_without_a_prediction(tmp_path):
    with pytest.raises(DataError, match=r"text: no two words of the vocabulary stand within"):
        scored(model_of(TrainingOptions(dim=3)), "a\nb\n", tmp_path)


def test_a_text_without_words(tmp_path):
    with pytest.raises(InputError, match="there are no words in it"):
        scored(model_of(TrainingOptions(dim=3)), "\n \n", tmp_path)


def test_a_model_that_does_not_say_how_it_was_trained(tmp_path):
    with pytest.raises(DataError, match="'window' is missing, or is not what it should be"):
        scored(model_of(TrainingOptions(dim=3), window=None), TEXT, tmp_path)
