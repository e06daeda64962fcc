"""What segments are made of: counting, adding and subtracting, within a bound on memory."""

import io
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from w2vcli.counts.cooccurrence import merged_counts
from w2vcli.counts.external_sum import MEMORY, merged, packed, written_between
from w2vcli.counts.packed_runs import FRAME, DamagedRunError, PackedRun, SortedRun
from w2vcli.counts.segments import HIGHEST_COUNT, Counting, Draft, Segment
from w2vcli.counts.spool import Spool
from w2vcli.errors import DataError
from w2vcli.system.bytes_on_disk import BytesOnDisk
from w2vcli.system.compiler import Array, jit
from w2vcli.system.threads import ordered_map
from w2vcli.text.corpus import InputRecord
from w2vcli.text.tokens import UNKNOWN, Lexicon, renumbered

_NO_ID = -1


def input_of(record: InputRecord, label: str) -> dict[str, Any]:
    """Return what a segment says of a text."""
    return {
        "label": label,
        "name": record.name,
        "sha256": record.sha256,
        "bytes": record.bytes,
        "tokens": record.tokens,
        "fingerprint": f"{record.fingerprint:016x}",
    }


def count(
    spool: Spool,
    files: Sequence[int],
    counting: Counting,
    label: str,
    file: IO[bytes],
    threads: int = 1,
    memory: int = MEMORY,
) -> Draft:
    """Count some texts.

    Parameters
    ----------
    spool, files
        The texts, and which of them.
    counting
        How.
    label
        Of the segment.
    file
        For the pairs: a temporary file, which has to stay open.
    threads
        How many.
    memory
        Bytes for counts that are not yet merged; beyond it they wait in temporary files.
    """
    counts = spool.counts(files)
    order = sorted(np.flatnonzero(counts).tolist(), key=spool.words.__getitem__)
    new_ids = np.full(len(counts), UNKNOWN, np.int32)
    new_ids[order] = np.arange(len(order), dtype=np.int32)
    streams = (renumbered(stream, new_ids) for stream in spool.streams(files))
    runs = merged_counts(streams, len(order), counting.windows, threads, memory)
    return Draft(
        label,
        counting,
        [input_of(spool.records[file_], label) for file_ in files],
        [spool.words[i] for i in order],
        counts[order],
        packed(runs, file),
    )


def tombstone(label: str, counting: Counting) -> Draft:
    """Count no texts; the parameters are those of ``counted``."""
    none = np.empty(0, np.int64)
    pairs = PackedRun(BytesOnDisk(io.BytesIO(), 0, 0), none, none, 0)
    return Draft(label, counting, [], [], none, pairs)


def merge(
    segments: Sequence[Segment],
    label: str,
    file: IO[bytes],
    threads: int = 1,
    memory: int = MEMORY,
) -> Draft:
    """Add segments up; the parameters are those of ``counted``."""
    words, counts, ids = all_words(segments)
    order = sorted(range(len(words)), key=words.__getitem__)
    rank = np.empty(len(words), np.int64)
    rank[order] = np.arange(len(order))
    sources = [(segment, rank[own]) for segment, own in zip(segments, ids, strict=True)]
    return Draft(
        label,
        segments[0].info.counting,
        [entry for segment in segments for entry in segment.info.inputs],
        [words[i] for i in order],
        counts[order],
        packed(pair_sums(sources, len(words), threads, memory), file),
    )


def subtract(
    segment: Segment,
    spool: Spool,
    files: Sequence[int],
    file: IO[bytes],
    other_file: IO[bytes],
    threads: int = 1,
    memory: int = MEMORY,
) -> Draft:
    """Subtract texts from the segment that they were counted in, where others remain.

    The parameters are those of ``counted``; ``other_file`` is another temporary file.

    Raises
    ------
    DataError
        If the segment does not hold the counts of these texts.
    """
    lacking = segment.bad("it names these texts but does not hold their counts")
    ids = {word: index for index, word in enumerate(segment.words)}
    taken = spool.counts(files)
    new_ids = np.array([ids.get(word, UNKNOWN) for word in spool.words], np.int32)
    if (new_ids[taken > 0] == UNKNOWN).any():
        raise lacking
    known = new_ids != UNKNOWN
    counts = segment.counts.copy()
    counts[new_ids[known]] -= taken[known]
    if (counts < 0).any():
        raise lacking
    size = len(counts)
    streams = (renumbered(stream, new_ids) for stream in spool.streams(files))
    less = packed(
        merged_counts(streams, size, segment.info.counting.windows, threads, memory), other_file
    )
    rank = np.where(counts > 0, np.cumsum(counts > 0) - 1, _NO_ID)
    left = int((counts > 0).sum())

    def rest() -> Iterator[SortedRun]:
        for keys, totals in _difference(segment, less, lacking):
            high, low = rank[keys // size], rank[keys % size]
            if (high == _NO_ID).any() or (low == _NO_ID).any():
                raise lacking
            yield high * left + low, totals

    gone = {spool.records[file_].sha256 for file_ in files}
    return Draft(
        segment.info.label,
        segment.info.counting,
        [entry for entry in segment.info.inputs if entry["sha256"] not in gone],
        [word for word, count in zip(segment.words, counts.tolist(), strict=True) if count],
        counts[counts > 0],
        packed(rest(), file),
    )


def check(segment: Segment) -> None:
    """Check the invariants of a segment; raise a DataError if one does not hold."""
    words = segment.words
    if any(one >= other for one, other in pairwise(words)) or segment.text.split() != words:
        raise segment.bad("its words are damaged")
    entries = 0
    size = len(words)
    for keys, _ in _all_parts(segment):
        entries += len(keys)
        if (keys // size < keys % size).any():
            raise segment.bad("its pair counts are damaged")
    if entries != segment.info.pairs or int(segment.counts.sum()) != segment.info.tokens:
        raise segment.bad("its counts are not as many as it says")


def _difference(segment: Segment, less: PackedRun, lacking: DataError) -> Iterator[SortedRun]:
    """Yield the pair counts of a segment less others, without what becomes zero."""
    subtracted = 0
    for keys, totals in _all_parts(segment):
        less_keys, less_totals = written_between(less, int(keys[0]), int(keys[-1]) + 1)
        places = np.searchsorted(keys, less_keys)
        if (keys[places] != less_keys).any():
            raise lacking
        totals[places] -= less_totals
        subtracted += len(places)
        if (totals < 0).any():
            raise lacking
        yield keys[totals > 0], totals[totals > 0]
    if subtracted != less.entries:
        raise lacking


def _all_parts(segment: Segment) -> Iterator[SortedRun]:
    """Yield the pair counts of a segment, checked."""
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
    segments: Sequence[Segment],
) -> tuple[list[bytes], NDArray[np.int64], list[NDArray[np.int64]]]:
    """Return the words of segments.

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
        How many.
    memory
        Bytes for what is read at a time.

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
