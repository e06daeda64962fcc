"""word2vec's binary format: a header ``words dimensions``, then the words with their numbers.

Each word ends with a space; its float32 numbers, little-endian, follow, and a newline, as the
original program writes it. Readers skip newlines before a word.
"""

from collections.abc import Sequence
from typing import IO

from w2vcli.formats.rows import Rows


def write(rows: Rows, streams: Sequence[IO[bytes]]) -> None:
    """Write word2vec's binary format."""
    (stream,) = streams
    stream.write(f"{len(rows)} {rows.dim}\n".encode())
    for words, numbers in rows.blocks():
        data = numbers.tobytes()
        width = len(data) // len(words)
        stream.write(
            b"".join(
                b"%b %b\n" % (word.encode(), data[i * width : (i + 1) * width])
                for i, word in enumerate(words)
            )
        )
