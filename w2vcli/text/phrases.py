"""Phrases that become one word each, as in ``new_york``: their table and its file.

A table is UTF-8 text with a phrase a line, best score first: its words with a space between, its
score and its count, separated by tabs. Where people write tables of their own, the phrase alone
will do. A phrase is found in a text by its words, not by their score; ``joining`` does that.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from w2vcli.errors import DataError, InputError
from w2vcli.system.files import atomic_output
from w2vcli.text.input_files import describe
from w2vcli.text.joining import Joiner
from w2vcli.text.opening import lines_of

_LEAST_VOCABULARY = 10  # lines; a few phrases may be like 'windows 98' and 'windows 95'
_BOM = b"\xef\xbb\xbf"
_ADVICE = "make the table with 'w2vcli phrases', or write a phrase a line"


@dataclass(frozen=True)
class Phrase:
    """Two or more words that stand together.

    Attributes
    ----------
    text
        The words, with one space between.
    score
        How much more often they stand together than by chance; None if nobody computed it.
    count
        How often they do; None if nobody counted.
    """

    text: str
    score: float | None = None
    count: int | None = None


@dataclass(frozen=True)
class PhraseTable:
    """Phrases to join.

    Attributes
    ----------
    phrases
        The phrases, all different, in the order of the file.
    """

    phrases: Sequence[Phrase]

    def __len__(self) -> int:
        return len(self.phrases)

    def __repr__(self) -> str:
        return f"<PhraseTable of {len(self.phrases):,} phrases>"

    def __getstate__(self) -> dict[str, Sequence[Phrase]]:
        return {"phrases": self.phrases}  # what is cached would double it

    @cached_property
    def fingerprint(self) -> str:
        """16 hexadecimal digits: equal for tables that join alike, whatever scores and order."""
        digest = hashlib.sha256()
        for text in sorted(phrase.text.encode() for phrase in self.phrases):
            digest.update(text + b"\n")
        return digest.hexdigest()[:16]

    def joiner(self) -> Joiner:
        """Return what joins these phrases in a text; each text needs one of its own."""
        return Joiner(self._words)

    @cached_property
    def _words(self) -> frozenset[tuple[bytes, ...]]:
        return frozenset(tuple(phrase.text.encode().split(b" ")) for phrase in self.phrases)

    def save(self, path: Path) -> None:
        """Write the lines of the table, whole or not at all (``files.atomic_output``)."""
        lines = [_line(phrase).encode() for phrase in self.phrases]
        with atomic_output(path) as stream:
            # Readers take a mark at the start for no part of the first word.
            stream.write(_BOM if lines and lines[0].startswith(_BOM) else b"")
            stream.writelines(lines)

    @classmethod
    def load(cls, path: str) -> "PhraseTable":
        """Read a table; '-' is standard input.

        Raises
        ------
        InputError
            If the file cannot be read or holds no phrases.
        StorageError
            If reading fails half-way.
        DataError
            If a line is no phrase, or one stands there twice; the message names the line. Also if
            it is a vocabulary, whose lines ``word count`` could be phrases.
        """
        shown = describe(path)
        phrases: list[Phrase] = []
        found: dict[str, int] = {}
        for number, line in enumerate(lines_of(path), start=1):
            if not line.strip():
                continue
            phrase = _parsed(line)
            if phrase is None:
                raise DataError(
                    f"{shown}, line {number}: expected the words of a phrase, alone or with a tab, "
                    f"a score, a tab and a count, found {_cut(line.decode())}; {_ADVICE}"
                )
            if found.setdefault(phrase.text, number) != number:
                raise DataError(
                    f"{shown}, line {number}: the phrase {_cut(phrase.text)} stands in line "
                    f"{found[phrase.text]} too; take out one of them"
                )
            phrases.append(phrase)
        if not phrases:
            raise InputError(f"{shown}: there are no phrases in it; {_ADVICE}")
        if _is_vocabulary(phrases):
            raise DataError(f"{shown}: this is a vocabulary and no table of phrases; {_ADVICE}")
        return cls(tuple(phrases))


def _line(phrase: Phrase) -> str:
    if phrase.score is None or phrase.count is None:
        return f"{phrase.text}\n"
    return f"{phrase.text}\t{phrase.score:.6g}\t{phrase.count}\n"


def _parsed(line: bytes) -> Phrase | None:
    """Return the phrase of a line; None if it is none."""
    # Cut as bytes: the white space of a corpus is that of ASCII.
    phrase, *numbers = line.split(b"\t")
    words = phrase.split()
    if len(words) < 2 or len(numbers) not in (0, 2):
        return None
    text = b" ".join(words).decode()
    if not numbers:
        return Phrase(text)
    score, count = _number(numbers[0]), numbers[1].strip()
    if score is None or not count.isdigit() or len(count) > 18:
        return None
    return Phrase(text, score, int(count))


def _is_vocabulary(phrases: Sequence[Phrase]) -> bool:
    """Return whether all are ``word count``, with counts that never rise, in several lines."""
    if len(phrases) < _LEAST_VOCABULARY:
        return False
    last = None
    for phrase in phrases:
        count = phrase.text.partition(" ")[2]
        if not (count.isascii() and count.isdigit()) or phrase.score is not None:
            return False
        if last is not None and (len(count), count) > last:
            return False
        last = (len(count), count)
    return True


def _number(text: bytes) -> float | None:
    """Return a finite number; None if the text is none."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _cut(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")
