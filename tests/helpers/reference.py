"""Slow, obvious float64 references, written from the formulas. Imports nothing of w2vcli.

A corpus here is a list of lines, a line a list of word ids; -1 stands for an unknown word.
Window weights and subsampling are expectations: a pair at distance k weighs ``weight(k)``, times
``keep`` of both words.
"""

import numpy as np


def weight(distance, window, weights):
    return (window - distance + 1) / window if weights == "linear" else 1.0


def windows(lines, window, weights):
    """Yield (centre, [(context, weight), ...]) for every known word of the corpus."""
    for line in lines:
        for i, centre in enumerate(line):
            if centre < 0:
                continue
            yield (
                centre,
                [
                    (line[j], weight(abs(i - j), window, weights))
                    for j in range(max(0, i - window), min(len(line), i + window + 1))
                    if j != i and line[j] >= 0
                ],
            )


def smoothing(counts, keep, exponent):
    """Return what each word's target weights are multiplied by: n^(X - 1), scaled."""
    n = [count * k for count, k in zip(counts, keep, strict=True)]
    least = min(x for x in n if x > 0) / 2
    powers = [max(x, least) ** (exponent - 1) for x in n]
    scale = sum(n) / sum(x * power for x, power in zip(n, powers, strict=True))
    return np.array([scale * power for power in powers])


def predictions(lines, arch, size, window, weights, keep, factors=None):
    """Yield (a, y): the rows of A and Y of every position, dense."""
    factors = np.ones(size) if factors is None else factors
    for centre, context in windows(lines, window, weights):
        if not context:
            continue
        a, y = np.zeros(size), np.zeros(size)
        if arch == "skipgram":
            a[centre] = 1.0
            for word, w in context:
                y[word] += w * keep[centre] * keep[word] * factors[word]
        else:
            total = sum(w * keep[word] for word, w in context)
            for word, w in context:
                a[word] += w * keep[word] / total
            y[centre] = keep[centre] * factors[centre]
        yield a, y


def log_softmax(z):
    shifted = z - z.max()
    return shifted - np.log(np.exp(shifted).sum())


def loss(rows, w_in, w_out, b):
    """Return the sum over predictions of -sum_j y_j log p_j."""
    return sum(-(y @ log_softmax(w_out @ (w_in.T @ a) + b)) for a, y in rows)


def penalty(rows, w_in, prior):
    """Return the part of the prior: lambda / 2 times the squares of all rows that predict."""
    return sum(prior / 2 * w_in[word] @ w_in[word] for word in predicting(rows))


def predicting(rows):
    """Return the words that are in some hidden vector."""
    return sorted({int(word) for a, _ in rows for word in np.flatnonzero(a)})


def gradients(rows, w_in, w_out, b, prior=0.0):
    """Return dL/dW_in, dL/dW_out, dL/db: the textbook's formulas, one prediction at a time."""
    d_in, d_out, d_b = np.zeros_like(w_in), np.zeros_like(w_out), np.zeros_like(b)
    for a, y in rows:
        h = w_in.T @ a
        p = np.exp(log_softmax(w_out @ h + b))
        residual = y.sum() * p - y
        d_out += np.outer(residual, h)
        d_b += residual
        d_in += np.outer(a, w_out.T @ residual)
    for word in predicting(rows):
        d_in[word] += prior * w_in[word]
    return d_in, d_out, d_b


def finite_differences(function, parameter, step=1e-5):
    """Return the central differences of a function of one array, element by element."""
    slopes = np.zeros_like(parameter)
    for place in np.ndindex(parameter.shape):
        old = parameter[place]
        parameter[place] = old + step
        above = function()
        parameter[place] = old - step
        below = function()
        parameter[place] = old
        slopes[place] = (above - below) / (2 * step)
    return slopes


def softmax_block(h, w_out, b, y):
    """Return loss per row, dH, dW_out, db of a block, dense, in float64."""
    h, w_out, b, y = (np.asarray(m, dtype=np.float64) for m in (h, w_out, b, y))
    z = h @ w_out.T + b
    log_p = np.array([log_softmax(row) for row in z])
    n = y.sum(axis=1)
    g = n[:, None] * np.exp(log_p) - y
    return -(y * log_p).sum(axis=1), g @ w_out, g.T @ h, g.sum(axis=0)


def softmax_block_float32(h, w_out, b, y):
    """Return the same by plain float32 NumPy: the yardstick for the kernel's error."""
    z = h @ w_out.T + b
    shifted = z - z.max(axis=1, keepdims=True)
    e = np.exp(shifted)
    total = e.sum(axis=1, keepdims=True)
    g = y.sum(axis=1, keepdims=True) * (e / total) - y
    row_loss = -(y * (shifted - np.log(total))).sum(axis=1)
    return row_loss, g @ w_out, g.T @ h, g.sum(axis=0)
