"""README and manual as texts: links, tables of options, exit codes, and what nobody runs."""

import re

import pytest
from helpers import manual
from helpers.sessions import SHELLS

from w2vcli import errors
from w2vcli.cli.manual_pages import topics

every_page = pytest.mark.parametrize("page", manual.PAGES, ids=lambda page: page.stem)
every_command = pytest.mark.parametrize("name", manual.COMMANDS)


def prose(page):
    """The text of a page without its fenced blocks and code."""
    text = re.sub(r"(?ms)^```.*?^```$", "", page.read_text(encoding="utf-8"))
    return re.sub(r"`[^`\n]+`", lambda code: code[0].replace("[", "").replace("]", ""), text)


def anchors(page):
    """The anchors of the headings of a page, as the web makes them."""
    titles = re.findall(r"(?m)^#+ (.*)$", prose(page))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@every_page
def test_links_lead_somewhere(page):
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"https?://", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@every_page
def test_files_of_the_project_that_are_named_exist(page):
    named = re.findall(r"\b(?:tests|w2vcli)/[\w/-]+\.\w+", page.read_text(encoding="utf-8"))
    assert [name for name in named if not (manual.ROOT / name).exists()] == []


def test_the_contents_name_every_page():
    assert sorted([*topics(), "index"]) == sorted(page.stem for page in manual.PAGES[1:])


@every_command
def test_every_command_has_a_page(name):
    text = (manual.MANUAL / f"{name}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {name}: ")
    assert manual.generated(text) == [name]
    assert f"$ w2vcli {name}" in text or f"<!-- output of: w2vcli {name}" in text
    assert "## Exit codes" in text


@every_page
def test_tables_of_options_are_fresh(page):
    text = page.read_text(encoding="utf-8")
    assert text == manual.regenerated(text), "run 'make manual'"


@every_command
def test_every_option_is_in_its_table(name):
    table = manual.options_of(name)
    for param in manual.COMMANDS[name].params:
        if param.param_type_name == "option":
            assert re.search(rf"(?m)^\| `[^`]*{param.opts[0]}\b", table), param.opts


def test_the_finding_of_stale_tables_itself():
    text = (manual.MANUAL / "similar.md").read_text(encoding="utf-8")
    assert manual.regenerated(text.replace("--top N", "--most N")) == text


def exit_codes(text):
    """The exit codes in the table of a page."""
    table = text.partition("## Exit codes")[2].partition("\n## ")[0]
    return [int(code) for code in re.findall(r"(?m)^\| (\d+) \|", table)]


def documented_codes():
    classes = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    ended_well = [code for code in vars(errors).values() if isinstance(code, int)]
    return {kind.exit_code for kind in classes} | {0, *ended_well}


def test_the_exit_codes_are_all_explained():
    text = (manual.MANUAL / "exit-codes.md").read_text(encoding="utf-8")
    assert {int(code) for code in re.findall(r"(?m)^\| (\d+) \|", text)} == documented_codes()


@every_command
def test_a_command_says_its_exit_codes(name):
    codes = exit_codes((manual.MANUAL / f"{name}.md").read_text(encoding="utf-8"))
    assert codes[:2] == [0, 2] or codes[:3] == [0, 1, 2]
    assert codes == sorted(set(codes))
    assert set(codes) <= documented_codes()


def test_what_can_be_run_is_run_or_says_why_not():
    for page, block in manual.all_blocks():
        place = f"{page.name}, line {block.line}"
        assert block.language, f"{place}: a fence needs a language"
        if block.language in SHELLS and not block.commands:
            reason = block.marked("not run") or ""
            runner = manual.ROOT / (block.marked("run by") or "none")
            assert len(reason.split()) > 2 or runner.is_file(), place


@every_page
def test_no_command_hides_in_an_indented_block(page):
    text = re.sub(r"(?ms)^<!-- options of .*?^<!-- end -->$", "", page.read_text(encoding="utf-8"))
    text = re.sub(r"(?ms)^```.*?^```$", "", text)
    assert not re.findall(r"(?m)^ {4,}(?:\$ |w2vcli |make |pip ).*$", text)


def test_the_readme_is_short():
    assert len(manual.README.read_text(encoding="utf-8").splitlines()) <= 250
