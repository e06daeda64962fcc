"""Sparse matrices by rows: how pair counts, A and Y reach the kernel."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2vcli.system.compiler import Array, jit


class Csr(NamedTuple):
    """A sparse matrix by rows.

    Row i has ``data[k]`` in column ``indices[k]`` for each k in ``indptr[i]:indptr[i + 1]``;
    columns rise within a row. ``indptr`` is int64 (rows + 1,), ``indices`` int32, ``data`` of any
    dtype.
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    data: NDArray[np.generic]


def row_sums(matrix: Csr) -> NDArray[np.float64]:
    """Return the row sums of a sparse matrix, added in float64 from left to right."""
    return _row_sums(matrix.indptr, matrix.data)


def one_hot(columns: NDArray[np.integer]) -> Csr:
    """Return the matrix whose row i has its one 1, float64, in column ``columns[i]``."""
    return Csr(
        np.arange(len(columns) + 1, dtype=np.int64),
        columns.astype(np.int32),
        np.ones(len(columns)),
    )


def columns_between(matrix: Csr, start: int, stop: int) -> Csr:
    """Return the entries of a sparse matrix in the columns start:stop, numbered as they are."""
    return Csr(*_columns_between(*matrix, start, stop))


@jit
def first_at_least(indices: Array, start: int, stop: int, bound: int) -> int:
    """Return the first k in start:stop with ``indices[k] >= bound``, or stop: binary search."""
    while start < stop:
        middle = (start + stop) // 2
        if indices[middle] < bound:
            start = middle + 1
        else:
            stop = middle
    return start


@jit
def _columns_between(
    indptr: Array, indices: Array, data: Array, start: int, stop: int
) -> tuple[Array, Array, Array]:
    taken = np.zeros(len(indptr), np.int64)
    begins = np.empty(len(indptr) - 1, np.int64)
    for row in range(len(begins)):
        begins[row] = first_at_least(indices, indptr[row], indptr[row + 1], start)
        end = first_at_least(indices, begins[row], indptr[row + 1], stop)
        taken[row + 1] = taken[row] + end - begins[row]
    columns, values = np.empty(taken[-1], indices.dtype), np.empty(taken[-1], data.dtype)
    for row in range(len(begins)):
        begin, size = begins[row], taken[row + 1] - taken[row]
        columns[taken[row] : taken[row + 1]] = indices[begin : begin + size]
        values[taken[row] : taken[row + 1]] = data[begin : begin + size]
    return taken, columns, values


@jit
def _row_sums(indptr: Array, data: Array) -> Array:
    sums = np.zeros(len(indptr) - 1)
    for row in range(len(sums)):
        for k in range(indptr[row], indptr[row + 1]):
            sums[row] += data[k]
    return sums
