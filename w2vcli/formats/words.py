"""Words that the readers of a format would cut, lose or change, each with the reason.

Every function takes a word and returns None, or a clause that says why it cannot be carried. A word
of ours is never empty and holds no ASCII white space, but may hold any other character.
"""

import re

PREFIX = "▁"
"""What a word begins with in a ``tokenizer.json``; see ``tokenizer``."""

# Rust's char::is_whitespace, by which the tokenizers library splits, beyond ASCII's.
_RUST_SPACE = re.compile("[\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")
# What JavaScript takes for white space, beyond ASCII's.
_JAVASCRIPT_SPACE = re.compile("[\ufeff\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")


def any_word(_word: str) -> str | None:
    """Carry every word."""
    return None


def split_by_python(word: str) -> str | None:
    """Refuse what ``line.split()`` cuts, by which many programs read lines of GloVe."""
    if word.split() == [word]:
        return None
    return "it holds white space at which readers of this format cut a line"


def one_line(word: str) -> str | None:
    """Refuse what ``str.splitlines`` cuts, by which lists of words are read."""
    if word.splitlines() == [word]:
        return None
    return "it holds a character at which Python ends a line, and its words stand one on a line"


def blank_in_javascript(word: str) -> str | None:
    """Refuse a word that is all white space: the Projector takes it for the number 0."""
    if not _JAVASCRIPT_SPACE.fullmatch(word):
        return None
    return "it is white space to the Embedding Projector, which shows it as 0"


def matched_by_tokenizer(word: str) -> str | None:
    """Refuse what a tokenizer never finds: it cuts at white space, and marks words by a prefix."""
    if _RUST_SPACE.search(word):
        return "it holds white space, at which the tokenizer cuts a text"
    if word.startswith(PREFIX):
        return f"it begins with '{PREFIX}', by which the tokenizer marks the beginning of a word"
    return None


def matched_in_lower_case(word: str) -> str | None:
    """Refuse too what is not in lower case, where the tokenizer lower-cases a text."""
    if "".join(char.lower() for char in word) != word:
        return "it has upper-case letters, and the text of this model was lower-cased"
    return matched_by_tokenizer(word)
