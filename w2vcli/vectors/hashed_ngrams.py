"""n-grams that share rows by a hash, as fastText has them: every n-gram has a row.

A row is a bucket: all n-grams whose hash is the same modulo the number of buckets share it. The
hash is FNV-1a of 32 bits over the UTF-8 of the n-gram, where each byte is taken as a signed number,
so that one of 0x80 and above changes the upper 24 bits too. Buckets that no word of the vocabulary
uses hold what training began with, and count as any other.
(fastText's description of its binary models; Bojanowski et al. 2017.)
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from w2vcli.text.ngrams import NgramRange
from w2vcli.vectors.subwords import Ngram

END_OF_LINE = "</s>"
"""What fastText counts the end of a line as: a word without n-grams."""

_BASIS, _PRIME = 2166136261, 16777619
_WORDS = 1 << 10
_NUMBERS = 1 << 22
"""Numbers of the rows that are gathered at a time."""


def bucket_of(ngram: str, buckets: int) -> int:
    """Return the bucket of an n-gram."""
    value = _BASIS
    for byte in ngram.encode():
        signed = byte if byte < 0x80 else byte | 0xFFFFFF00
        value = (value ^ signed) * _PRIME & 0xFFFFFFFF
    return value % buckets


@dataclass(frozen=True)
class HashedNgrams:
    """The n-grams of imported vectors, a row for each bucket.

    Attributes
    ----------
    range
        How long they are.
    rows
        float32 (buckets, d): the vectors of the buckets.
    """

    range: NgramRange
    rows: NDArray[np.float32]

    def known(self, word: str) -> list[Ngram]:
        """Return all n-grams of a word, in order, as often as they occur, with their buckets."""
        if word == END_OF_LINE:
            return []
        return [Ngram(text, bucket_of(text, len(self.rows))) for text in self.range.of(word)]

    def finish(self, words: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Make the vectors of words of their own rows, in place.

        Parameters
        ----------
        words
            The words.
        vectors
            float32 (V, d): their own rows; then the mean of each of them and of the rows of the
            word's n-grams.
        """
        for start in range(0, len(words), _WORDS):
            some = words[start : start + _WORDS]
            rows, counts = buckets_of(some, self.range, len(self.rows))
            sums = vectors[start : start + _WORDS].astype(np.float64)
            self._add(rows, counts, sums)
            vectors[start : start + _WORDS] = sums / (counts[:, None] + 1)

    def _add(
        self, rows: NDArray[np.int64], counts: NDArray[np.int64], sums: NDArray[np.float64]
    ) -> None:
        """Add to each sum its rows, of which so many follow one another."""
        ends = np.cumsum(counts)
        begins = ends - counts
        step = max(1, _NUMBERS // self.rows.shape[1])
        for a in range(0, len(rows), step):  # the n-grams of a long word may be many
            b = min(a + step, len(rows))
            touched = np.flatnonzero((counts > 0) & (begins < b) & (ends > a))
            places = np.maximum(begins[touched], a) - a
            gathered = self.rows[rows[a:b]]
            sums[touched] += np.add.reduceat(gathered, places, axis=0, dtype=np.float64)


def buckets_of(
    words: Sequence[str], lengths: NgramRange, buckets: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the buckets of the n-grams of many words, as ``bucket_of`` says of each.

    Parameters
    ----------
    words
        The words; of ``</s>`` there are no n-grams.
    lengths
        How long the n-grams are.
    buckets
        How many there are.

    Returns
    -------
    rows
        int64 (k,): the buckets of the n-grams of the first word, then those of the second, and so
        on; within a word the shortest n-grams first.
    counts
        int64 (n,): how many n-grams each word has.
    """
    found = list(_hashed(words, lengths))
    owners = np.concatenate([owners for owners, _ in found])
    rows = np.concatenate([values for _, values in found]).astype(np.int64) % buckets
    order = np.argsort(owners, kind="stable")
    return rows[order], np.bincount(owners, minlength=len(words))


def _hashed(
    words: Sequence[str], lengths: NgramRange
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.uint32]]]:
    """Yield the words and the hashes of all n-grams of one length after the other.

    All n-grams of all words grow by a character at a time.
    """
    data = np.frombuffer("".join(f"<{word}>" for word in words).encode(), np.uint8)
    signed = data.view(np.int8).astype(np.int32).view(np.uint32)
    bounds = np.append(np.flatnonzero((data & 0xC0) != 0x80), len(data))  # where characters begin
    widths = np.diff(bounds)
    sizes = np.array([len(word) + 2 for word in words])
    ends = np.cumsum(sizes)
    owners = np.repeat(np.arange(len(words)), sizes)
    has_any = np.array([word != END_OF_LINE for word in words])
    begins = np.flatnonzero(has_any[owners])
    hashes = np.full(len(begins), _BASIS, np.uint32)
    for length in range(1, lengths.most + 1):
        inside = begins + length <= ends[owners[begins]]
        begins, hashes = begins[inside], hashes[inside]
        last = begins + length - 1
        for place in range(int(widths[last].max(initial=0))):
            more = widths[last] > place
            byte = signed[bounds[last[more]] + place]
            hashes[more] = (hashes[more] ^ byte) * np.uint32(_PRIME)
        if length == 1 and lengths.least == 1:
            mark = (begins == ends[owners[begins]] - 1) | (begins == (ends - sizes)[owners[begins]])
            yield owners[begins[~mark]], hashes[~mark]
        elif length >= lengths.least:
            yield owners[begins], hashes.copy()
