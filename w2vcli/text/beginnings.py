"""Texts that are the beginning of others: counted with them, they would count twice.

The SHA-256 and the length of earlier texts are known. While a text is read, the SHA-256 of its
first bytes is computed at each of these lengths; so every earlier text that it begins with is
found. A text that is the beginning of an earlier one is found only if both are read in this run and
its length was known in advance, as that of a plain file is: a store does not keep its texts.
"""

from bisect import insort
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

MOST_INPUTS = 200
"""With more, lengths that are known in advance are ignored."""


class Beginnings:
    """Finds texts that are the beginning of others.

    Parameters
    ----------
    known
        The SHA-256 of each text read before, with its length in bytes.

    Attributes
    ----------
    found
        Pairs of SHA-256: of a beginning, and of the longer text.
    """

    def __init__(self, known: Mapping[str, int]) -> None:
        self.found: list[tuple[str, str]] = []
        self._known = {text for text, length in known.items() if length}
        self._lengths = sorted({length for length in known.values() if length})
        self._expecting = False
        self._starts: dict[str, list[str]] = {}  # of texts of this run: the longer texts

    def expect(self, lengths: Iterable[int]) -> None:
        """Announce the lengths of texts that will be read."""
        lengths = list(lengths)
        self._expecting = len(lengths) <= MOST_INPUTS
        if self._expecting:
            for length in lengths:
                self._watch(length)

    def _watch(self, length: int) -> None:
        if length and length not in self._lengths:
            insort(self._lengths, length)

    @property
    def lengths(self) -> list[int]:
        """The lengths, rising, at which the next text is looked at."""
        return list(self._lengths)

    def digested(self, blocks: Iterable[bytes], digest: "Hash") -> Iterator[bytes]:
        """Yield the blocks of a text, add them to its SHA-256, and look for beginnings."""
        size = 0
        starts: dict[int, str] = {}
        for block in digested(blocks, digest, self._lengths, starts):
            size += len(block)
            yield block
        self.add(digest.hexdigest(), size, starts)

    def add(self, text: str, size: int, digests: Mapping[int, str]) -> None:
        """Add the next text, which was read elsewhere.

        Parameters
        ----------
        text
            Its SHA-256.
        size
            Its bytes.
        digests
            The SHA-256 of its first bytes, at each of the ``lengths`` that it has.
        """
        starts = [digests[length] for length in self._lengths if length <= size]
        self.found.extend(
            (start, text) for start in starts if start in self._known and start != text
        )
        self.found.extend((text, longer) for longer in self._starts.get(text, []))
        if self._expecting:
            for start in starts:
                if start not in self._known and start != text:
                    self._starts.setdefault(start, []).append(text)
        if size:
            self._known.add(text)
            self._watch(size)


def digested(
    blocks: Iterable[bytes], digest: "Hash", lengths: Iterable[int], starts: dict[int, str]
) -> Iterator[bytes]:
    """Yield the blocks of a text, and add them to its SHA-256.

    Parameters
    ----------
    blocks, digest
        The text, and the SHA-256, which is complete at its end.
    lengths
        Rising: the SHA-256 of so many first bytes is noted in ``starts``, where there are as many.
    """
    size = 0
    coming = iter(tuple(lengths))
    length = next(coming, None)
    for block in blocks:
        place = 0
        while length is not None and length <= size + len(block):
            digest.update(block[place : length - size])
            place = length - size
            starts[length] = digest.hexdigest()
            length = next(coming, None)
        digest.update(block[place:])
        size += len(block)
        yield block
