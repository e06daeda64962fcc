"""Reading queries and reporting unknown words: shared by the commands that answer queries."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import typer

from w2vcli.cli import console
from w2vcli.cli.escaping import shortened
from w2vcli.cli.lines import BATCH, cut, line_batches
from w2vcli.cli.unseen import marked, tell_of_unseen, unseen_json
from w2vcli.errors import UNKNOWN_WORDS, DataError, UsageError

if TYPE_CHECKING:
    from w2vcli import Lookup, Spellings, UnknownWordsError, WordVectors

Query: TypeAlias = list[str]
QueriesOf: TypeAlias = Callable[[list[str]], Iterable[Query]]
"""Makes queries of the words of a line; a ValueError says what is wrong with them."""
Outcome: TypeAlias = "list[str] | UnknownWordsError"
"""The unknown words of a query that has an answer; an error if it has none."""
Answer: TypeAlias = Callable[[list[Query]], Iterable[Outcome]]
"""Writes the answers to some queries, and gives the outcome of each once it is written."""

_Found = TypeVar("_Found")

_HINTS = 100


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


def two_or_more(words: list[str]) -> list[Query]:
    """Return the words as one query."""
    if len(words) < 2:
        raise ValueError("expected 2 words or more, found 1; put one query on each line")
    return [words]


def three_or_more(lookup: "Lookup") -> QueriesOf:
    """Return what makes one query of words: each word once, as it was first written.

    A word that the model does not know is a word too, which is named later.
    """

    def query_of(words: list[str]) -> list[Query]:
        first: dict[int | str, str] = {}
        for word in words:
            index = lookup.find(word)
            first.setdefault(word if index is None else index, word)
        if len(first) < 3:
            raise ValueError(
                f"expected 3 different words or more, found {len(first)}: of two, none is the odd "
                "one; put one query on each line"
            )
        return [list(first.values())]

    return query_of


def signed_words(words: list[str]) -> list[Query]:
    """Return queries of signed words: an unsigned word begins one, and a signed one goes on.

    A sign by itself is a word, and stands for no sign.
    """
    queries: list[Query] = []
    for word in words:
        if queries and is_signed(word):
            queries[-1].append(word)
        else:
            queries.append([word])
    return queries


def is_signed(word: str) -> bool:
    """Return whether a word among several begins with a sign that is none of its letters."""
    return len(word) > 1 and word[0] in "+-"


def without_signs(query: Query) -> tuple[Query, Query]:
    """Return the words to add and to subtract; a single word is itself, whatever it begins with."""
    if len(query) == 1:
        return query, []
    plus: Query = []
    minus: Query = []
    for word in query:
        side = minus if is_signed(word) and word[0] == "-" else plus
        side.append(word[1:] if is_signed(word) else word)
    return plus, minus


def titled(
    title: str, query: Query, lookup: "Lookup", words: Query, known: Query | None = None
) -> str:
    """Return the title of a query, what the model writes where that differs, and what is unseen.

    Parameters
    ----------
    title
        What is shown of it in any case.
    query
        The query as it was written.
    lookup, words
        Where its words are found, and these words without signs.
    known
        The query as the model writes it; its ``words`` if None.
    """
    known = known_words(lookup, words) if known is None else known
    title = title if known == query else f"{title} (as {' '.join(known)})"
    return marked(title, lookup, words, alone=len(words) == 1)


def known_words(lookup: "Lookup", words: list[str]) -> list[str]:
    """Return words that have vectors as the model writes them."""
    return [lookup.word(index) for index in map(lookup.find, words) if index is not None]


def known_as(lookup: "Lookup", words: list[str]) -> dict[str, object]:
    """Return what JSON says of words that the model writes otherwise, or has not seen."""
    known = known_words(lookup, words)
    if known == words:
        return unseen_json(lookup, words)
    named = {"word": known[0]} if len(words) == 1 else {"known_as": known}
    return named | unseen_json(lookup, words)


def answer_all(
    lookup: "Lookup",
    arguments: list[str] | None,
    queries_of: QueriesOf,
    answer: Answer,
    json: bool,
    name: Callable[[Query], object] = list,
    batch: int = BATCH,
    more: Callable[[Query], dict[str, object]] = lambda _query: {},
    words_of: Callable[[Query], list[str]] = list,
) -> None:
    """Answer the arguments, or if None each line of standard input; exit 3 if words are unknown.

    Lines that are there at once are answered together, at most ``batch``, and written before more
    are read, so that a program may hold a dialogue. JSON has a line for each query, known or not;
    ``name`` makes what it calls a query, and ``more`` what else it says of it. ``words_of`` makes
    the words of a query, for the notes about unseen ones of those that are answered.
    """
    from w2vcli import Spellings, UnknownWordsError

    spellings = Spellings(lookup.model.words)
    told: set[str] = set()
    any_unknown = False
    for queries in _batches(arguments, queries_of, batch):
        unknown: list[str] = []
        answered: list[str] = []
        with console.together():
            for query, outcome in zip(queries, answer(queries), strict=True):
                if isinstance(outcome, UnknownWordsError) and json:
                    about = {"query": name(query)} | more(query)
                    console.write_json(about | {"unknown": list(outcome.words)})
                if isinstance(outcome, UnknownWordsError):
                    unknown += outcome.words
                else:
                    unknown += outcome
                    answered += words_of(query)
        any_unknown |= bool(unknown)
        tell_of_unseen(lookup, answered, told, partial(_without_sign, model=lookup.model))
        complain_of_unknown(unknown, lookup.model, spellings, told)
    if any_unknown:
        raise typer.Exit(UNKNOWN_WORDS)


def complain_of_unknown(
    unknown: list[str], model: "WordVectors", spellings: "Spellings", told: set[str]
) -> None:
    """Say of each word but those of ``told``, which it joins, that the model does not know it."""
    for word in unknown:
        if word in told:
            continue
        # So many are no slips of the pen, and each hint takes its time.
        hint = _hint(word, model, spellings) if len(told) < _HINTS else ""
        told.add(word)
        said = f"the model does not know the word '{shortened(word)}'{hint}"
        console.complain(said, UNKNOWN_WORDS)


def _hint(word: str, model: "WordVectors", spellings: "Spellings") -> str:
    """Return what may have been meant by an unknown word, as the end of a sentence."""
    several = [word[is_signed(word) :] for word in word.split()]
    if len(several) > 1 and all(model.find(word) is not None for word in several):
        return "; leave the quotes out to name several words"
    if without_sign := _without_sign(word, model):
        return without_sign
    near = spellings.near(word)
    return f"; near it: {', '.join(map(shortened, near))}" if near else ""


def _without_sign(word: str, model: "WordVectors") -> str:
    """Return the end of a sentence about a word that the model knows without its sign, or ""."""
    if is_signed(word) and model.find(word[1:]) is not None:
        return f"; it knows '{shortened(word[1:])}', without the sign"
    return ""


def one_by_one(answer: Callable[[Query], list[str]]) -> Answer:
    """Return an answer to several queries by one that answers a single one.

    ``answer`` returns unknown words, or raises an UnknownWordsError.
    """
    from w2vcli import UnknownWordsError

    def answers(queries: list[Query]) -> Iterator[Outcome]:
        for query in queries:
            try:
                outcome: Outcome = answer(query)
            except UnknownWordsError as error:
                outcome = error
            yield outcome

    return answers


def known_together(
    check: Callable[[Query], object],
    ask: Callable[[list[Query]], Iterable[_Found]],
    show: Callable[[Query, _Found], None],
) -> Answer:
    """Return an answer to several queries, of which those with unknown words are left out.

    ``check`` raises an UnknownWordsError for these; ``ask`` finds the answers to the others, and
    ``show`` writes one.
    """
    from w2vcli import UnknownWordsError

    def answers(queries: list[Query]) -> Iterator[Outcome]:
        errors: list[UnknownWordsError | None] = []
        for query in queries:
            try:
                check(query)
                errors.append(None)
            except UnknownWordsError as error:
                errors.append(error)
        known = [query for query, error in zip(queries, errors, strict=True) if error is None]
        found = iter(ask(known))
        for query, unknown in zip(queries, errors, strict=True):
            if unknown is None:
                show(query, next(found))
            yield unknown or []

    return answers


def _batches(
    arguments: list[str] | None, queries_of: QueriesOf, batch: int
) -> Iterator[list[Query]]:
    blocks = _read(queries_of) if arguments is None else [_given(arguments, queries_of)]
    for block in blocks:
        queries = iter(block)
        while some := list(islice(queries, batch)):
            yield some


def _given(arguments: list[str], queries_of: QueriesOf) -> Iterable[Query]:
    try:
        return queries_of(arguments)
    except ValueError as error:
        raise UsageError(str(error)) from None


def _read(queries_of: QueriesOf) -> Iterator[list[Query]]:
    """Yield the queries of the lines that are there at once; the good ones before an error."""
    before = 0
    for lines in line_batches():
        queries: list[Query] = []
        for number, line in enumerate(lines, start=before + 1):
            try:
                # A blank line is no query.
                queries += queries_of(words) if (words := cut(line)) else ()
            except ValueError as error:
                yield queries
                raise DataError(f"standard input, line {number}: {error}") from None
        yield queries
        before += len(lines)
