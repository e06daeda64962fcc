"""Pictures of curves: their numbers are those of the curve, wherever it stands."""

import json
import math
import re
from dataclasses import replace

import pytest
from helpers.curves import OLD, UNDERWAY, WHOLE
from hypothesis import given, settings
from hypothesis import strategies as st

from w2vcli.pictures.curve import curve_drawing
from w2vcli.pictures.curve_cells import LETTERS, curve_cells
from w2vcli.pictures.curve_page import curve_page
from w2vcli.pictures.curve_scales import (
    compared,
    described,
    passes_shown,
    place_of,
    range_of,
    shows_prior,
    state_of,
)
from w2vcli.pictures.drawing import Circle, Line, Text
from w2vcli.pictures.svg import svg
from w2vcli.training.curve import Curve, Losses, Point

CURVES = {"whole": WHOLE, "underway": UNDERWAY, "old": OLD}
every_curve = pytest.mark.parametrize("curve", CURVES.values(), ids=CURVES)


def texts(drawing):
    return [shape.text for shape in drawing.shapes if isinstance(shape, Text)]


def scales(drawing):
    """What turns a place of the drawing back into passes and a loss, by its own two axes."""
    shapes = drawing.shapes
    numbers = [shape for shape in shapes if isinstance(shape, Text) and shape.anchor == "end"]
    losses = sorted(
        (float(text.text), text.place[1] - 4)
        for text in numbers
        if re.fullmatch(r"\d+(\.\d+)?", text.text)
    )
    (low, y_low), *_, (high, y_high) = losses
    middle = [shape for shape in shapes if isinstance(shape, Text) and shape.anchor == "middle"]
    passes = sorted(
        (float(text.text), text.place[0])
        for text in middle
        if re.fullmatch(r"\d+(\.\d+)?", text.text)
    )
    (first, x_first), *_, (last, x_last) = passes

    def back(place):
        x, y = place
        return (
            first + (x - x_first) / (x_last - x_first) * (last - first),
            low + (y - y_low) / (y_high - y_low) * (high - low),
        )

    return back


@every_curve
def test_the_drawing_shows_the_numbers_of_the_curve(curve):
    drawing = curve_drawing(curve, "a title")
    back = scales(drawing)
    lines = [shape for shape in drawing.shapes if isinstance(shape, Line) and shape.width == 2.2]
    lines = [line for line in lines if len(line.points) > 2]
    drawn = [back(place) for line in lines for place in line.points]
    assert drawn == [pytest.approx(point, abs=1e-6) for point in curve.points]
    means = [shape for shape in drawing.shapes if isinstance(shape, Line) and shape.width == 4]
    means = [back(mean.points[1])[1] for mean in means if mean.points[0][1] > 90]
    assert means == pytest.approx([each.loss for each in curve.losses])
    held_out = [s for s in drawing.shapes if isinstance(s, Circle) and s.title[:8] == "held out"]
    expected = [(each.passes, each.held_out) for each in curve.losses if each.held_out]
    losses = [back(shape.centre)[1] for shape in held_out]
    assert losses == pytest.approx([loss for _, loss in expected])
    names = [f"after {passes:g} passes: {loss:.4f}, " for passes, loss in expected]
    assert all(name in dot.title for name, dot in zip(names, held_out, strict=True))
    rings = [s for s in drawing.shapes if isinstance(s, Circle) and s.title[:5] == "exact"]
    assert [back(ring.centre)[1] for ring in rings] == pytest.approx(
        [curve.final.loss] if curve.final else []
    )


def test_what_the_drawing_says():
    said = texts(curve_drawing(WHOLE, "a title"))
    assert said[:2] == ["a title", "Finished: 2 passes and the closing pass"]
    for text in ("unigram 8.4232", "entropy floor 6.5438", "7.6713", "8.2500", "held out 7.9328"):
        assert text in said
    legend = ["loss", "mean of a pass", "with the prior's part", "held out"]
    assert [text for text in said if text in legend][-4:] == legend
    assert "exact: old model, final vectors" in said
    low = range_of(WHOLE).low
    assert f"Losses in nats per prediction. The axis begins at {low:.2f}, not at 0." in said
    assert any(text.startswith("Above the picture: ln V = 9.0864") for text in said)
    assert "closing pass" in said


