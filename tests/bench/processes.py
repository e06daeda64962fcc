"""Commands as processes of their own: their time, their peak memory and what they say."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

# Set for every command; the test of the benchmarks has them run uncompiled.
VARIABLES: dict[str, str] = {}

HERE = Path(__file__).resolve().parent


class CommandError(Exception):
    """A command failed; the message is the command and what it said."""


@dataclass(frozen=True)
class Finished:
    """A process that has ended well: seconds of wall and processor time, bytes, text."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    stdout: str

    @property
    def costs(self):
        """Its times and its memory, for JSON."""
        return {key: getattr(self, key) for key in ("seconds", "cpu_seconds", "peak_bytes")}

    @property
    def told(self):
        """What the process wrote as JSON, on its last line."""
        return json.loads(self.stdout.splitlines()[-1])


def measured(command, stdin=None, **variables):
    """Run a command to its end; a CommandError says what it said where it fails.

    ``stdin`` is a file to read, or None for nothing.
    """
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("W2VCLI_") or name == "W2VCLI_CACHE_DIR"
    }
    command = [str(part) for part in command]
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder, "result")
        launcher = [sys.executable, "-IS", str(HERE / "launch.py"), str(result)]
        with Path(os.devnull if stdin is None else stdin).open("rb") as given:
            run = subprocess.run(
                launcher + command,
                env=environment
                | VARIABLES
                | {name: str(value) for name, value in variables.items()},
                stdin=given,
                capture_output=True,
                text=True,
                check=False,
            )
        told = json.loads(result.read_text()) if result.exists() else {"code": run.returncode}
    if told.pop("code") != 0:
        raise CommandError(f"{' '.join(command)}\nfailed:\n{run.stderr[-4000:]}")
    return Finished(**told, stdout=run.stdout)


def w2vcli(*arguments, stdin=None, **variables):
    """Run ``w2vcli`` with the interpreter of the benchmarks."""
    return measured([sys.executable, "-m", "w2vcli", *arguments], stdin, **variables)


def child(script, request, python=sys.executable):
    """Run a script of this folder with a request in JSON."""
    return measured([python, HERE / script, json.dumps(request, default=str)])
