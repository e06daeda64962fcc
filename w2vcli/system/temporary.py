"""Temporary files: without a name, so that they go with the process, however it ends."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO

from w2vcli.errors import StorageError


@contextmanager
def temporary_file() -> Iterator[IO[bytes]]:
    """Open a file without a name: when the process ends, however it ends, it is gone."""
    with no_room():
        file = tempfile.TemporaryFile()
    try:
        yield file
    finally:
        with suppress(OSError):  # closing writes what a full disk has refused before
            file.close()


@contextmanager
def no_room() -> Iterator[None]:
    """Tell of temporary files that cannot be written, by a StorageError."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"{folder_name()}: no room for temporary files: {error.strerror or error}; "
            "set TMPDIR to a folder with more, or raise --memory"
        ) from None


def folder_name() -> str:
    """Name the folder of temporary files, also where none can be found."""
    return tempfile.tempdir or "TMPDIR"
