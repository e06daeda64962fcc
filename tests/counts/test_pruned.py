"""Pruning against a slow reference; the mark that it leaves, and what is refused because of it."""

import json
import struct
from collections import Counter
from pathlib import Path

import pytest
from helpers.store_scenes import (
    add,
    bytes_of,
    check,
    hidden,
    labels_of,
    names_of,
    store_of,
    subtract,
    sums,
    sums_of,
    texts_of,
    write,
)
from hypothesis import given
from hypothesis import strategies as st

from w2vcli.counts import store as module
from w2vcli.counts import transaction
from w2vcli.counts.pruned import Pruned, together
from w2vcli.counts.segments import FORMAT, SegmentInfo
from w2vcli.counts.store import Store
from w2vcli.errors import DataError, InputError, UsageError


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write()


def without(counts, rare):
    """The sums of words and pairs, without some words."""
    words, pairs = counts
    return (
        Counter({word: n for word, n in words.items() if word not in rare}),
        Counter({pair: n for pair, n in pairs.items() if rare.isdisjoint(pair)}),
    )


def rare_words(names, least):
    return {word for word, n in sums_of(names)[0].items() if n < least}


BATCHES = ("ab", "c", "de")


@pytest.mark.parametrize("least", [2, 3, 4, 100])
@pytest.mark.parametrize("which", [None, "last:1", "but-last:1", "1,3"])
def test_words_that_are_rare_in_the_whole_store_go_from_the_chosen_segments(least, which):
    store = store_of(*BATCHES)
    before = {info.label: sums(store, info.label) for info in store.segments()}
    chosen = labels_of(store, which)
    rare = rare_words("abcde", least)
    done = store.prune(least, which)
    gone = set()
    for info in store.segments():
        words, _ = before[info.label]
        lost = rare & words.keys() if info.label in chosen else set()
        assert sums(store, info.label) == without(before[info.label], lost)
        tokens = sum(words[word] for word in lost)
        assert info.pruned == (Pruned(least, tokens) if lost else None)
        assert info.tokens == sum(words.values())
        gone |= lost
    assert done.types == len(gone)
    assert [info.label for info in done.made] == [info.label for info in done.gone]
    assert texts_of(store) == "abcde"
    store.verify(store.segments())
    assert hidden() == []


WORDS = st.lists(st.sampled_from([b"a", b"b", b"c", b"d", b"e", b"f"]), max_size=9).map(b" ".join)


@given(st.lists(WORDS, min_size=1, max_size=3), st.integers(2, 5), st.integers(2, 5))
def test_any_texts_pruned_once_and_again(tmp_path_factory, texts, least, more):
    folder = tmp_path_factory.mktemp("any")
    store = Store(folder / "store")
    names = {}
    for number, text in enumerate(texts):
        name = folder / f"{number}"
        name.write_bytes(text + b" the%d\n" % number)
        names[str(name)] = name.read_bytes()
        add(store, [str(name)], str(number))
    whole = sums_of(names, names)
    for step in (least, more):
        store.prune(step)
        rare = {word for word, n in whole[0].items() if n < max(least, step)}
        assert sums(store) == without(whole, rare)
    store.verify(store.segments())


def test_pruned_again_there_is_nothing_to_do():
    store = store_of(*BATCHES)
    assert store.prune(3).made
    before = {path.name: path.read_bytes() for path in Path("store").iterdir()}
    for least in (2, 3):
        done = store.prune(least)
        assert (done.made, done.gone, done.types) == ([], [], 0)
    assert {path.name: path.read_bytes() for path in Path("store").iterdir()} == before


def test_new_texts_count_in_full_and_old_ones_as_they_were_pruned():
    store = store_of("ab")
    rare = rare_words("ab", 3)
    store.prune(3)
    add(store, "c", "2")
    old, new = without(sums_of("ab"), rare), sums_of("c")
    assert sums(store) == tuple(Counter(a) + Counter(b) for a, b in zip(old, new, strict=True))


def test_merged_the_mark_stays():
    store = store_of(*BATCHES)
    store.prune(2, "1")
    (one,) = (info.pruned for info in store.segments("1"))
    store.prune(4, "2")
    (two,) = (info.pruned for info in store.segments("2"))
    store.compact()
    (info,) = store.segments()
    assert info.pruned == Pruned(4, one.tokens + two.tokens) == together([one, None, two])
    store.verify([info])
    assert together([None, None]) is None


def test_the_same_in_any_order_of_merging_and_pruning():
    store, other = store_of(*BATCHES), store_of(*BATCHES, folder="other")
    store.prune(3)
    store.compact()
    other.compact()
    other.prune(3)
    assert bytes_of("store") == bytes_of("other")
    assert store.segments()[0].pruned == other.segments()[0].pruned


def test_all_words_may_go():
    store = store_of("d")
    store.prune(2)
    (info,) = store.segments()
    assert (info.types, info.pairs, info.tokens, info.pruned) == (0, 0, 1, Pruned(2, 1))
    store.verify([info])
    add(store, "a", "2")
    store.compact()
    assert sums(store) == sums_of("a")


# --- what can be done with it no more ---------------------------------------------------

