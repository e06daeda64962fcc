"""A bound on the memory of the process, of which words and pair counts take their parts."""

import resource
import sys
from pathlib import Path

from w2vcli.errors import UsageError

_PROGRAM = 118 << 20  # Python, NumPy and Numba, before the first kernel is loaded
_LEAST_FOR_PAIRS = 32 << 20
_WORD = 120  # bytes: a word as an object, its places in lists, and its line in a segment


class MemoryBudget:
    """How much of a bound is left.

    What the process held before does not count: a notebook may have loaded much else.

    Parameters
    ----------
    memory
        The bound, in bytes, of a process that does nothing else.
    """

    def __init__(self, memory: int) -> None:
        self._memory = memory
        self._before = _resident()

    def left(self, words: int = 0) -> int:
        """Return how many bytes are left for pair counts.

        Parameters
        ----------
        words
            How many words are still to be listed, sorted and written.

        Raises
        ------
        UsageError
            If that is too little; it says how much would do.
        """
        used = _PROGRAM + max(0, _resident() - self._before) + words * _WORD
        left = self._memory - used
        if left < _LEAST_FOR_PAIRS:
            needed = -(-(used + _LEAST_FOR_PAIRS) >> 20)
            raise UsageError(
                f"--memory {self._memory >> 20}M is too little for so many different words "
                f"({words:,} so far): it takes {needed}M at least; give more"
            )
        # Runs, and the pieces being made into runs, take up to twice what they are given.
        return left // 2


def _resident() -> int:
    """Return the bytes of this process in memory: now, or at most so far if that is not known."""
    try:
        pages = Path("/proc/self/statm").read_bytes().split()[1]
    except OSError:  # not on Linux
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak << 10
    return int(pages) * resource.getpagesize()
