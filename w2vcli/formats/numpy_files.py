"""A matrix for ``numpy.load``, and beside it the words of its rows, one a line."""

from collections.abc import Sequence
from typing import IO

from numpy.lib import format as npy

from w2vcli.formats.rows import Rows


def write(rows: Rows, streams: Sequence[IO[bytes]]) -> None:
    """Write the matrix, (words, dimensions), and the words."""
    matrix, words = streams
    header = {"descr": rows.dtype.str, "fortran_order": False, "shape": (len(rows), rows.dim)}
    npy.write_array_header_1_0(matrix, header)
    for some, numbers in rows.blocks():
        matrix.write(numbers.data)
        words.write("".join(f"{word}\n" for word in some).encode())
