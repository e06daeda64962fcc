"""Scores of phrases: how much more often words stand together than chance would have it.

With a candidate's count n, the counts n_a and n_b of its first and last word, min-count m, N tokens
and T types (words that are no connectors, and candidates):

    word2vec    (n - m) / (n_a n_b) T               Mikolov et al. 2013, eq. 6
    npmi        ln(N n / (n_a n_b)) / ln(N / n)     Bouma 2009

T is what gensim has. The program of word2vec has N instead, which leaves the order of phrases the
same. npmi is 1 for words that never stand apart.
"""

from math import log

import numpy as np
from numpy.typing import NDArray


def word2vec_scores(
    together: NDArray[np.int64],
    firsts: NDArray[np.int64],
    lasts: NDArray[np.int64],
    min_count: int,
    types: int,
) -> NDArray[np.float64]:
    """Return the score of word2vec for each candidate.

    Parameters
    ----------
    together, firsts, lasts
        int64 (n,): how often each candidate occurs, and its first and its last word.
    min_count, types
        As in the formula.

    Returns
    -------
    scores
        float64 (n,).
    """
    products = firsts.astype(np.float64) * lasts.astype(np.float64)
    return (together - min_count) / products * types


def npmi_scores(
    together: NDArray[np.int64], firsts: NDArray[np.int64], lasts: NDArray[np.int64], tokens: int
) -> NDArray[np.float64]:
    """Return the normalised pointwise mutual information, from -1 to 1, of each candidate.

    Parameters
    ----------
    together, firsts, lasts
        As in ``word2vec_scores``.
    tokens
        As in the formula.

    Returns
    -------
    scores
        float64 (n,).
    """
    shares = together / tokens
    ratios = shares / (firsts / tokens * (lasts / tokens))
    # With Python's logarithm, as the last bit of NumPy's is not the same on all processors.
    pairs = zip(ratios.tolist(), shares.tolist(), strict=True)
    return np.array([log(ratio) / -log(share) for ratio, share in pairs], np.float64)
