"""How long each stage of a run will take: its work, times the pace of this machine."""

import math
from dataclasses import dataclass

from w2vcli.counts.cooccurrence import piece_length
from w2vcli.system.threads import processors
from w2vcli.training.options import TrainingOptions
from w2vcli.training.pace import BlockPace, CountingPace, StartPace
from w2vcli.training.spectral import EXTRA_COLUMNS, PRODUCTS
from w2vcli.training.workload import Blocks, Workload

_MOST_PIECES = 100_000

LOADED = 2.0
"""Seconds in which kernels are loaded at most; what is more is compiling, which happens once."""


@dataclass(frozen=True)
class Paces:
    """What was measured.

    Attributes
    ----------
    start
        The seconds until the program and its kernels are loaded.
    reading
        The seconds in which the texts were read, or the store was opened.
    counting
        The pace of counting in a text; None where the counts of a store are added up.
    adding
        The seconds in which all counts of the store were read; None for a text.
    losses
        The pace of the spectral start and the losses to compare with; None without pair counts.
    blocks
        The pace of blocks.
    saving
        The seconds of a byte that is saved.
    made
        The seconds in which a row of a block along the text is made.
    """

    start: float
    reading: float
    counting: CountingPace | None
    adding: float | None
    losses: StartPace | None
    blocks: BlockPace
    saving: float
    made: float = 0.0


@dataclass(frozen=True)
class Run:
    """What else a prediction needs to know of a run.

    Attributes
    ----------
    options
        How to train; resolved.
    threads
        The number of threads.
    stream
        The length of the token stream; 0 where counts come from a store.
    occurrences
        How often two words of the vocabulary that was measured meet in it.
    pairs
        The distinct pairs of that vocabulary.
    for_pairs
        The bytes for pair counts.
    held_out
        The blocks of a held-out text, or None.
    final_loss
        Whether the exact loss is computed in the end.
    new_words
        The share of the words that a warm start maps into the old model's space; None for a run
        from the start.
    """

    options: TrainingOptions
    threads: int
    stream: int
    occurrences: int
    pairs: int
    for_pairs: int
    held_out: Blocks | None = None
    final_loss: bool = True
    new_words: float | None = None


def seconds_of_stages(work: Workload, paces: Paces, run: Run, saved: int) -> dict[str, float]:
    """Return the seconds of each stage of a run with some vocabulary, by its name.

    Parameters
    ----------
    work
        The work with this vocabulary.
    paces
        What was measured, with the vocabulary of ``run``.
    run
        The run.
    saved
        The bytes of the model.
    """
    options, block, words = run.options, paces.blocks, work.words
    stages = {"starting": paces.start, "reading": paces.reading}

    def of_blocks(blocks: Blocks, pace: float) -> float:
        return blocks.number * blocks.rows * words * pace

    stages["counting"] = _counting(work, paces, run)
    if paces.losses and options.start == "spectral":
        stages["spectral start"] = _start(work, paces.losses, run)
    assert options.passes is not None
    passes = math.ceil(options.passes) + bool(options.closing)
    held_out = of_blocks(run.held_out, block.forward) if run.held_out else 0.0
    stages["passes"] = of_blocks(work.steps, block.step) + passes * held_out
    if options.closing and paces.losses:
        lift = work.entries * (options.dim + 1) * paces.losses.product * bool(work.lifted)
        closing = of_blocks(work.stepped, block.closing)
        stages["closing pass"] = block.begin * words + lift + closing
    if run.final_loss:
        stages["final loss"] = of_blocks(work.every, block.forward)
    stages["saving"] = saved * paces.saving
    return stages


def _start(work: Workload, pace: StartPace, run: Run) -> float:
    """Return the seconds of a spectral start, or of the part of it that maps new words."""
    kept = work.entries * pace.kept * pace.product
    if run.new_words is None:
        products = PRODUCTS * kept * (run.options.dim + EXTRA_COLUMNS)
        return work.entries * pace.pmi + products + work.words * pace.word
    return run.new_words * (work.entries * pace.pmi + 2 * kept * run.options.dim)


def _counting(work: Workload, paces: Paces, run: Run) -> float:
    """Return the seconds until the pair counts are a matrix, and gone through once."""
    losses = work.every.number * work.every.rows * paces.made
    if paces.losses:
        losses += paces.losses.baseline * work.entries
    if paces.adding is not None:
        return paces.adding + losses
    pace = paces.counting
    if pace is None or not work.pairs:
        return losses
    return summing(work, pace, run) + work.pairs * pace.matrix + losses


def summing(work: Workload, pace: CountingPace, run: Run) -> float:
    """Return the seconds until the pairs of a text are counted and summed."""
    share = work.occurrences / max(1, run.occurrences)
    sorting = run.stream * pace.token * share
    merging = merged_entries(work, pace, run) * pace.merged
    together = (sorting + merging) / min(processors(), run.threads + (run.threads > 1))
    return max(together, sorting / run.threads, merging)


def merged_entries(work: Workload, pace: CountingPace, run: Run) -> float:
    """Return how many entries result from merging in all, as ``ExternalSum`` does it.

    Distinct pairs grow with a power of the length of the text, found from a piece and the whole.
    Those that are written to the disk and read again count by what that costs.
    """
    whole, piece = run.stream, piece_length(run.options.windows, run.threads, run.for_pairs)
    if whole <= piece:
        return 0.0
    power = math.log(max(1.0, run.pairs / pace.distinct)) / math.log(max(2.0, whole / pace.tokens))
    power = min(1.0, power)

    def distinct(tokens: float) -> float:
        return float(work.pairs * (tokens / whole) ** power)

    piece = max(piece, whole // _MOST_PIECES)
    bound = run.for_pairs // 32
    runs: list[float] = []
    on_disk: list[float] = []
    entries = 0.0
    for start in range(0, whole, piece):
        runs.append(min(piece, whole - start))
        while len(runs) > 1 and distinct(runs[-2]) <= 2 * distinct(runs[-1]):
            runs[-2:] = [runs[-2] + runs[-1]]
            entries += distinct(runs[-1])
        if sum(map(distinct, runs)) > bound:
            on_disk.append(sum(runs))
            runs = []
    while len(runs) > 1:
        runs[-2:] = [runs[-2] + runs[-1]]
        entries += distinct(runs[-1])
    if on_disk:
        spilled = sum(map(distinct, on_disk + runs))
        entries += spilled * (pace.packed / pace.merged + math.log2(len(on_disk) + 1))
    return entries
