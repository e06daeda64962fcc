"""What sessions show, compared with what is printed, and made true where it is not.

``...`` stands for any lines. What agrees stays as it is, to the last digit, so that pages do not
change with the machine on which they are brought up to date.
"""

import re
from decimal import Decimal
from difflib import SequenceMatcher
from xml.etree import ElementTree

from helpers.sessions import Command

_ELLIPSIS = "..."

# What differs from run to run, or from machine to machine; what else is shown must be true.
_LOOSE = (
    (re.compile(r"\d+(\.\d+)? (s|min|h)\b"), "TIME"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "NOW"),
    (re.compile(r"\.[0-9a-f]{8}\.segment"), ".RANDOM.segment"),
    # A model's last bits depend on the processor, so its checksum does. Fingerprints of texts have
    # 16 digits, and do not.
    (re.compile(r"\b[0-9a-f]{17,}\b"), lambda found: f"CHECKSUM of {len(found[0])} digits"),
    (re.compile(r"\b\d\.\de[-+]\d\d\b(\s+\S+( \d+)?(?=\s+\d\.\de))?"), "ERROR"),
    # Columns are as wide as what stands in them. Tabs are no padding.
    (re.compile(r"^ +| +$"), ""),
    (re.compile(r" +"), " "),
    (re.compile("─+"), "─"),
)

# No part of a name, or of a version such as 3.11.7.
_DECIMAL = re.compile(r"(?<![\w.])[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)\.\d+(?:e[-+]\d+)?(?!\w|\.\d)")

# Processors add in different orders. As on an older one (OPENBLAS_CORETYPE=Nehalem, with
# NUMBA_CPU_NAME=nehalem and NUMBA_CPU_FEATURES empty) the decimals of the sessions differ by 0.007
# percent and one in their last place. Fewer digits than four are a setting, a version or a size.
_DIGITS = 4
_UNITS = 3
_RELATIVE = Decimal("0.001")


def same_line(shown: str, real: str) -> bool:
    """Say whether a line shows what was printed.

    Padding, times, checksums, and the errors of gradients with the places of the worst may differ.
    Decimals of four digits or more may differ as they do on another processor: by a thousandth, or
    by three in their last place. Text, whole numbers and shorter decimals are the same.
    """
    for pattern, name in _LOOSE:
        shown, real = pattern.sub(name, shown), pattern.sub(name, real)
    if _DECIMAL.sub("DECIMAL", shown) != _DECIMAL.sub("DECIMAL", real):
        return False
    return all(map(_same_decimal, _DECIMAL.findall(shown), _DECIMAL.findall(real)))


def _same_decimal(shown: str, real: str) -> bool:
    """Say whether two decimals agree; ``0.5`` may stand for ``0.500000``."""
    if shown == real:
        return True
    first, second = (Decimal(text.replace(",", "")) for text in (shown, real))
    if max(map(_digits, (shown, real))) < _DIGITS:
        return False
    unit = Decimal(1).scaleb(min(number.as_tuple().exponent for number in (first, second)))
    return abs(first - second) <= max(_UNITS * unit, _RELATIVE * abs(first))


def _digits(decimal: str) -> int:
    """Count the digits of a decimal, without a lone zero before the point."""
    whole, _, places = decimal.partition("e")[0].lstrip("+-").partition(".")
    return len(whole.replace(",", "").lstrip("0")) + len(places)


def stretches(shown: list[str]) -> list[list[str]]:
    """Return the lines between those that say ``...``, without empty ones."""
    found: list[list[str]] = [[]]
    for line in shown:
        if line.strip() == _ELLIPSIS:
            found.append([])
        elif line.strip():
            found[-1].append(line)
    return found


def same(shown: list[str], real: list[str]) -> bool:
    """Say whether shown lines are what was printed, but for what ``...`` leaves out."""
    parts = stretches(shown)
    lines = [line for line in real if line.strip()]
    start = 0
    for number, part in enumerate(parts):
        places = range(start, len(lines) - len(part) + 1)
        if number == 0:
            places = places[:1]
        if number == len(parts) - 1:
            places = places[-1:]
            if len(parts) == 1 and len(part) != len(lines):
                return False
        found = next((k for k in places if _agree(part, lines[k : k + len(part)])), None)
        if found is None:
            return False
        start = found + len(part)
    return True


def _agree(shown: list[str], real: list[str]) -> bool:
    return all(map(same_line, shown, real))


def corrected(shown: list[str], real: list[str]) -> list[str]:
    """Return what is shown, made true: each stretch becomes the real lines most like it."""
    if same(shown, real):
        return shown
    while real and not real[0].strip():
        real = real[1:]
    while real and not real[-1].strip():
        real = real[:-1]
    if not any(line.strip() == _ELLIPSIS for line in shown):
        return [line.rstrip() for line in real]
    found: list[str] = []
    start = 0
    part: list[str] = []
    for line in [*shown, _ELLIPSIS]:
        if line.strip() != _ELLIPSIS:
            part.append(line)
            continue
        places = range(start, max(start, len(real) - len(part)) + 1)
        best = max(places, key=lambda k: _likeness(part, real[k : k + len(part)]))
        found += [*(text.rstrip() for text in real[best : best + len(part)]), _ELLIPSIS]
        start = best + len(part)
        part = []
    return found[:-1]


def _likeness(shown: list[str], real: list[str]) -> float:
    pairs = zip(shown, real, strict=False)
    return sum(SequenceMatcher(None, one, two).ratio() for one, two in pairs)


def updated(page: str, changes: list[tuple[Command, list[str]]]) -> str:
    """Return a page in which commands show what they print."""
    lines = page.splitlines()
    for command, real in sorted(changes, key=lambda change: -change[0].first):
        if not command.hidden:
            place = slice(command.first, command.first + len(command.shown))
            lines[place] = corrected(command.shown, real)
    return "\n".join(lines) + "\n"


# --- pictures ---------------------------------------------------------------------------

_NEAR = 60  # pixels: a name may stand on another side of its point


def same_picture(shown: str, real: str) -> bool:
    """Whether two drawings as SVG are those of one command: their texts, and where these stand.

    Nine of ten texts have to be the same, each near its place: the last digits of a processor may
    move a name to the other side of its point, or leave no room for it.
    """
    ours, theirs = (_texts(picture) for picture in (shown, real))
    near = [
        text
        for text, (x, y) in ours.items()
        if text in theirs and abs(theirs[text][0] - x) + abs(theirs[text][1] - y) <= _NEAR
    ]
    return len(near) >= 0.9 * max(len(ours), len(theirs), 1)


def _texts(picture: str) -> dict[str, tuple[float, float]]:
    """Return the place of each text of a drawing."""
    root = ElementTree.fromstring(picture)
    return {
        text.text or "": (float(text.get("x", 0)), float(text.get("y", 0)))
        for text in root.iter("{http://www.w3.org/2000/svg}text")
    }
