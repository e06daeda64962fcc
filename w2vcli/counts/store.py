"""The count store: a folder of segments, whose counts add up to those of all their texts.

What is in the folder is the store. A segment never changes: it appears by one rename, or is
removed. A segment may replace others: it names them, and from the moment it appears they are
ignored, so that a reader finds whole texts, each once. Where several segments are removed at once,
an empty segment, a tombstone, replaces them until they are gone. Changes take turns by a lock,
which is held only while a finished segment is written.
"""

import os
import resource
import secrets
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import TypeVar

from w2vcli.counts import labels
from w2vcli.counts.external_sum import MEMORY
from w2vcli.counts.memory_budget import MemoryBudget
from w2vcli.counts.segment_sums import check, count, merge, subtract, tombstone
from w2vcli.counts.segments import FORMAT, Counting, Draft, Segment, SegmentInfo
from w2vcli.counts.spool import Spool
from w2vcli.errors import DataError, InputError, StorageError, UsageError
from w2vcli.system.files import make_folder, remove
from w2vcli.system.locks import locked, sweep
from w2vcli.system.temporary import temporary_file
from w2vcli.system.tensor_file import verify
from w2vcli.system.threads import processors
from w2vcli.text.beginnings import Beginnings
from w2vcli.text.corpus import Corpus, InputRecord, describe

_ENDING = ".segment"
_ATTEMPTS = 1000
_OTHER_FILES = 256
_SPARE_FILES = 8

_AS_DEFAULT = Counting()

T = TypeVar("T")


@dataclass(frozen=True)
class StoreChange:
    """What was done to a store.

    Attributes
    ----------
    made, gone
        The segments that are new, and those that are no more.
    texts, skipped
        The texts that were counted or taken out, and those for which there was nothing to do:
        they were there before, or were not there.
    beginnings
        What to call two texts each, of which one was counted now: one is the beginning of the
        other, and so is counted twice. (``text.beginnings`` says which are found.)
    """

    made: list[SegmentInfo] = field(default_factory=list)
    gone: list[SegmentInfo] = field(default_factory=list)
    texts: list[InputRecord] = field(default_factory=list)
    skipped: list[InputRecord] = field(default_factory=list)
    beginnings: list[tuple[str, str]] = field(default_factory=list)


