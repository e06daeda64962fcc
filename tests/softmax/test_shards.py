"""Chunks and shards of the vocabulary, and the tree by which sums go over shards."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from w2vcli.softmax import shards
from w2vcli.softmax.shards import chunks_of, shards_of, tree_sum

SIZES = [1, 2, 2048, 2049, 5000, 8192, 8193, 35388, 400_000]


@pytest.mark.parametrize("size", SIZES)
def test_chunks_cover_the_vocabulary(size):
    chunks = chunks_of(size)
    assert chunks[0].start == 0
    assert chunks[-1].stop == size
    assert all(a.stop == b.start for a, b in pairwise(chunks))
    assert all(0 < c.stop - c.start <= shards.CHUNK_WORDS for c in chunks)
    assert len(chunks) == 1 or len(chunks) % 2 == 0


@pytest.mark.parametrize("size", SIZES)
def test_shards_are_the_chunks_side_by_side(size):
    found = shards_of(size)
    assert [chunk for shard in found for chunk in shard] == chunks_of(size)
    assert all(0 < len(shard) <= shards.SHARD_CHUNKS for shard in found)
    assert len(found) == 1 or len(found) % 2 == 0


def plain_tree(values):
    """The reference: level by level, neighbours are added, and one that is left over goes up."""
    while len(values) > 1:
        pairs = [values[i : i + 2] for i in range(0, len(values), 2)]
        values = [np.float32(pair[0] + pair[-1]) if len(pair) == 2 else pair[0] for pair in pairs]
    return values[0]


@given(st.integers(1, 40), st.data())
def test_parts_of_the_tree_make_the_whole(count, data):
    """However the shards are divided among machines, side by side, the bits are the same."""
    random = np.random.default_rng(count)
    values = (10.0 ** random.integers(-3, 4, count)).astype(np.float32)
    values *= random.standard_normal(count).astype(np.float32)
    cuts = sorted(data.draw(st.lists(st.integers(0, count), max_size=4)))
    nodes = {}
    for begin, end in pairwise([0, *cuts, count]):
        some = tree_sum({(0, i): values[i : i + 1].copy() for i in range(begin, end)}, count)
        assert len(some) <= 2 * max(1, (end - begin)).bit_length()
        assert not nodes.keys() & some.keys()
        nodes |= some
    ((place, total),) = tree_sum(nodes, count).items()
    assert place == ((count - 1).bit_length(), 0)
    assert total.tobytes() == plain_tree(list(values)).tobytes()
