"""The one module that writes: a reader finds the old file or the new one, never a part.

A new file is written beside its target under a temporary name, flushed to the disk, and renamed
over the target; then the folder is flushed, so that the new name survives a loss of power. A run
that is killed on the way leaves a temporary file, which the next one to lock the target sweeps.
"""

import errno
import fcntl
import hashlib
import io
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from w2vcli.errors import LockedError, OutputError, StorageError

_BUFFER_BYTES = 1 << 20
_LONGEST_NAME = 200  # what is added to a name has to fit within 255 bytes
_LOOK_AGAIN_SECONDS = 0.1


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


def make_folder(path: Path) -> None:
    """Make a folder, unless it is there.

    Raises
    ------
    OutputError
        If that fails.
    """
    try:
        with suppress(FileExistsError):
            os.mkdir(path)
        if not path.is_dir():
            raise OutputError(f"{path}: this is not a folder; choose another name")
        _flush_folder(path.parent)  # also of a run that was stopped before it did
    except OSError as error:
        raise OutputError(
            f"{path}: the folder cannot be made: {error.strerror}; choose another"
        ) from None


def check_space(path: Path, needed: int) -> None:
    """Raise an OutputError if the disk of ``path`` has no room for so many bytes."""
    try:
        disk = os.statvfs(_target(path).parent)
    except OSError:
        return  # whoever cannot say how much is free may have it
    free = disk.f_bavail * disk.f_frsize
    if free < needed:
        raise OutputError(
            f"{path}: it needs {needed / 1e6:,.1f} MB, and the disk has {free / 1e6:,.1f} MB free; "
            "make room or choose another folder"
        )


@contextmanager
def locked(path: Path, patience: float = 0.0, *more: Path) -> Iterator[None]:
    """Hold the lock on an output, and sweep the temporary files that killed runs have left.

    The kernel drops the lock with the process, however that ends.

    Parameters
    ----------
    path
        The output that one run at a time may write.
    patience
        How many seconds to wait while another run holds the lock; may be infinite.
    more
        Other files that come under the same lock.

    Raises
    ------
    LockedError
        If another run holds the lock for longer.
    OutputError
        If the folder cannot be written to.
    """
    check_output(path)
    name = _beside(_target(path), "lock")
    handle = _take_lock(path, name, time.monotonic() + patience)
    try:
        for each in (path, *more):
            _sweep(_target(each))
        yield
    finally:
        # While it is locked: whoever opened this file meanwhile sees that its name is gone.
        _discard(name)
        _close(handle)


def _take_lock(path: Path, name: Path, deadline: float) -> int:
    """Lock the file of this name, made if need be, and return its descriptor."""
    while True:
        try:
            handle = os.open(name, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise OutputError(
                f"{path}: its lock {name} cannot be created: {error.strerror}; choose another "
                "folder"
            ) from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_named(handle, name):
                return handle
        except BlockingIOError:
            if time.monotonic() >= deadline:
                _close(handle)
                raise LockedError(
                    f"{path}: another run is at work on it; wait for its end, or for it to end "
                    "with --lock wait"
                ) from None
            time.sleep(_LOOK_AGAIN_SECONDS)
        except OSError as error:
            # Its name stays: it may be another run's lock. The next run takes it away.
            _close(handle)
            raise OutputError(
                f"{path}: it cannot be locked in this folder: {error.strerror}; choose another"
            ) from None
        _close(handle)


def _is_named(handle: int, name: Path) -> bool:
    """Say whether an open file still has its name: its last holder takes it away."""
    try:
        return os.path.samestat(os.fstat(handle), os.stat(name))
    except FileNotFoundError:
        return False


def _sweep(target: Path) -> None:
    """Remove the temporary files of a target; no run but ours can be writing one."""
    _sweep_all(target.parent, re.escape(_beside(target, "").name))


def sweep(folder: Path, ending: str) -> None:
    """Remove the temporary files of all targets with this ending, which come under one lock."""
    _sweep_all(folder, "[.].*" + re.escape(f"{ending}."))


def _sweep_all(folder: Path, beginning: str) -> None:
    ours = re.compile(beginning + "[0-9a-f]{8}[.]tmp")
    with suppress(OSError):
        for name in os.listdir(folder):
            if ours.fullmatch(name):
                _discard(folder / name)


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
        If writing fails; the old file, if there was one, is untouched. Only where the folder
        cannot be flushed at the very end, the new file is in place, and the message says so.
    """
    check_output(path)
    target = _target(path)
    temporary = _beside(target, f"{secrets.token_hex(4)}.tmp")
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
                os.fchmod(handle, _mode(target))
            os.fsync(handle)
        finally:
            raw.retire()
            _close(handle)
        os.replace(temporary, target)
    except OSError as error:
        _discard(temporary)
        raise StorageError(f"{path}: could not be written: {error.strerror or error}") from error
    except BaseException:
        _discard(temporary)
        raise
    try:
        _flush_folder(target.parent)
    except OSError as error:
        raise _unflushed(path, "the new file is in place", error) from error


def remove(path: Path) -> None:
    """Remove a file, if it is there.

    Raises
    ------
    StorageError
        If that fails, or if the folder cannot be flushed then; the message says which.
    """
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise StorageError(f"{path}: could not be removed: {error.strerror or error}") from error
    try:
        _flush_folder(path.parent)
    except OSError as error:
        raise _unflushed(path, "it is removed", error) from error


class _Descriptor(io.RawIOBase):
    """Writes to a descriptor; a buffer above completes what is written short.

    Once retired it drops what a forgotten buffer would flush: to a number that may by then be
    another file's.
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


def _target(path: Path) -> Path:
    """Follow a symbolic link, so that the link stays and the file that it names is replaced."""
    return path.resolve() if path.is_symlink() else path


def _beside(target: Path, ending: str) -> Path:
    """Name a hidden file beside the target, which belongs to it alone."""
    name = target.name
    if len(os.fsencode(name)) > _LONGEST_NAME:
        name = hashlib.sha256(os.fsencode(name)).hexdigest()
    return target.with_name(f".{name}.{ending}")


def _discard(file: Path) -> None:
    """Remove a lock or a temporary file; one that stays is taken away by the next run."""
    with suppress(OSError):
        os.unlink(file)


def _close(handle: int) -> None:
    """Close a descriptor. What had to reach the disk was flushed before, so nothing is lost."""
    with suppress(OSError):
        os.close(handle)


def _mode(target: Path) -> int:
    """Return the permissions for a new file: those of the one it replaces, else the user's."""
    with suppress(FileNotFoundError):
        return os.stat(target).st_mode & 0o7777
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
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network file systems have no flushing of folders
            raise
    finally:
        _close(descriptor)


def _unflushed(path: Path, done: str, error: OSError) -> StorageError:
    return StorageError(
        f"{path}: {done}, but flushing its folder to the disk failed: {error.strerror or error}"
    )
