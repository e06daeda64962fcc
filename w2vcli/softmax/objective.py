"""The objective of training: the loss of blocks of predictions, and its gradients.

The objective of a corpus is the sum of the cross-entropies of its predictions and, with a Gaussian
prior on the input vectors, (lambda / 2) sum_c |v_c|^2, over the words c that are in A. Each block
has its share of it (``Block.shares``), so that the blocks of a pass add up to the whole.

This is the chain rule around the softmax kernel: H = A W_in on the way to the kernel, and
dW_in = A' dH on the way back. Training, the worked example and the gradient check all use it.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from w2vcli.errors import DataError
from w2vcli.softmax.blocks import Block, BlockSource, gather, scatter
from w2vcli.softmax.csr import Csr
from w2vcli.softmax.kernel import BlockResult, SoftmaxKernel
from w2vcli.softmax.sweeps import Consumer, Matrix

Softmax: TypeAlias = Callable[[Matrix, Csr], BlockResult]


class Parameters(NamedTuple):
    """The parameters of a model, or a gradient: W_in (V, d), W_out (V, d) and b (V,).

    All of one dtype, float32 or float64; b is zero where the model has no bias.
    """

    w_in: Matrix
    w_out: Matrix
    bias: NDArray[np.floating[Any]]


class MeanLoss:
    """The objective per prediction, summed in float64: its two parts, told apart.

    Attributes
    ----------
    total, weight
        The sums of the cross-entropies, in nats, and of the target weights.
    penalty
        The part of the prior, (lambda / 2) sum |v_c|^2.
    """

    def __init__(self, total: float = 0.0, weight: float = 0.0, penalty: float = 0.0) -> None:
        self.total = total
        self.weight = weight
        self.penalty = penalty

    def add(self, total: float, weight: float, penalty: float = 0.0) -> None:
        """Add a sum of losses, the sum of their weights, and a part of the prior."""
        self.total += float(total)
        self.weight += float(weight)
        self.penalty += float(penalty)

    @property
    def value(self) -> float:
        """The mean cross-entropy; NaN if nothing was added."""
        return self.total / self.weight if self.weight else math.nan

    @property
    def prior(self) -> float:
        """The part of the prior per prediction; NaN if nothing was added."""
        return self.penalty / self.weight if self.weight else math.nan


@dataclass(frozen=True)
class Baselines:
    """Losses to compare with, in nats per prediction.

    Attributes
    ----------
    uniform
        ln V: the loss if every word is equally likely.
    unigram
        The entropy of the predicted words: the loss of a model that knows only their frequencies.
    floor
        The entropy of the context words given the centre word: no skip-gram model can have a
        smaller loss on these counts. None for blocks along the text, where it is not known.
    """

    uniform: float
    unigram: float
    floor: float | None


class Differentiated(NamedTuple):
    """The losses and gradients of a block.

    ``softmax`` has the losses and dH. ``words``, int64 (k,), in rising order, are the words whose
    input vectors have a gradient, and ``d_in``, (k, d), are these gradients, that of the prior
    among them. ``penalty`` is the block's share of the prior.
    """

    softmax: BlockResult
    words: NDArray[np.int64]
    d_in: Matrix
    penalty: float


def differentiate(
    kernel: SoftmaxKernel,
    parameters: Parameters,
    block: Block,
    consume: Consumer | None,
    prior: float = 0.0,
) -> Differentiated:
    """Return the losses of a block, its share of the prior, and the gradient of their sum.

    ``consume`` receives dW_out and db chunk by chunk, as in ``SoftmaxKernel.block``; with None
    only dW_in is computed, by two of the three products. ``prior`` is lambda.
    """
    w_in, w_out, bias = parameters

    def softmax(hidden: Matrix, targets: Csr) -> BlockResult:
        return kernel.block(hidden, w_out, bias, targets, consume, of_hidden=True)

    return differentiate_by(softmax, w_in, block, prior)


def differentiate_by(
    softmax: Softmax, w_in: Matrix, block: Block, prior: float = 0.0
) -> Differentiated:
    """Return what ``differentiate`` does, where ``softmax`` gives the losses of H and Y, and dH."""
    result = softmax(gather(block.inputs, w_in), block.targets)
    words, d_in = scatter(block.inputs, result.d_hidden)
    if not prior:
        return Differentiated(result, words, d_in, 0.0)
    _, shares = _shares_of_words(block)
    rows = w_in[words]
    d_in += (prior * shares)[:, None] * rows
    return Differentiated(result, words, d_in, _penalty(prior, shares, rows))


def mean_loss(
    kernel: SoftmaxKernel, parameters: Parameters, blocks: Iterable[Block], prior: float = 0.0
) -> MeanLoss:
    """Return the objective of some blocks per prediction, in nats; ``prior`` is lambda."""
    w_in, w_out, bias = parameters

    def softmax(hidden: Matrix, targets: Csr) -> BlockResult:
        return kernel.block(hidden, w_out, bias, targets)

    return mean_loss_by(softmax, w_in, blocks, prior)


def mean_loss_by(
    softmax: Softmax, w_in: Matrix, blocks: Iterable[Block], prior: float = 0.0
) -> MeanLoss:
    """Return what ``mean_loss`` does, where ``softmax`` gives the losses of H and Y."""
    mean = MeanLoss()
    for block in blocks:
        result = softmax(gather(block.inputs, w_in), block.targets)
        penalty = 0.0
        if prior:
            words, shares = _shares_of_words(block)
            penalty = _penalty(prior, shares, w_in[words])
        mean.add(result.loss.sum(), result.mass.sum(), penalty)
    return mean


def _shares_of_words(block: Block) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return the words in A, in rising order, and the block's share of the prior of each."""
    words, places = np.unique(block.inputs.indices, return_inverse=True)
    return words, np.asarray(np.bincount(places, block.shares, len(words)), np.float64)


def _penalty(prior: float, shares: NDArray[np.float64], rows: Matrix) -> float:
    """Return the part of the prior that some shares of some rows of W_in are."""
    squares = np.einsum("ij,ij->i", rows, rows, dtype=np.float64)
    return float(prior / 2 * (shares * squares).sum())


def log_shares(mass: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the log of each word's share of the mass, float64 (V,).

    A word without mass gets half the least share instead of none, so that no log is infinite;
    then the shares add up to a little more than one.
    """
    shares = mass / mass.sum()
    logs: NDArray[np.float64] = np.log(np.maximum(shares, shares[shares > 0].min() / 2))
    return logs


def baselines(
    source: BlockSource, size: int, what: str = ""
) -> tuple[NDArray[np.float64], Baselines]:
    """Return the target weights summed by word, float64 (V,), and the losses to compare with.

    Raises
    ------
    DataError
        If there is nothing to predict; the message begins with ``what``.
    """
    mass = np.zeros(size)
    floor = 0.0
    for block in source.blocks():
        targets = block.targets
        values = targets.data.astype(np.float64)
        mass += np.bincount(targets.indices, values, size)
        rows = np.add.reduceat(values, targets.indptr[:-1])
        floor += (rows * np.log(rows)).sum() - (values * np.log(values)).sum()
    total = mass.sum()
    if not total > 0:
        raise DataError(
            f"{what}no two words of the vocabulary stand within one window of each other, so "
            "there is nothing to learn; give text with several words a line, or lower --min-count"
        )
    shares = mass[mass > 0] / total
    unigram = float(-(shares * np.log(shares)).sum()) + 0.0  # of a single word 0, not -0
    known = None if source.pairs is None else floor / total
    return mass, Baselines(math.log(size), unigram, known)
