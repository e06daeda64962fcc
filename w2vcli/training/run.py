"""A run with checkpoints: saved on the way, and stopped where its state is saved."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from w2vcli.errors import OutputError, StorageError
from w2vcli.softmax.output_layer import OutputLostError
from w2vcli.system.tensor_file import format_of
from w2vcli.training.checkpoint import FORMAT, Checkpoint
from w2vcli.training.events import (
    Event,
    FinalReport,
    NotSaved,
    PassReport,
    Position,
    Recovering,
    Saved,
)
from w2vcli.training.recipe import Training

_MOST_LOSSES = 3


@dataclass(frozen=True)
class CheckpointPolicy:
    """When a run is saved on the way, and when it stops.

    Attributes
    ----------
    path
        The checkpoint; None for none.
    seconds, passes
        Save it after so many seconds, or passes, again and again; None for never.
    until
        When to save and stop, by ``time.monotonic``.
    requested
        Returns whether the run is requested to stop.
    recovers
        Whether the run goes on from its last checkpoint, by itself, when a part of the parameters
        is lost; then the first checkpoint is saved at the start.
    """

    path: Path | None
    seconds: float | None = None
    passes: int | None = None
    until: float = math.inf
    requested: Callable[[], bool] = lambda: False
    recovers: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether a checkpoint is saved only when the run is requested to stop."""
        return not self.seconds and not self.passes and self.until == math.inf


def run(
    training: Training, policy: CheckpointPolicy, final_loss: bool = True
) -> Iterator[Event | Saved | NotSaved | Recovering]:
    """Run a training as ``Trainer.run`` does, with checkpoints, to its end or until it stops.

    A checkpoint on the way that cannot be written is reported, and the run continues: it may
    still end well. Only the one with which a run stops has to be written.

    Raises
    ------
    OutputError, StorageError
        If the checkpoint with which the run stops cannot be written. A StorageError also if a part
        of the parameters is lost again and again since the last checkpoint, or has no new place.
    UsageError, DivergedError
        As ``Trainer.run``.
    """
    if not (policy.recovers and policy.path):
        yield from _run(training, policy, final_loss)
        return
    _saved(training.checkpoint(), policy.path, stop=True)
    losses = 0
    try:
        while True:
            try:
                for event in _run(training, policy, final_loss):
                    losses = 0 if isinstance(event, Saved) else losses
                    yield event
                return
            except OutputLostError as lost:
                losses += 1
                if losses == _MOST_LOSSES:
                    raise
                why = str(lost)
            training.trainer.restore(Checkpoint.load(policy.path).state)
            state = training.trainer.state
            yield Recovering(why, Position(state.pass_number, state.blocks_done), training.curve)
    except StorageError as error:
        raise StorageError(
            f"{error}; the last checkpoint is {policy.path}, and the same command with --resume "
            "goes on from there"
        ) from error


def _run(
    training: Training, policy: CheckpointPolicy, final_loss: bool
) -> Iterator[Event | Saved | NotSaved]:
    """Run a training, from where it stands, until it ends, stops or loses something."""
    last = time.monotonic()
    for event in training.trainer.run(final_loss):
        yield event
        if isinstance(event, FinalReport):
            return
        now = time.monotonic()
        stop = policy.requested() or now >= policy.until
        due = policy.seconds is not None and now - last >= policy.seconds
        if isinstance(event, PassReport) and policy.passes is not None:
            due = due or event.pass_number % policy.passes == 0
        if policy.path is not None and (stop or due):
            yield _saved(training.checkpoint(), policy.path, stop)
            last = time.monotonic()
        if stop:
            return


def _saved(checkpoint: Checkpoint, path: Path, stop: bool) -> Saved | NotSaved:
    """Write a checkpoint; on the way, failing to is reported and not raised."""
    try:
        checkpoint.save(path)
    except (OutputError, StorageError) as error:
        if stop:
            raise
        return NotSaved(str(error))
    return Saved(path, checkpoint.state.pass_number, checkpoint.state.blocks_done, stop)


def check_checkpoint(path: Path) -> None:
    """Raise an OutputError if another file lies where the checkpoint of a run would be written.

    Such a file would be overwritten, and removed when the run ends.
    """
    try:
        other = path.exists() and not (path.is_file() and format_of(path) == FORMAT.format)
    except OSError as error:  # a name that is too long
        raise OutputError(
            f"{path}: no checkpoint can be written here: {error.strerror}; choose another output"
        ) from None
    if other:
        raise OutputError(
            f"{path}: this is not a checkpoint of w2vcli, and one would be written here; move it, "
            "or choose another output"
        )
