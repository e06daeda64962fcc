"""A store behind a URL: segments that never change, and numbered listings of those that count.

    label.0123abcd.segment    a segment, as in a local store
    listing.00000017          JSON: the names and bytes of the segments that count

The highest number counts. A change puts its new segment there, under a name that nobody else uses,
and then makes the listing with the next number, unless that is there: this is its one commit. Who
finds it there was outrun by another writer, and begins the change again. So there is no lock,
readers find a whole store, and who is killed leaves files that are in no listing. Those are removed
when they are a week old, and no change may take longer than a day: nobody removes what another
writer is about to list.

A folder of segments without a listing, such as a copy of a local store, is a store as well.
"""

import re
import secrets
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import orjson

from w2vcli.counts.listing import ENDING, Listing, OutrunError, open_verified
from w2vcli.counts.mirror import WEEK, Mirror
from w2vcli.counts.segments import Segment, SegmentInfo
from w2vcli.errors import DataError, InputError, OutputError, StorageError
from w2vcli.system.remote_folder import RemoteFolder
from w2vcli.system.telling import tell, telling

_NAME = re.compile("listing[.]([0-9]{8})")
_FORMAT = {"format": "w2vcli-store", "version": 1}
_DAY = 24 * 3600.0
_FETCHES = 8


class RemoteListing(Listing):
    """The segments of a store behind a URL, as they are at each call.

    Attributes
    ----------
    folder
        The mirror: a segment has its path there, whether it was fetched or not.

    Raises
    ------
    UsageError, InputError
        As ``RemoteFolder``.
    ConfigError
        As ``Mirror``.
    """

    in_one_step = True

    def __init__(self, url: str) -> None:
        self._remote = RemoteFolder(url)
        self._mirror = Mirror(self._remote)
        super().__init__(self._mirror.folder)
        tell(self.folder, self._remote.name)
        self._entries: dict[str, tuple[int, float | None]] = {}  # all that is there
        self._number = -1  # of the newest listing
        self._sizes: dict[str, int] = {}  # what it says
        self._begun = 0.0

    def exists(self) -> bool:
        """Return whether there is a store."""
        return self._read_listing()

    def make(self) -> None:
        """Make the first listing, unless there is one.

        Raises
        ------
        UsageError, OutputError
            If nothing can be written there: a UsageError if its protocol is the reason.
        """
        self._remote.check_writable()
        self._read_listing()
        if self._number < 0:
            name, first = _name(0), self._listing(self._sizes)
            if self._remote.create(name, first) and self._remote.create(name, first + b"\n"):
                self._remote.remove(name)
                raise OutputError(
                    f"{self._remote.name}: this server cannot keep two writers apart (it knows no "
                    "If-None-Match), so no store can be made there; choose another"
                )

    @telling()
    def segments(self, which: str | None = None) -> list[SegmentInfo]:
        """Return the current segments, of which only the beginnings are fetched."""
        return super().segments(which)

    @contextmanager
    def opened(self, which: str | None = None) -> Iterator[list[Segment]]:
        """Open segments, after fetching those that the mirror lacks."""
        with telling(), super().opened(which) as segments:
            yield segments

    def files(self) -> list[Path]:
        """Return the paths in the mirror of the segments; the beginning of each is there then."""
        if not self._read_listing():
            raise InputError(
                f"{self._remote.name}: not a store: nothing is there; make one with 'w2vcli count'"
            )
        if lacking := [name for name, size in self._sizes.items() if not self._has(name, size)]:
            self._mirror.sweep(self._sizes)
            with ThreadPoolExecutor(_FETCHES) as pool:
                for _ in pool.map(self._fetch_head, lacking):
                    pass
        return sorted(self.folder / name for name in self._sizes)

    def read(self, path: Path) -> SegmentInfo:
        """Read the metadata of a segment, which ``files`` has listed."""
        if self._mirror.has_whole(path.name, self._sizes[path.name]):
            return super().read(path)
        return replace(SegmentInfo.read(self._mirror.head(path.name)), path=path)

    def is_there(self, path: Path) -> bool:
        """Return whether the mirror has at least the beginning of a segment."""
        return path.name in self._sizes and self._has(path.name, self._sizes[path.name])

    def open(self, info: SegmentInfo) -> Segment:
        """Open a segment, after fetching it if the mirror lacks it."""
        if self._mirror.has_whole(info.path.name, info.bytes):
            with suppress(DataError):  # only the mirror may be damaged
                return open_verified(info)
        self._fetch(info.path.name, info.bytes)
        return open_verified(info)

    def fetched(self, path: Path) -> Path:
        """Return the path of a segment in the mirror, after fetching it."""
        if not self._mirror.has_whole(path.name, self._sizes[path.name]):
            self._fetch(path.name, self._sizes[path.name])
        return path

    def begin(self) -> None:
        """Begin a change, and remove what changes that were killed have left a week ago."""
        self._begun = time.time()  # before the listing is read, which the week counts from
        self.make()
        for name, (_, written) in self._entries.items():
            number = _number(name)
            if number is None:
                is_left = name.endswith(ENDING) and name not in self._sizes
            else:
                is_left = number < self._number
            if is_left and written is not None and self._begun - written > WEEK:
                self._remote.remove(name)

    def commit(self, made: Sequence[Path], gone: Sequence[Path]) -> None:
        """Put new segments there, and list them instead of others.

        Raises
        ------
        OutrunError
            If another writer has changed the store since it was read last.
        OutputError, StorageError
            If it cannot be written to, or the change has taken too long.
        """
        if not made and not gone:
            return
        sizes = self._sizes | {path.name: path.stat().st_size for path in made}
        for path in gone:
            del sizes[path.name]
        try:
            for path in made:
                self._remote.put(path, path.name)
            if not 0 <= time.time() - self._begun < _DAY:
                raise StorageError(
                    f"{self._remote.name}: the change has taken more than a day, or the clock was "
                    "set, so it is given up; nothing is changed: run the command again"
                )
            is_ours = self._remote.create(_name(self._number + 1), self._listing(sizes))
        except BaseException:  # whether it is listed may not be known, so it stays there
            for path in made:
                self._mirror.forget(path.name)
            raise
        for path in gone if is_ours else made:
            self._remote.remove(path.name)
            self._mirror.forget(path.name)
        if not is_ours:
            raise OutrunError

    def _read_listing(self) -> bool:
        """Read the newest listing; return whether there is a store."""
        entries = self._remote.entries() or {}
        self._number = _newest(entries)
        if self._number < 0:
            self._sizes = {name: size for name, (size, _) in entries.items() if _is_segment(name)}
        elif self._entries.get(name := _name(self._number)) != entries[name]:
            self._sizes = self._read_sizes(name)
        self._entries = entries
        return self._number >= 0 or bool(self._sizes)

    def _read_sizes(self, name: str) -> dict[str, int]:
        """Read a listing."""
        try:
            said = orjson.loads(self._remote.read(name))
            sizes: dict[str, int] = said["segments"]
            is_sound = {key: said[key] for key in _FORMAT} == _FORMAT and all(
                _is_segment(key) and type(size) is int for key, size in sizes.items()
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            is_sound = False
        if not is_sound:
            raise DataError(
                f"{self._remote.name}/{name}: not a listing of a store that this version of w2vcli "
                "knows, or damaged; remove it to go back to the one before, if that is there"
            )
        return sizes

    def _listing(self, sizes: dict[str, int]) -> bytes:
        """Return a listing, which has a mark of its own: so one knows one's own again."""
        said = _FORMAT | {"mark": secrets.token_hex(8), "segments": sizes}
        return orjson.dumps(said, option=orjson.OPT_SORT_KEYS)

    def _has(self, name: str, size: int) -> bool:
        return self._mirror.has(name, size)

    def _fetch_head(self, name: str) -> None:
        try:
            self._mirror.fetch_head(name, self._sizes[name])
        except InputError:
            if self._should_have(name):
                raise
            # Else it was removed since, as the next list says.

    def _fetch(self, name: str, size: int) -> None:
        try:
            self._mirror.fetch(name, size)
        except InputError:
            if not self._should_have(name):
                self._mirror.forget(name)
            raise

    def _should_have(self, name: str) -> bool:
        """Return whether a segment should be there still: no newer listing lacks it."""
        entries = self._remote.entries() or {}
        return name in entries or 0 <= self._number == _newest(entries)


def _name(number: int) -> str:
    return f"listing.{number:08}"


def _number(name: str) -> int | None:
    found = _NAME.fullmatch(name)
    return int(found[1]) if found else None


def _newest(names: Iterable[str]) -> int:
    """Return the highest number of a listing; -1 if there is none."""
    return max((n for name in names if (n := _number(name)) is not None), default=-1)


def _is_segment(name: str) -> bool:
    return name.endswith(ENDING) and "/" not in name and not name.startswith(".")
