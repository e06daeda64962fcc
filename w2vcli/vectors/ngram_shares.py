"""What each n-gram of a word says: how near its row is to the word's vector, and what is left.

The vector v of a word is the mean of some rows: its own and those of its n-grams, or the latter
alone (``subwords``). Of each n-gram there are two cosines: that of its row with v, and that of v
with the mean of the other rows, which is the word's vector without this n-gram. The second is 1
where the n-gram brings nothing that the others do not say.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2vcli.errors import UsageError
from w2vcli.vectors.directions import units_of
from w2vcli.vectors.lookup import Lookup
from w2vcli.vectors.neighbors import UnknownWordsError
from w2vcli.vectors.questions import products_of
from w2vcli.vectors.subwords import NgramRows
from w2vcli.vectors.word_vectors import WordVectors


class NgramShare(NamedTuple):
    """What an n-gram says of a word.

    Attributes
    ----------
    ngram
        The n-gram; None for the own row of the word.
    times
        How often it occurs in the word, and so how often its row counts in the mean.
    cosine
        That of its row with the vector of the word.
    left
        The cosine of the vector of the word with the mean of the other rows; None if there are
        none.
    """

    ngram: str | None
    times: int
    cosine: float
    left: float | None


@dataclass(frozen=True)
class WordShares:
    """What the n-grams of a word say of it.

    Attributes
    ----------
    word
        The word as the model writes it.
    is_known
        Whether it is a word of the vocabulary; if not, its vector is made of n-grams alone.
    shares
        The own row first, where the word has one; then the n-grams that have a row, each once, in
        the order in which they begin in the word.
    """

    word: str
    is_known: bool
    shares: list[NgramShare]

    def most_telling(self, most: int) -> list[NgramShare]:
        """Return the shares without which least is left, at most so many, the first of equals."""
        return sorted(self.shares, key=lambda s: -1.0 if s.left is None else s.left)[:most]


def ngram_shares(lookup: Lookup, word: str) -> WordShares:
    """Return what the n-grams of a word say, of its input vector.

    Parameters
    ----------
    lookup
        Finds words in a model with n-grams.
    word
        A word that it finds, of the vocabulary or not.

    Raises
    ------
    UsageError
        If the model has no n-grams.
    UnknownWordsError
        If it is not found: the vocabulary lacks it, and none of its n-grams has a row.
    DataError
        If the file was cut short, or a number in it is not finite.
    """
    model = lookup.model
    check_ngrams(model)
    index = lookup.find(word)
    if index is None:
        raise UnknownWordsError([word])
    written, is_known = lookup.word(index), index < len(model.words)
    times, rows = _ngrams_of(model, written)
    names: list[str | None] = list(times)
    counts = np.array([*times.values()], dtype=np.float64)
    total = counts @ rows
    if is_known:
        own = _own_row(model, index, total, int(counts.sum()))
        if own.any() or not names:
            names, counts = [None, *names], np.concatenate([[1.0], counts])
            rows = np.vstack([own, rows])
            total = counts @ rows
    model.check_finite(total)
    whole = np.broadcast_to(total, rows.shape)
    cosines = products_of(units_of(rows), units_of(whole))
    left = products_of(units_of(whole - counts[:, None] * rows), units_of(whole))
    shares = [
        NgramShare(name, int(count), cosine, rest if len(names) > 1 else None)
        for name, count, cosine, rest in zip(
            names, counts, cosines.tolist(), left.tolist(), strict=True
        )
    ]
    return WordShares(written, is_known, shares)


def check_ngrams(model: WordVectors) -> None:
    """Raise a UsageError if words of the model are not made of n-grams."""
    if model.subwords is None:
        instead = "" if model.w_out is not None else "import fastText's .bin, which has them, or "
        raise UsageError(
            f"{model.path or 'the model in memory'} has no n-grams; {instead}train a model that "
            "has, as in 'w2vcli train TEXT --subwords 3-6 -o MODEL'"
        )


def _ngrams_of(model: WordVectors, word: str) -> tuple[dict[str, int], NDArray[np.float64]]:
    """Return how often each n-gram that has a row occurs, and these rows, float64 (n, d)."""
    assert model.subwords is not None
    model.check_file()
    times: dict[str, int] = {}
    places: dict[str, int] = {}
    for ngram, row in model.subwords.known(word):
        times[ngram] = times.get(ngram, 0) + 1
        places[ngram] = row
    found = model.subwords.rows[np.array(list(places.values()), dtype=np.int64)]
    return times, found.astype(np.float64)


def _own_row(
    model: WordVectors, index: int, total: NDArray[np.float64], ngrams: int
) -> NDArray[np.float64]:
    """Return the own row of a word, float64 (d,); zeros if its vector is made of n-grams alone.

    Where it is not stored it is what the sum of the n-grams' rows lacks of the whole.
    """
    own: NDArray[np.float64]
    if isinstance(model.subwords, NgramRows):
        own = model.subwords.word_rows[index].astype(np.float64)
    else:
        own = (ngrams + 1) * model.w_in[index].astype(np.float64) - total
    return own
