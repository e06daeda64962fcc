"""The plan of counting in parts: which ranges of which files are a shard, or a share.

Shards are tasks of one run, some megabytes each, by a rule that depends on the files alone: a
later run finds the same. A share is the n-th part of the bytes of all files, for processes that
know nothing of each other. Both are cut where lines end (``text.ranges``). Compressed files, and
those in other encodings than UTF-8, are not cut.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from w2vcli.errors import UsageError
from w2vcli.text.compression import is_plain
from w2vcli.text.corpus import Corpus
from w2vcli.text.input_files import describe, identity_of, reads_ranges, size_of
from w2vcli.text.opening import opened
from w2vcli.text.ranges import TextRange

LEAST_SHARD, LARGEST_SHARD = 16 << 20, 64 << 20
_SHARDS_OF_A_FILE = 64
_MOST_FILES = 1000


@dataclass(frozen=True)
class Source:
    """A file of a corpus.

    Attributes
    ----------
    name
        Its name.
    size
        Its bytes, as they are stored.
    identity
        What changes with its content (``input_files.identity_of``).
    is_plain
        Whether it can be cut, as it is plain text in UTF-8.
    """

    name: str
    size: int
    identity: str
    is_plain: bool

    @property
    def key(self) -> str:
        """64 hexadecimal digits, for this file in this state."""
        return hashlib.sha256(f"{self.name}\0{self.identity}".encode(errors="replace")).hexdigest()

    def range(self, begin: int = 0, end: int | None = None) -> TextRange:
        """Return a range of it; by default all of it."""
        return TextRange(self.name, self.size, begin, end, self.identity)


@dataclass(frozen=True)
class Share:
    """A share of the bytes of all files.

    Attributes
    ----------
    index, of
        Which, from 0 on, of how many.

    Raises
    ------
    UsageError
        If there is none such.
    """

    index: int
    of: int

    def __post_init__(self) -> None:
        if not 0 <= self.index < self.of:
            raise UsageError(
                f"'{self}' is not a share; of three these are 0/3, 1/3 and 2/3: the first is 0, "
                "the last one less than their number"
            )

    def __str__(self) -> str:
        return f"{self.index}/{self.of}"


@dataclass(frozen=True)
class Shard:
    """Ranges of files that are counted together.

    Attributes
    ----------
    ranges
        The ranges: one of a large file, or some small files.
    """

    ranges: tuple[TextRange, ...]

    @property
    def title(self) -> str:
        """Its name in messages."""
        more = len(self.ranges) - 1
        return f"{self.ranges[0]}{f' and {more:,} more' if more else ''}"

    @property
    def stored(self) -> int:
        """How many bytes of files it is."""
        return sum(each.stored for each in self.ranges)


def sources_of(corpus: Corpus) -> list[Source]:
    """Return the files of a corpus, in its order.

    Raises
    ------
    UsageError
        If one is standard input, a pipe or a device.
    InputError
        If one is not there, or cannot be opened.
    """
    sources = []
    for name in corpus.files:
        size = size_of(name)
        if size is None:
            raise UsageError(
                f"{describe(name)}: this is no file, and only files can be read in parts; write "
                "the text to a file first, or leave out --jobs, --shard and --scheduler"
            )
        plain = False
        if corpus.reading.is_utf8 and reads_ranges(name):
            with opened(name) as source:
                plain = is_plain(source)
        sources.append(Source(name, size, identity_of(name), plain))
    return sources


def shards_of(sources: Sequence[Source], size: int | None = None) -> list[Shard]:
    """Cut files into shards.

    Parameters
    ----------
    sources
        The files.
    size
        The bytes of a shard; None for 16 to 64 MB, by the size of a file. Smaller files that
        follow upon each other are one shard together.
    """
    shards: list[Shard] = []
    waiting: list[TextRange] = []

    def end_group() -> None:
        if waiting:
            shards.append(Shard(tuple(waiting)))
            waiting.clear()

    for source in sources:
        of_file = size or min(max(source.size // _SHARDS_OF_A_FILE, LEAST_SHARD), LARGEST_SHARD)
        if source.is_plain and source.size > of_file:
            end_group()
            places = [*range(0, source.size, of_file), source.size]
            shards += [Shard((source.range(*pair),)) for pair in pairwise(places)]
            continue
        room = (size or LEAST_SHARD) - sum(each.stored for each in waiting)
        if source.size > room or len(waiting) == _MOST_FILES:
            end_group()
        waiting.append(source.range())
    end_group()
    return shards


def share_of(sources: Sequence[Source], share: Share) -> list[tuple[int, TextRange]]:
    """Return a share of files: of all their bytes, one file behind the other, the n-th part.

    Parameters
    ----------
    sources
        The files.
    share
        Which share. A file that is not cut belongs to the share in which it begins.

    Returns
    -------
    ranges
        The indices of the files that have bytes in the share, each with the range that has them.
    """
    total = sum(source.size for source in sources)
    low, high = total * share.index // share.of, total * (share.index + 1) // share.of
    is_last = share.index == share.of - 1
    ranges = []
    start = 0
    for index, source in enumerate(sources):
        begin, end = max(low - start, 0), min(high - start, source.size)
        if source.is_plain and source.size:
            if begin < end:
                is_whole = (begin, end) == (0, source.size)
                ranges.append((index, source.range() if is_whole else source.range(begin, end)))
        elif low <= start < high or (start == total and is_last):
            ranges.append((index, source.range()))
        start += source.size
    return ranges
