"""Writing files: a reader finds the old file or the new one, never a part.

A new file is written beside its target under a temporary name, flushed to the disk, and renamed
over the target; then the folder is flushed, so that the new name survives a loss of power. A run
that is killed on the way leaves a temporary file, which the next one to lock the target removes
(``locks``).
"""

import errno
import hashlib
import io
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from w2vcli.errors import OutputError, StorageError
from w2vcli.system import signals

_BUFFER_BYTES = 1 << 20
_LONGEST_NAME = 200  # bytes; temporary names are longer, and 255 are allowed


def check_output(path: Path) -> None:
    """Raise an OutputError if ``path`` cannot be created or replaced; nothing is touched."""
    check_name(path)
    folder = followed(path).parent
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(f"{path}: no permission to write in {folder}; choose another folder")
    _check_replaceable(path)


def check_name(path: Path) -> None:
    """Raise an OutputError if no file can have this name, by its folder or what is there."""
    try:
        folder = followed(path).parent
        usable = path.is_file() or not path.exists()
    except PermissionError:
        raise OutputError(
            f"{path}: no permission to look into the folder {path.parent}; choose another folder"
        ) from None
    except (OSError, RuntimeError) as error:  # a name that is too long, links in a circle
        raise OutputError(
            f"{path}: cannot be created: {getattr(error, 'strerror', error)}; choose another name"
        ) from None
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        raise OutputError(f"{path}: the folder {folder} {what}; make it first or choose another")
    if not usable:
        raise OutputError(f"{path}: this is not a regular file; choose another name")


def _check_replaceable(path: Path) -> None:
    """Raise an OutputError if the file of this name may not be renamed over.

    Its own permissions do not matter, as it is not written to.
    """
    target = followed(path)
    try:
        file, folder = target.stat(), target.parent.stat()
        if folder.st_mode & stat.S_ISVTX and os.geteuid() not in (0, file.st_uid, folder.st_uid):
            raise OutputError(
                f"{path}: the file belongs to another user, in a folder where only its owner may "
                "replace it; choose another name"
            )
        close(os.open(target, os.O_WRONLY | os.O_NONBLOCK))
    except OSError as error:  # EACCES if its permissions forbid it
        if error.errno == errno.EPERM:
            raise OutputError(
                f"{path}: the file is marked as immutable or append-only; take that mark away "
                "(chattr -ia) or choose another name"
            ) from None


def make_folder(path: Path) -> None:
    """Make a folder, unless it exists.

    Raises
    ------
    OutputError
        If it cannot be made.
    """
    try:
        with suppress(FileExistsError):
            os.mkdir(path)
        if not path.is_dir():
            raise OutputError(f"{path}: this is not a folder; choose another name")
        flush_folder(path.parent)  # the run that made it may have been stopped before this
    except OSError as error:
        raise OutputError(
            f"{path}: the folder cannot be made: {error.strerror}; choose another"
        ) from None


def check_space(path: Path, needed: int) -> None:
    """Raise an OutputError if the disk of ``path`` has no room for so many bytes."""
    try:
        disk = os.statvfs(followed(path).parent)
    except OSError:
        return  # some file systems do not report their free space
    free = disk.f_bavail * disk.f_frsize
    if free < needed:
        raise OutputError(
            f"{path}: it needs {needed / 1e6:,.1f} MB, and the disk has {free / 1e6:,.1f} MB free; "
            "make room or choose another folder"
        )


