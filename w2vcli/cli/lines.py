"""Standard input: its lines as they come, cut into words, or read as vectors."""

import json
import math
import sys
from collections.abc import Iterator
from io import BufferedReader
from typing import TYPE_CHECKING, cast

from w2vcli.cli.escaping import shortened
from w2vcli.errors import DataError, InputError, UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BATCH = 1024
"""Queries that are answered together, at most."""

_BOM = "\ufeff"  # the mark that some editors put before a text
_READ_BYTES = 1 << 20
_LARGEST = 1e100  # of the numbers of a vector: their squares can be added up


def cut(line: str) -> list[str]:
    """Return the words of a line, cut as a corpus is: at ASCII white space only."""
    return [word.decode() for word in line.encode().split()]


def text_of(arguments: list[str]) -> str:
    """Return the arguments as a text.

    Raises
    ------
    DataError
        If they are not UTF-8.
    """
    return _decoded(" ".join(arguments).encode(errors="surrogateescape"), "the arguments")


def line_batches() -> Iterator[list[str]]:
    """Return the lines of standard input as they come, in lists: those that are there at once.

    Raises
    ------
    UsageError
        If nothing is piped in; at once. On the way:
    InputError
        If it cannot be read.
    DataError
        If a line is not UTF-8, after the lines before it.
    """
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError(
            "no words were given; name them after the model, or pipe them in, one query a line"
        )
    return _line_batches(cast("BufferedReader", sys.stdin.buffer))


def _line_batches(stream: BufferedReader) -> Iterator[list[str]]:
    before = 0
    for block in _whole_lines(stream):
        lines: list[str] = []
        try:
            for number, line in enumerate(block.split(b"\n"), start=before + 1):
                text = _decoded(line, f"standard input, line {number}")
                lines.append(text.removeprefix(_BOM) if number == 1 else text)
        except DataError:
            yield lines
            raise
        yield lines
        before += len(lines)


def _whole_lines(stream: BufferedReader) -> Iterator[bytes]:
    """Yield what can be read, cut behind a newline, which is left out; its end ends a line too."""
    parts: list[bytes] = []  # of a line that has not ended
    try:
        while data := stream.read1(_READ_BYTES):
            head, newline, tail = data.rpartition(b"\n")
            if newline:
                yield b"".join([*parts, head])
                parts.clear()
            parts.append(tail)
    except OSError as error:
        raise InputError(
            f"standard input: cannot be read: {error.strerror}; pipe words in"
        ) from None
    if rest := b"".join(parts):
        yield rest


def _decoded(raw: bytes, place: str) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise DataError(
            f"{place}, byte {error.start + 1}: 0x{raw[error.start]:02x} is not valid UTF-8; send "
            "the words in UTF-8"
        ) from None


def vector_batches(width: int, kind: str) -> Iterator[tuple[list[str], "NDArray[np.float64]"]]:
    """Yield the vectors on standard input that are there at once, at most ``BATCH`` of them.

    A line is numbers, perhaps behind a word, between white space, or an object as that of
    ``vectors --json``. A blank line is no vector, and one of zeros an error.

    Parameters
    ----------
    width, kind
        How many numbers are a vector, and which of a word's vectors it is, for messages.

    Yields
    ------
    names, vectors
        The words, or the number of a line without one; float64 (n, width).

    Raises
    ------
    UsageError, InputError, DataError
        As ``line_batches``; a DataError too if a line is something else, after the lines before it.
    """
    import numpy as np

    before = 0
    for lines in line_batches():
        names: list[str] = []
        vectors: list[list[float]] = []
        for number, line in enumerate(lines, start=before + 1):
            try:
                if cut(line):
                    label, vector = _vector(line, width, kind)
                    names.append(str(number) if label is None else label)
                    vectors.append(vector)
            except ValueError as error:
                if names:
                    yield names, np.array(vectors)
                raise DataError(f"standard input, line {number}: {error}") from None
            if len(names) == BATCH:
                yield names, np.array(vectors)
                names, vectors = [], []
        if names:
            yield names, np.array(vectors)
        before += len(lines)


def _vector(line: str, width: int, kind: str) -> tuple[str | None, list[float]]:
    """Return the label of a vector, if it has one, and its numbers, or raise a ValueError."""
    words = _words_of_json(line) or cut(line)
    if len(words) not in (width, width + 1):
        raise ValueError(
            f"expected {width} numbers, as vectors have here ({kind}), perhaps behind a word, or a "
            f"line of 'w2vcli vectors --json', and found {len(words)} words or numbers; see "
            "--vectors"
        )
    label = words[0] if len(words) > width else None
    vector = []
    for word in words[-width:]:
        number = _number(word)
        if not abs(number) <= _LARGEST:
            raise ValueError(f"'{shortened(word)}' is not a number that a vector can have")
        vector.append(number)
    if not any(vector):
        raise ValueError("a vector of zeros has no direction, so that no word is near it")
    return label, vector


def _words_of_json(line: str) -> list[str] | None:
    """Return what stands in a line of ``vectors --json``: its word and numbers; None for others."""
    if line.lstrip()[:1] != "{":
        return None
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):  # a word may begin like that
        return None
    if not isinstance(found, dict) or not isinstance(found.get("vector"), list):
        return None
    word = found.get("word")
    # JSON can write half a character, which nothing else can.
    label = [word.encode(errors="replace").decode()] if isinstance(word, str) else []
    return [*label, *map(str, found["vector"])]


def _number(text: str) -> float:
    """Return a number, NaN for what is none; Python takes 1_000 for one."""
    try:
        return math.nan if "_" in text else float(text)
    except ValueError:
        return math.nan
