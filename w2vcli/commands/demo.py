"""``w2vcli demo``: the whole path on the English that every Python carries."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from w2vcli import console

_WORDS = ["file", "read", "dictionary"]
_ANALOGIES = [
    ["string", "strings", "list"],
    ["writing", "write", "reading"],
    ["encode", "encoder", "decode"],
]


def register(app: typer.Typer) -> None:
    """Add the command to the application."""

    @app.command("demo")
    def demo(
        folder: Annotated[
            Path, typer.Argument(metavar="[FOLDER]", help="Where to put the files; kept.")
        ] = Path("w2vcli-demo"),
    ) -> None:
        """Make a small corpus of Python's own documentation, train on it, and ask it questions."""
        from w2vcli.demo_corpus import write_demo_corpus
        from w2vcli.errors import OutputError

        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{folder}: cannot be made: {error.strerror}") from None
        corpus, vocabulary, model = (
            str(folder / name) for name in ("corpus.txt", "corpus.vocab", "model.safetensors")
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
            console.note(f"\n$ w2vcli {shlex.join(command)}")
            code = typer.main.get_command(app).main(
                command, prog_name="w2vcli", standalone_mode=False
            )
            if code:
                raise typer.Exit(code)
