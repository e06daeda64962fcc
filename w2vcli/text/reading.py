"""How the bytes of files become text: the encoding, bytes that are none, which files of folders."""

import codecs
from dataclasses import dataclass
from typing import Literal, TypeAlias

from w2vcli.errors import UsageError

OnBadBytes: TypeAlias = Literal["error", "replace", "skip-line"]


@dataclass(frozen=True)
class Reading:
    """How files are read.

    Attributes
    ----------
    encoding
        The name of a codec of Python.
    on_bad_bytes
        What becomes of bytes that are no text in this encoding: an ``error``, when all files have
        been looked at; each sequence of them is replaced by U+FFFD; or their line is left out.
    include
        Patterns as in a shell: of the files in folders, only those are read whose name matches one
        of them. None given: all files.

    Raises
    ------
    UsageError
        If there is no such codec, or it is not one of text.
    """

    encoding: str = "utf-8"
    on_bad_bytes: OnBadBytes = "error"
    include: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        try:
            is_text = codecs.lookup(self.encoding)._is_text_encoding
        except (LookupError, ValueError):  # a ValueError for a NUL in the name
            is_text = False
        if not is_text:
            raise UsageError(
                f"--encoding: '{self.encoding}' is no encoding that Python knows; name one such as "
                "utf-8, utf-16, latin-1, cp1252, shift_jis or gb18030"
            )

    @property
    def is_utf8(self) -> bool:
        """Whether the encoding is UTF-8."""
        return codecs.lookup(self.encoding).name == "utf-8"
