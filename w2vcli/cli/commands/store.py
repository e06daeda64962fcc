"""``w2vcli store``: list, check, merge, prune and remove the segments of a count store."""

from typing import Annotated

import typer

from w2vcli.cli import console, options, paths, upkeep, values
from w2vcli.cli.options import option
from w2vcli.errors import UsageError
from w2vcli.system.telling import told


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
    keep: Annotated[
        str | None,
        option(
            metavar="<last:N|but-last:N|LABEL,...>",
            callback=values.checked_segments,
            help="Remove the segments of all labels but these: of all but the N last, or but those "
            "named.",
            show_default=False,
        ),
    ] = None,
    prune_min_count: Annotated[
        int | None,
        option(
            metavar="N",
            min=2,
            help="Drop the words that occur less than N times in the whole store, with their "
            "pairs.",
            show_default=False,
        ),
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
    """List what is in a store of counts; or check it, merge it, prune it, remove from it."""
    changes = (compact, remove is not None, keep is not None, prune_min_count is not None)
    if verify + sum(changes) > 1:
        raise UsageError(
            "--verify, --compact, --remove, --keep and --prune-min-count are one thing at a time"
        )
    if label is not None and not compact:
        raise UsageError("--label names what --compact makes; give --compact too")
    if segments is not None and remove is not None:
        raise UsageError("--segments has no say in what --remove takes away: that is all of LABEL")
    if segments is not None and keep is not None:
        raise UsageError("--segments has no say in what --keep leaves: leave it out")
    paths.input_files([folder])
    from w2vcli import Store
    from w2vcli.system.threads import processors

    counts = Store(folder, threads or processors(), values.parse_size(memory))
    done = None
    if compact:
        done = counts.compact(segments, label)
        upkeep.tell_merged(done, any(counts.segments(None if done.made else segments)))
    elif remove is not None:
        done = counts.remove(remove)
        console.note(f"removed {', '.join(told(info.path) for info in done.gone)}")
    elif keep is not None:
        done = counts.keep(keep)
        upkeep.tell_removed(done)
    elif prune_min_count is not None:
        done = counts.prune(prune_min_count, segments)
        upkeep.tell_pruned(done, prune_min_count)
    listed = counts.segments(None if done else segments)
    in_part = counts.texts_in_part(None if done else segments)
    if verify:
        counts.verify(listed)
        console.note("every checksum and every count is in order")
    upkeep.write_segments(folder, listed, in_part, done, json)
