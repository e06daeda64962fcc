"""Temporary files without a name: they vanish with the process, however it ends."""

import errno
import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from w2vcli.errors import StorageError

_warned: set[str] = set()
"""What TMPDIR was when a warning was given."""


@contextmanager
def temporary_file() -> Iterator[IO[bytes]]:
    """Open a file without a name: when the process ends, however it ends, it is gone.

    Where the folder of TMPDIR cannot be used, it lies in another one, with one warning.

    Raises
    ------
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
    """Warn if Python uses another folder than that of TMPDIR: it would do so in silence."""
    chosen = os.environ.get("TMPDIR")
    if not chosen or chosen in _warned:
        return
    used = tempfile.gettempdir()
    with suppress(OSError):
        if Path(chosen).samefile(used):
            return
    _warned.add(chosen)
    warnings.warn(
        f"TMPDIR: no temporary files can be written in {chosen}, so they go to {used}",
        RuntimeWarning,
        stacklevel=2,
    )


@contextmanager
def no_room() -> Iterator[None]:
    """Turn an error of the system in writing temporary files into a StorageError."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.EMFILE, errno.ENFILE):
            raise StorageError(
                f"{folder_name()}: no more temporary files can be open: {error.strerror}; allow "
                "more (ulimit -n), or raise --memory"
            ) from None
        raise StorageError(
            f"{folder_name()}: no room for temporary files: {error.strerror or error}; "
            "set TMPDIR to a folder with more, or raise --memory"
        ) from None


def folder_name() -> str:
    """Return the folder of temporary files, or "TMPDIR" where none can be found."""
    return tempfile.tempdir or "TMPDIR"
