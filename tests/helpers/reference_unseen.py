"""Slow references for words made of n-grams, in float64. Imports nothing of w2vcli."""

import math

from helpers.reference_ngrams import ngrams


def by_ngrams(word, least, most, rows):
    """The mean of the rows of the n-grams of a word that have one, by n-gram; None of none."""
    found = [rows[ngram] for ngram in ngrams(word, least, most) if ngram in rows]
    if not found:
        return None
    return [sum(float(row[i]) for row in found) / len(found) for i in range(len(found[0]))]


def cosine(one, other):
    """The cosine of two vectors; 0 with a vector of zeros."""
    lengths = [math.sqrt(sum(x * x for x in vector)) for vector in (one, other)]
    product = sum(x * y for x, y in zip(one, other, strict=True))
    return product / (lengths[0] * lengths[1]) if all(lengths) else 0.0


def unit(vector):
    length = math.sqrt(sum(x * x for x in vector))
    return [x / length if length else 0.0 for x in vector]


def vector(kind, v, u):
    """What a word is in questions, by its input vector, and its output vector if it has one."""
    v = [float(x) for x in v]
    if kind == "input":
        return v
    if u is None:
        return unit(v) + [0.0] * len(v) if kind == "both" else v
    u = [float(x) for x in u]
    return {
        "output": u,
        "sum": [x + y for x, y in zip(v, u, strict=True)],
        "blend": [x + y / 8 for x, y in zip(v, u, strict=True)],
        "both": unit(v) + unit(u),
    }[kind]
