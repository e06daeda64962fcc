"""The memory limit of the process, which words and pair counts share."""

from w2vcli.errors import UsageError
from w2vcli.system.memory import resident

_PROGRAM = 118 << 20  # Python, NumPy and Numba, before the first kernel is loaded
_LEAST_FOR_PAIRS = 32 << 20
_WORD = 120  # bytes: a word as an object, its places in lists, and its line in a segment


class MemoryBudget:
    """Knows how much of a memory limit is left.

    Memory in use before does not count: a notebook may have loaded much else.

    Parameters
    ----------
    memory
        The limit in bytes, for a process that does nothing else.
    """

    def __init__(self, memory: int) -> None:
        self._memory = memory
        self._before = resident()

    def left(self, words: int = 0) -> int:
        """Return how many bytes are left for pair counts.

        Parameters
        ----------
        words
            The number of words that still have to be listed, sorted and written.

        Raises
        ------
        UsageError
            If that is too little; the message says how much is enough.
        """
        used = _PROGRAM + max(0, resident() - self._before) + words * _WORD
        left = self._memory - used
        if left < _LEAST_FOR_PAIRS:
            needed = -(-(used + _LEAST_FOR_PAIRS) >> 20)
            raise UsageError(
                f"--memory {self._memory >> 20}M is too little for so many different words "
                f"({words:,} so far): it takes {needed}M at least; give more"
            )
        # Runs, and the pieces being made into runs, take up to twice the bytes that they are given.
        return left // 2
