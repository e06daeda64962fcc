"""The training loop: starting point, passes of gradient descent, and their records.

``Trainer.run`` yields what happens and prints nothing; when it is exhausted, the matrices are the
model. Everything random comes from the seed, and nothing depends on the number of threads.
"""

import math
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from w2vcli.errors import DivergedError, UsageError
from w2vcli.softmax.blocks import Block, BlockSource
from w2vcli.softmax.csr import Csr
from w2vcli.softmax.kernel import SoftmaxKernel
from w2vcli.softmax.objective import Mean, baselines, differentiate, log_shares, mean_loss
from w2vcli.softmax.optimizer import Optimizer
from w2vcli.system.threads import Team, prefetch
from w2vcli.training.options import TrainingOptions
from w2vcli.training.spectral import spectral_start

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


@dataclass(frozen=True)
class Evaluating:
    """A block of a text was predicted, for its loss; nothing has changed."""


Event: TypeAlias = Progress | Evaluating | PassReport | FinalReport


@dataclass(frozen=True)
class TrainerState:
    """Where a run stands between two blocks.

    Attributes
    ----------
    pass_number
        The pass that it is in, from 1.
    blocks_done
        How many blocks of that pass are done.
    loss
        Of these blocks: the sum of the losses, in nats, and of the weights.
    random
        The state of the random generator at the beginning of that pass; plain values.
    history
        ``Trainer.history``.
    arrays
        ``input``, ``output``, ``bias``; and for AdaGrad the sums of the squared gradients of each,
        ``input_squares`` and so on.
    """

    pass_number: int
    blocks_done: int
    loss: tuple[float, float]
    random: Mapping[str, Any]
    history: list[dict[str, Any]]
    arrays: dict[str, NDArray[np.float32]]


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
    passes
        How many passes there are, the last of which may be a part of one.

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
            self.bias[:] = log_shares(self._unigram)
        parameters = {"input": self.w_in, "output": self.w_out, "bias": self.bias}
        self._optimizers = {
            name: Optimizer(options.optimizer, values) for name, values in parameters.items()
        }
        self._begin_pass(1)
        self._step_size = 0.0
        # The last pass may be a part of one.
        assert self._options.passes is not None
        self._steps = max(1, round(self._options.passes * len(source)))
        self.passes = -(-self._steps // len(source))

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
        self._begin_pass(1)

    def run(self) -> Iterator[Event]:
        """Train, yielding a report after each block, each pass, and the last of all.

        At each report ``state`` is where the run stands. A restored trainer goes on from there.

        Raises
        ------
        UsageError
            If both matrices are zero: then nothing but the bias could ever move.
        DivergedError
            If the loss or a parameter stops being finite.
        """
        if not self.w_in.any() and not self.w_out.any():
            raise UsageError("both matrices are zero: no gradient can ever leave that point")
        passes = self.passes
        begin = time.monotonic()
        kernel = SoftmaxKernel(self._rows(), len(self.bias), np.float32, self._team)
        while self._pass <= passes:
            pass_begin = time.monotonic()
            self._random.bit_generator.state = self._random_before
            in_pass = min(len(self._source), self._steps - (self._pass - 1) * len(self._source))
            blocks = self._source.blocks(self._random, skip=self._done)
            # Unlike ``islice``, ``zip`` starts the blocks even where none is left: they draw from
            # the random numbers, and the next pass depends on that.
            left = range(in_pass - self._done)
            for block, _ in prefetch(zip(blocks, left, strict=False), self._team.threads):
                self._loss.add(*self._step(kernel, block))
                self._done += 1
                if not math.isfinite(self._loss.total):
                    raise self._diverged("the loss")
                yield Progress(self._pass, passes, self._done, in_pass, self._loss.value)
            self._check_finite()
            held_out = yield from self._evaluate(kernel, self._validation)
            seconds = time.monotonic() - pass_begin
            report = PassReport(self._pass, passes, self._loss.value, held_out, seconds)
            self.history.append({"loss": report.loss, "validation_loss": held_out})
            self._begin_pass(self._pass + 1)
            yield report
        final = yield from self._evaluate(kernel, self._source)
        held_out = self.history[-1]["validation_loss"]
        assert final is not None
        if not (math.isfinite(final) and math.isfinite(held_out or 0.0)):
            raise self._diverged("the loss")
        self.history.append({"loss": final, "validation_loss": held_out, "final": True})
        yield FinalReport(final, held_out, time.monotonic() - begin)

    @property
    def state(self) -> TrainerState:
        """Where the run stands; its arrays are the trainer's own.

        Raises
        ------
        DivergedError
            If a parameter is not finite: there is no going on from there.
        """
        self._check_finite()
        return TrainerState(
            self._pass,
            self._done,
            (self._loss.total, self._loss.weight),
            self._random_before,
            [dict(record) for record in self.history],
            {
                "input": self.w_in,
                "output": self.w_out,
                "bias": self.bias,
                **{
                    f"{name}_squares": optimizer.squares
                    for name, optimizer in self._optimizers.items()
                    if len(optimizer.squares)
                },
            },
        )

    @property
    def row_squares(self) -> NDArray[np.float32]:
        """AdaGrad's sums of squared gradients, float32 (3, V): zeros for SGD.

        Means over each row of W_in and of W_out, and those of the bias.
        """
        rows = np.zeros((3, len(self.bias)), np.float32)
        for row, optimizer in zip(rows, self._optimizers.values(), strict=True):
            if len(optimizer.squares):
                row[:] = optimizer.squares.reshape(len(row), -1).mean(axis=1)
        return rows

    def take_up(self, squares: NDArray[np.float32]) -> None:
        """Let AdaGrad go on from sums as in ``row_squares``; SGD has none."""
        for row, optimizer in zip(squares, self._optimizers.values(), strict=True):
            if len(optimizer.squares):
                optimizer.squares.reshape(len(row), -1)[:] = row[:, None]

    def restore(self, state: TrainerState) -> None:
        """Go back to where another run stood that was set up in the same way.

        Raises
        ------
        ValueError
            If it was not.
        """
        ours = self.state.arrays
        if {name: values.shape for name, values in ours.items()} != {
            name: values.shape for name, values in state.arrays.items()
        }:
            raise ValueError("the arrays have other shapes")
        if not 0 <= state.blocks_done <= len(self._source):
            raise ValueError("a pass has not so many blocks")
        for name, values in ours.items():
            values[:] = state.arrays[name]
        self.history = [dict(record) for record in state.history]
        self._begin_pass(state.pass_number)
        self._done = state.blocks_done
        self._loss.add(*state.loss)
        self._random_before = state.random

    def _begin_pass(self, number: int) -> None:
        self._pass, self._done, self._loss = number, 0, Mean()
        self._random_before = self._random.bit_generator.state

    def _step(self, kernel: SoftmaxKernel, block: Block) -> tuple[float, float]:
        """Update the parameters by a block; return its loss before that, and its weight."""
        step = self._step_size = self._next_step_size()
        if self._options.optimizer == "sgd":
            # SGD follows the mean gradient per position of the text; AdaGrad is blind to scale.
            step /= block.positions

        def consume(
            words: slice, d_words: NDArray[np.floating[Any]], d_bias: NDArray[np.floating[Any]]
        ) -> None:
            self._optimizers["output"].update(words, d_words, step)
            if self._options.bias:
                self._optimizers["bias"].update(words, d_bias, step)

        softmax, words, d_in = differentiate(kernel, self, block, consume)
        self._optimizers["input"].update(words, d_in, step)
        return softmax.loss.sum(), softmax.weight.sum()

    def _next_step_size(self) -> float:
        """Return the step size at this block: up for a while, then down to zero at the end."""
        done = (self._pass - 1) * len(self._source) + self._done
        warm_up = min(1.0, (done + 1) / min(WARM_UP_STEPS, max(1, self._steps // 10)))
        assert self._options.lr is not None
        return self._options.lr * warm_up * (1 - done / self._steps)

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

    def _evaluate(
        self, kernel: SoftmaxKernel, source: BlockSource | None
    ) -> Generator[Evaluating, None, float | None]:
        """Return the exact mean loss over all predictions of a source, or None without one."""
        if source is None:
            return None
        mean = Mean()
        for block in prefetch(source.blocks(), self._team.threads):
            part = mean_loss(kernel, self, [block])
            mean.add(part.total, part.weight)
            yield Evaluating()
        return mean.value

    def _check_finite(self) -> None:
        for name, values in (("W_in", self.w_in), ("W_out", self.w_out), ("b", self.bias)):
            if not np.isfinite(values).all():
                raise self._diverged(f"a value of {name}")

    def _diverged(self, what: str) -> DivergedError:
        largest = max(
            float(np.linalg.norm(np.nan_to_num(m, posinf=0, neginf=0).astype(float), axis=1).max())
            for m in (self.w_in, self.w_out)
        )
        return DivergedError(
            f"training diverged in pass {min(self._pass, self.passes)}: {what} is no "
            f"longer finite (step size {self._step_size:.3g}, largest finite vector norm "
            f"{largest:.3g}); no model was written; lower --lr"
        )
