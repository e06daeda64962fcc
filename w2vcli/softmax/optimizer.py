"""Gradient descent: plain SGD, and AdaGrad with a step of its own for every parameter.

An optimiser owns one parameter array (a matrix, or the bias) and its state. It updates a range of
rows that has a dense gradient, or chosen rows; both in place.
"""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from w2vcli.system.compiler import Array, fast_jit


class Optimizer:
    """Updates one parameter array by its gradients.

    Parameters
    ----------
    name
        ``sgd``: w -= step * g. ``adagrad`` (Duchi et al. 2011): a += g^2, w -= step * g / sqrt(a),
        element by element, with a from 0; it does not care how large the gradients are overall.
    parameter
        (rows, d) or (rows,), float32 or float64, updated in place.
    """

    def __init__(
        self, name: Literal["adagrad", "sgd"], parameter: NDArray[np.floating[Any]]
    ) -> None:
        self.name = name
        self.parameter = parameter
        self.squares = np.zeros_like(parameter if name == "adagrad" else parameter[:0])

    def update(
        self, rows: slice | NDArray[np.int64], gradient: NDArray[np.floating[Any]], step: float
    ) -> None:
        """Update rows, each at most once, by their gradient (as many rows) and the step size."""
        if isinstance(rows, slice):
            self._update(self.parameter[rows], self.squares[rows], gradient, step)
            return
        values = self.parameter[rows]
        squares = self.squares[rows] if self.name == "adagrad" else self.squares
        self._update(values, squares, gradient, step)
        self.parameter[rows] = values
        if self.name == "adagrad":
            self.squares[rows] = squares

    def _update(
        self,
        values: NDArray[np.floating[Any]],
        squares: NDArray[np.floating[Any]],
        gradient: NDArray[np.floating[Any]],
        step: float,
    ) -> None:
        size = values.dtype.type(step)
        if self.name == "adagrad":
            _adagrad(values.reshape(-1), squares.reshape(-1), gradient.reshape(-1), size)
        else:
            values -= size * gradient


@fast_jit
def _adagrad(values: Array, squares: Array, gradient: Array, step: np.generic) -> None:
    """Take one AdaGrad step, in place; an element that has never had a gradient stays."""
    for i in range(len(values)):
        g = gradient[i]
        a = squares[i] + g * g
        squares[i] = a
        # The least normal float32 keeps 0 / 0 out; it is far below any square that counts.
        values[i] -= step * g / np.sqrt(a + np.float32(1.1754944e-38))
