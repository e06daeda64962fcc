"""Options that several commands share, described once."""

import math
import re
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from w2vcli import console
from w2vcli.errors import UsageError

if TYPE_CHECKING:
    from w2vcli.vocabulary import Selection, Vocabulary, VocabularySummary

# These stand in the library too; here without importing Numba, for --help.
Arch = Literal["skipgram", "cbow"]
Method = Literal["grouped", "stream"]
Start = Literal["spectral", "random", "zeros"]
OptimizerName = Literal["adagrad", "sgd"]
WindowWeights = Literal["linear", "uniform"]
AnalogyMethod = Literal["add", "mul"]


# How the environment variable follows from the name stands in --help of the application.
option = partial(typer.Option, show_envvar=False)


def _finite(value: float | None) -> float | None:
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter("it should be a finite number")
    return value


def _positive(value: float | None) -> float | None:
    if value is not None and value <= 0:
        raise typer.BadParameter("it should be greater than 0")
    return _finite(value)


FINITE: dict[str, Any] = {"callback": _finite}
POSITIVE: dict[str, Any] = {"callback": _positive}

CORPUS = typer.Argument(
    metavar="CORPUS",
    help="Text in UTF-8, words between white space, a sentence or paragraph a line: files, "
    "folders, or '-' for standard input; gzip, bzip2, xz and Zstandard are recognised.",
    show_default=False,
)
Corpus = Annotated[list[str], CORPUS]
Json = Annotated[bool, option("--json", help="Write JSON, one object a line, to stdout.")]
MinCount = Annotated[
    int | None,
    option(metavar="N", min=1, help="Least count of a word; 5 if not given.", show_default=False),
]
MaxVocab = Annotated[
    int | None,
    option(metavar="N", min=1, help="Keep the N most frequent words.", show_default=False),
]
KeepWords = Annotated[
    str | None,
    option(metavar="FILE", help="Words to keep whatever their count, one a line."),
]
DropWords = Annotated[str | None, option(metavar="FILE", help="Words to leave out, one a line.")]
Lower = Annotated[bool, option("--lower", help="Lower-case the text.")]
ModelFile = Annotated[
    str, typer.Argument(metavar="MODEL", help="A model file made by 'w2vcli train'.")
]
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def _size(text: str) -> str:
    """Check a size such as 500M or 2G."""
    if not re.fullmatch(r"[0-9]{1,12}[KMGT]?", text.upper()):
        raise typer.BadParameter(f"'{text}' is not a size; write it as in 500M or 2G")
    return text


def parse_size(text: str) -> int:
    """Return the bytes that a checked size stands for."""
    number, unit = re.fullmatch(r"([0-9]+)([KMGT]?)", text.upper()).groups()  # type: ignore[union-attr]
    return int(number) * _UNITS[unit]


Memory = Annotated[
    str,
    option(
        metavar="SIZE",
        callback=_size,
        help="Memory for pair counts, as in 500M; beyond it they are merged on disk (in TMPDIR).",
    ),
]
Vectors = Annotated[
    Literal["input", "output", "sum", "both"],
    option(help="Which vectors: the rows of W_in, of W_out, their sums, or both side by side."),
]
Top = Annotated[int, option(metavar="N", min=1, help="How many answers.")]


def output_file(output: str, inputs: Iterable[str | None]) -> Path:
    """Return the path of the output, once it is sure that it can be written and harms no input.

    Raises
    ------
    UsageError
        If a name is empty, the output is an input or would become one, or standard input is
        named twice.
    OutputError
        As ``files.check_output``.
    """
    from w2vcli.files import check_output

    named = [name for name in inputs if name is not None]
    if "" in (output, *named):
        raise UsageError("a file name is empty; is a variable unset in the command?")
    if output == "-":
        raise UsageError("--output: '-' (standard output) cannot be replaced whole; name a file")
    if named.count("-") > 1:
        raise UsageError("standard input ('-') can be read only once, so name it once")
    path = Path(output)
    check_output(path)
    for name in named:
        if path.exists() and Path(name).is_file() and path.samefile(name):
            raise UsageError(f"--output: {output} is also read; write to another file")
        if Path(name).is_dir() and _would_be_read(path, Path(name)):
            raise UsageError(
                f"--output: {output} lies in the folder {name}, so the next run would read it as "
                "text; write to another folder"
            )
    return path


def _would_be_read(path: Path, folder: Path) -> bool:
    """Say whether a corpus folder takes in a file: it does unless hidden."""
    try:
        parts = path.resolve().relative_to(folder.resolve()).parts
    except ValueError:
        return False
    return not any(part.startswith(".") for part in parts)


def selection(
    min_count: int | None, max_vocab: int | None, keep: str | None, drop: str | None
) -> "Selection":
    """Return the choice of words that these options describe."""
    from w2vcli.vocabulary import MIN_COUNT, Selection, read_word_list

    return Selection(
        MIN_COUNT if min_count is None else min_count,
        max_vocab,
        read_word_list(keep) if keep else frozenset(),
        read_word_list(drop) if drop else frozenset(),
    )


def describe_vocabulary(
    summary: "VocabularySummary", selection: "Selection", vocabulary: "Vocabulary"
) -> None:
    """Say what became of the tokens of a corpus."""
    missing = sorted(selection.keep - vocabulary.ids.keys())
    if missing:
        console.complain(
            f"warning: the corpus lacks {len(missing):,} of the {len(selection.keep):,} words of "
            f"--keep-words, such as '{missing[0]}'"
        )
    why = {
        "drop_words": "listed in --drop-words",
        "min_count": f"rarer than {selection.min_count}",
        "max_vocab": f"beyond the {selection.max_vocab} most frequent",
    }
    console.note(
        f"vocabulary: {summary.kept_types:,} of {summary.types:,} types, {summary.kept_tokens:,} "
        f"of {summary.tokens:,} tokens ({summary.kept_tokens / summary.tokens:.2%}) kept"
    )
    for reason, (types, tokens) in summary.dropped.items():
        if types:
            console.note(f"dropped: {types:,} types, {tokens:,} tokens {why[reason]}")
