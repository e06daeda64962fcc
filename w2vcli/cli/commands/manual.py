"""``w2vcli manual``: the pages of the manual."""

import re
from difflib import get_close_matches
from importlib.resources import files
from typing import Annotated

import typer

from w2vcli.cli import pages
from w2vcli.errors import UsageError

_CONTENTS = "index"


def manual(
    topic: Annotated[
        str | None,
        typer.Argument(metavar="TOPIC", help="A page to read; if none is given, all are listed."),
    ] = None,
) -> None:
    """Read the manual: a page for each command, and pages on what lies behind them."""
    if topic is None:
        rows = [[name, _title(_page(name))] for name in topics()]
        pages.write_table("Manual", pages.Table(["topic", ""], rows, labels=2))
        return
    if topic not in (known := topics()):
        near = get_close_matches(topic, known)
        hint = f" (did you mean {' or '.join(near)}?)" if near else ""
        raise UsageError(
            f"the manual has no page '{topic}'{hint}; 'w2vcli manual' lists all topics"
        )
    pages.write_markdown(_without_comments(_page(topic)))


def topics() -> list[str]:
    """Return the names of the pages, in the order of the table of contents."""
    return re.findall(r"\]\(([a-z-]+)\.md\)", _page(_CONTENTS))


def _page(name: str) -> str:
    return (files("w2vcli") / "manual" / f"{name}.md").read_text(encoding="utf-8")


def _title(page: str) -> str:
    return page.partition("\n")[0].removeprefix("# ").partition(": ")[2]


def _without_comments(page: str) -> str:
    """Leave out the comments, which are notes to the tests."""
    return re.sub(r"(?m)^<!--(?s:.*?)-->\n", "", page)
