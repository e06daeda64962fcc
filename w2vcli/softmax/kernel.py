"""The softmax block: the one place where w2vcli computes a softmax, a loss and its gradients.

A block is B predictions over V words at once. With hidden vectors ``H`` (B x d), output vectors
``W_out`` (V x d), a bias ``b`` (V) and target weights ``Y`` (B x V, sparse, not negative)::

    n = row sums of Y
    Z = H W_out' + b
    L = n * logsumexp(Z) - sum_j Y_j Z_j        the cross-entropy of every row
    G = diag(n) softmax(Z) - Y                  dL/dZ: expected minus observed
    dH = G W_out        dW_out = G' H        db = G' 1

Nothing is sampled and nothing is left out. The kernel knows no words, windows or architectures:
``H`` and ``Y`` already contain them (``blocks``).

It makes two sweeps over chunks of the vocabulary; each chunk is the task of one thread. The first
sweep computes ``E = exp(Z - m)``, with the maximum ``m`` of each row within the chunk, its sum, and
the score ``sum_j Y_j Z_j``. Then the normaliser of every row is known. The second sweep turns E
into gradients and hands the chunk's ``dW_out`` and ``db`` to the caller, who may update that chunk
at once, as nothing reads it any more. The chunks do not depend on the number of threads, and their
sums are added in order, so the results do not depend on it either, to the last bit.

The matrices may be float32 or float64; losses and normalisers are summed in float64.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from w2vcli.softmax.csr import Csr, row_sums
from w2vcli.system.compiler import Array, fast_jit, jit
from w2vcli.system.threads import Team

CHUNK_WORDS = 2048

Matrix: TypeAlias = NDArray[np.floating[Any]]
Consumer: TypeAlias = Callable[[slice, Matrix, NDArray[np.floating[Any]]], None]


def chunks_of(size: int) -> list[slice]:
    """Cut ``range(size)`` into chunks of equal size, about ``CHUNK_WORDS``.

    If there are several, their number is even, so that two threads have equal work.
    """
    count = -(-size // CHUNK_WORDS)
    if count > 1:
        count += count % 2
    bounds = np.linspace(0, size, count + 1).astype(int).tolist()
    return [slice(a, b) for a, b in pairwise(bounds)]


@dataclass(frozen=True)
class BlockResult:
    """The losses of one softmax block, and its gradient dH where one was requested.

    Attributes
    ----------
    loss
        float64 (B,): the cross-entropy of each row, in nats, summed over its targets.
    mass
        float64 (B,): n, the sum of each row's target weights.
    d_hidden
        (B, d), the dtype of H: the gradient dH; empty where none was wanted.
    """

    loss: NDArray[np.float64]
    mass: NDArray[np.float64]
    d_hidden: Matrix


class SoftmaxKernel:
    """Computes softmax blocks of up to ``rows`` predictions in scratch space that it keeps.

    Parameters
    ----------
    rows
        The largest B.
    size
        V, the number of words.
    dtype
        float32 or float64, the same for every matrix.
    team
        The threads to use.
    """

    def __init__(self, rows: int, size: int, dtype: type[np.floating[Any]], team: Team) -> None:
        self._team = team
        self._chunks = chunks_of(size)
        self._exponentials = [np.empty((rows, c.stop - c.start), dtype) for c in self._chunks]

    def block(
        self,
        hidden: Matrix,
        w_out: Matrix,
        bias: NDArray[np.floating[Any]],
        targets: Csr,
        consume: Consumer | None = None,
        of_hidden: bool = False,
    ) -> BlockResult:
        """Return the losses of a block, and its gradients where they are wanted.

        Parameters
        ----------
        hidden
            H, (B, d).
        w_out
            W_out, (V, d).
        bias
            b, (V,); zeros where the model has none.
        targets
            Y, (B, V).
        consume
            Called once for each chunk as ``consume(words, dW_out[words], db[words])``, possibly
            in another thread; it may change ``w_out[words]`` and ``bias[words]``, and must not
            keep the arrays. None where W_out and b stay as they are.
        of_hidden
            Whether dH is wanted without ``consume``, with which it always comes.
        """
        rows, chunks = len(hidden), self._chunks
        first = self._exponentiate_all(hidden, w_out, bias, targets)
        mass = row_sums(targets)
        loss = mass * first.log_normaliser - first.scored
        if consume is None and not of_hidden:
            return BlockResult(loss, mass, np.empty((0, 0), hidden.dtype))

        # G = scale * E - Y, with one factor for each row of each chunk.
        factor = mass * first.shares
        parts = np.empty((len(chunks), *hidden.shape), hidden.dtype)

        def differentiate(index: int) -> None:
            words = chunks[index]
            residual = self._exponentials[index][:rows]
            scale = _subtract_targets(residual, words.start, *targets, factor[index])
            np.matmul(residual, w_out[words], out=parts[index])
            parts[index] *= scale[:, None]
            if consume is None:
                return
            d_words = residual.T @ (hidden * scale[:, None])
            consume(words, d_words, residual.T @ scale)

        self._team.run(differentiate, len(chunks))
        return BlockResult(loss, mass, _ordered_sum(parts))

    def probabilities(
        self, hidden: Matrix, w_out: Matrix, bias: NDArray[np.floating[Any]]
    ) -> NDArray[np.float64]:
        """Return softmax(Z), float64 (B, V); a row sums to one. The arguments are ``block``'s."""
        rows = len(hidden)
        shares = self._exponentiate_all(hidden, w_out, bias, _no_targets(rows)).shares
        parts = zip(self._exponentials, shares, strict=True)
        return np.concatenate([part[:rows] * share[:, None] for part, share in parts], axis=1)

    def variances(
        self,
        hidden: Matrix,
        w_out: Matrix,
        bias: NDArray[np.floating[Any]],
        directions: Matrix,
    ) -> NDArray[np.float64]:
        """Return the variance of each row's scores along a direction, float64 (B,).

        That is D' Cov_p[u] D with p = softmax(Z): the curvature of the cross-entropy along D, per
        unit of target weight. ``directions`` is D, (B, d), one for each row; the other arguments
        are ``block``'s.
        """
        rows = len(hidden)
        shares = self._exponentiate_all(hidden, w_out, bias, _no_targets(rows)).shares
        moments = np.empty((len(self._chunks), 3, rows))

        def sum_up(index: int) -> None:
            scores = directions @ w_out[self._chunks[index]].T
            _add_moments(self._exponentials[index][:rows], scores, shares[index], *moments[index])

        self._team.run(sum_up, len(self._chunks))
        # The variance of all from the masses, means and variances of the chunks: no cancellation.
        mass, mean, variance = moments.transpose(1, 0, 2)
        centre = _ordered_sum(mass * mean)
        return _ordered_sum(mass * (variance + (mean - centre) ** 2))

    def _exponentiate_all(
        self, hidden: Matrix, w_out: Matrix, bias: NDArray[np.floating[Any]], targets: Csr
    ) -> "_FirstSweep":
        """Fill ``_exponentials`` with E, chunk by chunk, and find the normalisers."""
        rows, chunks = len(hidden), self._chunks
        tops = np.empty((len(chunks), rows), hidden.dtype)
        sums = np.empty((len(chunks), rows))
        scored = np.empty((len(chunks), rows))

        def exponentiate(index: int) -> None:
            words = chunks[index]
            exponentials = self._exponentials[index][:rows]
            score(hidden, w_out[words], bias[words], exponentials)
            exponentials.max(axis=1, out=tops[index])
            _exponentiate(
                exponentials, tops[index], words.start, *targets, sums[index], scored[index]
            )

        self._team.run(exponentiate, len(chunks))
        top = tops.max(axis=0).astype(np.float64)
        scale = np.exp(tops - top)
        normaliser = _ordered_sum(sums * scale)
        return _FirstSweep(top + np.log(normaliser), scale / normaliser, _ordered_sum(scored))


