"""Drawings as SVG and as PNG; labels that cover nothing."""

import struct
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from w2vcli.pictures.drawing import Circle, Drawing, Line, Text, text_width
from w2vcli.pictures.labels import Box, placed
from w2vcli.pictures.svg import svg

SHAPES = [
    Line([(1, 2), (30, 40.128)], "c1", 2, dashed=True, arrow=True),
    Circle((10, 20), 3, "s2", "a < b"),
    Text((5, 60), "$x$ & <b> \x01 אב", "ink", 14, "end", bold=True),
]
NAMESPACE = "{http://www.w3.org/2000/svg}"


def test_svg_has_the_shapes_and_both_themes():
    text = svg(Drawing(100, 80, "A <title>", "what is in it", SHAPES))
    root = ElementTree.fromstring(text)
    parts = [child.tag.removeprefix(NAMESPACE) for child in root]
    assert parts == ["title", "desc", "style", "rect", "polyline", "polygon", "circle", "text"]
    assert root[0].text == "A <title>"
    assert root.find(f"{NAMESPACE}text").text == "$x$ & <b> � אב"
    assert root.find(f"{NAMESPACE}polyline").get("points") == "1,2 30,40.13"
    assert root.find(f"{NAMESPACE}circle/{NAMESPACE}title").text == "a < b"
    assert "prefers-color-scheme:dark" in root.find(f"{NAMESPACE}style").text


def test_png_is_twice_as_large():
    pytest.importorskip("matplotlib")
    from w2vcli.pictures.png import png

    picture = png(Drawing(100, 80, "A title", shapes=SHAPES))
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", picture[16:24]) == (200, 160)
    assert picture == png(Drawing(100, 80, "A title", shapes=SHAPES))


def test_letters_that_no_font_has_are_counted_once():
    pytest.importorskip("matplotlib")
    from w2vcli.pictures.png import png

    text = "a\ufdd0\ufdd1\ufdd0"  # two that are no characters
    drawing = Drawing(100, 80, "", shapes=[Text((5, 20), text), Text((5, 60), text, bold=True)])
    with pytest.warns(UserWarning, match="the fonts here lack 2 of the letters") as told:
        assert png(drawing)[:4] == b"\x89PNG"
    assert len(told) == 1


def test_wide_letters_are_wide():
    assert (
        text_width("漢字", 10) > text_width("MW", 10) > text_width("ab", 10) > text_width("il", 10)
    )
    assert text_width("e\u0301", 10) == text_width("e", 10)


boxes = st.builds(
    lambda x, y, w, h: Box(x, y, x + w, y + h),
    st.integers(-20, 120),
    st.integers(-20, 120),
    st.integers(1, 50),
    st.integers(1, 20),
)


@given(st.lists(st.lists(boxes, min_size=1, max_size=4), max_size=30), st.lists(boxes, max_size=5))
def test_labels_are_as_if_each_were_compared_with_all(wanted, taken):
    area = Box(0, 0, 100, 100)
    there, expected = list(taken), []
    for places in wanted:
        free = [
            box
            for box in places
            if box.left >= 0
            and box.top >= 0
            and box.right <= 100
            and box.bottom <= 100
            and not any(box.covers(other) for other in there)
        ]
        expected.append(free[0] if free else None)
        there += free[:1]
    assert placed(wanted, area, taken, grain=7) == expected
    assert placed(wanted, area, taken) == expected
