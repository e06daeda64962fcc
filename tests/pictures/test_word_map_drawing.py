"""The drawing of a map: names that cover nothing, and what it says of itself."""

from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from helpers.vector_scenes import HOSTILE, model_of

from w2vcli.pictures.colours import CATEGORIES
from w2vcli.pictures.drawing import Circle, Line, Text, text_width
from w2vcli.pictures.labels import Box
from w2vcli.pictures.map_captions import colours_of, how_made, label, what_it_keeps
from w2vcli.pictures.map_drawing import map_drawing
from w2vcli.pictures.svg import svg
from w2vcli.vectors.imported import ImportedVectors
from w2vcli.vectors.neighbors import VectorSpace
from w2vcli.vectors.word_map import Drift, WordMap, map_words

WORDS = [f"word{number}" for number in range(120)]


@pytest.fixture
def found():
    return map_words(VectorSpace(model_of(WORDS, dim=5)), top=120)


def drifted(found):
    places, cosines = found.places[::-1] * 0.9, np.linspace(0.1, 0.9, len(found.words))
    places[3], cosines[3] = np.nan, np.nan
    return replace(found, drift=Drift(places, cosines), asked=frozenset({1, 2, 3}), clusters=None)


def shapes_of(drawing, kind):
    return [shape for shape in drawing.shapes if isinstance(shape, kind)]


def points_of(drawing):
    return [circle for circle in shapes_of(drawing, Circle) if circle.title]


def frame_of(drawing):
    (corners,) = (line.points for line in shapes_of(drawing, Line) if len(line.points) == 5)
    return Box(*corners[0], *corners[2])


def names_of(drawing):
    frame = frame_of(drawing)
    return [t for t in shapes_of(drawing, Text) if frame.top < t.place[1] < frame.bottom]


def box_of(text):
    """The box of a text, a bit smaller than what is kept free for it."""
    width = text_width(text.text, text.size) - 0.1
    left = text.place[0] - {"start": 0, "middle": width / 2, "end": width}[text.anchor]
    base = text.place[1]
    return Box(left, base - 0.8 * text.size, left + width, base + 0.2 * text.size)


@pytest.mark.parametrize("scene", ["frequent", "asked", "drift"])
def test_names_lie_on_no_name_and_within_the_frame(found, scene):
    if scene == "asked":
        found = map_words(VectorSpace(model_of(WORDS, dim=5)), WORDS[5:9], neighbors=30)
    elif scene == "drift":
        found = drifted(found)
    drawing = map_drawing(found, "a title")
    names, frame = names_of(drawing), frame_of(drawing)
    boxes = [box_of(name) for name in names]
    assert len(boxes) > 20
    assert all(frame.left < b.left and b.right < frame.right for b in boxes)
    assert all(frame.top < b.top and b.bottom < frame.bottom for b in boxes)
    pairs = [(i, j) for i in range(len(boxes)) for j in range(i)]
    assert [(i, j) for i, j in pairs if boxes[i].covers(boxes[j])] == []
    points = points_of(drawing)
    assert len(points) == len(found.words)
    large = [p for p in points if p.radius > 3]
    assert len(large) == len(found.asked)
    for box, name in zip(boxes, names, strict=True):
        for (x, y), radius in [(p.centre, p.radius) for p in (large if name.bold else points)]:
            assert not box.covers(Box(x - radius, y - radius, x + radius, y + radius))
    assert f"{len(names)} of {len(points)} words have room" in text_of(drawing)
    lines = [f"{shape.title}".partition(",")[0] for shape in points]
    assert {name.text for name in names} <= set(lines)


def text_of(drawing):
    return " ".join(shape.text for shape in shapes_of(drawing, Text))


def test_words_lie_where_they_are_on_the_map(found):
    points = {p.title.partition(",")[0]: p.centre for p in points_of(map_drawing(found, ""))}
    drawn = np.array([points[word] for word in found.words]) * [1, -1]
    shift = drawn - drawn.mean(axis=0)
    places = found.places - found.places.mean(axis=0)
    assert shift == pytest.approx(places * (np.ptp(drawn[:, 0]) / np.ptp(places[:, 0])))


