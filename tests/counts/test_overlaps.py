"""Texts that share lines with those of a store are named, whatever became of their segments."""

import json
from pathlib import Path

import pytest
from helpers.segment_scenes import COUNTING
from helpers.store_scenes import add, subtract

from w2vcli.counts import overlaps as module
from w2vcli.counts.overlaps import SharedLines, bounded, sketch_size
from w2vcli.counts.segments import FORMAT, SegmentInfo
from w2vcli.counts.store import Store
from w2vcli.errors import DataError
from w2vcli.system.tensor_file import read_tensors, write_tensors
from w2vcli.text.line_sketch import LineSketch


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def text(name, begin, end):
    lines = (f"line {n} of {n * 7} and {n * 9}\n" for n in range(begin, end))
    Path(name).write_text("".join(lines), encoding="utf-8")
    return name


def said(done):
    return [str(shared) for shared in done.shared]


@pytest.fixture
def store():
    store = Store("store")
    add(store, [text("old", 0, 100)], "monday")
    return store


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ((0, 60), "about 100% of the lines of new are also in old, counted as monday"),
        ((80, 120), "about 50% of the lines of new are also in old, counted as monday"),
        ((-100, 300), "about 100% of the lines of old, counted as monday, are also in new"),
        ((60, 260), "about 40% of the lines of old, counted as monday, are also in new"),
        ((80, 220), None),
        ((100, 200), None),
    ],
)
def test_a_text_that_overlaps_one_in_the_store(store, lines, sentence):
    done = add(store, [text("new", *lines)], "tuesday")
    assert said(done) == ([sentence] if sentence else [])
    assert len(store.segments()) == 2


def test_the_names_of_both_where_both_are_new(store):
    text("one", 1000, 1050)
    text("two", 1010, 1050)
    done = add(store, ["one", "two"], "tuesday")
    assert said(done) == ["about 100% of the lines of two are also in one"]
    assert said(add(store, ["one", "two"], "again")) == []


def test_what_is_said_as_a_beginning_is_not_said_again(store):
    done = add(store, [text("new", 0, 150)])
    assert done.beginnings == [("old", "new")]
    assert done.shared == []


def test_refused_nothing_is_counted(store):
    text("fine", 500, 600)
    text("part", 0, 60)
    for new, message in (
        (["fine", "part"], "about 100% of the lines of part are also in old, counted as monday"),
        ([text("longer", 0, 130)], "old is the beginning of longer"),
        (
            ["part", text("other", 30, 100)],
            "about 100% of the lines of part are also in old, counted as monday, and 2 more texts "
            "are like that",
        ),
    ):
        with pytest.raises(DataError) as failure:
            store.add(corpus(new), "tuesday", overlap="refuse")
        assert str(failure.value) == (
            f"{message}; nothing was counted, as --overlap refuse asks: leave that out to count it "
            "all the same"
        )
        assert [info.label for info in store.segments()] == ["monday"]
    assert store.add(corpus(["fine", "old"]), "tuesday", overlap="refuse").made


def corpus(names):
    from w2vcli.text.corpus import Corpus

    return Corpus(names)


def test_it_is_known_after_merging_taking_out_and_pruning(store):
    add(store, [text("more", 1000, 1100), text("gone", 2000, 2100)], "tuesday")
    store.compact()
    subtract(store, ["gone"])
    store.prune(2)
    done = add(store, [text("new", 1050, 1150), text("again", 2000, 2050)], "wednesday")
    assert said(done) == ["about 50% of the lines of new are also in more, counted as tuesday"]


# --- what a file holds ------------------------------------------------------------------


def without_sketches(path):
    """Write a segment anew as it was before there were sketches."""
    info, tensors = read_tensors(path, FORMAT)
    kept = {k: v for k, v in info.items() if k not in ("format", "version", "sha256")}
    kept["inputs"] = [{k: v for k, v in entry.items() if k != "sketch"} for entry in kept["inputs"]]
    data = {name: array.copy() for name, array in tensors.items()}
    write_tensors(path, FORMAT, data, kept)


def test_older_segments_have_none_and_work_as_before(store):
    (info,) = store.segments()
    size = info.bytes
    without_sketches(info.path)
    (info,) = store.segments()
    assert info.bytes < size
    done = add(store, [text("new", 0, 60)], "tuesday")
    assert said(done) == []
    store.compact()
    store.verify(store.segments())
    assert said(add(store, [text("other", 0, 59)], "wednesday")) == [
        "about 100% of the lines of other are also in new, counted as tuesday"
    ]
    subtract(store, ["old"])
    assert [entry["name"] for info in store.segments() for entry in info.inputs] == ["new", "other"]


def test_the_sketch_is_of_the_lowest_hashes(store):
    (info,) = store.segments()
    (entry,) = info.inputs
    assert len(LineSketch.from_json(entry["sketch"]).hashes) == 100
    add(store, [text("long", 1000, 2000)], "tuesday")
    (entry,) = store.segments("tuesday")[0].inputs
    assert len(LineSketch.from_json(entry["sketch"]).hashes) == 256
    assert "sketch" not in json.dumps(info.as_json())


@pytest.mark.parametrize("sketch", [{}, {"below": 5, "hashes": "?"}, {"below": 2**63}])
def test_a_sketch_that_cannot_be_read_is_none(store, sketch):
    (info,) = store.segments()
    about, tensors = read_tensors(info.path, FORMAT)
    kept = {k: v for k, v in about.items() if k not in ("format", "version", "sha256")}
    kept["inputs"][0]["sketch"] = sketch
    write_tensors(info.path, FORMAT, {k: v.copy() for k, v in tensors.items()}, kept)
    assert said(add(store, [text("new", 0, 60)], "tuesday")) == []


def test_many_texts_have_short_sketches_or_none():
    assert [sketch_size(texts) for texts in (0, 1, 512, 1024, 8192, 8193, 10**6)] == [
        256, 256, 256, 128, 16, 0, 0,
    ]  # fmt: skip


def test_a_merged_segment_stays_small(store, monkeypatch):
    monkeypatch.setattr(module, "_MOST_LINES", 64)
    (entry,) = store.segments()[0].inputs
    for texts, size in ((1, 64), (2, 32), (4, 16)):
        entries = bounded([entry] * texts)
        sizes = {len(LineSketch.from_json(e["sketch"]).hashes) for e in entries}
        assert sizes == {size}
    assert all("sketch" not in e for e in bounded([entry] * 5))
    assert bounded([{"name": "x"}]) == [{"name": "x"}]


def test_what_counts_is_the_same_as_ever(store):
    """Only the metadata of a segment has changed."""
    (info,) = store.segments()
    _, tensors = read_tensors(info.path, FORMAT)
    before = {name: array.tobytes() for name, array in tensors.items()}
    without_sketches(info.path)
    _, tensors = read_tensors(info.path, FORMAT)
    assert {name: array.tobytes() for name, array in tensors.items()} == before
    assert SegmentInfo.read(info.path).counting == COUNTING


def test_a_sentence():
    assert str(SharedLines("a", "b", 0.834)) == "about 83% of the lines of a are also in b"
