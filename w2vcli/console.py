"""What people and pipes see: the only module that writes to a terminal, the only user of rich.

Results go to standard output, everything else to standard error. A terminal gets tables and a
progress bar; a pipe gets tab-separated lines, a log file one line with its time per event.
"""

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from w2vcli.errors import StorageError

if TYPE_CHECKING:
    from rich.console import Console


class ClosedPipe(Exception):  # noqa: N818 - it is the quiet end of a pipeline, not an error
    """Whoever read our standard output has gone."""


def write(line: str) -> None:
    """Write a line of results to standard output, at once.

    Raises
    ------
    ClosedPipe
        If nobody reads any more.
    StorageError
        If it cannot be written.
    """
    try:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        _silence_stdout()
        raise ClosedPipe from None
    except OSError as error:
        _silence_stdout()
        raise StorageError(
            f"standard output: could not be written: {error.strerror}; nothing more was printed"
        ) from None


def _silence_stdout() -> None:
    """Keep the interpreter from failing once more when it flushes at exit."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)


def write_json(value: dict[str, Any]) -> None:
    """Write one JSON object as a line of results."""
    write(json.dumps(value, ensure_ascii=False))


def note(message: str) -> None:
    """Say something to the person, or to the log: with the time, where it is not a terminal."""
    if not sys.stderr.isatty():
        message = f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {message}"
    print(message, file=sys.stderr, flush=True)  # noqa: T201 - the one place that prints


def complain(message: str) -> None:
    """Write an error or warning, without time or decoration, to standard error."""
    print(f"w2vcli: {message}", file=sys.stderr, flush=True)  # noqa: T201


def _stdout_console() -> "Console":
    from rich.console import Console

    return Console(file=sys.stdout, highlight=False)


def write_rows(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write results: a table with its title on a terminal, else one tab-separated line per row.

    The pipe's lines begin with the title as a field of their own.
    """
    if not sys.stdout.isatty():
        for row in rows:
            write("\t".join([title, *row]))
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title), title_justify="left", title_style="bold")
    for name, sample in zip(columns, rows[0] if rows else columns, strict=True):
        numeric = sample.replace(".", "").lstrip("-").isdigit()
        table.add_column(name, justify="right" if numeric else "left")
    for row in rows:
        table.add_row(*map(Text, row))
    _stdout_console().print(table)


class Meter(Protocol):
    """Shows how far a run has come."""

    def update(self, done: float, message: str) -> None:
        """Show the share done, from 0 to 1, and a word on it."""
        ...


class _SilentMeter:
    def update(self, done: float, message: str) -> None:
        """Show nothing: a log gets a line per event instead."""


@contextmanager
def meter(what: str) -> Iterator[Meter]:
    """Show a progress bar with the time left on a terminal, and nothing elsewhere."""
    if not sys.stderr.isatty():
        yield _SilentMeter()
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as progress:
        task = progress.add_task(what, total=1.0)

        class Bar:
            def update(self, done: float, message: str) -> None:
                progress.update(task, completed=done, description=message)

        yield Bar()
