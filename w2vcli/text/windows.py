"""Context windows: how far they reach, and how much a word at each distance weighs."""

from dataclasses import dataclass
from typing import Literal

WindowWeights = Literal["linear", "uniform"]


@dataclass(frozen=True)
class Windows:
    """The context windows of a training run.

    Attributes
    ----------
    size
        The number of words on either side, 1 or more.
    weights
        ``linear``: distance k weighs (size - k + 1) / size. ``uniform``: every distance weighs 1.
    """

    size: int = 5
    weights: WindowWeights = "linear"

    @property
    def integers(self) -> list[int]:
        """The integer weights of the distances 1, 2, ..., size."""
        return list(range(self.size, 0, -1)) if self.weights == "linear" else [1] * self.size

    @property
    def unit(self) -> int:
        """The integer weight that means 1."""
        return self.size if self.weights == "linear" else 1
