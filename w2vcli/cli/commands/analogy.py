"""``w2vcli analogy``: what is to c as b is to a."""

from pathlib import Path
from typing import Annotated

import typer

from w2vcli.cli import console, options
from w2vcli.cli.queries import answer_all, three_words
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
    from w2vcli.errors import UsageError
    from w2vcli.vectors.model import Model
    from w2vcli.vectors.neighbors import VectorSpace

    if words and len(words) != 3:
        raise UsageError(
            f"analogy takes three words, as in 'man king woman', and was given {len(words)}"
        )
    space = VectorSpace(Model.load(Path(model)), vectors)

    def answer(query: list[str]) -> None:
        a, b, c = query
        neighbors = space.analogy(a, b, c, top, method)
        if json:
            answers = [{"word": n.word, "score": round(n.score, 6)} for n in neighbors]
            console.write_json({"query": [a, b, c], "answers": answers})
        else:
            console.write_answers(query, f"{a} : {b} :: {c} : ?", neighbors)

    answer_all(space.model, words or None, three_words, answer)
