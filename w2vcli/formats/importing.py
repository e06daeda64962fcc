"""Importing vectors that were trained elsewhere: from a file to one that all questions can read."""

import hashlib
import io
import os
import platform
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import numpy as np

from w2vcli import __version__
from w2vcli.errors import DataError, InputError, StorageError
from w2vcli.formats.choices import ImportName, OnBadRows
from w2vcli.formats.finalfusion import read_finalfusion
from w2vcli.formats.reading_binary import read_binary
from w2vcli.formats.reading_fasttext import read_fasttext
from w2vcli.formats.reading_text import read_text
from w2vcli.formats.recognition import PEEK_BYTES, format_of, refuse_foreign
from w2vcli.formats.table import Table
from w2vcli.system.urls import is_remote
from w2vcli.system.urls import shown as shown_name
from w2vcli.text.compression import CompressionError, MissingPackageError, decompressed
from w2vcli.text.input_files import STDIN, describe
from w2vcli.text.opening import opened
from w2vcli.vectors.hashed_ngrams import HashedNgrams
from w2vcli.vectors.imported import ImportedVectors

_READ_BYTES = 1 << 20


@dataclass(frozen=True)
class Imported:
    """What was imported.

    Attributes
    ----------
    vectors
        The words and their vectors, with their source.
    format
        The format.
    skipped
        How many rows were skipped.
    bad
        For the first of these, at most 100, which it was and why.
    """

    vectors: ImportedVectors
    format: ImportName
    skipped: int
    bad: list[str]


def import_vectors(
    name: str,
    form: ImportName | None = None,
    top: int | None = None,
    on_bad_rows: OnBadRows = "error",
    progress: Callable[[float], None] | None = None,
) -> Imported:
    """Read vectors that another program wrote.

    The file may be compressed by gzip, bzip2, xz or Zstandard. It is read once, and needs little
    more memory than its words and its matrix.

    Parameters
    ----------
    name
        The file; '-' is standard input.
    form
        Its format; None to tell it by the content.
    top
        Only the first rows, so many; None for all.
    on_bad_rows
        Whether a row that cannot be used is an error, or skipped.
    progress
        Told the share that is read, now and then.

    Raises
    ------
    InputError
        If the file cannot be opened, or holds no rows.
    StorageError
        If reading fails half-way.
    DataError
        If the content is not of the format, or a row is bad, and bad rows are errors.
    """
    shown = describe(name)
    if name != STDIN and not is_remote(name) and Path(name).is_dir():
        raise InputError(f"{shown}: this is a folder; name a file of vectors")
    with opened(name, "vectors") as raw:
        watched = _Hashed(raw, progress)
        try:
            plain = decompressed(cast("IO[bytes]", io.BufferedReader(watched, _READ_BYTES)))
            start = _start_of(plain)
            refuse_foreign(start, shown)
            found = form or format_of(start, shown)
            stream = io.BufferedReader(_Again(start, plain), _READ_BYTES)
            unit = "line" if found in ("word2vec", "glove") else "row"
            table = Table(shown, on_bad_rows, unit, top)
            subwords: HashedNgrams | None = None
            if found == "word2vec-binary":
                read_binary(stream, table)
            elif found == "finalfusion":
                read_finalfusion(stream, table)
            elif found == "fasttext-bin":
                subwords = read_fasttext(stream, table)
            else:
                read_text(stream, table, header=found == "word2vec")
            digest = watched.digest()
        except (CompressionError, MissingPackageError) as error:
            raise DataError(f"{shown}: {error}") from None
        except OSError as error:
            raise StorageError(f"{shown}: reading failed: {error.strerror or error}") from None
    if not table.words:
        raise InputError(f"{shown}: there are no vectors in it that can be used; name another file")
    source: dict[str, Any] = {
        "file": shown_name(name),
        "format": found,
        "bytes": watched.size,
        "sha256": digest,
        "top": top,
        "skipped_rows": table.skipped,
    }
    versions = {
        "w2vcli": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
    }
    vectors = ImportedVectors(table.words, table.matrix(), source, versions, subwords=subwords)
    return Imported(vectors, found, table.skipped, table.bad)


class _Hashed(io.RawIOBase):
    """A stream that knows the digest of what was read, and tells how much that is."""

    def __init__(self, raw: IO[bytes], progress: Callable[[float], None] | None) -> None:
        self._raw = raw
        self._digest = hashlib.sha256()
        self._progress = progress
        self._total = 0
        with suppress(OSError, ValueError):  # it is no file of the system
            self._total = os.fstat(raw.fileno()).st_size
        self.size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - any writable buffer
        data = self._raw.read(len(buffer))
        buffer[: len(data)] = data
        self._digest.update(data)
        self.size += len(data)
        if self._progress and self._total:
            self._progress(min(1.0, self.size / self._total))
        return len(data)

    def digest(self) -> str:
        """Read what is left, and return the digest of all."""
        rest = bytearray(_READ_BYTES)
        while self.readinto(rest):
            pass
        return self._digest.hexdigest()


def _start_of(plain: IO[bytes]) -> bytes:
    """Read the beginning of a stream, which may give less at a time than is asked for."""
    start = b""
    while data := plain.read(PEEK_BYTES - len(start)):
        start += data
    return start


class _Again(io.RawIOBase):
    """A stream whose beginning was read, and comes once more."""

    def __init__(self, start: bytes, rest: IO[bytes]) -> None:
        self._start = start
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - any writable buffer
        data = self._start[: len(buffer)] or self._rest.read(len(buffer))
        self._start = self._start[len(data) :]
        buffer[: len(data)] = data
        return len(data)
