"""What kind of text a file is, by its first bytes: for messages about a file of the wrong kind."""

import codecs
import re
import unicodedata

PEEK_BYTES = 1 << 10

_TENSORS_START = 8  # bytes; a tensor file begins with a number of so many, some of which are 0
_PHRASE_LINE = re.compile(rb"\S+(?: \S+)+\t[-+.0-9e]+\t[0-9]+\s")
_VOCABULARY_LINE = re.compile(rb"\S+[ \t]+[0-9]+\s")


def begins_as_vocabulary(start: bytes) -> bool:
    """Return whether the first line is ``word count``."""
    return _VOCABULARY_LINE.match(start) is not None


def begins_as_phrases(start: bytes) -> bool:
    """Return whether the first line is that of a table of phrases, with score and count."""
    return _PHRASE_LINE.match(start) is not None


def text_kind(start: bytes) -> str | None:
    """Return "a vocabulary" or "a text" for the first bytes of one; None for anything else."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return None
    controls = (char for char in text if unicodedata.category(char) == "Cc" and not char.isspace())
    if len(start) < _TENSORS_START or any(controls):
        return None
    # The second line too: vectors in word2vec's text format begin with a line of two numbers.
    lines = [line for line in start.splitlines(keepends=True)[:2] if line.endswith(b"\n")]
    return "a vocabulary" if lines and all(map(begins_as_vocabulary, lines)) else "a text"
