"""The choices that a question to a model leaves open; without NumPy, for ``--help``."""

from typing import Literal

Vectors = Literal["input", "output", "sum", "blend", "both"]
AnalogyMethod = Literal["add", "mul"]
Projection = Literal["pca", "umap", "tsne"]
Colouring = Literal["cluster", "frequency"]

# Output vectors are two to three times as long as input vectors: the plain sum is mostly theirs. On
# 17 M tokens of Wikipedia W_in with an eighth of W_out did better than W_in in analogies and
# word similarity (the mean of seven sets), in which the sum did worse than this blend. A power of
# two: only the addition is rounded.
BLEND = 0.125
"""The weight of the output vectors in ``blend``: W_in + W_out / 8."""
