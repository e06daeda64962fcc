"""``w2vcli subwords``: what the n-grams of words say."""

from typing import TYPE_CHECKING, Annotated

import typer

from w2vcli.cli import console, options, pages
from w2vcli.cli.queries import (
    Query,
    answer_all,
    each_word,
    known_as,
    one_by_one,
    titled,
    words_given,
)

if TYPE_CHECKING:
    from w2vcli import NgramShare

_OWN_ROW = "(own row)"  # no n-gram holds a space


def subwords(
    model: options.ModelFile,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="WORD", help="Words; if none is given, those on standard input."),
    ] = None,
    top: Annotated[
        int | None,
        options.option(
            metavar="N",
            min=1,
            help="Only the N without which least is left, these first; if not given, all, in the "
            "order in which they begin in the word.",
        ),
    ] = None,
    json: options.Json = False,
) -> None:
    """Show what each n-gram of a word says, in a model trained with --subwords.

    'cosine' is that of the n-gram's row with the vector of the word, which is the mean of its own
    row and those of its n-grams; 'left' is the cosine of that vector with the mean of the other
    rows, which it would be without the n-gram, however often that occurs.
    """
    from w2vcli import Lookup, check_ngrams, load, ngram_shares

    lookup = Lookup(load(model))
    check_ngrams(lookup.model)

    def answer(query: Query) -> list[str]:
        found = ngram_shares(lookup, query[0])
        shares = found.shares if top is None else found.most_telling(top)
        if json:
            about = {"query": query[0]} | known_as(lookup, query)
            console.write_json(about | {"ngrams": list(map(_as_json, shares))})
        else:
            _show(query[0], titled(query[0], query, lookup, query), shares)
        return []

    answer_all(lookup, words_given(words), each_word, one_by_one(answer), json, " ".join)


def _as_json(share: "NgramShare") -> dict[str, object]:
    return {
        "ngram": share.ngram,
        "times": share.times,
        "cosine": round(share.cosine, 6),
        "left": None if share.left is None else round(share.left, 6),
    }


def _show(query: str, title: str, shares: list["NgramShare"]) -> None:
    """Write a table on a terminal; in a pipe a line ``query n-gram times cosine left`` for each."""
    rows = [
        [
            _OWN_ROW if share.ngram is None else share.ngram,
            str(share.times),
            f"{share.cosine:.4f}",
            "-" if share.left is None else f"{share.left:.4f}",
        ]
        for share in shares
    ]
    table = pages.Table(["n-gram", "times", "cosine", "left"], rows)
    pages.write_table(title, table, kind=query)
