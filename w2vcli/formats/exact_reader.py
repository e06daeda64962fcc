"""Reading a stream of which each part has a known length: it may not end before."""

import struct
from typing import IO

from w2vcli.errors import DataError

_PIECE_BYTES = 1 << 22
_AHEAD_BYTES = 1 << 16


class ExactReader:
    """A stream that knows its place, and may not end; its numbers are little-endian.

    All methods raise a DataError if it does end, and ``until`` if its mark does not come. No more
    memory is taken than there are bytes.

    Attributes
    ----------
    place
        How many bytes were read.
    """

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self._stream = stream
        self._name = name
        self._ahead, self._at = b"", 0
        self.place = 0

    def read(self, size: int) -> bytes:
        """Return the next bytes, so many."""
        held = self._ahead[self._at : self._at + size]
        self._at += len(held)
        self.place += size
        if len(held) == size:
            return held
        data = bytearray(held)
        while len(data) < size:
            data += self._more(size - len(data))
        return bytes(data)

    def until(self, mark: bytes, most: int) -> bytes:
        """Return a word, of at most so many bytes, up to a mark of one byte, and skip that."""
        while (end := self._ahead.find(mark, self._at)) < 0 and len(self._ahead) - self._at <= most:
            self._ahead = self._ahead[self._at :] + self._more(_AHEAD_BYTES)
            self._at = 0
        if not 0 <= end - self._at <= most:
            raise DataError(
                f"{self._name}: the file is damaged, or has a word of more than {most:,} bytes, "
                "which is not read; fetch it again"
            )
        found = self._ahead[self._at : end]
        self.place += end + 1 - self._at
        self._at = end + 1
        return found

    def numbers(self, form: str) -> tuple[int, ...]:
        """Return the next numbers, by the format of ``struct``."""
        return struct.unpack(f"<{form}", self.read(struct.calcsize(f"<{form}")))

    def skip(self, size: int) -> None:
        """Leave out the next bytes, so many."""
        while size > 0:
            size -= len(self.read(min(size, _PIECE_BYTES)))

    def ends(self) -> bool:
        """Return whether nothing follows."""
        if self._at == len(self._ahead):
            self._ahead, self._at = self._stream.read(1), 0
        return not self._ahead

    def _more(self, size: int) -> bytes:
        data = self._stream.read(min(size, _PIECE_BYTES))
        if not data:
            raise DataError(f"{self._name}: the file is cut short or damaged; fetch it again")
        return data
