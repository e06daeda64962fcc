"""Blocks of predictions: the form in which the corpus reaches the kernel.

A block of B predictions is two sparse matrices: ``A`` (B x V), the weights of the input vectors
that make up each hidden vector, H = A W_in; and ``Y`` (B x V), the weights of the words to
predict. What a row of them stands for depends on the method and the architecture
(``training.sources``).
"""

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from w2vcli.softmax.csr import Csr
from w2vcli.system.compiler import Array, jit


class Block(NamedTuple):
    """B predictions.

    ``inputs`` is A, float64 (B, V); ``targets`` is Y, float32 (B, V); ``positions`` is the number
    of positions of the text that the block stands for. ``shares``, float64 (entries of A,), are the
    parts of the prior of each entry's input vector that belong to the block: over a pass the
    shares of every word that is in A add up to 1.
    """

    inputs: Csr
    targets: Csr
    positions: float
    shares: NDArray[np.float64]


class BlockSource(Protocol):
    """A corpus as blocks, in an order that may differ from pass to pass."""

    @property
    def pairs(self) -> Csr | None:
        """Expected pair counts, float32 (V, V), if the blocks are made of them; else None."""
        ...

    @property
    def largest(self) -> int:
        """The largest number of rows of a block."""
        ...

    @property
    def typical(self) -> int:
        """The number of rows of a block of a shuffled pass, on average."""
        ...

    @property
    def every(self) -> int:
        """The number of blocks of a pass that is not shuffled."""
        ...

    def __len__(self) -> int:
        """Return the number of blocks of a shuffled pass."""
        ...

    def blocks(self, order: np.random.Generator | None = None, skip: int = 0) -> Iterator[Block]:
        """Yield the blocks of one pass over the corpus, shuffled by ``order`` where given.

        The first ``skip`` blocks are left out. All random numbers are drawn from ``order`` before
        the first block.
        """
        ...


def gather(inputs: Csr, matrix: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Return H = A W_in, (B, d): each row a weighted sum of rows of ``matrix``."""
    result = np.zeros((len(inputs.indptr) - 1, matrix.shape[1]), matrix.dtype)
    _gather(*inputs, matrix, result)
    return result


def scatter(
    inputs: Csr, d_hidden: NDArray[np.floating[Any]]
) -> tuple[NDArray[np.int64], NDArray[np.floating[Any]]]:
    """Return dW_in = A' dH: its rows that are not zero.

    A word that occurs several times in a window receives its share each time.

    Returns
    -------
    words
        int64 (k,): the words whose input vectors have a gradient, in rising order.
    gradient
        (k, d): the gradients of these vectors.
    """
    words, places = np.unique(inputs.indices, return_inverse=True)
    gradient = np.zeros((len(words), d_hidden.shape[1]), d_hidden.dtype)
    _scatter(inputs.indptr, places, inputs.data, d_hidden, gradient)
    return words.astype(np.int64), gradient


@jit
def _gather(indptr: Array, indices: Array, data: Array, matrix: Array, result: Array) -> None:
    for row in range(len(indptr) - 1):
        for k in range(indptr[row], indptr[row + 1]):
            word, weight = indices[k], data[k]
            for j in range(matrix.shape[1]):
                result[row, j] += weight * matrix[word, j]


@jit
def _scatter(indptr: Array, places: Array, data: Array, d_hidden: Array, gradient: Array) -> None:
    for row in range(len(indptr) - 1):
        for k in range(indptr[row], indptr[row + 1]):
            place, weight = places[k], data[k]
            for j in range(d_hidden.shape[1]):
                gradient[place, j] += weight * d_hidden[row, j]
