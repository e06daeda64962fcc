"""The words that are asked about: those of a model, and unseen ones, by their n-grams. NumPy only.

An unseen word is one that the vocabulary lacks, though the model knows some of its n-grams. Its
input vector is the mean of their rows (``subwords``), and it has no output vector. It gets an id,
too, from V on, in the order in which such words are asked about: so what is asked of ids holds for
it as for any other word, but that the words to choose answers from are those of the model.
"""

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from w2vcli.text.ngrams import LONGEST_WORD
from w2vcli.text.queries import form_of
from w2vcli.vectors.subwords import vector_of
from w2vcli.vectors.word_vectors import WordVectors

_KEPT = 4096  # vectors of unseen words


class Lookup:
    """Finds words, and the rows of their vectors.

    Parameters
    ----------
    model
        The words that are known.
    unseen
        Whether unseen words are found too, where the model has n-grams.
    """

    def __init__(self, model: WordVectors, unseen: bool = True) -> None:
        self.model = model
        self._subwords = model.subwords if unseen else None
        self._unseen: dict[str, int] = {}  # the words as the rules write them, and their ids
        self._words: list[str] = []
        self._sizes: list[int] = []
        self._vector = lru_cache(_KEPT)(self._made)

    def __len__(self) -> int:
        """Return how many ids there are so far."""
        return len(self.model.words) + len(self._words)

    @property
    def finds_unseen(self) -> bool:
        """Whether a word that the vocabulary lacks can be found."""
        return self._subwords is not None

    def find(self, word: str) -> int | None:
        """Return the id of a word, or None; as the rules of the model's corpus write it.

        Raises
        ------
        DataError
            As ``WordVectors.find``.
        """
        index = self.model.find(word)
        if index is not None or self._subwords is None:
            return index
        form = form_of(word, self.model.rules)
        if form is None or len(form) > LONGEST_WORD:
            return None
        if form not in self._unseen and (size := len(self._subwords.known(form))):
            self._unseen[form] = len(self)
            self._words.append(form)
            self._sizes.append(size)
        return self._unseen.get(form)

    def word(self, index: int) -> str:
        """Return the word of an id, as the rules write it."""
        known = len(self.model.words)
        return self.model.words[index] if index < known else self._words[index - known]

    def unseen(self, words: Iterable[str]) -> dict[str, int]:
        """Return the unseen ones of some words, and of how many n-grams each vector is made."""
        if self._subwords is None:
            return {}
        found = {word: self.find(word) for word in words}
        known = len(self.model.words)
        return {
            word: self._sizes[index - known]
            for word, index in found.items()
            if index is not None and index >= known
        }

    def w_in(self, which: slice | NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the input vectors of ids, float32 (n, d); a slice is one of the model's words."""
        places = self.unseen_places(which)
        if isinstance(which, slice) or not len(places):
            return self.model.w_in[which]
        found = self._rows(self.model.w_in, which)
        for place in places.tolist():
            found[place] = self._vector(int(which[place]))
        return found

    def w_out(self, which: slice | NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the output vectors of ids, float32 (n, d): zeros of unseen words."""
        assert self.model.w_out is not None
        if isinstance(which, slice) or not len(self.unseen_places(which)):
            return self.model.w_out[which]
        return self._rows(self.model.w_out, which)

    def unseen_places(self, which: slice | NDArray[np.int64]) -> NDArray[np.intp]:
        """Return the places of unseen words among ids."""
        if isinstance(which, slice):
            return np.empty(0, np.intp)
        return np.flatnonzero(which >= len(self.model.words))

    def _rows(self, matrix: NDArray[np.float32], which: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the rows of the known words of some ids; zeros for the others."""
        known = which < len(self.model.words)
        found = np.zeros((len(which), matrix.shape[1]), np.float32)
        found[known] = matrix[which[known]]
        return found

    def _made(self, index: int) -> NDArray[np.float32]:
        """Return the vector of an unseen word, float32 (d,)."""
        assert self._subwords is not None
        vector = vector_of(self._subwords, self.word(index))
        assert vector is not None  # or it had no id
        return vector
