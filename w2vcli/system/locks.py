"""Locks: one run at a time writes an output, and the temporary files of killed runs are removed."""

import fcntl
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from w2vcli.errors import LockedError, OutputError
from w2vcli.system import signals
from w2vcli.system.files import beside, check_name, check_output, close, discard, followed

_LOOK_AGAIN_SECONDS = 0.1
_TEMPORARY = "[0-9a-f]{8}[.]tmp"


@contextmanager
def locked(path: Path, patience: float = 0.0, *more: Path, folder: bool = False) -> Iterator[None]:
    """Hold the lock on an output, and remove the temporary files that killed runs have left.

    The kernel drops the lock with the process, however that ends.

    Parameters
    ----------
    path
        The output that one run at a time may write.
    patience
        The seconds to wait while another run holds the lock; may be infinite.
    more
        Other files that the same lock protects.
    folder
        Whether the output is a folder, which ``folders.check_folder`` has checked.

    Raises
    ------
    LockedError
        If another run holds the lock for longer.
    OutputError
        If the folder cannot be written to, or another file has the name of the lock.
    """
    if not folder:
        check_output(path)
    for each in more:
        check_name(each)
    name = beside(followed(path), "lock")
    handle = _take_lock(path, name, time.monotonic() + patience)
    signals.remove_at_end.add(name)
    try:
        for each in (path, *more):
            _sweep(followed(each))
        yield
    finally:
        # While it is locked: a run that opened this file meanwhile sees that its name is gone.
        discard(name)
        close(handle)


def _take_lock(path: Path, name: Path, deadline: float) -> int:
    """Lock the file of this name, created if necessary, and return its descriptor."""
    while True:
        try:
            handle = os.open(name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
        except OSError as error:
            raise OutputError(
                f"{path}: its lock {name} cannot be created: {error.strerror}; choose another "
                "folder"
            ) from None
        try:
            if os.fstat(handle).st_size:
                close(handle)
                raise OutputError(
                    f"{path}: its lock would be {name}, and that is a file with something in it; "
                    "move it, or choose another output"
                )
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_named(handle, name):
                return handle
        except BlockingIOError:
            if time.monotonic() >= deadline:
                close(handle)
                raise LockedError(
                    f"{path}: another run is at work on it; wait for its end, or for it to end "
                    "with --lock wait"
                ) from None
            time.sleep(_LOOK_AGAIN_SECONDS)
        except OSError as error:
            # Its name stays: it may be another run's lock. The next run removes it.
            close(handle)
            raise OutputError(
                f"{path}: it cannot be locked in this folder: {error.strerror}; choose another"
            ) from None
        close(handle)


def _is_named(handle: int, name: Path) -> bool:
    """Say whether an open file still has its name: its last holder removes that."""
    try:
        return os.path.samestat(os.fstat(handle), os.stat(name))
    except FileNotFoundError:
        return False


def belongs_to(target: Path, file: Path) -> bool:
    """Say whether a run that writes ``target`` may make, replace or remove ``file`` beside it.

    That is so for its lock, temporary files, what a rollback needs, and the complete file that
    could not be renamed.
    """
    try:
        target = followed(target)
        folder = target.parent.resolve()
        places = (file.resolve(), file.parent.resolve() / file.name)  # of a link, both its ends
    except (OSError, RuntimeError):  # a name that is too long, links in a circle
        return False
    ours = re.escape(beside(target, "").name) + f"(lock|rollback|{_TEMPORARY})"
    ours += "|" + re.escape(f"{target.name}.complete")
    return any(place.parent == folder and re.fullmatch(ours, place.name) for place in places)


def _sweep(target: Path) -> None:
    """Remove the temporary files of a target; only the holder of the lock writes one."""
    _sweep_all(target.parent, re.escape(beside(target, "").name))


def sweep(folder: Path, ending: str) -> None:
    """Remove the temporary files of all targets with this ending, which share one lock."""
    _sweep_all(folder, "[.].*" + re.escape(f"{ending}."))


def _sweep_all(folder: Path, beginning: str) -> None:
    ours = re.compile(beginning + _TEMPORARY)
    with suppress(OSError):
        for name in os.listdir(folder):
            if ours.fullmatch(name):
                discard(folder / name)
