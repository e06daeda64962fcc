"""Parts of files that are read piece by piece, not loaded."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from w2vcli.errors import StorageError

_PIECE = 1 << 20


@dataclass(frozen=True)
class BytesOnDisk:
    """A number of bytes of a file, from ``begin`` on: a tensor (U8) that need not fit into memory.

    ``read`` and ``pieces`` do not use the position of the file, so threads may share it.
    """

    file: IO[bytes]
    begin: int
    length: int

    def read(self, begin: int, end: int) -> bytes:
        """Return the bytes from position ``begin`` to ``end``.

        Raises
        ------
        StorageError
            If reading fails, or the file has become shorter.
        """
        data = bytearray()
        while len(data) < end - begin:
            place = self.begin + begin + len(data)
            try:
                more = os.pread(self.file.fileno(), end - begin - len(data), place)
            except OSError as error:
                raise StorageError(f"{self._name}: reading failed: {error.strerror}") from None
            if not more:
                raise StorageError(f"{self._name}: reading failed: the file was cut short")
            data += more
        return bytes(data)

    def pieces(self) -> Iterator[bytes]:
        """Yield all the bytes."""
        for begin in range(0, self.length, _PIECE):
            yield self.read(begin, min(begin + _PIECE, self.length))

    @property
    def _name(self) -> str:
        name = self.file.name
        return name if isinstance(name, str) else "a temporary file"
