"""The pages of the manual, which lie in the package."""

import re
from importlib.resources import files

_CONTENTS = "index"


def topics() -> list[str]:
    """Return the names of the pages, in the order of the table of contents."""
    return re.findall(r"\]\(([a-z-]+)\.md\)", page(_CONTENTS))


def page(name: str) -> str:
    """Return a page in Markdown, with its comments, which are notes to the tests."""
    return (files("w2vcli") / "manual" / f"{name}.md").read_text(encoding="utf-8")


def title(name: str) -> str:
    """Return what a page is about, in a few words."""
    return page(name).partition("\n")[0].removeprefix("# ").partition(": ")[2]
