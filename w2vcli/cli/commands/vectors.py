"""``w2vcli vectors``: the numbers of words."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from w2vcli.cli import console, options
from w2vcli.cli.escaping import json_line, tab_separated
from w2vcli.cli.lines import BATCH
from w2vcli.cli.queries import Query, answer_all, each_word, known_together, words_given
from w2vcli.cli.unseen import unseen_json
from w2vcli.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def vectors(
    model: options.ModelFile,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="WORD", help="Words; if none is given, those on standard input."),
    ] = None,
    all_words: Annotated[
        bool, options.option("--all", help="All words of the model, in their order.")
    ] = False,
    vectors: options.MaybeVectors = None,
    normalize: Annotated[
        bool, options.option("--normalize", help="Divide each vector by its length.")
    ] = False,
    no_oov: options.NoOov = False,
    json: options.Json = False,
) -> None:
    """Print the vectors of words, each number with the digits that tell it from all others."""
    if all_words and words:
        raise UsageError("--all prints all words; leave it or the words out")
    import numpy as np

    from w2vcli import VectorSpace, decimal_rows, load

    space = VectorSpace(load(model), vectors, not no_oov)

    def show(word: str, digits: str, more: dict[str, object]) -> None:
        if json:
            console.write(f'{json_line({"word": word} | more)[:-1]}, "vector": [{digits}]}}')
        else:
            console.write(f"{tab_separated([word])}\t{digits}")

    def numbers(ids: "NDArray[np.int64]") -> list[str]:
        if normalize:
            found = space.exact_directions(ids).astype(np.float32)
        else:
            found = space.raw_vectors(ids)
        return decimal_rows(found, ", " if json else "\t")

    if all_words:
        for ids in _batches(len(space.model.words)):
            with console.together():
                for index, digits in zip(ids, numbers(np.array(ids)), strict=True):
                    show(space.model.words[index], digits, {})
        return

    def ask(queries: list[Query]) -> list[str]:
        return numbers(np.array([space.ids(query)[0] for query in queries], dtype=np.int64))

    def show_query(query: Query, digits: str) -> None:
        show(query[0], digits, unseen_json(space.lookup, query))

    answers = known_together(space.ids, ask, show_query)
    answer_all(space.lookup, words_given(words), each_word, answers, json, " ".join)


def _batches(size: int) -> Iterator[range]:
    for start in range(0, size, BATCH):
        yield range(start, min(start + BATCH, size))
