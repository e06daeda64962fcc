"""Directions of words: their vectors at length one, so that a product is a cosine. NumPy only."""

import numpy as np
from numpy.typing import NDArray

from w2vcli.errors import UsageError
from w2vcli.vectors.choices import BLEND, Vectors
from w2vcli.vectors.lookup import Lookup
from w2vcli.vectors.word_vectors import WordVectors

_FEW = 16  # vectors to multiply
_SHORT = np.float32(1e-30)  # a square below which float32 has too few digits
_ZERO = 1e-30  # a length below which a vector counts as one of zeros


class Directions:
    """The vectors of a model as directions.

    Parameters
    ----------
    model
        The model.
    vectors
        ``input`` (the rows of W_in), ``output`` (of W_out), their ``sum``, ``blend`` (W_in +
        ``choices.BLEND`` W_out), or ``both``: the two unit vectors side by side, so that a cosine
        is the mean of the cosines in both matrices. If None, ``both``, or ``input`` where words
        have one vector only.
    unseen
        Whether words that the model lacks have the vectors of their n-grams (``lookup``), where it
        has n-grams: alone in ``input``, ``sum`` and ``blend``; in ``both`` the second half is zeros
        and the first has length one; in ``output`` such a word has no vector, and is unknown.

    Raises
    ------
    UsageError
        If words have one vector only, and others are asked for.
    """

    def __init__(
        self, model: WordVectors, vectors: Vectors | None = None, unseen: bool = True
    ) -> None:
        if model.w_out is None and vectors not in (None, "input"):
            raise UsageError(
                f"--vectors {vectors}: {model.path or 'the model'} has one vector for each word, "
                "as it was imported; leave the option out"
            )
        self.model = model
        self._vectors: Vectors = vectors or ("input" if model.w_out is None else "both")
        self.lookup = Lookup(model, unseen and self._vectors != "output")
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

    def raw_vectors(self, which: slice | NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the vectors of some words as they are, float32 (n, d) or (n, 2 d).

        Raises
        ------
        DataError
            If one is not finite.
        """
        parts = self.parts(which)
        for part in parts:
            self._lengths(part)
        return np.concatenate(parts, axis=1)

    def directions(self, which: slice | NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the directions of some words: the product of two is their cosine.

        Returns
        -------
        directions
            float32 (n, d), or (n, 2 d) for ``both`` with two parts of equal length (of an unseen
            word the second is zeros): unit vectors; zeros for a vector of zeros.
        """
        parts = self.parts(which)
        root = self._root(which, len(parts))
        units = [part / (self._lengths(part)[:, None] * root) for part in parts]
        return np.concatenate(units, axis=1).astype(np.float32)

    def quick_products(
        self, left: NDArray[np.float32], which: slice | NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Return the products of vectors with the directions of words, but for the last digits.

        Here and in ``quick_directions`` the words are the model's: none is unseen.

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
        parts, inverse = self._scaled(which)
        if len(left) < _FEW:  # a product is all reading: nothing is copied
            sides = np.split(left, len(parts), axis=1)
            sums = np.zeros((len(inverse[0]), len(left)), dtype=np.float32)
            for side, part, factor in zip(sides, parts, inverse, strict=True):
                sums += (part @ side.T) * factor[:, None]
            return sums.T
        products: NDArray[np.float32] = left @ self.quick_directions(which).T
        return products

    def quick_directions(self, which: slice | NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the directions of words, but for the last digits, faster than ``directions``."""
        parts, inverse = self._scaled(which)
        units = [part * factor[:, None] for part, factor in zip(parts, inverse, strict=True)]
        return np.concatenate(units, axis=1)

    def _scaled(
        self, which: slice | NDArray[np.int64]
    ) -> tuple[list[NDArray[np.float32]], NDArray[np.float32]]:
        """Return the parts of vectors, and what to multiply them by: float32 (parts, n)."""
        parts = self.parts(which)
        inverse = self._inverse[:, which]
        if np.isnan(inverse).any():
            for number, part in enumerate(parts):
                inverse[number] = 1 / (self._lengths(part) * np.sqrt(len(parts)))
            self._inverse[:, which] = inverse
        return parts, inverse

    def exact_directions(self, which: slice | NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the same in float64: of a word always the same, whichever others are with it."""
        units = []
        parts = self.parts(which)
        for part in parts:
            self._lengths(part)
            units.append(units_of(part.astype(np.float64)) / self._root(which, len(parts)))
        return np.concatenate(units, axis=1)

    def _root(
        self, which: slice | NDArray[np.int64], parts: int
    ) -> np.float64 | NDArray[np.float64]:
        """Return what unit vectors are divided by, so that side by side they have length one."""
        root: np.float64 = np.sqrt(np.float64(parts))
        unseen = self.lookup.unseen_places(which)
        if not len(unseen):
            return root
        roots = np.full((len(which), 1), root)  # type: ignore[arg-type]  # a slice has none
        roots[unseen] = 1  # they have the first part alone
        return roots

    def parts(self, which: slice | NDArray[np.int64]) -> list[NDArray[np.float32]]:
        """Return the vectors of some words as they are, unchecked.

        Returns
        -------
        parts
            One float32 (n, d), or for ``both`` two, which belong side by side.

        Raises
        ------
        DataError
            If they are mapped from a file that has been cut short.
        """
        self.model.check_file()
        w_in = self.lookup.w_in(which)
        if self.model.w_out is None:
            return [w_in]
        w_out = self.lookup.w_out(which)
        if self._vectors == "sum":
            return [w_in + w_out]
        if self._vectors == "blend":
            return [w_in + np.float32(BLEND) * w_out]
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
        lengths[short] = lengths_of(part[short].astype(np.float64))
        return lengths


def lengths_of(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the lengths of vectors, with 1 instead of 0, so that one can divide by them."""
    lengths = np.sqrt(np.square(vectors).sum(axis=1))
    return np.where(lengths < _ZERO, 1.0, lengths)


def units_of(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return vectors divided by their lengths; zeros of a vector of zeros."""
    return vectors / lengths_of(vectors)[:, None]
