"""Options that several commands share, described once."""

import inspect
import math
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from w2vcli.cli import console
from w2vcli.errors import UsageError
from w2vcli.text.windows import Windows, WindowWeights
from w2vcli.training.options import Arch, Method, OptimizerName, Start, TrainingOptions

if TYPE_CHECKING:
    from w2vcli.text.vocabulary import Selection, Vocabulary, VocabularySummary

AnalogyMethod = Literal["add", "mul"]  # stands in the library too; here without NumPy, for --help


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
MaybeCorpus = Annotated[list[str] | None, CORPUS]
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
LEAST_MEMORY = 256 << 20


def _process_memory(text: str) -> str:
    if parse_size(_size(text)) < LEAST_MEMORY:
        raise typer.BadParameter(f"'{text}' is too little: the program itself needs 256M")
    return text


ProcessMemory = Annotated[
    str,
    option(
        metavar="SIZE",
        callback=_process_memory,
        help="Memory of the process, as in 500M, but for the words themselves; beyond it counts "
        "are merged on disk (in TMPDIR).",
    ),
]
Vectors = Annotated[
    Literal["input", "output", "sum", "both"],
    option(help="Which vectors: the rows of W_in, of W_out, their sums, or both side by side."),
]
Top = Annotated[int, option(metavar="N", min=1, help="How many answers.")]
ArchOption = Annotated[Arch, option(help="Predict the context (skipgram) or from it (cbow).")]
Window = Annotated[int, option(metavar="N", min=1, max=1000, help="Context words on either side.")]
WindowWeightsOption = Annotated[
    WindowWeights, option(help="Near words weigh more, as in word2vec (linear), or all the same.")
]
Bias = Annotated[bool, option(help="An output bias, which starts at the unigram.")]
Seed = Annotated[int, option(metavar="N", min=0, help="Seed of all that is random.")]
Threads = Annotated[
    int | None,
    option(
        metavar="N",
        min=1,
        max=1024,
        help="Threads, one per processor if not given; the result does not depend on them.",
    ),
]


@dataclass(frozen=True)
class Gathered:
    """Marks a parameter that stands for several options: those of the function ``by``."""

    by: Callable[..., Any]


