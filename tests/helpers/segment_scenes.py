"""Texts, the segments that are made of them, and what these should hold."""

from collections import Counter
from contextlib import contextmanager

from hypothesis import strategies as st

from helpers import reference_counts
from w2vcli.counts.drafts import count, merge, subtract
from w2vcli.counts.external_sum import MEMORY
from w2vcli.counts.segments import Counting, Segment, SegmentInfo
from w2vcli.counts.spool import Spool
from w2vcli.system.temporary import temporary_file
from w2vcli.text.corpus import Corpus
from w2vcli.text.windows import Windows

WORDS = ["a", "b", "B", "é", "\U0001d54f", "aa", "ab", "\x00", "word", "a\u00a0b"]
TEXTS = st.lists(st.lists(st.sampled_from(WORDS), max_size=7), max_size=5).map(
    lambda lines: "".join(" ".join(line) + "\n" for line in lines).encode()
)
COUNTINGS = st.builds(
    Counting,
    st.builds(Windows, st.integers(1, 4), st.sampled_from(["linear", "uniform"])),
)
COUNTING = Counting(Windows(2))


def corpus_of(folder, texts):
    """A corpus of one file for each text."""
    names = [folder / f"{number}.txt" for number in range(len(texts))]
    for name, text in zip(names, texts, strict=True):
        name.write_bytes(text)
    return Corpus([str(name) for name in names])


def saved(path, spool, files, counting=COUNTING, label="a", threads=1, memory=MEMORY):
    """Count some texts of a spool into a segment."""
    with temporary_file() as file:
        count(spool, files, counting, label, file, threads, memory).save(path)
    return SegmentInfo.read(path)


@contextmanager
def opened(infos):
    """Segments, open."""
    segments = []
    try:
        segments.extend(Segment.open(info) for info in infos)
        yield segments
    finally:
        for segment in segments:
            segment.__exit__(None, None, None)


def segment_of(folder, texts, **how):
    """A segment that counts texts, by way of the files of ``corpus_of``."""
    with Spool(corpus_of(folder, texts)) as spool:
        return saved(folder / "of.segment", spool, range(len(texts)), **how)


def summed(path, infos, label="a", **how):
    """Add segments into another."""
    with opened(infos) as segments, temporary_file() as file:
        merge(segments, label, file, **how).save(path)
    return SegmentInfo.read(path)


def taken_out(path, info, spool, files, **how):
    """Subtract texts from a segment."""
    with opened([info]) as (segment,), temporary_file() as file, temporary_file() as other:
        subtract(segment, spool, files, file, other, **how).save(path)
    return SegmentInfo.read(path)


def expected(texts, windows):
    """The counts of words, and of pairs both ways, by the slow reference."""
    lines = [line for text in texts for line in reference_counts.tokens(text)]
    words = sorted({word for line in lines for word in line})
    ids = {word: number for number, word in enumerate(words)}
    pairs = reference_counts.pair_counts(
        [[ids[word] for word in line] for line in lines], windows.size, windows.weights
    )
    return (
        Counter(word for line in lines for word in line),
        {(words[one], words[other]): total for (one, other), total in pairs.items()},
    )


def found(segment):
    """What a segment holds, likewise."""
    keys, totals = segment.pairs.frames(0, len(segment.pairs.firsts))
    assert len(keys) == segment.pairs.entries == segment.info.pairs
    words = segment.words
    return (
        dict(zip(words, segment.counts.tolist(), strict=True)),
        both_ways(keys, totals, words),
    )


def both_ways(keys, totals, words):
    """One triangle of pair counts, with a word's pairs with itself met once, as both."""
    full = {}
    for key, total in zip(keys.tolist(), totals.tolist(), strict=True):
        high, low = divmod(key, len(words))
        assert 0 <= low <= high < len(words)
        both = total * (1 + (high == low))
        full[words[high], words[low]] = full[words[low], words[high]] = both
    return full
