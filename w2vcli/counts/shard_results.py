"""Finished shards: files in a hidden folder of the store, until the segment of all is committed.

Their names follow from what is counted and how, so a later run takes up what one that was killed
has finished. What nobody has taken up after a week is removed by the next change of the store.
"""

import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from w2vcli.system import signals
from w2vcli.system.files import atomic_output, discard, make_folder
from w2vcli.system.locks import sweep

FOLDER = ".shards"
_TOKEN = "client-"
_ENDING = ".segment"
_WEEK_SECONDS = 7 * 24 * 3600
_ATTEMPTS = 100


class ShardResults:
    """The finished shards in a store. Use ``of`` to make its folder.

    Attributes
    ----------
    folder
        The hidden folder.
    token
        The name of a file in it, by which a worker knows that it sees the same folder.
    """

    def __init__(self, folder: Path, token: str) -> None:
        self.folder = folder
        self.token = token

    @classmethod
    @contextmanager
    def of(cls, store: Path) -> Iterator["ShardResults"]:
        """Make the folder in that of a store; at the end remove it, if nothing is left in it.

        What workers that died were writing is no result, and is removed unless somebody else is at
        work there.

        Raises
        ------
        OutputError, StorageError
            If it cannot be made or written to.
        """
        folder = store / FOLDER
        token = f"{_TOKEN}{secrets.token_hex(8)}"
        for attempt in range(_ATTEMPTS):
            make_folder(folder)
            try:  # another process may just have removed the folder, as it was empty
                (folder / token).touch()
                break
            except FileNotFoundError:
                if attempt == _ATTEMPTS - 1:
                    raise
        signals.remove_at_end.add(folder / token)
        try:
            yield cls(folder, token)
        finally:
            discard(folder / token)
            with suppress(OSError):
                if not any(folder.glob(f"{_TOKEN}*")):
                    sweep(folder, _ENDING)
                folder.rmdir()

    def is_seen(self) -> bool:
        """Return whether this process sees the folder of the process that made the token."""
        return (self.folder / self.token).exists()

    def path(self, name: str) -> Path:
        """Return the file of a result."""
        return self.folder / name

    def has(self, name: str) -> bool:
        """Return whether a result is there."""
        return self.path(name).exists()

    def write(self, name: str, data: bytes) -> None:
        """Write a result that a worker has returned, whole or not at all.

        Raises
        ------
        OutputError, StorageError
            As ``files.atomic_output``.
        """
        with atomic_output(self.path(name)) as stream:
            stream.write(data)

    def remove(self, names: Iterable[str]) -> None:
        """Remove results that are not needed any more."""
        for name in names:
            discard(self.path(name))


def sweep_results(store: Path) -> None:
    """Remove what has lain among the results of a store for a week: nobody has taken it up."""
    folder = store / FOLDER
    with suppress(OSError):
        for path in folder.iterdir():
            if time.time() - path.stat().st_mtime > _WEEK_SECONDS:
                discard(path)
        folder.rmdir()
