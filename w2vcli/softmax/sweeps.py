"""The two sweeps of a softmax block over some shards of the vocabulary, in machine code.

``kernel`` says what they compute. Here the work is done chunk by chunk, each in one thread, and
summed within each shard; the shards may be all of the vocabulary, or those that one machine owns.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from w2vcli.softmax.csr import Csr, first_at_least
from w2vcli.softmax.shards import Node, Shard, ordered_sum, tree_sum
from w2vcli.system.compiler import Array, fast_jit, jit
from w2vcli.system.threads import Team

Matrix: TypeAlias = NDArray[np.floating[Any]]
Consumer: TypeAlias = Callable[[slice, Matrix, NDArray[np.floating[Any]]], None]


class ShardScores(NamedTuple):
    """What the first sweep finds in each of S shards.

    Attributes
    ----------
    tops
        (S, B), the dtype of H: each row's greatest score.
    sums
        float64 (S, B): each row's sum of exp(Z - top).
    scored
        float64 (S, B): sum_j Y_j Z_j.
    """

    tops: Matrix
    sums: NDArray[np.float64]
    scored: NDArray[np.float64]


class Normaliser(NamedTuple):
    """What turns exp(Z) into probabilities: p = exp(Z - top) / total.

    ``top`` and ``total`` are float64 (B,): each row's greatest score, and its sum of exp(Z - top).
    """

    top: NDArray[np.float64]
    total: NDArray[np.float64]


class Sweeps:
    """Computes both sweeps in scratch space that it keeps from the first to the second.

    Parameters
    ----------
    rows
        The largest B.
    shards
        All shards of the vocabulary.
    own
        Which of them these sweeps go over, side by side: W_out and b are those of their words, in
        what follows n of them.
    dtype
        float32 or float64, the same for every matrix.
    team
        The threads to use.
    """

    def __init__(
        self,
        rows: int,
        shards: Sequence[Shard],
        own: range,
        dtype: type[np.floating[Any]],
        team: Team,
    ) -> None:
        self._team = team
        self._shards = len(shards)
        self._own = own
        self._chunks = [chunk for index in own for chunk in shards[index]]
        self._first = self._chunks[0].start
        self._exponentials = [np.empty((rows, c.stop - c.start), dtype) for c in self._chunks]
        sizes = [len(shards[index]) for index in own]
        ends = np.cumsum(sizes).tolist()
        self._of_shard = [slice(end - n, end) for n, end in zip(sizes, ends, strict=True)]

    def _words(self, index: int) -> slice:
        """Return where the words of a chunk are in the arrays of these sweeps' own words."""
        chunk = self._chunks[index]
        return slice(chunk.start - self._first, chunk.stop - self._first)

    def scores(
        self, hidden: Matrix, w_out: Matrix, bias: NDArray[np.floating[Any]], targets: Csr
    ) -> ShardScores:
        """Make the first sweep: fill the scratch space with E = exp(Z - m), m of each chunk.

        Parameters
        ----------
        hidden
            H, (B, d).
        w_out, bias
            (n, d) and (n,).
        targets
            Y, (B, V); only the columns of these words are looked at.
        """
        rows, chunks = len(hidden), self._chunks
        self._tops = tops = np.empty((len(chunks), rows), hidden.dtype)
        sums = np.empty((len(chunks), rows))
        scored = np.empty((len(chunks), rows))

        def exponentiate(index: int) -> None:
            words = self._words(index)
            exponentials = self._exponentials[index][:rows]
            score(hidden, w_out[words], bias[words], exponentials)
            exponentials.max(axis=1, out=tops[index])
            _exponentiate(
                exponentials, tops[index], chunks[index].start, *targets, sums[index], scored[index]
            )

        self._team.run(exponentiate, len(chunks))
        found = [_added(tops[of], sums[of], scored[of]) for of in self._of_shard]
        return ShardScores(*(np.stack(values) for values in zip(*found, strict=True)))

    def gradients(
        self,
        hidden: Matrix,
        w_out: Matrix,
        targets: Csr,
        mass: NDArray[np.float64],
        normaliser: Normaliser,
        consume: Consumer | None,
    ) -> dict[Node, Matrix]:
        """Make the second sweep, after ``scores`` of the same arguments.

        Parameters
        ----------
        mass
            float64 (B,): the row sums of Y, all columns of it.
        normaliser
            That of all words.
        consume
            As in ``SoftmaxKernel.block``; its slices are of these sweeps' own words.

        Returns
        -------
        nodes
            (B, d) each: these shards' parts of dH, as parts of the tree.
        """
        rows, chunks = len(hidden), self._chunks
        # G = scale * E - Y, with one factor for each row of each chunk.
        factor = mass * self._shares(normaliser)
        parts = np.empty((len(chunks), *hidden.shape), hidden.dtype)

        def differentiate(index: int) -> None:
            words = self._words(index)
            residual = self._exponentials[index][:rows]
            scale = _subtract_targets(residual, chunks[index].start, *targets, factor[index])
            np.matmul(residual, w_out[words], out=parts[index])
            parts[index] *= scale[:, None]
            if consume is None:
                return
            d_words = residual.T @ (hidden * scale[:, None])
            consume(words, d_words, residual.T @ scale)

        self._team.run(differentiate, len(chunks))
        sums = (ordered_sum(parts[of]) for of in self._of_shard)
        nodes = {(0, index): part for index, part in zip(self._own, sums, strict=True)}
        return tree_sum(nodes, self._shards)

    def moments(
        self, rows: int, w_out: Matrix, normaliser: Normaliser, directions: Matrix
    ) -> NDArray[np.float64]:
        """Return the moments of the scores along D, after ``scores`` of so many rows.

        Returns
        -------
        moments
            float64 (chunks, 3, B): of each row within each chunk the probability, and the mean and
            the variance of u'D.
        """
        shares = self._shares(normaliser)
        moments = np.empty((len(self._chunks), 3, rows))

        def sum_up(index: int) -> None:
            along = directions @ w_out[self._words(index)].T
            _add_moments(self._exponentials[index][:rows], along, shares[index], *moments[index])

        self._team.run(sum_up, len(self._chunks))
        return moments

    def probabilities(self, rows: int, normaliser: Normaliser) -> NDArray[np.float64]:
        """Return float64 (B, n): the probabilities of these words, after ``scores``."""
        parts = zip(self._exponentials, self._shares(normaliser), strict=True)
        return np.concatenate([part[:rows] * share[:, None] for part, share in parts], axis=1)

    def _shares(self, normaliser: Normaliser) -> NDArray[np.float64]:
        """Return the factors that turn E into probabilities, float64 (chunks, B)."""
        shares: NDArray[np.float64] = np.exp(self._tops - normaliser.top) / normaliser.total
        return shares


