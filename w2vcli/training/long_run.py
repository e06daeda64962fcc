"""Whether a run will take more than a few minutes, and what would shorten it.

The operations of a run are known at its start: 6 B V d for each block. Where a slow machine
would need a while for them, a few blocks with a part of V are measured; short runs measure nothing.
Nothing of it reaches the model.
"""

import numpy as np

from w2vcli.softmax.blocks import Block
from w2vcli.softmax.csr import Csr
from w2vcli.system.threads import Team
from w2vcli.text.vocabulary import Selection, Vocabulary
from w2vcli.training.closing import HEAD_WORDS
from w2vcli.training.events import LongRun, Shorter
from w2vcli.training.pace import Bench
from w2vcli.training.recipe import Training

LONG = 180.0
"""Seconds: what is more is a few minutes."""

LEAST_COUNTS = (10, 20, 50)
"""Of the vocabularies that are proposed."""

_SLOW = 2e10  # operations a second of each thread, fewer than most processors do
_WORDS = 8192  # of a block that is measured


def long_run(
    training: Training, words: Selection | Vocabulary, team: Team, final_loss: bool = True
) -> LongRun | None:
    """Return how long a run takes and what would shorten it; None if that is a few minutes at most.

    Parameters
    ----------
    training
        The run, at its start or where it is resumed.
    words
        How its vocabulary was chosen.
    team
        The threads to use, entered.
    final_loss
        Whether the exact loss is computed in the end.
    """
    options, size = training.options, len(training.corpus.vocabulary)
    left, rows = training.trainer.blocks_left(final_loss), training.trainer.block_rows
    operations = 6.0 * rows * size * options.dim
    if sum(left) * operations < LONG * _SLOW * team.threads:
        return None
    bench = Bench(options, min(size, _WORDS), rows, team)
    each = rows * bench.words
    step = bench.step(iter(_blocks(rows, bench.words, 4))) / each
    forward = bench.forward(iter(_blocks(rows, bench.words, 3))) / each
    steps, losses = (number * rows * size for number in left)
    seconds = (steps * step, losses * forward)
    if sum(seconds) < LONG:
        return None
    return LongRun(sum(seconds), size, options.dim, _shorter(training, words, seconds))


def _blocks(rows: int, size: int, number: int) -> list[Block]:
    """Return blocks with one target for each row."""
    words = np.arange(rows, dtype=np.int32) % size
    inputs = Csr(np.arange(rows + 1, dtype=np.int64), words, np.ones(rows))
    targets = Csr(inputs.indptr, words, np.ones(rows, np.float32))
    return [Block(inputs, targets, float(rows), np.ones(rows))] * number


def _shorter(
    training: Training, words: Selection | Vocabulary, seconds: tuple[float, float]
) -> Shorter | None:
    """Return the largest of some smaller vocabularies that halves the time, or the smallest."""
    given = isinstance(words, Vocabulary)
    counts = (words if isinstance(words, Vocabulary) else training.corpus.vocabulary).counts
    size, found = len(counts), None
    for least in LEAST_COUNTS:
        fewer = int((counts >= least).sum())
        if not 0 < fewer < size:
            continue
        share = fewer / size
        # A block costs by the words; how many there are, too, where all of them are visited.
        visited = min(fewer, HEAD_WORDS) / min(size, HEAD_WORDS)
        if training.options.method != "grouped":
            visited = 1.0
        elif not training.options.closing:
            visited = share
        every = share if training.options.method == "grouped" else 1.0
        takes = seconds[0] * share * visited + seconds[1] * share * every
        option = f"--max-vocab {fewer}" if given else f"--min-count {least}"
        found = Shorter(option, fewer, takes)
        if takes <= sum(seconds) / 2:
            break
    return found
