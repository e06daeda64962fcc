"""Regular expressions with possessive quantifiers, also where Python gets these wrong.

Before Python 3.11.5 ``re`` may let them take too little or too much (gh-100061, gh-106052): words
lost their last letters. ``x++`` is ``(?>x+)`` by definition, and atomic groups were right from the
beginning.
"""

import re
import sys

_SOUND = (3, 11, 5)
_TOKEN = re.compile(
    r"""(?P<open>\((?:\?(?:[:=!>]|<[=!]))?) | (?P<close>\))
      | (?P<quantifier>[*+?]|\{\d+(?:,\d*)?\}) (?P<kind>[+?]?)
      | (?P<atom>\[\^?\]?(?:\\.|[^\]\\])*\] | \\x..|\\u....|\\U.{8}|\\. | .)""",
    re.VERBOSE | re.DOTALL,
)


def compiled(pattern: str) -> "re.Pattern[str]":
    """Compile an expression, whose possessive quantifiers are as they should be."""
    return re.compile(pattern if sys.version_info >= _SOUND else with_atomic_groups(pattern))


def with_atomic_groups(pattern: str) -> str:
    """Return the same expression with atomic groups in the place of possessive quantifiers."""
    pieces: list[str] = []
    opened: list[int] = []
    for token in _TOKEN.finditer(pattern):
        if token["open"]:
            opened.append(len(pieces))
            pieces.append(token["open"])
        elif token["close"]:
            start = opened.pop()
            pieces[start:] = ["".join(pieces[start:]) + ")"]
        elif token["quantifier"]:
            repeated = pieces.pop() + token["quantifier"]
            pieces.append(f"(?>{repeated})" if token["kind"] == "+" else repeated + token["kind"])
        else:
            pieces.append(token["atom"])
    return "".join(pieces)
