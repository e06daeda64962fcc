"""Random corpora as blocks, by every path."""

import numpy as np

from w2vcli.counts.cooccurrence import count_pairs
from w2vcli.text.tokens import BREAK
from w2vcli.training.grouped import GroupedSkipGram
from w2vcli.training.sources import Streamed

V, D = 12, 4


PATHS = ["skipgram-grouped", "skipgram-stream", "cbow"]


def stream_of(lines):
    return np.array([t for line in lines for t in [*line, BREAK]] or [BREAK], dtype=np.int32)


def source_of(path, lines, windows, keep, batch, size=V, factors=None):
    factors = np.ones(len(keep)) if factors is None else factors
    if path == "skipgram-grouped":
        pairs = count_pairs([stream_of(lines)], size, windows).matrix(keep)
        return GroupedSkipGram(pairs, np.ones(size), factors, batch)
    return Streamed(stream_of(lines), keep, factors, windows, path == "cbow", batch)


def parameters(bias, seed=3):
    random = np.random.default_rng(seed)
    w_in, w_out = random.standard_normal((2, V, D))
    return w_in, w_out, random.standard_normal(V) if bias else np.zeros(V)


def random_lines(seed=0):
    random = np.random.default_rng(seed)
    return [random.integers(-1, V - 1, n).tolist() for n in (9, 1, 14, 2, 6, 0)]  # V-1 never occurs
