"""The curvature of the objective of a word's vector, near where the softmax is the unigram."""

import numpy as np
from numpy.typing import NDArray

from w2vcli.softmax.sweeps import Matrix

_ROWS = 4096


class Curvature:
    """What n C + lambda I is for every n: the covariance of the output vectors, by eigenvectors.

    Parameters
    ----------
    w_out
        W_out, (V, d).
    unigram
        float64 (V,): the target weights of each word; q is their shares.
    prior
        lambda.

    Attributes
    ----------
    mean
        float64 (d,): E_q[u].
    values, vectors
        float64 (d,) and (d, d): the eigenvalues and, as columns, the eigenvectors of C.
    prior
        lambda.
    """

    def __init__(self, w_out: Matrix, unigram: NDArray[np.float64], prior: float) -> None:
        shares = unigram / unigram.sum()
        self.mean: NDArray[np.float64] = shares @ w_out
        self.prior = prior
        second = np.zeros((w_out.shape[1],) * 2)
        for start in range(0, len(w_out), _ROWS):
            some = slice(start, start + _ROWS)
            rows = w_out[some].astype(np.float64)
            second += (rows.T * shares[some]) @ rows
        values, self.vectors = np.linalg.eigh(second - np.outer(self.mean, self.mean))
        # Rounding may leave tiny or negative ones, of directions in which W_out does not differ.
        self.values = np.maximum(values, 1e-9 * max(values.max(), 1e-30))

    def solve(
        self,
        masses: NDArray[np.float64],
        gradients: NDArray[np.floating],
        shares: NDArray[np.float64] | float = 1.0,
    ) -> NDArray[np.float64]:
        """Return (n C + s lambda I)^-1 g, float64 (B, d), of masses (B,) and gradients (B, d).

        ``shares`` s, (B,), are what of lambda each vector has.
        """
        by_vector = gradients @ self.vectors
        by_vector /= masses[:, None] * self.values + self.prior * np.reshape(shares, (-1, 1))
        solved: NDArray[np.float64] = by_vector @ self.vectors.T
        return solved
