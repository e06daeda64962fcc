"""Slow, obvious references of vectors that are made of n-grams. Imports nothing of w2vcli.

Everything is dense, in float64, and written from the definitions: which rows a word is made of, the
prior of a row, and the least of a sum of parabolas by one system of linear equations.
"""

from typing import NamedTuple

import numpy as np


class Shape(NamedTuple):
    """What the prior of rows is like."""

    own: float
    held: float
    free: float
    shared: float

    @classmethod
    def of(cls, module):
        """Return that of a module of ours with these constants."""
        return cls(*(getattr(module, name.upper()) for name in cls._fields))


def ngrams(word, least, most):
    """Return the n-grams of ``<word>``, but for a mark alone; repeated ones repeated."""
    marked = f"<{word}>"
    return [
        marked[start : start + length]
        for start in range(len(marked))
        for length in range(least, most + 1)
        if start + length <= len(marked) and not (length == 1 and start in (0, len(word) + 1))
    ]


def chosen(words, least, most, min_count=1, at_most=None):
    """Return the n-grams that have rows: in so many words, and those in most of them."""
    of_words = [set(ngrams(word, least, most)) for word in words]
    every = sorted(set().union(*of_words))
    times = {ngram: sum(ngram in found for found in of_words) for ngram in every}
    kept = [ngram for ngram in every if times[ngram] >= min_count]
    if at_most is not None:
        ranked = sorted(kept, key=lambda ngram: (-times[ngram], ngram))
        kept = sorted(ranked[:at_most])
    return kept


def composition(words, least, most, kept, word_rows=True):
    """Return C, dense (V, V + G): the mean of a word's own row and those of its n-grams."""
    matrix = np.zeros((len(words), len(words) + len(kept)))
    for number, word in enumerate(words):
        parts = [len(words) + kept.index(g) for g in ngrams(word, least, most) if g in kept]
        if word_rows or not parts:
            parts.append(number)
        for part in parts:
            matrix[number, part] += 1 / len(parts)
    return matrix


def evidence(rows, size):
    """Return the sum of each word's squared weight in h times the target weights, of A and Y."""
    found = np.zeros(size)
    for a, y in rows:
        found += y.sum() * a**2
    return found


def priors(matrix, evidence, shape, seen):
    """Return what of lambda each row has, of the words that are ``seen`` as input words."""
    size, rows = matrix.shape
    found = np.zeros(rows)
    for word in range(size):
        e = evidence[word]
        if seen[word]:
            own = shape.own + e / shape.held * e / (e + shape.free)
            found[word] = matrix[word, word] ** 2 * own
    for row in range(size, rows):
        found[row] = shape.shared * sum(matrix[seen, row]) / sum(matrix[:, row])
    return found


def settled(matrix, curvatures, learnt, priors, precisions, at_most, few):
    """Return all rows at the least of the sum of parabolas and priors.

    Of word c: (v - learnt)' (H_c + p_c) (v - learnt) / 2 - p_c |v|^2 / 2, v = C[c] @ rows,
    with ``curvatures`` H_c and ``priors`` p_c; of row r: precisions[r] |row|^2 / 2. N-grams are
    where it is least if no own part of a vector had a precision of more than ``at_most``, and an
    n-gram in m of V words (1 + (few V / m)^4) times its own; the own rows where it is least with
    these n-grams. A row of no use is zero.
    """
    size, rows = matrix.shape
    squares = np.square(np.diag(matrix[:, :size]))
    limited = precisions.copy()
    limited[:size] = np.minimum(limited[:size], np.where(squares > 0, at_most * squares, np.inf))
    in_words = np.count_nonzero(matrix[:, size:], axis=0)
    limited[size:] *= 1 + (few * size / in_words) ** 4
    found = np.zeros((rows, learnt.shape[1]))
    found[size:] = _least(matrix, curvatures, learnt, priors, limited)[size:]
    means = matrix[:, size:] @ found[size:]
    own = np.diag(np.diag(matrix[:, :size]))
    found[:size] = _least(own, curvatures, learnt, priors, precisions[:size], means)
    return found


def _least(matrix, curvatures, learnt, priors, precisions, given=None):
    """Return rows as above in one step; ``given`` is added to the vectors of words."""
    size, rows = matrix.shape
    dim = learnt.shape[1]
    left, right = np.zeros((rows * dim,) * 2), np.zeros(rows * dim)
    for word in range(size):
        a = np.kron(matrix[word][None], np.eye(dim))  # v = a @ rows.ravel()
        wanted = (curvatures[word] + priors[word] * np.eye(dim)) @ learnt[word]
        if given is not None:
            wanted -= curvatures[word] @ given[word]
        left += a.T @ curvatures[word] @ a
        right += a.T @ wanted
    left += np.diag(np.repeat(precisions, dim))
    return np.linalg.lstsq(left, right, rcond=None)[0].reshape(rows, dim)
