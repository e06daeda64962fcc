"""The option by which a process reads one share of the texts, and knows of no other process."""

from typing import TYPE_CHECKING, Annotated

from w2vcli.cli import values
from w2vcli.cli.options import option
from w2vcli.errors import UsageError

if TYPE_CHECKING:
    from w2vcli import Share


ShardOption = Annotated[
    str | None,
    option(
        "--shard",
        metavar="I/N",
        callback=values.checked_share,
        help="Read only this share of the bytes of the texts, cut at ends of lines: of three "
        "processes 0/3, 1/3 or 2/3, anywhere and in any order.",
        show_default=False,
    ),
]


def parsed(shard: str | None, other: str | None) -> "Share | None":
    """Return the share that was given; ``other`` is an option that goes with none, or None."""
    if shard is None:
        return None
    if other is not None:
        raise UsageError(f"--shard is for a process that works alone; leave out {other}, or it")
    from w2vcli import Share

    return Share(*values.parse_share(shard))
