"""A corpus: files, folders and standard input, compressed or not, as chunks of UTF-8 bytes.

A corpus is text in UTF-8. Tokens are separated by white space (the six ASCII white-space
bytes); a line is a sentence or a paragraph, and no context window reaches beyond it. Lines and
tokens may be of any length. The end of a file ends its last line.
"""

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from w2vcli.errors import DataError, UsageError
from w2vcli.system.urls import shown
from w2vcli.text.beginnings import Beginnings
from w2vcli.text.decoding import START, BadBytes, BadBytesError, Place, decoded, without_last_byte
from w2vcli.text.expected import Expected
from w2vcli.text.input_files import describe, files_of, size_of
from w2vcli.text.opening import blocks_of
from w2vcli.text.preparation import Preparation, lowered
from w2vcli.text.reading import Reading
from w2vcli.text.rules import TextRules

if TYPE_CHECKING:
    from w2vcli.text.line_sketch import LineSketch
    from w2vcli.text.phrases import PhraseTable

CHUNK_BYTES = 1 << 20
_PLAIN = TextRules()
_READING = Reading()
_ANY = Expected()
_MOST_NAMED = 20
_MOST_IN_NAME = 3


@dataclass
class InputRecord:
    """The record of one file that was read; a URL is named without passwords and signatures.

    Where it is of a part of the file, that is ``part``: its begin and end, of so many bytes.
    """

    name: str
    sha256: str = ""
    bytes: int = 0
    lines: int = 0
    tokens: int = 0
    fingerprint: int = 0
    bad: BadBytes = field(default_factory=BadBytes)
    sketch: "LineSketch | None" = None
    part: tuple[int, int, int] | None = None

    def __post_init__(self) -> None:
        self.name = shown(self.name)

    @property
    def title(self) -> str:
        """The name of the file, or of the part of it, in messages."""
        if self.part is None:
            return describe(self.name)
        begin, end, of = self.part
        return f"{describe(self.name)}, bytes {begin:,} to {end:,} of {of:,}"


