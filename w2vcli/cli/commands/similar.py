"""``w2vcli similar``: the nearest words of a word, of a sum of words, or of a vector."""

import math
from operator import add
from typing import TYPE_CHECKING, Annotated

import typer

from w2vcli.cli import console, options, pages
from w2vcli.cli.among import answers_among, check_inputs
from w2vcli.cli.escaping import shortened
from w2vcli.cli.lines import vector_batches
from w2vcli.cli.queries import (
    Query,
    answer_all,
    is_signed,
    known_as,
    known_together,
    known_words,
    signed_words,
    titled,
    without_signs,
    words_given,
)
from w2vcli.errors import UsageError

if TYPE_CHECKING:
    from w2vcli import Lookup, Neighbor


def similar(
    model: options.ModelFile,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="WORD",
            help="Words, or sums as in: king -man +woman. If none is given, those on standard "
            "input, one or more a line.",
        ),
    ] = None,
    top: options.Top = 10,
    vectors: options.MaybeVectors = None,
    restrict: options.Restrict = None,
    among: options.Among = None,
    min_score: options.MinScore = None,
    by_vector: Annotated[
        bool,
        options.option(
            "--by-vector",
            help="Each line of standard input is a vector: numbers, perhaps behind a word, as "
            "'w2vcli vectors' prints them.",
        ),
    ] = False,
    no_oov: options.NoOov = False,
    json: options.Json = False,
) -> None:
    """Show the words most similar to a word, or to a sum of words, by the cosine of vectors."""
    given = words_given(words)
    if by_vector and given is not None:
        raise UsageError("--by-vector reads vectors on standard input; leave the words out")
    check_inputs(given, among)
    from w2vcli import VectorSpace, load

    space = VectorSpace(load(model), vectors, not no_oov)
    pool = answers_among(space.model, restrict, among)
    least = -math.inf if min_score is None else min_score
    if by_vector:
        for names, targets in vector_batches(space.width, space.vectors):
            with console.together():
                found = space.near_vectors(targets, top, pool, least)
                for name, neighbors in zip(names, found, strict=True):
                    _show(name, name, neighbors, {} if json else None)
        return

    def ask(queries: list[Query]) -> list[list["Neighbor"]]:
        return space.similar_each([without_signs(query) for query in queries], top, pool, least)

    def check(query: Query) -> None:
        space.ids(_words(query))

    def show(query: Query, neighbors: list["Neighbor"]) -> None:
        if not neighbors and space.cancels(*without_signs(query)):
            console.complain(
                f"warning: nothing is left of the vectors of '{shortened(' '.join(query))}', so "
                "that no word is near"
            )
        about = _signed(query) | known_as(space.lookup, _words(query)) if json else None
        _show(" ".join(query), _title(space.lookup, query), neighbors, about)

    answers = known_together(check, ask, show)
    answer_all(
        *(space.lookup, given, signed_words, answers, json, " ".join),
        more=_signed,
        words_of=_words,
    )


def _words(query: Query) -> list[str]:
    """Return the words of a query, those to add first."""
    return [word for words in without_signs(query) for word in words]


def _signed(query: Query) -> dict[str, object]:
    """Return what JSON says of the signs in a query of several words."""
    plus, minus = without_signs(query)
    return {"plus": plus, "minus": minus} if len(query) > 1 else {}


def _title(lookup: "Lookup", query: Query) -> str:
    """Return a query as it was written, as the model writes it, and which words are unseen."""
    signs = [word[0] if len(query) > 1 and is_signed(word) else "" for word in query]
    words = [word[len(sign) :] for sign, word in zip(signs, query, strict=True)]
    known = list(map(add, signs, known_words(lookup, words)))
    return titled(" ".join(query), query, lookup, words, known)


def _show(
    name: str, title: str, neighbors: list["Neighbor"], about: dict[str, object] | None
) -> None:
    """Write the neighbours of a query: with ``about`` in JSON, which says that of it too."""
    if about is None:
        pages.write_answers([name], title, neighbors)
        return
    found = [{"word": n.word, "cosine": round(n.score, 6)} for n in neighbors]
    console.write_json({"query": name} | about | {"neighbors": found})
