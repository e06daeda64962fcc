"""A count store as it is read: its segments, their counts, how it counts."""

from contextlib import AbstractContextManager
from pathlib import Path

from w2vcli.counts.external_sum import MEMORY
from w2vcli.counts.listings import listing_of
from w2vcli.counts.memory_budget import MemoryBudget
from w2vcli.counts.parts import TextInPart, in_part
from w2vcli.counts.segment_sums import check
from w2vcli.counts.segments import Segment, SegmentInfo
from w2vcli.errors import InputError
from w2vcli.system.telling import telling
from w2vcli.system.threads import processors
from w2vcli.text.windows import Windows, WindowWeights


class StoreReader:
    """A count store, of which nothing is changed.

    Parameters
    ----------
    folder
        The folder of the segments, or its URL; the attribute is that on this machine, where
        segments that were fetched from a URL are.
    threads
        The number of threads; one per processor if None. The counts do not depend on it.
    memory
        Bytes for the process; beyond that, counts wait in temporary files. Words have to fit.
    """

    def __init__(
        self, folder: str | Path, threads: int | None = None, memory: int = MEMORY
    ) -> None:
        self._listing = listing_of(folder)
        self.folder = self._listing.folder
        self._threads = threads or processors()
        self._budget = MemoryBudget(memory)

    def segments(self, which: str | None = None) -> list[SegmentInfo]:
        """Return the metadata of the segments.

        Parameters
        ----------
        which
            ``last:N`` for those of the N last labels, ``but-last:N`` for those of all others; or
            labels, separated by commas; None for all.

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

    def texts_in_part(self, which: str | None = None) -> list[TextInPart]:
        """Return the texts of which the segments, chosen as by ``segments``, hold only some parts.

        Raises
        ------
        InputError, DataError
            As ``segments``.
        """
        return in_part(entry for info in self.segments(which) for entry in info.inputs)

    def opened(self, which: str | None = None) -> AbstractContextManager[list[Segment]]:
        """Open segments, chosen as by ``segments``; they stay readable when they are replaced.

        Raises
        ------
        InputError, DataError
            As ``segments``; an InputError too if the store is empty.
        """
        return self._listing.opened(which)

    @telling()
    def windows(self, size: int | None = None, weights: WindowWeights | None = None) -> Windows:
        """Return windows to count with: those of the store but for what is given.

        A store without segments has the default ones (``Windows``).

        Raises
        ------
        InputError, DataError
            As ``segments``; but there need not be such a folder.
        """
        there = self.segments() if self._listing.exists() else []
        counted = there[0].counting.windows if there else Windows()
        return Windows(size or counted.size, weights or counted.weights)

    @telling()
    def verify(self, segments: list[SegmentInfo]) -> None:
        """Read all of some segments, compare their checksums, and go through their counts.

        Raises
        ------
        DataError
            If one is damaged.
        """
        for info in segments:
            try:
                with self._listing.open(info) as segment:
                    check(segment)
            except InputError:
                if self._listing.is_there(info.path):
                    raise  # else another process has just replaced it
