"""The commands that are killed: a table, and the text that they all read."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from helpers.segment_scenes import found

from w2vcli.cli import app as cli
from w2vcli.counts.store import Store
from w2vcli.errors import InputError
from w2vcli.text.corpus import Corpus
from w2vcli.training.checkpoint import Checkpoint
from w2vcli.training.options import TrainingOptions

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
    needs_old
        Whether the command needs that.
    lock
        Where its lock is.
    run
        Runs a list of arguments, and returns the exit code.
    """

    arguments: list[str]
    saved: Callable[[Path], object] | None = None
    read: Callable[[Path], object] = contents
    old: Callable[[Path], object] = _of_yesterday
    needs_old: bool = False
    lock: str = f".{OUTPUT}.lock"
    run: Callable[[list[str]], int] = cli.run


def _training(interval, *options):
    train = ["train", TEXT, "-o", OUTPUT, "--min-count", "1", "--dim", "20", "--json", "--resume"]
    return Case([*train, "--checkpoint-every", interval, *options], Checkpoint.load)


def _sums(path):
    """Return what a store counts, by its labels; None where there is none, or an empty one."""
    labels = {about.label for about in Store(path).segments()} if path.exists() else None
    return {label: _sum(Store(path), label) for label in labels} if labels else None


def _sum(store, label):
    words, pairs = Counter(), Counter()
    with store.opened(label) as segments:
        texts = {entry["sha256"] for segment in segments for entry in segment.info.inputs}
        for segment in segments:
            own_words, own_pairs = found(segment)
            words.update(own_words)
            pairs.update(own_pairs)
    return texts, words, pairs


def _add(path, label):
    """Add two texts to a store, that of the cases and another: by a label each, or as one."""
    (path.parent / "other").write_bytes(b"other words\nand more words\n" * 20)
    windows = TrainingOptions().windows
    names = [str(path.parent / name) for name in (TEXT, "other")]
    for number, batch in enumerate([[name] for name in names] if label else [names]):
        Store(path).add(Corpus(batch), (label or "one").format(number), windows)
    (path.parent / "other").unlink()


def _idempotent(arguments):
    """Remove what may be gone already."""
    code = cli.run(arguments)
    return 0 if code == InputError.exit_code else code


def _store(arguments, label="{}", **more):
    """A change of a store of two texts."""
    return Case(
        [*arguments, "--threads", "1"], read=_sums, old=lambda path: _add(path, label),
        needs_old=True, lock=f"{OUTPUT}/.store.lock", **more,
    )  # fmt: skip


_GROUPED = ["--method", "grouped", "--passes", "12", "--batch", "64"]
_STREAM = ["--method", "stream", "--passes", "4"]
_CBOW = ["--arch", "cbow", "--passes", "6"]
_SGD = ["--optimizer", "sgd", "--lr", "0.02"]

CASES = {
    "phrases": Case(
        ["phrases", TEXT, "-o", OUTPUT, "--min-count", "1", "--threshold", "0.1", "--threads", "1"]
    ),
    "build-vocab": Case(["build-vocab", TEXT, "-o", OUTPUT, "--min-count", "1"]),
    "train grouped": _training("1pass", *_GROUPED),
    "train grouped sgd": _training("0.005", *_GROUPED, *_SGD, "--start", "random"),
    "train stream": _training("0.01", *_STREAM),
    "train stream sgd": _training("1pass", *_STREAM, *_SGD),
    "train cbow": _training("0.01", *_CBOW),
    "count": Case(
        ["count", TEXT, "--store", OUTPUT, "--label", "new", "--threads", "1"],
        read=_sums,
        old=Path.mkdir,
        lock=f"{OUTPUT}/.store.lock",
    ),
    "count subtract": _store(["count", TEXT, "--store", OUTPUT, "--subtract"], None),
    "store compact": _store(["store", OUTPUT, "--compact"]),
    "store remove": _store(["store", OUTPUT, "--remove", "both"], "both", run=_idempotent),
    "store keep": _store(["store", OUTPUT, "--keep", "but-last:2"]),
    "store prune": _store(["store", OUTPUT, "--prune-min-count", "10"], None),
    "train cbow sgd": _training("1pass", *_CBOW, *_SGD, "--start", "random"),
}


def text():
    """A text of 4,000 tokens, and up to 300 types."""
    random = Random(1)
    words = [f"w{i}" for i in range(300)]
    lines = (" ".join(random.choices(words, k=20)) for _ in range(200))
    return "\n".join(lines).encode()
