"""``w2vcli completion``: the script by which a shell completes commands and options."""

import os
from typing import Annotated, Any, Literal

import typer

from w2vcli.cli import console
from w2vcli.errors import W2VError

VARIABLE = "_W2VCLI_COMPLETE"
"""The environment variable by which the script asks the program for words."""


def completion(
    shell: Annotated[
        Literal["bash", "zsh", "fish"], typer.Argument(metavar="SHELL", help="bash, zsh or fish.")
    ],
) -> None:
    """Print the script that completes commands and options in a shell; nothing is installed."""
    from typer.completion import get_completion_script  # type: ignore[attr-defined]

    console.write(get_completion_script(prog_name="w2vcli", complete_var=VARIABLE, shell=shell))


def answer(application: Any) -> int:  # noqa: ANN401 - Typer hides its type
    """Answer the script: print the words that may stand where the cursor is, and return a code.

    A line that makes no sense so far has none.
    """
    from typer.completion import (  # type: ignore[attr-defined]
        completion_init,
        shell_complete,
    )

    completion_init()
    os.environ["COLUMNS"] = "1000"  # Typer would wrap a help text, and fish take a line for a word
    try:
        return shell_complete(application, {}, "w2vcli", VARIABLE, os.environ[VARIABLE])
    except SystemExit as ended:  # of fish, which asks by the exit code whether there are any
        return ended.code if isinstance(ended.code, int) else 0
    except (W2VError, typer.TyperException, LookupError, ValueError):
        return 1
