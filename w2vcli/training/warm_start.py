"""The warm start: a new run that begins where an old model ended.

Words that the old model knows take its rows, of both matrices and the bias, and its AdaGrad sums.
A new word has no row there, but it has pair counts: the positive PMI of these, multiplied by the
old rows of the other matrix, is a step of the power iteration whose end is the spectral start
(``spectral``). The linear map that takes these products for the known words nearest to their old
rows (least squares, each word weighing its count, with a constant) takes them into the old model's
space. That costs about a third of the spectral start itself, and is as good. A run that is to be
short then visits the new words as often as one from the start would: they have all to learn yet.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from w2vcli.errors import UsageError
from w2vcli.softmax.csr import Csr
from w2vcli.training.options import DEFAULT_PASSES, TrainingOptions
from w2vcli.training.spectral import positive_pmi, times
from w2vcli.training.trainer import Trainer
from w2vcli.vectors.model import Model

_ROWS = 4096


@dataclass(frozen=True)
class WarmStart:
    """An old model and a new vocabulary.

    Attributes
    ----------
    model
        The old model.
    rows
        int64 (V,): for each word of the new vocabulary its row in the old model, -1 for none.
    passes
        How many the new run has.
    """

    model: Model
    rows: NDArray[np.int64]
    passes: float

    @classmethod
    def of(cls, model: Model, words: list[str], options: TrainingOptions) -> "WarmStart":
        """Find words in an old model.

        Raises
        ------
        UsageError
            If it knows none of them, or was trained with options that do not go with the new.
        DataError
            If it does not say how it was trained, or a number in its vectors is not finite.
        """
        old = TrainingOptions.of(model)
        for name, then, now in (
            ("arch", old.arch, options.arch),
            ("dim", model.w_in.shape[1], options.dim),
            ("optimizer", old.optimizer, options.optimizer),
            ("bias", old.bias, options.bias),
        ):
            if then != now:
                given = [f"--{'' if value else 'no-'}bias" for value in (then, now)]
                if name != "bias":
                    given = [f"--{name} {value}" for value in (then, now)]
                raise UsageError(
                    f"--warm-start: the old model was trained with {given[0]}, this run has "
                    f"{given[1]}; give the same"
                )
        rows = np.array([model.ids.get(word, -1) for word in words], dtype=np.int64)
        if (rows < 0).all():
            raise UsageError(
                "--warm-start: the old model knows no word of this corpus; is it the right model?"
            )
        for matrix in (model.w_in, model.w_out):
            model.check_finite(np.einsum("ij,ij->i", matrix, matrix))
        assert options.passes is not None
        return cls(model, rows, options.passes)

    @property
    def words(self) -> dict[str, int]:
        """How many words are ``kept`` from the old model, are ``new``, and are ``gone``."""
        kept = int((self.rows >= 0).sum())
        return {"kept": kept, "new": len(self.rows) - kept, "gone": len(self.model.words) - kept}

    @property
    def visits(self) -> NDArray[np.int64]:
        """How much oftener than else a pass visits each word, int64 (V,)."""
        more = max(1, round(DEFAULT_PASSES / self.passes))
        return np.where(self.rows < 0, more, 1)

    def apply(
        self,
        trainer: Trainer,
        counts: NDArray[np.int64],
        pairs: Csr | None,
        threads: int = 1,
    ) -> None:
        """Turn a random start into a warm one.

        Parameters
        ----------
        trainer
            The run, at its start.
        counts
            int64 (V,): how often each word occurs.
        pairs
            float32 CSR (V, V), symmetric: expected pair counts, for new words; None leaves their
            rows random.
        threads
            How many; the result does not depend on it.
        """
        known = self.rows >= 0
        rows = self.rows[known]
        model = self.model
        w_in, w_out, bias = trainer.parameters
        for ours, old in ((w_in, model.w_in), (w_out, model.w_out)):
            ours[known] = old[rows]
        if pairs is not None:
            self._map_new(trainer, counts, positive_pmi(pairs), threads)
        if TrainingOptions.of(model).bias:
            shift = np.average(
                model.bias[rows].astype(np.float64) - bias[known],
                weights=np.maximum(counts[known], 1),
            )
            bias[~known] += np.float32(shift)
            bias[known] = model.bias[rows]
        # The accumulators fade over as many passes as a cold run has: if they only grew, the steps
        # of every night would be smaller than those of the night before.
        assert model.squares is not None
        accumulators = np.zeros((3, len(known)), np.float32)
        accumulators[:, known] = model.squares[:, rows] * max(0.0, 1 - self.passes / DEFAULT_PASSES)
        trainer.load_accumulators(accumulators)

    def _map_new(
        self, trainer: Trainer, counts: NDArray[np.int64], ppmi: Csr, threads: int
    ) -> None:
        """Set the rows of the new words of both matrices, of which the others are set."""
        known = self.rows >= 0
        weights = np.where(known, np.maximum(counts, 1), 0).astype(np.float64)
        products = []
        w_in, w_out, _ = trainer.parameters
        for other in (w_out, w_in):
            of_known = np.where(known[:, None], other, np.float32(0))
            products.append(times(ppmi, of_known, threads))
        for ours, product in zip((w_in, w_out), products, strict=True):
            linear = _least_squares(product, ours, weights)
            ours[~known] = _with_constant(product[~known]) @ linear


def _least_squares(
    features: NDArray[np.float32], targets: NDArray[np.float32], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the linear map from features, with a constant, that comes nearest to targets.

    By the normal equations, in pieces: they are small, however many rows there are.
    """
    square = np.zeros((features.shape[1] + 1,) * 2)
    right = np.zeros((len(square), targets.shape[1]))
    for start in range(0, len(features), _ROWS):
        some = slice(start, start + _ROWS)
        rows = _with_constant(features[some])
        weighted = rows.T * weights[some]
        square += weighted @ rows
        right += weighted @ targets[some]
    # By singular values: that there are few known words, or zeros, does no harm.
    return np.asarray(np.linalg.lstsq(square, right, rcond=None)[0], np.float64)


def _with_constant(features: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.column_stack([features, np.ones(len(features))]).astype(np.float64)
