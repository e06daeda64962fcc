"""Writing a folder of files: a reader finds the old folder or the new one, never a part of it.

As in ``files``, it is written beside its target under a temporary name, flushed, and renamed. Where
a folder has to be replaced, Linux exchanges the two names in one step; elsewhere the old one is
moved aside first, and for that moment there is none.
"""

import ctypes
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO

from w2vcli.errors import OutputError, StorageError
from w2vcli.system import signals
from w2vcli.system.files import beside, discard, followed

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


def check_folder(path: Path, is_ours: Callable[[Path], bool]) -> None:
    """Raise an OutputError if ``path`` cannot be made, or replaced by a folder.

    Only an empty folder may be replaced, or one that is ours; nothing is touched.
    """
    if path.name in ("", ".."):
        raise OutputError(f"{path}: a folder is not replaced under this name; give its own name")
    try:
        target = followed(path)
        if not target.parent.is_dir():
            raise OutputError(
                f"{path}: the folder {target.parent} does not exist; make it first or choose "
                "another"
            )
        if target.exists() and not target.is_dir():
            raise OutputError(f"{path}: this is not a folder; choose another name")
        if target.is_dir() and any(target.iterdir()) and not is_ours(target):
            raise OutputError(
                f"{path}: the folder holds files that no export wrote, and would be replaced; "
                "choose another name"
            )
    except (OSError, RuntimeError) as error:  # a name that is too long, links in a circle
        raise OutputError(
            f"{path}: cannot be created: {getattr(error, 'strerror', error)}; choose another name"
        ) from None
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise OutputError(
            f"{path}: no permission to write in {target.parent}; choose another folder"
        )


@contextmanager
def atomic_folder(
    path: Path, names: Sequence[str], is_ours: Callable[[Path], bool]
) -> Iterator[list[IO[bytes]]]:
    """Open the files of a new folder that takes the place of ``path`` at the end of the block.

    Parameters
    ----------
    path
        The folder to create or replace.
    names
        The names of its files, ``/`` between a folder in it and a file.
    is_ours
        Says of a folder that is not empty whether it may be replaced.

    Yields
    ------
    streams
        The files, binary, for writing.

    Raises
    ------
    OutputError
        If the folder cannot be created, or holds what may not be replaced.
    StorageError
        If writing fails; what was there is untouched.
    """
    check_folder(path, is_ours)
    target = followed(path)
    temporary = beside(target, f"{secrets.token_hex(4)}.tmp")
    signals.remove_at_end.add(temporary)
    try:
        temporary.mkdir()
        with ExitStack() as stack:
            streams: list[IO[bytes]] = []
            for name in names:
                file = temporary / name
                file.parent.mkdir(exist_ok=True)
                streams.append(stack.enter_context(file.open("xb")))
            yield streams
            for stream in streams:
                stream.flush()
                os.fsync(stream.fileno())
        for folder in {(temporary / name).parent for name in names} | {temporary}:
            _flush(folder)
        check_folder(path, is_ours)  # it may have changed meanwhile
        with signals.uninterrupted():
            _put_in_place(temporary, target)
            signals.remove_at_end.discard(temporary)
            signals.written(path)
        discard(temporary)  # the old folder has this name now, if there was one
        with suppress(PermissionError):  # a folder that one may write to but not list
            _flush(target.parent)
    except OSError as error:
        discard(temporary)
        raise StorageError(f"{path}: could not be written: {error.strerror or error}") from error
    except BaseException:
        discard(temporary)
        raise


def _put_in_place(temporary: Path, target: Path) -> None:
    """Give the new folder its name; the old one, if it was not empty, gets the temporary name."""
    try:
        temporary.rename(target)  # works if there is none, or an empty one
        return
    except OSError:
        if not target.is_dir():
            raise
    if _exchanged(temporary, target):
        return
    aside = temporary.with_name(f"{temporary.name[: -len('.tmp')]}.old.tmp")
    target.rename(aside)
    try:
        temporary.rename(target)
    except OSError:
        aside.rename(target)
        raise
    aside.rename(temporary)


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange two names in one step, where the system can."""
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    names = os.fsencode(one), os.fsencode(other)
    done: int = renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE)
    return done == 0


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
