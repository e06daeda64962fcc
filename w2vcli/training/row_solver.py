"""The rows of n-grams that fit given vectors of words best: least squares with a prior.

With M, (V, G), the weights of the n-grams in the vectors (``Composition.shared``), each dimension j
of the rows z of all n-grams is the solution of::

    (M' diag(a_j) M + diag(ridge)) z_j = M' b_j

by conjugate gradients, with the diagonal as preconditioner. M is sparse and stays so. Dimensions
are solved in groups, each by one thread, so the result does not depend on their number.
"""

import numpy as np
from numpy.typing import NDArray

from w2vcli.softmax.csr import Csr
from w2vcli.system.compiler import Array, jit
from w2vcli.system.threads import ordered_map

GROUP = 16
"""Dimensions that are solved at once: a row of them is two lines of the cache."""

STEPS = 60
START_STEPS = 15
"""Of a solution that gradient descent goes on from."""

_CLOSE = 1e-3  # of the right side: what may be left of it


def solve_rows(
    shared: Csr,
    weights: NDArray[np.float64],
    right: NDArray[np.float64],
    ridge: NDArray[np.float64],
    threads: int = 1,
    steps: int | None = None,
) -> NDArray[np.float64]:
    """Return the rows of the n-grams, float64 (G, d).

    Parameters
    ----------
    shared
        M, float64 CSR (V, G), whose last column is not empty: G is not said elsewhere.
    weights
        a, float64 (V, 1), the same for all dimensions, or (V, d).
    right
        b, float64 (V, d).
    ridge
        The precision of the prior of each row, float64 (G,).
    threads
        The number of threads.
    steps
        How many steps to make at most; None for ``STEPS``.
    """
    most = STEPS if steps is None else steps
    size = int(shared.indices.max(initial=-1)) + 1
    across = transposed(shared, size)
    rows, precision = np.zeros((size, right.shape[1])), ridge[:, None]

    def solve(first: int) -> None:
        some = slice(first, first + GROUP)
        a = weights if weights.shape[1] == 1 else weights[:, some]
        rows[:, some] = _conjugate_gradients(shared, across, a, right[:, some], precision, most)

    for _ in ordered_map(solve, range(0, right.shape[1], GROUP), threads):
        pass
    return rows


def transposed(matrix: Csr, columns: int) -> Csr:
    """Return the transpose of a sparse matrix of so many columns."""
    return Csr(*_transposed(*matrix, columns))


def product(matrix: Csr, dense: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the product of a sparse matrix (m, n) and a dense one, float64 (m, d)."""
    result = np.zeros((len(matrix.indptr) - 1, dense.shape[1]))
    _product(*matrix, np.ascontiguousarray(dense), result)
    return result


def _conjugate_gradients(
    shared: Csr,
    across: Csr,
    weights: NDArray[np.float64],
    right: NDArray[np.float64],
    ridge: NDArray[np.float64],
    steps: int,
) -> NDArray[np.float64]:
    squared = Csr(across.indptr, across.indices, np.square(across.data))
    diagonal = product(squared, weights) + ridge
    left = product(across, right)
    goal = np.square(left).sum(axis=0) * _CLOSE**2
    rows = np.zeros_like(left)
    scaled = left / diagonal
    direction = scaled.copy()
    slopes = (left * scaled).sum(axis=0)
    tiny = np.finfo(float).tiny
    for _ in range(steps):
        if (np.square(left).sum(axis=0) <= goal).all():
            break
        ahead = product(across, weights * product(shared, direction)) + ridge * direction
        length = slopes / np.maximum((direction * ahead).sum(axis=0), tiny)
        rows += length * direction
        left -= length * ahead
        scaled = left / diagonal
        before, slopes = slopes, (left * scaled).sum(axis=0)
        direction = scaled + slopes / np.maximum(before, tiny) * direction
    return rows


@jit
def _product(indptr: Array, indices: Array, data: Array, dense: Array, result: Array) -> None:
    for row in range(len(indptr) - 1):
        for k in range(indptr[row], indptr[row + 1]):
            source = indices[k]
            factor = data[k]
            for j in range(dense.shape[1]):
                result[row, j] += factor * dense[source, j]


@jit
def _transposed(
    indptr: Array, indices: Array, data: Array, columns: int
) -> tuple[Array, Array, Array]:
    begins = np.zeros(columns + 1, np.int64)
    for column in indices:
        begins[column + 1] += 1
    for column in range(columns):
        begins[column + 1] += begins[column]
    free = begins[:-1].copy()
    rows = np.empty(len(indices), np.int32)
    values = np.empty(len(data), data.dtype)
    for row in range(len(indptr) - 1):
        for k in range(indptr[row], indptr[row + 1]):
            place = free[indices[k]]
            rows[place], values[place] = row, data[k]
            free[indices[k]] += 1
    return begins, rows, values
