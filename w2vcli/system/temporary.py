"""Temporary files without a name: they vanish with the process, however it ends."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from w2vcli.errors import ConfigError, StorageError


@contextmanager
def temporary_file() -> Iterator[IO[bytes]]:
    """Open a file without a name: when the process ends, however it ends, it is gone.

    Raises
    ------
    ConfigError
        If TMPDIR names a folder that cannot be used.
    StorageError
        If the file cannot be opened.
    """
    with no_room():
        _check_tmpdir()
        file = tempfile.TemporaryFile()
    try:
        yield file
    finally:
        close(file)


def close(file: IO[bytes]) -> None:
    """Close a temporary file that is not needed any more; that it fails does no harm."""
    with suppress(OSError):  # closing writes what a full disk has refused before
        file.close()


def _check_tmpdir() -> None:
    """Check that Python uses the folder of TMPDIR: otherwise it silently takes another."""
    chosen = os.environ.get("TMPDIR")
    used = not chosen
    with suppress(OSError):
        used = used or Path(str(chosen)).samefile(tempfile.gettempdir())
    if not used:
        raise ConfigError(
            f"TMPDIR: no temporary files can be written in {chosen}; name a folder where they can "
            "be, or unset it"
        )


@contextmanager
def no_room() -> Iterator[None]:
    """Turn an error of the system in writing temporary files into a StorageError."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"{folder_name()}: no room for temporary files: {error.strerror or error}; "
            "set TMPDIR to a folder with more, or raise --memory"
        ) from None


def folder_name() -> str:
    """Return the folder of temporary files, or "TMPDIR" where none can be found."""
    return tempfile.tempdir or "TMPDIR"
