"""Output: the only module that writes to the standard streams.

Results go to standard output, everything else to standard error. A terminal gets tables and a
progress bar; a pipe gets tab-separated lines, a log file one line with its time per event.
"""

import io
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from typing import IO, Any, Protocol, TextIO

from w2vcli.cli.escaping import json_line, printable, tab_separated
from w2vcli.errors import StorageError

_RESULT_BYTES = 1 << 16


class ClosedPipe(Exception):  # noqa: N818 - it is the quiet end of a pipeline, not an error
    """The reader of our standard output is gone."""


def prepare_streams() -> None:
    """Make the standard streams safe to use, however the process was started."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            # Started with it closed ("2>&-"): the next file opened, perhaps the model, would
            # get its number, and all that is written to the stream.
            os.open(os.devnull, os.O_RDWR)
    if isinstance(sys.stdout, TextIOWrapper):
        if sys.stdout.isatty():
            sys.stdout.reconfigure(errors="backslashreplace")
        else:
            sys.stdout.reconfigure(encoding="utf-8")  # like the corpora, whatever the locale


def write(line: str) -> None:
    """Write a line of results to standard output, at once, or with others (``together``).

    Raises
    ------
    ClosedPipe
        If its reader is gone.
    StorageError
        If it cannot be written.
    """
    if _held:
        _held[-1].append(line)
        return
    with _writing() as stdout:
        stdout.write(line + "\n")
        stdout.flush()


_held: list[list[str]] = []
"""The lines of each block of ``together`` that is being executed."""


@contextmanager
def together() -> Iterator[None]:
    """Write the results of a block when it ends, all at once: to flush each is slow.

    Raises
    ------
    ClosedPipe, StorageError
        At the end of the block, as ``write``.
    """
    _held.append([])
    try:
        yield
    finally:
        if lines := _held.pop():
            write("\n".join(lines))


def write_bytes(text: bytes) -> None:
    """Write a piece of text in UTF-8 to standard output; errors are those of ``write``."""
    with _writing() as stdout:
        stdout.buffer.write(text)
        stdout.buffer.flush()


@contextmanager
def _writing() -> Iterator[TextIO]:
    """Give standard output, and turn failures to write to it into errors of ours."""
    if sys.stdout is None:
        raise StorageError("standard output is closed; send it to a file or a pipe")
    try:
        yield sys.stdout
    except BrokenPipeError:
        silence_stdout()
        raise ClosedPipe from None
    except OSError as error:
        silence_stdout()
        raise StorageError(
            f"standard output: could not be written: {error.strerror}; nothing more was printed"
        ) from None


@contextmanager
def text_results() -> Iterator[IO[bytes]]:
    """Give a binary stream for results in UTF-8; on a terminal they are made safe to print.

    Raises
    ------
    ClosedPipe, StorageError
        As ``write``.
    """
    with io.BufferedWriter(_Results(), _RESULT_BYTES) as stream:
        yield stream


class _Results(io.RawIOBase):
    """Standard output, for bytes of text."""

    def __init__(self) -> None:
        self._rest = b""

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:  # noqa: ANN401 - bytes in any form
        if results_on_terminal():
            *lines, self._rest = (self._rest + bytes(data)).split(b"\n")
            for line in lines:
                write(printable(line.decode()))
        else:
            write_bytes(bytes(data))
        return len(data)


def silence_stdout() -> None:
    """Keep the interpreter from failing once more when it flushes at exit."""
    if sys.stdout is not None:
        _silence(sys.stdout)


def _silence(stream: TextIO) -> None:
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)


def write_json(value: dict[str, Any]) -> None:
    """Write one JSON object as a line of results; numbers that are not finite become null."""
    write(json_line(value))


def write_row(cells: Iterable[str]) -> None:
    """Write cells as a line of results, separated by tabs."""
    write(tab_separated(cells))


@contextmanager
def feed() -> Iterator[Callable[[dict[str, Any]], None]]:
    """Give a ``write_json`` for results along the way, which must not cost the work its end.

    If they cannot be written, no more are, and the error is raised when the block is done.
    """
    failures: list[ClosedPipe | StorageError] = []

    def send(value: dict[str, Any]) -> None:
        if not failures:
            try:
                write_json(value)
            except (ClosedPipe, StorageError) as failure:
                failures.append(failure)

    yield send
    if failures:
        raise failures[0]


def on_terminal() -> bool:
    """Return whether standard error is a terminal."""
    return sys.stderr is not None and sys.stderr.isatty()


def note(message: str) -> None:
    """Write a message to the terminal or the log."""
    _say(f"{_time()}{message}")


def _time() -> str:
    """Return the time for the start of a line in a log; nothing on a terminal."""
    return "" if on_terminal() else time.strftime("%Y-%m-%dT%H:%M:%SZ ", time.gmtime())


def write_help(text: str) -> None:
    """Write a help page to standard error, for a command line that is wrong."""
    for line in text.splitlines():
        _say(line)


def separate() -> None:
    """Leave a line free on a terminal; a log has no use for it."""
    if on_terminal():
        _say("")


def complain(message: str) -> None:
    """Write an error or a warning to the terminal or the log."""
    _say(f"{_time()}w2vcli: {message}")


def complain_at_once(message: str) -> None:
    """Write an error from within a signal handler: without a buffer, which may be in use."""
    # A progress bar has hidden the cursor, and stands in this line.
    start = "\r\x1b[K\x1b[?25h" if on_terminal() else ""
    with suppress(OSError):
        line = f"{start}{_time()}w2vcli: {printable(message)}\n"
        os.write(2, line.encode(errors="backslashreplace"))


def _say(message: str) -> None:
    """Write a line to standard error; a failure to do so cannot be reported anywhere."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(printable(message) + "\n")
        sys.stderr.flush()
    except OSError:
        _silence(sys.stderr)


def growing_table(titles: Sequence[str]) -> Callable[[Sequence[str]], None]:
    """Begin a table whose rows are written as they come, and return what writes one.

    The last cell of a row is text. A pipe gets the cells between tabs, and no titles.
    """
    if not results_on_terminal():
        return write_row
    widths = [max(len(title), 12) for title in titles[:-1]]

    def write_aligned(cells: Sequence[str]) -> None:
        numbers = zip(cells, widths, strict=False)
        write("  ".join([*(f"{cell:>{width}}" for cell, width in numbers), printable(cells[-1])]))

    write_aligned(titles)
    return write_aligned


def results_on_terminal() -> bool:
    """Return whether standard output is a terminal."""
    return sys.stdout is not None and sys.stdout.isatty()


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
    if not on_terminal():
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
        console=Console(stderr=True),
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
