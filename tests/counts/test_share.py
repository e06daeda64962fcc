"""Shares of texts, counted by processes that know nothing of each other: together, all of them."""

import os
from functools import partial
from itertools import count as numbers
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from helpers.segment_scenes import COUNTING
from helpers.texts import random_lines
from hypothesis import given
from hypothesis import strategies as st

from w2vcli.counts import share as share_module
from w2vcli.counts.shards import Share, share_of, sources_of
from w2vcli.counts.store import Store
from w2vcli.errors import DataError, InputError, UsageError
from w2vcli.text.corpus import Corpus
from w2vcli.text.expected import Expected
from w2vcli.text.reading import Reading
from w2vcli.text.rules import TextRules

WORDS = ["the", "king", "rules", "a", "land", "and", "queen", "sits", "don't", "ΑΣ", "é"]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


text_of = partial(random_lines, WORDS)


def written(*names, lines=60):
    """Write texts of these names, and return a function that makes the corpus of them."""
    for name in names:
        Path(name).write_text(text_of(name, lines), encoding="utf-8")
    return lambda: Corpus(list(names))


def added(folder, corpus, share=None, label="day", **more):
    share = Share(*share) if share else None
    return Store(folder, 1).add(corpus, label, COUNTING.windows, share=share, **more)


def segments(folder):
    return [path.read_bytes() for path in sorted(Path(folder).glob("*.segment"))]


def compacted(folder):
    """The bytes of the one segment of a store, of which nothing else is left."""
    Store(folder, 1).compact()
    (path,) = Path(folder).iterdir()
    return path.read_bytes()


def same(corpus_of, shares, one="one", folder="shares"):
    """Check that all shares, in some order, make the segment of one machine."""
    (expected,) = added(one, corpus_of()).made
    order = list(range(shares))
    Random(shares).shuffle(order)
    done = [added(folder, corpus_of(), (index, shares)) for index in order]
    assert compacted(folder) == expected.path.read_bytes()
    assert Store(folder, 1).texts_in_part() == []
    return done


@pytest.mark.parametrize("shares", [1, 2, 3, 7, 50])
@pytest.mark.parametrize(
    "rules",
    [TextRules(), TextRules(lower=True, tokenize="words", lines="sentence")],
    ids=["plain", "sentences"],
)
def test_all_shares_make_the_segment_of_one_machine(shares, rules):
    import gzip

    written("a", "b")
    Path("empty").touch()
    Path("unended").write_text(text_of("u").rstrip("\n"), encoding="utf-8")
    Path("packed.gz").write_bytes(gzip.compress(text_of("p").encode()))
    Path("copy").write_bytes(Path("a").read_bytes())
    names = ["a", "empty", "b", "packed.gz", "copy", "unended"]
    same(lambda: Corpus(names, rules), shares)


@pytest.mark.parametrize("names", [["a", "b.gz", "b"], ["a", "b", "b.gz"], ["b.gz", "a", "b"]])
def test_a_text_that_is_there_compressed_too_is_counted_once_in_any_order(names):
    import gzip

    written("a", "b")
    Path("b.gz").write_bytes(gzip.compress(Path("b").read_bytes()))
    added("one", Corpus(["a", "b"]))
    for order in ((0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)):
        for index in order:
            added("shares", Corpus(names), (index, 4))
        assert compacted("shares") == compacted("one")
        Store("shares", 1).remove("day")


NUMBERS = numbers()
LINES = st.lists(st.sampled_from(["a b c d e f", "b", "", "c a\r", "g h i j k"]), max_size=12)


@given(st.lists(LINES, min_size=1, max_size=3), st.integers(1, 9), st.randoms())
def test_any_texts_in_any_number_of_shares(tmp_path_factory, texts, shares, random):
    folder = tmp_path_factory.getbasetemp() / f"share-{next(NUMBERS)}"
    folder.mkdir()
    for number, lines in enumerate(texts):
        (folder / str(number)).write_text("\n".join(lines))
    names = [str(folder / str(number)) for number in range(len(texts))]
    if not any(Path(name).read_text().split() for name in names):
        return
    (one,) = added(folder / "one", Corpus(names)).made
    order = list(range(shares))
    random.shuffle(order)
    for index in order:
        added(folder / "shares", Corpus(names), (index, shares))
    assert compacted(folder / "shares") == one.path.read_bytes()


