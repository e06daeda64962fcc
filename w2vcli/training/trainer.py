"""The training loop: starting point, passes of gradient descent, and the record of their losses.

``Trainer.run`` yields events and prints nothing; when it ends, the parameters are the model's.
Everything random comes from the seed, and nothing depends on the number of threads.
"""

import math
import time
from collections.abc import Callable, Generator, Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2vcli.errors import DivergedError, UsageError
from w2vcli.softmax.blocks import Block, BlockSource
from w2vcli.softmax.csr import Csr
from w2vcli.softmax.objective import (
    Differentiated,
    MeanLoss,
    Parameters,
    differentiate_by,
    log_shares,
    mean_loss_by,
)
from w2vcli.softmax.optimizer import Optimizer, Optimizers
from w2vcli.softmax.output_layer import OpenOutput, Output, OutputLayer, output_here
from w2vcli.system.threads import Team, prefetch
from w2vcli.training.closing import ClosingPass
from w2vcli.training.curve import Point, parts_of_a_pass
from w2vcli.training.events import (
    Evaluating,
    Event,
    FinalReport,
    PassReport,
    Progress,
    TrainerState,
)
from w2vcli.training.input_rows import InputRows
from w2vcli.training.options import TrainingOptions
from w2vcli.training.spectral import spectral_start

WARM_UP_STEPS = 50
_NAMES = ("input", "output", "bias")  # of the parameters in a checkpoint


def _nothing() -> None:
    """Do nothing more."""


