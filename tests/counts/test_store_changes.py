"""Changes of a store that meet other changes, or are killed on the way."""

import os
from pathlib import Path

import pytest
from helpers.segment_scenes import COUNTING
from helpers.store_scenes import (
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
from stress.workers import answers

from w2vcli.counts import listing, segments
from w2vcli.counts import store as module
from w2vcli.counts.store import Store
from w2vcli.errors import DataError, InputError, OutputError, StorageError
from w2vcli.text.rules import TextRules

STALE = [".store.0123abcd.tmp", ".a.0123abcd.segment.0123abcd.tmp"]
OTHERS = ["notes", ".hidden", ".a.0123abcd.segment.tmp", "a.0123abcd.segment.tmp"]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write()


@pytest.fixture
def meanwhile(monkeypatch):
    """Let something happen once while ``name`` of the store module is at work."""

    def let(name, happen):
        real = getattr(module, name)

        def first(*arguments):
            monkeypatch.setattr(module, name, real)
            result = real(*arguments)
            happen()
            return result

        monkeypatch.setattr(module, name, first)

    return let


# --- others change the store meanwhile --------------------------------------------------


def test_two_merge_at_once(meanwhile):
    store = store_of("a", "b")
    meanwhile("merge", store.compact)
    assert store.compact().made == []
    assert labels_of(store) == ["1..2"]
    check(store, "ab")


def test_two_merge_overlapping_parts_at_once(meanwhile):
    store = store_of("a", "b", "c", "d")
    meanwhile("merge", lambda: store.compact("3,4"))
    done = store.compact("last:3")
    assert [info.label for info in done.gone] == ["1", "2", "3..4"]
    assert labels_of(store) == ["1..4"]
    check(store, "abcd")


def test_a_label_is_removed_while_it_is_merged(meanwhile):
    store = store_of("a", "b", "c")
    meanwhile("merge", lambda: store.remove("2"))
    done = store.compact()
    assert [info.label for info in done.gone] == ["1", "3"]
    check(store, "ac")
    add(store, "b", "2")
    meanwhile("merge", lambda: store.remove("2"))
    with pytest.raises(InputError, match=r"no segment has the label '2'"):
        store.compact("1..3,2")
    check(store, "ac")


def test_texts_are_added_and_taken_out_while_others_are_merged(meanwhile):
    store = store_of("a", "b")
    meanwhile("merge", lambda: add(store, "c", "3"))
    store.compact()
    assert labels_of(store) == ["1..2", "3"]
    meanwhile("merge", lambda: subtract(store, "b"))
    store.compact()
    check(store, "ac")
    meanwhile("subtract", lambda: subtract(store, "b"))
    subtract(store, "a")
    check(store, "c")


def test_a_segment_is_merged_while_texts_are_taken_out(meanwhile):
    store = store_of("ab", "cd")
    meanwhile("subtract", store.compact)
    done = subtract(store, "ac")
    assert sorted(names_of(done.texts)) == ["a", "c"]
    check(store, "bd")
    store = store_of("ab", "c", folder="other")
    opened = segments.Segment.open

    def late(info):
        segments.Segment.open = opened
        store.compact()
        return opened(info)

    segments.Segment.open = late
    subtract(store, "a")
    check(store, "bc")


def test_a_folder_that_changes_while_it_is_listed(monkeypatch):
    """The new segment was not there yet when its place was listed; the first old one no more."""
    store = store_of("a", "b")
    files, asked = store._listing.files, []

    def listed():
        asked.append(files())
        if len(asked) == 1:
            store.compact()
            return asked[0][1:]
        return files()

    other = Store(Path("store"))
    kept = Path("kept")
    os.link(files()[1], kept)
    monkeypatch.setattr(other._listing, "files", listed)
    read = segments.SegmentInfo.read
    late = {files()[1]: kept}
    monkeypatch.setattr(segments.SegmentInfo, "read", lambda path: read(late.pop(path, path)))
    assert texts_of(other) == "ab"
    assert not late


def test_a_folder_that_changes_without_end(monkeypatch):
    store = store_of("a")
    files, number = store._listing.files(), iter(range(10**6))
    monkeypatch.setattr(store._listing, "files", lambda: files * (1 + next(number) % 2))
    with pytest.raises(StorageError, match=r"^store: its files come and go without end; try again"):
        store.segments()


def test_a_segment_that_is_merged_while_it_is_verified(monkeypatch):
    store = store_of("a", "b")
    segments = store.segments()
    store.compact()
    store.verify(segments)
    Path("store", segments[0].path.name).mkdir()
    with pytest.raises(InputError, match=r"not a regular file"):
        store.verify(segments)


# --- killed -----------------------------------------------------------------------------


class Killed(BaseException):
    """The process ends here."""


CHANGES = {
    "compact": (lambda store: store.compact(), "abcd"),
    "subtract": (lambda store: subtract(store, "a"), "bcd"),
    "remove": (lambda store: store.remove("1"), "d"),
    "keep": (lambda store: store.keep("2"), "d"),
}


@pytest.mark.parametrize("removals", range(4))
@pytest.mark.parametrize("change", CHANGES)
def test_what_is_replaced_counts_no_more_and_is_swept_by_the_next_change(
    monkeypatch, change, removals
):
    store = store_of("ab", "d")
    add(store, "c", "1")
    what, left = CHANGES[change]
    with monkeypatch.context() as patch:
        real, done = listing.remove, []

        def dying(path):
            if len(done) == removals:
                raise Killed
            done.append(path)
            real(path)

        patch.setattr(listing, "remove", dying)
        try:
            what(store)
            assert removals >= len(done)
        except Killed:
            assert len(list(Path("store").iterdir())) > len(store.segments())
    check(store, left)
    for name in STALE:
        Path("store", name).touch()
    with pytest.raises(InputError):
        store.remove("none")
    check(store, left)
    assert len(list(Path("store").iterdir())) == len(store.segments())


def test_a_segment_that_cannot_be_removed_is_kept_until_it_can(monkeypatch):
    """Or, without what stands for it, it would count again."""
    store = store_of("a", "b")

    def failing(path):
        raise StorageError(f"{path}: could not be removed: Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(listing, "remove", failing)
        for change in (store.compact, store.compact, lambda: store.remove("1..2")):
            with pytest.raises(StorageError):
                change()
            check(store, "ab")
    store.remove("1..2")
    assert list(Path("store").iterdir()) == []


def test_what_killed_runs_have_left_is_swept_and_nothing_else():
    store = store_of("a")
    for name in (*STALE, *OTHERS, ".store.lock"):
        Path("store", name).touch()
    assert texts_of(store) == "a"
    assert set(hidden()) == {*STALE, *OTHERS, ".store.lock"}
    add(store, "b")
    assert set(hidden()) == set(OTHERS)
    check(store, "ab")


# --- not as it should be ----------------------------------------------------------------


def test_what_is_no_store():
    with pytest.raises(InputError, match=r"^none: not a store: No such file or directory; make on"):
        Store(Path("none")).segments()
    with pytest.raises(InputError, match=r"^a: not a store: Not a directory; make one with 'w2vcl"):
        Store(Path("a")).segments()
    with pytest.raises(OutputError, match=r"^a: this is not a folder; choose another name$"):
        add(Store(Path("a")), "b")
    with pytest.raises(OutputError, match=r"^none/store: the folder cannot be made: No such file"):
        add(Store(Path("none/store")), "b")
    Path("empty").mkdir()
    assert Store(Path("empty")).segments() == []
    for which in (None, "last:3"):
        with (
            pytest.raises(InputError, match=r"^empty: the store is empty; fill it with 'w2vcli c"),
            Store(Path("empty")).opened(which),
        ):
            pass


def test_files_that_do_not_go_together():
    store, other = store_of("a"), store_of("ab", folder="other")
    (path,) = (info.path for info in other.segments())
    copy = Path("store/copy.segment")
    copy.write_bytes(path.read_bytes())
    with pytest.raises(
        DataError, match=r"a text in it .* is also in 1.*; take one of the two file"
    ):
        store.segments()
    copy.unlink()
    odd = Store(Path("odd"))
    add(odd, "c", counting=type(COUNTING)(COUNTING.windows, TextRules(lower=True)))
    copy.write_bytes(odd.segments()[0].path.read_bytes())
    with pytest.raises(DataError, match=r"counts with .*, this file with .* lower-cased; take it"):
        store.segments()


def test_damage_is_found():
    store = store_of("ab", "c")
    path = store.segments()[1].path
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(DataError, match=r"its content is not what its checksum says, so it is dam"):
        store.verify(store.segments())
    path.write_bytes(data[:-9])
    with pytest.raises(DataError, match=r"the file is damaged, cut short or of another kind; take"):
        store.segments()
    path.unlink()
    assert sums(store) == sums_of("ab")


# --- many at once -----------------------------------------------------------------------


@pytest.mark.jit
def test_many_processes_some_of_which_are_killed():
    request = {"seed": 1, "processes": 8, "texts": 20, "kills": 60}
    (answer,) = answers("crowd", [request], 1)
    assert answer.told, answer.ending
    assert answer.told["failures"] == []
    assert set(answer.told["done"]) == {"add", "take_out", "merge", "remove", "read"}
