"""Writing files so that a reader finds the old one or the new one, never a part.

A new file is written beside its target under a temporary name, flushed to the disk, and renamed
over the target; then the folder is flushed, so that the new name survives a loss of power.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from w2vcli.errors import OutputError, StorageError

_TEMPORARY_SUFFIX = ".tmp"


def check_output(path: Path) -> None:
    """Raise an OutputError if ``path`` cannot be created or replaced; nothing is touched."""
    try:
        folder = _target(path).parent
        replaceable = path.is_file() or not path.exists()
    except (OSError, RuntimeError) as error:  # a name that is too long, links in a circle
        raise OutputError(
            f"{path}: cannot be created: {getattr(error, 'strerror', error)}; choose another name"
        ) from None
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        raise OutputError(f"{path}: the folder {folder} {what}; make it first or choose another")
    if not replaceable:
        raise OutputError(f"{path}: this is not a regular file; choose another name")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(f"{path}: no permission to write in {folder}; choose another folder")


@contextmanager
def atomic_output(path: Path) -> Iterator[IO[bytes]]:
    """Open a new file that takes the place of ``path`` when the block ends without an error.

    Yields
    ------
    stream
        Binary, for writing.

    Raises
    ------
    OutputError
        If the file cannot be created in the folder of ``path``.
    StorageError
        If writing fails; the old file, if there was one, is untouched.
    """
    check_output(path)
    target = _target(path)
    try:
        # Only the start of the name, for the whole might leave no room for what is added.
        prefix = f".{target.name[:32]}."
        handle, name = tempfile.mkstemp(_TEMPORARY_SUFFIX, prefix, target.parent)
    except OSError as error:
        raise OutputError(f"{path}: cannot be created: {error.strerror}") from None
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fchmod(stream.fileno(), _mode(target))
            os.fsync(stream.fileno())
        temporary.replace(target)
        _flush_folder(target.parent)
    except OSError as error:
        raise StorageError(f"{path}: could not be written: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _target(path: Path) -> Path:
    """Follow a symbolic link, so that the link stays and the file that it names is replaced."""
    return path.resolve() if path.is_symlink() else path


def _mode(target: Path) -> int:
    """Return the permissions for a new file: those of the one it replaces, else the user's."""
    with suppress(OSError):
        return target.stat().st_mode & 0o7777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _flush_folder(folder: Path) -> None:
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:
        return  # a folder that one may write to but not list; the file is in place
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