def test_an_axis_from_zero_says_nothing():
    curve = replace(UNDERWAY, points=(Point(1.0, 0.01),), losses=())
    assert range_of(curve).low == 0.0
    assert "Losses in nats per prediction." in texts(curve_drawing(curve, ""))


def test_the_prior_is_shown_where_it_can_be_seen():
    assert shows_prior(WHOLE, range_of(WHOLE))
    losses = tuple(each._replace(prior=0.001) for each in WHOLE.losses)
    assert not shows_prior(replace(WHOLE, losses=losses), range_of(WHOLE))
    large = replace(WHOLE, losses=tuple(each._replace(prior=5.0) for each in WHOLE.losses))
    assert range_of(large).high > 13


def test_ln_v_is_a_line_where_the_losses_reach_it():
    assert [name for name, _ in compared(WHOLE, range_of(WHOLE))] == ["unigram", "entropy floor"]
    high = replace(WHOLE, points=(Point(0.5, 9.1), *WHOLE.points[4:]))
    names = [name for name, _ in compared(high, range_of(high))]
    assert names == ["unigram", "entropy floor", "ln V"]


@pytest.mark.parametrize(
    ("curve", "said"),
    [
        (WHOLE, "finished: 2 passes and the closing pass"),
        (UNDERWAY, "not finished: 1.25 of 2 passes are done"),
        (OLD, "finished: 2 passes"),
        (
            replace(WHOLE, final=None, done=2.5),
            "not finished: in the closing pass, after 2 passes",
        ),
        (
            Curve(1.0, closing=True),
            "not finished: 0 of 1 passes are done, the closing pass follows",
        ),
    ],
)
def test_how_far_the_run_is(curve, said):
    assert state_of(curve) == said
    assert said in described(curve)


def test_the_closing_pass_has_little_room():
    assert place_of(WHOLE, 0) == 0
    assert place_of(WHOLE, 2) == 0.8
    assert place_of(WHOLE, 3) == 1
    assert place_of(replace(WHOLE, passes=19.0), 19) == 0.95
    assert place_of(UNDERWAY, 2) == 1
    assert passes_shown(WHOLE, 12) == [0, 1, 2]
    assert passes_shown(replace(WHOLE, passes=0.5), 6) == [0, 0.1, 0.2, 0.3, 0.4, 0.5]


def test_no_label_covers_another_or_leaves_the_picture():
    drawing = curve_drawing(WHOLE, "x")
    boxes = []
    for text in (s for s in drawing.shapes if isinstance(s, Text)):
        width = 0.5 * text.size * len(text.text)
        x = text.place[0] - {"start": 0, "middle": width / 2, "end": width}[text.anchor]
        boxes.append((x, text.place[1] - 0.7 * text.size, x + width, text.place[1]))
        assert boxes[-1][0] >= 0
        assert boxes[-1][2] <= drawing.width
        assert boxes[-1][3] <= drawing.height
    for k, (left, top, right, bottom) in enumerate(boxes):
        for other in boxes[:k]:
            assert not (
                left < other[2] and other[0] < right and top < other[3] and other[1] < bottom
            )


# --- pages ------------------------------------------------------------------------------


@every_curve
def test_the_page_has_the_numbers_of_the_curve(curve):
    text = curve_page(curve, "<b>a title")
    data = json.loads(re.search(r'id="data">(.*?)</script>', text)[1])
    assert "<h1><bdi>&lt;b&gt;a title</bdi></h1>" in text
    assert [tuple(point) for point in data["points"]] == list(curve.points)
    assert [Losses(**each) for each in data["losses"]] == list(curve.losses)
    assert (data["final"] and Losses(**data["final"])) == curve.final
    for name in ("passes", "closing", "uniform", "unigram", "floor", "before", "done"):
        assert data[name] == getattr(curve, name)


