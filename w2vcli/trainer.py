"""The training loop: starting point, passes of gradient descent, and their records.

``Trainer.run`` yields what happens and prints nothing; when it is exhausted, the matrices are the
model. Everything random comes from the seed, and nothing depends on the number of threads.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2vcli.blocks import Block, BlockSource
from w2vcli.cooccurrence import Csr
from w2vcli.errors import DivergedError, UsageError
from w2vcli.kernel import SoftmaxKernel, Team
from w2vcli.objective import Mean, baselines, differentiate, mean_loss
from w2vcli.optimizer import Optimizer
from w2vcli.parallel import one_ahead
from w2vcli.spectral import spectral_start
from w2vcli.training_options import TrainingOptions

WARM_UP_STEPS = 50


@dataclass(frozen=True)
class Progress:
    """A block is done: where the run is."""

    pass_number: int
    passes: int
    blocks_done: int
    blocks: int
    loss: float


@dataclass(frozen=True)
class PassReport:
    """A pass is done.

    Attributes
    ----------
    pass_number, passes
        Which, from 1, and of how many.
    loss
        The mean loss in nats per prediction over all predictions of the pass, each taken when its
        block was met, before the block's update. float64.
    validation_loss
        The mean loss on the held-out text with the parameters after the pass, or None.
    seconds
        Wall time of the pass.
    """

    pass_number: int
    passes: int
    loss: float
    validation_loss: float | None
    seconds: float


@dataclass(frozen=True)
class FinalReport:
    """The run is done: the exact mean losses of the final parameters, in nats per prediction."""

    loss: float
    validation_loss: float | None
    seconds: float


class Trainer:
    """One training run.

    Parameters
    ----------
    source
        The corpus as blocks.
    size
        V.
    options
        How to train; resolved.
    team
        The threads to use, entered.
    validation
        Held-out blocks, or None.

    Attributes
    ----------
    w_in, w_out, bias
        float32 (V, d), (V, d), (V,): the parameters, updated in place.
    baselines
        Losses to compare with.
    history
        For each pass, and for the final parameters, the losses; plain values.

    Raises
    ------
    UsageError
        If options do not fit together.
    DataError
        If the corpus, or the held-out text, has nothing to predict.
    """

    def __init__(
        self,
        source: BlockSource,
        size: int,
        options: TrainingOptions,
        team: Team,
        validation: BlockSource | None = None,
    ) -> None:
        self._source = source
        self._validation = validation
        self._options = options.resolved()
        self._team = team
        self.history: list[dict[str, Any]] = []
        self._random = np.random.default_rng(options.seed)
        self._unigram, self.baselines = baselines(source, size)
        if validation is not None:
            baselines(validation, size, "the held-out text: ")
        self.w_in = np.zeros((size, options.dim), dtype=np.float32)
        self.w_out = np.zeros((size, options.dim), dtype=np.float32)
        self.bias = np.zeros(size, dtype=np.float32)
        if options.bias:
            # A word that is never predicted gets half the least mass instead of none.
            unigram = self._unigram / self._unigram.sum()
            self.bias[:] = np.log(np.maximum(unigram, unigram[unigram > 0].min() / 2))

    def start(self, pairs: Csr | None) -> None:
        """Set the starting point: spectral where ``pairs`` are given, else random."""
        dim = self._options.dim
        if pairs is not None:
            self.w_in[:], self.w_out[:] = spectral_start(
                pairs, dim, self._random, self._team.threads
            )
        if not self.w_in.any():
            # Chosen, or forced: where no pair is more frequent than chance, the PMI has no
            # positive part, and its factors are zero.
            reach = 0.5 / dim
            self.w_in[:] = self._random.uniform(-reach, reach, self.w_in.shape)

    def run(self) -> Iterator[Progress | PassReport | FinalReport]:
        """Train, yielding a report after each block, each pass, and the last of all.

        Raises
        ------
        UsageError
            If both matrices are zero: then nothing but the bias could ever move.
        DivergedError
            If the loss or a parameter stops being finite.
        """
        if not self.w_in.any() and not self.w_out.any():
            raise UsageError("both matrices are zero: no gradient can ever leave that point")
        options = self._options
        begin = time.monotonic()
        kernel = SoftmaxKernel(self._rows(), len(self.bias), np.float32, self._team)
        in_pass = len(self._source)
        descent = _Descent(self, kernel, options, options.passes * in_pass)
        for number in range(1, options.passes + 1):
            pass_begin = time.monotonic()
            loss = Mean()
            blocks = one_ahead(self._source.blocks(self._random), self._team.threads)
            for done, block in enumerate(blocks, start=1):
                loss.add(*descent.step(block))
                if not math.isfinite(loss.total):
                    raise self._diverged(number, descent.step_size, "the loss")
                yield Progress(number, options.passes, done, in_pass, loss.value)
            for name, values in (("W_in", self.w_in), ("W_out", self.w_out), ("b", self.bias)):
                if not np.isfinite(values).all():
                    raise self._diverged(number, descent.step_size, f"a value of {name}")
            held_out = self._evaluate(kernel, self._validation)
            self.history.append({"loss": loss.value, "validation_loss": held_out})
            yield PassReport(
                number, options.passes, loss.value, held_out, time.monotonic() - pass_begin
            )
        final = self._evaluate(kernel, self._source)
        assert final is not None
        if not (math.isfinite(final) and math.isfinite(held_out or 0.0)):
            raise self._diverged(options.passes, descent.step_size, "the loss")
        self.history.append({"loss": final, "validation_loss": held_out, "final": True})
        yield FinalReport(final, held_out, time.monotonic() - begin)

    def centred(self) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Return W_in, W_out and b with the mean vector as origin: the same model.

        The softmax does not see a vector that is added to every row of W_out: each score changes
        by the same h c. What is added to every row of W_in changes score j by u_j c, which the
        bias takes up (without a bias W_in stays). So the loss leaves both origins free, and
        cosines, which depend on them, deserve a choice: the mean under the unigram is zero.
        """
        share = self._unigram / self._unigram.sum()
        w_out = self.w_out - (share @ self.w_out).astype(np.float32)
        if not self._options.bias:
            return self.w_in, w_out, self.bias
        mean = (share @ self.w_in).astype(np.float32)
        return self.w_in - mean, w_out, self.bias + w_out @ mean

    def _rows(self) -> int:
        held_out = self._validation.largest if self._validation else 0
        return max(self._source.largest, held_out)

    def _evaluate(self, kernel: SoftmaxKernel, source: BlockSource | None) -> float | None:
        """Return the exact mean loss over all predictions of a source, or None without one."""
        if source is None:
            return None
        return mean_loss(kernel, self, one_ahead(source.blocks(), self._team.threads)).value

    def _diverged(self, number: int, step: float, what: str) -> DivergedError:
        largest = max(
            float(np.linalg.norm(np.nan_to_num(m, posinf=0, neginf=0).astype(float), axis=1).max())
            for m in (self.w_in, self.w_out)
        )
        return DivergedError(
            f"training diverged in pass {number}: {what} is no longer finite (step size "
            f"{step:.3g}, largest finite vector norm {largest:.3g}); no model was written; "
            "lower --lr"
        )


