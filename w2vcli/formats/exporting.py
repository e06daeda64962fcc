"""Exporting vectors: which rows, which numbers, and the files that appear whole or not at all."""

import gzip
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, get_args

import numpy as np

from w2vcli.errors import DataError, UsageError
from w2vcli.formats.choices import ExportName
from w2vcli.formats.registry import FORMATS, chosen_format, export_files, is_export
from w2vcli.formats.rows import Rows
from w2vcli.system.files import atomic_output, check_space
from w2vcli.system.folders import atomic_folder
from w2vcli.vectors.choices import Vectors
from w2vcli.vectors.neighbors import VectorSpace
from w2vcli.vectors.word_vectors import WordVectors

Progress = Callable[[float], None]
"""Called with the share that is done."""

_COMPRESSION = 6  # of 1 to 9: half the time of 9, for some thousandths of the size


@dataclass(frozen=True)
class ExportOptions:
    """What is exported, and how.

    Attributes
    ----------
    format
        The format.
    vectors
        Which vectors; None for those of the format, ``blend`` or, of fastText's, ``input``, with d
        numbers a word, or for the only ones.
    top
        Only the most frequent words, so many; None for all.
    words
        Only these words; None for all.
    float16
        Whether to round the numbers to float16.
    normalize
        Whether to give each vector the length one.
    skip_unsafe
        Whether to leave out words that the format cannot carry, instead of failing.
    """

    format: ExportName = "word2vec"
    vectors: Vectors | None = None
    top: int | None = None
    words: frozenset[str] | None = None
    float16: bool = False
    normalize: bool = False
    skip_unsafe: bool = False

    def __post_init__(self) -> None:
        for name, value, known in (
            ("format", self.format, get_args(ExportName)),
            ("vectors", self.vectors, (None, *get_args(Vectors))),
        ):
            if value not in known:
                raise UsageError(f"--{name}: there is no {value!r}; choose one of {known}")
        if self.top is not None and self.top < 1:
            raise UsageError(f"--top {self.top}: a number of words is at least 1")
        if self.float16 and not FORMATS[self.format].float16:
            can = ", ".join(name for name, form in FORMATS.items() if form.float16)
            raise UsageError(
                f"--float16: {self.format} has no numbers of this type; leave the option out, or "
                f"choose one of {can}"
            )


@dataclass(frozen=True)
class Exported:
    """What was exported.

    Attributes
    ----------
    format
        The format.
    vectors
        Which vectors.
    words, dim
        The number of words, and of numbers for each.
    skipped
        The words that the format cannot carry, which were left out.
    missing
        The words that were asked for, and that the model does not know, sorted.
    files
        What was written; none if to a stream.
    bytes
        The size of that.
    """

    format: ExportName
    vectors: Vectors
    words: int
    dim: int
    skipped: list[str]
    missing: list[str]
    files: list[Path] = field(default_factory=list)
    bytes: int = 0


def export_vectors(
    model: WordVectors,
    output: str | Path | IO[bytes],
    options: ExportOptions,
    progress: Progress | None = None,
) -> Exported:
    """Write vectors in the format of another program.

    The matrix is never copied as a whole, and only its parts are in memory if it is mapped.

    Parameters
    ----------
    model
        The vectors.
    output
        The file or folder, compressed by gzip if its name ends in ``.gz``; or a binary stream, for
        formats of one file. A second file of a format lies beside the first
        (``registry.export_files``).
    options
        What to write.
    progress
        Told the share that is done, now and then.

    Raises
    ------
    UsageError
        If the model has not the vectors, or the format needs a library that is missing.
    DataError
        If there is a word that the format cannot carry, no word is left, or a number is not finite
        or too large for float16.
    OutputError, StorageError
        As ``files.atomic_output`` and ``folders.atomic_folder``.
    """
    form = FORMATS[options.format]
    form.check()
    if isinstance(output, str):
        output = Path(output)
    if isinstance(output, Path):
        chosen_format(str(output), options.format)
    elif form.beside or form.inside:
        raise UsageError(f"{options.format} is more than one file; name a file or folder")
    rows, missing = _selected(model, options)
    rows, skipped = _safe(rows, options)
    if progress:
        rows = _Watched(**vars(rows), progress=progress)
    if not isinstance(output, Path):
        form.write(rows, [output])
        files, size = [], 0
    else:
        if not form.text and not output.name.endswith(".gz"):
            check_space(output, len(rows) * rows.dim * rows.dtype.itemsize)
        with _opened(output, options.format) as streams:
            form.write(rows, streams)
        files = [output / name for name in form.inside] or export_files(output, options.format)
        size = sum(file.stat().st_size for file in files)
    return Exported(
        options.format, rows.vectors, len(rows), rows.dim, skipped, missing, files, size
    )


