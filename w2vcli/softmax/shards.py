"""The vocabulary in chunks and shards, by V alone, and the tree by which sums go over shards.

A chunk is the task of one thread; a shard, a few chunks side by side, is the least that one machine
of several may own (``training.output_layer``). What is summed over the vocabulary is added
chunk by chunk within a shard, and shard by shard in a binary tree that depends on their number
alone. So the sums are the same to the last bit on any number of threads and machines, and a machine
that owns some shards need not send the sum of each, but only the largest parts of the tree.
"""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

CHUNK_WORDS = 2048
SHARD_CHUNKS = 4

Shard: TypeAlias = list[slice]
Node: TypeAlias = tuple[int, int]
"""A part of the tree: (k, i) is the sum over the shards from i 2^k up to (i + 1) 2^k."""


def chunks_of(size: int) -> list[slice]:
    """Cut ``range(size)`` into chunks of equal size, about ``CHUNK_WORDS``.

    If there are several, their number is even, so that two threads have equal work.
    """
    count = _even(-(-size // CHUNK_WORDS))
    return [slice(a, b) for a, b in pairwise(_bounds(size, count))]


def shards_of(size: int) -> list[Shard]:
    """Divide the chunks of ``range(size)`` into shards of about ``SHARD_CHUNKS`` chunks each.

    If there are several, their number is even, so that two machines have equal work.
    """
    chunks = chunks_of(size)
    count = _even(-(-len(chunks) // SHARD_CHUNKS))
    return [chunks[a:b] for a, b in pairwise(_bounds(len(chunks), count))]


def ordered_sum(parts: Iterable[NDArray[Any]]) -> NDArray[Any]:
    """Add arrays one after the other, so that rounding is always the same."""
    iterator = iter(parts)
    total = next(iterator).copy()
    for part in iterator:
        total += part
    return total


def tree_sum(
    nodes: Mapping[Node, NDArray[np.floating[Any]]], shards: int
) -> dict[Node, NDArray[np.floating[Any]]]:
    """Add up parts of the tree, as far as they go.

    Parameters
    ----------
    nodes
        Sums over some of the shards, none of them twice.
    shards
        The number of all shards.

    Returns
    -------
    nodes
        The largest parts that these make; of all shards it is one.
    """
    found = dict(nodes)
    level, width = 0, shards  # the nodes of a level
    while width > 1:
        for place in range(0, width, 2):
            left, right = (level, place), (level, place + 1)
            if left not in found:
                continue
            if place + 1 == width:  # its sibling would be beyond the last shard
                found[level + 1, place // 2] = found.pop(left)
            elif right in found:
                found[level + 1, place // 2] = found.pop(left) + found.pop(right)
        level, width = level + 1, -(-width // 2)
    return found


def _even(count: int) -> int:
    return count + count % 2 if count > 1 else count


def _bounds(size: int, parts: int) -> list[int]:
    bounds: list[int] = np.linspace(0, size, parts + 1).astype(int).tolist()
    return bounds