@dataclass
class Corpus:
    """One or more text inputs, read in the order given.

    Parameters
    ----------
    inputs
        Paths of files or folders (read recursively in the order of their names, hidden files left
        out, links to folders not followed), patterns such as ``data/*.txt``, URLs of these, or
        ``-`` for standard input.
    rules
        How it becomes tokens; by default they are what stands between white space.
    phrases
        The tables of phrases that the rules name.
    reading
        The encoding, what becomes of bytes that are no text, which files of folders are read.
    expected
        What the text has to be, of which there is one then.

    Attributes
    ----------
    records
        One per file, complete once ``chunks`` has been read to its end. Its ``sha256`` and
        ``bytes`` are those of the decompressed file, without its end mark; ``tokens.encode_corpus``
        sets its ``tokens``, its ``fingerprint`` and, if asked to, the ``sketch`` of its lines;
        ``bad`` says what became of bytes that are no text.
    beginnings
        Set it to find texts that are the beginning of others.
    progress
        The progress of reading; other threads may look at it.

    Raises
    ------
    InputError
        If a path does not exist or cannot be read, or a folder holds no files to read.
    UsageError
        If standard input is named twice, the tables are not those of the rules, or there are
        several texts where one is expected.
    """

    inputs: Iterable[str]
    rules: TextRules = _PLAIN
    phrases: "Sequence[PhraseTable]" = ()
    reading: Reading = _READING
    expected: Expected = _ANY
    records: list[InputRecord] = field(default_factory=list, init=False)
    beginnings: Beginnings | None = field(default=None, init=False)
    progress: "Progress" = field(default_factory=lambda: Progress(), init=False)

    def __post_init__(self) -> None:
        if isinstance(self.inputs, str):
            raise UsageError(f"a corpus is a list of files or folders: Corpus([{self.inputs!r}])")
        self._names = files_of(self.inputs, self.reading.include)
        self.rules.check_phrases(self.phrases)
        self.expected.check_one(len(self._names))

    @property
    def files(self) -> list[str]:
        """The names of the files, ``-`` for standard input."""
        return list(self._names)

    @property
    def name(self) -> str:
        """The name of the corpus in messages."""
        named = ", ".join(describe(name) for name in self._names[:_MOST_IN_NAME])
        more = len(self._names) - _MOST_IN_NAME
        return f"{named} and {more:,} other{'s' * (more > 1)}" if more > 0 else named

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
            If compressed data is damaged, cut short or takes too much memory; or when all files
            have been looked at, if there are bytes in them that are no text; where text is
            tokenized, NUL is one. Or, at its end, if the text is not the expected one.
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
        sizes = self._sizes()
        self.progress.begin(sizes)
        if self.beginnings:
            self.beginnings.expect(size for size in sizes if size is not None)
        errors: list[BadBytesError] = []
        for number, name in enumerate(self._names):
            record = InputRecord(name)
            self.records.append(record)
            blocks = self._recorded(number, size, record)
            nul = self.rules.tokenize is None
            place = self._place(number)
            pieces = decoded(name, blocks, self.reading, record.bad, nul=nul, place=place)
            try:
                if errors:
                    deque(pieces, 0)  # only whether it has bad bytes too
                else:
                    yield from self._prepared(pieces)
            except BadBytesError as error:
                errors.append(error)
        if errors:
            raise all_of(errors, len(self._names))
        self.progress.finished = True

    def _prepared(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the text of a file as its rules make it."""
        if self.rules.as_json() is None:
            yield from (lowered(text) if self.rules.lower else text for text in pieces)
            return
        preparation = Preparation(self.rules, self.phrases)
        for text in without_last_byte(pieces):
            yield preparation.feed(text)
        yield preparation.finish()

    def _recorded(self, number: int, size: int, record: InputRecord) -> Iterator[bytes]:
        """Yield the blocks of a file, and complete its record."""
        digest = hashlib.sha256()
        last = b"\n"
        blocks = self._marked(number, self._blocks(number, size))
        watched = self.beginnings.digested(blocks, digest) if self.beginnings else blocks
        for block in watched:
            if not self.beginnings:
                digest.update(block)
            record.bytes += len(block)
            record.lines += block.count(b"\n")
            last = block[-1:]
            yield block
        self.expected.check(record.name, record.lines, digest)
        record.lines += last != b"\n"
        record.sha256 = digest.hexdigest()

    def _sizes(self) -> list[int | None]:
        """Return the bytes that are read of each file, as they are stored; None if unknown."""
        return [size_of(name) for name in self._names]

    def _blocks(self, number: int, size: int) -> Iterator[bytes]:
        """Yield the decompressed bytes of a file or of standard input, and note the progress."""
        yield from blocks_of(self._names[number], size, self.progress.advance)
        self.progress.end_input()

    def _marked(self, number: int, blocks: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the blocks of a file without the mark at its end."""
        return self.expected.marked(self._names[number], blocks, self.reading.encoding)

    def _place(self, _number: int) -> Place:
        """Return where in its file a text begins."""
        return START


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

    def read(self, size: int) -> None:
        """Advance by so many bytes of text, which are stored as they are."""
        self.text += size
        self._position += size

    def end_input(self) -> None:
        """Advance to the next input."""
        self._before, self._position = self._before + self._position, 0


class BadFilesError(DataError):
    """Bytes that are no text, in several files.

    Parameters
    ----------
    errors
        One for each file that has some.
    files
        How many files were looked at.
    """

    def __init__(self, errors: Sequence[BadBytesError], files: int) -> None:
        named = ", and ".join(f"{error.place}, {error.what}" for error in errors[:_MOST_NAMED])
        rest = len(errors) - _MOST_NAMED
        more = f", and {rest:,} more" if rest > 0 else ""
        super().__init__(
            f"{len(errors):,} of the {files:,} files hold bytes that are no text: {named}{more}; "
            "convert them (for example with iconv), name their --encoding, or see --on-bad-bytes"
        )
        self.errors = list(errors)
        self._files = files

    def __reduce__(self) -> tuple[type["BadFilesError"], tuple[list[BadBytesError], int]]:
        return type(self), (self.errors, self._files)  # for another process


def all_of(errors: Sequence[BadBytesError], files: int) -> DataError:
    """Return one error for all files with bad bytes."""
    return errors[0] if len(errors) == 1 else BadFilesError(errors, files)
