"""The count store: a folder of segments, whose counts add up to those of all their texts.

The segments in the folder are the store. A segment never changes: it appears by one rename, or is
removed. A segment may replace others: it names them, and from the moment it appears they are
ignored, so that a reader finds whole texts, each once. ``listing`` reads the folder, and
``transaction`` replaces segments. The lock of the store is held only while a finished segment is
written; the counting before it needs no lock.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from w2vcli.counts import labels
from w2vcli.counts.drafts import Draft, count, merge, subtract
from w2vcli.counts.external_sum import MEMORY
from w2vcli.counts.listing import Listing, open_verified
from w2vcli.counts.memory_budget import MemoryBudget
from w2vcli.counts.segment_sums import check
from w2vcli.counts.segments import Counting, Segment, SegmentInfo
from w2vcli.counts.spool import Spool
from w2vcli.counts.transaction import replace, transaction
from w2vcli.errors import InputError, UsageError
from w2vcli.system.files import make_folder
from w2vcli.system.temporary import temporary_file
from w2vcli.system.threads import processors
from w2vcli.text.beginnings import Beginnings
from w2vcli.text.corpus import Corpus, InputRecord
from w2vcli.text.input_files import describe
from w2vcli.text.windows import Windows

_WINDOWS = Windows()


@dataclass(frozen=True)
class StoreChange:
    """The effect of a command on a store.

    Attributes
    ----------
    made, gone
        The new segments, and the removed ones.
    texts, skipped
        The texts that were counted or subtracted, and those that needed nothing: they were in the
        store already, or were not in it.
    beginnings
        Pairs of names of texts, of which at least one was counted now: the first is the beginning
        of the second, so its words are counted twice. (``text.beginnings`` says which are found.)
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
        The folder of the segments; ``add`` makes it.
    threads
        The number of threads; one per processor if None. The counts do not depend on it.
    memory
        Bytes for the process; beyond that, counts wait in temporary files. Words have to fit.
    """

    def __init__(
        self, folder: str | Path, threads: int | None = None, memory: int = MEMORY
    ) -> None:
        self.folder = Path(folder)
        self._listing = Listing(self.folder)
        self._threads = threads or processors()
        self._budget = MemoryBudget(memory)

    def segments(self, which: str | None = None) -> list[SegmentInfo]:
        """Return the metadata of the segments.

        Parameters
        ----------
        which
            ``last:N`` for those of the N last labels; or labels, separated by commas; None for all.

        Returns
        -------
        segments
            In the order of their labels, numbers within them taken as numbers.

        Raises
        ------
        InputError
            If there is no such folder or label.
        DataError
            If a segment is damaged, or if two were counted differently or hold the same text.
        """
        return self._listing.segments(which)

    def opened(self, which: str | None = None) -> AbstractContextManager[list[Segment]]:
        """Open segments, chosen as by ``segments``; they stay readable when they are replaced.

        Raises
        ------
        InputError, DataError
            As ``segments``; an InputError too if the store is empty.
        """
        return self._listing.opened(which)

    def add(self, corpus: Corpus, label: str, windows: Windows = _WINDOWS) -> StoreChange:
        """Count the texts that are not in the store yet, as one segment.

        Raises
        ------
        UsageError
            If the store counts in another way, or this cannot be a label.
        InputError, DataError, StorageError
            As ``Corpus.chunks``; an InputError too if the corpus has no words, a DataError if a
            segment is damaged.
        OutputError
            If the folder cannot be made or written to.
        """
        labels.check(label)
        counting = Counting(windows, corpus.rules)
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
                    with transaction(self._listing):
                        segments = self.segments()
                        self._listing.check_counting(segments, counting)
                        # Another process may have added some of them meanwhile.
                        if not _texts(segments) & {record.sha256 for record in done.texts}:
                            done.made.extend(replace(self.folder, [], draft))
                            return done

    def subtract(self, corpus: Corpus, windows: Windows = _WINDOWS) -> StoreChange:
        """Take texts out of the segments that they were counted in, one segment after the other.

        Raises
        ------
        UsageError, InputError, DataError, StorageError, OutputError
            As ``add``.
        """
        done = StoreChange()
        with self._spooled(corpus, Counting(windows, corpus.rules)) as spool:
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
        """Read a corpus, after checking that the store counts in this way and can be changed."""
        with transaction(self._listing):
            self._listing.check_counting(self.segments(), counting)
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
                segment = stack.enter_context(open_verified(info))
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
        with transaction(self._listing):
            pass  # what killed processes have left is removed even if there is nothing to merge
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
        with transaction(self._listing):
            old = self.segments(label)
            replace(self.folder, old, None)
            done.gone.extend(old)
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
                with open_verified(info) as segment:
                    check(segment)
            except InputError:
                if info.path.exists():
                    raise  # else another process has just replaced it

    def _replace(self, old: list[SegmentInfo], draft: Draft | None, done: StoreChange) -> bool:
        """Replace segments by another, or remove them; return False if one of them is gone."""
        with transaction(self._listing):
            if not {info.path for info in old} <= {info.path for info in self.segments()}:
                return False
            done.made.extend(replace(self.folder, old, draft))
            done.gone.extend(old)
        return True


def _texts(segments: list[SegmentInfo]) -> set[str]:
    return {text for info in segments for text in info.texts}


def _parted(
    records: list[InputRecord], known: set[str], *, there: bool
) -> tuple[list[int], list[InputRecord]]:
    """Split texts into those that are known (or, unless ``there``, are not) and the others.

    Returns
    -------
    chosen
        The indices of the first; a text that occurs twice is chosen once.
    others
        The records of the others.
    """
    places = {record.sha256: i for i, record in reversed(list(enumerate(records)))}
    chosen = sorted(i for text, i in places.items() if (text in known) == there)
    return chosen, [record for i, record in enumerate(records) if i not in chosen]
