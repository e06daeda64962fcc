"""Tables and pages as pipes and terminals get them."""

import contextlib
import os
import re
import sys
from pathlib import Path
from unicodedata import east_asian_width

import pytest

from w2vcli.cli.app import invoke
from w2vcli.cli.console import ClosedPipe
from w2vcli.cli.pages import Section, Table, write_answers, write_page, write_table
from w2vcli.errors import StorageError

TABLE = Table(["word", "score"], [["king", "0.5"], ["[bold]x[/]", "-10.25"], ["é\x1b[31m", ""]])
PAGE = [
    Section("First", "a = b", "A sentence of text. " * 6, TABLE),
    Section("Second"),
    Section("Third", text="[red]one[/] line\nand another"),
]
LONG = Table(
    ["word", *(f"column{number}" for number in range(5))],
    [["w" * 200, *["0.1234"] * 5], ["東京" * 60, *["12345.6789"] * 5]],
)
ANSI = re.compile(r"\x1b\[([0-9;]*)m")


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    """A plain one, whatever the tests themselves run in."""
    for name in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def terminal(monkeypatch):
    """Call a function whose standard output is a terminal; return what that is sent."""

    def shown(function, *arguments, columns=80, **keywords):
        monkeypatch.setenv("COLUMNS", str(columns))
        master, slave = os.openpty()
        with open(slave, "w", encoding="utf-8") as stream, monkeypatch.context() as patch:  # noqa: PTH123
            patch.setattr(sys, "stdout", stream)
            function(*arguments, **keywords)
            os.write(slave, b"\0")
            sent = b""
            while not sent.endswith(b"\0"):
                sent += os.read(master, 65536)
        os.close(master)
        return sent[:-1].decode().replace("\r\n", "\n")

    return shown


def plain(shown):
    return ANSI.sub("", shown)


def width(text):
    return max(
        sum(2 if east_asian_width(char) in "WF" else 1 for char in line)
        for line in plain(text).splitlines()
    )


# --- tables -----------------------------------------------------------------------------


def test_a_pipe_gets_cells_between_tabs(capsys):
    write_table("title", TABLE, "what it shows")
    rows = "king\t0.5\n[bold]x[/]\t-10.25\né\x1b[31m\t\n"
    assert capsys.readouterr().out == rows
    write_table("title", TABLE, kind="what")
    assert capsys.readouterr().out == "".join(f"what\t{row}\n" for row in rows.splitlines())


def test_a_terminal_gets_a_table_with_title_and_headings(terminal):
    assert plain(terminal(write_table, "A title", TABLE)).split("\n") == [
        "A title",
        "",
        "  word         score",
        "  ──────────────────",
        "  king           0.5",
        "  [bold]x[/]  -10.25",
        "  é\\x1b[31m",
        "",
        "",
    ]


def test_a_terminal_gets_the_text_but_not_the_kind(terminal):
    shown = plain(terminal(write_table, "A title", TABLE, "What it shows.", kind="some"))
    assert shown.split("\n")[:4] == ["A title", "What it shows.", "", "  word         score"]


@pytest.mark.parametrize("columns", [80, 100, 500])
def test_a_table_fits_the_terminal_and_hides_nothing(terminal, columns):
    shown = plain(terminal(write_table, "t" * 150, LONG, columns=columns))
    assert width(shown) <= min(columns, 100)
    assert "…" not in shown
    assert shown.count("w") == 200 + 1  # and that of the heading
    assert shown.count("東京") + len(re.findall(r"東\s", shown)) == 60
    assert shown.count("0.1234") == shown.count("12345.6789") == 5


def test_a_terminal_cuts_a_word_of_thousands_of_letters_and_a_pipe_does_not(terminal, capsys):
    word = "x" * 5000
    answers = [word], f"a {word}", [(f"b {word}", 0.5)]
    shown = plain(terminal(write_answers, *answers))
    assert shown.count("x") == 2 * 199
    assert shown.count("…") == 2
    write_answers(*answers)
    assert capsys.readouterr().out == f"{word}\tb {word}\t0.5000\n"


def test_words_stand_to_the_left_and_numbers_to_the_right(terminal):
    table = Table(["a", "b", "c"], [["1", "22", "3"], ["111", "2", "333"]], labels=2)
    assert plain(terminal(write_table, "", table)).splitlines()[2:] == [
        "  a    b     c",
        "  ────────────",
        "  1    22    3",
        "  111  2   333",
        "",
    ]


def test_totals_stand_below_a_line(terminal):
    table = Table(["a", "b"], [["x", "1"], ["y", "2"], ["sum", "3"]], totals=1)
    rows = plain(terminal(write_table, "", table)).splitlines()[4:]
    assert [row.split() for row in rows] == [["x", "1"], ["y", "2"], [], ["sum", "3"], []]


def test_a_table_without_rows(terminal, capsys):
    table = Table(["a", "b"], [])
    write_table("title", table)
    assert capsys.readouterr().out == ""
    shown = plain(terminal(write_table, "title", table)).split()
    assert shown[:3] == ["title", "a", "b"]


