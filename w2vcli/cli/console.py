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
from typing import IO, Any, TextIO

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


def columns() -> int:
    """Return how wide the terminal of the messages is; 80 where it does not say."""
    try:
        return int(os.environ["COLUMNS"])
    except (KeyError, ValueError):
        with suppress(OSError, AttributeError):
            return os.get_terminal_size(sys.stderr.fileno()).columns or 80
        return 80


def draws(letters: str = "") -> bool:
    """Return whether messages go to a terminal that can show a picture, made of these letters.

    A dumb one, such as that of an editor, gets no pictures. The console of Linux has fonts of few
    letters, whatever its encoding.
    """
    kind = os.environ.get("TERM", "")
    if not on_terminal() or kind == "dumb":
        return False
    try:
        letters.encode(sys.stderr.encoding)
    except (LookupError, UnicodeError):
        return False
    return letters.isascii() or kind != "linux"


def results_on_terminal() -> bool:
    """Return whether standard output is a terminal."""
    return sys.stdout is not None and sys.stdout.isatty()
