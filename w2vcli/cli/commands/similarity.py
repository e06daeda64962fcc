"""``w2vcli similarity``: how near words are to each other."""

from itertools import combinations
from typing import TYPE_CHECKING, Annotated

import typer

from w2vcli.cli import console, options, pages
from w2vcli.cli.escaping import printable
from w2vcli.cli.queries import Query, answer_all, known_as, known_together, two_or_more, words_given
from w2vcli.cli.unseen import marked

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_WIDEST = 76
"""Columns of a matrix; of more words a terminal gets the pairs."""


def similarity(
    model: options.ModelFile,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="WORD",
            help="Two words or more; if none is given, those on each line of standard input.",
        ),
    ] = None,
    vectors: options.MaybeVectors = None,
    no_oov: options.NoOov = False,
    json: options.Json = False,
) -> None:
    """Show how similar words are: the cosine of their vectors, of two words or of each pair."""
    from w2vcli import VectorSpace, load

    space = VectorSpace(load(model), vectors, not no_oov)

    def ask(queries: list[Query]) -> list["NDArray[np.float64]"]:
        return [space.cosines(query) for query in queries]

    def show(query: Query, cosines: "NDArray[np.float64]") -> None:
        if json:
            rows = [[round(cosine, 6) for cosine in row] for row in cosines.tolist()]
            found = {"cosine": rows[0][1]} if len(query) == 2 else {"cosines": rows}
            console.write_json({"query": query} | known_as(space.lookup, query) | found)
        else:
            _show(marked("Cosines", space.lookup, query), query, cosines.tolist())

    answer_all(
        space.lookup,
        words_given(words),
        two_or_more,
        known_together(space.ids, ask, show),
        json,
    )


def _show(title: str, query: Query, cosines: list[list[float]]) -> None:
    """Write a matrix on a terminal, where it fits; else a line for each pair."""
    cells = [[f"{cosine:.4f}" for cosine in row] for row in cosines]
    columns = [printable(word) for word in query]
    width = sum(max(7, len(column)) + 1 for column in columns) + max(map(len, columns))
    if len(query) > 2 and width <= _WIDEST and console.results_on_terminal():
        rows = [[word, *row] for word, row in zip(query, cells, strict=True)]
        pages.write_table(title, pages.Table(["", *columns], rows))
        return
    pairs = combinations(range(len(query)), 2)
    rows = [[query[i], query[j], cells[i][j]] for i, j in pairs]
    pages.write_table(title, pages.Table(["word", "word", "cosine"], rows, labels=2))
