"""A corpus: files, folders and standard input, compressed or not, as chunks of UTF-8 bytes.

A corpus is text in UTF-8. Tokens are separated by white space (the six ASCII white-space
bytes); a line is a sentence or a paragraph, and no context window reaches beyond it. Lines and
tokens may be of any length. The end of a file ends its last line.
"""

import hashlib
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

from w2vcli.errors import DataError, InputError, StorageError, UsageError
from w2vcli.text.beginnings import Beginnings
from w2vcli.text.compression import CompressionError, MissingPackageError, decompressed
from w2vcli.text.preparation import Preparation, lowered
from w2vcli.text.rules import TextRules

if TYPE_CHECKING:
    from w2vcli.text.phrases import PhraseTable

STDIN = "-"
_PLAIN = TextRules()
CHUNK_BYTES = 1 << 20
_ADVICE = "check the path and its permissions"
_BOM = b"\xef\xbb\xbf"


@dataclass
class InputRecord:
    """The record of one file that was read."""

    name: str
    sha256: str = ""
    bytes: int = 0
    lines: int = 0
    tokens: int = 0
    fingerprint: int = 0

    @property
    def title(self) -> str:
        """The name of the file in messages."""
        return describe(self.name)


@dataclass
class Corpus:
    """One or more text inputs, read in the order given.

    Parameters
    ----------
    inputs
        Paths of files or folders (read recursively in the order of their names, hidden files left
        out, links to folders not followed), or ``-`` for standard input.
    rules
        How it becomes tokens; by default they are what stands between white space.
    phrases
        The tables of phrases that the rules name.

    Attributes
    ----------
    records
        One per file, complete once ``chunks`` has been read to its end. Its ``sha256`` and
        ``bytes`` are those of the decompressed file; ``tokens.encode_corpus`` sets its ``tokens``
        and ``fingerprint``.
    beginnings
        Set it to find texts that are the beginning of others.
    progress
        The progress of reading; other threads may look at it.

    Raises
    ------
    InputError
        If a path does not exist or cannot be read, or a folder holds no files.
    UsageError
        If standard input is named twice, or the tables are not those of the rules.
    """

    inputs: Iterable[str]
    rules: TextRules = _PLAIN
    phrases: "Sequence[PhraseTable]" = ()
    records: list[InputRecord] = field(default_factory=list, init=False)
    beginnings: Beginnings | None = field(default=None, init=False)
    progress: "Progress" = field(default_factory=lambda: Progress(), init=False)

    def __post_init__(self) -> None:
        self._names = [name for given in self.inputs for name in _expand(given)]
        if self._names.count(STDIN) > 1:
            raise UsageError("standard input ('-') can be read only once, so name it once")
        self.rules.check_phrases(self.phrases)

    @property
    def files(self) -> list[str]:
        """The names of the files, ``-`` for standard input."""
        return list(self._names)

    @property
    def name(self) -> str:
        """The name of the corpus in messages."""
        return ", ".join(describe(name) for name in self._names)

    def chunks(self, size: int = CHUNK_BYTES) -> Iterator[bytes]:
        """Yield the text in pieces of about ``size`` bytes, which never divide a token.

        Every piece is valid UTF-8 and ends in white space; the last of each file ends in a
        newline. A piece is longer than ``size`` only where a single token is.

        Raises
        ------
        InputError
            If a file cannot be opened.
        StorageError
            If reading fails half-way.
        DataError
            If compressed data is damaged, cut short or takes too much memory, or bytes are not
            UTF-8.
        """
        before: InputRecord | None = None
        for text in self.tokens(size):
            if text[-1:].isspace():
                yield text
            elif text or self.records[-1] is not before:  # a piece of each file, even if empty
                yield text + b" "
            before = self.records[-1]

    def tokens(self, size: int = CHUNK_BYTES) -> Iterator[bytes]:
        """Yield the text in pieces; as ``chunks``, but for their ends where it is tokenized.

        Then there is one space between the tokens of a line and none at its ends, and the pieces,
        one behind the other, are the same for every ``size``.
        """
        self.records = []
        sizes = [_size(name) for name in self._names]
        self.progress.begin(sizes)
        if self.beginnings:
            self.beginnings.expect(size for size in sizes if size is not None)
        for name in self._names:
            record = InputRecord(name)
            self.records.append(record)
            pieces = self._checked(name, _cut(self._recorded(self._blocks(name, size), record)))
            yield from self._prepared(pieces)
        self.progress.finished = True

    @staticmethod
    def _checked(name: str, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the pieces of a file, checked to be UTF-8, without a byte order mark."""
        place = _Place(name)
        for number, text in enumerate(pieces):
            place.check(text)
            yield text if number else text.removeprefix(_BOM)

    def _prepared(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the text of a file as its rules make it."""
        if self.rules.as_json() is None:
            yield from (lowered(text) if self.rules.lower else text for text in pieces)
            return
        preparation = Preparation(self.rules, self.phrases)
        for text in _without_last_byte(pieces):
            yield preparation.feed(text)
        yield preparation.finish()

    def _recorded(self, blocks: Iterator[bytes], record: InputRecord) -> Iterator[bytes]:
        """Yield the blocks of a file, and complete its record."""
        digest = hashlib.sha256()
        last = b"\n"
        watched = self.beginnings.digested(blocks, digest) if self.beginnings else blocks
        for block in watched:
            if not self.beginnings:
                digest.update(block)
            record.bytes += len(block)
            record.lines += block.count(b"\n")
            last = block[-1:]
            yield block
        record.lines += last != b"\n"
        record.sha256 = digest.hexdigest()

    def _blocks(self, name: str, size: int) -> Iterator[bytes]:
        """Yield the decompressed bytes of a file or of standard input."""
        shown = describe(name)
        try:
            raw = sys.stdin.buffer if name == STDIN else Path(name).open("rb")
        except OSError as error:
            raise InputError(f"{shown}: cannot be read: {error.strerror}; {_ADVICE}") from None
        except AttributeError:  # a process that is started without standard input has None there
            raise InputError(f"{shown} is closed; pipe text into it, or name a file") from None
        with nullcontext() if name == STDIN else raw:
            try:
                stream = decompressed(raw)
                while block := stream.read(size):
                    self.progress.advance(raw, len(block))
                    yield block
                self.progress.end_input()
            except MissingPackageError as error:
                raise InputError(f"{shown}: {error}") from None
            except CompressionError as error:
                raise DataError(f"{shown}: {error}") from None
            except OSError as error:
                raise StorageError(f"{shown}: reading failed: {error.strerror or error}") from None


class Progress:
    """The progress of reading a corpus.

    Attributes
    ----------
    total
        The bytes of all its files, as they are stored; None if one is a pipe or a device.
    text
        The bytes of text read so far, decompressed.
    finished
        Whether all has been read.
    """

    def __init__(self) -> None:
        self.begin([])

    @property
    def done(self) -> int:
        """The bytes read so far, of ``total``."""
        return self._before + self._position

    def begin(self, sizes: list[int | None]) -> None:
        """Begin to read inputs of these sizes."""
        known = [size for size in sizes if size is not None]
        self.total = sum(known) if len(known) == len(sizes) else None
        self.text = self._before = self._position = 0
        self.finished = False

    def advance(self, source: IO[bytes], text: int) -> None:
        """Advance within an input, from which so many bytes of text were read."""
        self.text += text
        if self.total is not None:
            self._position = source.tell()

    def end_input(self) -> None:
        """Advance to the next input."""
        self._before, self._position = self._before + self._position, 0


def _size(name: str) -> int | None:
    """Return the bytes of a file as it is stored; None for a pipe or a device."""
    if name == STDIN:
        return None
    try:
        status = Path(name).stat()
    except OSError:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def _expand(given: str) -> Iterator[str]:
    """Yield the files of one input: itself, or all the files of a folder."""
    path = Path(given)
    try:
        if given == STDIN or not stat.S_ISDIR(path.stat().st_mode):
            yield given
            return
        files = list(_files(path))
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"{given}: no such file or folder; check the path") from None
    except OSError as error:
        name = given if error.filename is None else error.filename
        raise InputError(f"{name}: cannot be read: {error.strerror}; {_ADVICE}") from None
    if not files:
        raise InputError(f"{given}: the folder holds no files; name one that holds text")
    yield from map(str, files)


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files in a folder and below; unlike a glob, fail where it may not be read.

    Folders may be nested deeper than calls can be.
    """
    waiting = [folder]
    while waiting:
        path = waiting.pop()
        if path is not folder and path.is_file():
            yield path
        elif path is folder or (path.is_dir() and not path.is_symlink()):
            items = (item for item in path.iterdir() if not item.name.startswith("."))
            waiting.extend(sorted(items, reverse=True))


def describe(name: str) -> str:
    """Return the name of an input in messages."""
    return "standard input" if name == STDIN else name


def _cut(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Move the borders of blocks so that each ends in white space, the last one in a newline."""
    carry = bytearray()
    for block in blocks:
        end = (block.rfind(b"\n") + 1) or max(block.rfind(space) + 1 for space in b" \t\r\v\f")
        carry += block[:end]
        if end:
            yield bytes(carry)
            carry.clear()
        carry += block[end:]
    yield bytes(carry) + b"\n"


def _without_last_byte(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield pieces but for the last byte: the newline that ``_cut`` puts behind a text."""
    before = b""
    for piece in pieces:
        yield before
        before = piece
    yield before[:-1]


@dataclass
class _Place:
    """The position of the next chunk in a file, to locate bytes that are not UTF-8."""

    name: str
    line: int = 1
    column: int = 0

    def check(self, text: bytes) -> None:
        """Advance over the chunk; raise a DataError if it is not UTF-8."""
        if not text.isascii():
            try:
                text.decode("utf-8")
            except UnicodeDecodeError as error:
                self._advance(text[: error.start])
                raise DataError(
                    f"{describe(self.name)}, line {self.line}, byte {self.column + 1}: "
                    f"0x{text[error.start]:02x} is not valid UTF-8; convert the text to UTF-8 "
                    "(for example with iconv)"
                ) from None
        self._advance(text)

    def _advance(self, text: bytes) -> None:
        lines = text.count(b"\n")
        self.line += lines
        self.column = len(text) - text.rfind(b"\n") - 1 if lines else self.column + len(text)
