"""What is said of texts that are in a store only in part, as some of their shares are lacking."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from w2vcli.cli import console
from w2vcli.system.telling import told

if TYPE_CHECKING:
    from w2vcli import Store
    from w2vcli.counts.changes import StoreChange
    from w2vcli.counts.parts import TextInPart

_MOST_NAMED = 20


def tell_share(store: "Store", done: "StoreChange") -> None:
    """Say of the texts of a share, which were counted or skipped, what is there and lacking."""
    records = [*done.texts, *done.skipped]
    if not records:
        console.note("nothing of the texts is in this share: there are more shares than lines")
        return
    found = store.texts_in_part()
    here = {record.sha256: record.name for record in records if record.part}
    lacking = [text for text in found if text.sha256 in here]
    for text in lacking[:_MOST_NAMED]:
        console.note(f"{_so_much(text)}; other shares of it are not counted yet")
    if here and not lacking:
        (name, *more) = here.values()
        what = "these texts are" if more else f"{name} is"
        console.note(
            f"all of {what} in the store; 'w2vcli store {told(store.folder)} --compact' makes one "
            "segment of the shares"
        )
    names = {record.name for record in records}
    for text in found:
        if text.name in names and text.sha256 not in here:
            console.complain(
                f"warning: {_so_much(text)} as it was before: the file has changed since; count "
                "all its shares as it is now, and take the old ones out, by their label, with "
                "'w2vcli store --remove'"
            )


def tell(texts: "Sequence[TextInPart]", *, warn: bool) -> None:
    """Say which texts are in a store in part; or warn, of a store that is used as it is."""
    for text in texts[:_MOST_NAMED]:
        what = "count its other shares, or take it out"
        if warn:
            console.complain(
                f"warning: {_so_much(text)}, and nothing is learnt of the rest; {what}"
            )
        else:
            console.note(f"{_so_much(text)}; {what}")
    if (more := len(texts) - _MOST_NAMED) > 0:
        console.note(f"{more:,} more text{'s' * (more > 1)} are in the store in part")


def _so_much(text: "TextInPart") -> str:
    return f"{text.name}: {text.bytes:,} of its {text.of:,} bytes are in the store"
