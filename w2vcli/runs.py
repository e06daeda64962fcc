"""Sorted runs of counts: merged in memory while they fit, on disk beyond that.

A run is two int64 arrays, keys that rise and the total of each. Adding runs adds the totals of
equal keys. As totals are integers, neither the order nor the place of merging changes a bit.
"""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from w2vcli._jit import Array, jit
from w2vcli.errors import StorageError

Run: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int64]]

MEMORY = 1 << 30
_ENTRY_BYTES = 16


@dataclass(frozen=True)
class _RunOnDisk:
    """A run in a file without a name: when the process ends, however it ends, it is gone."""

    file: IO[Any]
    length: int

    @property
    def keys(self) -> NDArray[np.int64]:
        """The keys, mapped, to look places up."""
        return np.memmap(self.file, np.int64, "r", 0, (self.length,))

    def part(self, begin: int, end: int) -> Run:
        """Read some entries."""
        self.file.seek(8 * begin)
        keys = np.fromfile(self.file, np.int64, end - begin)
        self.file.seek(8 * (self.length + begin))
        return keys, np.fromfile(self.file, np.int64, end - begin)


class Runs:
    """A sum of runs, within a bound on memory. Use as a context manager.

    Parameters
    ----------
    memory
        Bytes for the runs in memory, half of them for merging.
    """

    def __init__(self, memory: int = MEMORY) -> None:
        self._bound = max(1, memory // (2 * _ENTRY_BYTES))
        self._runs: list[Run] = []
        self._on_disk: list[_RunOnDisk] = []
        self._files = ExitStack()

    def __enter__(self) -> "Runs":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._files.close()

    def add(self, run: Run) -> None:
        """Add a run."""
        if not len(run[0]):
            return
        self._runs.append(run)
        # Merge runs of like length, as in a merge sort: each entry is moved log(n) times.
        while len(self._runs) > 1 and len(self._runs[-2][0]) <= 2 * len(self._runs[-1][0]):
            self._merge_last()
        if sum(len(keys) for keys, _ in self._runs) > self._bound:
            self._spill()

    def merged(self) -> Iterator[Run]:
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
        """Write what is in memory to a temporary file, as one run."""
        while len(self._runs) > 1:
            self._merge_last()
        keys, totals = self._runs.pop()
        try:
            file = self._files.enter_context(tempfile.TemporaryFile())
            keys.tofile(file)
            totals.tofile(file)
            file.flush()
        except OSError as error:
            raise StorageError(
                f"{tempfile.gettempdir()}: no room for temporary files: {error.strerror or error}; "
                "set TMPDIR to a folder with more, or raise --memory"
            ) from None
        self._on_disk.append(_RunOnDisk(file, len(keys)))

    def _merged_from_disk(self) -> Iterator[Run]:
        """Merge the runs on disk, range of keys by range of keys.

        Every so many entries a key of each run is a border, so that no run has more between two
        borders, and a range of all runs fits into memory.
        """
        runs = self._on_disk
        stride = max(1, self._bound // len(runs))
        borders = np.unique(np.concatenate([run.keys[stride::stride] for run in runs]))
        places = [[0, *np.searchsorted(run.keys, borders).tolist(), run.length] for run in runs]
        for index in range(len(borders) + 1):
            parts = [
                run.part(*place[index : index + 2]) for run, place in zip(runs, places, strict=True)
            ]
            while len(parts) > 1:
                parts.append(_merge(parts.pop(0), parts.pop(0)))
            yield parts[0]


def _merge(one: Run, other: Run) -> Run:
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
