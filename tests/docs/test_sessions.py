"""Every session that README and manual show is run, and prints what they say."""

import pytest
from helpers import manual, sessions, shown


@pytest.fixture(scope="session")
def library(tmp_path_factory):
    return manual.Library(tmp_path_factory.mktemp("sessions"))


@pytest.mark.parametrize("page", manual.PAGES, ids=lambda page: page.stem)
def test_sessions_show_what_is_printed(library, page):
    """As they would on another processor, and nothing else.

    With another documentation of Python than the recorded one, only exit codes count.
    """
    for command, code, real in library.run(page):
        printed = "\n".join(real)
        assert code == 0, f"{command.text}\n{printed}"
        if not command.hidden and library.as_recorded:
            expected = "\n".join(command.shown)
            assert shown.same(command.shown, real), (
                f"{page.name}, line {command.first + 1}: 'make manual' may mend it\n"
                f"$ {command.text}\nshown:\n{expected}\nprinted:\n{printed}"
            )
    for picture, real in library.pictures(page):
        drawn = real.read_text(encoding="utf-8")
        if library.as_recorded:
            assert shown.same_picture(picture.read_text(encoding="utf-8"), drawn), picture.name


@pytest.mark.parametrize(
    ("lines", "true"),
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
def test_the_comparison_itself(lines, true):
    assert shown.same(lines.split("\n"), ["a", "", "b c", "d"]) == true


@pytest.mark.parametrize(
    ("line", "real"),
    [
        ("pass 1/2  6.5737   716.05   0.1 s", "pass 1/2  6.5737   716.05  10.2 s"),
        ("files 0.5576", "files 0.5575"),
        ("files 0.5576", "files 0.5579"),
        ("shift -0.0001", "shift 0.0001"),
        ("done 999.99", "done 1,000.12"),
        ("100.00 %", "99.99 %"),
        ('{"cosine": 0.564915}]}', '{"cosine": 0.564913}]}'),
        ('{"cosine": 0.284519},', '{"cosine": 0.2845},'),
        ("[0.564915,0.719018]", "[0.564913,0.719019]"),
        ("('positional', 0.8650633096694946)", "('positional', 0.8650633692741394)"),
        ("-7.2803\t1451.36", "-7.2803\t1451.46"),
        ("prior 1.23457e-05", "prior 1.23449e-05"),
        ("  word    cosine", "  word   cosine "),
        ("  ──────────────", "  ─────────────"),
        ("wrote c/d.99ca631e.segment: 2 types", "wrote c/d.00ca6310.segment: 2 types"),
        (f"sha256  {'3f' * 32}", f"sha256  {'a0' * 32}"),
    ],
)
def test_what_may_differ(line, real):
    assert shown.same_line(line, real)
    assert shown.same_line(real, line)


@pytest.mark.parametrize(
    ("line", "real"),
    [
        ("pass 1/2  6.5737   716.05   0.1 s", "pass 1/2  6.5837   716.05   0.1 s"),
        ("files 0.56", "files 0.57"),
        ("files 0.5576", "files 0.5582"),
        ("files 0.5576", "files -0.5576"),
        ("files 0.5576", "opened 0.5576"),
        ("files 0.5576", "files"),
        ("files 0.5576", "files 0.5576 0.5576"),
        ('{"cosine": 0.564915}', '{"cosine": 0.565915}'),
        ('{"cosine": 0.564915}', '{"score": 0.564915}'),
        ("prior 1.23457e-05", "prior 1.23457e-06"),
        ("smoothing 0.75", "smoothing 0.76"),
        ("subsample 0.001", "subsample 0.002"),
        ("Python 3.11", "Python 3.12"),
        ("numpy 2.14.61", "numpy 2.14.62"),
        ("total 1000.0", "total 1000"),
        ("read\twrite", "read write"),
        ("two words", "twowords"),
        ("wrote c/d.99ca631e.segment: 2 types", "wrote c/d.99ca631e.segment: 3 types"),
        (f"sha256  {'3f' * 32}", f"sha256  {'3f' * 20}"),
        ("fingerprint  af03d12fb031f59f", "fingerprint  af03d12fb031f590"),
        ("12 words", "13 words"),
        ("3,307 words", "3,308 words"),
        ("bytes 1823810", "bytes 1823811"),
        ("exit 3", "exit 2"),
    ],
)
def test_what_may_not_differ(line, real):
    assert not shown.same_line(line, real)
    assert not shown.same_line(real, line)


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
    assert shown.updated(page, printed) == (
        "```console\n$ y\n...\nabc 2\n...\n$ w\nnew\nmore\n```\n"
    )
    assert shown.updated(page, [(first, ["abc 1"]), (second, ["old"])]) == page


def test_what_agrees_is_not_corrected():
    page = "```console\n$ y\nfiles   0.5791\nopened  0.5443\n3 words\n```\n"
    (command,) = sessions.blocks(page)[0].commands
    near = ["files   0.5790", "opened  0.5445", "3 words"]
    assert shown.updated(page, [(command, near)]) == page
    far = ["files   0.5790", "opened  0.5543", "3 words"]
    assert shown.updated(page, [(command, far)]) == page.replace("0.5791", "0.5790").replace(
        "0.5443", "0.5543"
    )


def test_a_shell_shows_what_a_terminal_shows(tmp_path):
    shell = sessions.Shell(tmp_path / "programs")
    commands = ["x=1; echo one >&2", "test -t 1 && echo $x", "exit_code() { return 3; }; exit_code"]
    assert shell.run(commands, tmp_path) == [(0, ["one"]), (0, ["1"]), (3, [])]


MAP = "\n".join(
    f'<text x="{100 * number}" y="{7 * number}.5" class="f-ink">word{number}</text>'
    for number in range(20)
)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (MAP, True),
        (MAP.replace('x="300"', 'x="340"'), True),  # a name on the other side of its point
        (MAP.replace("word3", "word33"), True),
        (MAP.replace("word1", "other1"), False),
        (MAP.replace('x="', 'x="4'), False),
        ("", False),
    ],
)
def test_the_comparison_of_pictures(other, same):
    whole = [f'<svg xmlns="http://www.w3.org/2000/svg">{texts}</svg>' for texts in (MAP, other)]
    assert shown.same_picture(*whole) == same
