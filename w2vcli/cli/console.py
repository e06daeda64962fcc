"""Output: only this module and ``messages`` write to the standard streams.

Results go to standard output, everything else, by ``messages``, to standard error. A terminal gets
tables and a progress bar; a pipe gets tab-separated lines, a log file one line with its time per
event.
"""

import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from typing import IO, Any, TextIO

from w2vcli.cli import messages
from w2vcli.cli.escaping import json_line, printable, tab_separated
from w2vcli.cli.messages import columns as columns
from w2vcli.cli.messages import complain as complain
from w2vcli.cli.messages import complain_at_once as complain_at_once
from w2vcli.cli.messages import detail as detail
from w2vcli.cli.messages import draws as draws
from w2vcli.cli.messages import note as note
from w2vcli.cli.messages import on_terminal as on_terminal
from w2vcli.cli.messages import separate as separate
from w2vcli.cli.messages import show as show
from w2vcli.cli.messages import write_help as write_help
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
        messages.silence(sys.stdout)


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
