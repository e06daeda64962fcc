"""The curve of a run: its losses over the passes, and within them, with what to compare them to.

A point within a pass is the mean over some blocks in a row, which are chosen by their number: so a
curve depends on no clock and on no number of threads, and can be kept in the model.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, NamedTuple

_OF_A_PASS = 24
_OF_A_RUN = 60
_LEAST = 1e-9  # of the passes: a block of that many would be it
_LARGEST = 1e100  # no sum of losses in float32 is as large


def parts_of_a_pass(passes: float, blocks: int) -> int:
    """Return into how many parts each of the passes of a run is divided: each is a point.

    They have two blocks at least, as the last block of a pass may be a small one, whose loss says
    little.
    """
    return max(1, min(_OF_A_PASS, int(_OF_A_RUN / max(1.0, passes)), blocks // 2))


class Point(NamedTuple):
    """A point within a pass.

    Attributes
    ----------
    passes
        How many passes were done then, such as 1.25.
    loss
        The mean loss over the predictions since the point before, in nats, each taken when its
        block was met.
    """

    passes: float
    loss: float


class Losses(NamedTuple):
    """The losses of a pass, or of the final parameters, in nats per prediction.

    ``passes`` is how many passes were done at its end; the closing pass counts as one. The others
    are as in ``events.PassReport``, None where they are not known.
    """

    passes: float
    loss: float | None
    prior: float | None
    held_out: float | None

    @property
    def objective(self) -> float | None:
        """The loss with the part of the prior; None where one of them is not known."""
        return None if self.loss is None or self.prior is None else self.loss + self.prior


@dataclass(frozen=True)
class Curve:
    """What is known of the losses of a run, at its end or on the way; nats per prediction.

    Attributes
    ----------
    passes
        How many passes of gradient descent the run makes, in all.
    closing
        Whether the closing pass comes after them.
    uniform, unigram, floor
        As in ``Baselines``; None where they are not known.
    before
        Of a warm start, the exact loss of the old model's final parameters, where it is that of the
        same predictions; else None.
    points
        Within the passes of gradient descent, in order. Older models have none.
    losses
        Of each pass that is done, in order; the closing pass is the last.
    final
        Of the final parameters; None before the end.
    done
        How many passes are done; the closing pass counts as one.
    """

    passes: float
    closing: bool = False
    uniform: float | None = None
    unigram: float | None = None
    floor: float | None = None
    before: float | None = None
    points: tuple[Point, ...] = ()
    losses: tuple[Losses, ...] = ()
    final: Losses | None = None
    done: float = 0.0

    @property
    def end(self) -> float:
        """How many passes there are in all; the closing pass counts as one."""
        return self.passes + self.closing

    @property
    def reported(self) -> tuple[Losses, ...]:
        """The losses of the passes that are done, and those of the final parameters."""
        return (*self.losses, self.final) if self.final else self.losses

    @property
    def is_empty(self) -> bool:
        """Whether there is no loss of the run itself in it."""
        return not self.points and not any(
            value is not None for each in self.reported for value in each[1:]
        )

    def with_point(self, done: float, point: Point | None) -> "Curve":
        """Return the curve after a block, which has completed a point or has not."""
        return replace(self, done=done, points=(*self.points, point) if point else self.points)

    def with_pass(
        self, done: float, loss: float | None, prior: float | None, held_out: float | None
    ) -> "Curve":
        """Return the curve after a pass."""
        losses = Losses(float(done), loss, prior, held_out)
        return replace(self, done=losses.passes, losses=(*self.losses, losses))

    def with_final(
        self, loss: float | None, prior: float | None, held_out: float | None
    ) -> "Curve":
        """Return the curve at the end of the run."""
        return replace(self, done=self.end, final=Losses(self.end, loss, prior, held_out))

    def as_json(self) -> dict[str, Any]:
        """Return what the history of a run does not hold, as plain values."""
        return {
            "passes": self.passes,
            "uniform": self.uniform,
            "unigram": self.unigram,
            "floor": self.floor,
            "before": self.before,
            "points": [list(point) for point in self.points],
        }

    @classmethod
    def of(
        cls,
        config: Mapping[str, Any],
        history: list[Any],
        kept: Mapping[str, Any] | None,
    ) -> "Curve":
        """Return the curve that a file holds.

        Parameters
        ----------
        config, history
            Of its metadata.
        kept
            What ``as_json`` has returned, of a run on its way with ``done``; None in a file of an
            older version, whose curve has neither points nor losses to compare with.

        Raises
        ------
        ValueError, TypeError, KeyError
            If these are not the values of a curve.
        """
        kept = kept or {}
        passes = _number(kept.get("passes", config.get("passes")), _LEAST)
        curve = cls(
            passes,
            bool(config.get("closing", False)),
            _maybe(kept.get("uniform")),
            _maybe(kept.get("unigram")),
            _maybe(kept.get("floor")),
            _maybe(kept.get("before")),
            points=points_of(kept),
        )
        for number, record in enumerate(history, start=1):
            values = [_maybe(record.get(name)) for name in ("loss", "prior", "validation_loss")]
            if record.get("final"):
                return curve.with_final(*values)
            ends = curve.end if record.get("closing") else min(float(number), passes)
            curve = curve.with_pass(ends, *values)
        done = _maybe(kept.get("done"))
        return curve if done is None else replace(curve, done=min(done, curve.end))


def points_of(kept: Mapping[str, Any]) -> tuple[Point, ...]:
    """Return the points of what ``Curve.as_json`` has returned, none if it is empty.

    Raises
    ------
    ValueError, TypeError
        If they are none.
    """
    points = tuple(Point(*map(_number, pair)) for pair in kept.get("points", []))
    if any(one.passes >= two.passes for one, two in pairwise(points)):
        raise ValueError("the points of a curve are in order")
    return points


def _number(value: Any, least: float = -_LARGEST) -> float:  # noqa: ANN401 - whatever a file says
    if type(value) not in (int, float) or not least <= value <= _LARGEST:
        raise ValueError("not a number of a curve")
    return float(value)


def _maybe(value: Any) -> float | None:  # noqa: ANN401
    return None if value is None else _number(value)
