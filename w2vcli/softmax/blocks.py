"""Blocks of predictions, in the form that the kernel takes.

A block of B predictions is two sparse matrices: ``A`` (B x V), how each hidden vector is made of
input vectors, H = A W_in; and ``Y`` (B x V), the weights of the words to predict. What a row of
them is depends on the method and the architecture (``training.sources``).
"""

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from w2vcli.softmax.csr import Csr
from w2vcli.system.compiler import Array, jit


class Block(NamedTuple):
    """B predictions.

    ``hidden`` is A, float64 (B, V); ``targets`` is Y, float32 (B, V); ``positions`` is how many
    positions of the text the block stands for.
    """

    hidden: Csr
    targets: Csr
    positions: float


class BlockSource(Protocol):
    """A corpus as blocks, in an order that may differ from pass to pass."""

    @property
    def is_grouped(self) -> bool:
        """Whether each centre word's whole context is one row of a pass in order."""
        ...

    @property
    def largest(self) -> int:
        """The largest number of rows of a block."""
        ...

    def __len__(self) -> int:
        """Return the number of blocks of a shuffled pass."""
        ...

    def blocks(self, order: np.random.Generator | None = None, skip: int = 0) -> Iterator[Block]:
        """Yield the blocks of one pass over the corpus, shuffled by ``order`` where given.

        The first ``skip`` of them are left out. ``order`` is drawn from before the first one.
        """
        ...


def combine(hidden: Csr, matrix: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Return H = A W_in, (B, d): each row a weighted sum of rows of ``matrix``."""
    result = np.zeros((len(hidden.indptr) - 1, matrix.shape[1]), matrix.dtype)
    _combine(*hidden, matrix, result)
    return result


def spread(
    hidden: Csr, d_hidden: NDArray[np.floating[Any]]
) -> tuple[NDArray[np.int64], NDArray[np.floating[Any]]]:
    """Return dW_in = A' dH by its rows that are not zero.

    A word that stands several times in a window receives its share each time.

    Returns
    -------
    words
        int64 (k,): the words whose input vectors have a gradient, rising.
    gradient
        (k, d).
    """
    words, places = np.unique(hidden.indices, return_inverse=True)
    gradient = np.zeros((len(words), d_hidden.shape[1]), d_hidden.dtype)
    _spread(hidden.indptr, places, hidden.data, d_hidden, gradient)
    return words.astype(np.int64), gradient


@jit
def _combine(indptr: Array, indices: Array, data: Array, matrix: Array, result: Array) -> None:
    for row in range(len(indptr) - 1):
        for k in range(indptr[row], indptr[row + 1]):
            word, weight = indices[k], data[k]
            for j in range(matrix.shape[1]):
                result[row, j] += weight * matrix[word, j]


@jit
def _spread(indptr: Array, places: Array, data: Array, d_hidden: Array, gradient: Array) -> None:
    for row in range(len(indptr) - 1):
        for k in range(indptr[row], indptr[row + 1]):
            place, weight = places[k], data[k]
            for j in range(d_hidden.shape[1]):
                gradient[place, j] += weight * d_hidden[row, j]
