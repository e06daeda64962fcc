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


@jit
def _row_sums(indptr: Array, data: Array) -> Array:
    sums = np.zeros(len(indptr) - 1)
    for row in range(len(sums)):
        for k in range(indptr[row], indptr[row + 1]):
            sums[row] += data[k]
    return sums
