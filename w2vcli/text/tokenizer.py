"""From raw text to words: where a word begins and ends, by the letters of Unicode.

Text is brought to Unicode's normal form C. A word is made of letters, digits and the marks that
combine with them, of any script; within it may stand an apostrophe, a hyphen, a dot, a middle dot
or an underscore, and between two digits a comma. So these are words: ``don't``,
``state-of-the-art``, ``U.S.`` (a dot that ends single letters with dots between them stays),
``3.14``, ``1,000``, ``new_york``; and whole: ``https://example.org/a?b=c``, ``jane@example.org``.
All else separates words.

No rule looks beyond white space: so it makes no difference in which pieces a text comes. Whoever
changes what words a text becomes raises ``rules.VERSION``.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import groupby
from typing import TypeAlias

from w2vcli.text.expressions import compiled
from w2vcli.text.rules import Numbers, Punctuation, TextRules

NUMBER = "0"
"""The word that takes the place of every number, if numbers are folded."""

Findall: TypeAlias = Callable[[str], list[str]]

# Characters of Latin, Greek and Cyrillic text that every Unicode version treats alike, that no
# normal form changes, and none of which combines with others or is left out of words.
_SIMPLE = (
    "\x00-\x7f\xa0-\xac\xae-\u02ff\u0370-\u0373\u0376\u0377\u037b-\u037d\u0384-\u0386"
    "\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u0482\u048a-\u052f\u1e00-\u1eff\u2010-\u2027"
    "\u2030-\u205e\u20a0-\u20bf"
)
_find_other = re.compile(f"[^{_SIMPLE}]").search

_LINE_ENDS = ("\x85", "\u2028", "\u2029")

# Within words: apostrophes, hyphens, dots, and what UAX #29 lets stand between letters.
_INNER = "'’.\\-_·\u2027"
_INNER_OTHER = _INNER + "\u05f3\u05f4\u200c"  # Hebrew geresh and gershayim; Persian's non-joiner
_UNSEEN = re.compile(  # soft hyphen, word joiner, byte order mark; marks of the writing direction
    "[\u00ad\u061c\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)

_OF_RUNS = ".-!?=*_#~+…—–"
_RUNS = "|".join(rf"{re.escape(mark)}++" for mark in _OF_RUNS)
_LETTER, _WORD = r"[^\W\d_]", r"[^\W_]"
_OTHER_WORD = r"[\p{L}\p{N}\p{M}\u200d]"
# As \X has it, which looks back over a whole run of flags at each of them.
_FLAG = r"[\U0001f1e6-\U0001f1ff]{2}[\p{GCB=Extend}\p{GCB=SpacingMark}\u200d]*+"
_NO_ADDRESS = r"\s\x00-\x1f\x7f-\x9f<>\"“”«»"  # \s of regex, unlike that of re, has no \x1c to \x1f


def _pattern(begin: str, letter: str, word: str, inner: str, address: str, mark: str | None) -> str:
    """Return the pattern of all tokens.

    Parameters
    ----------
    begin, letter, word
        The characters with which words begin, those of abbreviations, and those of words.
    inner
        What may stand within words.
    address
        A character of an address behind its ``://``.
    mark
        One mark of punctuation or a symbol; None if they are dropped.
    """
    dotted = rf"{letter}(?:\.{letter})++\.(?!{word})"
    plain = rf"{begin}{word}*+" if begin != word else rf"{word}++"
    more = rf"(?:(?:[{inner}]|(?<=\d),(?=\d)){word}++)*+"
    addressed = rf"://{address}*{word}/?|@{word}++(?:[.\-]{word}++)++"
    marks = "" if mark is None else f"|(?![{re.escape(_OF_RUNS)}]){mark}|{_RUNS}"
    return rf"(?:{dotted}|{plain}){more}(?:{addressed})?|\n{marks}"


@lru_cache
def _simple(punctuation: Punctuation) -> Findall:
    """Return what finds the tokens of simple text: Python's own expressions, which are faster."""
    mark = r"[^\w\s\x00-\x1f\x7f]" if punctuation == "keep" else None
    address = rf"[^{_NO_ADDRESS}]"
    return compiled(_pattern(_WORD, _LETTER, _WORD, _INNER, address, mark)).findall


def token_pattern(punctuation: Punctuation) -> str:
    """Return the pattern of all tokens of text in normal form, for other libraries' expressions.

    They know no grapheme clusters: a mark or symbol is one character and what combines with it.
    """
    mark = rf"(?!{_OTHER_WORD}|[\s\p{{Cc}}\p{{Cf}}\p{{Cs}}])[^\s]\p{{M}}*+"
    mark_or_none = mark if punctuation == "keep" else None
    return _other_pattern(mark_or_none).replace("|\n", "", 1)


@lru_cache
def _other(punctuation: Punctuation) -> Findall:
    """Return what finds the tokens of any text."""
    import regex

    mark = None
    if punctuation == "keep":
        mark = rf"(?!{_OTHER_WORD}|[\s\p{{Cc}}\p{{Cf}}\p{{Cs}}])(?:{_FLAG}|\X)"
    findall: Findall = regex.compile(_other_pattern(mark)).findall
    return findall


