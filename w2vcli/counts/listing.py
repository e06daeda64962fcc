"""The segments in the folder of a store: which files there are, which count, which are chosen.

A reader needs no lock. While it reads, other processes may add and remove files; it reads again
until the folder has not changed meanwhile.
"""

import os
import resource
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from w2vcli.counts import labels, parts
from w2vcli.counts.segments import FORMAT, Counting, Segment, SegmentInfo
from w2vcli.errors import DataError, InputError, StorageError, UsageError
from w2vcli.system.files import make_folder, remove
from w2vcli.system.tensor_file import verify

ENDING = ".segment"
_ATTEMPTS = 1000
_OTHER_FILES = 256
_SPARE_FILES = 8

T = TypeVar("T")


class OutrunError(Exception):
    """Another writer has changed the store meanwhile; the change has to begin again."""


class Listing:
    """The segments in a folder, as they are at each call.

    Parameters
    ----------
    folder
        The folder of the store.
    """

    in_one_step = False
    """Whether ``commit`` removes several segments at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    # --- what differs in a store behind a URL (``remote_listing``) -----------------------

    def exists(self) -> bool:
        """Return whether there is such a folder."""
        return self.folder.is_dir()

    def make(self) -> None:
        """Make the folder, unless it exists.

        Raises
        ------
        OutputError
            If it cannot be made.
        """
        make_folder(self.folder)

    def read(self, path: Path) -> SegmentInfo:
        """Read the metadata of a segment, as ``SegmentInfo.read``."""
        return SegmentInfo.read(path)

    def is_there(self, path: Path) -> bool:
        """Return whether a segment is still there."""
        return path.exists()

    def open(self, info: SegmentInfo) -> Segment:
        """Open a segment, as ``open_verified``."""
        return open_verified(info)

    def fetched(self, path: Path) -> Path:
        """Return the path of a segment whose whole file is on this machine."""
        return path

    def begin(self) -> None:
        """Begin a change, under the lock of the store."""

    def commit(self, made: Sequence[Path], gone: Sequence[Path]) -> None:
        """Remove segments; the new ones, which replace them, appeared when they were written.

        Raises
        ------
        OutputError, StorageError
            If a file cannot be removed.
        """
        for path in gone:
            remove(path)

    # ------------------------------------------------------------------------------------

    def segments(self, which: str | None = None) -> list[SegmentInfo]:
        """Return the current segments, ordered and chosen as by ``Store.segments``."""
        return self._read(lambda files: self._chosen(self._current(files), which))

    @contextmanager
    def opened(self, which: str | None = None) -> Iterator[list[Segment]]:
        """Open segments, as ``Store.opened``."""
        with ExitStack() as stack:

            def opened(files: list[Path]) -> list[Segment]:
                chosen = self._chosen(self._current(files), which)
                _allow_open(len(chosen))
                return [stack.enter_context(self.open(info)) for info in chosen]

            segments = self._read(opened)
            if not segments:
                why = "the store is empty; fill it with 'w2vcli count'"
                if self.segments():
                    why = f"there are no more labels than {which} leaves out; choose others"
                raise InputError(f"{self.folder}: {why}")
            yield segments

    def files(self) -> list[Path]:
        """Return the segment files, sorted by name.

        Raises
        ------
        InputError
            If there is no such folder, or it cannot be read.
        DataError
            If something other than a regular file has the name of a segment.
        """
        try:
            files = sorted(p for p in self.folder.iterdir() if p.name.endswith(ENDING))
        except (FileNotFoundError, NotADirectoryError) as error:
            raise InputError(
                f"{self.folder}: not a store: {error.strerror}; make one with 'w2vcli count'"
            ) from None
        except OSError as error:
            raise InputError(f"{self.folder}: cannot be read: {error.strerror}") from None
        for path in files:
            _check_regular(path)
        return files

    def check_counting(
        self, segments: Sequence[SegmentInfo], counting: Counting, path: Path | None = None
    ) -> None:
        """Check that the store counts in this way.

        Parameters
        ----------
        segments
            Segments of the store; only the first is compared.
        counting
            How a command, or the file ``path``, counts.
        path
            A segment file; None for a command.

        Raises
        ------
        UsageError, DataError
            If the store counts in another way: a DataError for a file.
        """
        if segments and segments[0].counting != counting:
            there = f"the store {self.folder} counts with {segments[0].counting}"
            if path:
                raise DataError(f"{path}: {there}, this file with {counting}; take it out")
            raise UsageError(
                f"{there}, and here it is {counting}; give the same options, or another --store"
            )

    def _read(self, read: Callable[[list[Path]], T]) -> T:
        """Call ``read`` on the files, again if another process has changed the folder meanwhile.

        Of a folder that changes while it is listed, the system may list an old and a new part.
        """
        for _ in range(_ATTEMPTS):
            files = self.files()
            try:
                result = read(files)
            except InputError:
                if all(self.is_there(path) for path in files):
                    raise
            else:
                if self.files() == files:
                    return result
        raise StorageError(f"{self.folder}: its files come and go without end; try again later")

    def _current(self, files: list[Path]) -> list[SegmentInfo]:
        """Return the segments that count: those that are neither replaced nor tombstones."""
        every = [self.read(path) for path in files]
        replaced = replaced_names(every)
        return [info for info in every if info.inputs and info.path.name not in replaced]

    def _chosen(self, segments: list[SegmentInfo], which: str | None) -> list[SegmentInfo]:
        """Order segments, check that they belong together, and choose some."""
        segments = sorted(segments, key=lambda a: (labels.natural(a.label), a.path.name))
        holders: dict[str, list[tuple[dict[str, Any], SegmentInfo]]] = {}
        for info in segments:
            self.check_counting(segments[:1], info.counting, info.path)
            for entry in info.inputs:
                holders.setdefault(entry["sha256"], []).append((entry, info))
        for text, entries in holders.items():
            entries.sort(key=lambda held: parts.place(held[0]))
            for (entry, other), (next_entry, info) in pairwise(entries):
                if info is not other and parts.collide(entry, next_entry):
                    raise DataError(
                        f"{info.path}: a text in it (SHA-256 {text[:12]}...) is also in "
                        f"{other.path.name}; take one of the two files out of the folder"
                    )
        return self.chosen(segments, which)

    def chosen(self, segments: list[SegmentInfo], which: str | None) -> list[SegmentInfo]:
        """Choose among segments of the store, in the order of their labels, as by ``segments``.

        Raises
        ------
        InputError
            If there is no such label.
        """
        try:
            return labels.chosen(segments, which)
        except labels.NoSuchLabelError as error:
            raise InputError(f"{self.folder}: {_why_not(error.args[0], segments)}") from None


def open_verified(info: SegmentInfo) -> Segment:
    """Open a segment after checking its checksum: damaged counts may have plausible sums.

    Raises
    ------
    InputError, DataError
        As ``tensor_file.verify`` and ``Segment.open``.
    """
    verify(info.path, FORMAT)
    return Segment.open(info)


def replaced_names(segments: Sequence[SegmentInfo]) -> set[str]:
    """Return the names of the files that segments replace."""
    return {name for info in segments for name in info.replaces}


def _check_regular(path: Path) -> None:
    """Raise a DataError unless this is a file: opening a FIFO would wait for ever."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        if path.is_symlink():
            raise DataError(
                f"{path}: a link that leads nowhere ({error.strerror}); take it out of the store"
            ) from None
        return  # it was removed after it was listed
    if not stat.S_ISREG(mode):
        raise DataError(f"{path}: not a file, so no segment; take it out of the store")


def _allow_open(files: int) -> None:
    """Raise the process's limit on open files so that this many more can be open.

    Raises
    ------
    StorageError
        If the system does not allow it.
    """
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = files + _OTHER_FILES
    if now == resource.RLIM_INFINITY or now >= wanted:
        return
    allowed = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = len(os.listdir("/dev/fd")) + files + _SPARE_FILES  # noqa: PTH208
    if limit < needed:
        raise StorageError(
            f"{files:,} segments are more than this process may have open: the limit is {limit:,} "
            f"files (ulimit -n), and {needed:,} are needed; raise it, or choose fewer segments"
        )


def _why_not(label: str, segments: list[SegmentInfo]) -> str:
    for info in segments:
        if any(entry["label"] == label for entry in info.inputs):
            return (
                f"the texts labelled '{label}' were merged into '{info.label}'; name that, or "
                "take them out by 'w2vcli count --subtract'"
            )
    return f"no segment has the label '{label}'; 'w2vcli store' lists them"
