"""Opening inputs: files, URLs and standard input, compressed or not, as blocks or as lines."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

from w2vcli.errors import DataError, InputError, StorageError
from w2vcli.system.urls import is_remote
from w2vcli.text.compression import CompressionError, MissingPackageError, decompressed
from w2vcli.text.decoding import BadBytes, decoded, without_last_byte
from w2vcli.text.input_files import ADVICE, STDIN, describe, path_of
from w2vcli.text.reading import Reading

_LINES_BYTES = 1 << 20


@contextmanager
def opened(name: str, what: str = "text") -> Iterator[IO[bytes]]:
    """Open a file or a URL, or give standard input for ``-``, to read its bytes as they are stored.

    Parameters
    ----------
    name
        The name.
    what
        What it should hold, for messages.

    Raises
    ------
    InputError
        If it cannot be opened.
    """
    if name == STDIN:
        if sys.stdin is None:  # a process may be started without it
            raise InputError(f"{describe(name)} is closed; pipe {what} into it, or name a file")
        yield sys.stdin.buffer
        return
    if is_remote(name):
        from w2vcli.system import remote_files

        with remote_files.opened(name) as raw:
            yield raw
        return
    try:
        raw = path_of(name).open("rb")
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"{name}: no such file or folder; check the path") from None
    except OSError as error:
        raise InputError(f"{name}: cannot be read: {error.strerror}; {ADVICE}") from None
    with raw:
        yield raw


def blocks_of(
    name: str, size: int, advance: Callable[[IO[bytes], int], None] = lambda _raw, _size: None
) -> Iterator[bytes]:
    """Yield the decompressed bytes of an input, in blocks of at most ``size``.

    Parameters
    ----------
    name
        A file, or ``-`` for standard input.
    size
        The size of a block.
    advance
        Told before each block what it is read from, and how many bytes it has.

    Raises
    ------
    InputError
        If it cannot be opened, or a package to decompress it is missing.
    StorageError
        If reading fails half-way.
    DataError
        If compressed data is damaged, cut short or takes too much memory.
    """
    shown = describe(name)
    with opened(name) as raw:
        try:
            stream = decompressed(raw)
            while block := stream.read(size):
                advance(raw, len(block))
                yield block
        except MissingPackageError as error:
            raise InputError(f"{shown}: {error}") from None
        except CompressionError as error:
            raise DataError(f"{shown}: {error}") from None
        except OSError as error:
            raise StorageError(f"{shown}: reading failed: {error.strerror or error}") from None


def lines_of(name: str) -> list[bytes]:
    """Return the lines of a file or of standard input, in UTF-8, without a mark at its start.

    Raises
    ------
    InputError, StorageError
        As ``blocks_of``.
    DataError
        As ``blocks_of``; also if bytes are not UTF-8.
    """
    pieces = decoded(name, blocks_of(name, _LINES_BYTES), Reading(), BadBytes())
    text = b"".join(without_last_byte(pieces))
    return text.removesuffix(b"\n").split(b"\n") if text else []
