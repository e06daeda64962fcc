"""Reading queries and reporting unknown words: shared by the commands that answer queries."""

import sys
from collections.abc import Callable, Iterable, Iterator
from io import BufferedReader
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias, cast

import typer

from w2vcli.cli import console
from w2vcli.errors import UNKNOWN_WORDS, DataError, InputError, UsageError

if TYPE_CHECKING:
    from w2vcli import WordVectors

Query: TypeAlias = list[str]
QueriesOf: TypeAlias = Callable[[list[str]], Iterable[Query]]
"""Makes queries of the words of a line; a ValueError says what is wrong with them."""

_READ_BYTES = 1 << 16


def words_given(arguments: list[str] | None) -> list[str] | None:
    """Return the words of a command line; None for none or ``-``: read standard input."""
    return arguments if arguments and arguments != ["-"] else None


def each_word(words: list[str]) -> list[Query]:
    """Return a query for each word."""
    return [[word] for word in words]


def three_words(words: list[str]) -> list[Query]:
    """Return the three words as one query."""
    if len(words) != 3:
        raise ValueError(f"expected 3 words, found {len(words)}; put one query on each line")
    return [words]


def answer_all(
    model: "WordVectors",
    arguments: list[str] | None,
    queries_of: QueriesOf,
    answer: Callable[[Query], list[str]],
    json: bool,
    *,
    single: bool,
) -> None:
    """Answer the arguments, or if None each line of standard input; exit 3 if words are unknown.

    Each answer is written before the next line is read, so that a program may hold a dialogue.
    ``answer`` returns the unknown words of a query that has an answer, and raises an
    UnknownWordsError if there is none. JSON has a line for each query, known or not. ``single``
    says that a query is one word, which is a string in JSON.
    """
    from w2vcli import UnknownWordsError, near_spellings

    any_unknown = False
    queries = _read(queries_of) if arguments is None else _given(arguments, queries_of)
    for query in queries:
        try:
            unknown = answer(query)
            any_unknown |= bool(unknown)
        except UnknownWordsError as error:
            any_unknown, unknown = True, list(error.words)
            if json:
                name = query[0] if single else query
                console.write_json({"query": name, "unknown": unknown})
        for word in unknown:
            near = near_spellings(word, model.words)
            hint = f"; near it: {', '.join(near)}" if near else ""
            console.complain(f"the model does not know the word '{word}'{hint}")
    if any_unknown:
        raise typer.Exit(UNKNOWN_WORDS)


def _given(arguments: list[str], queries_of: QueriesOf) -> Iterable[Query]:
    try:
        return queries_of(arguments)
    except ValueError as error:
        raise UsageError(str(error)) from None


def _read(queries_of: QueriesOf) -> Iterator[Query]:
    for number, line in enumerate(chain.from_iterable(line_batches()), start=1):
        try:
            # A blank line is no query.
            yield from queries_of(words) if (words := cut(line)) else ()
        except ValueError as error:
            raise DataError(f"standard input, line {number}: {error}") from None


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
                lines.append(_decoded(line, f"standard input, line {number}"))
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