# --- letters ----------------------------------------------------------------------------


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("columns", [50, 63, 80, 200])
@every_curve
def test_cells_fit(curve, columns, ascii_only):
    lines = curve_cells(curve, columns, 9, ascii_only)
    assert len(lines) in (12, 13)
    assert max(map(len, lines)) <= columns
    assert "".join(lines).isascii() == ascii_only
    assert set("".join(lines)) <= set(LETTERS) | set(map(chr, range(0x2800, 0x2900))) | set(
        map(chr, range(32, 127))
    )


def test_what_cells_say():
    lines = curve_cells(WHOLE, 80)
    assert lines[0].strip() == "loss in nats per prediction, over the passes"
    assert [line[-15:] for line in lines if "unigram" in line] == [" unigram 8.4232"]
    assert [line[-21:] for line in lines if "floor" in line] == [" entropy floor 6.5438"]
    assert lines[-1].strip() == "◆ exact 7.6713 (2,146)   ○ held out 7.9328"
    assert lines[-2].split() == ["0", "1", "2", "closing"]
    assert sum(line.count("◆") for line in lines) == 2
    assert sum(line.count("○") for line in lines) == 4


def test_lines_that_are_near_have_a_name_each():
    lines = curve_cells(replace(WHOLE, unigram=6.56, uniform=6.55), 80)
    for name in ("unigram 6.5600", "entropy floor 6.5438", "ln V 6.5500"):
        assert sum(name in line for line in lines) == 1


def test_stars_stand_at_their_losses():
    lines = curve_cells(UNDERWAY, 80, 9, True)[1:10]
    span = range_of(UNDERWAY)
    rows = {row for row, line in enumerate(lines) if "*" in line}
    height = span.high - span.low
    expected = {int((span.high - point.loss) / height * 8 + 0.5) for point in UNDERWAY.points}
    assert expected <= rows
    assert min(rows) == min(expected)
    assert max(rows) == max(expected)


def test_an_old_model_has_a_line_of_its_passes():
    assert any("*" in line for line in curve_cells(OLD, 80, 9, True))


def test_there_are_none_where_nothing_can_be_seen():
    assert curve_cells(UNDERWAY, 49) == []
    assert len(curve_cells(UNDERWAY, 50)) > 9
    assert curve_cells(Curve(2.0, unigram=3.0), 80) == []
    assert curve_cells(replace(UNDERWAY, unigram=1.2345678e99), 50) != []


# --- whatever the numbers are -----------------------------------------------------------

numbers = st.floats(-1e100, 1e100) | st.floats(-1e-9, 0)
maybe = st.none() | numbers
ordinary = st.floats(0, 20)


@settings(max_examples=50)
@given(
    st.builds(
        Curve,
        st.floats(1e-9, 1e9),
        st.booleans(),
        *[st.none() | ordinary | numbers] * 4,
        points=st.lists(st.builds(Point, st.floats(0, 9), ordinary | numbers), max_size=4).map(
            tuple
        ),
        losses=st.lists(st.builds(Losses, st.floats(0, 9), maybe, maybe, maybe), max_size=3).map(
            tuple
        ),
        final=st.none() | st.builds(Losses, st.floats(0, 9), maybe, maybe, maybe),
        done=st.floats(0, 9),
    )
)
def test_any_curve_can_be_drawn(curve):
    drawing = curve_drawing(curve, "x")
    places = [
        place
        for shape in drawing.shapes
        for place in (
            shape.points
            if isinstance(shape, Line)
            else [shape.centre if isinstance(shape, Circle) else shape.place]
        )
    ]
    assert all(math.isfinite(number) for place in places for number in place)
    assert svg(drawing)
    assert curve_page(curve, "x")
    for ascii_only in (False, True):
        assert max(map(len, curve_cells(curve, 80, 9, ascii_only)), default=0) <= 80
