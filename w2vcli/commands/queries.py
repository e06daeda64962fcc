"""What ``similar`` and ``analogy`` share: queries from arguments or lines, and unknown words."""

import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import typer

from w2vcli import console
from w2vcli.errors import UNKNOWN_WORDS, DataError, InputError, UsageError

if TYPE_CHECKING:
    from w2vcli.neighbors import VectorSpace


def answer_all(
    space: "VectorSpace",
    given: list[list[str]],
    answer: Callable[[list[str]], None],
    words_per_query: int,
) -> None:
    """Answer each query, given or else read from standard input; exit 3 if words are unknown.

    Each answer is written before the next line is read, so that a program may hold a dialogue.
    """
    from w2vcli.neighbors import UnknownWordsError, near_spellings  # NumPy, not for --help

    any_unknown = False
    for query in given or _read_queries(words_per_query):
        try:
            answer(query)
        except UnknownWordsError as error:
            any_unknown = True
            for word in error.words:
                near = near_spellings(word, space.model.words)
                hint = f"; near it: {', '.join(near)}" if near else ""
                console.complain(f"the model does not know the word '{word}'{hint}")
    if any_unknown:
        raise typer.Exit(UNKNOWN_WORDS)


def _read_queries(words_per_query: int) -> Iterator[list[str]]:
    """Yield the queries on standard input; where one word is a query, a line may hold several."""
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError(
            "no words were given; name them after the model, or pipe them in, one query a line"
        )
    for number, line in enumerate(_lines(), start=1):
        # Cut as a corpus is cut: at ASCII white space only.
        words = [word.decode() for word in line.encode().split()]
        if words_per_query == 1:
            yield from ([word] for word in words)
        elif len(words) == words_per_query:
            yield words
        elif words:
            raise DataError(
                f"standard input, line {number}: expected {words_per_query} words, found "
                f"{len(words)}; put one query on each line"
            )


def _lines() -> Iterator[str]:
    try:
        for number, line in enumerate(sys.stdin.buffer, start=1):
            try:
                yield line.decode()
            except UnicodeDecodeError as error:
                raise DataError(
                    f"standard input, line {number}, byte {error.start + 1}: "
                    f"0x{line[error.start]:02x} is not valid UTF-8; send the words in UTF-8"
                ) from None
    except OSError as error:
        raise InputError(
            f"standard input: cannot be read: {error.strerror}; pipe words in"
        ) from None
