"""Decompression: gzip, bzip2, xz and Zstandard, recognised by their first bytes.

Compressed data may consist of several streams one behind the other, as ``cat`` and parallel
compressors make them; they are read as one text. After a stream there may only be another stream
of the same format, or padding of zero bytes where the format has it. (Python's own readers take
anything else for the end of the data, so that a damaged second stream would be lost in silence.)
"""

import bz2
import io
import lzma
import re
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any, Protocol, cast

_READ_BYTES = 1 << 16
_START_BYTES = 16


class CompressionError(ValueError):
    """Compressed data that cannot be read; the argument is a clause that says why."""


class MissingPackageError(ImportError):
    """A format that needs a package which is not installed; the argument says which."""


class _Decompressor(Protocol):
    """Decompresses one stream: the interface that ``bz2``, ``lzma`` and ``zstd`` share."""

    @property
    def eof(self) -> bool:
        """Whether the stream is complete."""
        ...

    @property
    def needs_input(self) -> bool:
        """Whether more data is needed before more can be decompressed."""
        ...

    @property
    def unused_data(self) -> bytes:
        """The data behind the end of the stream."""
        ...

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Return at most ``max_length`` bytes; what remains of the data is kept."""
        ...


class _Gzip:
    """One gzip stream."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        self._more = False

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._more

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        out = self._inner.decompress(self._inner.unconsumed_tail + data, max_length)
        self._more = len(out) == max_length or bool(self._inner.unconsumed_tail)
        return out


@dataclass(frozen=True)
class _Format:
    """A compressed format that is read.

    Attributes
    ----------
    decompressor
        Makes a decompressor for one stream.
    errors
        The errors that it raises for damaged data.
    padding
        Zero bytes may follow a stream, in multiples of this number; 0 if none may.
    """

    decompressor: Callable[[], _Decompressor]
    errors: tuple[type[Exception], ...]
    padding: int = 0


def _zstd() -> _Format:
    """Return Zstandard, by the standard library (3.14) or its backport."""
    try:
        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd
    except ImportError:
        raise MissingPackageError(
            "reading Zstandard files needs one more package: pip install 'w2vcli[zstd]'"
        ) from None
    return _Format(cast("Callable[[], _Decompressor]", zstd.ZstdDecompressor), (zstd.ZstdError,))


_GZIP = _Format(_Gzip, (zlib.error,), padding=1)
_BZIP2 = _Format(cast("Callable[[], _Decompressor]", bz2.BZ2Decompressor), (OSError, ValueError))
_XZ = _Format(
    lambda: cast("_Decompressor", lzma.LZMADecompressor(lzma.FORMAT_XZ)),
    (lzma.LZMAError,),
    padding=4,
)
_BZIP2_BLOCKS = (bytes.fromhex("314159265359"), bytes.fromhex("177245385090"))  # pi; its root
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_ZSTD_SKIPPABLE = b"\x2a\x4d\x18"  # behind a byte from 0x50 to 0x5f
_UNREADABLE = {
    b"\x5d\x00\x00": "legacy .lzma data",
    b"\x1f\x9d": "data of the program compress (.Z)",
    b"\x04\x22\x4d\x18": "LZ4 data",
    b"PK\x03\x04": "a zip archive",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
}


def _format_of(start: bytes) -> _Format | None:
    """Return the format of data with these first bytes; None for plain text."""
    if start.startswith(b"\x1f\x8b"):
        return _GZIP
    if start.startswith(b"\xfd7zXZ\x00"):
        return _XZ
    if start.startswith(_ZSTD_MAGIC) or (
        start[1:4] == _ZSTD_SKIPPABLE and 0x50 <= start[0] <= 0x5F
    ):
        return _zstd()
    # "BZh" may begin a text; so may "BZh9". Data cut within the next bytes are still bzip2.
    block = start[4:10]
    is_bzip2 = len(block) >= 2 and any(magic.startswith(block) for magic in _BZIP2_BLOCKS)
    if is_bzip2 and re.match(rb"BZh[1-9]", start):
        return _BZIP2
    for magic, name in _UNREADABLE.items():
        if start.startswith(magic):
            raise CompressionError(
                f"this is {name}, which w2vcli does not read; decompress it first, or compress "
                "the text with gzip, bzip2, xz or zstd"
            )
    return None


class _Streams(io.RawIOBase):
    """The decompressed bytes of one or more streams.

    Parameters
    ----------
    source
        The compressed data.
    form
        Their format.
    """

    def __init__(self, source: IO[bytes], form: _Format) -> None:
        self._source = source
        self._form = form
        self._data = b""
        self._stream: _Decompressor | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - any writable buffer
        while (stream := self._stream or self._next_stream()) is not None:
            if stream.needs_input and not self._data:
                self._data = self._source.read(_READ_BYTES)
                if not self._data:
                    raise _damaged()
            try:
                out = stream.decompress(self._data, len(buffer))
            except self._form.errors:
                raise _damaged() from None
            except MemoryError:  # the header of xz data may ask for 4 GiB
                raise CompressionError(
                    "to decompress it takes more memory than there is; compress it anew, with a "
                    "smaller dictionary"
                ) from None
            self._data = b""
            if stream.eof:
                self._data, self._stream = stream.unused_data, None
            if out:
                buffer[: len(out)] = out
                return len(out)
        return 0

    def _next_stream(self) -> _Decompressor | None:
        """Begin the next stream behind any padding; None at the end of the data."""
        padding = 0
        while True:
            if self._form.padding:
                rest = self._data.lstrip(b"\x00")
                padding += len(self._data) - len(rest)
                self._data = rest
            if self._data or not (data := self._source.read(_READ_BYTES)):
                break
            self._data = data
        if self._form.padding and padding % self._form.padding:
            raise _damaged()
        self._stream = self._form.decompressor() if self._data else None
        return self._stream


class _Prefixed(io.RawIOBase):
    """A stream with the bytes that were read ahead put back in front: pipes cannot seek."""

    def __init__(self, prefix: bytes, rest: IO[bytes]) -> None:
        self._prefix = prefix
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - any writable buffer
        data = self._prefix[: len(buffer)] or self._rest.read(len(buffer))
        self._prefix = self._prefix[len(data) :]
        buffer[: len(data)] = data
        return len(data)


def is_plain(source: IO[bytes]) -> bool:
    """Return whether data begins as no compressed format does, of those that are known."""
    try:
        return _format_of(source.read(_START_BYTES)) is None
    except (CompressionError, MissingPackageError):
        return False


def decompressed(source: IO[bytes]) -> IO[bytes]:
    """Return the decompressed data of a source, or the data themselves if they are plain.

    Raises
    ------
    CompressionError
        If the format is not read; on reading, if the data are damaged, cut short, or take more
        memory than there is.
    MissingPackageError
        If the format needs a package that is not installed.
    """
    start = source.read(_START_BYTES)
    whole = cast("IO[bytes]", io.BufferedReader(_Prefixed(start, source)))
    form = _format_of(start)
    return cast("IO[bytes]", io.BufferedReader(_Streams(whole, form))) if form else whole


def _damaged() -> CompressionError:
    return CompressionError("the compressed data is damaged or cut short; fetch it again")
