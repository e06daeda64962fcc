"""From the bytes of a file to UTF-8, cut in white space; and what becomes of bytes that are none.

Text in another encoding is decoded, and encoded in UTF-8; what cannot be decoded becomes bytes that
are not UTF-8, so that one check finds all bad bytes.
"""

import codecs
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from w2vcli.errors import DataError
from w2vcli.text.input_files import describe
from w2vcli.text.reading import Reading

_BOM = b"\xef\xbb\xbf"
_MARK = "\udc80"  # no text that was decoded has it, and no UTF-8 either
_HANDLER = "w2vcli-mark"
_REPLACEMENT = "\ufffd"


class BadBytesError(DataError):
    """Bytes that are no text.

    Parameters
    ----------
    place
        The file, and where in it.
    what
        The rest of the sentence but for the advice.
    advice
        What to do.
    """

    def __init__(self, place: str, what: str, advice: str) -> None:
        super().__init__(f"{place}: {what}; {advice}")
        self.place = place
        self.what = what
        self.advice = advice

    def __reduce__(self) -> tuple[type["BadBytesError"], tuple[str, str, str]]:
        return type(self), (self.place, self.what, self.advice)  # for another process


@dataclass
class BadBytes:
    """What became of bad bytes in a file.

    Attributes
    ----------
    count
        The number of sequences replaced, or of lines left out.
    first
        The number of the first line with bad bytes; 0 if there is none.
    """

    count: int = 0
    first: int = 0

    def add(self, line: int, count: int = 1) -> None:
        """Count bad bytes in a line."""
        self.count += count
        self.first = self.first or line


@dataclass(frozen=True)
class Place:
    """Where in its file a text begins: at its start, or behind the end of a line.

    Attributes
    ----------
    is_start
        Whether it is the start, where a mark of UTF-8 may stand.
    lines_before
        Called if there are bad bytes: returns how many lines of the file come before.
    """

    is_start: bool = True
    lines_before: Callable[[], int] = lambda: 0


START = Place()


def decoded(
    name: str,
    blocks: Iterable[bytes],
    reading: Reading,
    bad: BadBytes,
    *,
    nul: bool = True,
    place: Place = START,
) -> Iterator[bytes]:
    """Yield a file as UTF-8 in pieces that end in white space, the last one in a newline of ours.

    Unless ``nul``, NUL bytes are bad ones: UTF-16 without a mark would pass for UTF-8 with them.
    An error names the line of the whole file, ``bad`` counts lines from ``place`` on.

    Raises
    ------
    BadBytesError
        If there are bytes that are no text, and this is an error.
    """
    if not reading.is_utf8:
        blocks = _transcoded(name, blocks, reading, bad)
    check = _Check(name, reading, bad, place, nul=nul)
    for number, text in enumerate(_cut(blocks, lines=reading.on_bad_bytes == "skip-line")):
        sound = check(text)
        # A mark begins the first line, and that may have been left out.
        has_mark = place.is_start and not number and text.startswith(_BOM)
        is_gone = reading.on_bad_bytes == "skip-line" and bad.first == 1
        yield sound.removeprefix(_BOM) if has_mark and not is_gone else sound


