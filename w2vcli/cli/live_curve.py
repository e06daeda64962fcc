"""The curve of a run while it goes on: kept up with the events, and written as a picture."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

from w2vcli.cli import console, picture_files
from w2vcli.cli.escaping import printable

if TYPE_CHECKING:
    from w2vcli.training.curve import Curve
    from w2vcli.training.events import TrainingEvent

_EVERY = 3.0  # seconds
_SHARE = 20  # a picture is drawn in no more than a 20th of the time


class LiveCurve:
    """The curve of a run, from its events.

    Parameters
    ----------
    picture
        The file to write it to as the run goes on; None for none.
    kind
        Which kind of picture (``picture_files.kind_of``).
    title
        The title of the picture.

    Attributes
    ----------
    curve
        As far as it is known; None before the run has started.
    written
        Whether the last picture could be written.
    """

    def __init__(self, picture: Path | None, kind: str, title: str) -> None:
        self._picture, self._kind, self._title = picture, kind, title
        self.curve: Curve | None = None
        self.written = False
        self._warned = False
        self._last = 0.0
        self._cost = 0.0

    def take(self, event: "TrainingEvent") -> None:
        """Take an event into the curve, and write its picture if that is due."""
        from w2vcli import events

        due: float | None = None  # the seconds after which the next picture is
        if isinstance(event, events.Started):
            self.curve = event.curve
            due = 0.0
        elif self.curve is None:
            return
        match event:
            case events.Progress():
                self.curve = self.curve.with_point(event.done, event.point)
                due = max(_EVERY, _SHARE * self._cost)
            case events.Recovering():
                self.curve = event.curve
            case events.PassReport():
                done = event.passes + 1 if event.closing else min(event.pass_number, event.passes)
                held_out = event.validation_loss
                self.curve = self.curve.with_pass(done, event.loss, event.prior, held_out)
                due = _SHARE * self._cost
            case events.FinalReport():
                losses = (event.loss, event.prior, event.validation_loss)
                self.curve = self.curve.with_final(*losses)
                due = 0.0
            case events.Saved():
                due = 0.0 if event.stopped else None
        if self._picture and due is not None and time.monotonic() - self._last >= due:
            self._write(self._picture, self.curve)

    def _write(self, picture: Path, curve: "Curve") -> None:
        """Write the picture. A failure must not cost the run, so it is told once."""
        began = time.monotonic()
        try:
            picture_files.write(picture, drawn(curve, self._title, self._kind))
            self.written = True
        except Exception as error:  # whatever it is: hours of training are worth more
            self.written = False
            if not self._warned:
                console.complain(f"warning: the run goes on without its picture: {error}")
            self._warned = True
        self._last = time.monotonic()
        self._cost = self._last - began


def drawn(curve: "Curve", title: str, kind: str) -> str | bytes:
    """Return a picture of a curve, of a kind such as ``svg``."""
    if kind == "html":
        from w2vcli.pictures.curve_page import curve_page

        return curve_page(curve, title)
    from w2vcli.pictures.curve import curve_drawing

    return picture_files.drawn(curve_drawing(curve, title), kind)


def title_of(model: str | Path) -> str:
    """Return the title of the picture of a training."""
    return f"The training of {printable(Path(model).name)}"


def show(curve: "Curve | None") -> None:
    """Show a curve on the terminal; nothing in a log, or where there is no room for it."""
    if curve is None or not console.draws():
        return
    from w2vcli.pictures.curve_cells import LETTERS, curve_cells

    in_ascii = not console.draws(LETTERS)
    lines = curve_cells(curve, min(80, console.columns()), ascii_only=in_ascii)
    for line in ["", *lines, ""] if lines else []:
        console.show(line)
