"""The progress bar of a run, on a terminal; a log gets a line per event instead."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Protocol

from w2vcli.cli.console import results_on_terminal
from w2vcli.cli.messages import note, seconds, shows_progress

if TYPE_CHECKING:
    from w2vcli.counts.shard_progress import ShardProgress

LOG_SECONDS = 30.0
"""Between two lines of a log on work that goes on."""


class Meter(Protocol):
    """Shows how far a run has come."""

    def update(self, done: float, message: str) -> None:
        """Show the share done, from 0 to 1, and a word on it."""
        ...


class _SilentMeter:
    def update(self, done: float, message: str) -> None:
        """Show nothing: a log gets a line per event instead."""


class Reading(Protocol):
    """How far the reading of a corpus has come: ``text.corpus.Progress``, asked now and then."""

    @property
    def done(self) -> int:
        """The bytes read so far, as they are stored."""
        ...

    total: int | None
    text: int
    finished: bool


@contextmanager
def meter(what: str, reading: Reading | None = None, then: str = "counting") -> Iterator[Meter]:
    """Show a progress bar on a terminal, with the time elapsed and, once it is known, left.

    Parameters
    ----------
    what
        The name of the first stage.
    reading
        Looked at several times a second, until ``Meter.update`` is first called: shows the share
        that is read, or how much if the whole is not known.
    then
        The name of the stage after reading.
    """
    if not shows_progress():
        yield _SilentMeter()
        return
    shown = None if reading is None else partial(_shown_reading, reading, what, then)
    with _bar(what, shown) as bar:
        yield bar


@contextmanager
def shard_meter(shards: "ShardProgress") -> Iterator[None]:
    """Show how far the work on shards has come: by a bar, or in a log now and then by a line.

    Parameters
    ----------
    shards
        A terminal looks at it several times a second, a log whenever it has advanced.
    """
    log = _ShardLog(shards)
    shards.advanced = log.advanced
    if not shows_progress():
        yield
        return
    with _bar("planning", partial(_shown_shards, shards)):
        yield


class _ShardLog:
    """Tells a log of the work on shards, and everybody what was taken up."""

    def __init__(self, shards: "ShardProgress") -> None:
        self._shards = shards
        self._last = seconds()
        self._told = False

    def advanced(self) -> None:
        """Tell how far it has come, unless that was told just now."""
        shards = self._shards
        if shards.taken_up and not self._told:
            self._told = True
            many = "s" * (shards.taken_up != 1)
            note(f"took up {shards.taken_up:,} shard{many} that an earlier run had finished")
        if not shows_progress() and shards.done and seconds() - self._last >= LOG_SECONDS:
            self._last = seconds()
            left = shards.seconds_left
            note(_shard_message(shards) + ("" if left is None else f", {_clock(left)} left"))


def _shown_shards(shards: "ShardProgress") -> tuple[float, float | None, str]:
    """Return the share that is done, of 1 (None if unknown), and a description."""
    share = shards.share
    message = _shard_message(shards) if shards.total else shards.stage or "planning"
    return (0, None, message) if share is None else (share, 1.0, message)


def _shard_message(shards: "ShardProgress") -> str:
    """Say how far the work on shards has come."""
    parts = [f"{shards.stage}: {shards.done:,} of {shards.total:,} {shards.unit}"]
    if (rate := shards.tokens_a_second) > 0:
        parts.append(f"{rate:,.0f} tokens/s")
    parts.append(f"{shards.workers:,} worker{'s' * (shards.workers != 1)}")
    return ", ".join(parts)


@contextmanager
def _bar(
    what: str, shown: "Callable[[], tuple[float, float | None, str]] | None"
) -> Iterator[Meter]:
    """Show a bar; ``shown`` is looked at: how much is done, of how much, and a description."""
    from rich.console import Console, RenderableType
    from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
    from rich.table import Column
    from rich.text import Text

    class Share(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text("" if task.total is None else f"{task.percentage:3.0f}%")

    class Times(ProgressColumn):
        def render(self, task: Task) -> Text:
            left = task.time_remaining
            text = f"{_clock(task.elapsed or 0.0)} elapsed"
            return Text(text if left is None else f"{text}, {_clock(left)} left")

    class Bar(Progress):
        stage = ""
        is_watched = shown is not None

        def get_renderables(self) -> Iterable[RenderableType]:
            if shown is not None and self.is_watched and self.tasks:
                done, total, message = shown()
                task = self.tasks[0]
                stage, _, _ = message.partition(":")
                if stage != self.stage and total is not None:
                    self.stage = stage
                    self.reset(task.id, total=total)  # its time left is another
                self.update(task.id, completed=done, total=total, description=message)
                task.total = total  # as ``update`` takes None for no change
            return super().get_renderables()

        def show(self, done: float, message: str) -> None:
            task = self.tasks[0].id
            if self.is_watched or self.tasks[0].total is None:
                self.is_watched = False
                self.reset(task, total=1.0)
            self.update(task, completed=done, description=message)

    class BarMeter:
        def update(self, done: float, message: str) -> None:
            progress.show(done, message)

    with Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        Share(),
        Times(table_column=Column(no_wrap=True)),  # the bar gets shorter first
        console=Console(stderr=True, force_terminal=True),
        transient=True,
        # Rich would send our results to standard error, to keep them clear of the bar.
        redirect_stdout=results_on_terminal(),
    ) as progress:
        progress.add_task(what, total=None)
        yield BarMeter()


def _shown_reading(reading: Reading, what: str, then: str) -> tuple[float, float | None, str]:
    """Return how much is done, of how much (None if unknown), and a description."""
    if reading.finished:
        return 0, None, then
    if reading.total:
        return reading.done, reading.total, what
    return 0, None, f"{what}, {reading.text / 1e6:,.1f} MB so far" if reading.text else what


def _clock(seconds: float) -> str:
    """Write seconds as hours, minutes and seconds."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"
