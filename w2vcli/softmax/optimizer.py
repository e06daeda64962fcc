"""Gradient descent: plain SGD, and AdaGrad with a step size of its own for every parameter.

An optimiser owns one parameter array (a matrix or the bias) and its state. It updates, in place, a
range of rows or chosen rows.
"""

from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2vcli.system.compiler import Array, fast_jit


class Optimizer:
    """Updates one parameter array by its gradients.

    Parameters
    ----------
    name
        ``sgd``: w -= step * g. ``adagrad`` (Duchi et al. 2011): a += g^2, w -= step * g / sqrt(a),
        element by element, with a = 0 at first; the scale of the gradients makes no difference.
    parameter
        (rows, d) or (rows,), float32 or float64, updated in place.

    Attributes
    ----------
    accumulators
        Shape and dtype of ``parameter``: a, the sums of squared gradients; empty for SGD.
    """

    def __init__(
        self, name: Literal["adagrad", "sgd"], parameter: NDArray[np.floating[Any]]
    ) -> None:
        self.name = name
        self.parameter = parameter
        self.accumulators = np.zeros_like(parameter if name == "adagrad" else parameter[:0])

    def update(
        self, rows: slice | NDArray[np.int64], gradient: NDArray[np.floating[Any]], step: float
    ) -> None:
        """Update rows, none of them twice, by their gradients and the step size."""
        if isinstance(rows, slice):
            self._update(self.parameter[rows], self.accumulators[rows], gradient, step)
            return
        values = self.parameter[rows]
        accumulators = self.accumulators[rows] if self.name == "adagrad" else self.accumulators
        self._update(values, accumulators, gradient, step)
        self.parameter[rows] = values
        if self.name == "adagrad":
            self.accumulators[rows] = accumulators

    def _update(
        self,
        values: NDArray[np.floating[Any]],
        accumulators: NDArray[np.floating[Any]],
        gradient: NDArray[np.floating[Any]],
        step: float,
    ) -> None:
        size = values.dtype.type(step)
        if self.name == "adagrad":
            _adagrad(values.reshape(-1), accumulators.reshape(-1), gradient.reshape(-1), size)
        else:
            values -= size * gradient


class Optimizers(NamedTuple):
    """The optimisers of the three parameters."""

    w_in: Optimizer
    w_out: Optimizer
    bias: Optimizer

    @property
    def row_accumulators(self) -> NDArray[np.float32]:
        """AdaGrad's sums of squared gradients by word, float32 (3, V); zeros for SGD.

        The means of the first V rows of W_in and of W_out, and the sums of the bias.
        """
        rows = np.zeros((3, len(self.bias.parameter)), np.float32)
        for row, optimizer in zip(rows, self, strict=True):
            if len(optimizer.accumulators):
                row[:] = optimizer.accumulators[: len(row)].reshape(len(row), -1).mean(axis=1)
        return rows

    def load(self, rows: NDArray[np.float32]) -> None:
        """Set AdaGrad's accumulators from ``row_accumulators``; SGD has none."""
        for row, optimizer in zip(rows, self, strict=True):
            if len(optimizer.accumulators):
                optimizer.accumulators[: len(row)].reshape(len(row), -1)[:] = row[:, None]


@fast_jit
def _adagrad(values: Array, accumulators: Array, gradient: Array, step: np.generic) -> None:
    """Take one AdaGrad step, in place; an element that has never had a gradient stays."""
    for i in range(len(values)):
        g = gradient[i]
        a = accumulators[i] + g * g
        accumulators[i] = a
        # The least normal float32 keeps 0 / 0 out; it is far below any square that counts.
        values[i] -= step * g / np.sqrt(a + np.float32(1.1754944e-38))
