"""Whether a vocabulary is that of a raw text: its words have punctuation glued to them."""

import re
from collections.abc import Collection
from dataclasses import dataclass

_MARKS = ",.;:!?،؛؟।"
_LEAST_SHARE = 0.02
_LEAST_WORDS = 10
_MOST_SYMBOLS = 1.2  # times as many words with symbols within: then it is no prose, but code
_is_plain = re.compile(rf"[^\x00-&(-,./0-@\[-`{{-\x7f{_MARKS}]{{2,}}").fullmatch  # letters ' -
_has_symbol = re.compile(r"\w[=(){}\[\]<>/\\@#$%^&*+|~`]|[=(){}\[\]<>/\\@#$%^&*+|~`]\w").search


@dataclass(frozen=True)
class GluedPunctuation:
    """Words that end in a mark and stand in the vocabulary without it too.

    Attributes
    ----------
    share
        Of all words of the vocabulary.
    example
        The most frequent of them.
    """

    share: float
    example: str


def glued_punctuation(words: Collection[str]) -> GluedPunctuation | None:
    """Return the words with glued punctuation, where they show that a text is not tokenized.

    They do if they are at least 2 % of the words and 10, and the text is prose: in program text
    more words have symbols within.

    Parameters
    ----------
    words
        The words of a vocabulary, frequent ones first.
    """
    known = set(words)
    glued = [word for word in words if _is_glued(word) and word[:-1] in known]
    if len(glued) < max(_LEAST_WORDS, _LEAST_SHARE * len(words)):
        return None
    if sum(_has_symbol(word) is not None for word in words) > _MOST_SYMBOLS * len(glued):
        return None
    return GluedPunctuation(len(glued) / len(words), glued[0])


def _is_glued(word: str) -> bool:
    return word[-1] in _MARKS and _is_plain(word[:-1]) is not None
