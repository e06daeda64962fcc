"""Reading vectors in text: word2vec's format with a header, fastText's, and GloVe's without one.

A line is a word and its numbers, between spaces or tabs. The number of numbers is that of the
header, or the most frequent one among the first lines; what stands before the last so many is the
word. The lines of a piece are parsed by one call of NumPy; only where that fails are they looked at
one by one.
"""

from collections import Counter
from collections.abc import Iterator
from typing import IO

import numpy as np
from numpy.typing import NDArray

from w2vcli.errors import DataError
from w2vcli.formats.table import Table, counted, shown

_PIECE_BYTES = 1 << 22
_LONGEST_LINE = 1 << 24
_MOST_NUMBERS = 1 << 20
_NUMBERS = b"0123456789.+-eE \t\r\n"
_MARK = b"\xef\xbb\xbf"

FIRST_LINES = 10
"""By so many lines it is told what a file without a header holds."""


def header_of(line: bytes) -> tuple[int, int] | None:
    """Return the words and dimensions of a header; None if the line is none."""
    fields = without_mark(line).split()
    if len(fields) == 2 and all(field.isdigit() and len(field) < 16 for field in fields):
        return int(fields[0]), int(fields[1])
    return None


def without_mark(start: bytes) -> bytes:
    """Return the beginning of a text without a byte order mark."""
    return start.removeprefix(_MARK)


def is_number(field: bytes) -> bool:
    """Return whether a field is a number, as it is read: finite and decimal."""
    try:
        _parsed([field], 1)
    except ValueError:
        return False
    return True


def read_text(stream: IO[bytes], table: Table, header: bool) -> None:
    """Read all rows of a text.

    Parameters
    ----------
    stream
        The text.
    table
        What takes the rows.
    header
        Whether the first line is one.

    Raises
    ------
    DataError
        If there is no header, its count is another than that of the lines, or a line is bad.
    """
    first = stream.readline(_LONGEST_LINE)
    said = None
    if header:
        said = header_of(first)
        if not said or not 0 < said[1] <= _MOST_NUMBERS:
            raise DataError(
                f"{table.name}, line 1: expected the number of words and of dimensions, found "
                f"{shown(first.decode(errors='replace').rstrip())}; for a file without this line "
                "choose --format glove"
            )
        dim = said[1]
        first = b""
    else:
        first = without_mark(first)
        start = [first, *(stream.readline(_LONGEST_LINE) for _ in range(1, FIRST_LINES))]
        fields = Counter(len(line.split()) for line in start if line.strip())
        dim = fields.most_common(1)[0][0] - 1 if fields else 0
        if not 0 < dim <= _MOST_NUMBERS:
            raise DataError(
                f"{table.name}, line 1: expected a word and its numbers, found "
                f"{shown(first.decode(errors='replace').rstrip())}; name a file of vectors"
            )
        first = b"".join(start)
    number = 2 if header else 1
    empty = 0  # lines that are rows only if others follow
    for lines in _pieces(first, stream, table):
        rows = len(lines)
        while rows and not lines[rows - 1].strip():
            rows -= 1
        if rows:
            for _ in range(empty):
                _add_one_by_one(number, [b""], dim, table)
                number += 1
            _add_lines(number, lines[:rows], dim, table)
            number += rows
            empty = 0
        empty += len(lines) - rows
        if table.full:
            return
    if said and number - 2 != said[0]:
        raise DataError(
            f"{table.name}, line 1: the header promises {counted(said[0], 'word')}, and "
            f"{counted(number - 2, 'line')} follow{'s' * (number == 3)}; the file was cut short, "
            "or its header is wrong: fetch it again, or correct that line"
        )


def _pieces(first: bytes, stream: IO[bytes], table: Table) -> Iterator[list[bytes]]:
    """Yield lines, many at a time, without their ends."""
    rest = first
    while data := stream.read(_PIECE_BYTES):
        *lines, rest = (rest + data).split(b"\n")
        if len(rest) > _LONGEST_LINE:
            raise DataError(
                f"{table.name}: a line is longer than {_LONGEST_LINE / 1e6:.0f} MB; name a file of "
                "vectors"
            )
        if lines:
            yield lines
    if rest:
        yield rest.removesuffix(b"\n").split(b"\n")


def _add_lines(number: int, lines: list[bytes], dim: int, table: Table) -> None:
    """Add the rows of some lines, the first of which has this number."""
    split = [line.split(b" ", 1) for line in lines]
    try:
        vectors = _parsed([text for _, text in split], dim)
    except ValueError:  # too few parts or too many numbers, or what is none
        _add_one_by_one(number, lines, dim, table)
    else:
        table.add(range(number, number + len(lines)), [word for word, _ in split], vectors)


def _parsed(texts: list[bytes], dim: int) -> NDArray[np.float32]:
    """Return the numbers of lines: float32 (n, dim); a ValueError if they are others."""
    import orjson  # here, as the command line needs this module for other formats too

    whole = b"\n".join(texts)
    if whole.translate(None, _NUMBERS):
        raise ValueError
    # As JSON: five times as fast as numpy.loadtxt.
    rows = b"],[".join(b",".join(text.split()) for text in texts)
    with np.errstate(over="ignore"):  # to infinity, which is refused
        try:
            vectors = np.array(orjson.loads(b"[[%b]]" % rows), np.float32)
        except ValueError:  # a number that JSON does not write so, as .5 or +1
            lists = [list(map(float, text.split())) for text in texts]
            vectors = np.array(lists, np.float32)
    if vectors.shape != (len(texts), dim):
        raise ValueError
    return vectors


def _add_one_by_one(number: int, lines: list[bytes], dim: int, table: Table) -> None:
    for place, line in enumerate(lines, start=number):
        if table.full:  # what is wrong behind it does not matter
            return
        fields = line.rsplit(None, dim)
        if len(fields) == dim and line[:1].isspace():
            fields.insert(0, b"")  # the word is empty
        if len(fields) != dim + 1:
            found = counted(len(fields), "field")
            table.refuse(place, f"expected a word and {counted(dim, 'number')}, found {found}")
            continue
        if (extra := fields[0].split()[1:]) and all(map(is_number, extra)):
            found = counted(len(extra) + dim, "number")
            table.refuse(
                place, f"too long: expected a word and {counted(dim, 'number')}, found {found}"
            )
            continue
        try:
            row = _parsed([b" ".join(fields[1:])], dim)
        except ValueError:
            table.refuse(
                place,
                f"expected {counted(dim, 'number')} behind the word, "
                f"found {_no_number(fields[1:])}",
            )
        else:
            table.add([place], [fields[0]], row)


def _no_number(texts: list[bytes]) -> str:
    """Return the first of the texts that is no number, for a message."""
    for text in texts:
        if not is_number(text):
            return shown(text.decode(errors="replace"))
    return "others"
