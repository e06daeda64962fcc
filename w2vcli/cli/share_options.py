"""The option by which a process reads one share of the texts, and knows of no other process."""

import re
from typing import TYPE_CHECKING, Annotated

import typer

from w2vcli.cli.options import option
from w2vcli.errors import UsageError

if TYPE_CHECKING:
    from w2vcli.counts.shards import Share


def _checked(text: str | None) -> str | None:
    """Refuse what is not a share like 0/3, or is none of those."""
    if text is None:
        return None
    found = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,9})", text, re.ASCII)
    if not found or int(found[1]) >= int(found[2]):
        raise typer.BadParameter(
            f"'{text}' is not a share; of three these are 0/3, 1/3 and 2/3: the first is 0, the "
            "last one less than their number"
        )
    return text


ShardOption = Annotated[
    str | None,
    option(
        "--shard",
        metavar="I/N",
        callback=_checked,
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
    from w2vcli.counts.shards import Share

    index, _, of = shard.partition("/")
    return Share(int(index), int(of))
