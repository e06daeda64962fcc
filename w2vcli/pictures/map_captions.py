"""What a map of words says of itself: how it was made, what it keeps and what it does not."""

import math
import unicodedata

from w2vcli.pictures.colours import category, on_scale
from w2vcli.vectors.choices import Colouring
from w2vcli.vectors.word_map import WordMap

_KEPT = " \u200c\u200d"  # the last two say whether letters join
_LONGEST = 24  # letters of a word beside its point
_VECTORS = {
    "input": "input vectors",
    "output": "output vectors",
    "sum": "sums of input and output vectors",
    "blend": "input vectors plus an eighth of the output vectors",
    "both": "input and output vectors",
}


def how_made(found: WordMap) -> str:
    """Return a sentence that says by which projection of which vectors a map was made."""
    vectors = _VECTORS[found.vectors]
    if found.explained == (0, 0):
        return f"PCA of the {vectors}, which do not differ."
    if found.explained is not None:
        x, y = (_percent(share) for share in found.explained)
        return f"PCA of the {vectors}: {x} of their variance lies along x, {y} along y."
    name = {"umap": "UMAP", "tsne": "t-SNE"}[found.method]
    return f"{name} of the {vectors}, by their cosines, with seed {found.seed}."


def what_it_keeps(found: WordMap) -> str:
    """Return a sentence that says what one may read off a map, and what not."""
    if found.explained == (0, 0):
        return "So all words lie in one place."
    if found.explained is not None:
        hidden = _percent(max(0.0, 1 - sum(found.explained)))
        if hidden == _percent(0.0):
            return "Words far apart here differ, and those close together are alike."
        return (
            f"Words far apart here differ; those close together may, too, in the {hidden} that is "
            "not shown."
        )
    return (
        "Words close together here are mostly alike; distances between groups, their sizes and "
        "directions mean nothing."
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def titled(text: str) -> str:
    """Return a title in one line, without what does not show."""
    return "".join("�" if _is_blank(char) else char for char in text)


def _is_blank(char: str) -> bool:
    """Return whether a character has no picture, and does nothing to those beside it either."""
    return unicodedata.category(char)[0] in "CZ" and char not in _KEPT


def label(word: str, most: int = _LONGEST) -> str:
    """Return a word as it stands beside its point: in one short line, without what does not show.

    Parameters
    ----------
    word
        Any word.
    most
        How many characters there is room for; the last is an ellipsis where it is cut.
    """
    return titled(word if len(word) <= most else f"{word[: most - 1]}…")


def colours_of(found: WordMap, colouring: Colouring) -> list[str]:
    """Return the name of the colour of each word.

    ``cluster`` falls back on the frequency where there are no clusters. That is on a scale of the
    logarithms of counts; where nobody knows these, the place in the vocabulary stands for them, as
    frequent words come first.
    """
    if colouring == "cluster" and found.clusters is not None:
        return [category(cluster) for cluster in found.clusters.tolist()]
    if found.counts is None:
        logarithms = [-math.log(place) for place in range(1, len(found.words) + 1)]
    else:
        logarithms = [math.log(max(1, count)) for count in found.counts.tolist()]
    least = min(logarithms)
    span = max(logarithms) - least
    return [on_scale((value - least) / span if span else 0.0) for value in logarithms]


def ends_of_frequency(found: WordMap) -> tuple[str, str]:
    """Return what stands at the lower and the upper end of the scale of frequencies."""
    if found.counts is None:
        return "last in the vocabulary", "first"
    return f"{int(found.counts.min()):,} times", f"{int(found.counts.max()):,} times"
