"""Segments that are not as we write them: checked, added, subtracted from."""

import os

import numpy as np
import pytest
from helpers.segment_scenes import COUNTING, corpus_of, opened, segment_of, summed, taken_out

from w2vcli.counts.drafts import Draft
from w2vcli.counts.external_sum import packed
from w2vcli.counts.segment_sums import all_words, check
from w2vcli.counts.segments import SegmentInfo
from w2vcli.counts.spool import Spool
from w2vcli.errors import DataError, StorageError
from w2vcli.system.temporary import temporary_file


def changed(path, words=(b"a", b"b", b"c"), counts=(1, 2, 1), pairs=((3, 1), (7, 1)), tokens=4):
    """A segment that says of itself what is not so."""
    info = segment_of(path.parent, [b"a b c\nb\n"])
    keys, totals = np.array(pairs, np.int64).reshape(-1, 2).T
    info.inputs[0]["tokens"] = tokens
    with temporary_file() as file:
        run = packed([(keys.copy(), totals.copy())], file)
        Draft("a", COUNTING, info.inputs, list(words), np.array(counts), run).save(path)
    return SegmentInfo.read(path)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"words": (b"a", b"c", b"b")}, "its words are damaged"),
        ({"words": (b"a", b"b", b"b")}, "its words are damaged"),
        ({"words": (b"", b"b", b"c")}, "its words are damaged"),
        ({"words": (b"a", b"b\r", b"c")}, "its words are damaged"),
        ({"words": (b"a", b"b c", b"d")}, "its words are damaged"),
        ({"pairs": ((3, 1), (9, 1))}, "its pair counts are damaged"),  # beyond 3 x 3
        ({"pairs": ((1, 1),)}, "its pair counts are damaged"),  # not of the triangle
        ({"pairs": ((5, 1), (7, 1))}, "its pair counts are damaged"),
        ({"pairs": ((3, 1 << 62),)}, "its pair counts are damaged"),
        ({"tokens": 5}, "its counts are not as many as it says"),
        ({"counts": (1, 1, 1)}, "its counts are not as many as it says"),
    ],
)
def test_check_finds_what_is_not_as_we_write_it(tmp_path, change, why):
    with opened([changed(tmp_path / "good")]) as (segment,):
        check(segment)
    refused = pytest.raises(DataError, match=f"bad: not a usable segment: {why}; take it out")
    with opened([changed(tmp_path / "bad", **change)]) as (segment,), refused:
        check(segment)


def test_check_counts_the_pairs(tmp_path):
    with opened([changed(tmp_path / "bad")]) as (segment,):
        object.__setattr__(segment.info, "pairs", 3)
        with pytest.raises(DataError, match="its counts are not as many as it says"):
            check(segment)


@pytest.mark.parametrize("words", [(b"a", b"b", b"b"), (b"", b"b", b"c"), (b"a", b"b c", b"d")])
def test_words_that_cannot_be_added(tmp_path, words):
    refused = pytest.raises(DataError, match="its words are damaged")
    with opened([changed(tmp_path / "bad", words=words)]) as segments, refused:
        all_words(segments)


@pytest.mark.parametrize(
    "change",
    [
        {"words": (b"a", b"c", b"b")},
        {"pairs": ((3, 1), (9, 1))},
        {"pairs": ((9, 1),)},
        {"pairs": ((3, 1 << 62),)},  # two such sums are beyond int64
    ],
)
def test_what_cannot_be_summed(tmp_path, change):
    with pytest.raises(DataError, match=r"bad: not a usable segment: its .* are damaged"):
        summed(tmp_path / "sum", [changed(tmp_path / "bad", **change)])


@pytest.mark.parametrize("threads", [1, 2])
def test_bytes_of_pairs_that_are_damaged(tmp_path, threads):
    info = changed(tmp_path / "bad")
    data = info.path.read_bytes()
    place = data.index(b"\x00\x01\x04\x01")
    info.path.write_bytes(data[:place] + b"\x00\x00" + data[place + 2 :])
    with Spool(corpus_of(tmp_path, [b"b\n"])) as spool:
        for read in (
            lambda: summed(tmp_path / "sum", [info], threads=threads),
            lambda: taken_out(tmp_path / "less", info, spool, [0], threads=threads),
        ):
            with pytest.raises(DataError, match="its pair counts are damaged"):
                read()


@pytest.mark.parametrize(
    "text",
    [
        b"x\n",  # a word that is not there
        b"a\na\na\n",  # one that is there less often
        b"d\nd\nd\nd\n",
        b"a c\n",  # a pair that is not there, among those that are
        b"a a\n",  # before them
        b"d d\n",  # behind them
        b"a b\na b\n",  # one that is there less often
        b"b\nb\nb\n",  # words without their pairs
        b"c\nc\nc\n",
    ],
)
def test_texts_that_a_segment_does_not_hold(tmp_path, text):
    (tmp_path / "in").mkdir()
    info = segment_of(tmp_path / "in", [b"a b\nb c\nb c\n", b"a\nc\nd\nd\nd\n"])
    refused = pytest.raises(DataError, match="it names these texts but does not hold their counts")
    with Spool(corpus_of(tmp_path, [text])) as spool, refused:
        taken_out(tmp_path / "less", info, spool, [0])


def test_a_temporary_file_that_is_damaged(tmp_path, monkeypatch):
    """What is subtracted waits in a temporary file."""
    info = segment_of(tmp_path, [b"a b\n", b"b c\n"])

    def packed_badly(parts, file):
        run = packed(parts, file)
        os.pwrite(file.fileno(), b"\xff\xff", 0)
        return run

    with Spool(corpus_of(tmp_path, [b"a b\n"])) as spool:
        monkeypatch.setattr("w2vcli.counts.drafts.packed", packed_badly)
        with pytest.raises(StorageError, match="a temporary file does not hold what was written"):
            taken_out(tmp_path / "less", info, spool, [0])
