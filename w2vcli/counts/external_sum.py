"""Sorted runs of counts: merged in memory while they fit, on disk beyond that.

A run is two int64 arrays, keys that rise and the total of each. Adding runs adds the totals of
equal keys. As totals are integers, neither the order nor the place of merging changes a bit.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from types import TracebackType
from typing import IO

import numpy as np
from numpy.typing import NDArray

from w2vcli.counts.packed_runs import FRAME, DamagedRunError, PackedRun, RunWriter, SortedRun
from w2vcli.errors import StorageError
from w2vcli.system import temporary
from w2vcli.system.bytes_on_disk import BytesOnDisk
from w2vcli.system.compiler import Array, jit
from w2vcli.system.temporary import folder_name, no_room, temporary_file
from w2vcli.system.threads import ordered_map

MEMORY = 1 << 30
_ENTRY_BYTES = 16


class ExternalSum:
    """A sum of runs, within a memory limit. Use as a context manager.

    Parameters
    ----------
    memory
        Bytes for the runs in memory, half of them for merging.
    threads
        The number of threads that merge runs on disk.
    """

    def __init__(self, memory: int = MEMORY, threads: int = 1) -> None:
        self._bound = max(1, memory // (2 * _ENTRY_BYTES))
        self._threads = threads
        self._runs: list[SortedRun] = []
        self._on_disk: list[PackedRun] = []
        self._files = ExitStack()

    def __enter__(self) -> "ExternalSum":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._files.close()

    def add(self, run: SortedRun) -> None:
        """Add a run."""
        if not len(run[0]):
            return
        self._runs.append(run)
        # Merge runs of like length, as in a merge sort: each entry is moved log(n) times.
        while len(self._runs) > 1 and len(self._runs[-2][0]) <= 2 * len(self._runs[-1][0]):
            self._merge_last()
        if sum(len(keys) for keys, _ in self._runs) > self._bound:
            self._spill()

    def merged(self) -> Iterator[SortedRun]:
        """Yield the sum of all runs as parts with rising keys."""
        if self._on_disk and self._runs:
            self._spill()
        while len(self._runs) > 1:
            self._merge_last()
        if self._runs:
            yield self._runs[0]
        elif self._on_disk:
            yield from self._merged_from_disk()

    def _merge_last(self) -> None:
        last = self._runs.pop()
        self._runs.append(_merge(self._runs.pop(), last))

    def _spill(self) -> None:
        """Write the runs in memory to a temporary file, as one run."""
        while len(self._runs) > 1:
            self._merge_last()
        file = self._files.enter_context(temporary_file())
        self._on_disk.append(packed([self._runs.pop()], file))

    def _merged_from_disk(self) -> Iterator[SortedRun]:
        """Merge the runs on disk, as many of them at once as fit into memory."""
        fan_in = max(2, self._frames // 2)
        while len(self._on_disk) > fan_in:
            some, self._on_disk = self._on_disk[:fan_in], self._on_disk[fan_in:]
            file = self._files.enter_context(temporary_file())
            self._on_disk.append(packed(self._merged_by_ranges(some), file))
            for run in some:
                temporary.close(run.data.file)
        yield from self._merged_by_ranges(self._on_disk)

    @property
    def _frames(self) -> int:
        """The number of frames per range, so that those read ahead fit into memory too."""
        return self._bound // ((self._threads + 2) * FRAME)

    def _merged_by_ranges(self, runs: list[PackedRun]) -> Iterator[SortedRun]:
        """Merge packed runs, one range of keys after the other.

        A range begins with the first key of every k-th frame, in the order of the keys over all
        runs: so it has about k frames, and at most one more of each run.
        """
        firsts = np.sort(np.concatenate([run.firsts for run in runs]))
        frames = max(1, self._frames - len(runs))
        bounds = [-1, *np.unique(firsts[frames::frames]).tolist(), np.iinfo(np.int64).max]

        def merged_range(ends: tuple[int, int]) -> SortedRun:
            return merged([written_between(run, *ends) for run in runs])

        yield from ordered_map(merged_range, list(pairwise(bounds)), self._threads)


def packed(parts: Iterable[SortedRun], file: IO[bytes]) -> PackedRun:
    """Pack a run that comes in parts with rising keys into a temporary file.

    Raises
    ------
    StorageError
        If there is no room for it.
    """
    writer = RunWriter(file)
    with no_room():
        for part in parts:
            writer.add(part)
        firsts, ends = writer.finish()
        file.flush()
    length = int(ends[-1]) if len(ends) else 0
    return PackedRun(BytesOnDisk(file, 0, length), firsts, ends, writer.entries)


def written_between(run: PackedRun, low: int, high: int) -> SortedRun:
    """Return the entries with ``low <= key < high`` of a run in a temporary file.

    Raises
    ------
    StorageError
        If the file is damaged.
    """
    try:
        return run.between(low, high)
    except DamagedRunError:
        raise StorageError(
            f"{folder_name()}: a temporary file does not hold what was written; "
            "is the disk in order?"
        ) from None


def summed(packed: NDArray[np.int64], shift: int) -> SortedRun:
    """Sort entries, and return their run: the sum of the numbers for each key.

    Parameters
    ----------
    packed
        int64 (n,): ``key << shift | number`` for each; sorted in place.
    shift
        The number of bits of a number.
    """
    packed.sort()
    keys, totals = np.empty(len(packed), np.int64), np.empty(len(packed), np.int64)
    used = _sum_equal(packed, shift, keys, totals)
    return keys[:used], totals[:used]


@jit
def _sum_equal(packed: Array, shift: int, keys: Array, totals: Array) -> int:
    """Sum the numbers of equal keys in sorted entries; return the number of keys."""
    mask = (1 << shift) - 1
    last = np.int64(-1)
    before = np.int64(-1)
    for entry in packed:
        key = entry >> shift
        if key != before:
            last += 1
            keys[last] = key
            totals[last] = 0
            before = key
        totals[last] += entry & mask
    return int(last + 1)


def merged(runs: list[SortedRun]) -> SortedRun:
    """Return the sum of one or more runs; the list is changed."""
    while len(runs) > 1:
        runs.append(_merge(runs.pop(0), runs.pop(0)))
    return runs[0]


def _merge(one: SortedRun, other: SortedRun) -> SortedRun:
    """Merge two runs into a new one.

    The arrays are NumPy's own, which come in huge pages, and are not cut to size by a copy:
    touching new memory is most of the cost.
    """
    length = len(one[0]) + len(other[0])
    keys, totals = np.empty(length, np.int64), np.empty(length, np.int64)
    used = _merge_into(keys, totals, *one, *other)
    return keys[:used], totals[:used]


@jit
def _merge_into(
    keys: Array, totals: Array, keys_a: Array, totals_a: Array, keys_b: Array, totals_b: Array
) -> int:
    a = b = n = 0
    while a < len(keys_a) and b < len(keys_b):
        if keys_a[a] < keys_b[b]:
            keys[n], totals[n] = keys_a[a], totals_a[a]
            a += 1
        elif keys_b[b] < keys_a[a]:
            keys[n], totals[n] = keys_b[b], totals_b[b]
            b += 1
        else:
            keys[n], totals[n] = keys_a[a], totals_a[a] + totals_b[b]
            a += 1
            b += 1
        n += 1
    while a < len(keys_a):
        keys[n], totals[n] = keys_a[a], totals_a[a]
        a += 1
        n += 1
    while b < len(keys_b):
        keys[n], totals[n] = keys_b[b], totals_b[b]
        b += 1
        n += 1
    return n
