"""The warm start: a new run that begins where an old model ended.

Words that the old model knows take its rows, of both matrices and the bias. A new word has no row
there, but it has pair counts, and so a row in the spectral start; the linear map that takes the
spectral rows of the known words nearest to their old rows (least squares, each word weighing its
count, with a constant) takes it into the old model's space.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from w2vcli.errors import UsageError
from w2vcli.model import Model


class Parameters(Protocol):
    """W_in, W_out and b: float32 (V, d), (V, d), (V,)."""

    w_in: NDArray[np.float32]
    w_out: NDArray[np.float32]
    bias: NDArray[np.float32]


@dataclass(frozen=True)
class WarmStart:
    """An old model and a new vocabulary.

    Attributes
    ----------
    model
        The old model.
    rows
        int64 (V,): for each word of the new vocabulary its row in the old model, -1 for none.
    """

    model: Model
    rows: NDArray[np.int64]

    @classmethod
    def of(cls, model: Model, words: list[str], arch: str, dim: int) -> "WarmStart":
        """Find words in an old model.

        Raises
        ------
        UsageError
            If it knows none of them, or is of another kind.
        DataError
            If it does not say how it was trained.
        """
        there = (model.options.arch, model.w_in.shape[1])
        if there != (arch, dim):
            raise UsageError(
                f"--warm-start: the old model is of --arch {there[0]} --dim {there[1]}, this run "
                f"of --arch {arch} --dim {dim}; give the same options"
            )
        rows = np.array([model.ids.get(word, -1) for word in words], dtype=np.int64)
        if (rows < 0).all():
            raise UsageError(
                "--warm-start: the old model knows no word of this corpus; is it the right model?"
            )
        return cls(model, rows)

    @property
    def words(self) -> dict[str, int]:
        """How many words are ``kept`` from the old model, are ``new``, and are ``gone``."""
        kept = int((self.rows >= 0).sum())
        return {
            "kept": kept,
            "new": len(self.rows) - kept,
            "gone": len(self.model.words) - kept,
        }

    def apply(
        self, start: Parameters, counts: NDArray[np.int64], *, spectral: bool, bias: bool
    ) -> None:
        """Turn a start without an old model into a warm one, in place.

        Parameters
        ----------
        start
            The start.
        counts
            int64 (V,): how often each word occurs.
        spectral
            Whether it is the spectral one; the rows of another are not mapped.
        bias
            Whether there is a bias.
        """
        known = self.rows >= 0
        rows = self.rows[known]
        # Solved by singular values, so that too few known words, or rows of zeros, do no harm.
        weights = np.sqrt(np.maximum(counts[known], 1).astype(np.float64))[:, None]
        for ours, old in ((start.w_in, self.model.w_in), (start.w_out, self.model.w_out)):
            if spectral and not known.all():
                spectrum = np.column_stack([ours, np.ones(len(ours))]).astype(np.float64)
                sides = spectrum[known] * weights, old[rows] * weights
                linear = np.linalg.lstsq(*sides, rcond=None)[0]
                ours[~known] = spectrum[~known] @ linear
            ours[known] = old[rows]
        if bias and self.model.options.bias:
            shift = np.average(
                self.model.bias[rows].astype(np.float64) - start.bias[known],
                weights=weights[:, 0] ** 2,
            )
            start.bias[~known] += np.float32(shift)
            start.bias[known] = self.model.bias[rows]
