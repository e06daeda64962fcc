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

It makes two sweeps over chunks of the vocabulary (``sweeps``). The first computes
``E = exp(Z - m)``, with the maximum ``m`` of each row within the chunk, its sum, and
the score ``sum_j Y_j Z_j``. Then the normaliser of every row is known. The second turns E
into gradients and hands the chunk's ``dW_out`` and ``db`` to the caller, who may update that chunk
at once, as nothing reads it any more. The chunks do not depend on the number of threads or
machines, and sums over them go in a fixed order (``shards``), so the results do not depend on it
either, to the last bit.

The matrices may be float32 or float64; losses and normalisers are summed in float64.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from w2vcli.softmax.csr import Csr, row_sums
from w2vcli.softmax.shards import Node, ordered_sum, shards_of, tree_sum
from w2vcli.softmax.sweeps import (
    Consumer,
    Matrix,
    Normaliser,
    ShardScores,
    Sweeps,
    no_targets,
    normalised,
)
from w2vcli.system.threads import Team


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


class BothSweeps(Protocol):
    """Makes the two sweeps over all shards, wherever these are, with W_out and b as they are."""

    @property
    def shards(self) -> int:
        """The number of shards."""
        ...

    def scores(self, hidden: Matrix, targets: Csr) -> ShardScores:
        """Make the first sweep (``Sweeps.scores``)."""
        ...

    def gradients(self, mass: NDArray[np.float64], normaliser: Normaliser) -> dict[Node, Matrix]:
        """Make the second sweep (``Sweeps.gradients``) of the same block."""
        ...

    def moments(self, normaliser: Normaliser, directions: Matrix) -> NDArray[np.float64]:
        """Return ``Sweeps.moments`` of the same rows."""
        ...


def softmax_block(
    sweeps: BothSweeps, hidden: Matrix, targets: Csr, *, gradients: bool
) -> BlockResult:
    """Return the losses of a block, and its gradient dH where gradients are wanted."""
    normaliser, scored = normalised(sweeps.scores(hidden, targets))
    mass = row_sums(targets)
    loss = mass * (normaliser.top + np.log(normaliser.total)) - scored
    if not gradients:
        return BlockResult(loss, mass, np.empty((0, 0), hidden.dtype))
    (d_hidden,) = tree_sum(sweeps.gradients(mass, normaliser), sweeps.shards).values()
    return BlockResult(loss, mass, d_hidden)


def score_variances(sweeps: BothSweeps, hidden: Matrix, directions: Matrix) -> NDArray[np.float64]:
    """Return the variance of each row's scores along a direction (``SoftmaxKernel.variances``)."""
    normaliser, _ = normalised(sweeps.scores(hidden, no_targets(len(hidden))))
    mass, mean, variance = sweeps.moments(normaliser, directions).transpose(1, 0, 2)
    # The variance of all from the masses, means and variances of the chunks: no cancellation.
    centre = ordered_sum(mass * mean)
    return ordered_sum(mass * (variance + (mean - centre) ** 2))


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
        shards = shards_of(size)
        self._shards = len(shards)
        self._sweeps = Sweeps(rows, shards, range(len(shards)), dtype, team)

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
        sweeps = self._with(w_out, bias, consume)
        return softmax_block(sweeps, hidden, targets, gradients=consume is not None or of_hidden)

    def probabilities(
        self, hidden: Matrix, w_out: Matrix, bias: NDArray[np.floating[Any]]
    ) -> NDArray[np.float64]:
        """Return softmax(Z), float64 (B, V); a row sums to one. The arguments are ``block``'s."""
        rows = len(hidden)
        scores = self._sweeps.scores(hidden, w_out, bias, no_targets(rows))
        return self._sweeps.probabilities(rows, normalised(scores)[0])

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
        return score_variances(self._with(w_out, bias), hidden, directions)

    def _with(
        self, w_out: Matrix, bias: NDArray[np.floating[Any]], consume: Consumer | None = None
    ) -> BothSweeps:
        return SweepsHere(self._sweeps, self._shards, w_out, bias, consume)


@dataclass
class SweepsHere:
    """Sweeps of this machine over its own shards: ``BothSweeps`` where it has all of them.

    Attributes
    ----------
    sweeps
        The sweeps.
    shards
        The number of all shards.
    w_out, bias
        (n, d) and (n,), of the words of its own shards.
    consume
        As in ``Sweeps.gradients``.
    """

    sweeps: Sweeps
    shards: int
    w_out: Matrix
    bias: NDArray[np.floating[Any]]
    consume: Consumer | None = None

    def scores(self, hidden: Matrix, targets: Csr) -> ShardScores:
        """Make the first sweep, and remember the block for what follows."""
        self._block = hidden, targets
        return self.sweeps.scores(hidden, self.w_out, self.bias, targets)

    def gradients(self, mass: NDArray[np.float64], normaliser: Normaliser) -> dict[Node, Matrix]:
        """Make the second sweep."""
        hidden, targets = self._block
        return self.sweeps.gradients(hidden, self.w_out, targets, mass, normaliser, self.consume)

    def moments(self, normaliser: Normaliser, directions: Matrix) -> NDArray[np.float64]:
        """Return the moments of the scores along D."""
        rows = len(self._block[0])
        return self.sweeps.moments(rows, self.w_out, normaliser, directions)
