"""The lines of raw text: hard-wrapped ones are joined to paragraphs, paragraphs cut to sentences.

A paragraph ends at a line of nothing but white space, at U+2029 and at the end of the text. A
sentence ends

* behind ``.``, ``!``, ``?`` or ``…``, and the closing quotation marks and brackets behind them, if
  white space follows and then no lower-case letter; opening quotation marks and brackets before
  that letter do not count. A single dot ends none behind one letter (an initial, ``U.S.``), behind
  one of ``ABBREVIATIONS``, or before a digit behind one of ``BEFORE_NUMBERS``;
* behind the full stops of scripts without capitals (``。 ！ ？ । ॥ ۔ ؟ ։ ።``) and the closing marks
  behind them, whatever follows.
"""

import re

from w2vcli.text.expressions import compiled

_OF_NAMES = """
    adm brig capt cf cmdr col corp cpl dr fr gen gov hon inc jr lt ltd maj messrs mlle mme mr mrs ms
    mt mts prof rep rev sen sgt sr sra srta st vs bzw ca ggf hr vgl
"""
_OF_NUMBERS = "abb art ch fig figs no nos nr op p pp sec vol vols"
ABBREVIATIONS = frozenset(_OF_NAMES.split())
"""Words whose dot ends no sentence, in lower case."""

BEFORE_NUMBERS = frozenset(_OF_NUMBERS.split())
"""Words whose dot ends no sentence before a digit, in lower case."""

_CLOSING = "\"'”’»)\\]」』"
_OPENING = "\"'“‘«(\\[¿¡—–\\-「『"
_BREAK = "\u2029"  # a text that is fed has none left
_blank_lines = re.compile(r"\n[^\S\n]*\n\s*").sub
_full_stops = re.compile(rf"([。！？।॥۔؟։።]+[{_CLOSING}]*)\s*").sub
# From the first stop of a run only, and never back: or a long run would take its square.
_stops = compiled(rf"(?<![.!?…])([.!?…]++)[{_CLOSING}]*+(\s++)").finditer
_opened = re.compile(rf"[{_OPENING}]*(\S?)").match
_last_word = re.compile(r"[^\s\"'“‘«(\[]*\Z").search
_LONGEST = 16
"""Characters of a word before a stop that are looked at."""


class LineJoiner:
    """Joins the lines of a text that comes in pieces, and keeps at most a word of it.

    Parameters
    ----------
    sentences
        Whether paragraphs are cut into sentences.
    """

    def __init__(self, *, sentences: bool) -> None:
        self._sentences = sentences
        self._kept = ""

    def feed(self, text: str) -> str:
        """Return the next piece of the text with other lines; its last word waits for the next.

        Parameters
        ----------
        text
            The next piece, cut in white space, each line ended by a line feed.
        """
        text = self._kept + text
        body = text.rstrip()
        if not body:
            self._kept = _shortened(text)
            return ""
        last = body.rsplit(None, 1)[-1]
        begin = len(body) - len(last)
        self._kept = last + _shortened(text[len(body) :])
        return self._joined(text[:begin] + _kind(_first(last, 0)))[:-1]

    def finish(self) -> str:
        """Return what is left at the end of the text."""
        kept, self._kept = self._kept.strip(), ""
        return self._joined(kept) + "\n" if kept else ""

    def _joined(self, text: str) -> str:
        text = _blank_lines(_BREAK, text).replace("\n", " ")
        if self._sentences:
            text = _cut(text)
        return text.replace(_BREAK, "\n")


def _shortened(space: str) -> str:
    """Return white space that means the same."""
    return "\n" * min(space.count("\n"), 2) or space[:1]


def _first(text: str, start: int) -> str:
    """Return the first character of a word behind opening marks, or such a mark if it is all."""
    found = _opened(text, start)
    return "" if found is None else found[1] or text[start : start + 1]


def _kind(character: str) -> str:
    """Return a character that means the same for the end of a sentence before it."""
    if character.islower():
        return "a"
    return "1" if character.isdigit() else "A"


def _cut(text: str) -> str:
    """Put a break behind every sentence."""
    text = _full_stops(rf"\1{_BREAK}", text)
    sentences = []
    start = 0
    for stop in _stops(text):
        if _BREAK not in stop[2] and _ends(text, stop):
            sentences.append(text[start : stop.start(2)])
            start = stop.end()
    return _BREAK.join([*sentences, text[start:]])


def _ends(text: str, stop: re.Match[str]) -> bool:
    """Return whether a sentence ends at a stop."""
    following = _first(text, stop.end())
    if following.islower():
        return False
    if stop[1] != ".":
        return True
    found = _last_word(text, max(0, stop.start() - _LONGEST), stop.start())
    word = found[0].lower() if found else ""
    if word[-1:].isalpha() and word[-2:-1] in ("", "."):
        return False
    return word not in ABBREVIATIONS and not (following.isdigit() and word in BEFORE_NUMBERS)