def test_words_that_were_asked_for_stand_out():
    space = VectorSpace(model_of(WORDS, dim=5))
    drawing = map_drawing(map_words(space, ["word7", "word90"], neighbors=3), "")
    names = {name.text: name for name in names_of(drawing)}
    assert {text for text, name in names.items() if name.bold} == {"word7", "word90"}
    assert names["word7"].size > names[space.similar("word7", 1)[0].word].size
    assert [p.title.partition(",")[0] for p in points_of(drawing)[-2:]] == ["word90", "word7"]


def test_it_says_how_it_was_made_and_what_it_keeps(found):
    x, y = (f"{100 * share:.1f} %" for share in found.explained)
    hidden = f"{100 * (1 - sum(found.explained)):.1f} %"
    drawing = map_drawing(found, "My title")
    assert drawing.title == "My title"
    said = text_of(drawing).replace("\u00a0", " ")
    for text in (said, drawing.description):
        assert f"PCA of the input and output vectors: {x} of their variance lies along x" in text
        assert f"{y} along y" in text
        assert f"in the {hidden} that is not shown" in text
    assert f"→ x: {x} of the variance" in said
    assert f"↑ y: {y} of the variance" in said
    other = replace(found, method="umap", explained=None, seed=7)
    said = text_of(map_drawing(other, "")).replace("\u00a0", " ")
    assert "UMAP of the input and output vectors, by their cosines, with seed 7." in said
    assert "distances between groups, their sizes and directions mean nothing" in said
    assert "variance" not in said
    assert how_made(replace(other, method="tsne", vectors="input")).startswith("t-SNE of the input")
    assert what_it_keeps(other) in said
    alike = replace(found, explained=(0.0, 0.0))
    assert f"{how_made(alike)} {what_it_keeps(alike)}" == (
        "PCA of the input and output vectors, which do not differ. So all words lie in one place."
    )
    whole = replace(found, explained=(0.75, 0.25))
    assert what_it_keeps(whole).endswith("those close together are alike.")


def test_the_legend_of_clusters(found):
    drawing = map_drawing(found, "")
    spots = [circle for circle in shapes_of(drawing, Circle) if not circle.title]
    assert [spot.colour for spot in spots] == [f"c{number}" for number in range(8)]
    for words in found.central_words(4):
        central = ", ".join(found.words[word] for word in words)
        assert central in text_of(drawing)
        assert central in drawing.description
    colours = {p.title.partition(",")[0]: p.colour for p in points_of(drawing)}
    assert [colours[w] for w in found.words] == [f"c{number}" for number in found.clusters]


def test_more_clusters_than_colours(found):
    space = VectorSpace(model_of(WORDS, dim=5))
    drawing = map_drawing(map_words(space, clusters=11), "")
    assert len([c for c in shapes_of(drawing, Circle) if not c.title]) == CATEGORIES
    assert "and 3 more clusters, in the same colours again" in text_of(drawing)
    assert {p.colour for p in points_of(drawing)} == {f"c{n}" for n in range(CATEGORIES)}


def test_colours_by_frequency(found):
    drawing = map_drawing(found, "", "frequency")
    spots = [circle.colour for circle in shapes_of(drawing, Circle) if not circle.title]
    assert spots == [f"s{number}" for number in range(7)]
    assert "1 times" in text_of(drawing)
    assert "120 times" in text_of(drawing)
    colours = {p.title.partition(",")[0]: p.colour for p in points_of(drawing)}
    assert (colours["word0"], colours["word119"]) == ("s6", "s0")
    scale = [int(colours[word][1]) for word in found.words]
    assert scale == sorted(scale, reverse=True)


def test_where_nobody_knows_the_counts_their_order_stands_for_them(found):
    unknown = replace(found, counts=None)
    scale = [int(name[1]) for name in colours_of(unknown, "frequency")]
    assert (scale[0], scale[-1]) == (6, 0)
    assert scale == sorted(scale, reverse=True)
    assert "last in the vocabulary" in text_of(map_drawing(unknown, "", "frequency"))
    assert {p.title for p in points_of(map_drawing(unknown, ""))} == set(WORDS)
    same = replace(found, counts=np.ones(len(WORDS), np.int64))
    assert set(colours_of(same, "frequency")) == {"s0"}


