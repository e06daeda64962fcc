"""The results of shards, added up in groups: no process has more than a few of them open.

Which results make a sum follows from the plan alone, so a later run finds the sums of an earlier
one, too. Once a sum is there, what it is made of is removed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from w2vcli.counts.shard_results import ShardResults
from w2vcli.counts.shard_tasks import Manner, name_of
from w2vcli.counts.shards import Shard

GROUP = 16


@dataclass(frozen=True)
class Node:
    """A result: of a shard, or the sum of others.

    Attributes
    ----------
    name
        Its file.
    shard
        The shard, or None.
    children
        What it is the sum of.
    """

    name: str
    shard: Shard | None = None
    children: "tuple[Node, ...]" = ()

    @property
    def height(self) -> int:
        """0 for a shard, else one more than the highest of its children."""
        return 1 + max(child.height for child in self.children) if self.children else 0

    def every(self) -> "Iterator[Node]":
        """Yield it and all below it."""
        yield self
        for child in self.children:
            yield from child.every()


def tree_of(shards: Sequence[Shard], manner: Manner) -> list[Node]:
    """Return at most ``GROUP`` results, whose sum is that of all shards."""
    level = [Node(manner.name_of(shard), shard) for shard in shards]
    while len(level) > GROUP:
        number = -(-len(level) // GROUP)
        # Of equal size: whoever makes one would wait for whoever makes a larger one.
        places = [len(level) * i // number for i in range(number + 1)]
        groups = [tuple(level[slice(*pair)]) for pair in pairwise(places)]
        level = [
            Node(name_of("".join(node.name for node in group)), None, group) for group in groups
        ]
    return level


def lacking(nodes: Sequence[Node], results: ShardResults) -> list[Node]:
    """Return the results that have to be made, lower ones first."""
    found: list[Node] = []
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if not results.has(node.name):
            found.append(node)
            waiting += node.children
    found.reverse()  # now those of one height are in the order of the plan
    return sorted(found, key=lambda node: node.height)