class Store:
    """A count store.

    Parameters
    ----------
    folder
        Where.
    threads
        How many; one per processor if None. The counts do not depend on it.
    memory
        Bytes for the process; beyond it counts wait in temporary files. Words have to fit.
    """

    def __init__(
        self, folder: str | Path, threads: int | None = None, memory: int = MEMORY
    ) -> None:
        self.folder = Path(folder)
        self._lock = self.folder / "store"
        self._threads = threads or processors()
        self._budget = MemoryBudget(memory)

    def segments(self, which: str | None = None) -> list[SegmentInfo]:
        """Return what the segments say of themselves.

        Parameters
        ----------
        which
            ``last:N``, for those of the N last labels; or labels, with commas; None for all.

        Returns
        -------
        segments
            In the order of their labels, numbers within them taken as numbers.

        Raises
        ------
        InputError
            If there is no such folder or label.
        DataError
            If a segment is damaged, or two of them do not go together.
        """
        return self._read(lambda files: self._chosen(_current(files), which))

    @contextmanager
    def opened(self, which: str | None = None) -> Iterator[list[Segment]]:
        """Open segments, chosen as by ``segments``; later changes of the store do not matter.

        Raises
        ------
        InputError, DataError
            As ``segments``; an InputError too if the store is empty.
        """
        with ExitStack() as stack:

            def opened(files: list[Path]) -> list[Segment]:
                chosen = self._chosen(_current(files), which)
                _allow_open(len(chosen))
                return [stack.enter_context(_opened(info)) for info in chosen]

            segments = self._read(opened)
            if not segments:
                raise InputError(f"{self.folder}: the store is empty; fill it with 'w2vcli count'")
            yield segments

    def add(self, corpus: Corpus, label: str, counting: Counting = _AS_DEFAULT) -> StoreChange:
        """Count the texts that are not there yet, as one segment.

        Raises
        ------
        UsageError
            If the store counts otherwise, or this cannot be a label.
        InputError, DataError, StorageError
            As ``Corpus.chunks``; an InputError too if it has no words, a DataError if a segment
            is damaged.
        OutputError
            If the folder cannot be made or written to.
        """
        labels.check(label)
        make_folder(self.folder)
        there = [entry for info in self.segments() for entry in info.inputs]
        corpus.beginnings = Beginnings({entry["sha256"]: entry["bytes"] for entry in there})
        names = {entry["sha256"]: entry["name"] for entry in there}
        with self._spooled(corpus, counting) as spool:
            if not spool.words:
                raise InputError(f"{corpus.name}: there are no words in it; give text")
            while True:
                new, skipped = _parted(spool.records, _texts(self.segments()), there=False)
                counted = {spool.records[i].sha256: spool.records[i].name for i in new}
                pairs = [
                    (describe((names | counted)[start]), describe((names | counted)[longer]))
                    for start, longer in corpus.beginnings.found
                    if {start, longer} & counted.keys()
                ]
                done = StoreChange([], [], [spool.records[i] for i in new], skipped, pairs)
                if not new:
                    return done
                with temporary_file() as file:
                    room = self._budget.left(len(spool.words))
                    draft = count(spool, new, counting, label, file, self._threads, room)
                    with self._locked():
                        segments = self.segments()
                        self._check_counting(segments, counting)
                        # Another process may have added some of them meanwhile.
                        if not _texts(segments) & {record.sha256 for record in done.texts}:
                            self._put(draft, [], done)
                            return done

    def subtract(self, corpus: Corpus, counting: Counting = _AS_DEFAULT) -> StoreChange:
        """Take texts out of the segments that they were counted in, one segment after the other.

        Raises
        ------
        UsageError, InputError, DataError, StorageError, OutputError
            As ``add``.
        """
        done = StoreChange()
        with self._spooled(corpus, counting) as spool:
            wanted, skipped = _parted(spool.records, _texts(self.segments()), there=True)
            places = {spool.records[i].sha256: i for i in wanted}
            done.skipped.extend(skipped)
            while info := next((a for a in self.segments() if a.texts & places.keys()), None):
                files = [places[text] for text in sorted(info.texts & places.keys())]
                if self._take_out(info, spool, files, done):
                    done.texts.extend(spool.records[i] for i in files)
        return done

    @contextmanager
    def _spooled(self, corpus: Corpus, counting: Counting) -> Iterator[Spool]:
        """Read a corpus, once it is sure that the store counts so and can be changed."""
        with self._locked():
            self._check_counting(self.segments(), counting)
        with Spool(corpus, self._threads, self._budget.left) as spool:
            yield spool

    def _take_out(
        self, info: SegmentInfo, spool: Spool, files: list[int], done: StoreChange
    ) -> bool:
        """Take texts out of a segment; return False if another process has replaced it."""
        if len(files) == len(info.texts):
            return self._replace([info], None, done)
        with ExitStack() as stack:
            try:
                segment = stack.enter_context(_opened(info))
            except InputError:
                return False
            spare = [stack.enter_context(temporary_file()) for _ in range(2)]
            room = self._budget.left(len(spool.words) + 2 * info.types)
            draft = subtract(segment, spool, files, spare[0], spare[1], self._threads, room)
            return self._replace([info], draft, done)

    def compact(self, which: str | None = None, label: str | None = None) -> StoreChange:
        """Merge segments into one; the sums stay as they are.

        Parameters
        ----------
        which
            As in ``segments``.
        label
            Of the new segment; by default that of the old ones, or ``first..last``.

        Raises
        ------
        UsageError, InputError, DataError, StorageError, OutputError
            As ``add``.
        """
        if label is not None:
            labels.check(label)
        with self._locked():
            pass  # also where nothing is to be merged, it is cleaned up
        while True:
            done = StoreChange()
            with self.opened(which) as segments, temporary_file() as file:
                old = [segment.info for segment in segments]
                if len(old) == 1:
                    return done
                name = label or labels.span([info.label for info in old])
                room = self._budget.left(2 * sum(info.types for info in old))
                draft = merge(segments, name, file, self._threads, room)
                if self._replace(old, draft, done):
                    return done

    def remove(self, label: str) -> StoreChange:
        """Remove the segments of a label.

        Raises
        ------
        UsageError
            If this cannot be a label.
        InputError
            If there are none.
        DataError
            As ``segments``.
        StorageError, OutputError
            If a file cannot be removed, or the folder not be written to.
        """
        if not labels.is_label(label):
            raise UsageError(f"'{label}' is not a label; 'w2vcli store' lists those that there are")
        done = StoreChange()
        with self._locked():
            self._put(None, self.segments(label), done)
        return done

    def verify(self, segments: list[SegmentInfo]) -> None:
        """Read all of some segments, compare their checksums, and go through their counts.

        Raises
        ------
        DataError
            If one is damaged.
        """
        for info in segments:
            try:
                with _opened(info) as segment:
                    check(segment)
            except InputError:
                if info.path.exists():
                    raise  # else another process has just replaced it

    def _read(self, read: Callable[[list[Path]], T]) -> T:
        """Read files, again where another process has changed the folder meanwhile.

        Of a folder that changes while it is listed, the system may list an old and a new part.
        """
        for _ in range(_ATTEMPTS):
            files = self._files()
            try:
                result = read(files)
            except InputError:
                if all(path.exists() for path in files):
                    raise
            else:
                if self._files() == files:
                    return result
        raise StorageError(f"{self.folder}: its files come and go without end; try again later")

    def _files(self) -> list[Path]:
        try:
            files = sorted(p for p in self.folder.iterdir() if p.name.endswith(_ENDING))
        except (FileNotFoundError, NotADirectoryError) as error:
            raise InputError(
                f"{self.folder}: not a store: {error.strerror}; make one with 'w2vcli count'"
            ) from None
        except OSError as error:
            raise InputError(f"{self.folder}: cannot be read: {error.strerror}") from None
        for path in files:
            _check_regular(path)
        return files

    def _chosen(self, segments: list[SegmentInfo], which: str | None) -> list[SegmentInfo]:
        """Order segments, check that they go together, and choose some."""
        segments = sorted(segments, key=lambda a: (labels.natural(a.label), a.path.name))
        owner: dict[str, SegmentInfo] = {}
        for info in segments:
            self._check_counting(segments[:1], info.counting, info.path)
            for text in info.texts:
                if (other := owner.setdefault(text, info)) is not info:
                    raise DataError(
                        f"{info.path}: a text in it (SHA-256 {text[:12]}...) is also in "
                        f"{other.path.name}; take one of the two files out of the folder"
                    )
        try:
            return labels.chosen(segments, which)
        except labels.NoSuchLabelError as error:
            raise InputError(f"{self.folder}: {_why_not(error.args[0], segments)}") from None

    def _check_counting(
        self, segments: Sequence[SegmentInfo], counting: Counting, path: Path | None = None
    ) -> None:
        """Raise an error if segments were counted in another way."""
        if segments and segments[0].counting != counting:
            there = f"the store {self.folder} counts with {segments[0].counting}"
            if path:
                raise DataError(f"{path}: {there}, this file with {counting}; take it out")
            raise UsageError(
                f"{there}, and here it is {counting}; give the same options, or another --store"
            )

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Wait for one's turn to change the store, and clean up after the killed."""
        self._files()  # or it is no store
        with locked(self._lock, inf):
            sweep(self.folder, _ENDING)
            every = [SegmentInfo.read(path) for path in self._files()]
            replaced = _replaced(every)
            gone = [info for info in every if info.path.name in replaced]
            for info in gone + [info for info in every if not info.inputs]:
                remove(info.path)
            yield

    def _save(self, draft: Draft, old: Sequence[SegmentInfo]) -> SegmentInfo:
        path = self.folder / f"{draft.label}.{secrets.token_hex(4)}{_ENDING}"
        draft.save(path, [info.path.name for info in old])
        return SegmentInfo.read(path)

    def _replace(self, old: list[SegmentInfo], draft: Draft | None, done: StoreChange) -> bool:
        """Put a segment, or none, in the place of others, unless one of them is gone already."""
        with self._locked():
            if not {info.path for info in old} <= {info.path for info in self.segments()}:
                return False
            self._put(draft, old, done)
        return True

    def _put(self, draft: Draft | None, old: list[SegmentInfo], done: StoreChange) -> None:
        """Put a segment, or none, in the place of others; the store is locked."""
        passing = []
        if draft:
            done.made.append(self._save(draft, old))
        elif len(old) > 1:
            passing.append(self._save(tombstone(old[0].label, old[0].counting), old))
        for info in old + passing:
            remove(info.path)
        done.gone.extend(old)