class Trainer:
    """One training run.

    Parameters
    ----------
    source
        The corpus as blocks.
    unigram
        float64 (V,): the target weights of each word, summed over the blocks (``baselines``).
    options
        How to train.
    team
        The threads to use, entered.
    validation
        Held-out blocks, or None.
    closing
        The closing pass over the source, or None.
    rows
        Of which rows of W_in the words of the source are made; None for one row for each.
    open_output
        Where W_out and b lie while the run descends: on this machine, unless told otherwise.

    Attributes
    ----------
    parameters
        W_in, (R, d), W_out, (V, d), and b in float32, updated in place; where W_out and b lie
        elsewhere, they are up to date in ``state``, and at the end of ``run``.
    rows
        Of which rows of W_in words are made.
    optimizers
        The optimisers of the parameters.
    history
        For each pass, and for the final parameters, the losses, and the prior's part; plain values.
    points
        The points of the curve (``curve``) so far.
    passes
        How many passes are made, in whole blocks: 1.5 where the second is half of one. The closing
        pass comes after them.

    Raises
    ------
    UsageError
        If options do not fit together.
    """

    def __init__(
        self,
        source: BlockSource,
        unigram: NDArray[np.float64],
        options: TrainingOptions,
        team: Team,
        validation: BlockSource | None = None,
        closing: ClosingPass | None = None,
        open_output: OpenOutput = output_here,
        rows: InputRows | None = None,
    ) -> None:
        self.rows = rows or InputRows(len(unigram))
        self._source = self.rows.blocks(source)
        self._validation = self.rows.blocks(validation) if validation else None
        self._closing = closing
        self._open_output = open_output
        self._output: OutputLayer | None = None
        self._options = options.resolved()
        self._team = team
        self.history: list[dict[str, Any]] = []
        self.points: list[Point] = []
        self._since_point = MeanLoss()
        self._random = np.random.default_rng(options.seed)
        self._unigram = unigram
        size = len(unigram)
        self.parameters = Parameters(
            np.zeros((self.rows.count, options.dim), dtype=np.float32),
            np.zeros((size, options.dim), dtype=np.float32),
            np.zeros(size, dtype=np.float32),
        )
        if options.bias:
            self.parameters.bias[:] = log_shares(unigram)
        self.optimizers = Optimizers(
            *(Optimizer(options.optimizer, values) for values in self.parameters)
        )
        self._begin_pass(1)
        self._step_size = 0.0
        assert self._options.passes is not None
        self._steps = max(1, round(self._options.passes * len(source)))
        self.passes = self._steps / len(source)
        self._parts = parts_of_a_pass(self.passes, len(source))

    def start(self, pairs: Csr | None) -> None:
        """Set the starting point: spectral where ``pairs`` are given, else random."""
        dim = self._options.dim
        w_in, w_out, _ = self.parameters
        if pairs is not None:
            start, w_out[:] = spectral_start(pairs, dim, self._random, self._team.threads)
            self.rows.place(w_in, start, self._team.threads)
        if not w_in.any():
            # The spectral start is zero too where no pair is more frequent than by chance.
            reach = 0.5 / dim
            w_in[:] = self._random.uniform(-reach, reach, w_in.shape)
            self.rows.clear(w_in)
        self._begin_pass(1)

    @property
    def vectors(self) -> NDArray[np.float32]:
        """The vectors of the words, float32 (V, d): W_in, or what its rows make of them."""
        return self.rows.vectors(self.parameters.w_in)

    def run(self, final_loss: bool = True) -> Iterator[Event]:
        """Train, and yield an event after each block, after each pass, and at the end.

        At each event ``state`` is where the run stands; a restored trainer continues from there.
        Without ``final_loss`` that of the final parameters is not computed, and None where it
        would be; the parameters are the same.

        Raises
        ------
        UsageError
            If both matrices are zero: only the bias could ever change.
        DivergedError
            If the loss or a parameter stops being finite.
        """
        if not self.parameters.w_in.any() and not self.parameters.w_out.any():
            raise UsageError("both matrices are zero: no gradient can ever leave that point")
        begin = time.monotonic()
        with self._open_output(self._of_output()) as output:
            self._output = output
            try:
                yield from self._passes(output)
                final = None
                if final_loss:
                    final = yield from self._evaluate(output, self._source, self._options.prior)
                output.fetch()
            finally:
                self._output = None
        losses: dict[str, float | None] = {
            "loss": final.value if final else None,
            "prior": final.prior if final else None,
            "validation_loss": self.history[-1]["validation_loss"],
        }
        if not all(math.isfinite(loss or 0.0) for loss in losses.values()):
            raise self._diverged("the loss")
        self.history.append(losses | {"final": True})
        yield FinalReport(**losses, seconds=time.monotonic() - begin)

    def _of_output(self) -> Output:
        """Return what the output layer is made of."""
        held_out = self._validation.largest if self._validation else 0
        _, w_out, bias = self.optimizers
        rows = max(self._source.largest, held_out)
        return Output(rows, w_out, bias, self._options.bias, self._team)

    def _passes(self, output: OutputLayer) -> Iterator[Event]:
        """Make all that is left of the passes."""
        while self._pass <= self._last:
            self._random.bit_generator.state = self._random_before
            blocks = self._source.blocks(self._random, skip=self._done)
            # Unlike ``islice``, ``zip`` starts the iterator even if no block is left: it draws
            # random numbers, on which the next pass depends.
            left = range(self._steps - self._blocks_before)
            chosen = (block for block, _ in zip(blocks, left, strict=False))
            yield from self._pass_of(output, chosen, partial(self._step, output))
        closing = self._closing
        if closing and self._pass == self._last + 1:
            output.fetch()
            closing.begin(self.parameters, self._team, lift=self._done == 0)
            blocks = closing.blocks(self._done)
            step = partial(closing.step, output, self.parameters.w_in)
            yield from self._pass_of(output, blocks, step, partial(self._end_closing, closing))

    def _pass_of(
        self,
        output: OutputLayer,
        blocks: Iterator[Block],
        step: Callable[[Block], Differentiated],
        end: Callable[[], object] = _nothing,
    ) -> Iterator[Event]:
        """Make what is left of a pass: a step with each of its blocks, its end, the report."""
        begin = time.monotonic()
        number, closing = self._pass, self._pass > self._last
        for block in prefetch(blocks, self._team.threads):
            softmax, _, _, penalty = step(block)
            self._loss.add(softmax.loss.sum(), softmax.mass.sum(), penalty)
            self._done += 1
            if not math.isfinite(self._loss.total + self._loss.penalty):
                raise self._diverged("the loss")
            point = None if closing else self._point(softmax.loss.sum(), softmax.mass.sum())
            share, loss = self._share, self._loss.value
            yield Progress(number, self.passes, closing, share, loss, self.done, point)
        end()
        output.fetch()
        self._check_finite()
        held_out = yield from self._held_out_loss(output)
        seconds = time.monotonic() - begin
        loss, prior = self._loss.value, self._loss.prior
        record = {"loss": loss, "prior": prior, "validation_loss": held_out}
        self.history.append(record | ({"closing": True} if closing else {}))
        self._begin_pass(number + 1)
        yield PassReport(number, self.passes, closing, loss, prior, held_out, seconds)

    def _end_closing(self, closing: ClosingPass) -> None:
        """End the closing pass, once: after its blocks it may have one more thing to do."""
        if self._done < len(closing):
            closing.end(self.parameters.w_in)
            self._done += 1

    @property
    def _last(self) -> int:
        """The number of the last pass of gradient descent, of which perhaps only a part is made."""
        return math.ceil(self.passes)

    @property
    def _blocks_before(self) -> int:
        """How many blocks are done in all."""
        if self._pass > self._last:
            return self._steps + self._done
        return (self._pass - 1) * len(self._source) + self._done

    def _point(self, loss: float, weight: float) -> Point | None:
        """Add a block to the curve, and return the point that it completes.

        The closing pass has none: its words come in the order of their counts, and so their losses
        would fall by that alone.
        """
        self._since_point.add(loss, weight)
        done, size = self._done, len(self._source)
        is_last = done == size or self._blocks_before == self._steps
        if not is_last and done * self._parts // size == (done - 1) * self._parts // size:
            return None
        mean, self._since_point = self._since_point, MeanLoss()
        if not mean.weight:
            return None
        self.points.append(Point(round(self.done, 6), round(mean.value, 6)))
        return self.points[-1]

    @property
    def done(self) -> float:
        """How many passes are done; the closing pass counts as one."""
        if self._pass > self._last:
            closed = self._pass - self._last - 1
            return self.passes + closed + self._done / max(1, len(self._closing or ()))
        return self._pass - 1 + self._done / len(self._source)

    @property
    def block_rows(self) -> int:
        """The number of rows of most blocks."""
        return self._source.typical

    def blocks_left(self, final_loss: bool) -> tuple[int, int]:
        """Return how many blocks are left to train, and how many to compute the loss of."""
        trained = max(0, self._steps - self._blocks_before)
        if self._closing:
            trained += len(self._closing) - (self._done if self._pass > self._last else 0)
        held_out = self._validation.every if self._validation else 0
        passes = max(0, self._last - self._pass + 1) + bool(self._closing)
        return trained, passes * held_out + self._source.every * final_loss

    @property
    def _share(self) -> float:
        return self._blocks_before / (self._steps + (len(self._closing) if self._closing else 0))

    @property
    def state(self) -> TrainerState:
        """Where the run stands; its arrays are the trainer's own.

        Raises
        ------
        DivergedError
            If a parameter is not finite: no run can continue from there.
        """
        if self._output:
            self._output.fetch()
        self._check_finite()
        return TrainerState(
            self._pass,
            self._done,
            (self._loss.total, self._loss.weight, self._loss.penalty),
            self._random_before,
            [dict(record) for record in self.history],
            self._arrays(),
            tuple(self.points),
            (self._since_point.total, self._since_point.weight),
        )

    def _arrays(self) -> dict[str, NDArray[np.float32]]:
        """Return the parameters and the accumulators by their names in a checkpoint."""
        arrays = dict(zip(_NAMES, self.parameters, strict=True))
        for name, optimizer in zip(_NAMES, self.optimizers, strict=True):
            if len(optimizer.accumulators):
                arrays[f"{name}_squares"] = optimizer.accumulators
        return arrays

    def restore(self, state: TrainerState) -> None:
        """Return to the state of another run with the same source and options.

        Raises
        ------
        ValueError
            If the state does not fit this run.
        """
        ours = self._arrays()
        if {name: values.shape for name, values in ours.items()} != {
            name: values.shape for name, values in state.arrays.items()
        }:
            raise ValueError("the arrays have other shapes")
        closing = self._closing if state.pass_number > self._last else None
        if not 0 <= state.blocks_done <= len(closing or self._source):
            raise ValueError("a pass has not so many blocks")
        for name, values in ours.items():
            values[:] = state.arrays[name]
        self.history = [dict(record) for record in state.history]
        self.points = list(state.points)
        self._since_point = MeanLoss(*state.since_point)
        self._begin_pass(state.pass_number)
        self._done = state.blocks_done
        self._loss.add(*state.loss)
        self._random_before = state.random

    def _begin_pass(self, number: int) -> None:
        self._pass, self._done, self._loss = number, 0, MeanLoss()
        self._random_before = self._random.bit_generator.state

    def _step(self, output: OutputLayer, block: Block) -> Differentiated:
        """Update the parameters by a block; return what was found before."""
        step = self._step_size = self._next_step_size()
        if self._options.optimizer == "sgd":
            # SGD follows the mean gradient per position; for AdaGrad the scale does not matter.
            step /= block.positions
        softmax = partial(output.block, step=step)
        found = differentiate_by(softmax, self.parameters.w_in, block, self._options.prior)
        self.optimizers.w_in.update(found.words, found.d_in, step)
        return found

    def _next_step_size(self) -> float:
        """Return the step size of this block: it rises during warm-up, then falls to zero."""
        done = self._blocks_before
        warm_up = min(1.0, (done + 1) / min(WARM_UP_STEPS, max(1, self._steps // 10)))
        assert self._options.lr is not None
        return self._options.lr * warm_up * (1 - done / self._steps)

    def centred(self) -> Parameters:
        """Return W_in, W_out and b of the same model with the mean vectors as origins.

        A vector c added to every row of W_out changes all scores by the same h c, so the softmax
        stays the same. Added to every row of W_in, it changes score j by u_j c, which the bias can
        compensate (without a bias W_in stays). So the loss determines neither origin, but cosines
        depend on both; here the mean under the unigram becomes zero.
        """
        share = self._unigram / self._unigram.sum()
        w_in, w_out, bias = self.parameters
        w_out = w_out - (share @ w_out).astype(np.float32)
        if not self._options.bias:
            return Parameters(w_in, w_out, bias)
        mean = (share @ self.vectors).astype(np.float32)
        return Parameters(self.rows.minus(w_in, mean), w_out, bias + w_out @ mean)

    def _held_out_loss(self, output: OutputLayer) -> Generator[Evaluating, None, float | None]:
        """Return the exact mean loss on the held-out text, or None without one."""
        if self._validation is None:
            return None
        return (yield from self._evaluate(output, self._validation)).value

    def _evaluate(
        self, output: OutputLayer, source: BlockSource, prior: float = 0.0
    ) -> Generator[Evaluating, None, MeanLoss]:
        """Return the exact objective over all predictions of a source."""
        mean = MeanLoss()
        for block in prefetch(source.blocks(), self._team.threads):
            part = mean_loss_by(output.block, self.parameters.w_in, [block], prior)
            mean.add(part.total, part.weight, part.penalty)
            yield Evaluating()
        return mean

    def _check_finite(self) -> None:
        for name, values in zip(("W_in", "W_out", "b"), self.parameters, strict=True):
            if not np.isfinite(values).all():
                raise self._diverged(f"a value of {name}")

    def _diverged(self, what: str) -> DivergedError:
        largest = max(
            float(np.linalg.norm(np.nan_to_num(m, posinf=0, neginf=0).astype(float), axis=1).max())
            for m in (self.parameters.w_in, self.parameters.w_out)
        )
        return DivergedError(
            f"training diverged in pass {min(self._pass, math.ceil(self.passes))}: {what} is no "
            f"longer finite (step size {self._step_size:.3g}, largest finite vector norm "
            f"{largest:.3g}); no model was written; lower --lr"
        )
