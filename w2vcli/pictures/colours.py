"""The colours of pages, drawings and pictures of letters: the only place where they are chosen.

Every colour has a name, a tone on light paper and one on dark. Words stand out from what is behind
them by a contrast of at least 4.5, marks by 3 (WCAG 2.2, 1.4.3 and 1.4.11). The
categories are told apart with each of the common kinds of colour blindness as far as eight colours
can be, and nothing is said by a colour alone.
"""

from typing import NamedTuple


class Tone(NamedTuple):
    """A colour on light paper and on dark, each as ``#rrggbb``; its name on a terminal."""

    light: str
    dark: str
    terminal: str = ""


COLOURS: dict[str, Tone] = {
    "paper": Tone("#ffffff", "#14171c"),
    "raised": Tone("#f4f5f7", "#1e232b"),
    "ink": Tone("#1b1f24", "#e6e9ee"),
    "muted": Tone("#5b6470", "#a2abb8", "dim"),
    "line": Tone("#d5d9df", "#363d48"),
    "edge": Tone("#828b97", "#77818f"),
    "accent": Tone("#0b57b7", "#7db4ff", "blue"),
    "mark": Tone("#fff2b8", "#4a4010"),
    "bad": Tone("#b3261e", "#ff9d94", "red"),
    # Categories: clusters, the curves of a plot.
    "c0": Tone("#0b57b7", "#7db4ff", "blue"),
    "c1": Tone("#b04a00", "#ffa45c", "yellow"),
    "c2": Tone("#007a5a", "#3fd1a4", "green"),
    "c3": Tone("#b0206e", "#ff8ac2", "magenta"),
    "c4": Tone("#5f3dc4", "#b9a3ff", "bright_magenta"),
    "c5": Tone("#8a6500", "#e6c34a", "bright_yellow"),
    "c6": Tone("#00748c", "#56cfe8", "cyan"),
    "c7": Tone("#a3302c", "#ff8f88", "red"),
    # A scale from little to much, such as the frequency of a word.
    "s0": Tone("#5a7fa8", "#4d6f96", "blue"),
    "s1": Tone("#3f74ab", "#5f8fbf", "blue"),
    "s2": Tone("#2466a8", "#6fa9dc", "cyan"),
    "s3": Tone("#0d5599", "#8cc4ee", "cyan"),
    "s4": Tone("#7a3f8f", "#d9a8f0", "magenta"),
    "s5": Tone("#a3256f", "#ff9fd0", "bright_magenta"),
    "s6": Tone("#b3123c", "#ffb3bd", "bright_red"),
    # The two ends of a scale about zero, such as that of a weight; zero is the paper.
    "minus": Tone("#86b5ea", "#2b5a94"),
    "plus": Tone("#f0ae6d", "#85541a"),
}

CATEGORIES = 8
"""How many colours of categories there are: c0, c1, ..."""

SCALE = 7
"""How many colours a scale has: s0, s1, ..."""


def category(number: int) -> str:
    """Return the name of the colour of a category, numbered from 0; after the last, the first."""
    return f"c{number % CATEGORIES}"


def on_scale(share: float) -> str:
    """Return the name of the colour of a place on the scale, from 0 to 1."""
    return f"s{min(SCALE - 1, max(0, int(share * SCALE)))}"


def style_sheet() -> str:
    """Return the colours as custom properties of CSS, ``--ink`` and so on.

    The theme is the reader's: of the system, or of the page's root where it has ``data-theme``.
    """
    light, dark = (
        "".join(f"--{name}:{tone[theme]};" for name, tone in COLOURS.items()) for theme in (0, 1)
    )
    return (
        f":root{{color-scheme:light;{light}}}"
        f"@media (prefers-color-scheme:dark){{:root{{color-scheme:dark;{dark}}}}}"
        f':root[data-theme="light"]{{color-scheme:light;{light}}}'
        f':root[data-theme="dark"]{{color-scheme:dark;{dark}}}'
        f"@media print{{:root,:root[data-theme]{{color-scheme:light;{light}}}}}"
    )