def gathers(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of its ``Gathered`` parameters, in their places.

    The command is called with what the functions make of the options, so that commands can share
    options and defaults, and what they mean, in one place.
    """
    parameters: list[inspect.Parameter] = []
    makers: dict[str, tuple[Callable[..., Any], list[str]]] = {}
    for parameter in inspect.signature(command).parameters.values():
        mark = next(iter(getattr(parameter.annotation, "__metadata__", ())), None)
        if not isinstance(mark, Gathered):
            parameters.append(parameter)
            continue
        own = inspect.signature(mark.by).parameters
        makers[parameter.name] = (mark.by, list(own))
        parameters.extend(own.values())

    @wraps(command)
    def run(**values: Any) -> None:  # noqa: ANN401 - whatever the command takes
        for name, (make, own) in makers.items():
            values[name] = make(**{option: values.pop(option) for option in own})
        command(**values)

    # By keyword: an option with a default may come before an argument without one.
    named = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in parameters]
    run.__signature__ = inspect.Signature(named)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in named}
    return run


_DEFAULT = TrainingOptions()
WINDOWS = _DEFAULT.windows


def _training_options(
    arch: ArchOption = _DEFAULT.arch,
    method: Annotated[
        Method | None,
        option(
            help="By pair counts (grouped, skip-gram's default) or along the text (stream, "
            "CBOW's only way)."
        ),
    ] = _DEFAULT.method,
    dim: Annotated[
        int, option(metavar="N", min=1, max=100_000, help="Dimensions of the vectors.")
    ] = _DEFAULT.dim,
    window: Window = _DEFAULT.windows.size,
    window_weights: WindowWeightsOption = _DEFAULT.windows.weights,
    subsample: Annotated[
        float,
        option(metavar="X", min=0, help="Threshold for frequent words; 0 for none.", **FINITE),
    ] = _DEFAULT.subsample,
    passes: Annotated[
        float | None,
        option(
            metavar="X",
            help="Passes over the corpus, also a part of one; 2 if not given, 0.5 from a warm "
            "start.",
            **POSITIVE,
        ),
    ] = _DEFAULT.passes,
    lr: Annotated[
        float | None,
        option(
            metavar="X",
            help="Largest step size; if not given 0.1, but 0.25 for adagrad without a warm start.",
            **POSITIVE,
        ),
    ] = _DEFAULT.lr,
    optimizer: Annotated[OptimizerName, option(help="How to descend.")] = _DEFAULT.optimizer,
    batch: Annotated[
        int,
        option(metavar="N", min=1, help="Words (grouped) or positions (stream) in a step."),
    ] = _DEFAULT.batch,
    start: Annotated[
        Start,
        # A third one, zeros, is there to be refused with the reason.
        option(metavar="<spectral|random>", help="Begin with the SVD of the PMI, or at random."),
    ] = _DEFAULT.start,
    bias: Bias = _DEFAULT.bias,
    seed: Seed = _DEFAULT.seed,
) -> TrainingOptions:
    chosen = TrainingOptions(
        arch=arch,
        method=method,
        dim=dim,
        windows=Windows(window, window_weights),
        subsample=subsample,
        passes=passes,
        lr=lr,
        optimizer=optimizer,
        batch=batch,
        start=start,
        bias=bias,
        seed=seed,
    )
    chosen.resolved()  # what does not fit together is known now, before anything is read
    return chosen


@dataclass(frozen=True)
class Words:
    """Which words to learn: those of a vocabulary file, or a choice among the corpus's own."""

    vocab: str | None
    min_count: int | None
    max_vocab: int | None
    keep_words: str | None
    drop_words: str | None

    @property
    def files(self) -> list[str | None]:
        """The files that are read."""
        return [self.vocab, self.keep_words, self.drop_words]

    def read(self) -> "Selection | Vocabulary":
        """Read them."""
        if self.vocab is None:
            return selection(self.min_count, self.max_vocab, self.keep_words, self.drop_words)
        from w2vcli.text.vocabulary import Vocabulary

        return Vocabulary.load(self.vocab).head(self.max_vocab)


def _words(
    vocab: Annotated[
        str | None,
        option(
            metavar="VOCAB",
            help="A vocabulary made by build-vocab; if not given, one is made of the corpus.",
        ),
    ] = None,
    min_count: MinCount = None,
    max_vocab: MaxVocab = None,
    keep_words: KeepWords = None,
    drop_words: DropWords = None,
) -> Words:
    if vocab is not None and (min_count, keep_words, drop_words) != (None, None, None):
        raise UsageError(
            "--min-count, --keep-words and --drop-words choose words when a vocabulary is built; "
            "leave them out with --vocab, or give them to 'w2vcli build-vocab'"
        )
    return Words(vocab, min_count, max_vocab, keep_words, drop_words)


Training = Annotated[TrainingOptions, Gathered(_training_options)]
VocabularyWords = Annotated[Words, Gathered(_words)]


_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def _seconds(text: str) -> float | None:
    """Return the seconds that a duration stands for; None if it is none."""
    found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)([smhd]?)", text)
    return float(found[1]) * _SECONDS[found[2]] if found else None


def _duration(text: str | None) -> str | None:
    if text is not None and not _seconds(text):
        raise typer.BadParameter(f"'{text}' is not a time; write it as in 90s, 50m or 2h")
    return text


def _interval(text: str | None) -> str | None:
    if text is not None and not _seconds(text) and not _passes(text):
        raise typer.BadParameter(
            f"'{text}' is neither a time nor passes; write it as in 10m, 2h, 1pass or 3passes"
        )
    return text


def _passes(text: str) -> int | None:
    found = re.fullmatch(r"([0-9]{1,9}) ?pass(es)?", text)
    return int(found[1]) if found else None


def parse_time(text: str | None) -> float:
    """Return the seconds of a checked time; infinite if none was given."""
    return math.inf if text is None else _seconds(text) or math.inf


