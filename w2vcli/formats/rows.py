"""What is exported: words with their counts and numbers, a block of rows at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2vcli.errors import DataError
from w2vcli.vectors.choices import Vectors
from w2vcli.vectors.neighbors import VectorSpace
from w2vcli.vectors.word_vectors import WordVectors

_NUMBERS = 1 << 17
"""Numbers of a block: in the cache while they are written."""


@dataclass(frozen=True)
class Rows:
    """Rows of a model, in its order.

    Attributes
    ----------
    model
        Whose they are.
    ids
        int64 (n,): which rows.
    vectors
        Which vectors, as for ``VectorSpace``.
    normalize
        Whether each row has length one; always so for ``both``, two unit vectors side by side.
    float16
        Whether the numbers are rounded to float16.
    """

    model: WordVectors
    ids: NDArray[np.int64]
    vectors: Vectors = "input"
    normalize: bool = False
    float16: bool = False

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def dim(self) -> int:
        """The numbers of a row."""
        dim: int = self.model.w_in.shape[1]
        return 2 * dim if self.vectors == "both" else dim

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the numbers, little-endian."""
        return np.dtype("<f2" if self.float16 else "<f4")

    @property
    def lower(self) -> bool:
        """Whether the text of the model was lower-cased."""
        return self.model.rules.lower

    @property
    def words(self) -> list[str]:
        """The words of the rows."""
        if len(self.ids) == len(self.model.words):
            return self.model.words
        return [self.model.words[i] for i in self.ids.tolist()]

    @property
    def counts(self) -> NDArray[np.int64] | None:
        """int64 (n,): how often each word occurred; None if nobody knows."""
        return None if self.model.counts is None else self.model.counts[self.ids]

    def without(self, places: list[int]) -> "Rows":
        """Return the rows without those at some places."""
        return replace(self, ids=np.delete(self.ids, places))

    def blocks(self, numbers: int = _NUMBERS) -> Iterator[tuple[list[str], NDArray[Any]]]:
        """Yield the words and the numbers, (k, dim), of block after block.

        Raises
        ------
        DataError
            If a number is not finite, or too large for float16.
        """
        space = VectorSpace(self.model, self.vectors)
        count = max(1, numbers // self.dim)
        for start in range(0, len(self.ids), count):
            ids = self.ids[start : start + count]
            words = [self.model.words[i] for i in ids.tolist()]
            yield words, self._typed(words, self._block(space, ids))

    def _block(self, space: VectorSpace, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        if self.normalize or self.vectors == "both":
            return space.directions(ids)
        (numbers,) = space.parts(ids)
        self.model.check_finite(numbers)
        return numbers

    def _typed(self, words: list[str], numbers: NDArray[np.float32]) -> NDArray[Any]:
        if self.float16:
            with np.errstate(over="ignore"):
                halves = numbers.astype(self.dtype)
            if not (good := np.isfinite(halves).all(axis=1)).all():
                word = words[int(np.argmin(good))]
                raise DataError(
                    f"{self.model.path or Path('the model in memory')}: a number of the word "
                    f"'{word}' is too large for float16; leave --float16 out, or --normalize"
                )
            return halves
        return np.ascontiguousarray(numbers, self.dtype)
