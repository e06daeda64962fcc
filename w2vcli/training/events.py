"""The events that a training run reports, and the state in which it stands between two blocks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from w2vcli.training.curve import Curve, Point

if TYPE_CHECKING:
    from w2vcli.counts.parts import TextInPart
    from w2vcli.softmax.objective import Baselines
    from w2vcli.text.corpus import InputRecord
    from w2vcli.text.rules import TextRules
    from w2vcli.text.vocabulary import Selection, Vocabulary, VocabularySummary
    from w2vcli.training.options import TrainingOptions


@dataclass(frozen=True)
class Progress:
    """A block is done.

    Attributes
    ----------
    pass_number, passes, closing
        As in ``PassReport``.
    share
        How much of the whole training is done, from 0 to 1.
    loss
        The mean loss of the pass so far, in nats per prediction.
    done
        How many passes are done, such as 1.25; the closing pass counts as one.
    point
        The point of the curve that the block has completed; None for most blocks.
    """

    pass_number: int
    passes: float
    closing: bool
    share: float
    loss: float
    done: float
    point: Point | None


@dataclass(frozen=True)
class PassReport:
    """A pass is done.

    Attributes
    ----------
    pass_number, passes
        Which pass, from 1, and how many are made in all: the last may be a part of one.
    closing
        Whether it is the closing pass (``closing``), which comes after all these.
    loss
        The mean loss in nats per prediction over all predictions of the pass, each with the
        parameters before its block's update. float64.
    prior
        The part of the prior in the objective, (lambda / 2) sum |v|^2, per prediction; each block's
        share with the parameters before its update. The objective is the sum of both.
    validation_loss
        The mean loss on the held-out text with the parameters after the pass, or None.
    seconds
        Wall time of the pass.
    """

    pass_number: int
    passes: float
    closing: bool
    loss: float
    prior: float
    validation_loss: float | None
    seconds: float


@dataclass(frozen=True)
class FinalReport:
    """The run is done: the exact mean losses of the final parameters, in nats per prediction.

    ``loss`` and ``prior`` add up to the objective, as in ``PassReport``; None where they were not
    computed.
    """

    loss: float | None
    prior: float | None
    validation_loss: float | None
    seconds: float


@dataclass(frozen=True)
class Evaluating:
    """The loss of a block was computed without an update."""


Event: TypeAlias = Progress | Evaluating | PassReport | FinalReport


@dataclass(frozen=True)
class TrainerState:
    """Where a run stands between two blocks.

    Attributes
    ----------
    pass_number
        The current pass, from 1; the closing pass is the one after the last.
    blocks_done
        The number of its blocks that are done.
    loss
        Of these blocks: the sums of the losses, in nats, of the target weights, and of the shares
        of the prior.
    random
        The state of the random generator at the beginning of the pass; plain values.
    history
        ``Trainer.history``.
    arrays
        ``input``, ``output``, ``bias``; and AdaGrad's accumulators of each, ``input_squares`` and
        so on.
    points
        Of the curve, so far.
    since_point
        Of the blocks since the last of them: the sums of the losses, and of the target weights.
    """

    pass_number: int
    blocks_done: int
    loss: tuple[float, float, float]
    random: Mapping[str, Any]
    history: list[dict[str, Any]]
    arrays: dict[str, NDArray[np.float32]]
    points: tuple[Point, ...] = ()
    since_point: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class FromScratch:
    """The run starts from scratch: no ``checkpoint`` was ``found``, or one is not resumed."""

    checkpoint: Path
    found: bool


class Position(NamedTuple):
    """A place in a run: the pass, from 1, and how many of its blocks are done."""

    pass_number: int
    blocks_done: int


@dataclass(frozen=True)
class Started:
    """The run is at its starting point.

    Attributes
    ----------
    vocabulary
        The words, with their counts.
    selection, summary
        How they were chosen, and what became of the tokens of the corpus; None where a vocabulary
        was given.
    tokens
        Those of the corpus, also of words that are not in the vocabulary.
    prior
        Lambda: whether the objective has a part that is the prior's.
    warm_start
        Of a warm start, how many words were ``kept``, are ``new`` and are ``gone``; else None.
    baselines
        Losses to compare with.
    held_out
        Whether there is a held-out text.
    passes
        The number of passes, the last of which may be a part of one.
    resumed
        Where a resumed run continues; else None.
    curve
        The curve as it stands: that of a resumed run has a past.
    records
        A record of each file that was read, also of the held-out text.
    objective_changed
        Of a warm start, the values of ``smoothing`` and ``prior``, the old model's and this run's,
        where they differ.
    rules_changed
        Of a warm start, the rules by which the old model's text and this one became words, where
        they differ; else None.
    pruned
        Of a store whose counts were pruned, words rarer than what were dropped; else 0.
    in_part
        The texts of which a store has only some parts.
    options, threads
        How the run trains, with every choice made; None in no run.
    """

    vocabulary: "Vocabulary"
    selection: "Selection | None"
    summary: "VocabularySummary | None"
    tokens: int
    prior: float
    warm_start: dict[str, int] | None
    baselines: "Baselines"
    held_out: bool
    passes: float
    resumed: Position | None
    curve: Curve = field(repr=False)
    records: "list[InputRecord]" = field(default_factory=list, repr=False)
    objective_changed: dict[str, tuple[float, float]] = field(default_factory=dict, repr=False)
    rules_changed: "tuple[TextRules, TextRules] | None" = None
    pruned: int = 0
    in_part: "tuple[TextInPart, ...]" = ()
    options: "TrainingOptions | None" = field(default=None, repr=False)
    threads: int | None = None


@dataclass(frozen=True)
class Shorter:
    """What would shorten a run: an ``option``, the ``words`` it leaves, the ``seconds`` then."""

    option: str
    words: int
    seconds: float


@dataclass(frozen=True)
class LongRun:
    """The run will take more than a few minutes.

    Attributes
    ----------
    seconds
        About how many, for what is left to do.
    words, dim
        V and d, which make it long.
    shorter
        A smaller vocabulary, with which it would be shorter; None if there is none to propose.
    """

    seconds: float
    words: int
    dim: int
    shorter: Shorter | None


@dataclass(frozen=True)
class Saved:
    """A checkpoint was written to ``path``; if ``stopped``, the run ends there for now."""

    path: Path
    pass_number: int
    blocks_done: int
    stopped: bool


@dataclass(frozen=True)
class NotSaved:
    """A checkpoint could not be written, for a ``reason``; the run continues."""

    reason: str


@dataclass(frozen=True)
class Recovering:
    """A part of the parameters was lost, for a ``reason``.

    The run goes on from ``position``, with the ``curve`` as it was there.
    """

    reason: str
    position: Position
    curve: Curve = field(repr=False)


@dataclass(frozen=True)
class Kept:
    """The model before is kept as ``path``; older ones were ``removed``."""

    path: Path
    removed: list[Path]


TrainingEvent: TypeAlias = (
    FromScratch | Started | LongRun | Event | Saved | NotSaved | Recovering | Kept
)
"""What a training session reports."""
