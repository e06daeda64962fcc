"""The page of a curve, on which its reader can go from point to point."""

from w2vcli.pictures.curve_scales import compared, described, range_of, shows_prior, state_of
from w2vcli.pictures.page import page
from w2vcli.training.curve import Curve, Losses


def curve_page(curve: Curve, title: str) -> str:
    """Return a page that shows a curve.

    The page finds in ``frame.data`` the attributes of the curve by their names, and the choices
    that all its pictures share: ``low`` and ``high``, ``lines`` (names and losses), ``prior``
    (whether it is shown), ``state`` and ``description``.
    """
    span = range_of(curve)
    return page(
        "curve",
        title,
        {
            "passes": curve.passes,
            "closing": curve.closing,
            "end": curve.end,
            "done": curve.done,
            "uniform": curve.uniform,
            "unigram": curve.unigram,
            "floor": curve.floor,
            "before": curve.before,
            "points": [list(point) for point in curve.points],
            "losses": [_plain(each) for each in curve.losses],
            "final": curve.final and _plain(curve.final),
            "low": span.low,
            "high": span.high,
            "lines": compared(curve, span),
            "prior": shows_prior(curve, span),
            "state": state_of(curve),
            "description": described(curve),
        },
    )


def _plain(losses: Losses) -> dict[str, float | None]:
    return losses._asdict()
