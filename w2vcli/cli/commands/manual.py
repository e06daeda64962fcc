"""``w2vcli manual``: the pages of the manual."""

import re
from difflib import get_close_matches
from typing import Annotated

import typer

from w2vcli.cli import manual_pages, pages
from w2vcli.errors import UsageError


def manual(
    topic: Annotated[
        str | None,
        typer.Argument(metavar="TOPIC", help="A page to read; if none is given, all are listed."),
    ] = None,
) -> None:
    """Read the manual: a page for each command, and pages on what lies behind them."""
    if topic is None:
        rows = [[name, manual_pages.title(name)] for name in manual_pages.topics()]
        pages.write_table("Manual", pages.Table(["topic", ""], rows, labels=2))
        return
    if topic not in (known := manual_pages.topics()):
        near = get_close_matches(topic, known)
        hint = f" (did you mean {' or '.join(near)}?)" if near else ""
        raise UsageError(
            f"the manual has no page '{topic}'{hint}; 'w2vcli manual' lists all topics"
        )
    pages.write_markdown(_without_comments(manual_pages.page(topic)))


def _without_comments(page: str) -> str:
    """Leave out the comments, which are notes to the tests."""
    return re.sub(r"(?m)^<!--(?s:.*?)-->\n", "", page)
