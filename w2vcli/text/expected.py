"""What a text has to be, so that one whose producer failed half-way is not taken for whole.

A pipe ends in the same way whether what filled it was done or has died. So whoever makes a text
says how many lines it has, which SHA-256, or which line stands at its end.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from w2vcli.errors import DataError, UsageError
from w2vcli.text.input_files import describe

if TYPE_CHECKING:
    from hashlib import _Hash as Hash


@dataclass(frozen=True)
class Expected:
    """What a text has to be. A text is its bytes, decompressed, without the end mark.

    Attributes
    ----------
    lines
        How many newline characters it has, as ``wc -l`` counts them; None for any number. So a text
        that was cut short within its last line has one too few.
    sha256
        Its SHA-256, 64 hexadecimal digits, as ``sha256sum`` shows it; None for any.
    end_mark
        Its last line, without the newline, which may be missing: it only says that the text is
        whole, and is no part of it. None for no such line.

    Raises
    ------
    UsageError
        If the SHA-256 is none, or the mark is empty or more than a line.
    """

    lines: int | None = None
    sha256: str | None = None
    end_mark: str | None = None

    def __post_init__(self) -> None:
        if self.sha256 is not None and not re.fullmatch("[0-9a-fA-F]{64}", self.sha256):
            raise UsageError(
                f"--expect-sha256: '{self.sha256}' is not a SHA-256: give its 64 hexadecimal "
                "digits, as sha256sum shows them"
            )
        if self.end_mark is not None and not re.fullmatch("[^\r\n]+", self.end_mark):
            raise UsageError(
                "--end-mark: it is the last line of the text, so give one line, and not an empty "
                "one"
            )

    @property
    def given(self) -> str | None:
        """The name of an option that asks for something; None if there is none."""
        for name, value in (
            ("--expect-lines", self.lines),
            ("--expect-sha256", self.sha256),
            ("--end-mark", self.end_mark),
        ):
            if value is not None:
                return name
        return None

    def check_one(self, files: int) -> None:
        """Raise a UsageError if this is about one text, and there are more."""
        if self.given and files != 1:
            raise UsageError(
                f"{self.given} says what one text has to be, and here are {files:,}; give them one "
                "at a time"
            )

    def marked(self, name: str, blocks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
        """Yield the blocks of a text without the end mark.

        Raises
        ------
        UsageError
            If the mark cannot be found in bytes of this encoding.
        DataError
            At the end, if the last line is another.
        """
        if self.end_mark is None:
            yield from blocks
            return
        mark = _encoded(self.end_mark, encoding)
        longest = len(mark) + len(b"\n\r\n")
        held = b""
        for block in blocks:
            held += block
            if len(held) > longest:
                yield held[:-longest]
                held = held[-longest:]
        body = held.removesuffix(b"\n").removesuffix(b"\r")
        # With no line before it, the mark begins the text: all of that is in ``held`` then.
        if body != mark and not body.endswith(b"\n" + mark):
            last = body.rpartition(b"\n")[2]
            shown = last.decode(encoding, "replace")
            is_cut = len(held) == longest and b"\n" not in body
            found = f"'...{shown}'" if is_cut else f"'{shown}'"
            raise DataError(
                f"{describe(name)}: expected '{self.end_mark}' as the last line, found "
                f"{found if last else 'an empty one'}; the text is not whole, so nothing of it is "
                "used"
            )
        if rest := body.removesuffix(mark):
            yield rest

    def check(self, name: str, newlines: int, digest: "Hash") -> None:
        """Raise a DataError if a text that was read to its end is not the expected one."""
        if self.lines is not None and newlines != self.lines:
            raise DataError(
                f"{describe(name)}: expected {self.lines:,} lines, found {newlines:,} that end in "
                "a newline; the text is not whole, so nothing of it is used"
            )
        found = digest.hexdigest()
        if self.sha256 is not None and found != self.sha256.lower():
            raise DataError(
                f"{describe(name)}: expected the SHA-256 {self.sha256.lower()}, found {found} "
                "(of the decompressed bytes); the text is another, so nothing of it is used"
            )


def _encoded(mark: str, encoding: str) -> bytes:
    """Return the bytes of a mark, where the end of a line is a byte as in ASCII."""
    try:
        if "\n".encode(encoding) == b"\n":
            return mark.encode(encoding)
    except UnicodeEncodeError:
        raise UsageError(f"--end-mark: '{mark}' cannot be written in {encoding}") from None
    raise UsageError(
        f"--end-mark cannot be found in text in {encoding}, whose lines do not end in one byte; "
        "convert the text to UTF-8 first, or give --expect-lines or --expect-sha256"
    )
