"""Ranges of bytes of files, which begin and end where lines do, as a corpus.

A range is given by two places in a file, whatever stands there: its text begins at the first cut
from the one on, and ends at the first cut from the other on. A cut is where a line ends; if lines
are joined to paragraphs, where a blank line ends, for there a paragraph surely does. So ranges
whose places follow upon each other have each line once, and whoever reads one finds its cuts
alone. A range that has no cut before its end is empty: its text belongs to the range before.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import IO

from w2vcli.errors import DataError, StorageError
from w2vcli.text.corpus import Corpus
from w2vcli.text.decoding import START, Place
from w2vcli.text.input_files import describe, identity_of
from w2vcli.text.opening import opened
from w2vcli.text.rules import TextRules

_BLOCK = 1 << 16
_LINE_ENDS = (b"\n",)
_PARAGRAPH_ENDS = (b"\n\n", b"\n\r\n")


@dataclass(frozen=True)
class TextRange:
    """A range of a file.

    Attributes
    ----------
    name
        The file.
    size
        Its bytes, as they are stored.
    begin, end
        The two places; None for ``end`` if the file is read whole, and perhaps decompressed.
    identity
        What ``input_files.identity_of`` returned.
    """

    name: str
    size: int
    begin: int = 0
    end: int | None = None
    identity: str = ""

    def __str__(self) -> str:
        if self.end is None:
            return describe(self.name)
        return f"{describe(self.name)}, bytes {self.begin:,} to {self.end:,}"

    @property
    def stored(self) -> int:
        """How many bytes of the file are read."""
        return self.size if self.end is None else self.end - self.begin

    def check_unchanged(self) -> None:
        """Raise a DataError if the file has changed since the range was made."""
        if self.identity and identity_of(self.name) != self.identity:
            raise DataError(
                f"{describe(self.name)}: the file has changed while it was read; count it when it "
                "is whole"
            )


def ends_of(rules: TextRules) -> tuple[bytes, ...]:
    """Return what stands before a cut, in text that is made tokens by these rules."""
    return _LINE_ENDS if rules.lines == "line" else _PARAGRAPH_ENDS


def cut_from(
    source: IO[bytes], place: int, ends: Sequence[bytes], limit: int | None = None
) -> int | None:
    """Find the first cut from a place of a file on.

    Parameters
    ----------
    source
        The file, of which the position is changed.
    place
        The place: a cut may be there, or behind it.
    ends
        What stands before a cut.
    limit
        From there on, nothing is looked for.

    Returns
    -------
    cut
        The number of bytes before it; None if there is none.
    """
    longest = max(map(len, ends))
    position = max(0, place - longest)
    source.seek(position)
    held = b""
    while (limit is None or position + len(held) <= limit) and (block := source.read(_BLOCK)):
        held += block
        found = [
            position + at + len(end)
            for end in ends
            if (at := held.find(end, max(0, place - position - len(end)))) >= 0
        ]
        if found:
            return min(found)
        kept = held[len(held) - longest + 1 :]
        position += len(held) - len(kept)
        held = kept
    return None


@dataclass
class RangedCorpus(Corpus):
    """Ranges of files as a corpus; of each file there is one record, of its range.

    The ``sha256``, ``bytes`` and ``lines`` of a record are those of the range. A line of which an
    error tells is that of the whole file, but a record's ``bad.first`` counts from the range on.

    Parameters
    ----------
    ranges
        The ranges, whose names are the ``inputs``; ``of`` makes the corpus.
    """

    ranges: Sequence[TextRange] = ()
    _found: dict[int, tuple[int, int]] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of(cls, corpus: Corpus, ranges: Sequence[TextRange]) -> "RangedCorpus":
        """Return the corpus of some ranges, read and prepared as another corpus is.

        Of what the text is expected to be, only the mark at its end is looked for.
        """
        return cls(
            [each.name for each in ranges],
            corpus.rules,
            corpus.phrases,
            replace(corpus.reading, include=()),
            replace(corpus.expected, lines=None, sha256=None),
            ranges=ranges,
        )

    def _blocks(self, number: int, size: int) -> Iterator[bytes]:
        each = self.ranges[number]
        each.check_unchanged()
        if each.end is None:
            yield from super()._blocks(number, size)
        else:
            begin, end = self._cuts(number)
            with opened(each.name) as source:
                for block in _between(source, each.name, begin, end, size):
                    self.progress.read(len(block))
                    yield block
            self.progress.end_input()
        each.check_unchanged()

    def _sizes(self) -> list[int | None]:
        return [each.stored for each in self.ranges]

    def _cuts(self, number: int) -> tuple[int, int]:
        """Return where the text of a range begins and ends."""
        if number not in self._found:
            each = self.ranges[number]
            assert each.end is not None
            ends = ends_of(self.rules)
            with opened(each.name) as source, _reading(each.name):
                begin = cut_from(source, each.begin, ends, each.end) if each.begin else 0
                if begin is None or begin >= each.end:
                    begin = end = each.end
                elif each.end >= each.size:
                    end = each.size
                else:
                    end = cut_from(source, each.end, ends) or each.size
            self._found[number] = begin, end
        return self._found[number]

    def _marked(self, number: int, blocks: Iterator[bytes]) -> Iterator[bytes]:
        each = self.ranges[number]
        if each.end is not None:
            begin, end = self._cuts(number)
            if end < each.size or begin == end:
                return blocks  # the end of the file is in another range
        return super()._marked(number, blocks)

    def _place(self, number: int) -> Place:
        each = self.ranges[number]
        if each.end is None or each.begin == 0:
            return START

        return Place(is_start=False, lines_before=lambda: self.lines_before(number))

    def lines_before(self, number: int) -> int:
        """Return how many lines of its file are before a range, which is given by its index."""
        each = self.ranges[number]
        if each.end is None or each.begin == 0:
            return 0
        with opened(each.name) as source:
            before = _between(source, each.name, 0, self._cuts(number)[0], _BLOCK)
            return sum(block.count(b"\n") for block in before)


def _between(source: IO[bytes], name: str, begin: int, end: int, size: int) -> Iterator[bytes]:
    """Yield the bytes between two places of a file, in blocks of at most ``size``."""
    with _reading(name):
        source.seek(begin)
        while begin < end and (block := source.read(min(size, end - begin))):
            begin += len(block)
            yield block


@contextmanager
def _reading(name: str) -> Iterator[None]:
    """Turn an error of the system in reading a file into a StorageError."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"{describe(name)}: reading failed: {error.strerror or error}") from None
