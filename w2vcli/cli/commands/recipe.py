"""``w2vcli recipe``: what runs the program every night, to print and to adapt."""

import shlex
import shutil
import sys
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

import typer

from w2vcli.cli import console, paths
from w2vcli.cli.options import option
from w2vcli.errors import UsageError

_FILES = {"cron": ("nightly.sh",), "systemd": ("service.ini", "timer.ini")}


def recipe(
    kind: Annotated[
        Literal["cron", "systemd"],
        typer.Argument(
            metavar="KIND",
            help="cron: the script of a night, with its line for the crontab; systemd: a service "
            "and a timer that run it.",
        ),
    ],
    folder: Annotated[
        str,
        option(metavar="DIR", help="Where texts, counts, model and script are."),
    ] = ".",
) -> None:
    """Print what retrains a model every night; nothing is installed.

    The script counts the texts of the last days, trains on thirty, and publishes the new model
    only if it passes a gate. It is yours to adapt.
    """
    paths.input_files([folder])
    place = str(Path(folder).absolute())
    if not place.isprintable():
        raise UsageError("--folder: this cannot be written in a script; choose another name")
    script = f"{place}/nightly.sh"
    values = {
        "@FOLDER@": shlex.quote(place),
        "@PROGRAMS@": shlex.quote(_programs()),
        "@CRON_SCRIPT@": shlex.quote(script).replace("%", r"\%"),  # which cron ends a line by
        "@UNIT_FOLDER@": place.replace("%", "%%"),
        "@UNIT_SCRIPT@": _quoted_for_systemd(script),
    }
    texts = []
    for name in _FILES[kind]:
        text = (files("w2vcli") / "cli" / "recipes" / name).read_text(encoding="utf-8")
        for mark, value in values.items():
            text = text.replace(mark, value)
        texts.append(text)
    console.write("\n".join(texts).removesuffix("\n"))


def _programs() -> str:
    """Return the folder of the program, which the path of a nightly job lacks."""
    program = Path(sys.argv[0]).name == "w2vcli" and shutil.which(sys.argv[0])
    return str(Path(program or sys.executable).absolute().parent)


def _quoted_for_systemd(text: str) -> str:
    """Write an argument of ExecStart, where some signs have a meaning, in double quotes."""
    for sign, safe in (("\\", r"\\"), ('"', r"\""), ("%", "%%"), ("$", "$$")):
        text = text.replace(sign, safe)
    return f'"{text}"'
