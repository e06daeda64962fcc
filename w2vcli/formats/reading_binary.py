"""Reading vectors in word2vec's binary format."""

from typing import IO

import numpy as np

from w2vcli.errors import DataError
from w2vcli.formats.reading_text import header_of
from w2vcli.formats.table import Table, counted

_PIECE_BYTES = 1 << 22
_LONGEST_WORD = 1 << 16
_MOST_NUMBERS = 1 << 20


def read_binary(stream: IO[bytes], table: Table) -> None:
    """Read all rows.

    Raises
    ------
    DataError
        If the header is none, the file ends before the last row, or goes on behind it, or a row is
        bad.
    """
    said = header_of(stream.readline(1 << 10))
    if not said or not 0 < said[1] <= _MOST_NUMBERS:
        raise DataError(
            f"{table.name}: expected a first line with the number of words and of dimensions, as "
            "word2vec's binary format has it; choose another --format"
        )
    promised, dim = said
    width = 4 * dim
    rest, row = b"", 1
    while row <= promised and not table.full:
        data = stream.read(_PIECE_BYTES)
        rest += data
        words: list[bytes] = []
        parts: list[bytes] = []
        place = 0
        while row + len(words) <= promised:
            end = rest.find(b" ", place)
            if end < 0 or len(rest) - end - 1 < width:
                break
            words.append(rest[place:end].lstrip(b"\n"))
            place = end + 1 + width
            parts.append(rest[end + 1 : place])
        if words:
            vectors = np.frombuffer(b"".join(parts), "<f4").reshape(-1, dim)
            table.add(range(row, row + len(words)), words, vectors)
            row += len(words)
            rest = rest[place:]
        elif not data or (len(rest) > _LONGEST_WORD + width):
            raise DataError(
                f"{table.name}, row {row:,}: the file ends here, or is damaged, and its first line "
                f"promises {counted(promised, 'word')}; fetch it again"
            )
    if not table.full and (rest.strip(b"\n") or stream.read(_PIECE_BYTES).strip(b"\n")):
        raise DataError(
            f"{table.name}: it goes on behind the {counted(promised, 'word')} that its first line "
            "promises; "
            "fetch it again, or choose another --format"
        )
