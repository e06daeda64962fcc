"""Parquet: columns ``word``, ``count`` where it is known, and ``vector``, a list of fixed size."""

from collections.abc import Sequence
from typing import IO

import numpy as np

from w2vcli.errors import UsageError
from w2vcli.formats.rows import Rows

_GROUP_NUMBERS = 1 << 22
"""Numbers of a row group: 16 MB, which the library holds in memory until it is written."""


def check_library() -> None:
    """Raise a UsageError if pyarrow is not installed."""
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        raise UsageError(
            "writing Parquet needs one more package: pip install 'w2vcli[arrow]', or choose "
            "another --format"
        ) from None


def write(rows: Rows, streams: Sequence[IO[bytes]]) -> None:
    """Write one table."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    (stream,) = streams
    numbers_of = pa.float16() if rows.float16 else pa.float32()
    fields = [("word", pa.string()), ("vector", pa.list_(numbers_of, rows.dim))]
    counts = rows.counts
    if counts is not None:
        fields.insert(1, ("count", pa.int64()))
    schema = pa.schema([pa.field(*field, nullable=False) for field in fields])
    start = 0
    with pq.ParquetWriter(stream, schema, compression="none") as writer:
        for words, numbers in rows.blocks(_GROUP_NUMBERS):
            flat = pa.array(np.ascontiguousarray(numbers).reshape(-1), numbers_of)
            columns = [pa.array(words), pa.FixedSizeListArray.from_arrays(flat, rows.dim)]
            if counts is not None:
                columns.insert(1, pa.array(counts[start : start + len(words)]))
            start += len(words)
            writer.write_batch(pa.record_batch(columns, schema=schema))
