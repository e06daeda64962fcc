"""A change of a store: under its lock, one segment replaces others.

A segment is written to a file of its own, which names the files that it replaces and appears by one
rename; only then are those removed. A process that is killed in between leaves files that readers
ignore and that the next change removes. Where several segments are removed at once, an empty
segment, a tombstone, replaces them until they are gone. A segment that adds up parts of texts is
written once more when they are gone, without their names.

Behind a URL a listing takes the place of these rules (``remote_listing``), and the lock is one
among the processes of this machine.
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from math import inf
from typing import TypeVar

from w2vcli.counts import parts
from w2vcli.counts.drafts import Draft, tombstone
from w2vcli.counts.listing import ENDING, Listing, OutrunError, replaced_names
from w2vcli.counts.segments import SegmentInfo
from w2vcli.counts.shard_results import sweep_results
from w2vcli.system.locks import locked, sweep

T = TypeVar("T")


@contextmanager
def transaction(listing: Listing) -> Iterator[None]:
    """Wait for the lock of a store, and remove what killed processes have left.

    Raises
    ------
    InputError
        If there is no such folder.
    DataError
        If a segment is damaged.
    StorageError, OutputError
        If a file cannot be removed, or the folder not be written to.
    """
    listing.files()  # raises an error if this is not a store, before a lock is made there
    with locked(listing.folder / "store", inf):
        sweep(listing.folder, ENDING)
        sweep_results(listing.folder)
        listing.begin()
        every = [listing.read(path) for path in listing.files()]
        replaced = replaced_names(every)
        gone = [info for info in every if info.path.name in replaced]
        old = gone + [info for info in every if not info.inputs]
        with suppress(OutrunError):  # then they are left to the next change
            listing.commit([], [info.path for info in old])
        yield


def changed(listing: Listing, change: Callable[[], T]) -> T:
    """Make a change in a ``transaction``; anew if a writer on another machine was quicker."""
    while True:
        with transaction(listing), suppress(OutrunError):
            return change()


def replace(listing: Listing, old: Sequence[SegmentInfo], draft: Draft | None) -> list[SegmentInfo]:
    """Replace segments by another, or with None remove them; within ``changed``.

    Parameters
    ----------
    listing
        The segments of the store.
    old
        Segments of the store; none, to add ``draft``.
    draft
        The new segment, or None.

    Returns
    -------
    made
        The new segment, if any.

    Raises
    ------
    OutputError, StorageError
        If a file cannot be written or removed.
    OutrunError
        If another writer was quicker.
    """
    made, passing = [], []
    if draft:
        made.append(_save(listing, draft, [] if listing.in_one_step else old))
    elif len(old) > 1 and not listing.in_one_step:
        passing.append(_save(listing, tombstone(old[0].label, old[0].counting), old))
    listing.commit([info.path for info in made], [info.path for info in [*old, *passing]])
    had_parts = not listing.in_one_step and any(parts.among(info.inputs) for info in old)
    if draft and had_parts and not parts.among(draft.inputs):
        # Without the names of what is gone it has the bytes of a segment counted at once.
        draft.save(made[0].path)
        made = [SegmentInfo.read(made[0].path)]
    return made


def _save(listing: Listing, draft: Draft, old: Sequence[SegmentInfo]) -> SegmentInfo:
    path = listing.folder / f"{draft.label}.{secrets.token_hex(4)}{ENDING}"
    draft.save(path, [info.path.name for info in old])
    return SegmentInfo.read(path)