def _other_pattern(mark: str | None) -> str:
    address = rf"[^\p{{Cc}}\p{{Cf}}\p{{Cs}}{_NO_ADDRESS}]"
    address = rf"(?:{address}|[\u200c\u200d])"
    return _pattern(r"[\p{L}\p{N}]", r"\p{L}", _OTHER_WORD, _INNER_OTHER, address, mark)


# The first digit comes first, so that the search goes from digit to digit.
_numbers = compiled(r"\d(?<![^ \n]\d)\d*+(?:[.,'’\-_·\u2027]\d++)*+(?![^ \n])").sub
_GONE = "\t"  # no token has one


def with_line_feeds(text: str, paragraphs: bool = False) -> str:
    """Return a text in which every line ends in a line feed, however it ended before.

    Where paragraphs matter, U+2029 is two of them.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isascii():
        for end in _LINE_ENDS:
            if end in text:
                text = text.replace(end, "\n\n" if paragraphs and end == "\u2029" else "\n")
    return text


def normalized(text: str, *, lower: bool) -> str:
    """Return a text in normal form C without characters that are not seen; perhaps case-folded.

    Folding is Unicode's: ß becomes ss, a final ς is σ, and İ an i with a dot above.
    """
    if text.isascii():
        return text.lower() if lower else text
    if _find_other(text):
        text = unicodedata.normalize("NFC", _in_order(_UNSEEN.sub("", text)))
    if lower:
        text = text.casefold()
        if _find_other(text):
            text = unicodedata.normalize("NFC", text)
    return text


def _in_order(text: str) -> str:
    """Put long runs of marks in canonical order, for which ``unicodedata`` takes their square."""
    # A run of _MANY marks holds eight of every 16th character, one behind the other.
    return _many_marks(_run_in_order, text) if _find_marks(text[::16]) else text


_MANY = 9 * 16
_find_marks = re.compile(r"[^\w\s]{8}").search
_many_marks = re.compile(rf"[^\w\s]{{{_MANY},}}").sub


def _run_in_order(run: re.Match[str]) -> str:
    combining = unicodedata.combining
    groups = groupby(run[0], lambda character: combining(character) == 0)
    return "".join("".join(sorted(group, key=combining)) for _, group in groups)


def tokenized(text: str, rules: TextRules) -> str:
    """Return a text as tokens with a space between them, each line ended by a line feed.

    Parameters
    ----------
    text
        Lines that end in line feeds; the last may go on in another piece, cut in white space.
    rules
        ``lower``: whether to fold the case. ``numbers``: whether words of digits alone, and of what
        may stand between them within a word, are kept, become ``NUMBER`` or are dropped.
        ``punctuation``: whether all that is no word is dropped, or each mark or symbol is a token;
        then a run of the same of ``. - ! ? = * _ # ~ + … — –`` is one.
    """
    found: list[str] = []
    text = _plain_hyphens(text)
    simple = _simple(rules.punctuation)
    for piece, is_simple in _pieces(text):
        if is_simple and rules.lower:
            piece = piece.casefold()
            is_simple = not _find_other(piece)
        if is_simple:
            found += simple(piece)
        else:
            found += _other(rules.punctuation)(normalized(piece, lower=rules.lower))
    tokens = " ".join(found).replace("\n ", "\n").replace(" \n", "\n")
    return _numbered(_plain_apostrophes(tokens), rules.numbers)


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Divide a text into pieces of whole lines, each with whether all of it is simple."""
    start = 0
    while other := _find_other(text, start):
        begin = max(text.rfind("\n", start, other.start()) + 1, start)
        end = text.find("\n", other.end()) + 1 or len(text)
        if begin > start:
            yield text[start:begin], True
        yield text[begin:end], False
        start = end
    if start < len(text):
        yield text[start:], True


def _plain_hyphens(text: str) -> str:
    """Replace the hyphens of Unicode, so that words and runs have the one of ASCII."""
    return text if text.isascii() else text.replace("\u2010", "-").replace("\u2011", "-")


def _plain_apostrophes(tokens: str) -> str:
    """Replace the apostrophe ’ within words."""
    if tokens.isascii():
        return tokens
    # A closing quotation mark, which is a token of its own or one of a run, stays.
    return _INNER_APOSTROPHE.sub("'", tokens) if "’" in tokens else tokens


_INNER_APOSTROPHE = re.compile(r"(?<=[^ \n’])’(?=[^ \n’])")


def _numbered(tokens: str, numbers: Numbers) -> str:
    if numbers == "fold":
        return _numbers(NUMBER, tokens)
    if numbers == "drop":
        tokens = _numbers(_GONE, tokens).replace(f" {_GONE}", "")
        return tokens.replace(f"{_GONE} ", "").replace(_GONE, "")
    return tokens
