"""The names of the formats; without NumPy, for ``--help``."""

from typing import Literal

ExportName = Literal[
    "word2vec",
    "word2vec-binary",
    "glove",
    "fasttext-vec",
    "npy",
    "parquet",
    "projector",
    "static-embedding",
    "model2vec",
    "spacy",
]
ImportName = Literal["word2vec", "word2vec-binary", "glove", "fasttext-bin", "finalfusion"]
OnBadRows = Literal["error", "skip"]
