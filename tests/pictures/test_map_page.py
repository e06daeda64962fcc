"""What the page of a map is told: every number of the map, and vectors exact enough."""

import base64
import json
import re

import numpy as np
import pytest

from w2vcli.pictures.map_page import map_page
from w2vcli.vectors.word_map import Drift, WordMap


def data_of(text):
    return json.loads(re.search(r'id="data">(.*?)</script>', text, re.S)[1])


@pytest.mark.parametrize("width", [1, 50, 600])
def test_cosines_survive_sixteen_bits(width):
    random = np.random.default_rng(width)
    units = random.standard_normal((200, width)).astype(np.float32)
    units[7, 1:] = 0  # a vector along an axis
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    units[9] = 0
    found = WordMap([f"w{n}" for n in range(200)], None, units, "both", np.zeros((200, 2)), "umap")
    data = data_of(map_page(found, "x"))
    whole = np.frombuffer(base64.b64decode(data["units"]), "<i2").reshape(200, data["width"])
    assert whole.shape == units.shape
    read = whole.astype(np.int64)
    exact = units.astype(np.float64) @ units.T.astype(np.float64)
    assert np.abs(read @ read.T / 32767**2 - exact).max() < 1e-4


def test_all_else_is_as_it_was():
    places = np.array([[0.123456, -1], [1, 0]])
    old = Drift(np.array([[0.5, 0.25], [np.nan, np.nan]]), np.array([0.75, np.nan]))
    found = WordMap(
        ["<b>", "שלום"], np.array([2**40, 1]), np.eye(2, dtype=np.float32), "blend", places,
        seed=3, explained=(0.5, 0.25), clusters=np.array([1, 0]), asked=frozenset([1, 0]),
        drift=old,
    )  # fmt: skip
    data = data_of(map_page(found, "x"))
    assert data.pop("units") == base64.b64encode(np.array([32767, 0, 0, 32767], "<i2")).decode()
    assert data == {
        "words": ["<b>", "שלום"],
        "counts": [2**40, 1],
        "clusters": [1, 0],
        "x": [0.12346, 1],
        "y": [-1, 0],
        "asked": [0, 1],
        "width": 2,
        "made": "PCA of the input vectors plus an eighth of the output vectors: 50.0 % of their "
        "variance lies along x, 25.0 % along y.",
        "centres": [[1], [0]],
        "method": "pca",
        "seed": 3,
        "explained": [0.5, 0.25],
        "drift": {"x": [0.5, None], "y": [0.25, None], "cosines": [0.75, None]},
    }