class _Descent:
    """The optimisers of the three parameters, and one step of all of them."""

    def __init__(
        self, trainer: Trainer, kernel: SoftmaxKernel, options: TrainingOptions, steps: int
    ) -> None:
        assert options.lr is not None
        self._lr, self._steps, self._done = options.lr, steps, 0
        self._kernel = kernel
        self._trainer = trainer
        self._mean_gradient = options.optimizer == "sgd"
        self._w_in = Optimizer(options.optimizer, trainer.w_in)
        self._w_out = Optimizer(options.optimizer, trainer.w_out)
        self._bias = Optimizer(options.optimizer, trainer.bias) if options.bias else None
        self.step_size = 0.0

    def step(self, block: Block) -> tuple[float, float]:
        """Update the parameters by a block; return its loss before that, and its weight."""
        warm_up = min(1.0, (self._done + 1) / min(WARM_UP_STEPS, max(1, self._steps // 10)))
        self.step_size = self._lr * warm_up * (1 - self._done / self._steps)
        self._done += 1
        # SGD follows the mean gradient per position of the text; AdaGrad is blind to scale.
        step = self.step_size / (block.positions if self._mean_gradient else 1.0)

        def consume(
            words: slice, d_words: NDArray[np.floating[Any]], d_bias: NDArray[np.floating[Any]]
        ) -> None:
            self._w_out.update(words, d_words, step)
            if self._bias:
                self._bias.update(words, d_bias, step)

        softmax, words, d_in = differentiate(self._kernel, self._trainer, block, consume)
        self._w_in.update(words, d_in, step)
        return softmax.loss.sum(), softmax.weight.sum()
