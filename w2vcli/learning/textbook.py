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
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Lines = list[list[int]]


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
        float64 (V, d), (V, d), (V,): the parameters.
    """
    gradients = np.zeros_like(w_in), np.zeros_like(w_out), np.zeros_like(bias)
    sizes = np.zeros_like(w_in), np.zeros_like(w_out), np.zeros_like(bias)
    loss = weight = 0.0
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
        h = sum((share * w_in[word] for word, share in inputs), np.zeros(w_in.shape[1]))
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
            for word, share in inputs:
                sums[0][word] += share * (out.T @ r)
            sums[1][:] += np.outer(r, hidden)
            sums[2][:] += r
        given.update(word for word, _ in inputs)
    for word in given:
        loss += prior / 2 * float(w_in[word] @ w_in[word])
        gradients[0][word] += prior * w_in[word]
        sizes[0][word] += prior * np.abs(w_in[word])
    return Totals(loss, weight, gradients, sizes)


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
