"""Vectors from characters: the rows of the n-grams that words are made of.

A word's vector is the mean of its own row and the rows of its n-grams (``text.ngrams``), an n-gram
that occurs twice in it counting twice; or of the n-grams alone. So a word that the vocabulary lacks
has a vector too: the mean of the rows of those of its n-grams that have one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from w2vcli.text.ngrams import NgramRange


class Ngram(NamedTuple):
    """An n-gram of a word, and the number of its row."""

    text: str
    row: int


class Subwords(Protocol):
    """The n-grams of some word vectors."""

    @property
    def range(self) -> NgramRange:
        """How long the n-grams are."""
        ...

    @property
    def rows(self) -> NDArray[np.float32]:
        """The vectors of the n-grams, float32 (G, d)."""
        ...

    def known(self, word: str) -> list[Ngram]:
        """Return the n-grams of a word that have a row, in order, as often as they occur."""
        ...


def vector_of(subwords: Subwords, word: str) -> NDArray[np.float32] | None:
    """Return the vector of a word by its n-grams alone, float32 (d,); None if none has a row."""
    found = [ngram.row for ngram in subwords.known(word)]
    if not found:
        return None
    mean = subwords.rows[found].astype(np.float64).mean(axis=0)
    vector: NDArray[np.float32] = mean.astype(np.float32)
    return vector


@dataclass(frozen=True)
class NgramRows:
    """The n-grams of a model that ``train`` made: exact, each with a row of its own.

    Attributes
    ----------
    range
        How long they are.
    ngrams
        The n-grams, in rising order of their code points.
    rows
        float32 (G, d): their vectors.
    word_rows
        float32 (V, d): the own rows of the words; zeros where a word has none.
    squares
        float32 (G,): AdaGrad's sums of squared gradients, of each row its mean, for a warm start.
    """

    range: NgramRange
    ngrams: Sequence[str]
    rows: NDArray[np.float32]
    word_rows: NDArray[np.float32]
    squares: NDArray[np.float32]

    @cached_property
    def ids(self) -> dict[str, int]:
        """The n-gram -> row map."""
        return {ngram: row for row, ngram in enumerate(self.ngrams)}

    def known(self, word: str) -> list[Ngram]:
        """Return the n-grams of a word that have a row, in order, as often as they occur."""
        ids = self.ids
        return [Ngram(text, ids[text]) for text in self.range.in_training(word) if text in ids]
