"""Marks that a word is unseen, so that its vector is made of n-grams: in titles, JSON and notes."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from w2vcli.cli import console
from w2vcli.cli.escaping import shortened

if TYPE_CHECKING:
    from w2vcli import Lookup


def unseen_json(lookup: "Lookup", words: Iterable[str]) -> dict[str, object]:
    """Return what JSON says of the unseen ones of some words; nothing if there are none."""
    found = list(lookup.unseen(words))
    return {"unseen": found} if found else {}


def marked(title: str, lookup: "Lookup", words: Iterable[str], *, alone: bool = False) -> str:
    """Return a title that says which of its words are unseen; of one ``alone`` it needs no name."""
    found = lookup.unseen(words)
    if not found:
        return title
    if alone and len(found) == 1:
        said = f"of {_ngrams(*found.values())}"
    else:
        said = "; ".join(f"{shortened(word)}, of {_ngrams(n)}" for word, n in found.items())
    return f"{title} (unseen: {said})"


def tell_of_unseen(
    lookup: "Lookup", words: Iterable[str], told: set[str], hint: Callable[[str], str]
) -> None:
    """Say of each unseen word but those of ``told``, which it joins, what its vector is made of.

    ``hint`` makes the end of the sentence: what may have been meant instead.
    """
    for word, size in lookup.unseen(words).items():
        if word in told:
            continue
        told.add(word)
        index = lookup.find(word)
        assert index is not None
        form = lookup.word(index)
        known_as = f" (as '{shortened(form)}')" if form != word else ""
        console.note(
            f"the model does not know '{shortened(word)}'{known_as}: its vector is made of "
            f"{_ngrams(size)}{hint(word)}"
        )


def _ngrams(size: int) -> str:
    return f"{size:,} n-gram{'s' * (size != 1)}"