def test_merged_step_by_step_it_is_the_same():
    corpus_of = written("a", "b")
    (one,) = added("one", corpus_of()).made
    for index in (1, 0, 3, 2):
        added("shares", corpus_of(), (index, 4))
        Store("shares", 1).compact()
    assert compacted("shares") == one.path.read_bytes()


def test_many_texts_have_short_sketches_in_shares_too():
    for number in range(700):
        Path(f"t{number}").write_text(f"word {number} of all these texts\n")
    Path("t0").write_text("".join(f"line {n} of a long text\n" for n in range(3000)))
    Path("t699").write_bytes(Path("t698").read_bytes())  # fewer texts than files
    same(lambda: Corpus([f"t{number}" for number in range(700)]), 3)


def test_the_progress_is_that_of_hashing_and_then_of_counting():
    corpus = written("a", "b")()
    seen = []
    real = corpus.progress.begin
    corpus.progress.begin = lambda sizes: (seen.append((corpus.progress.done, sizes)), real(sizes))
    added("shares", corpus, (0, 3))
    size, other = (Path(name).stat().st_size for name in "ab")
    share = (size + other) // 3
    assert [sizes for _, sizes in seen] == [[], [size], [share]]
    assert [done for done, _ in seen] == [0, 0, size]
    assert share <= corpus.progress.done < share + 100  # up to the end of a line
    assert corpus.progress.finished


