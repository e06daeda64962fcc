"""Messages: what the program says of its work, on standard error and in a log file.

A terminal gets them as they are, anything else a line each that begins with its time, or is an
object of JSON. A log file gets every message, whatever is left out on standard error.
"""

import os
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, TextIO, TypeAlias

from w2vcli.cli.escaping import json_line, printable
from w2vcli.system.log_file import LogFile

Level: TypeAlias = Literal["debug", "info", "warning", "error"]
_WARNING = "warning: "


@dataclass
class _Manner:
    """How messages are given: the options of every command."""

    quiet: bool = False
    verbose: bool = False
    as_json: bool = False
    log: LogFile | None = None
    command: str | None = None
    began: float = 0.0
    chosen: bool = False
    told: bool = False  # that the log file cannot be written


_manner = _Manner()


def reset() -> None:
    """Forget how messages were to be given: a new command line begins."""
    global _manner
    if _manner.log:
        _manner.log.close()
    _manner = _Manner(began=time.monotonic())


def choose(*, quiet: bool, verbose: bool, as_json: bool, command: str | None) -> None:
    """Say how messages are to be given.

    Parameters
    ----------
    quiet
        Only warnings and errors on standard error, and no progress.
    verbose
        Also what ``detail`` is told.
    as_json
        Each message as an object of JSON, in the log file, and on standard error where that is no
        terminal.
    command
        The command at work.
    """
    _manner.quiet, _manner.verbose, _manner.as_json = quiet, verbose, as_json
    _manner.command, _manner.chosen = command, True


def log_to(log: LogFile) -> None:
    """Append every message to a file, too, from now on."""
    _manner.log = log


def chosen() -> bool:
    """Return whether ``choose`` was called for this command line."""
    return _manner.chosen


def is_verbose() -> bool:
    """Return whether ``detail`` tells anything."""
    return _manner.verbose


def seconds() -> float:
    """Return the seconds since the command line began."""
    return time.monotonic() - _manner.began


def on_terminal() -> bool:
    """Return whether standard error is a terminal."""
    return sys.stderr is not None and sys.stderr.isatty()


def shows_progress() -> bool:
    """Return whether there is a terminal for bars and pictures of work that goes on."""
    return on_terminal() and not _manner.quiet


def note(message: str, on_screen: Sequence[str] | None = None) -> None:
    """Tell of work that goes well; ``on_screen`` are the lines of a terminal in its place."""
    _tell("info", message, on_screen=on_screen)


def detail(message: str) -> None:
    """Tell what only ``--verbose`` asks for."""
    if _manner.verbose:
        _tell("debug", message)


def complain(message: str, code: int | None = None) -> None:
    """Tell of an error, or of a warning if it begins with ``warning:``.

    ``code`` is the exit code to which an error leads.
    """
    if message.startswith(_WARNING):
        _tell("warning", message.removeprefix(_WARNING))
    else:
        _tell("error", message, code)


def complain_at_once(message: str, code: int) -> None:
    """Tell of an error from within a signal handler: without a buffer, which may be in use."""
    _log("error", message, code)
    if on_terminal():
        # A progress bar has hidden the cursor, and stands in this line.
        bar = "" if os.environ.get("TERM") == "dumb" else "\r\x1b[K\x1b[?25h"
        line = bar + printable(_plain("error", message))
    else:
        line = _line("error", message, code)
    with suppress(OSError):
        os.write(2, f"{line}\n".encode(errors="backslashreplace"))


def show(line: str) -> None:
    """Show a line of a picture on a terminal; it is for nobody else."""
    if shows_progress():
        _write(printable(line))


def separate() -> None:
    """Leave a line free on a terminal; a log has no use for it."""
    show("")


def write_help(text: str) -> None:
    """Show a help page on a terminal, for a command line that is wrong."""
    for line in text.splitlines():
        _write(printable(line))


def _tell(
    level: Level, message: str, code: int | None = None, on_screen: Sequence[str] | None = None
) -> None:
    _log(level, message, code)
    if _manner.quiet and level in ("debug", "info"):
        return
    if not on_terminal():
        _write(_line(level, message, code))
        return
    for line in [message] if on_screen is None else on_screen:
        _write(printable(_plain(level, line)))


def _plain(level: Level, message: str) -> str:
    """Return a message as a terminal shows it."""
    if level in ("debug", "info"):
        return message
    return f"w2vcli: {_WARNING if level == 'warning' else ''}{message}"


def _line(level: Level, message: str, code: int | None) -> str:
    """Return a message as a line of a log."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    if not _manner.as_json:
        return printable(f"{now} {_plain(level, message)}")
    said: dict[str, Any] = {"time": now, "level": level, "command": _manner.command}
    said |= {"message": message} | ({} if code is None else {"exit_code": code})
    return json_line(said)


def _log(level: Level, message: str, code: int | None) -> None:
    """Append a message to the log file; that it fails must not end the work, and is told once."""
    log = _manner.log
    if log is None:
        return
    try:
        log.append(_line(level, message, code))
    except OSError as error:
        if not _manner.told:
            _manner.told = True
            _tell(
                "warning",
                f"--log-file {log.path}: it cannot be written: {error.strerror}; the work goes on "
                "without it",
            )


def _write(line: str) -> None:
    """Write a line to standard error; a failure to do so cannot be reported anywhere."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
    except OSError:
        silence(sys.stderr)


def silence(stream: TextIO) -> None:
    """Let a stream lead nowhere: the interpreter would fail once more when it flushes at exit."""
    with suppress(OSError):  # of a process that may open no further file
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)


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
    if not shows_progress() or kind == "dumb":
        return False
    try:
        letters.encode(sys.stderr.encoding)
    except (LookupError, UnicodeError):
        return False
    return letters.isascii() or kind != "linux"
