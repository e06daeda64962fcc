"""The progress bar of a run, on a terminal; a log gets a line per event instead."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol

from w2vcli.cli.console import results_on_terminal
from w2vcli.cli.messages import shows_progress


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
    from rich.console import Console, RenderableType
    from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
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
        watched = reading

        def get_renderables(self) -> Iterable[RenderableType]:
            if self.watched is not None and self.tasks:
                done, total, message = _shown_reading(self.watched, what, then)
                task = self.tasks[0]
                self.update(task.id, completed=done, total=total, description=message)
                task.total = total  # as ``update`` takes None for no change
            return super().get_renderables()

        def show(self, done: float, message: str) -> None:
            task = self.tasks[0].id
            if self.watched is not None or self.tasks[0].total is None:
                self.watched = None
                self.reset(task, total=1.0)
            self.update(task, completed=done, description=message)

    class BarMeter:
        def update(self, done: float, message: str) -> None:
            progress.show(done, message)

    with Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        Share(),
        Times(),
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
