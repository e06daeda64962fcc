"""Every session that README and manual show is run, and prints what they say."""

import pytest
from helpers import manual, sessions


@pytest.fixture(scope="session")
def library(tmp_path_factory):
    return manual.Library(tmp_path_factory.mktemp("sessions"))


@pytest.mark.parametrize("page", manual.PAGES, ids=lambda page: page.stem)
def test_sessions_show_what_is_printed(library, page):
    """Exactly, but for another documentation of Python than the recorded one: then exit codes."""
    for command, code, real in library.run(page):
        printed = "\n".join(real)
        assert code == 0, f"{command.text}\n{printed}"
        if not command.hidden and library.as_recorded:
            shown = "\n".join(command.shown)
            assert sessions.same(command.shown, real), (
                f"{page.name}, line {command.first + 1}: 'make manual' may mend it\n"
                f"$ {command.text}\nshown:\n{shown}\nprinted:\n{printed}"
            )


@pytest.mark.parametrize(
    ("shown", "true"),
    [
        ("a\n\nb  c\nd", True),
        ("a\n...", True),
        ("...\nb c\n...", True),
        ("...\nd", True),
        ("a\n...\nd", True),
        ("a\nb c", False),
        ("a\nd", False),
        ("a\nb d\nd", False),
        ("...\nb c", False),
        ("b c\n...", False),
        ("d\n...\na", False),
        ("", False),
    ],
)
def test_the_comparison_itself(shown, true):
    assert sessions.same(shown.split("\n"), ["a", "", "b c", "d"]) == true


@pytest.mark.parametrize(
    ("shown", "real", "true"),
    [
        ("pass 1/2  6.5737   716.05   0.1 s", "pass 1/2  6.5737   716.05  10.2 s", True),
        ("pass 1/2  6.5737   716.05   0.1 s", "pass 1/2  6.5837   716.05   0.1 s", False),
        ("files 0.5576", "files 0.5575", True),
        ("files 0.5576", "files 0.5572", False),
        ("files 0.5576", "opened 0.5576", False),
        ("wrote c/d.99ca631e.segment: 2 types", "wrote c/d.00ca6310.segment: 2 types", True),
        ("wrote c/d.99ca631e.segment: 2 types", "wrote c/d.99ca631e.segment: 3 types", False),
        ("12 words", "13 words", False),
        ("exit 3", "exit 2", False),
    ],
)
def test_what_may_differ(shown, real, true):
    assert sessions.same_line(shown, real) == true


def test_the_reading_of_blocks_itself():
    page = (
        "<!-- before: x -->\n<!-- not run: a reason -->\n```console\n$ y\n```\n\n```text\nz\n```\n"
    )
    first, second = sessions.blocks(page)
    assert (first.language, first.marked("not run"), first.commands) == ("console", "a reason", [])
    assert (second.marks, second.commands) == ([], [])
    page = "<!-- before: x -->\n```console\n$ y <<E\n> z\nshown\n$ w\n```\n"
    (block,) = sessions.blocks(page)
    assert block.commands == [
        sessions.Command("x", [], 0, True),
        sessions.Command("y <<E\nz", ["shown"], 4),
        sessions.Command("w", [], 6),
    ]
    assert page.splitlines()[4] == "shown"


def test_the_correction_itself():
    page = "```console\n$ y\n...\nabc 1\n...\n$ w\nold\n```\n"
    first, second = sessions.blocks(page)[0].commands
    printed = [(first, ["a", "abc 2", "", "c"]), (second, ["", "new", "more", ""])]
    assert sessions.updated(page, printed) == (
        "```console\n$ y\n...\nabc 2\n...\n$ w\nnew\nmore\n```\n"
    )
    assert sessions.updated(page, [(first, ["abc 1"]), (second, ["old"])]) == page


def test_a_shell_shows_what_a_terminal_shows(tmp_path):
    shell = sessions.Shell(tmp_path / "programs")
    commands = ["x=1; echo one >&2", "test -t 1 && echo $x", "exit_code() { return 3; }; exit_code"]
    assert shell.run(commands, tmp_path) == [(0, ["one"]), (0, ["1"]), (3, [])]