NOT_EXACT = (
    r"its words rarer than 2 were pruned, so no text can be taken out of it exactly; take out all "
    "its texts, or remove its label with 'w2vcli store --remove'"
)


def test_one_of_several_texts_cannot_be_taken_out():
    store = store_of("ab", "c")
    store.prune(2, "1")
    before = sums(store)
    for names in ("a", "ac", "cb"):
        with pytest.raises(DataError, match=rf"^store/1\.[0-9a-f]{{8}}\.segment: {NOT_EXACT}$"):
            subtract(store, names)
        assert texts_of(store) == "abc"
        assert sums(store) == before
    assert names_of(subtract(store, "c").texts) == "c"
    assert sorted(names_of(subtract(store, "ab").texts)) == ["a", "b"]
    assert labels_of(store) == []
    add(store, "a")
    check(store, "a")


def test_a_segment_that_is_pruned_while_a_text_is_taken_out(monkeypatch):
    store = store_of("ab")
    real = module.Spool.__enter__

    def entered(spool):
        monkeypatch.setattr(module.Spool, "__enter__", real)
        store.prune(2)
        return real(spool)

    monkeypatch.setattr(module.Spool, "__enter__", entered)
    with pytest.raises(DataError, match=NOT_EXACT):
        subtract(store, "a")
    assert texts_of(store) == "ab"


def test_a_program_that_does_not_know_the_mark_refuses_the_file():
    store = store_of("ab")
    (plain,) = store.segments()
    assert header_of(plain.path)["version"] == 1
    store.prune(2)
    (info,) = store.segments()
    said = header_of(info.path)
    assert (said["version"], said["pruned"]) == (2, {"min_count": 2, "tokens": info.pruned.tokens})
    assert FORMAT.version == 1


def header_of(path):
    data = path.read_bytes()
    header = json.loads(data[8 : 8 + struct.unpack("<Q", data[:8])[0]])
    return json.loads(header["__metadata__"]["w2vcli"])


@pytest.mark.parametrize(
    "change",
    [
        (b'\\"version\\": 2', b'\\"version\\": 1'),
        (b'\\"version\\": 2', b'\\"version\\": 3'),
        (b'\\"min_count\\": 2', b'\\"min_count\\": 1'),
        (b'\\"min_count\\": 2', b'\\"min_coumt\\": 2'),
        (b'\\"pruned\\": {', b'\\"prumed\\": {'),
        (b'\\"tokens\\": 5}', b'\\"tokens\\": 0}'),
    ],
)
def test_a_mark_that_is_damaged(change):
    store = store_of("ab")
    store.prune(2)
    (info,) = store.segments()
    assert info.pruned.tokens == 5
    data = info.path.read_bytes()
    assert change[0] in data
    info.path.write_bytes(data.replace(*change, 1))
    with pytest.raises(DataError, match=r"its metadata is not what it should|format version 3"):
        SegmentInfo.read(info.path)


def test_a_mark_that_lies_is_found():
    store = store_of("ab")
    store.prune(2)
    (info,) = store.segments()
    object.__setattr__(info, "pruned", Pruned(2, 4))
    with pytest.raises(DataError, match=r"its counts are not as many as it says"):
        store.verify([info])


def test_refused():
    store = store_of("a")
    for least in (1, 0, -3):
        with pytest.raises(UsageError, match=r"^no word is rarer than 1; give a least count of 2 "):
            store.prune(least)
    with pytest.raises(InputError, match=r"^store: no segment has the label '9'"):
        store.prune(2, "9")
    Path("empty").mkdir()
    with pytest.raises(InputError, match=r"^empty: the store is empty"):
        Store("empty").prune(2)


# --- meanwhile, and killed --------------------------------------------------------------


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("saves", range(3))
def test_killed_half_way_some_segments_are_pruned_and_the_rest_the_next_time(monkeypatch, saves):
    store, whole = store_of("a", "b", "c"), store_of("a", "b", "c", folder="whole")
    whole.prune(3)
    with monkeypatch.context() as patch:
        real, done = transaction._save, []

        def dying(*arguments):
            if len(done) == saves:
                raise Killed
            done.append(arguments)
            return real(*arguments)

        patch.setattr(transaction, "_save", dying)
        with pytest.raises(Killed):
            store.prune(3)
    assert sum(info.pruned is not None for info in store.segments()) == saves
    assert texts_of(store) == "abc"
    store.verify(store.segments())
    store.prune(3)
    assert sums(store) == sums(whole)
    assert [info.pruned for info in store.segments()] == [info.pruned for info in whole.segments()]


def test_segments_are_merged_while_they_are_pruned(monkeypatch):
    store = store_of("a", "b", "c")
    real = module.prune

    def first(*arguments):
        monkeypatch.setattr(module, "prune", real)
        draft = real(*arguments)
        store.compact("1,2")
        return draft

    monkeypatch.setattr(module, "prune", first)
    done = store.prune(3)
    assert sums(store) == without(sums_of("abc"), rare_words("abc", 3))
    assert done.types == len(rare_words("abc", 3))
    assert labels_of(store) == ["1..2", "3"]
