"""The SHA-256 of a text and of its beginnings, without reading its words."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import IO

from w2vcli.text.beginnings import digested
from w2vcli.text.expected import Expected
from w2vcli.text.opening import blocks_of

_BLOCK = 1 << 20


@dataclass(frozen=True)
class HashedText:
    """What is known of a text without its words.

    Attributes
    ----------
    sha256
        The SHA-256 of its bytes, decompressed and without an end mark.
    bytes
        How many there are.
    starts
        The SHA-256 of its first bytes, by their number.
    """

    sha256: str
    bytes: int
    starts: Mapping[int, str]


def hash_text(
    name: str,
    lengths: Iterable[int],
    expected: Expected,
    encoding: str = "utf-8",
    advance: Callable[[int], object] = lambda _stored: None,
) -> HashedText:
    """Read a file once, for its SHA-256.

    Parameters
    ----------
    name
        The file.
    lengths
        Rising: numbers of first bytes whose SHA-256 is wanted, too.
    expected
        What the text has to be.
    encoding
        Its encoding, for the end mark.
    advance
        Told how many bytes of the file, as it is stored, were read.

    Raises
    ------
    InputError, StorageError, DataError
        As ``opening.blocks_of``; a DataError too if it is not the expected text.
    """
    digest = hashlib.sha256()
    starts: dict[int, str] = {}
    size = newlines = stored = 0

    def read(source: IO[bytes], _text: int) -> None:
        nonlocal stored
        before, stored = stored, source.tell()
        advance(stored - before)

    blocks = expected.marked(name, blocks_of(name, _BLOCK, read), encoding)
    for block in digested(blocks, digest, lengths, starts):
        size += len(block)
        if expected.lines is not None:
            newlines += block.count(b"\n")
    expected.check(name, newlines, digest)
    return HashedText(digest.hexdigest(), size, starts)
