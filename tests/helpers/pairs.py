"""Pair counts of random streams, and their positive PMI by plain NumPy."""

import numpy as np

from w2vcli.counts.cooccurrence import count_pairs
from w2vcli.text.windows import Windows


def pairs_of(size, tokens, seed=0):
    random = np.random.default_rng(seed)
    stream = np.minimum(random.zipf(1.3, tokens) - 1, size - 1).astype(np.int32)
    return count_pairs([stream], size, Windows(2)).matrix(np.ones(size))


def dense_counts(pairs, size):
    counts = np.zeros((size, size))
    for row in range(size):
        span = slice(pairs.indptr[row], pairs.indptr[row + 1])
        counts[row, pairs.indices[span]] = pairs.data[span]
    return counts


def dense_ppmi(pairs, size):
    counts = dense_counts(pairs, size)
    sums = counts.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        pmi = np.log(counts * counts.sum() / np.outer(sums, sums))
    return np.where(counts > 0, np.maximum(pmi, 0), 0)
