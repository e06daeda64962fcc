"""The spectral start: vectors from a truncated SVD of the positive PMI of the pair counts.

    M(c, o) = max(0, log(N(c, o) N / (n(c) n(o))))        M = U S V'
    W_in = U sqrt(S)        W_out = V sqrt(S)

The scores W_out W_in' that minimise the skip-gram loss, with the bias at the log of the context
unigram, are near the PMI (Levy & Goldberg 2014), so this start saves about three passes. The SVD is
the randomised one of Halko, Martinsson & Tropp (2011): a random range of d + 10 columns and two
power iterations, with QR in between; M stays sparse.
"""

import numpy as np
from numpy.typing import NDArray

from w2vcli.softmax.csr import Csr, row_sums
from w2vcli.system.compiler import Array, fast_jit, jit
from w2vcli.system.threads import ordered_map, single_threaded_blas

EXTRA_COLUMNS = 10
"""Columns of the products beyond d."""

_POWER_ITERATIONS = 2
PRODUCTS = _POWER_ITERATIONS + 2
"""How often the matrix is multiplied."""

_ROWS_PER_TASK = 1024


def spectral_start(
    pairs: Csr, dim: int, random: np.random.Generator, threads: int = 1
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the spectral start of both matrices.

    Parameters
    ----------
    pairs
        float32 CSR (V, V), symmetric: expected pair counts.
    dim
        d. If d is larger than V, the columns beyond V are zero.
    random
        Chooses the random range.
    threads
        The number of threads; the result does not depend on it.

    Returns
    -------
    w_in, w_out
        float32 (V, d). A word without pairs has zeros.
    """
    size = len(pairs.indptr) - 1
    ppmi = positive_pmi(pairs)
    columns = min(dim + EXTRA_COLUMNS, size)
    with single_threaded_blas():
        basis = random.standard_normal((size, columns), dtype=np.float32)
        for _ in range(_POWER_ITERATIONS + 1):
            basis = np.linalg.qr(times(ppmi, basis, threads))[0]
        # M is symmetric, so M' Q = M Q, and M is about Q (M Q)'.
        left, values, right = np.linalg.svd(times(ppmi, basis, threads), full_matrices=False)
        half = np.sqrt(values[:dim])
        w_in = np.zeros((size, dim), dtype=np.float32)
        w_out = np.zeros((size, dim), dtype=np.float32)
        w_in[:, : len(half)] = (basis @ right[:dim].T) * half
        w_out[:, : len(half)] = left[:, :dim] * half
    return w_in, w_out


def positive_pmi(
    pairs: Csr, rows: NDArray[np.int64] | None = None, totals: NDArray[np.float64] | None = None
) -> Csr:
    """Return M, float32 CSR (V, V), of a symmetric matrix of pair counts.

    Where ``rows``, int64 (n,), are given, only these rows of it, (n, V), in this order. ``totals``,
    float64 (V,), are the n(c) where the matrix lacks rows.
    """
    if rows is None:
        rows = np.arange(len(pairs.indptr) - 1)
    return Csr(*_positive_pmi(*pairs, row_sums(pairs) if totals is None else totals, rows))


def times(matrix: Csr, dense: NDArray[np.float32], threads: int = 1) -> NDArray[np.float32]:
    """Return the product of a sparse matrix (m, V) and a dense one (V, n), float32 (m, n)."""
    product = np.zeros((len(matrix.indptr) - 1, dense.shape[1]), np.float32)

    def multiply(first: int) -> None:
        _multiply(*matrix, dense, product, first, _ROWS_PER_TASK)

    for _ in ordered_map(multiply, range(0, len(product), _ROWS_PER_TASK), threads):
        pass
    return product


@jit
def _positive_pmi(
    indptr: Array, indices: Array, data: Array, totals: Array, rows: Array
) -> tuple[Array, Array, Array]:
    """Return rows of the positive PMI of pair counts, without the pairs where it is zero."""
    log_all = np.log(max(totals.sum(), 1e-300))
    log_totals = np.log(np.maximum(totals, 1e-300))
    length = np.int64(0)
    for row in rows:
        length += indptr[row + 1] - indptr[row]
    kept = np.zeros(len(rows) + 1, dtype=np.int64)
    columns = np.empty(length, dtype=np.int32)
    values = np.empty(length, dtype=np.float32)
    n = 0
    for i in range(len(rows)):
        row = rows[i]
        for k in range(indptr[row], indptr[row + 1]):
            pmi = np.log(np.float64(data[k])) + log_all - log_totals[row] - log_totals[indices[k]]
            if pmi > 0.0:
                columns[n] = indices[k]
                values[n] = pmi
                n += 1
        kept[i + 1] = n
    # Memory that is never touched is none: a copy of the right length would take more.
    return kept, columns[:n], values[:n]


@fast_jit
def _multiply(
    indptr: Array, indices: Array, data: Array, dense: Array, product: Array, first: int, count: int
) -> None:
    """Add some rows of the product of a sparse and a dense matrix to ``product``."""
    for row in range(first, min(first + count, len(indptr) - 1)):
        line = product[row]
        for k in range(indptr[row], indptr[row + 1]):
            factor, source = data[k], dense[indices[k]]
            for j in range(len(line)):
                line[j] += factor * source[j]
