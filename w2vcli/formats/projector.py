"""The two tables of the Embedding Projector (projector.tensorflow.org): vectors and metadata.

The metadata always has a second column, the count of a word or else its rank: a table of one column
would have no header, and the Projector would drop lines that are white space to it. It shows words
that are numbers as JavaScript writes them: ``007`` as 7.
"""

from collections.abc import Sequence
from typing import IO

from w2vcli.formats.rows import Rows
from w2vcli.vectors import decimals


def write(rows: Rows, streams: Sequence[IO[bytes]]) -> None:
    """Write the table of the vectors, and that of the words."""
    vectors, metadata = streams
    counts = rows.counts
    metadata.write(b"word\trank\n" if counts is None else b"word\tcount\n")
    beside = iter(range(1, len(rows) + 1) if counts is None else counts.tolist())
    for words, numbers in rows.blocks():
        vectors.write(b"".join(line + b"\n" for line in decimals.lines(numbers, b"\t")))
        pairs = zip(words, beside)  # noqa: B905 - the second goes on with the next block
        metadata.write("".join(f"{word}\t{number}\n" for word, number in pairs).encode())