def without_last_byte(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield pieces but for the newline that ``decoded`` puts behind a text."""
    before = b""
    for piece in pieces:
        yield before
        before = piece
    yield before[:-1]


def _cut(blocks: Iterable[bytes], *, lines: bool) -> Iterator[bytes]:
    """Move the borders of blocks so that each ends in white space, the last one in a newline.

    Parameters
    ----------
    blocks
        The text.
    lines
        Whether each ends at the end of a line; long lines are in memory then.
    """
    carry = bytearray()
    for block in blocks:
        end = block.rfind(b"\n") + 1
        if not end and not lines:
            end = max(block.rfind(space) + 1 for space in b" \t\r\v\f")
        carry += block[:end]
        if end:
            yield bytes(carry)
            carry.clear()
        carry += block[end:]
    yield bytes(carry) + b"\n"


class _Check:
    """Checks the pieces of a file to be UTF-8, one after the other."""

    def __init__(
        self, name: str, reading: Reading, bad: BadBytes, place: Place, *, nul: bool
    ) -> None:
        self._name = name
        self._reading = reading
        self._bad = bad
        self._place = place
        self._nul = nul
        self._line = 1
        self._column = 0

    def __call__(self, text: bytes) -> bytes:
        """Return the next piece, made sound."""
        if not self._nul and b"\0" in text:
            text = self._without_nul(text)
        sound = text
        if not text.isascii():
            try:
                text.decode("utf-8")
            except UnicodeDecodeError as error:
                sound = self._mended(text, error)
        self._advance(text)
        return sound

    def _without_nul(self, text: bytes) -> bytes:
        """Return the text with other bad bytes for NUL; raise an error if it is to be one."""
        if self._reading.on_bad_bytes != "error":
            return text.replace(b"\0", b"\xff")
        before = text[: text.index(b"\0")]
        try:
            codecs.utf_8_decode(before, "strict", False)  # a character may end in the NUL
        except UnicodeDecodeError as error:
            self._mended(text, error)  # which raises its own: it comes first
        self._advance(before)
        raise BadBytesError(
            self._named(),
            "a NUL byte, which no text has",
            "if it is UTF-16 or UTF-32, name its --encoding, for example utf-16-le",
        )

    def _mended(self, text: bytes, error: UnicodeDecodeError) -> bytes:
        if self._reading.on_bad_bytes == "skip-line":
            return b"".join(self._sound_lines(text))
        if self._reading.on_bad_bytes == "replace":
            marked = text.decode("utf-8", _HANDLER)
            line = self._line + text.count(b"\n", 0, error.start)
            self._bad.add(line, marked.count(_MARK))
            return marked.replace(_MARK, _REPLACEMENT).encode()
        self._advance(text[: error.start])
        raise BadBytesError(
            self._named(),
            f"0x{text[error.start]:02x} is not valid UTF-8",
            "convert the text to UTF-8 (for example with iconv)",
        ) from None

    def _named(self) -> str:
        """Return the name of the place that is reached."""
        line = self._place.lines_before() + self._line
        return f"{describe(self._name)}, line {line}, byte {self._column + 1}"

    def _sound_lines(self, text: bytes) -> Iterator[bytes]:
        for number, line in enumerate(text.removesuffix(b"\n").split(b"\n")):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                self._bad.add(self._line + number)
            else:
                yield line + b"\n"

    def _advance(self, text: bytes) -> None:
        lines = text.count(b"\n")
        self._line += lines
        self._column = len(text) - text.rfind(b"\n") - 1 if lines else self._column + len(text)


def _transcoded(
    name: str, blocks: Iterable[bytes], reading: Reading, bad: BadBytes
) -> Iterator[bytes]:
    """Yield text in UTF-8, with ``_MARK`` for what cannot be decoded, or U+FFFD to replace it."""
    is_error = reading.on_bad_bytes == "error"
    decoder = codecs.getincrementaldecoder(reading.encoding)("strict" if is_error else _HANDLER)
    before, line = 0, 1
    for block in chain(blocks, [b""]):
        state = decoder.getstate()
        try:
            text = decoder.decode(block, not block)
        except UnicodeError as error:
            raise _undecodable(
                name, reading.encoding, error, decoder, state, before, line
            ) from None
        before += len(block)
        if reading.on_bad_bytes == "replace" and (found := text.count(_MARK)):
            bad.add(line + text.count("\n", 0, text.index(_MARK)), found)
            text = text.replace(_MARK, _REPLACEMENT)
        line += text.count("\n")
        yield text.encode("utf-8", "surrogatepass")


def _undecodable(
    name: str,
    encoding: str,
    error: UnicodeError,
    decoder: codecs.IncrementalDecoder,
    state: tuple[bytes, int],
    before: int,
    line: int,
) -> BadBytesError:
    """Return the error that a block cannot be decoded, of which so much is known."""
    advice = (
        f"is {encoding} its encoding? --on-bad-bytes can replace such bytes, or skip their lines"
    )
    if not isinstance(error, UnicodeDecodeError):
        return BadBytesError(describe(name), f"this is not valid {encoding} ({error})", advice)
    held = len(state[0])
    decoder.setstate(state)
    line += decoder.decode(error.object[held : error.start]).count("\n")
    return BadBytesError(
        f"{describe(name)}, line {line}, byte {before - held + error.start + 1:,} of the file",
        f"0x{error.object[error.start]:02x} is not valid {encoding}",
        advice,
    )


def _marked(error: UnicodeError) -> tuple[str, int]:
    if isinstance(error, UnicodeDecodeError):
        return _MARK, error.end
    raise error


codecs.register_error(_HANDLER, _marked)
