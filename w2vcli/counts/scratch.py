"""A copy of a store to try things on: its segments are links, and what is added is thrown away."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from w2vcli.counts.listings import listing_of
from w2vcli.counts.segments import Counting
from w2vcli.counts.store import Store
from w2vcli.system.temporary import no_room
from w2vcli.text.rules import TextRules
from w2vcli.text.windows import Windows


@contextmanager
def scratch_store(
    folder: str | Path, rules: TextRules, windows: Windows, threads: int | None = None
) -> Iterator[Store]:
    """Give a store in a temporary folder, with the segments of another, which stays as it is.

    Parameters
    ----------
    folder
        The other store; it need not exist.
    rules, windows
        How texts will be counted.
    threads
        As of ``Store``.

    Raises
    ------
    UsageError
        If the store counts in another way.
    InputError, DataError
        As ``Store.segments``.
    StorageError
        If there is no room for the folder.
    """
    listing = listing_of(folder)
    files = listing.files() if listing.exists() else []
    if files:
        listing.check_counting(listing.segments(), Counting(windows, rules))
    with no_room():
        scratch = tempfile.TemporaryDirectory(prefix="w2vcli-")
    with scratch as name:
        with no_room():
            for file in files:
                Path(name, file.name).symlink_to(listing.fetched(file).resolve())
        yield Store(name, threads)
