"""Vectors as text: word2vec's format, with a header ``words dimensions``, and GloVe's, without.

A line is the word and its numbers, separated by single spaces. gensim, spaCy and fastText's readers
split at spaces only, so every word of ours comes through.
"""

from collections.abc import Sequence
from typing import IO

from w2vcli.formats.rows import Rows
from w2vcli.vectors import decimals


def write_word2vec(rows: Rows, streams: Sequence[IO[bytes]]) -> None:
    """Write word2vec's text format."""
    (stream,) = streams
    stream.write(f"{len(rows)} {rows.dim}\n".encode())
    write_glove(rows, streams)


def write_glove(rows: Rows, streams: Sequence[IO[bytes]]) -> None:
    """Write GloVe's text format."""
    (stream,) = streams
    for words, numbers in rows.blocks():
        lines = zip(words, decimals.lines(numbers), strict=True)
        stream.write(b"".join(b"%b %b\n" % (word.encode(), line) for word, line in lines))
