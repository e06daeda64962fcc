"""Smoothing is undone: probabilities are those with which held-out text comes, often and rarely.

The text is a Markov chain, whose next word depends on the word before. Its most frequent word comes
hundreds of times as often as the rarest.
"""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from w2vcli.judging.perplexity import score_text
from w2vcli.judging.prediction import predictor
from w2vcli.text.corpus import Corpus
from w2vcli.training.options import TrainingOptions
from w2vcli.training.session import train

V = 60
CLASSES = (range(3), range(3, 15), range(15, V))  # of words, by falling frequency


def chain(length, seed):
    """Lines of words: word i is followed by word j about 1 / (j + 1) times, and by i + 1 often."""
    random = np.random.default_rng(seed)
    often = 1 / np.arange(1, V + 1) ** 1.5
    words = random.choice(V, length, p=often / often.sum())
    stays = random.random(length) < 0.3
    for i in range(1, length):
        if stays[i]:
            words[i] = (words[i - 1] + 1) % V
    return words.reshape(-1, 50)


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("chain")
    lines = {"train": chain(60_000, 1), "held-out": chain(30_000, 2)}
    for name, ids in lines.items():
        text = "".join(" ".join(f"w{i}" for i in line) + "\n" for line in ids)
        (folder / name).write_text(text, encoding="utf-8")
    return folder, lines["held-out"]


def shares_of_classes(probabilities, names):
    """The mass of each class of words in the distributions, a row each, on the mean."""
    mean = dict(zip(names, np.mean(probabilities, axis=0), strict=True))
    return np.array([sum(mean.get(f"w{i}", 0.0) for i in group) for group in CLASSES])


def predictions(model, held_out, arch):
    """The distributions at some places of the held-out text, and the words that stand there."""
    with predictor(model, threads=1) as asked:
        if arch == "skipgram":
            pairs = [(a, b) for line in held_out for a, b in pairwise(line.tolist())]
            pairs += [(b, a) for a, b in pairs]
            around = {c: asked.around(f"w{c}") for c in {c for c, _ in pairs}}
            return [around[c] for c, _ in pairs], [o for _, o in pairs]
        gaps = [line[i - 1 : i + 2].tolist() for line in held_out for i in range(1, 49, 12)]
        found = [asked.between([f"w{a}"], [f"w{b}"]) for a, _, b in gaps]
        return found, [word for _, word, _ in gaps]


@pytest.mark.jit
@pytest.mark.parametrize("arch", ["skipgram", "cbow"])
def test_probabilities_are_the_frequencies_of_held_out_text(texts, arch):
    folder, held_out = texts
    options = TrainingOptions(
        arch, dim=16, window=1, subsample=0.0, smoothing=0.5, passes=8, batch=64
    )
    model = train(folder / "train", options=options)
    as_trained = replace(model, config=model.config | {"smoothing": 1.0})  # nothing is undone
    found, words = predictions(model, held_out, arch)
    observed = np.array([np.isin(words, list(group)).mean() for group in CLASSES])
    undone = shares_of_classes(found, model.words)
    smoothed = shares_of_classes(predictions(as_trained, held_out, arch)[0], model.words)
    np.testing.assert_allclose(undone, observed, atol=0.02)
    assert (np.abs(smoothed - observed)[[0, 2]] > 0.1).all()
    text = Corpus([str(folder / "held-out")])
    loss, other = (score_text(m, text, 1).loss for m in (model, as_trained))
    assert loss < other - 0.05