def _opened(info: SegmentInfo) -> Segment:
    """Open a segment whose checksum is right: sums of damaged counts would look like any others."""
    verify(info.path, FORMAT)
    return Segment.open(info)


def _current(files: list[Path]) -> list[SegmentInfo]:
    """Return the segments that count: not those for which another one stands."""
    every = [SegmentInfo.read(path) for path in files]
    replaced = _replaced(every)
    return [info for info in every if info.inputs and info.path.name not in replaced]


def _replaced(segments: list[SegmentInfo]) -> set[str]:
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
        return  # it is gone since it was listed
    if not stat.S_ISREG(mode):
        raise DataError(f"{path}: not a file, so no segment; take it out of the store")


def _allow_open(files: int) -> None:
    """Let the process have so many more files open.

    Raises
    ------
    StorageError
        If the system does not let it.
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


def _texts(segments: list[SegmentInfo]) -> set[str]:
    return {text for info in segments for text in info.texts}


def _parted(
    records: list[InputRecord], known: set[str], *, there: bool
) -> tuple[list[int], list[InputRecord]]:
    """Part texts, by their places, into those that are known or not, and the others.

    A text that comes twice counts once.
    """
    places = {record.sha256: i for i, record in reversed(list(enumerate(records)))}
    chosen = sorted(i for text, i in places.items() if (text in known) == there)
    return chosen, [record for i, record in enumerate(records) if i not in chosen]


def _why_not(label: str, segments: list[SegmentInfo]) -> str:
    for info in segments:
        if any(entry["label"] == label for entry in info.inputs):
            return (
                f"the texts labelled '{label}' were merged into '{info.label}'; name that, or "
                "take them out by 'w2vcli count --subtract'"
            )
    return f"no segment has the label '{label}'; 'w2vcli store' lists them"
