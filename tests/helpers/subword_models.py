"""Models whose words are made of n-grams, put together by hand: for tests of what is asked of them.

v(word) = (its own row + the rows of its n-grams) / (1 + how many they are)
"""

from dataclasses import replace

import numpy as np

from w2vcli.text.ngrams import NgramRange
from w2vcli.vectors.model import Model
from w2vcli.vectors.subwords import NgramRows

WORDS = [
    *("the", "king", "queen", "walk", "walked", "walking", "talk", "talked", "talking", "kingdom"),
    *("singing", "sing", "naïve", "naïvely", "日本", "日本語", "aaaa", "x", "I", "queens"),
]  # fmt: skip


def subword_model(
    words=WORDS, dim=6, ngrams="3-6", *, least_words=1, word_rows=True, seed=0, **config
):
    """A model of these words with random rows: n-grams of ``least_words`` of its words or more."""
    rng = np.random.default_rng(seed)
    words = list(words)
    plain = Model(
        words,
        np.arange(len(words), 0, -1) * 10,
        np.zeros((len(words), dim), np.float32),
        rng.normal(size=(len(words), dim)).astype(np.float32),
        rng.normal(size=len(words)).astype(np.float32),
        config,
    )
    return with_subwords(plain, ngrams, least_words=least_words, word_rows=word_rows, seed=seed)


def with_subwords(model, ngrams="3-6", *, least_words=1, word_rows=True, seed=0):
    """A model of the same words, counts and output vectors, and random rows of n-grams."""
    lengths = NgramRange.parse(ngrams)
    rng = np.random.default_rng(seed + 1)
    in_words = {}
    for word in model.words:
        for ngram in set(lengths.of(word)):
            in_words[ngram] = in_words.get(ngram, 0) + 1
    kept = sorted(ngram for ngram, count in in_words.items() if count >= least_words)
    rows = rng.normal(size=(len(kept), model.w_in.shape[1])).astype(np.float32)
    own = rng.normal(size=model.w_in.shape).astype(np.float32)
    place = {ngram: row for row, ngram in enumerate(kept)}
    w_in = np.empty_like(model.w_in)
    for index, word in enumerate(model.words):
        used = [place[ngram] for ngram in lengths.of(word) if ngram in place]
        if used and not word_rows:
            own[index] = 0
        total = own[index].astype(np.float64) + rows[used].astype(np.float64).sum(axis=0)
        w_in[index] = total / (len(used) + (word_rows or not used))
    squares = rng.random(len(kept)).astype(np.float32)
    return replace(
        model,
        w_in=w_in,
        config={**model.config, "subwords": str(lengths)},
        subwords=NgramRows(lengths, kept, rows, own, squares),
    )
