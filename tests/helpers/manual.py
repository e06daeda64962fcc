"""The pages of README and manual: where they are, how their sessions run, what is generated."""

import hashlib
import re
import shutil
from pathlib import Path

import typer

from helpers.sessions import Block, Command, Shell, blocks
from w2vcli.cli import common, settings
from w2vcli.cli.app import app

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
MANUAL = ROOT / "w2vcli" / "manual"
PAGES = [README, *sorted(MANUAL.glob("*.md"))]
APPLICATION = typer.main.get_command(app)
COMMANDS = APPLICATION.commands

DEMO = "w2vcli demo"
DEMO_CORPUS = "c5f6e2965425d234c8daeb94fc7c77af01bf84d16435a6b4b33d2b6f8290f0de"
"""SHA-256 of the demo corpus with which the sessions were recorded, that of Python 3.11.7."""


class Library:
    """Runs the sessions of a page, each page in its own copy of what ``w2vcli demo`` makes."""

    def __init__(self, folder: Path) -> None:
        """Run the demo in a folder."""
        self._folder = folder
        self._shell = Shell(folder / "programs")
        self._made = folder / "made"
        self._made.mkdir()
        ((code, self._demo),) = self._shell.run([DEMO], self._made)
        assert code == 0, "\n".join(self._demo)
        corpus = (self._made / "w2vcli-demo" / "python-docs.txt").read_bytes()
        self.as_recorded = hashlib.sha256(corpus).hexdigest() == DEMO_CORPUS

    def place(self, page: Path) -> Path:
        """Return the folder in which the commands of a page run."""
        copy = self._folder / page.stem
        return copy if page == README else copy / "w2vcli-demo"

    def pictures(self, page: Path) -> list[tuple[Path, Path]]:
        """Return each picture that a page shows, and the one that its commands have made."""
        shown = re.findall(r"(?m)^!\[.+\]\((\S+)\)$", page.read_text(encoding="utf-8"))
        files = [page.parent / name for name in shown]
        return [(file, self.place(page) / file.name) for file in files]

    def run(self, page: Path) -> list[tuple[Command, int, list[str]]]:
        """Run the commands of a page in order; give each with its exit code and its lines."""
        commands = [
            command
            for block in blocks(page.read_text(encoding="utf-8"))
            for command in block.commands
        ]
        live = [command.text for command in commands if command.text != DEMO]
        if not live:
            results = []
        else:
            shutil.copytree(self._made, self._folder / page.stem)
            results = self._shell.run(live, self.place(page))
        left = iter(results)
        return [
            (command, *((0, self._demo) if command.text == DEMO else next(left)))
            for command in commands
        ]


# --- what is generated ------------------------------------------------------------------

_GENERATED = re.compile(
    r"(?ms)(^<!-- options of ([a-z-]+), made by `make manual` -->\n)(.*?)(^<!-- end -->$)"
)
_RANGES = (
    (r"(\S+?)<=x<=(\S+)", r"\1 to \2"),
    (r"x>=(\S+)", r"at least \1"),
)


def generated(page: str) -> list[str]:
    """Return the names of the commands whose options a page shows."""
    return [found[1] for found in _GENERATED.findall(page)]


def regenerated(page: str) -> str:
    """Return a page with its generated parts made anew."""
    return _GENERATED.sub(lambda found: found[1] + options_of(found[2]) + found[4], page)


_SHARED = (
    "It also takes the [options of every command](configuration.md#options-of-every-command), such "
    "as `--quiet` and\n`--log-file`."
)


def options_of(name: str) -> str:
    """Return the usage and the options of a command in Markdown, from what ``--help`` knows."""
    if name == "every-command":
        return _options_of_every_command()
    command = COMMANDS[name]
    context = typer.Context(command, info_name=name, parent=typer.Context(APPLICATION))
    arguments, options = (
        [param for param in command.params if param.param_type_name == kind]
        for kind in ("argument", "option")
    )
    pieces = " ".join(command.collect_usage_pieces(context)).replace("{", "").replace("}", "")
    lines = ["", f"    w2vcli {name} {pieces}", ""]
    if arguments:
        lines += ["| argument | |", "|---|---|"]
        lines += [_row(param, context)[0] for param in arguments]
        lines.append("")
    if options:
        lines += ["| option | default | |", "|---|---|---|"]
        lines += [_row(param, context)[1] for param in options]
        example = next(param for param in options if not param.required)
        lines += [
            "",
            f"Each option can also stand in the environment, as `{example.opts[0]}` does in "
            f"`{settings.variable(name, example.name)}`,",
            f"or under `[{name}]` in a [configuration file](configuration.md).",
        ]
    lines += [_SHARED, ""]
    return "\n".join(lines) + "\n"


def _options_of_every_command() -> str:
    context = typer.Context(APPLICATION, info_name="w2vcli")
    lines = ["", "| option | default | variable | |", "|---|---|---|---|"]
    for param in APPLICATION.params:
        if param.name in common.NAMES:
            row = _row(param, context)[1].removesuffix(" |").split(" | ")
            row.insert(
                2, f"`{settings.variable('', param.name)}`" if param.allow_from_autoenv else ""
            )
            lines.append(" | ".join(row) + " |")
    return "\n".join([*lines, ""]) + "\n"


def _row(param: object, context: typer.Context) -> tuple[str, str]:
    """Return the row of an argument, and that of an option."""
    name, text = param.get_help_record(context)
    if param.param_type_name == "argument":
        name = name.partition(" ")[0]
    text, _, extra = text.partition("  [")
    default, ranges = "", []
    for part in filter(None, extra.rstrip("]").split("; ")):
        if part.startswith("default: "):
            default = f"`{part.removeprefix('default: ')}`"
        elif part == "required":
            default = "required"
        else:
            for pattern, plain in _RANGES:
                part = re.sub(pattern, plain, part)
            ranges.append(part)
    if ranges:
        text = f"{text.rstrip('.')} ({', '.join(ranges)})."
    name, text = (cell.replace("|", "\\|") for cell in (name, text))
    return f"| `{name}` | {text} |", f"| `{name}` | {default} | {text} |"


def all_blocks() -> list[tuple[Path, Block]]:
    """Return every fenced block of every page."""
    return [(page, block) for page in PAGES for block in blocks(page.read_text(encoding="utf-8"))]
