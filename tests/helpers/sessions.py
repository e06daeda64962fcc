"""The sessions that README and manual show: read from Markdown, run on a terminal.

A fenced block is a session if its language is ``console``: lines that begin with ``$`` are
commands (with ``>``, their further lines), the others what they print; ``...`` stands for any
lines. Comments right above a fence tell what to do with it:

``<!-- before: COMMAND -->``
    Run this first, without showing it.
``<!-- output of: COMMAND -->``
    The block, of any language, is what this command prints, lines with ``$`` included.
``<!-- run by: FILE -->``
    Another test runs it.
``<!-- not run: REASON -->``
    It is not run, for this reason.

All blocks of a page are run in order by one shell, on a pseudo-terminal of 80 columns that knows no
colours and no cursor.
"""

import os
import pty
import re
import shlex
import signal
import subprocess
import sys
import termios
from dataclasses import dataclass, field
from pathlib import Path

SHELLS = frozenset({"console", "sh", "bash", "shell", "zsh", "python"})
"""The languages of blocks that somebody may want to copy and run."""

_FENCE = re.compile(r"```(\S*)\s*$")
_MARK = re.compile(r"<!-- (before|output of|run by|not run): (.*?) -->\s*$")
_SEPARATOR = "\x1e"


@dataclass(frozen=True)
class Command:
    """A command of a session, what it is shown to print, and where in the page that stands."""

    text: str
    shown: list[str]
    first: int
    """The place of the first shown line among the lines of the page."""
    hidden: bool = False


@dataclass(frozen=True)
class Block:
    """A fenced block."""

    language: str
    line: int
    """The number of its first line, from 1."""
    lines: list[str]
    marks: list[tuple[str, str]] = field(default_factory=list)

    def marked(self, name: str) -> str | None:
        """The text of the first mark of a name."""
        return next((text for mark, text in self.marks if mark == name), None)

    @property
    def commands(self) -> list[Command]:
        """What to run, the hidden commands first; none if it is not to be run here."""
        if self.marked("not run") or self.marked("run by"):
            return []
        found = [Command(text, [], 0, True) for mark, text in self.marks if mark == "before"]
        if command := self.marked("output of"):
            return [*found, Command(command, self.lines, self.line - 1)]
        if self.language == "python":
            code = shlex.quote("\n".join(self.lines))
            return [*found, Command(f"{shlex.quote(sys.executable)} -c {code}", [], 0, True)]
        return found + (self._session() if self.language == "console" else [])

    def _session(self) -> list[Command]:
        found: list[Command] = []
        for number, line in enumerate(self.lines, self.line):
            if line.startswith("$ "):
                found.append(Command(line[2:], [], number))
            elif line.startswith("> ") and not found[-1].shown:
                found[-1] = Command(f"{found[-1].text}\n{line[2:]}", [], number)
            else:
                found[-1].shown.append(line)
        return found


def blocks(page: str) -> list[Block]:
    """Return the fenced blocks of a page."""
    found: list[Block] = []
    marks: list[tuple[str, str]] = []
    opened: Block | None = None
    for number, line in enumerate(page.splitlines(), 1):
        fence = _FENCE.match(line)
        if opened is not None:
            if fence:
                found.append(opened)
                opened = None
            else:
                opened.lines.append(line)
        elif fence:
            opened = Block(fence[1], number + 1, [], marks)
            marks = []
        elif mark := _MARK.match(line):
            marks.append((mark[1], mark[2]))
        else:
            marks = []
    assert opened is None, "a fenced block has no end"
    return found


# --- running ----------------------------------------------------------------------------


class Shell:
    """Runs commands on a terminal, with ``w2vcli`` on the path."""

    def __init__(self, programs: Path) -> None:
        """Put what runs ``w2vcli`` into the folder ``programs``."""
        programs.mkdir(exist_ok=True)
        program = programs / "w2vcli"
        program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m w2vcli "$@"\n')
        program.chmod(0o755)
        unwanted = {"FORCE_COLOR", "TTY_COMPATIBLE", "LC_ALL", "LINES"}
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in unwanted and (name[:7] != "W2VCLI_" or name == "W2VCLI_CACHE_DIR")
        }
        path = f"{programs}{os.pathsep}{os.environ['PATH']}"
        self.environment = kept | {
            "PATH": path, "TERM": "dumb", "COLUMNS": "80", "LANG": "C.UTF-8", "TZ": "UTC",
        }  # fmt: skip

    def run(self, commands: list[str], folder: Path) -> list[tuple[int, list[str]]]:
        """Run commands in one shell; return the exit code and the lines of each."""
        mark = f"printf '{_SEPARATOR}%d{_SEPARATOR}' $?"
        script = "".join(f"{command}\n{mark}\n" for command in commands)
        master, slave = pty.openpty()
        attributes = termios.tcgetattr(slave)
        attributes[1] &= ~termios.OPOST  # newlines stay as they are
        termios.tcsetattr(slave, termios.TCSANOW, attributes)
        termios.tcsetwinsize(slave, (25, 80))
        shell = subprocess.Popen(
            ["/bin/sh", "-c", script],
            cwd=folder, env=self.environment, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=slave, stderr=slave,
        )  # fmt: skip
        os.close(slave)
        try:
            shown = _read(master)
        finally:
            os.close(master)
            if shell.poll() is None:
                try:
                    shell.wait(10)
                except subprocess.TimeoutExpired:
                    os.killpg(shell.pid, signal.SIGKILL)
        parts = shown.split(_SEPARATOR)
        assert len(parts) == 2 * len(commands) + 1, f"the shell ended early: {shown}"
        return [
            (int(code), text.replace("\r", "").splitlines())
            for text, code in zip(parts[:-1:2], parts[1::2], strict=True)
        ]


def _read(terminal: int) -> str:
    """Read all that is written to a terminal."""
    shown = b""
    while True:
        try:
            part = os.read(terminal, 1 << 16)
        except OSError:  # Linux's way to say that the other end is closed
            part = b""
        if not part:
            return shown.decode()
        shown += part
