"""The words and counts of segments: read, checked, and added up within a memory limit."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from w2vcli.counts.external_sum import MEMORY, merged
from w2vcli.counts.packed_runs import FRAME, DamagedRunError, SortedRun
from w2vcli.counts.segments import HIGHEST_COUNT, Segment
from w2vcli.system.compiler import Array, jit
from w2vcli.system.threads import ordered_map
from w2vcli.text.tokens import Lexicon

AllWords: TypeAlias = tuple[list[bytes], NDArray[np.int64], list[NDArray[np.int64]]]
"""What ``all_words`` returns."""


def check(segment: Segment) -> None:
    """Check the invariants of a segment; raise a DataError if one does not hold."""
    words = segment.words
    if any(one >= other for one, other in pairwise(words)) or segment.text.split() != words:
        raise segment.bad("its words are damaged")
    entries = 0
    size = len(words)
    for keys, _ in all_parts(segment):
        entries += len(keys)
        if (keys // size < keys % size).any():
            raise segment.bad("its pair counts are damaged")
    pruned = segment.info.pruned.tokens if segment.info.pruned else 0
    tokens = int(segment.counts.sum()) + pruned
    if entries != segment.info.pairs or tokens != segment.info.tokens:
        raise segment.bad("its counts are not as many as it says")


def all_parts(segment: Segment) -> Iterator[SortedRun]:
    """Yield the pair counts of a segment in parts with rising keys; a DataError if damaged."""
    damaged = segment.bad("its pair counts are damaged")
    for begin, end in segment.pairs.parts():
        try:
            keys, totals = segment.pairs.frames(begin, end)
        except DamagedRunError:
            raise damaged from None
        # The keys rise, so the last is the highest.
        if keys[-1] >= len(segment.counts) ** 2 or (totals > HIGHEST_COUNT).any():
            raise damaged
        yield keys, totals


def all_words(
    segments: Sequence[Segment], check: Callable[[int], object] = lambda words: None
) -> AllWords:
    """Return the words of all segments together.

    Parameters
    ----------
    segments
        The segments.
    check
        Called after each with the number of different words so far; may raise an error.

    Returns
    -------
    words, counts
        Each word once, with its counts added up: int64.
    ids
        For each segment, int64 (V_segment,): the index of each of its words.

    Raises
    ------
    DataError
        If a segment is damaged.
    """
    lexicon = Lexicon()
    ids = []
    for segment in segments:
        own = lexicon.encode(segment.text.replace(b"\n", b" "))
        if len(own) != len(segment.counts) or (np.bincount(own) > 1).any():
            raise segment.bad("its words are damaged")
        ids.append(own.astype(np.int64))
        check(len(lexicon))
    counts = np.zeros(len(lexicon), np.int64)
    for segment, known in zip(segments, ids, strict=True):
        counts[known] += segment.counts
    return lexicon.words, counts, ids


def pair_sums(
    sources: Sequence[tuple[Segment, NDArray[np.int64]]],
    size: int,
    threads: int = 1,
    memory: int = MEMORY,
) -> Iterator[SortedRun]:
    """Yield the sum of the pair counts of segments, in parts with rising keys.

    Parameters
    ----------
    sources
        Segments, each with int64 (V_segment,): the new id of each of its words, -1 to leave the
        pairs of a word out. The new ids rise, as the words do.
    size
        V: the new ids are below it, and the new keys are ``high * V + low``.
    threads
        The number of threads.
    memory
        Bytes for the counts in memory at a time.

    Raises
    ------
    DataError
        If a segment is damaged.
    """
    places: list[NDArray[np.int64]] = []  # for each word, the new id of the first that is kept
    rows: list[NDArray[np.int64]] = []  # for each frame, the new id of its first row, likewise
    for segment, new_ids in sources:
        kept = np.where(new_ids >= 0, new_ids, size)
        place = np.minimum.accumulate(kept[::-1])[::-1]
        if (np.diff(new_ids[new_ids >= 0]) <= 0).any():
            raise segment.bad("its words are damaged")
        if len(_between(segment, len(new_ids) ** 2, np.iinfo(np.int64).max)[0]):
            raise segment.bad("its pair counts are damaged")
        places.append(place)
        rows.append(place[segment.pairs.firsts // max(1, len(new_ids))])

    def work(ends: tuple[int, int]) -> SortedRun:
        parts = []
        for (segment, new_ids), place in zip(sources, places, strict=True):
            low, high = (np.searchsorted(place, ends) * len(new_ids)).tolist()
            parts.append(_renumbered(*_between(segment, low, high), new_ids, size))
        return merged(parts)

    # A range begins with the first row of every k-th frame, as in ``ExternalSum``.
    at_once = max(1, memory // (32 * FRAME * (threads + 2)) - len(sources))
    borders = np.unique(np.sort(np.concatenate(rows))[at_once::at_once]).tolist()
    yield from ordered_map(work, pairwise([0, *(b for b in borders if b), size]), threads)


def _between(segment: Segment, low: int, high: int) -> SortedRun:
    """Return the pair counts of a segment with ``low <= key < high``."""
    try:
        keys, totals = segment.pairs.between(low, high)
    except DamagedRunError:
        raise segment.bad("its pair counts are damaged") from None
    if (totals > HIGHEST_COUNT).any():
        raise segment.bad("its pair counts are damaged")
    return keys, totals


@jit
def _renumbered(keys: Array, totals: Array, new_ids: Array, size: int) -> tuple[Array, Array]:
    """Return a run with new ids, without the pairs of words that have none."""
    new_keys, new_totals = np.empty(len(keys), np.int64), np.empty(len(keys), np.int64)
    old_size = len(new_ids)
    n = 0
    row = np.int64(0)
    for k in range(len(keys)):
        if keys[k] >= (row + 1) * old_size or k == 0:
            row = keys[k] // old_size
        high, low = new_ids[row], new_ids[keys[k] - row * old_size]
        if high >= 0 and low >= 0:
            new_keys[n], new_totals[n] = high * size + low, totals[k]
            n += 1
    return new_keys[:n], new_totals[:n]
