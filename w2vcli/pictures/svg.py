"""A drawing as SVG: it has both themes in it, and follows its reader's."""

import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from w2vcli.pictures.colours import COLOURS
from w2vcli.pictures.drawing import Circle, Drawing, Line, Shape, Text

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write."""


def svg(drawing: Drawing) -> str:
    """Return a drawing as an SVG document."""
    root = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {drawing.width} {drawing.height}",
            "width": str(drawing.width),
            "height": str(drawing.height),
            "role": "img",
            "font-family": "system-ui, sans-serif",
        },
    )
    SubElement(root, "title").text = _clean(drawing.title)
    if drawing.description:
        SubElement(root, "desc").text = _clean(drawing.description)
    used = sorted({shape.colour for shape in drawing.shapes} | {"paper"})
    SubElement(root, "style").text = _style(used)
    SubElement(root, "rect", {"width": "100%", "height": "100%", "class": "f-paper"})
    for shape in drawing.shapes:
        _add(root, shape)
    ElementTree.indent(root, " ")
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def _style(used: list[str]) -> str:
    light, dark = (
        "".join(
            f".f-{name}{{fill:{COLOURS[name][theme]}}}.s-{name}{{stroke:{COLOURS[name][theme]}}}"
            for name in used
        )
        for theme in (0, 1)
    )
    return f"{light}@media (prefers-color-scheme:dark){{{dark}}}"


def _add(root: Element, shape: Shape) -> None:
    match shape:
        case Line():
            _add_line(root, shape)
        case Circle():
            x, y = shape.centre
            place = {"cx": _short(x), "cy": _short(y), "r": _short(shape.radius)}
            circle = SubElement(root, "circle", place | {"class": f"f-{shape.colour}"})
            if shape.title:
                SubElement(circle, "title").text = _clean(shape.title)
        case Text():
            x, y = shape.place
            about = {"x": _short(x), "y": _short(y), "font-size": _short(shape.size)}
            about |= {"class": f"f-{shape.colour}", "text-anchor": shape.anchor}
            about |= {"font-weight": "bold"} if shape.bold else {}
            # On its own: a word that runs from the right would change places with its neighbours.
            about |= {"direction": "ltr", "style": "unicode-bidi:isolate"}
            SubElement(root, "text", about).text = _clean(shape.text)


def _add_line(root: Element, line: Line) -> None:
    about = {"class": f"s-{line.colour}", "fill": "none", "stroke-width": _short(line.width)}
    about |= {"stroke-linejoin": "round", "stroke-linecap": "round"}
    about |= {"stroke-dasharray": "5 4"} if line.dashed else {}
    SubElement(root, "polyline", {"points": _points(line)} | about)
    if line.arrow:
        head = " ".join(f"{_short(x)},{_short(y)}" for x, y in arrow_head(line))
        SubElement(root, "polygon", {"points": head, "class": f"f-{line.colour}"})


def arrow_head(line: Line) -> list[tuple[float, float]]:
    """Return the corners of the head of an arrow, the tip first."""
    (x0, y0), (x1, y1) = line.points[-2:]
    length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5 or 1.0
    size = min(3 + 2 * line.width, length)
    dx, dy = (x1 - x0) / length * size, (y1 - y0) / length * size
    return [(x1, y1), (x1 - dx - dy / 2, y1 - dy + dx / 2), (x1 - dx + dy / 2, y1 - dy - dx / 2)]


def _points(line: Line) -> str:
    return " ".join(f"{_short(x)},{_short(y)}" for x, y in line.points)


def _short(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("�", text)
