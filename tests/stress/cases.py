"""The commands that are killed: a table, and the text that they all read."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from w2vcli import cli
from w2vcli.checkpoint import Checkpoint

TEXT = "text.txt"
OUTPUT = "new"


def contents(path):
    """Return the bytes of a file, those of the files in a folder, or None."""
    if path.is_dir():
        files = (p for p in path.rglob("*") if p.is_file() and not p.name.startswith("."))
        return {str(p.relative_to(path)): p.read_bytes() for p in files}
    return path.read_bytes() if path.exists() else None


def _of_yesterday(path):
    path.write_bytes(b"the output of yesterday")


@dataclass(frozen=True)
class Case:
    """A command that writes ``new``, a file or a folder, from ``text.txt``.

    Attributes
    ----------
    arguments
        Of the command; those that let it go on from what a killed run has left are among them.
    saved
        Reads what it saves on the way, ``new.checkpoint``, and raises if that is damaged; None
        where it saves nothing.
    read
        Returns what an output says, to be compared.
    old
        Writes an output of another run.
    lock
        Where its lock is.
    run
        Runs a list of arguments, and returns the exit code.
    """

    arguments: list[str]
    saved: Callable[[Path], object] | None = None
    read: Callable[[Path], object] = contents
    old: Callable[[Path], object] = _of_yesterday
    lock: str = f".{OUTPUT}.lock"
    run: Callable[[list[str]], int] = cli.run


def _training(interval, *options):
    train = ["train", TEXT, "-o", OUTPUT, "--min-count", "1", "--dim", "20", "--json", "--resume"]
    return Case([*train, "--checkpoint-every", interval, *options], Checkpoint.load)


_GROUPED = ["--method", "grouped", "--passes", "12", "--batch", "64"]
_STREAM = ["--method", "stream", "--passes", "4"]
_CBOW = ["--arch", "cbow", "--passes", "6"]
_SGD = ["--optimizer", "sgd", "--lr", "0.02"]

CASES = {
    "build-vocab": Case(["build-vocab", TEXT, "-o", OUTPUT, "--min-count", "1"]),
    "train grouped": _training("1pass", *_GROUPED),
    "train grouped sgd": _training("0.005", *_GROUPED, *_SGD, "--start", "random"),
    "train stream": _training("0.01", *_STREAM),
    "train stream sgd": _training("1pass", *_STREAM, *_SGD),
    "train cbow": _training("0.01", *_CBOW),
    "train cbow sgd": _training("1pass", *_CBOW, *_SGD, "--start", "random"),
}


def text():
    """A text of 4,000 tokens, and up to 300 types."""
    random = Random(1)
    words = [f"w{i}" for i in range(300)]
    lines = (" ".join(random.choices(words, k=20)) for _ in range(200))
    return "\n".join(lines).encode()
