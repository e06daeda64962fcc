"""The files that a corpus names: themselves, standard input, or those in folders.

A name may be a pattern, such as ``data/*.txt``, or a URL of a file, of a folder or with a pattern
(``system.remote_files``). A file that has the name itself comes before a pattern.
"""

import glob
import stat
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from w2vcli.errors import InputError, UsageError
from w2vcli.system.urls import is_remote, is_url, local_path, shown

STDIN = "-"
ADVICE = "check the path and its permissions"


def describe(name: str) -> str:
    """Return the name of an input in messages; a URL without its secrets."""
    return "standard input" if name == STDIN else shown(name)


def path_of(name: str) -> Path:
    """Return the path of a file that is not remote."""
    return local_path(name) or Path(name)


def size_of(name: str) -> int | None:
    """Return the bytes of a file as it is stored; None for a pipe or a device."""
    if name == STDIN:
        return None
    if is_remote(name):
        from w2vcli.system import remote_files

        return remote_files.size_of(name)
    try:
        status = path_of(name).stat()
    except OSError:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def reads_ranges(name: str) -> bool:
    """Return whether a part of a file can be read without what stands before it.

    Raises
    ------
    InputError
        If it is a URL that cannot be reached.
    """
    if is_remote(name):
        from w2vcli.system import remote_files

        return remote_files.reads_ranges(name)
    return True


def identity_of(name: str) -> str:
    """Return what changes with the content of a file: its size, and the time of its last change.

    Of a URL it is what the file system says of that: a tag, a version or a time.

    Raises
    ------
    InputError
        If there is no such file, or it cannot be reached.
    """
    if is_remote(name):
        from w2vcli.system import remote_files

        return remote_files.identity_of(name)
    try:
        status = path_of(name).stat()
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
        found = None if given == STDIN else _files_in(given)
        folders += found is not None
        names += [given] if found is None else _chosen(given, found, include)
    if names.count(STDIN) > 1:
        raise UsageError("standard input ('-') can be read only once, so name it once")
    if include and not folders:
        raise UsageError(
            "--include chooses among the files of folders, and none is named; leave it out"
        )
    return names


def _chosen(given: str, files: Sequence[str], include: Sequence[str]) -> list[str]:
    """Return those files of a folder or a pattern that are included."""
    if not files:
        raise InputError(f"{shown(given)}: the folder holds no files; name one that holds text")
    chosen = [
        name
        for name in files
        if not include or any(fnmatchcase(name.rpartition("/")[2], each) for each in include)
    ]
    if not chosen:
        raise InputError(
            f"{shown(given)}: none of the {len(files):,} files in the folder matches --include "
            f"{' or '.join(include)}; check the pattern"
        )
    return chosen


def _files_in(given: str) -> list[str] | None:
    """Return the names of the files in a folder, or of a pattern; None if it is a file."""
    if is_remote(given):
        from w2vcli.system import remote_files

        if (found := remote_files.listed(given)) == []:
            raise InputError(
                f"{shown(given)}: no file is there, or matches; check the URL and its pattern"
            )
        return found
    path = path_of(given)
    before = given[: given.index("://") + 3] if is_url(given) else ""
    try:
        if stat.S_ISDIR(path.stat().st_mode):
            return [f"{before}{file}" for file in _files(path)]
        return None
    except (FileNotFoundError, NotADirectoryError):
        if not glob.has_magic(str(path)):
            raise InputError(f"{given}: no such file or folder; check the path") from None
    except OSError as error:
        name = given if error.filename is None else error.filename
        raise InputError(f"{name}: cannot be read: {error.strerror}; {ADVICE}") from None
    return [f"{before}{file}" for file in _matching(given, path)]


def _matching(given: str, pattern: Path) -> list[Path]:
    """Return the files that a pattern matches, and those in the folders that it matches."""
    found = glob.iglob(str(pattern), recursive=True)  # noqa: PTH207 - absolute ones too
    matches = sorted(map(Path, found))
    try:
        files = [file for match in matches for file in _files(match)]
    except OSError as error:
        name = given if error.filename is None else error.filename
        raise InputError(f"{name}: cannot be read: {error.strerror}; {ADVICE}") from None
    if not files:
        raise InputError(
            f"{given}: no such file, and no file's name matches this pattern; check the path"
        )
    return list(dict.fromkeys(files))  # **/ matches folders, and what is in them


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files in a folder and below; unlike a glob, fail where it may not be read.

    Folders may be nested deeper than calls can be. Of a file it yields that.
    """
    if not folder.is_dir():
        yield folder
        return
    waiting = [folder]
    while waiting:
        path = waiting.pop()
        if path is not folder and path.is_file():
            yield path
        elif path is folder or (path.is_dir() and not path.is_symlink()):
            items = (item for item in path.iterdir() if not item.name.startswith("."))
            waiting.extend(sorted(items, reverse=True))
