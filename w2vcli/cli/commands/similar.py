"""``w2vcli similar``: the nearest words of a word."""

from typing import Annotated

import typer

from w2vcli.cli import console, options, pages
from w2vcli.cli.queries import answer_all, each_word, words_given


def similar(
    model: options.ModelFile,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="WORD", help="Words; if none is given, those on standard input."),
    ] = None,
    top: options.Top = 10,
    vectors: options.Vectors = "both",
    json: options.Json = False,
) -> None:
    """Show the words most similar to a word, by the cosine of their vectors."""
    from w2vcli import VectorSpace, load

    space = VectorSpace(load(model), vectors)

    def answer(query: list[str]) -> list[str]:
        (word,) = query
        neighbors = space.similar(word, top)
        if json:
            console.write_json(
                {
                    "query": word,
                    "neighbors": [{"word": n.word, "cosine": round(n.score, 6)} for n in neighbors],
                }
            )
        else:
            pages.write_answers([word], word, neighbors)
        return []

    answer_all(space.model, words_given(words), each_word, answer, json, single=True)
