"""A drawing as PNG, on light paper, by matplotlib (``w2vcli[plot]``)."""

import io
import logging
import warnings

from w2vcli.errors import UsageError
from w2vcli.pictures.colours import COLOURS
from w2vcli.pictures.drawing import Circle, Drawing, Line, Text
from w2vcli.pictures.svg import arrow_head

_DPI = 72  # so that a point is a pixel of the drawing
_SHARPNESS = 2  # pixels of the picture for each

# For letters that matplotlib's own font lacks: those of these that are installed, in this order.
_MORE_LETTERS = (
    "Noto Sans CJK JP",
    "Noto Sans CJK SC",
    "WenQuanYi Zen Hei",
    "Hiragino Sans",
    "PingFang SC",
    "Apple SD Gothic Neo",
    "Microsoft YaHei",
    "Malgun Gothic",
    "Noto Sans Devanagari",
    "Noto Sans Thai",
    "Arial Unicode MS",
)


def check_library() -> None:
    """Raise a UsageError if matplotlib is not installed."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise UsageError(
            "writing PNG needs one more package: pip install 'w2vcli[plot]', or name a file that "
            "ends in .svg"
        ) from None


def png(drawing: Drawing) -> bytes:
    """Return a drawing as a PNG picture, twice as many pixels wide and high.

    A warning (``warnings``) says how many letters no font has.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure
    from matplotlib.font_manager import get_font_names

    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    there = set(get_font_names())
    fonts = ["sans-serif", *(font for font in _MORE_LETTERS if font in there)]
    # A "$" is a letter of a word here, not the start of a formula.
    with (
        warnings.catch_warnings(record=True) as told,
        rc_context({"text.parse_math": False, "font.family": fonts}),
    ):
        figure = Figure((drawing.width / _DPI, drawing.height / _DPI), dpi=_DPI * _SHARPNESS)
        figure.set_facecolor(COLOURS["paper"].light)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_xlim(0, drawing.width)
        axes.set_ylim(drawing.height, 0)
        axes.set_axis_off()
        for order, shape in enumerate(drawing.shapes):
            colour = COLOURS[shape.colour].light
            match shape:
                case Line():
                    x, y = zip(*shape.points, strict=True)
                    style = "--" if shape.dashed else "-"
                    axes.plot(x, y, style, color=colour, linewidth=shape.width, zorder=order)
                    if shape.arrow:
                        axes.fill(*zip(*arrow_head(shape), strict=True), color=colour, zorder=order)
                case Circle():
                    size = (2 * shape.radius) ** 2
                    axes.scatter(*shape.centre, s=size, color=colour, linewidths=0, zorder=order)
                case Text():
                    axes.text(
                        *shape.place,
                        shape.text,
                        color=colour,
                        fontsize=shape.size,
                        fontweight="bold" if shape.bold else "normal",
                        ha={"start": "left", "middle": "center", "end": "right"}[shape.anchor],
                        va="baseline",
                        zorder=order,
                    )
        stream = io.BytesIO()
        figure.savefig(stream, format="png", metadata={"Software": None, "Title": drawing.title})
    if lacking := len({text for text in (str(w.message) for w in told) if "missing from" in text}):
        warnings.warn(
            f"the fonts here lack {lacking} of the letters, which became boxes; an .svg file shows "
            "them wherever there is a font",
            stacklevel=2,
        )
    return stream.getvalue()
