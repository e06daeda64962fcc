"""The formulas of word2vec written out: one position of the text after the other, in float64.

Slow and obvious, from the text directly to the gradients, without any of the fast code, which
``gradcheck`` compares with it. With the hidden vector h, the target weights y_j, their sum n, and
the residual r = n p - y::

    p = softmax(W_out h + b)        L = - sum_j y_j ln p_j
    dL/dW_out = r h'        dL/db = r        dL/dh = W_out' r

Skip-gram: h is the centre word's row of W_in, which gets dL/dh. CBOW: h is the mean of the context
words' rows, weighted by a_1, ..., a_m with sum 1, and the i-th context word's row gets a_i dL/dh.

The prior adds (lambda / 2) |v|^2 to the loss, and lambda v to the gradient, once for each row v of
W_in that is in some h.

With n-grams a word has several rows of W_in, and h takes a mean of them in the place of its row
(``Made``). The word's own row w, of weight a in its vector, then has the prior
lambda a^2 (own + e / held . e / (e + free)), where e is the sum of n times the square of the word's
weight in h; and the row of an n-gram lambda shared, or the part of it that is of the words that are
in some h.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Lines = list[list[int]]


class Made(NamedTuple):
    """Of which rows of W_in each word is made: ``rows[word]`` has each row and its weight.

    Row i below V is word i's own; the others are about the prior, as above.
    """

    rows: list[list[tuple[int, float]]]
    own: float
    held: float
    free: float
    shared: float


class Totals(NamedTuple):
    """Sums over a text: the loss in nats, the target weights, and the gradients.

    The loss has the prior's part in it. ``sizes`` are the sums of the absolute gradient terms; they
    bound rounding, even where the terms cancel.
    """

    loss: float
    weight: float
    gradients: tuple[Floats, Floats, Floats]
    sizes: tuple[Floats, Floats, Floats]


def totals(
    lines: Lines,
    cbow: bool,
    weight_at: Callable[[int], float],
    window: int,
    keep: Floats,
    factors: Floats,
    prior: float,
    w_in: NDArray[np.floating[Any]],
    w_out: NDArray[np.floating[Any]],
    bias: NDArray[np.floating[Any]],
    made: Made | None = None,
) -> Totals:
    """Return the loss and the gradients of a text, summed over its predictions.

    Parameters
    ----------
    lines
        Ids of words, by line; below zero for unknown ones.
    cbow
        Whether the context predicts the centre word (CBOW), or the word its context (skip-gram).
    weight_at
        The window weight of a context word at a distance.
    window
        The largest distance.
    keep
        (V,): the probability with which subsampling keeps each word.
    factors
        (V,): by what smoothing multiplies the target weights of each word.
    prior
        lambda.
    w_in, w_out, bias
        float64 (R, d), (V, d), (V,): the parameters; R = V without n-grams.
    made
        Of which rows words are made; None for one row for each.
    """
    gradients = np.zeros_like(w_in), np.zeros_like(w_out), np.zeros_like(bias)
    sizes = np.zeros_like(w_in), np.zeros_like(w_out), np.zeros_like(bias)
    loss = weight = 0.0
    of_word = made.rows if made else [[(word, 1.0)] for word in range(len(bias))]
    evidence = np.zeros(len(bias))
    given: set[int] = set()
    for centre, context in _windows(lines, window):
        shares = [(word, weight_at(distance) * keep[word]) for word, distance in context]
        y = np.zeros(len(bias))
        if cbow:
            whole = sum(share for _, share in shares)
            inputs = [(word, share / whole) for word, share in shares]
            y[centre] = keep[centre] * factors[centre]
        else:
            inputs = [(centre, 1.0)]
            for word, share in shares:
                y[word] += share * keep[centre] * factors[word]
        parts = [(row, share * part) for word, share in inputs for row, part in of_word[word]]
        h = sum((part * w_in[row] for row, part in parts), np.zeros(w_in.shape[1]))
        z = w_out @ h + bias
        log_p = z - z.max() - np.log(np.exp(z - z.max()).sum())
        n, p = y.sum(), np.exp(log_p)
        residual, size = n * p - y, n * p + y
        loss -= y @ log_p
        weight += n
        for sums, r, out, hidden in (
            (gradients, residual, w_out, h),
            (sizes, size, np.abs(w_out), np.abs(h)),
        ):
            for row, part in parts:
                sums[0][row] += part * (out.T @ r)
            sums[1][:] += np.outer(r, hidden)
            sums[2][:] += r
        for word, share in inputs:
            given.add(word)
            evidence[word] += n * share**2
    for row, times in _priors(given, evidence, made).items():
        loss += prior * times / 2 * float(w_in[row] @ w_in[row])
        gradients[0][row] += prior * times * w_in[row]
        sizes[0][row] += prior * times * np.abs(w_in[row])
    return Totals(loss, weight, gradients, sizes)


def _priors(given: set[int], evidence: Floats, made: Made | None) -> dict[int, float]:
    """Return what of lambda each row has, of the rows that the given words are made of."""
    if made is None:
        return dict.fromkeys(given, 1.0)
    priors: dict[int, float] = {}
    wholes: dict[int, float] = {}
    for word, rows in enumerate(made.rows):
        for row, part in rows:
            if row >= len(evidence):
                wholes[row] = wholes.get(row, 0.0) + part
                priors[row] = priors.get(row, 0.0) + part * (word in given)
            elif word in given:
                e = evidence[word]
                priors[row] = part**2 * (made.own + e / made.held * e / (e + made.free))
    for row, whole in wholes.items():
        priors[row] *= made.shared / whole
    return {row: value for row, value in priors.items() if value}


def _windows(lines: Lines, window: int) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Yield each known word that has known context words, with these and their distances."""
    for line in lines:
        for place, centre in enumerate(line):
            context = [
                (line[other], abs(other - place))
                for other in range(max(0, place - window), min(len(line), place + window + 1))
                if other != place and line[other] >= 0
            ]
            if centre >= 0 and context:
                yield centre, context
