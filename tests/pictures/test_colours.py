"""Colours can be seen: on either paper, and by those who confuse some of them."""

import pytest

from w2vcli.pictures import colours
from w2vcli.pictures.colours import COLOURS

THEMES = ("light", "dark")


def luminance(colour):
    """The relative luminance of WCAG 2.2."""
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    lights = sorted((luminance(one), luminance(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def test_the_formula_of_contrast():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("paper", ["paper", "raised"])
@pytest.mark.parametrize("name", ["ink", "muted", "accent", "bad"])
def test_words_stand_out_from_their_paper(name, paper, theme):
    assert contrast(*(getattr(COLOURS[key], theme) for key in (name, paper))) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    "name", ["edge", *(name for name in COLOURS if name[0] in "cs" and name[1:].isdigit())]
)
def test_marks_stand_out_from_the_paper(name, theme):
    assert contrast(getattr(COLOURS[name], theme), getattr(COLOURS["paper"], theme)) >= 3


@pytest.mark.parametrize("theme", THEMES)
def test_words_can_be_read_on_what_is_marked(theme):
    for paper in ("mark", "minus", "plus"):
        assert contrast(*(getattr(COLOURS[key], theme) for key in ("ink", paper))) >= 4.5


def test_numbers_of_categories_and_places_on_the_scale_have_colours():
    assert {colours.category(number) for number in range(20)} == {f"c{k}" for k in range(8)}
    assert [colours.on_scale(share) for share in (-1, 0, 0.5, 1, 2)] == [
        "s0",
        "s0",
        "s3",
        "s6",
        "s6",
    ]


def test_the_style_sheet_has_each_colour_in_each_theme():
    sheet = colours.style_sheet()
    for name, tone in COLOURS.items():
        assert f"--{name}:{tone.light};" in sheet
        assert f"--{name}:{tone.dark};" in sheet
