"""``w2vcli vectors``: the numbers of words."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from w2vcli.cli import console, options
from w2vcli.cli.lines import BATCH
from w2vcli.cli.queries import Query, answer_all, each_word, known_together, words_given
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
    json: options.Json = False,
) -> None:
    """Print the vectors of words, each number with the digits that tell it from all others."""
    if all_words and words:
        raise UsageError("--all prints all words; leave it or the words out")
    import numpy as np

    from w2vcli import VectorSpace, load

    space = VectorSpace(load(model), vectors)

    def show(word: str, vector: "NDArray[np.float32]") -> None:
        # The shortest digits that float32 reads back, which are fewer than those of Python's float.
        digits = map(str, vector)
        if json:
            console.write_json({"word": word, "vector": [float(number) for number in digits]})
        else:
            console.write_row([word, *digits])

    def numbers(ids: "NDArray[np.int64]") -> "NDArray[np.float32]":
        if normalize:
            return space.exact_directions(ids).astype(np.float32)
        return space.raw_vectors(ids)

    if all_words:
        for ids in _batches(len(space.model.words)):
            with console.together():
                for index, vector in zip(ids, numbers(np.array(ids)), strict=True):
                    show(space.model.words[index], vector)
        return

    def ask(queries: list[Query]) -> Iterable["NDArray[np.float32]"]:
        return numbers(np.array([space.ids(query)[0] for query in queries], dtype=np.int64))

    def show_query(query: Query, vector: "NDArray[np.float32]") -> None:
        show(query[0], vector)

    answers = known_together(space.ids, ask, show_query)
    answer_all(space.model, words_given(words), each_word, answers, json, " ".join)


def _batches(size: int) -> Iterator[range]:
    for start in range(0, size, BATCH):
        yield range(start, min(start + BATCH, size))
