"""Which words can be answers: those of ``--restrict`` and ``--among``."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from w2vcli.cli import console, paths
from w2vcli.cli.escaping import shortened
from w2vcli.errors import DataError, InputError, UsageError

if TYPE_CHECKING:
    from w2vcli import WordVectors

_NAMED = 5


def check_inputs(given: list[str] | None, among: str | None) -> None:
    """Raise a UsageError if words and ``--among`` cannot both be read, or its name is empty."""
    if given is None and among == "-":
        raise UsageError(
            "--among -: the words to ask about are read from standard input too; name a file, or "
            "give the words as arguments"
        )
    paths.input_files([among])


def answers_among(
    model: "WordVectors", restrict: int | None, among: str | None
) -> Sequence[int] | None:
    """Return the ids of the words that can be answers, ascending; None for all words.

    Parameters
    ----------
    model
        The words.
    restrict
        How many of the first words can be answers, or None.
    among
        A file of words, or None; those that the model does not know are named in a warning.

    Raises
    ------
    InputError, DataError
        If the file cannot be read, or holds no word that can be an answer.
    """
    first = range(len(model.words))[:restrict]
    if among is None:
        return first if restrict else None
    from w2vcli import read_word_list

    shown = "standard input" if among == "-" else among
    if Path(among).is_dir():
        raise InputError(f"{shown}: this is a folder; name a file of words for --among")
    found = {word: model.find(word) for word in sorted(read_word_list(among))}
    if not found:
        raise DataError(f"{shown}: it is empty; put words of the model there, one a line")
    ids = sorted({index for index in found.values() if index is not None and index in first})
    if not ids:
        where = "" if restrict is None else f" among its first {restrict:,} words"
        raise DataError(
            f"{shown}: the model knows none of its words{where}; put words of the model there, "
            "one a line"
        )
    if unknown := [word for word, index in found.items() if index is None]:
        named = ", ".join(f"'{shortened(word)}'" for word in unknown[:_NAMED])
        console.complain(
            f"warning: {shown}: the model does not know {len(unknown):,} of its {len(found):,} "
            f"words: {named}{', ...' if len(unknown) > _NAMED else ''}"
        )
    return ids
