"""``w2vcli analogy``: what is to c as b is to a."""

from typing import Annotated

import typer

from w2vcli.cli import console, options, pages
from w2vcli.cli.queries import answer_all, three_words, words_given
from w2vcli.vectors.choices import AnalogyMethod


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
    vectors: options.Vectors = "both",
    method: Annotated[AnalogyMethod, options.option(help="3CosAdd or 3CosMul.")] = "add",
    json: options.Json = False,
) -> None:
    """Answer "A is to B as C is to ?", as in: man king woman."""
    from w2vcli import VectorSpace, load
    from w2vcli.errors import UsageError

    if (given := words_given(words)) and len(given) != 3:
        raise UsageError(
            f"analogy takes three words, as in 'man king woman', and was given {len(given)}"
        )
    space = VectorSpace(load(model), vectors)

    def answer(query: list[str]) -> list[str]:
        a, b, c = query
        neighbors = space.analogy(a, b, c, top, method)
        if json:
            answers = [{"word": n.word, "score": round(n.score, 6)} for n in neighbors]
            console.write_json({"query": [a, b, c], "answers": answers})
        else:
            pages.write_answers(query, f"{a} : {b} :: {c} : ?", neighbors)
        return []

    answer_all(space.model, given, three_words, answer, json, single=False)
