"""The files that a corpus names: themselves, standard input, or those in folders."""

import stat
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from w2vcli.errors import InputError, UsageError

STDIN = "-"
ADVICE = "check the path and its permissions"


def describe(name: str) -> str:
    """Return the name of an input in messages."""
    return "standard input" if name == STDIN else name


def size_of(name: str) -> int | None:
    """Return the bytes of a file as it is stored; None for a pipe or a device."""
    if name == STDIN:
        return None
    try:
        status = Path(name).stat()
    except OSError:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def identity_of(name: str) -> str:
    """Return what changes with the content of a file: its size, and the time of its last change.

    Raises
    ------
    InputError
        If there is no such file.
    """
    try:
        status = Path(name).stat()
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"{name}: no such file or folder; check the path") from None
    except OSError as error:
        raise InputError(f"{name}: cannot be read: {error.strerror}; {ADVICE}") from None
    return f"{status.st_size} bytes of {status.st_mtime_ns}"


def files_of(inputs: Iterable[str], include: Sequence[str] = ()) -> list[str]:
    """Return the names of all files: ``inputs`` and ``include`` are those of ``Corpus``.

    Raises
    ------
    InputError, UsageError
        As ``Corpus``.
    """
    names: list[str] = []
    folders = 0
    for given in inputs:
        found = _in_folder(given, include)
        folders += found is not None
        names += [given] if found is None else found
    if names.count(STDIN) > 1:
        raise UsageError("standard input ('-') can be read only once, so name it once")
    if include and not folders:
        raise UsageError(
            "--include chooses among the files of folders, and none is named; leave it out"
        )
    return names


def _in_folder(given: str, include: Sequence[str]) -> list[str] | None:
    """Return the names of the files in a folder; None if it is no folder."""
    path = Path(given)
    try:
        if given == STDIN or not stat.S_ISDIR(path.stat().st_mode):
            return None
        files = list(_files(path))
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"{given}: no such file or folder; check the path") from None
    except OSError as error:
        name = given if error.filename is None else error.filename
        raise InputError(f"{name}: cannot be read: {error.strerror}; {ADVICE}") from None
    if not files:
        raise InputError(f"{given}: the folder holds no files; name one that holds text")
    chosen = [str(file) for file in files if _is_included(file, include)]
    if not chosen:
        raise InputError(
            f"{given}: none of the {len(files):,} files in the folder matches --include "
            f"{' or '.join(include)}; check the pattern"
        )
    return chosen


def _is_included(file: Path, include: Sequence[str]) -> bool:
    return not include or any(fnmatchcase(file.name, pattern) for pattern in include)


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files in a folder and below; unlike a glob, fail where it may not be read.

    Folders may be nested deeper than calls can be.
    """
    waiting = [folder]
    while waiting:
        path = waiting.pop()
        if path is not folder and path.is_file():
            yield path
        elif path is folder or (path.is_dir() and not path.is_symlink()):
            items = (item for item in path.iterdir() if not item.name.startswith("."))
            waiting.extend(sorted(items, reverse=True))
