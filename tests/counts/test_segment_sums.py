"""Counting, adding and subtracting segments: equal sums are equal bytes, and those of the texts."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from helpers import reference_counts
from helpers.segment_scenes import (
    COUNTING,
    COUNTINGS,
    TEXTS,
    both_ways,
    corpus_of,
    expected,
    found,
    opened,
    saved,
    segment_of,
    summed,
    taken_out,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from w2vcli.counts.drafts import Draft, tombstone
from w2vcli.counts.external_sum import packed
from w2vcli.counts.packed_runs import FRAME
from w2vcli.counts.segment_sums import all_words, check, pair_sums
from w2vcli.counts.segments import SegmentInfo
from w2vcli.counts.spool import Spool
from w2vcli.system.temporary import temporary_file

SEVERAL = st.lists(TEXTS, min_size=2, max_size=5, unique=True)
MEMORY = st.sampled_from([2_000, 1 << 20])


def partition(data, items):
    """Cut items, in any order, into two or more parts."""
    order = data.draw(st.permutations(items))
    cuts = data.draw(st.lists(st.integers(1, len(items) - 1), min_size=1, unique=True))
    return [order[i:j] for i, j in pairwise([0, *sorted(cuts), len(items)])]


# --- equal sums are equal files ---------------------------------------------------------


@given(SEVERAL, COUNTINGS, st.integers(1, 3), MEMORY)
@settings(max_examples=25)
def test_neither_threads_nor_memory_change_a_byte(
    tmp_path_factory, texts, counting, threads, memory
):
    folder = tmp_path_factory.getbasetemp()
    with Spool(corpus_of(folder, texts), threads) as spool:
        some = range(0, len(texts), 2)
        one = saved(folder / "one", spool, some, counting)
        other = saved(folder / "other", spool, some, counting, "a", threads, memory)
    assert one.path.read_bytes() == other.path.read_bytes()
    with opened([one]) as (segment,):
        assert found(segment) == expected(texts[::2], counting.windows)


@given(SEVERAL, COUNTINGS, MEMORY, st.data())
@settings(max_examples=40)
def test_adding_is_counting_at_once(tmp_path_factory, texts, counting, memory, data):
    folder = tmp_path_factory.getbasetemp()
    with Spool(corpus_of(folder, texts)) as spool:
        whole = saved(folder / "whole", spool, range(len(texts)), counting)
        parts = [
            saved(folder / f"part-{number}", spool, files, counting)
            for number, files in enumerate(partition(data, range(len(texts))))
        ]
    by_two = summed(folder / "by-two", parts[:2], memory=memory)
    again = summed(folder / "again", data.draw(st.permutations([by_two, *parts[2:]])), threads=2)
    assert again.path.read_bytes() == whole.path.read_bytes()
    with opened([again]) as (segment,):
        assert found(segment) == expected(texts, counting.windows)


@given(SEVERAL, COUNTINGS, MEMORY, st.data())
@settings(max_examples=40)
def test_taking_out_is_never_having_had(tmp_path_factory, texts, counting, memory, data):
    folder = tmp_path_factory.getbasetemp()
    gone, stay = partition(data, range(len(texts)))[:2]
    with Spool(corpus_of(folder, texts)) as spool:
        both = saved(folder / "both", spool, [*gone, *stay], counting)
        left = saved(folder / "left", spool, stay, counting)
        after = taken_out(folder / "after", both, spool, gone, threads=2, memory=memory)
        assert after.path.read_bytes() == left.path.read_bytes()


def test_labels_of_a_sum(tmp_path):
    with Spool(corpus_of(tmp_path, [b"a b\n", b"b c\n"])) as spool:
        parts = [saved(tmp_path / name, spool, [i], label=name) for i, name in enumerate("xy")]
    both = summed(tmp_path / "both", parts, "z")
    assert both.label == "z"
    assert {entry["label"] for entry in both.inputs} == {"x", "y"}


def test_nothing(tmp_path):
    tombstone("a", COUNTING).save(tmp_path / "none")
    full = segment_of(tmp_path, [b"a b a\n"])
    with Spool(corpus_of(tmp_path, [b"\n"])) as spool:
        blank = saved(tmp_path / "blank", spool, [0])
    with opened([blank]) as (segment,):
        assert (segment.words, found(segment)) == ([], ({}, {}))
        check(segment)
    with opened([summed(tmp_path / "sum", [blank, full, blank])]) as (segment,):
        assert found(segment) == expected([b"a b a\n"], COUNTING.windows)
    with opened([summed(tmp_path / "sum", [blank, blank])]) as (segment,):
        assert found(segment) == ({}, {})


# --- large ------------------------------------------------------------------------------


def large_texts(count, types=400, tokens=25_000):
    random = np.random.default_rng(7)
    for _ in range(count):
        words = [b"%x" % (number * number) for number in random.integers(0, types, tokens)]
        cuts = np.sort(random.integers(0, tokens, 500)).tolist()
        yield b"\n".join(b" ".join(words[i:j]) for i, j in pairwise([0, *cuts, tokens]))


@pytest.mark.jit
def test_sums_of_many_frames(tmp_path):
    texts = list(large_texts(3))
    with Spool(corpus_of(tmp_path, texts), 2) as spool:
        whole = saved(tmp_path / "whole", spool, range(3))
        parts = [saved(tmp_path / f"{i}", spool, [i], memory=1 << 20) for i in range(3)]
        # Less memory than for one frame, and than for all.
        for memory in (1, 32 * FRAME * 4 * 5):
            both = summed(tmp_path / "sum", parts, memory=memory, threads=2)
            assert both.path.read_bytes() == whole.path.read_bytes()
        left = summed(tmp_path / "left", parts[1:])
        after = taken_out(tmp_path / "after", whole, spool, [0], memory=1 << 20)
        assert after.path.read_bytes() == left.path.read_bytes()
    with opened([whole, *parts]) as (segment, *others):
        assert len(segment.pairs.firsts) > 3
        assert found(segment) == expected(texts, COUNTING.windows)
        check(segment)
        # A choice of the words, by which many rows and columns are left out.
        words = segment.words
        chosen = [word for word in words if len(word) == 4 and word[-1:] in b"049"]
        ids = {word: number for number, word in enumerate(chosen)}
        sources = [
            (other, np.array([ids.get(word, -1) for word in other.words], np.int64))
            for other in others
        ]
        for memory in (1, 1 << 30):
            parts = list(pair_sums(sources, len(chosen), 2, memory))
            assert (len(parts) > 1) == (memory == 1)
            keys = np.concatenate([part[0] for part in parts])
            totals = np.concatenate([part[1] for part in parts])
            assert (np.diff(keys) > 0).all()
            lines = [line for text in texts for line in reference_counts.tokens(text)]
            pairs = reference_counts.pair_counts(
                [[ids.get(word, -1) for word in line] for line in lines], 2, "linear"
            )
            assert both_ways(keys, totals, range(len(chosen))) == pairs


def test_large_totals(tmp_path):
    """Sums of totals that no key leaves room for, in one integer."""
    words, keys = [b"a", b"b", b"c"], np.array([1 * 3 + 0, 2 * 3 + 2])
    totals = np.array([2**48, 2**40])
    inputs = segment_of(tmp_path, [b"a b c\n"]).inputs
    with temporary_file() as file:
        pairs = packed([(keys, totals)], file)
        Draft("a", COUNTING, inputs, words, np.array([1, 1, 1]), pairs).save(tmp_path / "one")
    one = SegmentInfo.read(tmp_path / "one")
    with opened([summed(tmp_path / "sum", [one, one, one])]) as (segment,):
        assert segment.pairs.frames(0, 1)[1].tolist() == [3 * 2**48, 3 * 2**40]


# --- words ------------------------------------------------------------------------------


@given(st.lists(st.lists(TEXTS, min_size=1, max_size=2), min_size=1, max_size=3))
@settings(max_examples=50)
def test_all_words(tmp_path_factory, parts):
    folder = tmp_path_factory.getbasetemp()
    infos = []
    for number, texts in enumerate(parts):
        with Spool(corpus_of(folder, texts)) as spool:
            infos.append(saved(folder / f"part-{number}", spool, range(len(texts))))
    with opened(infos) as segments:
        words, counts, ids = all_words(segments)
        assert [[words[i] for i in own] for own in ids] == [segment.words for segment in segments]
    total = Counter(word for texts in parts for text in texts for word in text.split())
    assert dict(zip(words, counts.tolist(), strict=True)) == total
