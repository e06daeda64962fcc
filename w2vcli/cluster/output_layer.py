"""An output layer on a cluster: each worker holds W_out, b and their AdaGrad sums of some shards.

A block is two exchanges with each worker. Out go H and the worker's columns of Y, back come the
maxima, sums and scores of each of its shards; out goes the normaliser of each row, back come the
worker's parts of dH, and its own rows are updated at once. Everything is added up in the order that
one machine has (``softmax.shards``), so the bytes are those of one machine.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2vcli.cluster.actors import Actors, unprofiled
from w2vcli.softmax.csr import Csr, columns_between
from w2vcli.softmax.kernel import BlockResult, score_variances, softmax_block
from w2vcli.softmax.optimizer import Optimizer
from w2vcli.softmax.output_layer import (
    OpenOutput,
    Output,
    OutputLayer,
    OutputShards,
)
from w2vcli.softmax.shards import Node, shards_of
from w2vcli.softmax.sweeps import Matrix, Normaliser, ShardScores
from w2vcli.system.threads import Team

if TYPE_CHECKING:
    from w2vcli.cluster.connection import Cluster


class Share(NamedTuple):
    """What a worker needs to know of its share: plain values, as they travel to it.

    Attributes
    ----------
    size, dim, rows
        V, d and the largest B.
    own
        Which of the shards are its own.
    optimizer, learns_bias
        How W_out is trained, and whether b is.
    threads
        The number of threads to use.
    """

    size: int
    dim: int
    rows: int
    own: range
    optimizer: Literal["adagrad", "sgd"]
    learns_bias: bool
    threads: int

    @property
    def words(self) -> slice:
        """The words of its shards."""
        shards = shards_of(self.size)
        return slice(shards[self.own.start][0].start, shards[self.own.stop - 1][-1].stop)


class OutputActor:
    """The share of a worker. It lives there, and its methods are called from here."""

    def __init__(self, share: Share) -> None:
        words = share.words
        rows = words.stop - words.start
        w_out = Optimizer(share.optimizer, np.zeros((rows, share.dim), np.float32))
        bias = Optimizer(share.optimizer, np.zeros(rows, np.float32))
        self._arrays = _arrays_of(w_out, bias)
        self._stack = ExitStack()
        self._stack.enter_context(unprofiled())
        team = self._stack.enter_context(Team(share.threads))
        self._shards = OutputShards(
            shards_of(share.size),
            share.own,
            share.rows,
            w_out,
            bias,
            learns_bias=share.learns_bias,
            team=team,
        )

    def __del__(self) -> None:
        stack = getattr(self, "_stack", None)
        if stack is not None:
            # The threads end. NumPy's way with errors stays: it is that of a thread of Dask's that
            # may be gone, and every call sets its own.
            with suppress(ValueError):
                stack.close()

    def write(self, *arrays: NDArray[np.float32]) -> None:
        """Set W_out, b and the sums of squares of these rows."""
        for own, values in zip(self._arrays, arrays, strict=True):
            own[:] = values

    def read(self) -> list[NDArray[np.float32]]:
        """Return W_out, b and the sums of squares of these rows."""
        return self._arrays

    def scores(
        self,
        hidden: Matrix,
        indptr: NDArray[np.int64],
        indices: NDArray[np.int32],
        data: NDArray[np.float32],
    ) -> ShardScores:
        """Make the first sweep; Y comes in its parts, without the columns of other workers."""
        with np.errstate(all="ignore"):
            return self._shards.scores(hidden, Csr(_own(indptr), _own(indices), _own(data)))

    def gradients(
        self,
        mass: NDArray[np.float64],
        top: NDArray[np.float64],
        total: NDArray[np.float64],
        step: float | None,
    ) -> dict[Node, Matrix]:
        """Make the second sweep of the same block, and take a step unless it is None."""
        with np.errstate(all="ignore"):
            return self._shards.gradients(mass, Normaliser(top, total), step)

    def moments(
        self, top: NDArray[np.float64], total: NDArray[np.float64], directions: Matrix
    ) -> NDArray[np.float64]:
        """Return the moments of the scores along D."""
        with np.errstate(all="ignore"):
            return self._shards.moments(Normaliser(top, total), directions)


class OutputOnCluster:
    """An output layer whose shards lie on the workers of a cluster.

    Parameters
    ----------
    cluster
        The cluster.
    output
        What the layer is made of: its arrays go to the workers, and come back by ``fetch``.

    Raises
    ------
    OutputLostError
        From every method, if a worker is lost.
    """

    def __init__(self, cluster: "Cluster", output: Output) -> None:
        self._output = output
        self.shards = len(shards_of(len(output.bias.parameter)))
        workers = cluster.wait_for_worker()
        cluster.check_versions()
        shares = _shares(output, self.shards, {w.address: w.threads for w in workers})
        self._changed = False
        self._words = [share.words for share in shares.values()]
        self._actors = Actors(cluster, OutputActor, shares)
        arrays = _arrays_of(output.w_out, output.bias)
        self._actors.call("write", [[values[words] for values in arrays] for words in self._words])

    def block(
        self, hidden: Matrix, targets: Csr, step: float | None = None, *, of_hidden: bool = False
    ) -> BlockResult:
        """Return the losses of a block, and dH where it is wanted."""
        self._changed |= step is not None
        sweeps = _SweepsThere(self, step)
        return softmax_block(sweeps, hidden, targets, gradients=step is not None or of_hidden)

    def variances(self, hidden: Matrix, directions: Matrix) -> NDArray[np.float64]:
        """Return the variances of the scores along D."""
        return score_variances(_SweepsThere(self, None), hidden, directions)

    def fetch(self) -> None:
        """Bring the arrays of the optimisers up to date."""
        if not self._changed:
            return
        ours = _arrays_of(self._output.w_out, self._output.bias)
        for index, words in enumerate(self._words):
            # One after the other: each answer is a copy.
            for own, values in zip(ours, self._actors.call_one(index, "read"), strict=True):
                own[words] = values
        self._changed = False

    def scores(self, hidden: Matrix, targets: Csr) -> ShardScores:
        """Make the first sweep on all workers."""
        parts = (columns_between(targets, words.start, words.stop) for words in self._words)
        found = self._actors.call("scores", [[hidden, *part] for part in parts])
        return ShardScores(*(np.concatenate(values) for values in zip(*found, strict=True)))

    def gradients(
        self, mass: NDArray[np.float64], normaliser: Normaliser, step: float | None
    ) -> dict[Node, Matrix]:
        """Make the second sweep on all workers."""
        found = self._actors.call("gradients", [[mass, *normaliser, step]] * len(self._words))
        return {node: part for parts in found for node, part in parts.items()}

    def moments(self, normaliser: Normaliser, directions: Matrix) -> NDArray[np.float64]:
        """Return the moments of all chunks."""
        found = self._actors.call("moments", [[*normaliser, directions]] * len(self._words))
        return np.concatenate(found)

    def release(self) -> None:
        """Let the workers forget the layer."""
        self._actors.release()


class _SweepsThere:
    """``BothSweeps`` on the workers, with a step size or None."""

    def __init__(self, output: OutputOnCluster, step: float | None) -> None:
        self._output = output
        self._step = step
        self.shards = output.shards
        self.scores = output.scores
        self.moments = output.moments

    def gradients(self, mass: NDArray[np.float64], normaliser: Normaliser) -> dict[Node, Matrix]:
        return self._output.gradients(mass, normaliser, self._step)


def output_on(cluster: "Cluster") -> OpenOutput:
    """Return what takes an output layer to the workers of a cluster."""

    @contextmanager
    def opened(output: Output) -> Iterator[OutputLayer]:
        there = OutputOnCluster(cluster, output)
        try:
            yield there
        finally:
            there.release()

    return opened


def _arrays_of(w_out: Optimizer, bias: Optimizer) -> list[NDArray[np.floating[Any]]]:
    """Return W_out and b, and their sums of squares where there are any."""
    arrays = [w_out.parameter, bias.parameter, w_out.accumulators, bias.accumulators]
    return [values for values in arrays if len(values)]


def _shares(output: Output, shards: int, threads: dict[str, int]) -> dict[str, Share]:
    """Divide the shards among workers, side by side, by the threads of each.

    Returns
    -------
    shares
        By the address of the worker; those that would have no shard are left out.
    """
    ends = np.cumsum(list(threads.values()))
    bounds = np.round(np.concatenate([[0], ends]) * shards / ends[-1]).astype(int).tolist()
    size, dim = output.w_out.parameter.shape
    return {
        address: Share(
            size,
            dim,
            output.rows,
            range(begin, end),
            output.w_out.name,
            output.learns_bias,
            threads[address],
        )
        for address, begin, end in zip(threads, bounds[:-1], bounds[1:], strict=True)
        if begin < end
    }


def _own(values: NDArray[Any]) -> NDArray[Any]:
    """Return an array that may be written to: what came over the wire may not be.

    Nothing writes to it, but Numba would compile every kernel once more for it.
    """
    return values if values.flags.writeable else values.copy()
