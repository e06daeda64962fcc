"""Subsampling of frequent words, in expectation: the probability that word2vec keeps a token."""

import numpy as np
from numpy.typing import NDArray


def keep_probabilities(counts: NDArray[np.int64], threshold: float) -> NDArray[np.float64]:
    """Return word2vec's probability to keep each word, min(1, sqrt(t / f) + t / f).

    Parameters
    ----------
    counts
        int64 (V,): how often each word occurs; f is its share of the sum.
    threshold
        t, as 1e-3; 0 keeps everything.

    Returns
    -------
    keep
        float64 (V,).
    """
    if threshold <= 0:
        return np.ones(len(counts))
    frequency = np.maximum(counts, 1) / max(int(counts.sum()), 1)
    ratio = threshold / frequency
    return np.minimum(1.0, np.sqrt(ratio) + ratio)
