"""The choices in counting a store: no more than their names, which load nothing."""

from typing import Literal

OnOverlap = Literal["warn", "refuse"]
"""What becomes of texts that share many lines with others."""
