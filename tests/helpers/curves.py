"""Curves with all that a curve can have, for the tests of their pictures."""

from w2vcli.training.curve import Curve, Losses, Point

WHOLE = Curve(
    2.0,
    closing=True,
    uniform=9.0864,
    unigram=8.4232,
    floor=6.5438,
    before=8.25,
    points=tuple(Point((k + 1) / 8, 8.2 - 0.05 * k + 0.03 * (k % 3)) for k in range(16)),
    losses=(
        Losses(1.0, 8.05611, 0.0304, 7.9861),
        Losses(2.0, 7.79442, 0.081, 7.9436),
        Losses(3.0, 7.68055, 0.0691, 7.9328),
    ),
    final=Losses(3.0, 7.67126, 0.0744, 7.9328),
    done=3.0,
)
"""Finished, with a closing pass, a held-out text, a prior and an old model."""

UNDERWAY = Curve(
    2.0,
    uniform=9.0864,
    unigram=8.4232,
    points=WHOLE.points[:10],
    losses=WHOLE.losses[:1],
    done=1.25,
)
"""On its way; without a floor, as along the text."""

OLD = Curve(2.0, losses=WHOLE.losses[:2], final=Losses(2.0, 7.6, None, None), done=2.0)
"""What an older model holds."""
