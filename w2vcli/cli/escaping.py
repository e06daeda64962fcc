"""Escapes: names and words may hold any character, and none may break what is written."""

import json
from collections.abc import Iterable
from typing import Any

from w2vcli.system.plain_values import finite


def printable(text: str) -> str:
    """Escape all that would break a line or control a terminal."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def shortened(text: str, most: int = 60) -> str:
    """Return a text, cut if it is longer than ``most``, with an ellipsis at its end."""
    return text if len(text) <= most else text[: most - 1] + "…"


def tab_separated(cells: Iterable[str]) -> str:
    """Return cells as a line for a pipe; tabs and line breaks in them are escaped.

    All else is data, and stays as it is: words of some languages hold marks that do not print.
    """
    return "\t".join(cell.translate(_BREAKS) for cell in cells)


_BREAKS = {ord(char): repr(char)[1:-1] for char in "\t\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029"}


def json_line(value: dict[str, Any]) -> str:
    """Return an object as one line of JSON; numbers that are not finite become null."""
    line = json.dumps(finite(value), ensure_ascii=False, allow_nan=False)
    # All that does not print stands within a string, where any character may be an escape.
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in line)
