"""What a worked example consists of: a sentence, a window of it, and steps of training on that."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2vcli.softmax.objective import Parameters
from w2vcli.softmax.sweeps import Matrix
from w2vcli.training.options import Arch

Floats = NDArray[np.float64]


ExampleStart = Literal["random", "zeros"]


class Settings(NamedTuple):
    """The parameters of ``work_out`` that an example was made with."""

    arch: Arch
    window: int
    dim: int
    lr: float
    seed: int
    start: ExampleStart
    bias: bool
    smoothing: float
    prior: float


class Slope(NamedTuple):
    """The slope of the objective along one parameter, ``name[row]`` or ``name[row, column]``.

    ``formula`` is by the gradient, ``difference`` by (L(w + e) - L(w - e)) / 2e, L with the prior;
    ``above`` is L(w + e), ``below`` is L(w - e).
    """

    name: str
    place: tuple[int, ...]
    formula: float
    above: float
    below: float
    difference: float


@dataclass(frozen=True)
class Step:
    """One step of gradient descent on one prediction.

    Attributes
    ----------
    weights, after
        The parameters before and after the step.
    h
        (d,): the hidden vector, h = W_in' x.
    z, p
        (V,): the scores W_out h + b, and their softmax.
    loss, loss_after
        n logsumexp(z) - sum_j y_j z_j, in nats, with the parameters before and after.
    penalty, penalty_after
        The step's share of the prior, (lambda / 2) sum |v|^2, with the parameters before and after.
    residual
        (V,): dL/dz = n p - y.
    d_hidden
        (d,): dL/dh.
    gradients
        Of the loss and the prior: dL/dW_in, dL/dW_out and dL/db.
    slopes
        The slopes of the objective before the step along a few parameters.
    """

    weights: Parameters
    h: Floats
    z: Floats
    p: Floats
    loss: float
    penalty: float
    residual: Matrix
    d_hidden: Matrix
    gradients: Parameters
    after: Parameters
    loss_after: float
    penalty_after: float
    slopes: list[Slope]


@dataclass(frozen=True)
class WorkedExample:
    """A sentence, one of its windows, and training on it.

    Attributes
    ----------
    settings
        What it was made with.
    words, counts
        The vocabulary, in the order of the sentence, and the count of each word in it.
    tokens
        The sentence as indices of words.
    position
        The position of the centre word, from 0.
    context
        The positions of the context words, from 0, in rising order.
    windows
        The first and the last position of the window around each word of the sentence.
    x
        (V,): the input, a row of A: the one-hot centre word of skip-gram; in CBOW the mean of the
        one-hot context words.
    y
        (V,): the target weights, a row of Y: how often each word is to be predicted, times its
        factor.
    factors
        (V,): s, the factors of smoothing.
    shares
        (V,): the share of the prior of each input vector that belongs to this window.
    steps
        The steps, each on the same window.
    """

    settings: Settings
    words: list[str]
    counts: list[int]
    tokens: list[int]
    position: int
    context: list[int]
    windows: list[tuple[int, int]]
    x: Floats
    y: Floats
    factors: Floats
    shares: Floats
    steps: list[Step]

    @property
    def n(self) -> float:
        """The sum of the target weights: C for skip-gram, 1 for CBOW, if there is no smoothing."""
        return float(self.y.sum())

    @property
    def goal(self) -> Floats:
        """(V,): y / n, the probabilities at which the loss is least."""
        return self.y / self.n

    @property
    def floor(self) -> float:
        """The loss at these probabilities, -sum_j y_j ln (y_j / n), in nats: none is smaller."""
        predicted = self.y > 0
        return float(-(self.y[predicted] * np.log(self.goal[predicted])).sum()) + 0.0

    @property
    def slopes(self) -> list[Slope]:
        """The slopes of the first step's objective along a few parameters."""
        return self.steps[0].slopes
