"""The choices that a question to a model leaves open; without NumPy, for ``--help``."""

from typing import Literal

Vectors = Literal["input", "output", "sum", "both"]
AnalogyMethod = Literal["add", "mul"]
