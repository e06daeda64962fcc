"""The files that a command names: what it reads, what it writes, and the lock on that."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from w2vcli.cli import console
from w2vcli.cli.values import parse_patience
from w2vcli.errors import InputError, LockedError, UsageError


@contextmanager
def skipped_if_locked(path: Path, lock: str) -> Iterator[None]:
    """End the command with code 0 if another run holds the lock and ``--lock skip`` was given."""
    try:
        yield
    except LockedError:
        if lock != "skip":
            raise
        console.note(f"{path}: another run is at work on it; nothing is left to do")
        raise typer.Exit from None


@contextmanager
def output_lock(path: Path, lock: str) -> Iterator[None]:
    """Hold the lock on an output, as its option ``--lock`` says.

    Raises
    ------
    LockedError
        If another run holds it, for too long.
    Exit
        As ``skipped_if_locked``.
    """
    from w2vcli.system.locks import locked

    with skipped_if_locked(path, lock), locked(path, parse_patience(lock)):
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


def _check_reachable(name: str) -> None:
    """Raise an InputError if the system refuses the name of an input, or a folder on its path."""
    try:
        Path(name).stat()
    except (FileNotFoundError, NotADirectoryError):
        return  # whoever opens it says so
    except OSError as error:
        raise InputError(
            f"{name}: cannot be read: {error.strerror}; check the path and its permissions"
        ) from None


def output_file(output: str, inputs: Iterable[str | None]) -> Path:
    """Return the path of the output, once it is sure that it can be written and harms no input.

    Raises
    ------
    UsageError
        If a name is empty, the output is an input or would become one, or standard input is
        named twice.
    OutputError
        As ``files.check_output``.
    """
    from w2vcli.system.files import check_output

    named = input_files(inputs)
    input_files([output])
    if output == "-":
        raise UsageError("--output: '-' (standard output) cannot be replaced whole; name a file")
    path = Path(output)
    check_output(path)
    for name in named:
        _check_reachable(name)
        if path.exists() and Path(name).is_file() and path.samefile(name):
            raise UsageError(f"--output: {output} is also read; write to another file")
        if Path(name).is_dir() and _would_be_read(path, Path(name)):
            raise UsageError(
                f"--output: {output} lies in the folder {name}, which is read; write to another "
                "folder"
            )
    return path


def store_folder(folder: str, inputs: Iterable[str]) -> Path:
    """Return the path of a store that is written to, once it is sure that no input lies in it.

    Raises
    ------
    UsageError
        If a name is empty, the store would be read as text, or standard input is named twice.
    """
    named = input_files([folder, *inputs])[1:]
    path = Path(folder)
    for name in named:
        _check_reachable(name)
        if Path(name).is_dir() and (
            _would_be_read(path, Path(name)) or path.resolve() == Path(name).resolve()
        ):
            raise UsageError(
                f"--store: {folder} lies in the folder {name}, so the next run would read it as "
                "text; choose another folder"
            )
    return path


def _would_be_read(path: Path, folder: Path) -> bool:
    """Say whether a corpus folder takes in a file: it does unless hidden."""
    try:
        parts = path.resolve().relative_to(folder.resolve()).parts
    except ValueError:
        return False
    return not any(part.startswith(".") for part in parts)