def test_a_share_is_counted_once():
    corpus_of = written("a", "b")
    added("shares", corpus_of(), (0, 3))
    before = segments("shares")
    done = added("shares", corpus_of(), (0, 3))
    assert (done.made, done.texts) == ([], [])
    size = sum(Path(name).stat().st_size for name in "ab")
    assert [record.part for record in done.skipped] == [(0, size // 3, Path("a").stat().st_size)]
    assert segments("shares") == before
    added("shares", corpus_of(), (1, 3))
    Store("shares", 1).compact()
    assert added("shares", corpus_of(), (1, 3)).made == []  # it is in the sum


def test_a_share_that_another_process_adds_meanwhile_is_left_to_it(monkeypatch):
    corpus_of = written("a")
    real, told = share_module.count, []

    def count(*arguments):
        if not told:
            told.append(True)
            added("shares", corpus_of(), (1, 3))
        return real(*arguments)

    monkeypatch.setattr(share_module, "count", count)
    done = added("shares", corpus_of(), (1, 3))
    assert told
    assert (done.made, [record.name for record in done.skipped]) == ([], ["a"])
    assert len(segments("shares")) == 1


def test_shares_of_another_number_are_refused_where_they_would_count_twice():
    corpus_of = written("a")
    added("shares", corpus_of(), (0, 3))
    for share in ((0, 2), (1, 4), (0, 1)):
        with pytest.raises(DataError, match=r"(?s)in the store already.*--shard"):
            added("shares", corpus_of(), share)
    added("shares", corpus_of(), (0, 6))  # all of it is there
    for index in (2, 3, 4, 5):
        added("shares", corpus_of(), (index, 6))
    (one,) = added("one", corpus_of()).made
    assert compacted("shares") == one.path.read_bytes()


def test_a_text_that_is_there_in_part_is_not_counted_whole():
    corpus_of = written("a")
    added("shares", corpus_of(), (1, 2))
    with pytest.raises(DataError, match="count its other parts, with --shard as that one"):
        added("shares", corpus_of())
    (text,) = Store("shares").texts_in_part()
    size = Path("a").stat().st_size
    assert (text.name, text.lacking, text.of) == ("a", ((0, size // 2),), size)
    assert text.bytes == size - size // 2
    added("shares", corpus_of(), (0, 2))
    assert [record.name for record in added("shares", corpus_of()).skipped] == ["a"]
    assert added("shares", corpus_of(), (2, 5)).made == []


def test_what_is_lacking_is_told_between_and_at_both_ends():
    corpus_of = written("a")
    for index in (1, 3):
        added("shares", corpus_of(), (index, 5))
    (text,) = Store("shares").texts_in_part()
    size = Path("a").stat().st_size
    cuts = [size * i // 5 for i in range(6)]
    assert text.lacking == ((0, cuts[1]), (cuts[2], cuts[3]), (cuts[4], size))


def test_a_text_that_changed_between_shares_is_another_text():
    corpus_of = written("a")
    added("shares", corpus_of(), (0, 2))
    Path("a").write_text(Path("a").read_text(encoding="utf-8") + "more of it\n", encoding="utf-8")
    added("shares", corpus_of(), (1, 2))
    assert [text.name for text in Store("shares").texts_in_part()] == ["a", "a"]


def test_a_file_that_changes_while_it_is_read_is_refused(monkeypatch):
    corpus_of = written("a")
    real = share_module._Addition._hash

    def hashed(self):
        copies = real(self)
        with Path("a").open("a") as file:
            file.write("a line behind\n")
        return copies

    monkeypatch.setattr(share_module._Addition, "_hash", hashed)
    with pytest.raises(DataError, match="the file has changed while it was read"):
        added("shares", corpus_of(), (0, 2))
    assert segments("shares") == []


def test_shares_without_lines_or_bytes():
    Path("a").write_text("one long line of words " * 50)
    done = same(lambda: Corpus(["a"]), 4)
    assert sorted(sum(record.tokens for record in each.texts) for each in done) == [0, 0, 0, 250]
    Path("b").write_text("a b")
    done = same(lambda: Corpus(["b"]), 9, "two", "few")
    assert sorted(len(each.texts) for each in done) == [0] * 6 + [1] * 3
    for name in ("e", "f"):
        Path(name).touch()
    with pytest.raises(InputError, match="no words"):
        added("none", Corpus(["e", "f"]), (0, 2))


def test_shares_divide_the_bytes_and_each_file_belongs_somewhere():
    import gzip

    written("a", "b")
    Path("c.gz").write_bytes(gzip.compress(b"a b c\n"))
    Path("empty").touch()
    sources = sources_of(Corpus(["empty", "a", "c.gz", "b", "empty"]))
    for of in (1, 2, 3, 10, 10_000):
        ranges = [each for index in range(of) for each in share_of(sources, Share(index, of))]
        for index, source in enumerate(sources):
            own = [each for place, each in ranges if place == index]
            if source.is_plain and source.size:
                places = [
                    (each.begin, source.size if each.end is None else each.end) for each in own
                ]
                assert places[0][0] == 0
                assert places[-1][1] == source.size
                assert all(one[1] == other[0] for one, other in pairwise(places))
            else:
                assert len(own) == 1


@pytest.mark.parametrize(("index", "of"), [(3, 3), (0, 0), (-1, 2)])
def test_there_are_no_others(index, of):
    with pytest.raises(UsageError, match="is not a share"):
        Share(index, of)


def test_what_is_no_file_has_no_shares():
    os.mkfifo("pipe")
    for name in ("-", "pipe"):
        with pytest.raises(UsageError, match=r"only files can be read in parts.*--shard"):
            added("shares", Corpus([name]), (0, 2))


def test_bad_bytes_are_told_of_by_their_line_in_the_file():
    lines = text_of(3).encode().splitlines(keepends=True)
    lines[50] = b"\xe2\x82 bad\n"
    Path("a").write_bytes(b"".join(lines))
    with pytest.raises(DataError, match="a, line 51, byte 1"):
        added("shares", Corpus(["a"]), (2, 3))
    added("shares", Corpus(["a"]), (0, 3))
    how = Reading(on_bad_bytes="replace")
    done = added("shares", Corpus(["a"], reading=how), (2, 3))
    assert done.texts[0].bad.first == 51
    added("shares", Corpus(["a"], reading=how), (1, 3))
    (one,) = added("one", Corpus(["a"], reading=how)).made
    assert compacted("shares") == one.path.read_bytes()


def test_what_a_text_has_to_be():
    Path("a").write_text(text_of(9) + "#END\n", encoding="utf-8")
    same(lambda: Corpus(["a"], expected=Expected(end_mark="#END", lines=60)), 3)
    for expected in (Expected(end_mark="#DONE"), Expected(lines=60), Expected(sha256="0" * 64)):
        for share in ((0, 2), (1, 2)):
            with pytest.raises(DataError, match="expected"):
                added("other", Corpus(["a"], expected=expected), share)
    assert segments("other") == []


def test_beginnings_and_shared_lines_are_found():
    whole = text_of("w", 80)
    Path("start").write_text("".join(whole.splitlines(keepends=True)[:50]), encoding="utf-8")
    Path("whole").write_text(whole, encoding="utf-8")
    Path("other").write_text("new\n" + whole, encoding="utf-8")
    added("shares", Corpus(["start"]))
    done = added("shares", Corpus(["whole"]), (1, 2))
    assert done.beginnings == [("start", "whole")]
    done = added("shares", Corpus(["other"]), (1, 2))
    assert done.shared
    with pytest.raises(DataError, match="nothing was counted, as --overlap refuse asks"):
        added("shares", Corpus(["whole"]), (0, 2), overlap="refuse")


# --- parts in a store -------------------------------------------------------------------


def test_parts_are_taken_out_exactly():
    written("a", "b", "c")
    for index in range(3):
        added("shares", Corpus(["a", "b"]), (index, 3))
    added("shares", Corpus(["c"]))
    done = Store("shares", 1).subtract(Corpus(["a"]), COUNTING.windows)
    assert [record.name for record in done.texts] == ["a"]
    added("one", Corpus(["b", "c"]))
    assert compacted("shares") == compacted("one")


def test_parts_are_taken_out_after_some_were_merged():
    written("a", "b")
    for index in (0, 2):
        added("shares", Corpus(["a", "b"]), (index, 3))
    Store("shares", 1).compact()
    Store("shares", 1).subtract(Corpus(["a"]), COUNTING.windows)
    assert {e["name"] for info in Store("shares").segments() for e in info.inputs} == {"b"}
    Store("shares", 1).subtract(Corpus(["b"]), COUNTING.windows)
    assert segments("shares") == []


def test_a_part_beside_other_texts_needs_the_file_to_be_taken_out():
    import gzip

    written("a", "b")
    added("shares", Corpus(["a", "b"]), (0, 3))
    added("shares", Corpus(["a", "b"]), (1, 3))
    before = segments("shares")
    Path("a.gz").write_bytes(gzip.compress(Path("a").read_bytes()))
    with pytest.raises(DataError, match="holds a part of a text beside other texts"):
        Store("shares", 1).subtract(Corpus(["a.gz"]), COUNTING.windows)
    assert segments("shares") == before


def test_pruned_and_kept_parts():
    corpus_of = written("a", "b")
    for label, index in (("x", 0), ("y", 1), ("z", 2)):
        added("shares", corpus_of(), (index, 3), label)
    store = Store("shares", 1)
    least = sorted(_counts(store).values())[2]
    store.prune(least, "x")
    assert [info.pruned is not None for info in store.segments()] == [True, False, False]
    store.compact()
    (info,) = store.segments()
    assert info.pruned
    assert "part" not in str(info.as_json()["inputs"])
    Path("shares").rename("old")
    for label, index in (("x", 0), ("y", 1), ("z", 2)):
        added("shares", corpus_of(), (index, 3), label)
    store.keep("last:1")
    (text,) = store.texts_in_part()
    assert text.lacking
    added("shares", corpus_of(), (0, 3))
    added("shares", corpus_of(), (1, 3))
    assert store.texts_in_part() == []


def _counts(store):
    total = {}
    with store.opened() as opened:
        for segment in opened:
            for word, number in zip(segment.words, segment.counts.tolist(), strict=True):
                total[word] = total.get(word, 0) + number
    return total
