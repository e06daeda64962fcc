"""The files that a command names: what it reads, what it writes, and the lock on that."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from w2vcli.cli import console
from w2vcli.cli.values import parse_patience
from w2vcli.errors import SKIPPED, InputError, LockedError, OutputError, UsageError


@contextmanager
def skipped_if_locked(path: Path, lock: str, strict: bool = False) -> Iterator[None]:
    """End the command if another run holds the lock and ``--lock skip`` was given.

    The code is 0, and with ``strict`` (``--strict-exit``) one of its own.
    """
    try:
        yield
    except LockedError:
        if lock != "skip":
            raise
        console.note(f"{path}: another run is at work on it; nothing is left to do")
        raise typer.Exit(SKIPPED if strict else 0) from None


@contextmanager
def output_lock(
    path: Path, lock: str, *more: Path, folder: bool = False, strict: bool = False
) -> Iterator[None]:
    """Hold the lock on an output, as its option ``--lock`` says.

    Parameters
    ----------
    path, more, folder
        As for ``locks.locked``.
    lock, strict
        The values of the options ``--lock`` and ``--strict-exit``.

    Raises
    ------
    LockedError
        If another run holds it, for too long.
    Exit
        As ``skipped_if_locked``.
    """
    from w2vcli.system.locks import locked

    patience = parse_patience(lock)
    with skipped_if_locked(path, lock, strict), locked(path, patience, *more, folder=folder):
        yield


def input_files(inputs: Iterable[str | None]) -> list[str]:
    """Return the names that were given.

    Raises
    ------
    UsageError
        If one is empty, or standard input is named twice.
    """
    named = [name for name in inputs if name is not None]
    if "" in named:
        raise UsageError("a file name is empty; is a variable unset in the command?")
    if named.count("-") > 1:
        raise UsageError("standard input ('-') can be read only once, so name it once")
    return named


def names_in(file: str) -> list[str]:
    """Return the names that stand in a file, ``-`` for standard input: one a line, or NUL-ended.

    Raises
    ------
    InputError
        If it cannot be read, or has no names.
    """
    from w2vcli.system.urls import is_remote, local_path
    from w2vcli.system.urls import shown as shown_name

    shown = "standard input" if file == "-" else shown_name(file)
    try:
        if is_remote(file):
            from w2vcli.system.remote_files import opened

            with opened(file) as stream:
                data = stream.read()
        else:
            data = (
                sys.stdin.buffer.read()
                if file == "-"
                else (local_path(file) or Path()).read_bytes()
            )
    except OSError as error:
        raise InputError(
            f"{shown}: cannot be read: {error.strerror or error}; check --files-from"
        ) from None
    except AttributeError:  # a process that is started without standard input has None there
        raise InputError(f"{shown} is closed; pipe names into it, or name a file") from None
    names = data.split(b"\0" if b"\0" in data else b"\n")
    found = [os.fsdecode(name) for name in names if name]
    if not found:
        raise InputError(f"{shown}: there are no names in it; write the name of a text a line")
    return found


def _check_reachable(name: str) -> None:
    """Raise an InputError if the system refuses the name of an input, or a folder on its path."""
    try:
        Path(name).stat()
    except (FileNotFoundError, NotADirectoryError):
        return  # opening it reports that
    except OSError as error:
        raise InputError(
            f"{name}: cannot be read: {error.strerror}; check the path and its permissions"
        ) from None


def _local(names: Iterable[str]) -> list[str]:
    """Return the names of local files, those of ``file://`` URLs as paths."""
    from w2vcli.system.urls import is_url, local_path

    found = [(name, local_path(name)) for name in names]
    return [str(path) if is_url(name) else name for name, path in found if path is not None]


def _check_no_url(output: str, option: str) -> None:
    """Raise a UsageError if an output is a URL."""
    from w2vcli.system.urls import is_url, shown

    if is_url(output):
        raise UsageError(
            f"{option}: {shown(output)} is a URL, and files are written on this machine only; give "
            "a path, and copy the file from there"
        )


