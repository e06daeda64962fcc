"""``w2vcli store``: list, check, merge and remove the segments of a count store."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from w2vcli.cli import console, options, pages, paths, values
from w2vcli.cli.options import option
from w2vcli.errors import UsageError

if TYPE_CHECKING:
    from w2vcli.counts.segments import SegmentInfo


def store(
    folder: Annotated[str, typer.Argument(metavar="DIR", help=options.STORE_FOLDER)],
    verify: Annotated[
        bool, option("--verify", help="Read all counts and compare the checksums.")
    ] = False,
    compact: Annotated[
        bool, option("--compact", help="Merge the segments into one, with the same sums.")
    ] = False,
    remove: Annotated[
        str | None,
        option(metavar="LABEL", help="Remove the segments of a label.", show_default=False),
    ] = None,
    segments: options.Segments = None,
    label: Annotated[
        str | None,
        option(
            metavar="LABEL",
            help="With --compact: the label of the new segment; by default first..last.",
            show_default=False,
        ),
    ] = None,
    threads: options.Threads = None,
    memory: options.ProcessMemory = "1G",
    json: options.Json = False,
) -> None:
    """List what is in a store of counts; or check it, merge it, remove from it."""
    if verify + compact + (remove is not None) > 1:
        raise UsageError("--verify, --compact and --remove are one thing at a time")
    if label is not None and not compact:
        raise UsageError("--label names what --compact makes; give --compact too")
    if segments is not None and remove is not None:
        raise UsageError("--segments has no say in what --remove takes away: that is all of LABEL")
    paths.input_files([folder])
    from w2vcli import Store
    from w2vcli.system.threads import processors

    counts = Store(Path(folder), threads or processors(), values.parse_size(memory))
    if compact:
        done = counts.compact(segments, label)
        console.note(
            f"merged {len(done.gone):,} segments into {done.made[0].path}"
            if done.made
            else "nothing to merge: there is one segment"
        )
    elif remove is not None:
        done = counts.remove(remove)
        console.note(f"removed {', '.join(str(info.path) for info in done.gone)}")
    listed = counts.segments(None if compact else segments)
    if verify:
        counts.verify(listed)
        console.note("every checksum and every count is in order")
    _write(folder, listed, json)


def _write(folder: str, segments: "list[SegmentInfo]", json: bool) -> None:
    if json:
        for info in segments:
            console.write_json(info.as_json())
        return
    rows = [
        [
            info.label,
            *map(str, (len(info.inputs), info.tokens, info.types, info.pairs, info.bytes)),
        ]
        for info in segments
    ]
    columns = ["label", "texts", "tokens", "types", "pairs", "bytes"]
    pages.write_table(f"Store {folder}", pages.Table(columns, rows))
