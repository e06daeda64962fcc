"""The words around a position of a token stream."""

import numpy as np

from w2vcli.system.compiler import Array, jit
from w2vcli.text.tokens import BREAK


@jit
def have_context(stream: Array, reach: int) -> Array:
    """Return for each position whether it has a word, with another one within its window."""
    found = np.zeros(len(stream), dtype=np.bool_)
    last = -reach - 1  # the position of the last word in this line
    for place in range(len(stream)):
        if stream[place] == BREAK:
            last = -reach - 1
        elif stream[place] >= 0:
            if place - last <= reach:
                found[place] = found[last] = True
            last = place
    return found


@jit
def context_of(stream: Array, position: int, reach: int, contexts: Array, distances: Array) -> int:
    """Write the known words around a position and their distances; return their number."""
    found = 0
    for side in (-1, 1):
        for distance in range(1, reach + 1):
            place = position + side * distance
            if place < 0 or place >= len(stream) or stream[place] == BREAK:
                break
            if stream[place] >= 0:
                contexts[found] = stream[place]
                distances[found] = distance
                found += 1
    return found
