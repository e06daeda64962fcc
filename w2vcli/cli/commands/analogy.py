"""``w2vcli analogy``: what is to c as b is to a."""

import math
from typing import TYPE_CHECKING, Annotated

import typer

from w2vcli.cli import console, options, pages
from w2vcli.cli.among import answers_among, check_inputs
from w2vcli.cli.escaping import shortened
from w2vcli.cli.queries import (
    Query,
    answer_all,
    known_as,
    known_together,
    three_words,
    titled,
    words_given,
)
from w2vcli.errors import UsageError
from w2vcli.vectors.choices import AnalogyMethod

if TYPE_CHECKING:
    from w2vcli import Neighbor


def analogy(
    model: options.ModelFile,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="WORD",
            help="A, B and C; if none is given, three words a line on standard input.",
        ),
    ] = None,
    top: options.Top = 10,
    vectors: options.MaybeVectors = None,
    restrict: options.Restrict = None,
    among: options.Among = None,
    min_score: options.MinScore = None,
    method: Annotated[AnalogyMethod, options.option(help="3CosAdd or 3CosMul.")] = "add",
    no_oov: options.NoOov = False,
    json: options.Json = False,
) -> None:
    """Answer "A is to B as C is to ?", as in: man king woman."""
    given = words_given(words)
    check_inputs(given, among)
    if given and len(given) != 3:
        raise UsageError(
            f"analogy takes three words, as in 'man king woman', and was given {len(given)}"
        )
    from w2vcli import VectorSpace, load

    space = VectorSpace(load(model), vectors, not no_oov)
    pool = answers_among(space.model, restrict, among)
    least = -math.inf if min_score is None else min_score

    def ask(queries: list[Query]) -> list[list["Neighbor"]]:
        questions = [(a, b, c) for a, b, c in queries]
        return space.analogy_each(questions, top, method, pool, least)

    def vanish(query: Query) -> bool:
        a, b, c = query
        if method == "add":
            return space.cancels([b, c], [a])
        return all(space.cancels([word]) for word in query)

    def show(query: Query, neighbors: list["Neighbor"]) -> None:
        a, b, c = query
        if not neighbors and vanish(query):
            console.complain(
                f"warning: nothing is left of the vectors of '{shortened(' '.join(query))}', so "
                "that no word is an answer"
            )
        if json:
            answers = [{"word": n.word, "score": round(n.score, 6)} for n in neighbors]
            about = {"query": query} | known_as(space.lookup, query)
            console.write_json(about | {"answers": answers})
        else:
            title = titled(f"{a} : {b} :: {c} : ?", query, space.lookup, query)
            pages.write_answers(query, title, neighbors)

    answer_all(space.lookup, given, three_words, known_together(space.ids, ask, show), json)