@contextmanager
def atomic_output(
    path: Path,
    keep: bool = False,
    before: Callable[[], object] | None = None,
    like: Path | None = None,
) -> Iterator[IO[bytes]]:
    """Open a new file that takes the place of ``path`` when the block ends without an error.

    Parameters
    ----------
    path
        The file to create or replace.
    keep
        If only the renaming fails, keep the new file as ``path.complete``.
    before
        Called when the new file is complete, just before it takes the place; if it raises an error,
        the file does not.
    like
        The file whose permissions a file gets that replaces none.

    Yields
    ------
    stream
        Binary, for writing.

    Raises
    ------
    OutputError
        If the file cannot be created in the folder of ``path``.
    StorageError
        If writing fails; the old file, if there was one, is untouched. Only where the folder
        cannot be flushed at the very end, the new file is in place, and the message says so.
    """
    check_output(path)
    target = followed(path)
    temporary = beside(target, f"{secrets.token_hex(4)}.tmp")
    signals.remove_at_end.add(temporary)
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise OutputError(f"{path}: cannot be created: {error.strerror}") from None
    try:
        raw = _Descriptor(handle)
        try:
            stream = io.BufferedWriter(raw, _BUFFER_BYTES)
            yield stream
            stream.flush()
            with suppress(OSError):  # on a disk without permissions it stays as it was made
                os.fchmod(handle, _mode(target if like is None else like))
            os.fsync(handle)
        finally:
            raw.retire()
            close(handle)
    except OSError as error:
        discard(temporary)
        raise StorageError(f"{path}: could not be written: {error.strerror or error}") from error
    except BaseException:
        discard(temporary)
        raise
    with signals.uninterrupted():
        try:
            if before:
                before()
        except BaseException:
            discard(temporary)
            raise
        _put_in_place(path, temporary, target, keep)
    try:
        flush_folder(target.parent)
    except OSError as error:
        raise _unflushed(path, "the new file is in place", error) from error


def _put_in_place(path: Path, temporary: Path, target: Path, keep: bool) -> None:
    """Rename a complete file over the target."""
    try:
        os.replace(temporary, target)
    except OSError as error:
        complete = target.with_name(f"{target.name}.complete")
        where = ""
        with suppress(OSError):
            if keep:
                os.replace(temporary, complete)
                where = f"; it is complete in {complete}, so move it from there"
                signals.written(complete)
        discard(temporary)
        raise StorageError(
            f"{path}: could not be put in place: {error.strerror or error}{where}"
        ) from error
    signals.remove_at_end.discard(temporary)
    signals.written(path)


def remove(path: Path) -> None:
    """Remove a file, if it exists.

    Raises
    ------
    StorageError
        If it cannot be removed, or its folder cannot be flushed; the message says which.
    """
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise StorageError(f"{path}: could not be removed: {error.strerror or error}") from error
    try:
        flush_folder(path.parent)
    except OSError as error:
        raise _unflushed(path, "it is removed", error) from error


class _Descriptor(io.RawIOBase):
    """A raw stream over a descriptor; the buffer above it completes partial writes.

    Once retired it ignores writes: a buffer that is freed late would flush to a descriptor that
    may belong to another file by then.
    """

    def __init__(self, handle: int) -> None:
        self._handle: int | None = handle

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:  # noqa: ANN401 - bytes in any form
        if self._handle is None:
            return len(memoryview(data).cast("B"))
        return os.write(self._handle, data)

    def retire(self) -> None:
        self._handle = None


def followed(path: Path) -> Path:
    """Follow a symbolic link, so that the link stays and the file that it names is replaced."""
    return path.resolve() if path.is_symlink() else path


def beside(target: Path, ending: str) -> Path:
    """Name a hidden file beside the target, which belongs to it alone."""
    name = target.name
    if len(os.fsencode(name)) > _LONGEST_NAME:
        name = hashlib.sha256(os.fsencode(name)).hexdigest()
    return target.with_name(f".{name}.{ending}")


def discard(file: Path) -> None:
    """Remove a lock or what is temporary; one that stays is removed by the next run."""
    with suppress(OSError):
        os.unlink(file)
    if file.is_dir():
        shutil.rmtree(file, ignore_errors=True)
    signals.remove_at_end.discard(file)


def close(handle: int) -> None:
    """Close a descriptor. Errors are ignored: the data was flushed to the disk before."""
    with suppress(OSError):
        os.close(handle)


def _mode(target: Path) -> int:
    """Return the permissions for a new file: those of the one it replaces, else the user's."""
    with suppress(FileNotFoundError):
        return os.stat(target).st_mode & 0o7777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def flush_folder(folder: Path) -> None:
    """Write the names in a folder to the disk, where it can be done.

    Raises
    ------
    OSError
        If it fails.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:
        return  # a folder that one may write to but not list; the file is in place
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network file systems have no flushing of folders
            raise
    finally:
        close(descriptor)


def _unflushed(path: Path, done: str, error: OSError) -> StorageError:
    return StorageError(
        f"{path}: {done}, but flushing its folder to the disk failed: {error.strerror or error}"
    )
