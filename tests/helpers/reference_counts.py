"""Slow, obvious references for words, counts and questions. Imports nothing of w2vcli."""

from collections import Counter

import numpy as np


def tokens(text):
    """The lines of a text (bytes) as lists of words (bytes)."""
    return [line.split() for line in text.split(b"\n")]


def vocabulary(lines, min_count=1, max_vocab=None):
    """``[(word, count), ...]`` by falling count, then by the bytes of the word."""
    counts = Counter(word for line in lines for word in line)
    order = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [item for item in order if item[1] >= min_count][:max_vocab]


def pair_counts(lines, window, weights):
    """Counter of (centre, context), both ways, integer weights; ids below 0 keep their place."""
    pairs = Counter()
    for line in lines:
        for i, centre in enumerate(line):
            for j in range(max(0, i - window), min(len(line), i + window + 1)):
                if j != i and centre >= 0 and line[j] >= 0:
                    weight = window - abs(i - j) + 1 if weights == "linear" else 1
                    pairs[centre, line[j]] += weight
    return pairs


def dense(pairs, size, keep, unit):
    """The float64 matrix of expected counts."""
    matrix = np.zeros((size, size))
    for (centre, context), total in pairs.items():
        matrix[centre, context] = total / unit * keep[centre] * keep[context]
    return matrix


def cosine(x, y):
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    lengths = np.sqrt(x @ x) * np.sqrt(y @ y)
    return x @ y / lengths if lengths else 0.0


def similar(matrix, word):
    """The cosine of each row with row ``word``, in float64."""
    return [cosine(row, matrix[word]) for row in matrix]


def three_cos_add(matrix, a, b, c):
    """Mikolov et al. 2013: cos(d, b - a + c) over vectors of length one."""
    unit = [np.asarray(row, np.float64) / (np.linalg.norm(row) or 1.0) for row in matrix]
    return [cosine(row, unit[b] - unit[a] + unit[c]) for row in unit]


def three_cos_mul(matrix, a, b, c):
    """Levy & Goldberg 2014: cos(d, b) cos(d, c) / (cos(d, a) + 0.001), cosines in [0, 1]."""

    def near(row, word):
        return (cosine(row, matrix[word]) + 1) / 2

    return [near(row, b) * near(row, c) / (near(row, a) + 0.001) for row in matrix]


def ranked(scores, without, top):
    """The indices of the largest scores, equals in their order."""
    order = sorted(range(len(scores)), key=lambda i: (-scores[i], i))
    return [i for i in order if i not in without][:top]
