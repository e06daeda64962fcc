"""The listing of a store: of a folder on this machine, or behind a URL."""

from pathlib import Path

from w2vcli.counts.listing import Listing
from w2vcli.system.urls import is_remote, local_path


def listing_of(folder: str | Path) -> Listing:
    """Return the listing of a store: of a folder, or behind a URL.

    Raises
    ------
    UsageError, InputError, ConfigError
        If it is a URL that no store can be behind, or that cannot be reached.
    """
    if isinstance(folder, str) and is_remote(folder):
        from w2vcli.counts.remote_listing import RemoteListing  # loads what a folder does not need

        return RemoteListing(folder)
    return Listing(Path(folder) if isinstance(folder, Path) else local_path(folder) or Path())