def _selected(model: WordVectors, options: ExportOptions) -> tuple[Rows, list[str]]:
    """Return the rows that are asked for, and the words that the model does not know."""
    vectors: Vectors = options.vectors or (
        "input" if model.w_out is None else FORMATS[options.format].vectors
    )
    VectorSpace(model, vectors)  # whether it has them
    ids = np.arange(len(model.words), dtype=np.int64)
    missing: list[str] = []
    if options.words is not None:
        found = {word: model.find(word) for word in options.words}
        missing = sorted(word for word, place in found.items() if place is None)
        ids = np.array(sorted({i for i in found.values() if i is not None}), dtype=np.int64)
        if not len(ids):
            raise DataError(
                f"{model.path or 'the model'}: it knows none of the words of --words; give others"
            )
    if options.top is not None:
        if model.counts is not None:  # they may be those of a text that was added later
            best = np.sort(np.argsort(-model.counts[ids], kind="stable")[: options.top])
            ids = ids[best]
        ids = ids[: options.top]
    return Rows(model, ids, vectors, options.normalize, options.float16), missing


def _safe(rows: Rows, options: ExportOptions) -> tuple[Rows, list[str]]:
    """Return the rows whose words the format can carry, and the other words."""
    form = FORMATS[options.format]
    unsafe = form.unsafe_lower if rows.lower and form.unsafe_lower else form.unsafe
    words = rows.words
    places = [i for i, word in enumerate(words) if unsafe(word)]
    if not places:
        return rows, []
    first = words[places[0]]
    if not options.skip_unsafe:
        more = len(places) - 1
        others = f", nor {more:,} other words" if more else ""
        raise DataError(
            f"{rows.model.path or 'the model'}: {options.format} cannot carry the word "
            f"'{first}'{others}: {unsafe(first)}; choose another --format, or leave such words out "
            "with --skip-unsafe"
        )
    if len(places) == len(words):
        raise DataError(
            f"{rows.model.path or 'the model'}: {options.format} can carry none of its words: "
            f"'{first}': {unsafe(first)}; choose another --format"
        )
    return rows.without(places), [words[i] for i in places]


@dataclass(frozen=True)
class _Watched(Rows):
    """Rows that tell how many of them are done."""

    progress: Progress = lambda _share: None

    def blocks(self, *numbers: int) -> Iterator[tuple[list[str], Any]]:
        done = 0
        for words, values in super().blocks(*numbers):
            yield words, values
            done += len(words)
            self.progress(done / len(self))


@contextmanager
def _opened(output: Path, name: ExportName) -> Iterator[Sequence[IO[bytes]]]:
    """Open the files of an export, all of which are complete before the first is in place."""
    form = FORMATS[name]
    if form.inside:
        with atomic_folder(output, form.inside, is_export) as streams:
            yield streams
        return
    with ExitStack() as stack:
        files = [stack.enter_context(atomic_output(file)) for file in export_files(output, name)]
        if output.name.endswith(".gz"):
            # Without name and time: equal content gives equal bytes.
            with gzip.GzipFile("", "wb", _COMPRESSION, files[0], mtime=0) as packed:
                yield [packed]  # type: ignore[list-item]  # it is a stream
        else:
            yield files
        for file in files:
            file.flush()
