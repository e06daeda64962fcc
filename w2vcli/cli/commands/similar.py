"""``w2vcli similar``: the nearest words of a word, of a sum of words, or of a vector."""

import math
from typing import TYPE_CHECKING, Annotated, Any

import typer

from w2vcli.cli import console, options, pages, paths
from w2vcli.cli.lines import vector_batches
from w2vcli.cli.queries import (
    Query,
    answer_all,
    answers_among,
    known_together,
    signed_words,
    without_signs,
    words_given,
)
from w2vcli.errors import UsageError

if TYPE_CHECKING:
    from w2vcli.vectors.neighbors import Neighbor


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
    json: options.Json = False,
) -> None:
    """Show the words most similar to a word, or to a sum of words, by the cosine of vectors."""
    given = words_given(words)
    paths.input_files([among, *(["-"] if given is None else [])])
    if by_vector and given is not None:
        raise UsageError("--by-vector reads vectors on standard input; leave the words out")
    from w2vcli import VectorSpace, load

    space = VectorSpace(load(model), vectors)
    pool = answers_among(space.model, restrict, among)
    least = -math.inf if min_score is None else min_score
    if by_vector:
        for names, targets in vector_batches(space.width, space.vectors):
            with console.together():
                found = space.near_vectors(targets, top, pool, least)
                for name, neighbors in zip(names, found, strict=True):
                    _show([name], neighbors, json)
        return

    def ask(queries: list[Query]) -> list[list["Neighbor"]]:
        return space.similar_each([without_signs(query) for query in queries], top, pool, least)

    def check(query: Query) -> None:
        space.ids([word for words in without_signs(query) for word in words])

    def show(query: Query, neighbors: list["Neighbor"]) -> None:
        _show(query, neighbors, json)

    answer_all(space.model, given, signed_words, known_together(check, ask, show), json, " ".join)


def _show(query: Query, neighbors: list["Neighbor"], json: bool) -> None:
    name = " ".join(query)
    if not json:
        pages.write_answers([name], name, neighbors)
        return
    plus, minus = without_signs(query)
    signed: dict[str, Any] = {"plus": plus, "minus": minus} if len(query) > 1 else {}
    found = [{"word": n.word, "cosine": round(n.score, 6)} for n in neighbors]
    console.write_json({"query": name} | signed | {"neighbors": found})
