"""Vectors for the tests of formats: hostile words, awkward numbers, and models that hold them."""

import numpy as np

from w2vcli.vectors.model import Model

HOSTILE = [
    "plain", "é", "x" * 10_000, "-", "+", "--top", "<script>alert(1)</script>", '"quoted', "'",
    "back\\slash", "\x1b[31mred", "\u202eright-to-left", "\u200dzero-width", "no\u00a0break",
    "\u00a0", "end\u00a0", "line\u2028separator", "next\x85line", "unit\x1fseparator",
    "file\x1cseparator", "ideographic\u3000space", "\ufeff", "\ufeffbom", "\x00nul", "▁prefix",
    "[UNK]", "1", "1.5", "nan", "😀", "#comment", "UPPER", ",", "{}", "%s", "null", "007",
]  # fmt: skip
"""Whatever may stand between ASCII white space."""

NUMBERS = np.array(
    [0.0, -0.0, 1e-45, -1.1754942e-38, 9.223372e18, -9.223372e18, 0.1, 16777216, 1 / 3, 1e-7],
    np.float32,
)
"""Zero of both signs, subnormal, as large as can be squared, and such as need nine digits."""


def model_of(words, dim=3, seed=0, **config):
    """A model of these words with random vectors, the first rows of which hold ``NUMBERS``."""
    rng = np.random.default_rng(seed)
    w_in = rng.normal(size=(len(words), dim)).astype(np.float32)
    w_out = rng.normal(size=(len(words), dim)).astype(np.float32)
    flat = w_in.reshape(-1)
    flat[: len(NUMBERS)] = NUMBERS[: len(flat)]
    counts = np.arange(len(words), 0, -1)
    return Model(list(words), counts, w_in, w_out, np.zeros(len(words), np.float32), config)


def same_bits(one, other):
    """Whether two float32 arrays are the same, bit for bit."""
    return one.shape == other.shape and bool((one.view(np.uint32) == other.view(np.uint32)).all())
