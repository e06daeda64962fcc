"""What the sections of the page of ``explain`` share: the example, and how numbers are written."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from w2vcli.learning.example import Step, WorkedExample
    from w2vcli.learning.example_values import Intermediates
    from w2vcli.softmax.sweeps import Matrix

_COLUMNS = 3  # of a vector; two vectors beside each other fit 80 columns


@dataclass(frozen=True)
class Page:
    """The example, and values that several sections share."""

    example: "WorkedExample"
    cbow: bool
    bias: bool
    smoothing: float
    prior: float

    @property
    def words(self) -> list[str]:
        """The vocabulary."""
        return self.example.words

    @property
    def step(self) -> "Step":
        """The first step, which the page shows."""
        return self.example.steps[0]

    @property
    def centre(self) -> str:
        """The centre word."""
        return self.words[self.example.tokens[self.example.position]]

    @property
    def contexts(self) -> int:
        """The number of context words."""
        return len(self.example.context)

    @cached_property
    def between(self) -> "Intermediates":
        """The numbers on the way through the first step."""
        from w2vcli import intermediates

        return intermediates(self.example, self.step)

    @property
    def n(self) -> float:
        """The sum of the target weights: C for skip-gram, 1 for CBOW, if there is no smoothing."""
        return self.example.n

    @property
    def single(self) -> bool:
        """Whether one word is to be predicted, rather than C of them."""
        return self.cbow or self.contexts == 1

    @property
    def smoothed(self) -> bool:
        """Whether the targets are smoothed."""
        return self.smoothing != 1

    @property
    def n_p(self) -> str:
        """The formula for n p: C context words share one softmax."""
        return "p" if self.n == 1 else f"{short(self.n)} p"

    @property
    def given(self) -> frozenset[int]:
        """The words in x."""
        return frozenset(self.example.x.nonzero()[0].tolist())

    @property
    def predicted(self) -> frozenset[int]:
        """The words in y."""
        return frozenset(self.example.y.nonzero()[0].tolist())


def headings(name: str, matrix: "Matrix") -> list[str]:
    """Name the columns of a vector, as many as ``_vector`` shows."""
    dim = matrix.shape[1]
    if dim <= _COLUMNS:
        return [f"{name}{k + 1}" for k in range(dim)]
    return [*(f"{name}{k + 1}" for k in range(_COLUMNS - 1)), f"..{name.strip()}{dim}"]


def blanks(matrix: "Matrix") -> list[str]:
    """Fill the columns of a vector beside a single number."""
    return [""] * (min(matrix.shape[1], _COLUMNS) - 1)


def vector(values: "Matrix", places: int = 4) -> list[str]:
    """Show a vector; of a long one, the first elements and the last."""
    if len(values) > _COLUMNS:
        return [*vector(values[: _COLUMNS - 1], places), *vector(values[-1:], places)]
    return [written(value, places) for value in values.tolist()]


def written(value: float, places: int = 4) -> str:
    """Show a number with its decimals, or with its exponent where it is large."""
    if abs(value) >= 1e5:
        return f"{value:.3e}"
    return f"{round(float(value), places) + 0:.{places}f}"  # + 0: no minus before a zero


def short(value: float) -> str:
    """Show a count, or the share of a word, as short as it is."""
    return f"{value:.4g}"
