"""Words and numbers that are being imported: each row is checked, and the matrix grows."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from w2vcli.errors import DataError
from w2vcli.formats.choices import OnBadRows

_STEP_BYTES = 1 << 25
"""By this the matrix grows: a larger array is not copied for it, but its pages move."""

_SHOWN = 40
_NAMED = 100


@dataclass
class GrowingMatrix:
    """A matrix that takes rows as they are read, and no more memory than they need."""

    _held: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 0), np.float32))
    _rows: int = 0

    def append(self, vectors: NDArray[np.float32]) -> None:
        """Add rows, float32 (n, d); d is that of the first."""
        begin, dim = self._rows, vectors.shape[1]
        self._rows += len(vectors)
        if self._rows > len(self._held):
            step = max(1, _STEP_BYTES // (4 * dim), len(vectors))
            if not len(self._held):
                self._held = np.empty((step, dim), np.float32)
            else:
                self._held.resize((len(self._held) + step, dim), refcheck=False)
        self._held[begin : self._rows] = vectors

    def whole(self) -> NDArray[np.float32]:
        """Return the rows, float32 (n, d), once all are there."""
        return self._held[: self._rows]


@dataclass
class Table:
    """The rows that are read so far.

    Attributes
    ----------
    name
        The file, for messages.
    on_bad_rows
        Whether a bad row is an error, or skipped.
    unit
        What a row is in messages: ``line`` or ``row``.
    top
        Read no more than so many rows; None for all.
    words, skipped, bad
        The words; how many rows were skipped; for the first of these, why.
    """

    name: str
    on_bad_rows: OnBadRows
    unit: str
    top: int | None = None
    words: list[str] = field(default_factory=list)
    skipped: int = 0
    bad: list[str] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)
    _matrix: GrowingMatrix = field(default_factory=GrowingMatrix)

    @property
    def full(self) -> bool:
        """Whether as many rows are there as are wanted."""
        return self.top is not None and len(self.words) >= self.top

    def add(
        self, numbers: Sequence[int], words: Sequence[bytes], vectors: NDArray[np.float32]
    ) -> None:
        """Add rows, or what of them is still wanted.

        Parameters
        ----------
        numbers
            Their numbers in the file, for messages.
        words
            Their words, UTF-8.
        vectors
            float32 (n, d).

        Raises
        ------
        DataError
            If a row is bad, and bad rows are errors: its word is not UTF-8, empty, holds white
            space or was there before, or a number or the squared length is not finite in float32.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            squares = np.einsum("ij,ij->i", vectors, vectors)
        finite: list[bool] = np.isfinite(squares).tolist()
        taken = []
        for place, (number, word) in enumerate(zip(numbers, words, strict=True)):
            if self.full:
                break
            if reason := self._wrong(word, None if finite[place] else vectors[place]):
                self.refuse(number, reason)
                continue
            text = word.decode()
            self._numbers[text] = number
            self.words.append(text)
            taken.append(place)
        if taken:
            self._matrix.append(vectors if len(taken) == len(vectors) else vectors[taken])

    def _wrong(self, word: bytes, endless: NDArray[np.float32] | None) -> str | None:
        """Say what is wrong with a row, given its vector if its square is not finite."""
        try:
            text = word.decode()
        except UnicodeDecodeError as error:
            return f"the word is not valid UTF-8 (byte 0x{word[error.start]:02x})"
        if word.split() != [word]:
            what = "holds white space" if word.strip() else "is empty"
            return f"the word {shown(text)} {what}"
        if text in self._numbers:
            return f"the word {shown(text)} stands in {self.unit} {self._numbers[text]:,} too"
        if endless is None:
            return None
        if not np.isfinite(endless).all():
            return f"a number of the word {shown(text)} is not finite"
        return f"the vector of the word {shown(text)} is so long that its square exceeds float32"

    def refuse(self, number: int, reason: str) -> None:
        """Note a bad row, or raise.

        Raises
        ------
        DataError
            If bad rows are errors.
        """
        said = f"{self.unit} {number:,}: {reason}"
        self.skipped += 1
        if self.on_bad_rows == "error":
            raise DataError(
                f"{self.name}, {said}; repair it, or leave such {self.unit}s out with "
                "--on-bad-rows skip"
            )
        if len(self.bad) < _NAMED:  # there may be millions
            self.bad.append(said)

    def matrix(self) -> NDArray[np.float32]:
        """Return the numbers, float32 (n, d), once all rows are read."""
        return self._matrix.whole()


def counted(number: int, what: str) -> str:
    """Return a number and what it counts, for a message: ``1 word``, ``2 words``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def shown(text: str) -> str:
    """Return a word or a line for a message, shortened."""
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "...")