def normalised(scores: ShardScores) -> tuple[Normaliser, NDArray[np.float64]]:
    """Return the normaliser over all shards, and float64 (B,): sum_j Y_j Z_j."""
    top, total, scored = _added(*scores)
    return Normaliser(top.astype(np.float64), total), scored


def _added(
    tops: Matrix, sums: NDArray[np.float64], scored: NDArray[np.float64]
) -> tuple[Matrix, NDArray[np.float64], NDArray[np.float64]]:
    """Add up, in order, what the first sweep found in some chunks, or in some shards."""
    top = tops.max(axis=0)
    scale = np.exp(tops - top.astype(np.float64))
    return top, ordered_sum(sums * scale), ordered_sum(scored)


def no_targets(rows: int) -> Csr:
    """Return Y without entries."""
    return Csr(np.zeros(rows + 1, np.int64), np.empty(0, np.int32), np.empty(0, np.float32))


def score(hidden: Matrix, w_out: Matrix, bias: NDArray[np.floating[Any]], out: Matrix) -> None:
    """Write Z = H W_out' + b, the scores of some words, to ``out``."""
    np.matmul(hidden, w_out.T, out=out)
    out += bias


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
        start = first_at_least(indices, indptr[row], indptr[row + 1], first)
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
        start = first_at_least(indices, indptr[row], indptr[row + 1], first)
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
