"""The character n-grams of a word: runs of the characters of ``<word>``, as in fastText.

``<`` and ``>`` mark where the word begins and ends, so that a prefix is another n-gram than the
same characters within a word. A character is a Unicode code point, and none is ever cut. Of
``walk`` the n-grams of 3 to 4 characters are ``<wa``, ``<wal``, ``wal``, ``walk``, ``alk``,
``alk>`` and ``lk>``.
(Bojanowski et al. 2017, "Enriching Word Vectors with Subword Information".)
"""

import re
from typing import NamedTuple

from w2vcli.errors import UsageError

_RANGE = re.compile(r"([0-9]{1,3})-([0-9]{1,3})")
LONGEST = 100
"""The most characters of an n-gram."""
LONGEST_WORD = 1000
"""The most characters of a word that ``train`` makes of n-grams, or that is made of them unseen.

Each character begins up to 100 n-grams, and all of a word are in memory at once.
"""


class NgramRange(NamedTuple):
    """How many characters n-grams have: from ``least`` to ``most``, the two marks among them."""

    least: int
    most: int

    def __str__(self) -> str:
        return f"{self.least}-{self.most}"

    @classmethod
    def parse(cls, text: str) -> "NgramRange":
        """Return the range that a text such as ``3-6`` means.

        Raises
        ------
        UsageError
            If it means none.
        """
        found = _RANGE.fullmatch(text)
        least, most = map(int, found.groups()) if found else (0, 0)
        if not 1 <= least <= most <= LONGEST:
            raise UsageError(
                f"--subwords {text}: give the least and the most characters of an n-gram, as in "
                f"3-6; from 1 to {LONGEST}"
            )
        return cls(least, most)

    def in_training(self, word: str) -> list[str]:
        """Return the n-grams that ``train`` makes a word of: none of more than LONGEST_WORD."""
        return self.of(word) if len(word) <= LONGEST_WORD else []

    def of(self, word: str) -> list[str]:
        """Return the n-grams of a word in the order of their beginnings, then of their lengths.

        One that occurs twice is there twice. A mark alone is no n-gram; a whole short word between
        its marks is one.
        """
        marked = f"<{word}>"
        found = []
        for start in range(len(marked)):
            for end in range(start + self.least, min(start + self.most, len(marked)) + 1):
                is_mark = end - start == 1 and (start == 0 or end == len(marked))
                if not is_mark:
                    found.append(marked[start:end])
        return found