def test_arrows_lead_from_where_words_were(found):
    found = drifted(found)
    drawing = map_drawing(found, "")
    points = {p.title.partition(",")[0]: p for p in points_of(drawing)}
    arrows = [line for line in shapes_of(drawing, Line) if line.arrow]
    others = [line for line in shapes_of(drawing, Line) if not line.arrow and len(line.points) == 2]
    assert len(arrows) == 2  # one of three is new
    assert len(others) == len(found.words) - 3
    scale = np.ptp([p.centre[0] for p in points.values()]) / np.ptp(found.places[:, 0])
    for number, arrow in zip((1, 2), arrows, strict=True):
        point = points[found.words[number]]
        moved = (found.places[number] - found.drift.places[number]) * [1, -1] * scale
        assert np.subtract(point.centre, arrow.points[0]) == pytest.approx(moved)
        assert np.hypot(*np.subtract(point.centre, arrow.points[1])) == pytest.approx(point.radius)
    assert points["word3"].colour == "c2"
    assert points["word3"].title.endswith(", new")
    assert points["word1"].colour == "c1"
    assert points["word1"].title.endswith(f"cosine of old and new {found.drift.cosines[1]:.4f}")
    said = text_of(drawing)
    assert "2 words that moved most" in said
    assert "1 new" in said
    assert "117 others" in said


def test_a_word_that_did_not_move_has_no_arrow(found):
    still = Drift(found.places, np.ones(len(found.words)))
    drawing = map_drawing(replace(found, drift=still, asked=frozenset({0})), "")
    assert [line for line in shapes_of(drawing, Line) if line.arrow] == []


# --- words and maps of all kinds --------------------------------------------------------


@pytest.fixture
def hostile():
    return map_words(VectorSpace(model_of(HOSTILE)), HOSTILE[2:9])


def test_hostile_words_stay_words(hostile):
    drawing = map_drawing(hostile, f"{HOSTILE[2]} <b> \x1b")
    root = ElementTree.fromstring(svg(drawing))
    tags = {element.tag.partition("}")[2] for element in root.iter()}
    assert tags <= {"svg", "title", "desc", "style", "rect", "polyline", "circle", "text"}
    assert not any(name.startswith("on") for element in root.iter() for name in element.attrib)
    shown = [element.text for element in root.iter() if element.tag.endswith("}text")]
    assert max(map(len, shown)) < 200
    assert any("<script>" in text for text in shown)
    assert all(text.replace("\u00a0", "").replace("\u200d", "").isprintable() for text in shown)


def test_hostile_words_in_png(hostile):
    pytest.importorskip("matplotlib")
    from w2vcli.pictures.png import png

    assert png(map_drawing(hostile, f"{HOSTILE[2]} <b> $x$ \x00"))[:4] == b"\x89PNG"


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("king", "king"),
        ("x" * 10_000, "x" * 23 + "…"),
        ("a\x1b[1m\u202eb\u2028", "a�[1m�b�"),
        ("क्\u200dष", "क्\u200dष"),
        ("e\u0301", "e\u0301"),
        ("\ud800", "�"),
    ],
)
def test_a_name_is_short_and_has_nothing_that_does_not_show(word, shown):
    assert label(word) == shown


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("vectors", [[[1.0]], [[0, 0], [1, 1]], [[1, 2], [2, 1]], [[1], [2], [-1]]])
def test_maps_of_few_words(vectors):
    space = VectorSpace(ImportedVectors(WORDS[: len(vectors)], np.array(vectors, np.float32)))
    for words in ([], ["word0"]):
        drawing = map_drawing(map_words(space, words), "few")
        points = {p.title for p in points_of(drawing)}
        assert points == set(WORDS[: len(vectors)]) or words  # nothing is near to a zero
        assert "word0" in {name.text for name in names_of(drawing)}
        assert drawing.height < 700


def test_a_map_without_clusters_is_coloured_by_frequency(found):
    plain = replace(found, clusters=None)
    assert colours_of(plain, "cluster") == colours_of(plain, "frequency")
    assert isinstance(plain, WordMap)
    assert "120 times" in text_of(map_drawing(plain, ""))
