"""The output layer of a model in training: W_out and b, their optimisers, and the softmax of them.

Training asks it for blocks, and has no other business with W_out and b while it descends. So they
may lie on this machine (``OutputHere``), or shard by shard on several
(``cluster.output_layer``), each of which has an ``OutputShards``.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from w2vcli.errors import StorageError
from w2vcli.softmax.csr import Csr
from w2vcli.softmax.kernel import BlockResult, SoftmaxKernel, SweepsHere
from w2vcli.softmax.optimizer import Optimizer
from w2vcli.softmax.shards import Node, Shard
from w2vcli.softmax.sweeps import Consumer, Matrix, Normaliser, ShardScores, Sweeps
from w2vcli.system.threads import Team


class OutputLostError(StorageError):
    """A part of W_out and b is lost with the machine that had it; older ones can be restored."""


class OutputLayer(Protocol):
    """W_out and b, wherever they are."""

    def block(
        self, hidden: Matrix, targets: Csr, step: float | None = None, *, of_hidden: bool = False
    ) -> BlockResult:
        """Return the losses of a block, and dH where it is wanted.

        Parameters
        ----------
        hidden, targets
            H, (B, d), and Y, (B, V).
        step
            The step size by which W_out and b are updated; None to leave them as they are.
        of_hidden
            Whether dH is wanted without a step, with which it always comes.
        """
        ...

    def variances(self, hidden: Matrix, directions: Matrix) -> NDArray[np.float64]:
        """Return the variances of the scores along D (``SoftmaxKernel.variances``)."""
        ...

    def fetch(self) -> None:
        """Bring the arrays of the optimisers up to date, where W_out and b lie elsewhere."""
        ...


class Output(NamedTuple):
    """What an output layer is made of.

    Attributes
    ----------
    rows
        The largest B.
    w_out, bias
        The optimisers of W_out (V, d) and b (V,), with their arrays in float32.
    learns_bias
        Whether b is learnt; else it stays.
    team
        The threads of this machine, entered.
    """

    rows: int
    w_out: Optimizer
    bias: Optimizer
    learns_bias: bool
    team: Team


OpenOutput: TypeAlias = Callable[[Output], AbstractContextManager[OutputLayer]]
"""Takes an output layer to where it lies for a run, and gives it back."""


class OutputHere:
    """An output layer on this machine."""

    def __init__(self, output: Output) -> None:
        self._output = output
        size = len(output.bias.parameter)
        dtype = output.bias.parameter.dtype.type
        self._kernel = SoftmaxKernel(output.rows, size, dtype, output.team)

    def block(
        self, hidden: Matrix, targets: Csr, step: float | None = None, *, of_hidden: bool = False
    ) -> BlockResult:
        """Return the losses of a block, and dH where it is wanted."""
        w_out, bias = self._output.w_out, self._output.bias
        consume = updating(w_out, bias if self._output.learns_bias else None, step)
        return self._kernel.block(
            hidden, w_out.parameter, bias.parameter, targets, consume, of_hidden=of_hidden
        )

    def variances(self, hidden: Matrix, directions: Matrix) -> NDArray[np.float64]:
        """Return the variances of the scores along D."""
        w_out, bias = self._output.w_out.parameter, self._output.bias.parameter
        return self._kernel.variances(hidden, w_out, bias, directions)

    def fetch(self) -> None:
        """Do nothing: the arrays are the optimisers' own."""


def output_here(output: Output) -> AbstractContextManager[OutputLayer]:
    """Keep an output layer on this machine."""
    return nullcontext(OutputHere(output))


def updating(w_out: Optimizer, bias: Optimizer | None, step: float | None) -> Consumer | None:
    """Return what updates W_out and b, unless it is None, by the gradients of each chunk."""
    if step is None:
        return None

    def consume(words: slice, d_words: Matrix, d_bias: NDArray[np.floating]) -> None:
        w_out.update(words, d_words, step)
        if bias is not None:
            bias.update(words, d_bias, step)

    return consume


class OutputShards:
    """The rows of W_out and b of some shards, side by side, with what computes and updates them.

    Parameters
    ----------
    shards
        All shards of the vocabulary.
    own
        Which of them these are.
    rows
        The largest B.
    w_out, bias
        The optimisers of these rows, n of them.
    learns_bias
        Whether b is learnt.
    team
        The threads to use, entered.
    """

    def __init__(
        self,
        shards: Sequence[Shard],
        own: range,
        rows: int,
        w_out: Optimizer,
        bias: Optimizer,
        *,
        learns_bias: bool,
        team: Team,
    ) -> None:
        self._w_out = w_out
        self._bias = bias
        self._learns_bias = learns_bias
        sweeps = Sweeps(rows, shards, own, np.float32, team)
        self._sweeps = SweepsHere(sweeps, len(shards), w_out.parameter, bias.parameter)

    def scores(self, hidden: Matrix, targets: Csr) -> ShardScores:
        """Make the first sweep (``Sweeps.scores``)."""
        return self._sweeps.scores(hidden, targets)

    def gradients(
        self, mass: NDArray[np.float64], normaliser: Normaliser, step: float | None
    ) -> dict[Node, Matrix]:
        """Make the second sweep (``Sweeps.gradients``), and take a step unless it is None."""
        bias = self._bias if self._learns_bias else None
        self._sweeps.consume = updating(self._w_out, bias, step)
        return self._sweeps.gradients(mass, normaliser)

    def moments(self, normaliser: Normaliser, directions: Matrix) -> NDArray[np.float64]:
        """Return ``Sweeps.moments``."""
        return self._sweeps.moments(normaliser, directions)
