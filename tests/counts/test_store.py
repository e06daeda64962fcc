"""The store: whatever is done to it, it counts just the texts that are in it."""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from helpers.segment_scenes import COUNTING
from helpers.store_scenes import (
    TABLE,
    TEXTS,
    add,
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

from w2vcli.counts import store as module
from w2vcli.counts.store import Store
from w2vcli.errors import InputError, UsageError
from w2vcli.text.rules import TextRules
from w2vcli.text.windows import Windows


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write()


# --- adding -----------------------------------------------------------------------------


def test_texts_are_added_once_whatever_their_names():
    store = store_of("ab")
    Path("again").write_bytes(TEXTS["b"])
    done = add(store, ["b", "c", "again", "c"])
    assert names_of(done.texts) == "c"
    assert names_of(done.skipped) == "bagainc"
    assert [info.label for info in done.made] == ["day-1"]
    assert done.gone == []
    check(store, "abc")
    done = add(store, "cba")
    assert (done.made, done.texts, names_of(done.skipped)) == ([], [], "cba")
    check(store, "abc")
    assert hidden() == []


def test_a_segment_says_what_is_in_it():
    store = store_of("ab", "de")
    first, second = store.segments()
    assert (first.label, first.tokens, first.types, first.replaces) == ("1", 16, 9, [])
    assert (second.tokens, second.types, second.pairs) == (1, 1, 0)
    assert first.bytes == first.path.stat().st_size
    assert {entry["label"] for entry in first.inputs} == {"1"}
    assert first.as_json()["inputs"] == [
        {key: value for key, value in entry.items() if key != "sketch"} for entry in first.inputs
    ]


def test_equal_texts_make_equal_files_in_whatever_order():
    one, other = (store_of(names, folder=names).segments()[0] for names in ("abc", "cab"))
    skipped = [entry["name"] for entry in one.inputs]
    assert skipped == [entry["name"] for entry in other.inputs]
    assert one.path.read_bytes() == other.path.read_bytes()


def test_texts_without_words_are_texts_beside_others():
    store = store_of("de")
    check(store, "de")
    subtract(store, "d")
    check(store, "e")
    check(store_of("a", "b", folder="other"), "ab")
    subtract(store, "e")
    check(store, "")
    Path("blank").write_bytes(b" \n\n")
    with pytest.raises(InputError, match=r"^e, blank: there are no words in it; give text$"):
        add(store, ["e", "blank"])


@pytest.mark.parametrize(
    "other",
    [
        replace(COUNTING, windows=Windows(3)),
        replace(COUNTING, windows=Windows(2, "uniform")),
        replace(COUNTING, rules=TextRules(lower=True)),
        replace(COUNTING, rules=TextRules(tokenize="words")),
        replace(COUNTING, rules=TextRules(phrases=(TABLE.fingerprint,))),
    ],
)
def test_the_first_segment_fixes_how_is_counted(other):
    store = store_of("a")
    for change in (add, subtract):
        with pytest.raises(UsageError) as error:
            change(store, "b", counting=other)
        assert str(error.value) == (
            f"the store store counts with {COUNTING}, and here it is {other}; give the same "
            "options, or another --store"
        )
    check(store, "a")
    store.remove("1")
    add(store, "a", counting=other)
    assert store.segments()[0].counting == other


def test_the_first_segment_of_another_process_fixes_it_too(monkeypatch):
    store, count = Store(Path("store")), module.count

    def slow(*arguments):
        monkeypatch.setattr(module, "count", count)
        store_of("a")
        return count(*arguments)

    monkeypatch.setattr(module, "count", slow)
    with pytest.raises(UsageError, match=r"window 2, linear weights, case kept, and here it is"):
        add(store, "b", counting=replace(COUNTING, rules=TextRules(lower=True)))
    check(store, "a")


def test_what_another_process_adds_meanwhile_is_not_added_again(monkeypatch):
    store, count, calls = Store(Path("store")), module.count, []

    def slow(spool, new, *more):
        calls.append(len(new))
        if len(calls) == 1:
            add(Store(Path("store")), "b")
        return count(spool, new, *more)

    monkeypatch.setattr(module, "count", slow)
    done = add(store, "abc")
    assert (names_of(done.texts), names_of(done.skipped)) == ("ac", "b")
    assert calls == [3, 1, 2]
    check(store, "abc")


def test_labels_that_cannot_be():
    store = Store(Path("store"))
    for label in ("", ".a", "a/b", "a,b", "last:3", "a..b", "x" * 51, "é"):
        with pytest.raises(UsageError, match=r"cannot be a label: give up to 50 letters"):
            add(store, "a", label)
    assert not Path("store").exists()
    add(store, "a", "x" * 50)
    add(store, "b", "y" * 50)
    with pytest.raises(UsageError, match=r"cannot be a label"):
        store.compact(label="a b")
    store.compact()
    assert labels_of(store) == ["x" * 50 + ".." + "y" * 50]
    check(store, "ab")


# --- choosing ---------------------------------------------------------------------------


def test_segments_come_and_are_chosen_by_their_labels():
    store = Store(Path("store"))
    for label, names in (("day-10", "a"), ("day-9", "b"), ("day-10", "c"), ("x", "d")):
        add(store, names, label)
    assert labels_of(store) == ["day-9", "day-10", "day-10", "x"]
    assert texts_of(store, "last:2") == "acd"
    assert texts_of(store, "last:99") == "abcd"
    assert texts_of(store, "day-9,day-10") == "abc"
    assert sums(store, "last:2") == sums_of("acd")
    for which in ("day-1", "", "day-9,", "last:x", "last:"):
        with pytest.raises(InputError, match=r"no segment has the label '.*'; 'w2vcli store' lis"):
            store.segments(which)


def test_a_label_that_was_merged_says_into_which():
    store = store_of("a", "b", "c")
    store.compact("1,2")
    assert labels_of(store) == ["1..2", "3"]
    with pytest.raises(InputError) as error:
        store.segments("2")
    assert str(error.value) == (
        "store: the texts labelled '2' were merged into '1..2'; name that, or take them out by "
        "'w2vcli count --subtract'"
    )
    assert texts_of(store, "1..2") == "ab"


def test_what_is_open_does_not_care_for_later_changes():
    store = store_of("a", "b")
    with store.opened() as segments:
        store.compact()
        store.remove("1..2")
        words = [segment.words for segment in segments]
        keys = [segment.pairs.frames(0, 9)[0] for segment in segments]
    assert texts_of(store) == ""
    store_of("a", "b", folder="other")
    with Store(Path("other")).opened() as others:
        assert words == [segment.words for segment in others]
        assert [k.tolist() for k in keys] == [s.pairs.frames(0, 9)[0].tolist() for s in others]


# --- merging, taking out ----------------------------------------------------------------


def test_merging_changes_no_sum_and_names_what_it_replaces():
    store = store_of("a", "bd", "ce")
    old = store.segments()
    done = store.compact()
    (new,) = done.made
    assert done.gone == old
    assert new.replaces == sorted(info.path.name for info in old)
    assert {entry["name"]: entry["label"] for entry in new.inputs} == {
        "a": "1", "b": "2", "d": "2", "c": "3", "e": "3",
    }  # fmt: skip
    assert store.segments() == [new]
    check(store, "abcde")
    assert store.compact().made == []
    add(store, "a")
    assert store.segments() == [new]


def test_a_merged_segment_counts_as_if_all_had_been_counted_at_once():
    merged, once = store_of("a", "bd", "ce"), store_of("abcde", folder="once")
    merged.compact(label="1")
    with merged.opened() as (one,), once.opened() as (other,):
        assert one.text == other.text
        assert one.counts.tobytes() == other.counts.tobytes()
        assert one.pairs.firsts.tobytes() == other.pairs.firsts.tobytes()
        assert b"".join(one.pairs.data.pieces()) == b"".join(other.pairs.data.pieces())


def test_taking_out_of_several_segments_some_merged():
    store = store_of("ab", "c", "d")
    store.compact("1,2")
    done = subtract(store, "adb" + "ea")
    assert sorted(names_of(done.texts)) == ["a", "b", "d"]
    assert names_of(done.skipped) == "ea"
    assert [info.label for info in done.gone] == ["1..2", "3"]
    assert [info.label for info in done.made] == ["1..2"]
    check(store, "c")
    subtract(store, "c")
    assert labels_of(store) == []
    assert sums(store) == ({}, {})
    assert hidden() == []


def test_removing_a_label():
    store = store_of("a", "b")
    add(store, "c", "2")
    done = store.remove("2")
    assert [info.label for info in done.gone] == ["2", "2"]
    check(store, "a")
    assert len(list(Path("store").iterdir())) == 1
    with pytest.raises(InputError, match=r"^store: no segment has the label '2'; 'w2vcli store'"):
        store.remove("2")
    for choice in ("last:1", "1,1", ""):
        with pytest.raises(UsageError, match=r"is not a label"):
            store.remove(choice)
    check(store, "a")


@pytest.mark.parametrize("seed", range(8))
def test_whatever_is_done_to_a_store_it_counts_what_is_in_it(seed):
    random, there = Random(seed), {}  # of each text its label
    store = Store(Path("store"))
    add(store, "a", "0")
    there["a"] = "0"
    for step in range(1, 12):
        names = "".join(random.sample("abcd", random.randint(1, 4)))
        what = random.choice(("add", "add", "subtract", "compact", "remove"))
        if what == "add":
            add(store, names, str(step))
            there = dict.fromkeys(names, str(step)) | there
        elif what == "subtract":
            subtract(store, names)
            there = {name: label for name, label in there.items() if name not in names}
        elif what == "compact" and there:
            store.compact(label="all" if random.random() < 0.5 else None)
            (label,) = labels_of(store)
            there = dict.fromkeys(there, label)
        elif what == "remove" and there:
            label = random.choice(sorted(there.values()))
            store.remove(label)
            there = {name: other for name, other in there.items() if other != label}
        check(store, there)
        assert hidden() == []
