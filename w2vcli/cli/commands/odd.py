"""``w2vcli odd``: which of some words fits least."""

from typing import TYPE_CHECKING, Annotated

import typer

from w2vcli.cli import console, options, pages
from w2vcli.cli.queries import (
    Query,
    answer_all,
    known_as,
    known_together,
    three_or_more,
    titled,
    words_given,
)

if TYPE_CHECKING:
    from w2vcli import Neighbor


def odd(
    model: options.ModelFile,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="WORD",
            help="Three words or more; if none is given, those on each line of standard input.",
        ),
    ] = None,
    vectors: options.MaybeVectors = None,
    no_oov: options.NoOov = False,
    json: options.Json = False,
) -> None:
    """Find the odd one out: the word of smallest cosine with the mean of all, the first shown."""
    from w2vcli import VectorSpace, load

    space = VectorSpace(load(model), vectors, not no_oov)

    def ask(queries: list[Query]) -> list[list["Neighbor"]]:
        return [space.odd(query) for query in queries]

    def show(query: Query, found: list["Neighbor"]) -> None:
        if json:
            words = [{"word": n.word, "cosine": round(n.score, 6)} for n in found]
            about = {"query": query} | known_as(space.lookup, query)
            console.write_json(about | {"odd": found[0].word, "words": words})
        else:
            name = " ".join(query)
            title = titled(name, query, space.lookup, query)
            pages.write_answers([name], title, found, strong=frozenset({0}))

    answer_all(
        space.lookup,
        words_given(words),
        three_or_more(space.lookup),
        known_together(space.ids, ask, show),
        json,
    )
