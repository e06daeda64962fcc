"""float32 numbers as text: the fewest digits that read back as the same number, bit for bit."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def lines(numbers: NDArray[np.float32], separator: bytes = b" ") -> list[bytes]:
    """Return each row as text: its numbers with a separator between.

    Parameters
    ----------
    numbers
        float32 (n, d): finite.
    separator
        What stands between two numbers.
    """
    import orjson  # here, as most questions need no numbers as text

    if not numbers.size:
        return [b""] * len(numbers)
    rows: Any = np.ascontiguousarray(numbers)
    text = orjson.dumps(rows, option=orjson.OPT_SERIALIZE_NUMPY)
    return text[2:-2].replace(b",", separator).split(b"]" + separator + b"[")


def decimal_rows(numbers: NDArray[np.float32], separator: str) -> list[str]:
    """Return each row as ``lines`` does, as str."""
    return [line.decode() for line in lines(numbers, separator.encode())]
