"""Nearest words by cosine, and answers to analogies. NumPy only."""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from w2vcli.errors import UNKNOWN_WORDS, UsageError, W2VError
from w2vcli.vectors.choices import AnalogyMethod, Vectors
from w2vcli.vectors.search import Cosines, Questions, ThreeCosMul, best_words
from w2vcli.vectors.word_vectors import WordVectors

_FEW = 16  # vectors to multiply
_SHORT = np.float32(1e-30)  # a square below which float32 has too few digits
_ZERO = 1e-30  # a length below which a vector counts as one of zeros
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


class VectorSpace:
    """The vectors of a model as directions.

    Parameters
    ----------
    model
        The model.
    vectors
        ``input`` (the rows of W_in), ``output`` (of W_out), their ``sum``, or ``both``: the two
        unit vectors side by side, so that a cosine is the mean of the cosines in both matrices. If
        None, ``both``, or ``input`` where words have one vector only.

    Raises
    ------
    UsageError
        If words have one vector only, and others are asked for.
    """

    def __init__(self, model: WordVectors, vectors: Vectors | None = None) -> None:
        if model.w_out is None and vectors not in (None, "input"):
            raise UsageError(
                f"--vectors {vectors}: {model.path or 'the model'} has one vector for each word, "
                "as it was imported; leave the option out"
            )
        self.model = model
        self._vectors: Vectors = vectors or ("input" if model.w_out is None else "both")
        count = 2 if self._vectors == "both" else 1
        self._inverse = np.full((count, len(model.words)), np.nan, dtype=np.float32)

    @property
    def width(self) -> int:
        """The numbers of a direction: twice the dimensions for ``both``."""
        return len(self._inverse) * int(self.model.w_in.shape[1])

    @property
    def vectors(self) -> Vectors:
        """Which vectors these are."""
        return self._vectors

    def directions(self, which: slice | NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the directions of some words: the product of two is their cosine.

        Returns
        -------
        directions
            float32 (n, d), or (n, 2 d) for ``both`` with two parts of equal length: unit vectors;
            zeros for a vector of zeros.
        """
        parts = self._parts(which)
        units = [part / (self._lengths(part)[:, None] * np.sqrt(len(parts))) for part in parts]
        return np.concatenate(units, axis=1).astype(np.float32)

    def quick_products(
        self, left: NDArray[np.float32], which: slice | NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Return the products of vectors with the directions of words, but for the last digits.

        Parameters
        ----------
        left
            float32 (m, D): vectors of length one or zero.
        which
            The words.

        Returns
        -------
        products
            float32 (m, n).
        """
        parts = self._parts(which)
        inverse = self._inverse[:, which]
        if np.isnan(inverse).any():
            for number, part in enumerate(parts):
                inverse[number] = 1 / (self._lengths(part) * np.sqrt(len(parts)))
            self._inverse[:, which] = inverse
        if len(left) < _FEW:  # a product is all reading: nothing is copied
            sides = np.split(left, len(parts), axis=1)
            products = np.zeros((len(inverse[0]), len(left)), dtype=np.float32)
            for side, part, factor in zip(sides, parts, inverse, strict=True):
                products += (part @ side.T) * factor[:, None]
            return products.T
        units = [part * i[:, None] for part, i in zip(parts, inverse, strict=True)]
        scores: NDArray[np.float32] = left @ np.concatenate(units, axis=1).T
        return scores

    def exact_directions(self, which: slice | NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the same in float64: of a word always the same, whichever others are with it."""
        units = []
        parts = self._parts(which)
        for part in parts:
            self._lengths(part)
            units.append(_units(part.astype(np.float64)) / np.sqrt(len(parts)))
        return np.concatenate(units, axis=1)

    def _parts(self, which: slice | NDArray[np.int64]) -> list[NDArray[np.float32]]:
        """Return the vectors of some words: of one matrix, or of two side by side."""
        self.model.check_file()
        w_in = self.model.w_in[which]
        if self.model.w_out is None:
            return [w_in]
        w_out = self.model.w_out[which]
        if self._vectors == "sum":
            return [w_in + w_out]
        return {"input": [w_in], "output": [w_out], "both": [w_in, w_out]}[self._vectors]

    def _lengths(self, part: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the lengths of vectors, with 1 instead of 0, so that one can divide by them.

        Raises
        ------
        DataError
            If one is not finite. Every vector is checked here before it is used.
        """
        squares = np.einsum("ij,ij->i", part, part)
        self.model.check_finite(squares)
        lengths: NDArray[np.float32] = np.sqrt(squares)
        short = np.flatnonzero(squares < _SHORT)  # here squares have few digits, or none
        lengths[short] = _lengths(part[short].astype(np.float64))
        return lengths

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
        units = np.concatenate([_units(part) for part in parts], axis=1) / np.sqrt(len(parts))
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

    def ids(self, words: Sequence[str]) -> list[int]:
        """Return the ids of words.

        Raises
        ------
        UnknownWordsError
            If the model does not know all of them.
        """
        found = [self.model.find(word) for word in words]
        known = [index for index in found if index is not None]
        if len(known) < len(words):
            raise UnknownWordsError(
                [word for word, index in zip(words, found, strict=True) if index is None]
            )
        return known

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
                if score > -np.inf
            ]
            for ids, scores in zip(found.words.tolist(), found.scores.tolist(), strict=True)
        ]


def _lengths(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the lengths of vectors, with 1 instead of 0, so that one can divide by them."""
    lengths = np.sqrt(np.square(vectors).sum(axis=1))
    return np.where(lengths < _ZERO, 1.0, lengths)


def _units(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return vectors divided by their lengths; zeros of a vector of zeros."""
    return vectors / _lengths(vectors)[:, None]
