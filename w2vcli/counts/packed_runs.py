"""Runs of counts as bytes: small enough to keep, and to be read in parts.

A frame holds 16,384 entries, the last one the remainder. An entry is two numbers: the difference of
its key and the one before it in the frame, 0 for the first, and the total, 1 or more. Numbers are
written in groups of seven bits, the lowest first, and the top bit of a byte is set if more follow
(LEB128). An index has the first key of each frame and where it ends, so that any range of keys can
be read by itself. Equal runs give equal bytes, in whatever parts they were written.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from w2vcli.system.bytes_on_disk import BytesOnDisk
from w2vcli.system.compiler import Array, jit

SortedRun: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int64]]

FRAME = 1 << 14
_LONGEST_ENTRY = 2 * 9  # bytes; a number below 2 ** 63 has at most nine groups
_FRAMES_AT_ONCE = 16
_HIGHEST_KEY = 1 << 62


class DamagedRunError(ValueError):
    """The bytes are not those of a packed run."""


@dataclass(frozen=True)
class PackedRun:
    """A packed run on disk.

    Attributes
    ----------
    data
        The bytes.
    firsts, ends
        int64 (frames,): the first key of each frame, and the offset at which its bytes end.
    entries
        The number of entries.
    """

    data: BytesOnDisk
    firsts: NDArray[np.int64]
    ends: NDArray[np.int64]
    entries: int

    def frames(self, begin: int, end: int) -> SortedRun:
        """Return the entries of some frames.

        Raises
        ------
        DamagedRunError
            If the bytes contradict the index.
        """
        begin, end = max(begin, 0), min(end, len(self.firsts))
        if begin >= end:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        start, stop = int(self.ends[begin - 1]) if begin else 0, int(self.ends[end - 1])
        if not 0 <= start <= stop <= self.data.length:
            raise DamagedRunError
        data = np.frombuffer(self.data.read(start, stop), np.uint8)
        keys, totals = np.empty((2, (end - begin) * FRAME), np.int64)
        used = _unpack(data, self.firsts[begin:end], self.ends[begin:end] - start, keys, totals)
        if used < 0 or (keys[used - 1] >= self.firsts[end : end + 1]).any():
            raise DamagedRunError
        return keys[:used], totals[:used]

    def between(self, low: int, high: int) -> SortedRun:
        """Return the entries with ``low <= key < high``."""
        begin = int(np.searchsorted(self.firsts, low, "right")) - 1
        keys, totals = self.frames(begin, int(np.searchsorted(self.firsts, high, "left")))
        inside = slice(*np.searchsorted(keys, (low, high)))
        return keys[inside], totals[inside]

    def parts(self, frames: int = _FRAMES_AT_ONCE) -> Iterator[tuple[int, int]]:
        """Yield ranges of frames that cover the run."""
        for begin in range(0, len(self.firsts), frames):
            yield begin, begin + frames


@dataclass
class RunWriter:
    """Packs a run that comes in parts with rising keys, from 0 to 2 ** 62.

    Parameters
    ----------
    file
        The file to which the bytes are appended.

    Attributes
    ----------
    entries
        The number of entries so far.
    """

    file: IO[bytes]
    entries: int = 0
    _firsts: list[NDArray[np.int64]] = field(default_factory=list)
    _lengths: list[NDArray[np.int64]] = field(default_factory=list)
    _rest: SortedRun = field(default_factory=lambda: (np.empty(0, np.int64), np.empty(0, np.int64)))

    def add(self, part: SortedRun) -> None:
        """Write the whole frames of a part, and keep the rest for the next one."""
        keys, totals = part
        self.entries += len(keys)
        if len(self._rest[0]):
            keys, totals = (np.concatenate(both) for both in zip(self._rest, part, strict=True))
        whole = len(keys) // FRAME * FRAME
        self._write(keys[:whole], totals[:whole])
        self._rest = keys[whole:].copy(), totals[whole:].copy()

    def finish(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Write the rest and return the index: the ``firsts`` and the ``ends`` of the run."""
        self._write(*self._rest)
        nothing = [np.empty(0, np.int64)]
        firsts = np.concatenate(nothing + self._firsts)
        return firsts, np.cumsum(np.concatenate(nothing + self._lengths), dtype=np.int64)

    def _write(self, keys: NDArray[np.int64], totals: NDArray[np.int64]) -> None:
        for start in range(0, len(keys), _FRAMES_AT_ONCE * FRAME):
            some = slice(start, start + _FRAMES_AT_ONCE * FRAME)
            data = np.empty(len(keys[some]) * _LONGEST_ENTRY, np.uint8)
            ends = np.empty(-(-len(keys[some]) // FRAME), np.int64)
            used = _pack(keys[some], totals[some], data, ends)
            self.file.write(data[:used].data)
            self._firsts.append(keys[some][::FRAME].copy())
            self._lengths.append(np.diff(ends, prepend=0))


@jit
def _pack(keys: Array, totals: Array, data: Array, ends: Array) -> int:
    """Pack entries, beginning with a new frame; return the number of bytes."""
    place = 0
    before = np.int64(0)
    for i in range(len(keys)):
        if i % FRAME == 0:
            before = keys[i]
        for number in (keys[i] - before, totals[i]):
            rest = number
            while rest >= 128:
                data[place] = (rest & 127) | 128
                rest >>= 7
                place += 1
            data[place] = rest
            place += 1
        before = keys[i]
        ends[i // FRAME] = place
    return place


@jit
def _unpack(data: Array, firsts: Array, ends: Array, keys: Array, totals: Array) -> int:
    """Unpack frames; return the number of entries, or -1 if the bytes are invalid."""
    n = 0
    place = 0
    highest = np.int64(-1)
    for frame in range(len(firsts)):
        end = ends[frame]
        if end <= place or end > len(data) or firsts[frame] <= highest:
            return -1
        key = firsts[frame]
        last = n + FRAME
        while place < end:
            if n == last:
                return -1
            for which in range(2):
                number = np.int64(0)
                shift = 0
                while True:
                    if place == end or shift > 56:
                        return -1
                    byte = np.int64(data[place])
                    place += 1
                    number |= (byte & 127) << shift
                    shift += 7
                    if byte < 128:
                        break
                if which == 0:
                    first = n == last - FRAME
                    if (number == 0) != first or number > _HIGHEST_KEY - key:
                        return -1
                    key += number
                    keys[n] = key
                else:
                    if number == 0:
                        return -1
                    totals[n] = number
            n += 1
        highest = key
    return n
