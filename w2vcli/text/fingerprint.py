"""The fingerprint of a text: a number that identifies it, and adds up over its lines.

Tokens have a hash, a line the hash of its tokens in their order, and the fingerprint is the sum
over all lines. So it depends on neither the order of the lines, nor their division into files,
nor the white space; and like counts, the fingerprints of texts add up. It detects accidental
changes, not forgeries: its 62 bits are no cryptographic hash.

    hash of a token   a, b:  FNV-1a over its bytes in UTF-8, modulo 2 ** 32 (offset 2166136261,
                             prime 16777619), modulo P = 2 ** 31 - 1; and the same with the bytes
                             in reverse order
    hash of a line    A, B:  the sum of a_i * 1000003 ** (n - i), modulo P, over its n tokens;
                             and of b_i * 998244353 ** (n - i)
    a line adds       mix(A ^ mix(B)) to the high and mix(B ^ mix(A ^ n)) to the low 32 bits;
                      an empty one nothing, as mix(0) is 0
    mix(x)            x ^= x >> 16, x *= 0x45d9f3b; the two again; x ^= x >> 16; modulo 2 ** 32

The two halves that a line adds are a hash of it, too, by which ``line_sketch`` knows lines again:
the high one times 2 ** 31, plus the low one without its last bit.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2vcli.system.compiler import Array, jit

_PRIME = (1 << 31) - 1
_BASES = (1000003, 998244353)
_MASK = (1 << 32) - 1

LEAST_TOKENS = 5
"""Shorter lines, such as headings, are often the same in different texts: they have no hash."""


def total(fingerprints: Iterable[int]) -> int:
    """Return the fingerprint of several texts together."""
    high = low = 0
    for one in fingerprints:
        high, low = high + (one >> 32), low + (one & _MASK)
    return (high & _MASK) << 32 | low & _MASK


class Fingerprint:
    """The fingerprint of a text that comes in parts, cut between any two tokens."""

    def __init__(self) -> None:
        self._line = (0, 0, 0)  # of the tokens since the last end of a line: A, B, n
        self._sums = (0, 0)

    def add(self, part: tuple[NDArray[np.int64], NDArray[np.int64]]) -> NDArray[np.int64]:
        """Add the next part, as returned by ``lines``.

        Returns
        -------
        hashes
            int64 (lines,): of the lines that end in this part, without those of fewer than
            ``LEAST_TOKENS`` tokens.
        """
        sums, hashes = part
        a, b, n, ends, high, low, *rest = sums.tolist()
        before_a, before_b, before_n = self._line
        self._line = (
            (before_a * pow(_BASES[0], n, _PRIME) + a) % _PRIME,
            (before_b * pow(_BASES[1], n, _PRIME) + b) % _PRIME,
            before_n + n,
        )
        if ends:
            self._sums = (self._sums[0] + high, self._sums[1] + low)
            if self._line[2] >= LEAST_TOKENS:
                high, low = _of_line(*self._line)
                hashes = np.append(hashes, high << 31 | low >> 1)
            self._end_line()
            self._line = tuple(rest)
        return hashes

    def _end_line(self) -> None:
        high, low = _of_line(*self._line)
        self._sums = (self._sums[0] + high, self._sums[1] + low)

    @property
    def value(self) -> int:
        """The fingerprint, below 2 ** 64; the end of the text ends its last line."""
        ended = Fingerprint()
        ended._line, ended._sums = self._line, self._sums
        ended._end_line()
        return (ended._sums[0] & _MASK) << 32 | ended._sums[1] & _MASK


@jit
def lines(stream: Array, break_mark: int, blob: Array, ends: Array) -> tuple[Array, Array]:
    """Return the contribution of a part of a text to its fingerprint, and the hashes of its lines.

    Parameters
    ----------
    stream
        int32 (n,): the ids of the tokens, and the mark at the end of each line; nothing else.
    break_mark
        The mark of the end of a line.
    blob, ends
        uint8 and int64: the bytes of token i end before the byte ``ends[i + 1] - 1`` and begin at
        ``ends[i]``, as in a ``Lexicon``.

    Returns
    -------
    part
        int64 (9,): A, B and n of the tokens before the first end of a line; whether there is
        one; the sums over the whole lines after it; A, B and n of the tokens after the last.
    hashes
        int64 (lines,): of these whole lines, without those of fewer than ``LEAST_TOKENS`` tokens.
    """
    size = len(ends) - 1
    codes = np.empty((2, size), np.int64)
    for word in range(size):
        forward = np.int64(2166136261)
        backward = np.int64(2166136261)
        begin, end = ends[word], ends[word + 1] - 1
        for k in range(end - begin):
            forward = ((forward ^ np.int64(blob[begin + k])) * 16777619) & 0xFFFFFFFF
            backward = ((backward ^ np.int64(blob[end - 1 - k])) * 16777619) & 0xFFFFFFFF
        codes[0, word] = forward % 0x7FFFFFFF
        codes[1, word] = backward % 0x7FFFFFFF
    part = np.zeros(9, np.int64)
    hashes = np.empty(len(stream) // (LEAST_TOKENS + 1) + 1, np.int64)
    known = 0
    a = b = n = np.int64(0)
    for token in stream:
        if token != break_mark:
            a = (a * 1000003 + codes[0, token]) % 0x7FFFFFFF
            b = (b * 998244353 + codes[1, token]) % 0x7FFFFFFF
            n += 1
            continue
        if part[3] == 0:
            part[0], part[1], part[2], part[3] = a, b, n, 1
        else:
            high, low = _of_line(a, b, n)
            part[4] += high
            part[5] += low
            if n >= LEAST_TOKENS:
                hashes[known] = high << 31 | low >> 1
                known += 1
        a = b = n = np.int64(0)
    if part[3] == 0:
        part[0], part[1], part[2] = a, b, n
    else:
        part[6], part[7], part[8] = a, b, n
    return part, hashes[:known]


@jit
def _of_line(a: Any, b: Any, n: Any) -> tuple[Any, Any]:  # noqa: ANN401 - Python's or NumPy's
    return _mixed(a ^ _mixed(b)), _mixed(b ^ _mixed(a ^ n))


@jit
def _mixed(x: Any) -> Any:  # noqa: ANN401
    x &= 0xFFFFFFFF
    x = ((x ^ (x >> 16)) * 0x45D9F3B) & 0xFFFFFFFF
    x = ((x ^ (x >> 16)) * 0x45D9F3B) & 0xFFFFFFFF
    return x ^ (x >> 16)