def output_file(output: str, inputs: Iterable[str | None], option: str = "--output") -> Path:
    """Return the path of the output, once it is sure that it can be written and harms no input.

    ``option`` is that which names it.

    Raises
    ------
    UsageError
        If a name is empty, the output is an input or would become one, or standard input is
        named twice.
    OutputError
        As ``files.check_output``.
    """
    from w2vcli.system.files import check_output
    from w2vcli.system.inputs import is_input
    from w2vcli.system.locks import belongs_to

    named = _local(input_files(inputs))
    input_files([output])
    _check_no_url(output, option)
    if output == "-":
        raise UsageError(f"{option}: '-' (standard output) cannot be replaced whole; name a file")
    path = Path(output)
    if output.endswith(os.sep):
        raise OutputError(f"{output}: this is the name of a folder; name a file")
    check_output(path)
    for name in named:
        _check_reachable(name)
        if is_input(path, name):
            raise UsageError(f"{option}: {output} is also read; write to another file")
        if any(belongs_to(ours, Path(name)) for ours in (path, Path(f"{path}.checkpoint"))):
            raise UsageError(
                f"{option}: a run that writes {output} may replace or remove {name}, which is "
                "read; write to another file"
            )
        if Path(name).is_dir() and _would_be_read(path, Path(name)):
            raise UsageError(
                f"{option}: {output} lies in the folder {name}, which is read; write to another "
                "folder"
            )
    return path


def picture_file(
    option: str, picture: str, inputs: Iterable[str | None], outputs: Iterable[str] = ()
) -> Path:
    """Return the path of a picture, as ``output_file``; it is no other output of the run either.

    Raises
    ------
    UsageError, OutputError
        As ``output_file``; a UsageError too if another output has the same name, or would need it.
    """
    from w2vcli.system.locks import belongs_to

    path = output_file(picture, inputs, option)
    for other in map(Path, outputs):
        if path.resolve() == other.resolve() or belongs_to(other, path):
            raise UsageError(
                f"{option}: {picture} is a file that the run itself writes; give the picture "
                "another name"
            )
    return path


def check_log(log: str, files: Iterable[str], texts: Iterable[str]) -> None:
    """Raise a UsageError if a log file is one of the files of a command, or would be read as text.

    Nor may it have a name that a run with one of them as its output would give to a file, such as
    MODEL.checkpoint. ``texts`` may be folders, whose files are all read.
    """
    from w2vcli.system.generations import beside_output

    input_files([log])
    if log == "-":
        raise UsageError("--log-file: '-' is no file; messages go to standard error without it")
    _check_no_url(log, "--log-file")
    path = Path(log)
    files, texts = _local(files), _local(texts)
    for name in (*files, *texts):
        if path.resolve() == Path(name).resolve():
            raise UsageError(
                f"--log-file: {log} is also read or written by the command; name another file"
            )
    for name in files:
        if beside_output(Path(name), path):
            raise UsageError(
                f"--log-file: a run that writes {name} may itself use the name {log}; name another "
                "file"
            )
    for name in texts:
        if Path(name).is_dir() and _would_be_read(path, Path(name)):
            raise UsageError(
                f"--log-file: {log} lies in the folder {name}, which is read; write to another "
                "folder"
            )


def store_folder(folder: str, inputs: Iterable[str]) -> Path | str:
    """Return the path of a store that is written to, once it is sure that this harms no input.

    A store behind a URL has no path: the URL is returned.

    Raises
    ------
    UsageError
        If a name is empty, the store would be read as text, an input has a name in it that the
        store may use itself, or standard input is named twice.
    """
    from w2vcli.system.urls import is_remote, local_path, shown

    given = input_files([folder, *inputs])[1:]
    if is_remote(folder):
        for name in given:
            if f"{folder}/".startswith(f"{name.rstrip('/')}/"):
                raise UsageError(
                    f"--store: {shown(folder)} lies in {shown(name)}, so the next run would read "
                    "it as text; choose another folder"
                )
        return folder
    named = _local(given)
    path = local_path(folder) or Path()
    for name in named:
        _check_reachable(name)
        if Path(name).is_dir() and (
            _would_be_read(path, Path(name)) or path.resolve() == Path(name).resolve()
        ):
            raise UsageError(
                f"--store: {folder} lies in the folder {name}, so the next run would read it as "
                "text; choose another folder"
            )
        if _has_name_of_store(Path(name), path):
            raise UsageError(
                f"--store: {name} has a name in {folder} that the store itself may use; move or "
                "rename it first"
            )
    return path


def _has_name_of_store(file: Path, folder: Path) -> bool:
    """Return whether a file lies in the folder of a store, under a name that stores use."""
    return any(
        place.parent == folder.resolve() and (place.name[0] == "." or place.suffix == ".segment")
        for place in (file.resolve(), file.parent.resolve() / file.name)
        if place.name
    )


def _would_be_read(path: Path, folder: Path) -> bool:
    """Return whether a file in a corpus folder is read: yes unless hidden, also if it is a link."""
    folder = folder.resolve()
    places = (path.resolve(), path.parent.resolve() / path.name)
    inside = [place.relative_to(folder) for place in places if place.is_relative_to(folder)]
    return any(not any(part.startswith(".") for part in place.parts) for place in inside)
