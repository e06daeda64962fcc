"""A corpus: files, folders and standard input, compressed or not, as chunks of UTF-8 bytes.

A corpus is text in UTF-8. Tokens are what stands between white space (the six ASCII white-space
bytes); a line is a sentence or a paragraph, and no context window reaches beyond it. Lines and
tokens may be of any length. The end of a file ends its last line.
"""

import bz2
import gzip
import hashlib
import io
import lzma
import stat
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

from w2vcli.errors import DataError, InputError, StorageError, UsageError

STDIN = "-"
CHUNK_BYTES = 1 << 22
_BOM = b"\xef\xbb\xbf"
_MAGIC_BYTES = 6


@dataclass
class InputRecord:
    """What was read from one file."""

    name: str
    sha256: str = ""
    bytes: int = 0
    tokens: int = 0
    fingerprint: int = 0


@dataclass
class Corpus:
    """One or more text inputs, read in the order given.

    Parameters
    ----------
    inputs
        Paths of files or folders (read recursively in the order of their names, hidden files left
        out, links to folders not followed), or ``-`` for standard input.
    lower
        Whether to lower-case the text, by the rules of Unicode.

    Attributes
    ----------
    records
        One per file, complete once ``chunks`` has been read to its end. Its ``sha256`` and its
        ``bytes`` are those of the decompressed file; its ``tokens`` and their ``fingerprint`` are
        for whoever cuts them.

    Raises
    ------
    InputError
        If a path does not exist or cannot be read, or a folder holds no files.
    UsageError
        If standard input is named twice.
    """

    inputs: Iterable[str]
    lower: bool = False
    records: list[InputRecord] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self._names = [name for given in self.inputs for name in _expand(given)]
        if self._names.count(STDIN) > 1:
            raise UsageError("standard input ('-') can be read only once, so name it once")

    @property
    def name(self) -> str:
        """What to call the corpus in a message."""
        return ", ".join(describe(name) for name in self._names)

    def chunks(self, size: int = CHUNK_BYTES) -> Iterator[bytes]:
        """Yield the text in pieces of about ``size`` bytes, cut where no token is cut.

        Every piece is valid UTF-8 and ends in white space; the last of each file ends in a
        newline. A piece is longer than ``size`` only where a single token is.

        Raises
        ------
        InputError
            If a file cannot be opened.
        StorageError
            If reading fails half-way.
        DataError
            If compressed data is damaged, cut short or takes too much memory, or bytes are not
            UTF-8.
        """
        self.records = []
        for name in self._names:
            record = InputRecord(name)
            self.records.append(record)
            place = _Place(name)
            for number, text in enumerate(_cut(_recorded(_blocks(name, size), record))):
                place.check(text)
                if number == 0:
                    text = text.removeprefix(_BOM)
                yield _lowered(text) if self.lower else text


