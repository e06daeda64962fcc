"""Texts on their way into a store: what ``count`` and ``train`` do alike, and what they say."""

from datetime import date
from typing import TYPE_CHECKING, Any

from w2vcli.cli import console, progress
from w2vcli.cli.text_options import Texts
from w2vcli.system.telling import told
from w2vcli.system.urls import shown

if TYPE_CHECKING:
    from w2vcli import Corpus, Selection, Sharding, Store, Windows
    from w2vcli.counts.changes import StoreChange
    from w2vcli.counts.choices import OnOverlap
    from w2vcli.counts.shards import Share

_MOST_WARNINGS = 20


def count_texts(
    store: "Store",
    texts: Texts,
    corpus: "Corpus",
    label: str | None,
    windows: "Windows",
    overlap: "OnOverlap" = "warn",
    sharding: "Sharding | None" = None,
    share: "Share | None" = None,
) -> "StoreChange":
    """Count texts or a share of them into a store, under a label or today's date; report it."""
    name = label_of(label)
    if sharding:  # has a meter of its own
        done = store.add(corpus, name, windows, overlap, sharding)
    else:
        with progress.meter("reading the corpus", corpus.progress, "counting pairs of words"):
            done = store.add(corpus, name, windows, overlap, share=share)
    texts.report(corpus.records)
    report(done, "counted", "in the store already")
    return done


def label_of(label: str | None) -> str:
    """Return the label that was given, or today's date."""
    return date.today().isoformat() if label is None else label


def as_json(store: str, done: "StoreChange") -> dict[str, Any]:
    """Return the effect on a store as plain values."""
    return {
        "store": shown(store),
        "texts": [record.name for record in done.texts],
        "skipped": [record.name for record in done.skipped],
        "made": [info.as_json() for info in done.made],
        "gone": [info.path.name for info in done.gone],
        "overlaps": [
            *({"part": start, "whole": whole, "share": 1.0} for start, whole in done.beginnings),
            *({"part": o.part, "whole": o.whole, "share": o.share} for o in done.shared),
        ],
    }


def report(done: "StoreChange", verb: str, why: str) -> None:
    """Report which texts were skipped and counted, which begin alike, and the new segments."""
    for record in done.skipped:
        console.note(f"{record.title}: {why}, so it is skipped")
    if done.texts:
        tokens = sum(record.tokens for record in done.texts)
        lines = sum(record.lines for record in done.texts)
        numbers = (len(done.texts), "text"), (lines, "line"), (tokens, "token")
        counted = [f"{number:,} {what}{'s' * (number != 1)}" for number, what in numbers]
        if in_part := sum(record.part is not None for record in done.texts):
            many = "" if in_part == len(done.texts) else f"{in_part:,} of them "
            counted[0] += f", {many}in part,"
        console.note("{} {} with {} and {}".format(verb, *counted))
    for beginning, longer in done.beginnings[:_MOST_WARNINGS]:
        console.complain(
            f"warning: {beginning} is the beginning of {longer}, so what they "
            "share is counted twice; take one of them out with 'w2vcli count --subtract'"
        )
    if (more := len(done.beginnings) - _MOST_WARNINGS) > 0:
        console.complain(f"warning: so are {more:,} more texts of others")
    for shared in done.shared[:_MOST_WARNINGS]:
        console.complain(
            f"warning: {shared}, and count twice; take one of the two texts out with 'w2vcli count "
            "--subtract', or refuse such texts with --overlap refuse"
        )
    if (more := len(done.shared) - _MOST_WARNINGS) > 0:
        console.complain(f"warning: so do the lines of {more:,} more texts")
    for info in done.made:
        console.note(
            f"wrote {told(info.path)}: {info.types:,} types, {info.pairs:,} pairs of words, "
            f"{info.bytes / 1e6:,.1f} MB"
        )


def tell_pruned(pruned: int, selection: "Selection | None") -> None:
    """Say that the counts of a store lack its rare words, and warn if they are to be learnt.

    Parameters
    ----------
    pruned
        Words rarer than this are lacking; 0 if the counts are whole.
    selection
        How the words to learn are chosen; None where a vocabulary was given.
    """
    if not pruned:
        return
    what = f"the store was pruned: words that were rarer than {pruned} have lost their older counts"
    if selection and selection.min_count < pruned:
        console.complain(
            f"warning: {what}, and with --min-count {selection.min_count} such words are learnt "
            f"from what is left; give {pruned} or more"
        )
    else:
        console.note(what)
