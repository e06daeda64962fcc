"""What ``store`` says of a store: its segments with their totals, and what a change has done."""

from typing import TYPE_CHECKING, Any

from w2vcli.cli import console, pages, texts_in_part
from w2vcli.system.telling import told
from w2vcli.system.urls import shown

if TYPE_CHECKING:
    from w2vcli.counts.changes import StoreChange
    from w2vcli.counts.parts import TextInPart
    from w2vcli.counts.segments import SegmentInfo

_MOST_NAMED = 10


def write_segments(
    folder: str,
    segments: "list[SegmentInfo]",
    in_part: "list[TextInPart]",
    done: "StoreChange | None",
    json: bool,
) -> None:
    """Write a list of segments; on a terminal and in JSON their totals follow.

    There are no totals of types and pairs: those of several segments are in part the same. In JSON
    the last object also says what a change has ``done``, if there was one, and which texts are
    there ``in_part``.
    """
    if json:
        for info in segments:
            console.write_json(info.as_json())
        last: dict[str, Any] = {"total": {"segments": len(segments)} | _totals(segments)}
        if in_part:
            last["in_part"] = [text.as_json() for text in in_part]
        if done:
            last["made"] = [info.path.name for info in done.made]
            last["gone"] = [info.path.name for info in done.gone]
        if done and done.types:
            last["dropped"] = _dropped(done)
        console.write_json(last)
        return
    columns = ["label", "texts", "tokens", "types", "pairs", "bytes"]
    rows = [
        [
            info.label,
            *map(str, (len(info.texts), info.tokens, info.types, info.pairs, info.bytes)),
        ]
        for info in segments
    ]
    if any(info.pruned for info in segments):
        columns.append("pruned")
        for row, info in zip(rows, segments, strict=True):
            row.append(f"<{info.pruned.min_count}" if info.pruned else "")
    parted = [info.in_part for info in segments]
    if any(parted):
        columns.append("parts")
        for row, number in zip(rows, parted, strict=True):
            row.append(str(number or ""))
    totals = 0
    if console.results_on_terminal() and len(rows) > 1:
        sums = {name: str(number) for name, number in _totals(segments).items()}
        rows.append(["total", *(sums.get(name, "") for name in columns[1:])])
        totals = 1
    pages.write_table(f"Store {shown(folder)}", pages.Table(columns, rows, totals=totals))
    texts_in_part.tell(in_part, warn=False)


def _totals(segments: "list[SegmentInfo]") -> dict[str, int]:
    return {
        "texts": len({text for info in segments for text in info.texts}),
        "tokens": sum(info.tokens for info in segments),
        "bytes": sum(info.bytes for info in segments),
    }


def _dropped(done: "StoreChange") -> dict[str, int]:
    """Return how much a pruning has dropped."""
    lost = [info.pruned.tokens if info.pruned else 0 for info in (*done.made, *done.gone)]
    return {
        "types": done.types,
        "tokens": sum(lost[: len(done.made)]) - sum(lost[len(done.made) :]),
        "pairs": sum(info.pairs for info in done.gone) - sum(info.pairs for info in done.made),
        "bytes": sum(info.bytes for info in done.gone) - sum(info.bytes for info in done.made),
    }


def tell_merged(done: "StoreChange", is_one: bool) -> None:
    """Say what was merged; or, if nothing was, whether one segment was chosen or none."""
    if done.made:
        console.note(f"merged {len(done.gone):,} segments into {told(done.made[0].path)}")
    else:
        what = "is one segment" if is_one else "are no such segments"
        console.note(f"nothing to merge: there {what}")


def tell_removed(done: "StoreChange") -> None:
    """Say which labels were removed."""
    if not done.gone:
        console.note("nothing to remove: there are no other labels")
        return
    labels = list(dict.fromkeys(info.label for info in done.gone))
    total = _totals(done.gone)
    named = labels if len(labels) <= _MOST_NAMED else [*labels[:2], "...", labels[-1]]
    console.note(
        f"removed {_counted(len(labels), 'label')} ({', '.join(named)}): "
        f"{_counted(total['texts'], 'text')} with {_counted(total['tokens'], 'token')}"
    )


def tell_pruned(done: "StoreChange", min_count: int) -> None:
    """Say what was pruned, and what it changes."""
    if not done.made:
        console.note(f"nothing to prune: no word there is rarer than {min_count}")
        return
    dropped = _dropped(done)
    before = sum(info.bytes for info in done.gone)
    console.note(
        f"pruned {_counted(len(done.made), 'segment')} of words rarer than {min_count}: "
        f"{_counted(dropped['types'], 'type')}, {_counted(dropped['tokens'], 'token')} and "
        f"{_counted(dropped['pairs'], 'pair')} of words are gone, {dropped['bytes'] / 1e6:,.1f} "
        f"of {before / 1e6:,.1f} MB"
    )
    console.note(
        f"a training with a --min-count below {min_count}, or once further texts have made such "
        f"words as frequent, finds fewer of them than the texts had"
    )


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"
