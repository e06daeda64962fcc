"""Candidates for phrases along a token stream, each as one number.

A candidate is a word, any number of connectors, and another word, in one line; neither of the two
words is a connector. So it is a pair: of its beginning, which is the first word with the connectors
behind it, and of its last word. A beginning without connectors has the id of its word as code; one
with connectors is a node of a tree, reached from the beginning that is shorter by one connector.
"""

import secrets

import numpy as np
from numpy.typing import NDArray

from w2vcli.errors import W2VError
from w2vcli.system.compiler import Array, jit
from w2vcli.text.tokens import BREAK, TokenStream

_WORD_BITS = 31
_LAST_WORD = (1 << _WORD_BITS) - 1
_NODES = 1 << 29  # node n has the code _NODES + n, words have smaller ones; a key is below 2 ** 61
_FIRST_ROOM = 1 << 10


class Candidates:
    """Finds the candidates of a text that comes as token streams, and knows their words.

    The key of a candidate is ``code of its beginning << 31 | id of its last word``.

    Parameters
    ----------
    connectors
        The number of connectors, which have the first ids.
    """

    def __init__(self, connectors: int) -> None:
        self._connectors = connectors
        self._nodes = np.zeros(_FIRST_ROOM, np.int64)  # code of the one before << 31 | connector
        self._slots = np.zeros(2 * _FIRST_ROOM, np.int32)  # number of a node + 1; 0 is free
        self._point = 256 + secrets.randbelow((1 << 30) - 256)
        self._size = 0
        self._open = -1  # the code of the beginning at the end of the stream so far

    def packed(self, stream: TokenStream) -> NDArray[np.int64]:
        """Return ``key << 1 | 1`` for each candidate, as ``external_sum.summed`` takes them.

        Parameters
        ----------
        stream
            int32 (n,): the next part of the text, without ``UNKNOWN``.
        """
        found = np.empty(len(stream), np.int64)
        # Position in the stream, candidates found, nodes; the code at the end; the hash's point.
        state = np.array([0, 0, self._size, self._open, self._point], np.int64)
        while state[0] < len(stream):
            _collect(stream, self._connectors, _NODES, self._nodes, self._slots, found, state)
            if state[0] < len(stream):
                self._enlarge()
        self._size, self._open = int(state[2]), int(state[3])
        return found[: state[1]].copy()

    def _enlarge(self) -> None:
        size = len(self._nodes)
        if 2 * size > _NODES:
            raise W2VError(
                "too many different runs of connectors; give fewer words in --connectors"
            )
        self._nodes = np.concatenate([self._nodes, np.zeros(size, np.int64)])
        self._slots = np.zeros(4 * size, np.int32)
        _fill_slots(self._slots, self._nodes[:size], self._point)

    def words(self, key: int) -> list[int]:
        """Return the ids of the words of a candidate."""
        found = []
        while key >> _WORD_BITS >= _NODES:
            found.append(key & _LAST_WORD)
            key = int(self._nodes[(key >> _WORD_BITS) - _NODES])
        return [key >> _WORD_BITS, key & _LAST_WORD, *reversed(found)]

    def ends(self, keys: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the ids of the first and of the last word of candidates; each int64 (n,)."""
        codes = keys >> _WORD_BITS
        while (inner := codes >= _NODES).any():
            codes[inner] = self._nodes[codes[inner] - _NODES] >> _WORD_BITS
        return codes, keys & _LAST_WORD


@jit
def _slot(node: int, point: int) -> int:
    """Return the hash of a node: as in ``tokens``, a polynomial modulo 2 ** 31 - 1."""
    code = (node >> 31) * point + (node & 0x7FFFFFFF)
    code = (code & 0x7FFFFFFF) + (code >> 31)
    code = (code * 0x9E3779B1) & 0xFFFFFFFF
    return code ^ (code >> 15)


@jit
def _fill_slots(slots: Array, nodes: Array, point: int) -> None:
    """Enter nodes, known to be different, into the table."""
    mask = len(slots) - 1
    for number in range(len(nodes)):
        slot = _slot(nodes[number], point) & mask
        while slots[slot] != 0:
            slot = (slot + 1) & mask
        slots[slot] = number + 1


@jit
def _collect(
    stream: Array,
    connectors: int,
    base: int,
    nodes: Array,
    slots: Array,
    found: Array,
    state: Array,
) -> None:
    """Collect candidates from ``state`` on, to the end of the stream or until ``nodes`` is full."""
    position, written, size, beginning, point = state[0], state[1], state[2], state[3], state[4]
    mask = len(slots) - 1
    while position < len(stream):
        token = np.int64(stream[position])
        if token == BREAK:
            beginning = np.int64(-1)
        elif token >= connectors:
            if beginning >= 0:
                found[written] = (((beginning << 31) | token) << 1) | 1
                written += 1
            beginning = token
        elif beginning >= 0:
            node = (beginning << 31) | token
            slot = _slot(node, point) & mask
            while slots[slot] != 0 and nodes[slots[slot] - 1] != node:
                slot = (slot + 1) & mask
            if slots[slot] == 0:
                if size == len(nodes):
                    break
                nodes[size] = node
                size += 1
                slots[slot] = size
            beginning = np.int64(base + slots[slot] - 1)
        position += 1
    state[0], state[1], state[2], state[3] = position, written, size, beginning