class _FirstSweep(NamedTuple):
    """Sums of the first sweep, all float64.

    ``log_normaliser`` (B,) is the log of each row's sum of exp(Z). ``shares`` (chunks, B) are the
    factors that turn E into probabilities. ``scored`` (B,) is sum_j Y_j Z_j.
    """

    log_normaliser: NDArray[np.float64]
    shares: NDArray[np.float64]
    scored: NDArray[np.float64]


def _no_targets(rows: int) -> Csr:
    return Csr(np.zeros(rows + 1, np.int64), np.empty(0, np.int32), np.empty(0, np.float32))


def score(hidden: Matrix, w_out: Matrix, bias: NDArray[np.floating[Any]], out: Matrix) -> None:
    """Write Z = H W_out' + b, the scores of some words, to ``out``."""
    np.matmul(hidden, w_out.T, out=out)
    out += bias


def _ordered_sum(parts: Iterable[NDArray[Any]]) -> NDArray[Any]:
    """Add arrays one after the other, so that rounding is always the same."""
    iterator = iter(parts)
    total = next(iterator).copy()
    for part in iterator:
        total += part
    return total


@jit
def _first_at_least(indices: Array, start: int, stop: int, bound: int) -> int:
    """Return the first k in start:stop with ``indices[k] >= bound``, or stop: binary search."""
    while start < stop:
        middle = (start + stop) // 2
        if indices[middle] < bound:
            start = middle + 1
        else:
            stop = middle
    return start


