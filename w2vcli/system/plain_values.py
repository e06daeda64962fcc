"""Plain values, as JSON holds them."""

import math
from typing import Any


def finite(value: Any) -> Any:  # noqa: ANN401 - any plain value
    """Return a plain value with None for the numbers that JSON cannot write."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value
