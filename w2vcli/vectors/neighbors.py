"""Nearest words by cosine, and answers to analogies. NumPy only."""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from w2vcli.errors import UNKNOWN_WORDS, W2VError
from w2vcli.vectors.choices import AnalogyMethod
from w2vcli.vectors.directions import Directions, units_of
from w2vcli.vectors.questions import Cosines, Questions, ThreeCosMul, products_of
from w2vcli.vectors.search import best_words

_CANCELLED = 1e-9  # of a sum of unit vectors: what is left is rounding


Among: TypeAlias = Sequence[int] | NDArray[np.int64] | None


class Neighbor(NamedTuple):
    """A word and its score as an answer."""

    word: str
    score: float


class UnknownWordsError(W2VError, LookupError):
    """A question contains ``words`` that the model does not know."""

    exit_code = UNKNOWN_WORDS

    def __init__(self, words: list[str]) -> None:
        named = ", ".join(f"'{word}'" for word in words)
        super().__init__(f"the model does not know the word{'s' * (len(words) > 1)} {named}")
        self.words = words


class VectorSpace(Directions):
    """The vectors of a model, to be asked.

    Parameters
    ----------
    model, vectors, unseen
        As for ``Directions``. An unseen word may be asked about, and is never an answer.

    Raises
    ------
    UsageError
        If words have one vector only, and others are asked for.
    """

    def similar(
        self, words: str | Sequence[str], top: int = 10, minus: Sequence[str] = ()
    ) -> list[Neighbor]:
        """Return the words of largest cosine with a word, or with a sum of unit vectors.

        Parameters
        ----------
        words
            A word, or the words to add. They are left out of the answers, as those of ``minus``.
        top
            The number of answers.
        minus
            The words to subtract.

        Raises
        ------
        UnknownWordsError
            If the model does not know all words.
        """
        plus = [words] if isinstance(words, str) else words
        (neighbors,) = self.similar_each([(plus, minus)], top)
        return neighbors

    def similar_each(
        self,
        queries: Sequence[tuple[Sequence[str], Sequence[str]]],
        top: int = 10,
        among: Among = None,
        least: float = -np.inf,
    ) -> list[list[Neighbor]]:
        """Answer many queries at once: the words to add and to subtract of each.

        Parameters
        ----------
        queries, top
            As those of ``similar``, which gives the same answers one by one.
        among
            The ids of the words that can be answers, ascending; all for None.
        least
            The least score of an answer.

        Raises
        ------
        UnknownWordsError
            If the model does not know all words.
        """
        ids = [(self.ids(plus), self.ids(minus)) for plus, minus in queries]
        targets = self._sums(ids)
        return self._best(Cosines(targets), [[*p, *m] for p, m in ids], top, among, least)

    def near_vectors(
        self,
        vectors: NDArray[np.float64],
        top: int = 10,
        among: Among = None,
        least: float = -np.inf,
    ) -> list[list[Neighbor]]:
        """Return the words of largest cosine with each of some vectors, as ``similar_each``.

        Parameters
        ----------
        vectors
            float64 (n, d), or (n, 2 d) for ``both``: input and output vector side by side.
        """
        parts = np.split(vectors, len(self._inverse), axis=1)
        halves = [_scaled_units(p) for p in parts]
        roots = np.full((len(vectors), 1), np.sqrt(len(parts)))
        if self.model.subwords is not None:
            roots[~halves[-1].any(axis=1)] = 1  # that of an unseen word, whose first half is all
        units = np.concatenate(halves, axis=1) / roots
        return self._best(Cosines(units), [[]] * len(units), top, among, least)

    def analogy(
        self, a: str, b: str, c: str, top: int = 10, method: AnalogyMethod = "add"
    ) -> list[Neighbor]:
        """Answer "a is to b as c is to ?", the three words themselves left out.

        Parameters
        ----------
        a, b, c
            The words of the question.
        top
            The number of answers.
        method
            ``add`` for 3CosAdd, ``mul`` for 3CosMul (``analogies``).

        Raises
        ------
        UnknownWordsError
            If the model does not know all three.
        """
        (answers,) = self.analogy_each([(a, b, c)], top, method)
        return answers

    def analogy_each(
        self,
        questions: Sequence[tuple[str, str, str]],
        top: int = 10,
        method: AnalogyMethod = "add",
        among: Among = None,
        least: float = -np.inf,
    ) -> list[list[Neighbor]]:
        """Answer many analogies at once, as ``analogy`` one by one; see ``similar_each``."""
        ids = [self.ids(question) for question in questions]
        if method == "add":
            targets = self._sums([([b, c], [a]) for a, b, c in ids])
            return self._best(Cosines(targets), ids, top, among, least)
        used, places = np.unique(np.array(ids, dtype=np.int64).reshape(-1, 3), return_inverse=True)
        scores = ThreeCosMul(self.exact_directions(used), places.reshape(-1, 3))
        return self._best(scores, ids, top, among, least)

    def cosines(self, words: Sequence[str]) -> NDArray[np.float64]:
        """Return the cosine of each word with each, float64 (n, n), rounded as all scores are.

        Raises
        ------
        UnknownWordsError
            If the model does not know all words.
        """
        units = self.exact_directions(np.array(self.ids(words), dtype=np.int64))
        rows = [products_of(np.broadcast_to(unit, units.shape), units) for unit in units]
        return np.array(rows).reshape(len(units), len(units))

    def odd(self, words: Sequence[str]) -> list[Neighbor]:
        """Return the words by their cosine with the mean of their unit vectors, the odd one first.

        A word that is named twice counts once; equal ones are in the order of the question.

        Raises
        ------
        UnknownWordsError
            If the model does not know all words.
        """
        ids = dict(zip(self.ids(words), words, strict=True))
        target = self._sums([(list(ids), [])])
        units = self.exact_directions(np.array(list(ids), dtype=np.int64))
        scores = products_of(np.broadcast_to(target, units.shape), units).tolist()
        found = [Neighbor(word, score) for word, score in zip(ids.values(), scores, strict=True)]
        return sorted(found, key=lambda neighbor: neighbor.score)

    def ids(self, words: Sequence[str], unseen: bool = True) -> list[int]:
        """Return the ids of words; of unseen ones, if these will do, V or more (``lookup``).

        Raises
        ------
        UnknownWordsError
            If the model does not know all of them.
        """
        found = [(self.lookup if unseen else self.model).find(word) for word in words]
        known = [index for index in found if index is not None]
        if len(known) < len(words):
            unknown = [w for w, index in zip(words, found, strict=True) if index is None]
            raise UnknownWordsError(list(dict.fromkeys(unknown)))
        return known

    def cancels(self, plus: Sequence[str], minus: Sequence[str] = ()) -> bool:
        """Return whether nothing is left of a sum of unit vectors, so that no word is near it.

        Parameters
        ----------
        plus, minus
            The words to add and to subtract.

        Raises
        ------
        UnknownWordsError
            If the model does not know all words.
        """
        return not self._sums([(self.ids(plus), self.ids(minus))]).any()

    def _sums(self, ids: Sequence[tuple[list[int], list[int]]]) -> NDArray[np.float64]:
        """Return sums of directions, of length one: float64 (n, D); zeros where all cancel."""
        flat = [index for plus, minus in ids for index in (*plus, *minus)]
        signs = [s for plus, minus in ids for s in (*[1.0] * len(plus), *[-1.0] * len(minus))]
        used, places = np.unique(np.array(flat, dtype=np.int64), return_inverse=True)
        terms = self.exact_directions(used)[places] * np.array(signs)[:, None]
        firsts = np.cumsum([0, *(len(plus) + len(minus) for plus, minus in ids)])[:-1]
        sums = np.add.reduceat(terms, firsts, axis=0) if len(ids) else terms
        lengths = np.sqrt(np.square(sums).sum(axis=1))
        return sums / np.where(lengths < _CANCELLED, np.inf, lengths)[:, None]

    def _best(
        self,
        questions: Questions,
        without: Sequence[Sequence[int]],
        top: int,
        among: Among,
        least: float,
    ) -> list[list[Neighbor]]:
        pool: range | NDArray[np.int64]
        if among is None:
            pool = range(len(self.model.words))
        else:
            pool = among if isinstance(among, range) else np.asarray(among, dtype=np.int64)
        found = best_words(self, questions, without, top, pool, least)
        words = self.model.words
        return [
            [
                Neighbor(words[i], score)
                for i, score in zip(ids, scores, strict=True)
                if score > -np.inf and not indifferent
            ]
            for ids, scores, indifferent in zip(
                found.words.tolist(),
                found.scores.tolist(),
                questions.indifferent.tolist(),
                strict=True,
            )
        ]


def _scaled_units(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return vectors at length one, however short they are; zeros of a vector of zeros."""
    largest = np.abs(vectors).max(axis=1, keepdims=True, initial=0)
    return units_of(vectors / np.where(largest == 0, 1, largest))