def _expand(given: str) -> Iterator[str]:
    """Turn one name on the command line into the names of the files that it stands for."""
    path = Path(given)
    try:
        if given == STDIN or not stat.S_ISDIR(path.stat().st_mode):
            yield given
            return
        files = list(_files(path))
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"{given}: no such file or folder; check the path") from None
    except OSError as error:
        raise InputError(f"{error.filename}: cannot be read: {error.strerror}") from None
    if not files:
        raise InputError(f"{given}: the folder holds no files; name one that holds text")
    yield from map(str, files)


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files in a folder and below; unlike a glob, fail where it may not be read."""
    for item in sorted(folder.iterdir()):
        if item.name.startswith("."):
            continue
        if item.is_file():
            yield item
        elif item.is_dir() and not item.is_symlink():
            yield from _files(item)


def describe(name: str) -> str:
    """Name an input as a person would."""
    return "standard input" if name == STDIN else name


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


def _open_zstd(stream: IO[bytes]) -> IO[bytes]:
    """Open a Zstandard stream with the standard library (3.14) or its backport."""
    try:
        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd
    except ImportError:
        raise InputError(
            "reading Zstandard files needs one more package: pip install 'w2vcli[zstd]'"
        ) from None
    return cast("IO[bytes]", zstd.open(stream, "rb"))


_DECOMPRESSORS: dict[bytes, Callable[[IO[bytes]], IO[bytes]]] = {
    b"\x1f\x8b": lambda stream: cast("IO[bytes]", gzip.open(stream, "rb")),
    b"BZh": lambda stream: cast("IO[bytes]", bz2.open(stream, "rb")),
    b"\xfd7zXZ\x00": lambda stream: cast("IO[bytes]", lzma.open(stream, "rb")),
    b"\x28\xb5\x2f\xfd": _open_zstd,
}


def _decompressed(stream: IO[bytes]) -> IO[bytes]:
    """Look at the first bytes, and decompress if they say that the stream is compressed."""
    start = stream.read(_MAGIC_BYTES)
    whole = cast("IO[bytes]", io.BufferedReader(_Prefixed(start, stream)))
    for magic, opener in _DECOMPRESSORS.items():
        if start.startswith(magic):
            return opener(whole)
    return whole


def _blocks(name: str, size: int) -> Iterator[bytes]:
    """Yield the decompressed bytes of a file or of standard input."""
    shown = describe(name)
    try:
        raw = sys.stdin.buffer if name == STDIN else Path(name).open("rb")
    except OSError as error:
        raise InputError(f"{shown}: cannot be read: {error.strerror}") from None
    except AttributeError:  # a process that is started without standard input has None there
        raise InputError(f"{shown} is closed; pipe text into it, or name a file") from None
    with nullcontext() if name == STDIN else raw:
        try:
            stream = _decompressed(raw)
            while block := stream.read(size):
                yield block
        except InputError as error:
            raise InputError(f"{shown}: {error}") from None
        except (EOFError, lzma.LZMAError, zlib.error, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise StorageError(f"{shown}: reading failed: {error.strerror}") from None
            raise _damaged(shown) from None
        except MemoryError:  # the header of a file in xz may ask for 4 GiB
            raise DataError(
                f"{shown}: to decompress it takes more memory than there is; compress it anew, "
                "with a smaller dictionary"
            ) from None
        except Exception as error:  # the zstd modules raise an error class of their own
            if type(error).__name__ != "ZstdError":
                raise
            raise _damaged(shown) from None


def _damaged(shown: str) -> DataError:
    return DataError(f"{shown}: the compressed data is damaged or cut short; fetch it again")


def _recorded(blocks: Iterator[bytes], record: InputRecord) -> Iterator[bytes]:
    """Pass the blocks of a file on, and complete its record."""
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(block)
        record.bytes += len(block)
        yield block
    record.sha256 = digest.hexdigest()


def _cut(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Cut blocks anew so that each ends in white space, the last one in a newline."""
    carry = bytearray()
    for block in blocks:
        end = (block.rfind(b"\n") + 1) or max(block.rfind(space) + 1 for space in b" \t\r\v\f")
        carry += block[:end]
        if end:
            yield bytes(carry)
            carry.clear()
        carry += block[end:]
    yield bytes(carry) + b"\n"


@dataclass
class _Place:
    """Where in a file the next chunk begins, to say where its bytes are not UTF-8."""

    name: str
    line: int = 1
    column: int = 0

    def check(self, text: bytes) -> None:
        """Go on over the chunk; a DataError if it is not UTF-8."""
        if not text.isascii():
            try:
                text.decode("utf-8")
            except UnicodeDecodeError as error:
                self._advance(text[: error.start])
                raise DataError(
                    f"{describe(self.name)}, line {self.line}, byte {self.column + 1}: "
                    f"0x{text[error.start]:02x} is not valid UTF-8; convert the text to UTF-8 "
                    "(for example with iconv)"
                ) from None
        self._advance(text)

    def _advance(self, text: bytes) -> None:
        lines = text.count(b"\n")
        self.line += lines
        self.column = len(text) - text.rfind(b"\n") - 1 if lines else self.column + len(text)


def _lowered(text: bytes) -> bytes:
    return text.lower() if text.isascii() else text.decode("utf-8").lower().encode("utf-8")
