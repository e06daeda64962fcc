"""The provenance of a model or a checkpoint: software, vocabulary, words."""

import hashlib
import platform
from importlib.metadata import version

import numpy as np

from w2vcli import __version__
from w2vcli.text.vocabulary import Selection, Vocabulary


def versions() -> dict[str, str]:
    """Return the versions of the software on which the bytes of a model depend."""
    return {
        "w2vcli": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": version("numba"),
    }


def word_origin(words: Selection | Vocabulary) -> dict[str, object]:
    """Return how the vocabulary was chosen, as plain values."""
    if isinstance(words, Vocabulary):
        return {"given": words_digest(words.words)}
    return {
        "min_count": words.min_count,
        "max_vocab": words.max_vocab,
        "keep_words": words_digest(sorted(words.keep)) if words.keep else None,
        "drop_words": words_digest(sorted(words.drop)) if words.drop else None,
    }


def words_digest(words: list[str]) -> str:
    """Return the SHA-256 of words, one a line."""
    return hashlib.sha256("".join(f"{word}\n" for word in words).encode()).hexdigest()
