"""How fast this machine does the work of training: about a second of the project's own code.

What is measured is the work of a run itself, on a part of its own data: pieces of its text are
counted, rows of its pair counts multiplied, and a few blocks trained, with its V, d, batch and
threads. BLAS, caches and memory are part of that. All kernels are loaded before
(``load_kernels``). Nothing of it reaches a model.
"""

import hashlib
import math
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from w2vcli.counts.cooccurrence import PairCounts, count_pairs
from w2vcli.counts.external_sum import merged, packed, written_between
from w2vcli.softmax.blocks import Block
from w2vcli.softmax.objective import Parameters, baselines, differentiate_by, mean_loss_by
from w2vcli.softmax.optimizer import Optimizer, Optimizers
from w2vcli.softmax.output_layer import Output, OutputHere
from w2vcli.system.temporary import no_room, temporary_file
from w2vcli.system.threads import Team, ordered_map, prefetch
from w2vcli.text.tokens import TokenStream
from w2vcli.text.windows import Windows
from w2vcli.training.closing import ClosingPass
from w2vcli.training.grouped import GroupedSkipGram
from w2vcli.training.options import TrainingOptions
from w2vcli.training.spectral import EXTRA_COLUMNS, positive_pmi, times
from w2vcli.training.workload import SampledCounts, TypicalBlocks

OPERATIONS = 3e10
"""Of a block that is measured, 6 B V d, at most; of a larger vocabulary only a part is."""

_PIECE = 1 << 20  # pairs that are counted by each thread
_STEPS = 3
_ROWS = 4096
_COLUMNS = 128
_MOST_DIM = 512
_MOST_WORDS = 1 << 17
_MOST_BYTES = 1 << 30
_SAVED = 1 << 22


@dataclass(frozen=True)
class CountingPace:
    """Seconds of counting pairs in a text.

    Attributes
    ----------
    token
        Of each entry of the token stream, in a thread beside the others: its pairs are written,
        sorted and summed.
    merged
        Of each entry that results when sums are merged.
    packed
        Of each entry that is packed into a temporary file, and read from it.
    matrix
        Of each distinct pair when they become a matrix.
    tokens, distinct
        The entries of a piece of the token stream, and its distinct pairs.
    """

    token: float
    merged: float
    packed: float
    matrix: float
    tokens: int
    distinct: int


@dataclass(frozen=True)
class StartPace:
    """Seconds of the losses to compare with, and of the spectral start.

    Attributes
    ----------
    baseline, pmi
        Of each entry of the matrix of pair counts.
    kept
        The share of the entries that are more frequent than by chance.
    product
        Of each of these, for each column of a product, with all threads.
    word
        Of each word in QR and SVD.
    """

    baseline: float
    pmi: float
    kept: float
    product: float
    word: float


@dataclass(frozen=True)
class BlockPace:
    """Seconds of blocks, for each row and each word of the vocabulary.

    Attributes
    ----------
    step, forward, closing
        Of a step of gradient descent, of the loss alone, and of a step of the closing pass.
    begin
        The seconds with which the closing pass begins, for each word of the vocabulary.
    """

    step: float
    forward: float
    closing: float = 0.0
    begin: float = 0.0