# --- pages ------------------------------------------------------------------------------


def test_a_pipe_gets_a_page_of_plain_text(capsys):
    write_page(PAGE)
    assert capsys.readouterr().out.split("\n") == [
        "First   a = b",
        "A sentence of text. A sentence of text. A sentence of text. A sentence of text.",
        "A sentence of text. A sentence of text.",
        "",
        "  word         score",
        "  ──────────────────",
        "  king           0.5",
        "  [bold]x[/]  -10.25",
        "  é\\x1b[31m",
        "",
        "Second",
        "",
        "Third",
        "[red]one[/] line",
        "and another",
        "",
        "",
    ]


def test_a_terminal_gets_the_same_page(terminal, capsys):
    write_page(PAGE)
    shown = terminal(write_page, PAGE)
    assert plain(shown) == capsys.readouterr().out
    assert ANSI.search(shown)


@pytest.mark.parametrize("columns", ["40", "200"])
def test_paper_has_80_columns_whatever_the_terminal(capsys, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    write_page([Section("t" * 150, "f" * 90, "x" * 100 + " y" * 100, LONG)])
    out = capsys.readouterr().out
    assert width(out) == 80
    assert out == plain(out)
    assert "…" not in out


def test_sections_are_shown_as_they_come(capsys):
    """A long calculation shows what it has."""

    def page():
        yield PAGE[1]
        assert capsys.readouterr().out == "Second\n\n"
        yield PAGE[2]

    write_page(page())
    assert capsys.readouterr().out.startswith("Third\n")


@pytest.mark.parametrize("place", ["title", "formula", "text", "heading", "cell"])
@pytest.mark.parametrize("literal", ["[bold]x[/]", "[/]", ":smile:", "\\[a]", "[link=http://x]y"])
def test_what_looks_like_markup_is_shown_as_it_stands(capsys, terminal, place, literal):
    page = [section_with(place, literal)]
    write_page(page)
    assert literal in capsys.readouterr().out
    assert literal in plain(terminal(write_page, page))


def section_with(place, text):
    """A section with a text at one place and "x" at all others."""
    texts = dict.fromkeys(["title", "formula", "text", "heading", "cell"], "x") | {place: text}
    table = Table([texts["heading"]], [[texts["cell"]]])
    return Section(texts["title"], texts["formula"], texts["text"], table)


@pytest.mark.parametrize("place", ["title", "formula", "text", "cell"])
@pytest.mark.parametrize("control", ["\x1b[2J", "\x07", "\x9b1m", "\x00", "\u202e", "\udcff"])
def test_control_characters_are_shown_escaped(capsys, place, control):
    """Wherever a word may stand: none may drive a terminal, or stop the page."""
    write_page([section_with(place, f"a{control}b")])
    out = capsys.readouterr().out
    assert out.replace("\n", "").isprintable()
    assert f"a{repr(control)[1:-1]}b" in out


# --- colours ----------------------------------------------------------------------------


def codes(shown):
    """The ANSI codes of a text, one by one."""
    return {code for found in ANSI.findall(shown) for code in found.split(";")}


def test_colours_are_for_terminals(terminal, capsys):
    shown = terminal(write_page, PAGE)
    assert codes(shown) == {"0", "1", "2", "35"}  # off, bold, dim, magenta
    write_page(PAGE)
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "value", "left"), [("NO_COLOR", "1", {"0", "1", "2"}), ("TERM", "dumb", set())]
)
def test_no_colours_where_they_are_not_wanted(terminal, monkeypatch, name, value, left):
    expected = plain(terminal(write_page, PAGE))
    monkeypatch.setenv(name, value)
    shown = terminal(write_page, PAGE)
    assert codes(shown) <= left
    assert plain(shown) == expected


def test_rows_that_stand_out(terminal):
    table = Table(["a"], [["x"], ["y"]], strong=frozenset({1}))
    shown = terminal(write_table, "", table).splitlines()
    assert ["1" in codes(line) for line in shown[4:6]] == [False, True]


# --- nobody there -----------------------------------------------------------------------


@contextlib.contextmanager
def stream_nobody_reads():
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w", encoding="utf-8") as stream:  # noqa: PTH123
        yield stream


@pytest.mark.parametrize("write", [lambda: write_page(PAGE), lambda: write_table("t", TABLE)])
def test_a_reader_that_goes_away(monkeypatch, write):
    with stream_nobody_reads() as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        with pytest.raises(ClosedPipe):
            write()


def test_a_command_whose_reader_goes_away_is_quiet(monkeypatch, capsys):
    with stream_nobody_reads() as stream, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", stream)
        assert invoke(["explain"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("write", [lambda: write_page(PAGE), lambda: write_table("t", TABLE)])
def test_standard_output_that_is_closed_or_full(monkeypatch, write):
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(StorageError, match="standard output is closed"):
        write()
    with Path("/dev/full").open("w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        with pytest.raises(StorageError, match="No space left"):
            write()
