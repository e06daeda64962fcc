"""Tables and pages of tables: rich on a terminal, lines of cells in a pipe.

Colours are few and never alone in saying something, so that light and dark terminals, and those
without colours, show the same.
"""

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from w2vcli.cli.console import results_on_terminal, write, write_row
from w2vcli.cli.escaping import printable, shortened

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

PAPER_WIDTH = 80
"""Columns of a page where there is no terminal to ask, as in a pipe."""

_WIDEST = 100  # longer lines are hard to read
_LONG_WORD = re.compile(r"\S{200,}")


@dataclass(frozen=True)
class Table:
    """A table of texts.

    Attributes
    ----------
    columns
        The headings.
    rows
        The cells.
    labels
        How many of the first columns hold words; they stand to the left, numbers to the right.
    strong
        The rows to make stand out.
    totals
        How many of the last rows stand below a line.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    labels: int = 1
    strong: frozenset[int] = frozenset()
    totals: int = 0


@dataclass(frozen=True)
class Section:
    """A part of a page: a title, the formula that it is about, sentences, and a table."""

    title: str
    formula: str = ""
    text: str = ""
    table: Table | None = None


def write_table(title: str, table: Table, text: str = "", kind: str | None = None) -> None:
    """Write a table as a result, with a title and sentences that say what it shows.

    A pipe gets a line of tab-separated cells for each row, behind the ``kind`` where there are
    tables of several kinds.
    """
    if results_on_terminal():
        _print([Section(title, text=text, table=table)])
    else:
        for row in table.rows:
            write_row([*([kind] if kind else []), *row])


def write_answers(
    query: Sequence[str],
    title: str,
    answers: Sequence[tuple[str, float]],
    column: str = "score",
    digits: str = ".4f",
    strong: frozenset[int] = frozenset(),
) -> None:
    """Write answers: on a terminal a table, in a pipe a line ``query... word score`` for each.

    ``column`` is the heading of the scores, ``digits`` their format, and ``strong`` the rows to
    make stand out.
    """
    rows = [[word, f"{score:{digits}}"] for word, score in answers]
    if results_on_terminal():
        _print([Section(title, table=Table(["word", column], rows, strong=strong))])
    else:
        for row in rows:
            write_row([*query, *row])


@dataclass(frozen=True)
class Screen:
    """What there is room for on a terminal.

    Attributes
    ----------
    columns, rows
        Its size in cells.
    has_colours
        Whether it shows colours.
    has_letters
        Whether it shows more than ASCII.
    """

    columns: int
    rows: int
    has_colours: bool
    has_letters: bool


def _console() -> "Console":
    """Return standard output as rich sees it.

    What goes to no terminal is data, so it gets no colours, also where FORCE_COLOR is set. NO_COLOR
    and TERM=dumb are for rich to heed.
    """
    from rich.console import Console

    forced = None if results_on_terminal() else False
    return Console(file=sys.stdout, highlight=False, force_terminal=forced)


def screen() -> Screen:
    """Return the size and the abilities of the terminal."""
    found = _console()
    colours = found.color_system is not None and not found.no_color
    return Screen(found.width, found.height, colours, found.encoding.startswith("utf"))


def cells(text: str) -> int:
    """Return how many cells of a terminal a text takes: letters of Chinese take two each."""
    from rich.cells import cell_len

    return cell_len(text)


def write_picture(title: str, lines: Iterable[Sequence[tuple[str, str]]], text: str = "") -> None:
    """Write a picture of letters to a terminal, with a title, and sentences below it.

    Parameters
    ----------
    title, text
        As of a table.
    lines
        Of each line its pieces: letters that print, and how they look: ``bold``, the name of a
        colour, or both.
    """
    from rich.text import Text

    shown = _console()
    with shown.capture() as capture:
        shown.print(Text(_readable(title), "bold"))
        for line in lines:
            pieces = Text(no_wrap=True, overflow="crop")
            for letters, style in line:
                pieces.append(letters, style)
            shown.print(pieces)
        if text:
            shown.print(Text(printable(text), "dim"))
    write("\n".join(line.rstrip() for line in capture.get().rstrip("\n").split("\n")))


def write_page(sections: Iterable[Section]) -> None:
    """Write a page to be read, on a terminal or on paper."""
    _print(sections)


def write_markdown(text: str) -> None:
    """Write a text in Markdown: rendered on a terminal, as it is in a pipe.

    A terminal cannot follow links to other files, so only their text is shown there.
    """
    if not results_on_terminal():
        write(text.rstrip("\n"))
        return
    from rich.markdown import Markdown

    screen = _console()
    screen.width = min(screen.width, _WIDEST)
    text = re.sub(r"\[([^\]]+)\]\((?!https?:)[^)]+\)", r"\1", text)
    with screen.capture() as capture:
        screen.print(Markdown(text, hyperlinks=False))
    write(capture.get().rstrip("\n"))


def _print(sections: Iterable[Section]) -> None:
    from rich.text import Text

    screen = _console()
    screen.width = min(screen.width, _WIDEST) if results_on_terminal() else PAPER_WIDTH
    for section in sections:
        # Through ``write``, which handles a closed pipe.
        with screen.capture() as capture:
            heading = Text(_readable(section.title), "bold")
            if section.formula:
                heading.append("   ").append(printable(section.formula), "not bold magenta")
            screen.print(heading)
            if section.text:
                screen.print(Text("\n".join(map(printable, section.text.split("\n")))))
            if section.table:
                screen.print(_rendered(section.table))
        lines = [line.rstrip() for line in capture.get().split("\n")]
        write("\n".join(lines).rstrip() + "\n")


def _readable(text: str) -> str:
    """Return a title or a cell; on a terminal no word of thousands of letters fills the screen."""
    text = printable(text)
    if not results_on_terminal():
        return text
    return _LONG_WORD.sub(lambda word: shortened(word[0], 200), text)


def _rendered(table: Table) -> "RenderableType":
    from rich import box
    from rich.padding import Padding
    from rich.table import Table as RichTable
    from rich.text import Text

    shown = RichTable(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim", padding=(0, 1, 0, 0))
    for number, name in enumerate(table.columns):
        if number < table.labels:
            shown.add_column(Text(name), overflow="fold")
        else:
            shown.add_column(Text(name), justify="right", no_wrap=True)
    for number, row in enumerate(table.rows):
        shown.add_row(
            *(Text(_readable(cell)) for cell in row),
            style="bold" if number in table.strong else None,
            end_section=number + 1 == len(table.rows) - table.totals,
        )
    return Padding(shown, (0, 0, 0, 1))