@jit
def _exponential(z: np.float32) -> np.float32:
    """Return exp(z) for a float32 z <= 0, to within about two units in the last place.

    exp(z) = 2^k exp(r) with k an integer and r within ln 2 / 2. ln 2 is taken in two parts, the
    first of so few bits that its product with k is exact. exp(r) is the polynomial of degree 5,
    exact at 0, with the smallest maximal relative error (9.2e-8), fitted for this project; 2^k is
    built from its bits. Below -87 the result is exp(-87), which changes no sum; of NaN it is NaN.
    """
    z = np.float32(-87.0) if z < np.float32(-87.0) else z
    k = np.floor(z * np.float32(1.442695) + np.float32(0.5))
    r = z - k * np.float32(0.693145751953125)
    r = r - k * np.float32(1.4286068203e-6)
    p = np.float32(8.29030617e-03) * r + np.float32(4.18979754e-02)
    p = p * r + np.float32(1.66676366e-01)
    p = p * r + np.float32(4.99991492e-01)
    p = p * r + np.float32(9.99999707e-01)
    p = p * r + np.float32(1.0)
    power = np.int32((np.int32(k) + np.int32(127)) << np.int32(23)).view(np.float32)
    return np.float32(p * power)


@fast_jit
def _exponentiate(
    z: Array,
    tops: Array,
    first: int,
    indptr: Array,
    indices: Array,
    data: Array,
    sums: Array,
    scores: Array,
) -> None:
    """Turn scores into exp(score - top), in place, row by row.

    Writes the sum of each row's exponentials and its targets' weighted scores.
    """
    last = first + z.shape[1]
    for row in range(z.shape[0]):
        line, top = z[row], tops[row]
        scored = 0.0
        start = _first_at_least(indices, indptr[row], indptr[row + 1], first)
        for k in range(start, indptr[row + 1]):
            if indices[k] >= last:
                break
            scored += np.float64(data[k]) * np.float64(line[indices[k] - first])
        total = 0.0
        if line.itemsize == 4:
            for j in range(len(line)):
                value = _exponential(np.float32(line[j] - top))
                line[j] = value
                total += np.float64(value)
        else:
            for j in range(len(line)):
                line[j] = np.exp(line[j] - top)
                total += line[j]
        sums[row] = total
        scores[row] = scored


@jit
def _subtract_targets(
    exponentials: Array, first: int, indptr: Array, indices: Array, data: Array, factor: Array
) -> Array:
    """Turn E into R with ``scale * R = factor * E - Y`` row by row, in place; return ``scale``.

    The scale is the factor, except where that is so small that Y / factor might overflow: in a
    chunk to which the model gives almost no probability. There E is multiplied by the factor, and
    the scale is 1.
    """
    last = first + exponentials.shape[1]
    scale = np.empty(len(factor), exponentials.dtype)
    for row in range(len(factor)):
        line = exponentials[row]
        divisor = factor[row]
        if divisor < 1e-20:
            for j in range(len(line)):
                line[j] *= divisor
            divisor = 1.0
        scale[row] = divisor
        start = _first_at_least(indices, indptr[row], indptr[row + 1], first)
        for k in range(start, indptr[row + 1]):
            if indices[k] >= last:
                break
            line[indices[k] - first] -= data[k] / divisor
    return scale


@fast_jit
def _add_moments(
    weights: Array, values: Array, share: Array, mass: Array, mean: Array, variance: Array
) -> None:
    """Write each row's sum of weights times its share, and the weighted mean and variance."""
    for row in range(len(weights)):
        total = first = 0.0
        for j in range(weights.shape[1]):
            total += np.float64(weights[row, j])
            first += np.float64(weights[row, j]) * np.float64(values[row, j])
        centre = first / total
        second = 0.0
        for j in range(weights.shape[1]):
            distance = np.float64(values[row, j]) - centre
            second += np.float64(weights[row, j]) * distance * distance
        mass[row] = total * share[row]
        mean[row] = centre
        variance[row] = second / total