def seconds_of(work: Callable[[], object]) -> float:
    """Return the seconds that some work takes."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def counting_pace(stream: TokenStream, size: int, windows: Windows, threads: int) -> CountingPace:
    """Count pieces of a token stream, in all threads at once."""
    tokens = max(1, min(_PIECE // windows.size, len(stream) // threads))
    starts = np.linspace(0, len(stream) - tokens, threads).astype(int).tolist()

    def count(start: int) -> PairCounts:
        return count_pairs([stream[start : start + tokens]], size, windows)

    begin = time.perf_counter()
    counts = next(iter([*ordered_map(count, starts, threads)]))
    counting = time.perf_counter() - begin
    keys, totals = counts.keys, counts.totals
    halves = [(keys[i::2].copy(), totals[i::2].copy()) for i in range(2)]
    merging = seconds_of(lambda: merged(halves))
    building = seconds_of(lambda: counts.matrix(np.ones(size)))
    with temporary_file() as file:
        packing = seconds_of(lambda: written_between(packed([(keys, totals)], file), 0, 1 << 62))
    distinct = max(1, len(keys))
    return CountingPace(
        counting / tokens,
        merging / distinct,
        packing / distinct,
        building / distinct,
        tokens,
        distinct,
    )


def saving_pace() -> float:
    """Return the seconds of each byte that is written, with its checksum, to the disk."""
    data = np.zeros(_SAVED, np.uint8)

    def save() -> None:
        hashlib.sha256(data.data)
        with temporary_file() as file, no_room():
            file.write(data.data)
            file.flush()
            os.fsync(file.fileno())

    return seconds_of(save) / _SAVED


def start_pace(of: SampledCounts, threads: int) -> StartPace:
    """Go through the sampled rows as a spectral start goes through all of them.

    Raises
    ------
    DataError
        If there is nothing to predict.
    """
    size, matrix = len(of.counts), of.matrix
    source = GroupedSkipGram(matrix, of.counts.astype(float), of.weights.factors, of.options.batch)
    begin = time.perf_counter()
    baselines(source, size)
    entries = len(matrix.data)
    baseline = (time.perf_counter() - begin) / entries
    # A word meets others about as often as it occurs.
    totals = np.maximum(of.counts * of.weights.keep, 1e-9)
    totals *= of.totals.sum() / totals[of.rows].sum()
    begin = time.perf_counter()
    ppmi = positive_pmi(matrix, totals=totals)
    pmi = (time.perf_counter() - begin) / entries
    every = min(of.options.dim + EXTRA_COLUMNS, size)
    columns = min(every, _COLUMNS)
    basis = np.ones((size, columns), np.float32)

    def multiply(_: int) -> None:
        times(ppmi, basis)

    several = seconds_of(lambda: [*ordered_map(multiply, range(threads), threads)])
    product = several / threads / max(1, len(ppmi.data)) / columns
    tall = np.random.default_rng(0).standard_normal((max(columns, min(size, _ROWS)), columns))
    tall = tall.astype(np.float32)
    dense = 3 * seconds_of(lambda: np.linalg.qr(tall))
    dense += seconds_of(lambda: np.linalg.svd(tall, full_matrices=False))
    word = dense / len(tall) * (every / columns) ** 2
    return StartPace(baseline, pmi, len(ppmi.data) / entries, product, word)


class Bench:
    """A bench for blocks: random parameters, their optimisers, and a kernel, as a run has them.

    Parameters
    ----------
    options
        How to train; resolved.
    words
        V; where a block would take long, only a part of it is measured.
    rows
        The rows of a block.
    team
        The threads to use, entered.

    Attributes
    ----------
    words, rows
        V and B as they are measured.
    """

    def __init__(self, options: TrainingOptions, words: int, rows: int, team: Team) -> None:
        most = max(_ROWS, math.ceil(OPERATIONS / (6 * rows * options.dim)))
        self.words = min(words, most, _MOST_WORDS, max(1, _MOST_BYTES // (16 * options.dim)))
        self.rows = rows
        self._options, self._team = options, team
        random = np.random.default_rng(0)
        w_in, w_out = (
            random.random((self.words, options.dim), np.float32) * np.float32(0.1) for _ in range(2)
        )
        self.parameters = Parameters(w_in, w_out, np.zeros(self.words, np.float32))
        self._optimizers = Optimizers(
            *(Optimizer(options.optimizer, values) for values in self.parameters)
        )
        _, of_w_out, of_bias = self._optimizers
        self.output = OutputHere(Output(rows, of_w_out, of_bias, True, team))

    def step(self, blocks: Iterator[Block]) -> float:
        """Return the seconds of a step of gradient descent, the next block being made meanwhile."""
        softmax = partial(self.output.block, step=1e-3)

        def step(block: Block) -> None:
            found = differentiate_by(softmax, self.parameters.w_in, block, self._options.prior)
            self._optimizers.w_in.update(found.words, found.d_in, 1e-3)

        return self.typical(step, blocks)

    def forward(self, blocks: Iterator[Block]) -> float:
        """Return the seconds of the loss of a block."""

        def forward(block: Block) -> None:
            mean_loss_by(self.output.block, self.parameters.w_in, [block], self._options.prior)

        return self.typical(forward, blocks)

    def typical(self, work: Callable[[Block], object], blocks: Iterator[Block]) -> float:
        """Return the median seconds of work on a block; the first touches new memory."""
        spent = []
        begin = time.perf_counter()
        for block in prefetch(blocks, self._team.threads):
            work(block)
            now = time.perf_counter()
            spent.append(now - begin)
            begin = now
        return float(np.median(spent[1:] or spent))


def block_pace(of: SampledCounts, rows: int, team: Team) -> BlockPace:
    """Train a few blocks of sampled rows, and take their closing step and their loss."""
    options, more = _measured(of.options)
    bench = Bench(options, len(of.counts), rows, team)
    rows = min(rows, bench.words)
    blocks = TypicalBlocks(of, bench.words, rows)
    each = rows * bench.words / more
    step = bench.step(blocks.some(1 + _STEPS)) / each
    forward = bench.forward(blocks.some(2)) / each
    if not of.options.closing:
        return BlockPace(step, forward)
    counts = np.maximum(of.counts[: bench.words].astype(float), 1.0)
    source = GroupedSkipGram(blocks.matrix, counts, blocks.factors, rows, head=1)
    closing = ClosingPass(source, counts, max(of.options.prior, 1e-3))
    begin = seconds_of(lambda: closing.begin(bench.parameters, team, lift=True))
    begin *= more**2 / bench.words  # most of it is a product of d x d

    def step_of(block: Block) -> None:
        closing.step(bench.output, bench.parameters.w_in, block)

    return BlockPace(step, forward, bench.typical(step_of, blocks.some(2)) / each, begin)


def _measured(options: TrainingOptions) -> tuple[TrainingOptions, float]:
    """Return the options with a d that can be measured, and how many times larger d is."""
    dim = min(options.dim, _MOST_DIM)
    return replace(options, dim=dim), options.dim / dim


def streamed_pace(
    options: TrainingOptions, words: int, blocks: list[Block], team: Team
) -> BlockPace:
    """Train a few blocks along the text, and take their loss."""
    few, more = _measured(options)
    bench = Bench(few, words, max(len(block.targets.indptr) - 1 for block in blocks), team)
    each = bench.rows * bench.words / more
    return BlockPace(bench.step(iter(blocks)) / each, bench.forward(iter(blocks)) / each)
