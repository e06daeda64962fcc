"""Which words take part where vectors are judged; the rules are those of ``evaluation``."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from w2vcli.vectors.lookup import Lookup


class JudgedWords:
    """The words that take part.

    Parameters
    ----------
    lookup
        Where words are found.
    restrict
        How many of the first words of the model take part; all for None.
    case_sensitive
        Whether words that differ only in case are different.
    oov
        Whether unseen words take part. One is taken as it stands, or without ``case_sensitive``
        lower-cased, if the model knows more n-grams of that; a word of the model that does not
        take part, for ``restrict``, is not unseen.

    Attributes
    ----------
    meant
        int64 (n,): the word that represents each of the first words of the model.
    """

    def __init__(
        self, lookup: Lookup, restrict: int | None, case_sensitive: bool, oov: bool = False
    ) -> None:
        words = lookup.model.words
        self._lookup = lookup
        self._fold = str if case_sensitive else str.upper
        self._first: dict[str, int] = {}
        firsts = (self._first.setdefault(self._fold(word), i) for i, word in enumerate(words))
        meant = np.fromiter(firsts, np.int64, len(words))
        self.meant = meant[:restrict]
        self._taking_part = len(self.meant)
        self._oov = oov

    def find(self, words: Iterable[str]) -> NDArray[np.int64]:
        """Return the word that represents each of some words; -1 for one that does not take part.

        Of unseen words these are the ids of ``Lookup``.
        """
        return np.array([self._id(word) for word in words], dtype=np.int64)

    def _id(self, word: str) -> int:
        index = self._first.get(self._fold(word))
        if index is not None:
            return index if index < self._taking_part else -1
        if not self._oov:
            return -1
        spellings = [word] if self._fold is str else [word, word.lower()]
        sizes = self._lookup.unseen(spellings)
        if not sizes:
            return -1
        index = self._lookup.find(max(sizes, key=sizes.__getitem__))
        assert index is not None
        return index
