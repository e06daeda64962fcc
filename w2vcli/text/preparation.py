"""Raw text, piece by piece, becomes tokens by rules: tokenizing, lines and phrases together."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from w2vcli.text.lines import LineJoiner
from w2vcli.text.rules import TextRules
from w2vcli.text.tokenizer import tokenized, with_line_feeds

if TYPE_CHECKING:
    from w2vcli.text.phrases import PhraseTable

_several_ends = re.compile("\n\n+").sub


class Preparation:
    """Prepares one text, which comes in pieces of UTF-8, by rules.

    Parameters
    ----------
    rules
        The rules.
    phrases
        The tables of phrases that they name.
    """

    def __init__(self, rules: TextRules, phrases: "Sequence[PhraseTable]" = ()) -> None:
        self._rules = rules
        self._joiners = [table.joiner() for table in phrases]
        self._lines = (
            None if rules.lines == "line" else LineJoiner(sentences=rules.lines == "sentence")
        )
        self._held = ""  # a carriage return, until it is known whether a line feed follows
        self._open = False  # whether the line has tokens so far

    def feed(self, text: bytes) -> bytes:
        """Return the tokens that are certain after the next piece, which ends in white space.

        Lines have a space between tokens and none at their ends; so the pieces that are returned,
        one behind the other, are the same wherever the text is cut.
        """
        return self._phrased(self._prepared(text.decode()).encode())

    def finish(self) -> bytes:
        """Return the rest of the tokens; the end of the text ends its last line."""
        rest = self._prepared("", last=True)
        if self._open or self._rules.tokenize is None:
            rest, self._open = rest + "\n", False
        done = self._phrased(rest.encode())
        for number, joiner in enumerate(self._joiners):
            done += self._phrased(joiner.finish(), number + 1)
        return done

    def _prepared(self, text: str, *, last: bool = False) -> str:
        """Return the tokens of the next piece, without phrases."""
        rules = self._rules
        if rules.tokenize is None:
            return text.lower() if rules.lower else text
        text = self._held + text
        self._held = "\r" if text.endswith("\r") and not last else ""
        text = with_line_feeds(text.removesuffix(self._held), rules.lines != "line")
        if self._lines:
            text = self._lines.feed(text) + (self._lines.finish() if last else "")
        tokens = tokenized(text, rules)
        if self._lines:  # such a line had no words
            tokens = _several_ends("\n", tokens)
            tokens = tokens if self._open else tokens.removeprefix("\n")
        if not tokens:
            return ""
        if self._open and not tokens.startswith("\n"):
            tokens = f" {tokens}"
        self._open = not tokens.endswith("\n")
        return tokens

    def _phrased(self, text: bytes, first: int = 0) -> bytes:
        """Join phrases by the tables from the given one on."""
        for joiner in self._joiners[first:]:
            text = joiner.feed(text + b" ") if text else b""
        return text


def lowered(text: bytes) -> bytes:
    """Return text in UTF-8 in lower case."""
    return text.lower() if text.isascii() else text.decode("utf-8").lower().encode("utf-8")
