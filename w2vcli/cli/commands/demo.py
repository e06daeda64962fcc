"""``w2vcli demo``: the whole path on the English that every Python carries."""

import shlex
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from w2vcli.cli import console

_WORDS = ["file", "read", "dictionary"]
_ANALOGIES = [
    ["string", "strings", "list"],
    ["tuple", "tuples", "object"],
    ["encode", "encoder", "decode"],
]


def demo(
    context: typer.Context,
    folder: Annotated[
        str, typer.Argument(metavar="FOLDER", help="Where to put the files; they are kept.")
    ] = "w2vcli-demo",
) -> None:
    """Try everything on the documentation of Python.

    Makes a small corpus of it, trains on that, and asks for similar words and analogies.
    """
    from w2vcli import write_demo_corpus

    corpus, vocabulary, model = (
        str(_made(folder) / f"python-docs.{ending}") for ending in ("txt", "vocab", "safetensors")
    )
    made = write_demo_corpus(Path(corpus))
    console.note(
        f"{corpus}: {made.tokens:,} words in {made.lines:,} lines, from the documentation of "
        f"Python {sys.version_info.major}.{sys.version_info.minor}"
    )
    for command in (
        ["build-vocab", corpus, "-o", vocabulary],
        ["train", corpus, "--vocab", vocabulary, "--dim", "64", "-o", model],
        ["similar", model, *_WORDS, "--top", "5"],
        *(["analogy", model, *words, "--top", "3"] for words in _ANALOGIES),
    ):
        _show(command)
        code = context.find_root().command.main(command, prog_name="w2vcli", standalone_mode=False)
        if code:
            raise typer.Exit(code)
    console.separate()
    console.note(f"the files are kept in {folder}; to go on, try for example")
    _show(["similar", model, "error", "--vectors", "input"])
    _show(["train", corpus, "--arch", "cbow", "-o", str(Path(folder, "cbow.safetensors"))])


def _made(folder: str) -> Path:
    """Return the folder, made if need be."""
    from w2vcli.errors import OutputError, UsageError

    if not folder:
        raise UsageError("the name of the folder is empty; is a variable unset in the command?")
    path = Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{folder}: the folder cannot be made: {error.strerror}; choose another"
        ) from None
    return path


def _show(command: list[str]) -> None:
    """Show a command as one can type it."""
    console.separate()
    console.note(f"$ {shlex.join([*_program(), *command])}")


def _program() -> list[str]:
    """Return the start of a command line that runs this program: its name if the PATH finds it."""
    started, found = sys.argv[0], shutil.which("w2vcli")
    as_module = Path(started).name != "w2vcli"
    if found and (as_module or Path(found).resolve() == Path(started).resolve()):
        return ["w2vcli"]
    return [sys.executable, "-m", "w2vcli"] if as_module else [started]