def parse_interval(text: str | None) -> tuple[float | None, int | None]:
    """Return a checked interval: its seconds or its passes, and None for the other."""
    return (None, None) if text is None else (_seconds(text), _passes(text))


def _lock(text: str) -> str:
    policy, equals, seconds = text.partition("=")
    if policy in ("fail", "skip") and not equals:
        return text
    if policy == "wait" and (not equals or _seconds(seconds) is not None):
        return text
    raise typer.BadParameter(f"'{text}' is none of fail, skip, wait and wait=SECONDS")


Lock = Annotated[
    str,
    option(
        metavar="<fail|wait[=SECONDS]|skip>",
        callback=_lock,
        help="If another run is at work on the same output: fail with exit code 75, wait for it, "
        "or leave it the work and end with 0.",
    ),
]
CheckpointEvery = Annotated[
    str | None,
    option(
        metavar="INTERVAL",
        callback=_interval,
        help="Save the run so often, as in 10m or 1pass, to MODEL.checkpoint.",
        show_default=False,
    ),
]
MaxTime = Annotated[
    str | None,
    option(
        metavar="TIME",
        callback=_duration,
        help="Stop after this time, as in 50m: save the run, and end with exit code 0.",
        show_default=False,
    ),
]


STORE_FOLDER = "A count store: a folder that 'w2vcli count' fills."
Segments = Annotated[
    str | None,
    option(
        metavar="<last:N|LABEL,...>",
        help="Only these segments: those of the N last labels, or of labels by name.",
        show_default=False,
    ),
]


@contextmanager
def output_lock(path: Path, lock: str, *more: Path) -> Iterator[None]:
    """Hold the lock on an output, as its option ``--lock`` says.

    Raises
    ------
    LockedError
        If another run holds it, for too long.
    Exit
        With code 0, if another run holds it and that is fine.
    """
    from w2vcli.errors import LockedError
    from w2vcli.system.files import locked

    policy, _, seconds = lock.partition("=")
    patience = 0.0
    if policy == "wait":
        patience = _seconds(seconds) if seconds else math.inf  # type: ignore[assignment]
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(path, patience, *more))
        except LockedError:
            if policy != "skip":
                raise
            console.note(f"{path}: another run is at work on it; nothing is left to do")
            raise typer.Exit from None
        yield


def input_files(inputs: Iterable[str | None]) -> list[str]:
    """Return the names that were given.

    Raises
    ------
    UsageError
        If one is empty, or standard input is named twice.
    """
    named = [name for name in inputs if name is not None]
    if "" in named:
        raise UsageError("a file name is empty; is a variable unset in the command?")
    if named.count("-") > 1:
        raise UsageError("standard input ('-') can be read only once, so name it once")
    return named


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
    from w2vcli.system.files import check_output

    named = input_files(inputs)
    input_files([output])
    if output == "-":
        raise UsageError("--output: '-' (standard output) cannot be replaced whole; name a file")
    path = Path(output)
    check_output(path)
    for name in named:
        if path.exists() and Path(name).is_file() and path.samefile(name):
            raise UsageError(f"--output: {output} is also read; write to another file")
        if Path(name).is_dir() and _would_be_read(path, Path(name)):
            raise UsageError(
                f"--output: {output} lies in the folder {name}, which is read; write to another "
                "folder"
            )
    return path


def store_folder(folder: str, inputs: Iterable[str]) -> Path:
    """Return the path of a store that is written to, once it is sure that no input lies in it.

    Raises
    ------
    UsageError
        If a name is empty, the store would be read as text, or standard input is named twice.
    """
    named = input_files([folder, *inputs])[1:]
    path = Path(folder)
    for name in named:
        if Path(name).is_dir() and (
            _would_be_read(path, Path(name)) or path.resolve() == Path(name).resolve()
        ):
            raise UsageError(
                f"--store: {folder} lies in the folder {name}, so the next run would read it as "
                "text; choose another folder"
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
    from w2vcli.text.vocabulary import MIN_COUNT, Selection, read_word_list

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
