"""store --keep, --prune-min-count and totals; count's windows, and texts that overlap."""

import json
import re
from pathlib import Path

import pytest
from helpers.store_scenes import PARTS, count_parts, figures, refused, succeeding

from w2vcli.counts.store import Store


@pytest.fixture
def run(w2v):
    return succeeding(w2v)


@pytest.fixture
def store(run):
    """Run in a folder with a store of three segments."""
    count_parts(run)
    return run


def labels():
    return [info.label for info in Store("store").segments()]


# --- totals -----------------------------------------------------------------------------


def test_totals_in_json(store):
    out, _ = store("store", "store", "--json")
    *segments, last = map(json.loads, out.splitlines())
    assert [one["label"] for one in segments] == ["one", "three", "two"]
    assert last == {
        "total": {
            "segments": 3,
            "texts": 3,
            "tokens": figures(*PARTS)[1],
            "bytes": sum(path.stat().st_size for path in Path("store").iterdir()),
        }
    }
    out, _ = store("store", "store", "--json", "--segments", "two")
    assert json.loads(out.splitlines()[-1])["total"]["tokens"] == figures("two")[1]


def test_totals_on_a_terminal(store, monkeypatch):
    from w2vcli.cli import console, pages

    for module in (console, pages):
        monkeypatch.setattr(module, "results_on_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    out, _ = store("store", "store")
    *_, total = [line for line in out.splitlines() if line]
    size = sum(path.stat().st_size for path in Path("store").iterdir())
    assert total.split() == ["total", "3", str(figures(*PARTS)[1]), str(size)]
    out, _ = store("store", "store", "--segments", "one")
    assert "total" not in out


def test_scripts_get_the_rows_that_they_know(store):
    out, _ = store("store", "store")
    assert [line.count("\t") for line in out.splitlines()] == [5, 5, 5]


# --- retention --------------------------------------------------------------------------


def test_keep_removes_all_but_the_last_labels(store):
    out, err = store("store", "store", "--keep", "last:2")
    texts, tokens, *_ = figures("one")
    assert err == f"TIME removed 1 label (one): {texts} text with {tokens} tokens\n"
    assert [line.split("\t")[0] for line in out.splitlines()] == ["three", "two"]
    assert labels() == ["three", "two"]
    again = store("store", "store", "--keep", "last:2")
    assert again == (out, "TIME nothing to remove: there are no other labels\n")
    _, err = store("count", "one", "--store", "store", "--label", "one")
    assert "counted 1 text" in err


def test_keep_in_json(store):
    out, _ = store("store", "store", "--keep", "two", "--json")
    segment, last = map(json.loads, out.splitlines())
    assert segment["label"] == "two"
    assert (last["total"]["segments"], last["made"]) == (1, [])
    assert [name.partition(".")[0] for name in last["gone"]] == ["one", "three"]
    out, _ = store("store", "store", "--keep", "last:5", "--json")
    assert json.loads(out.splitlines()[-1])["gone"] == []


def test_keep_many(run):
    for number in range(25):
        Path(f"t{number}").write_text(f"word{number} a b\n", encoding="utf-8")
        run("count", f"t{number}", "--store", "store", "--label", f"day-{number}")
    _, err = run("store", "store", "--keep", "last:1")
    assert labels() == ["day-24"]
    assert err == ("TIME removed 24 labels (day-0, day-1, ..., day-23): 24 texts with 72 tokens\n")


def test_the_oldest_are_chosen_by_what_they_are_not(store):
    out, _ = store("store", "store", "--segments", "but-last:1")
    assert [line.split("\t")[0] for line in out.splitlines()] == ["one", "three"]
    assert store("store", "store", "--segments", "but-last:3") == ("", "")
    _, err = store("store", "store", "--compact", "--segments", "but-last:3")
    assert err == "TIME nothing to merge: there are no such segments\n"
    store("store", "store", "--compact", "--segments", "but-last:1")
    assert labels() == ["one..three", "two"]


# --- pruning ----------------------------------------------------------------------------


def test_prune_says_what_went_and_what_that_changes(store):
    before = {info.label: info for info in Store("store").segments()}
    out, err = store("store", "store", "--prune-min-count", "3", "--segments", "but-last:1")
    after = {info.label: info for info in Store("store").segments()}
    with Store("store").opened() as segments:
        words = {word for segment in segments for word in segment.words}
    lost = sum(info.pruned.tokens for info in after.values() if info.pruned)
    pairs = sum(info.pairs for info in before.values()) - sum(info.pairs for info in after.values())
    found = re.search(
        "^TIME pruned 2 segments of words rarer than 3: ([0-9]+) types, ([0-9]+) tokens and "
        r"([0-9]+) pairs of words are gone, [0-9.]+ of [0-9.]+ MB$",
        err.splitlines()[0],
    )
    assert found, err
    assert (int(found[2]), int(found[3])) == (lost, pairs)
    assert int(found[1]) > 0
    assert words
    assert err.splitlines()[1] == (
        "TIME a training with a --min-count below 3, or once further texts have made such words "
        "as frequent, finds fewer of them than the texts had"
    )
    rows = [line.split("\t") for line in out.splitlines()]
    assert [row[0] for row in rows] == ["one", "three", "two"]
    assert [row[6] for row in rows] == ["<3", "<3", ""]
    assert [row[2] for row in rows] == [str(figures(row[0])[1]) for row in rows]
    _, err = store("store", "store", "--prune-min-count", "3", "--segments", "but-last:1")
    assert err == "TIME nothing to prune: no word there is rarer than 3\n"


def test_prune_in_json(store):
    out, _ = store("store", "store", "--prune-min-count", "2", "--json")
    *segments, last = map(json.loads, out.splitlines())
    marks = [one["pruned"] for one in segments if "pruned" in one]
    assert [mark["min_count"] for mark in marks] == [2] * len(last["made"])
    dropped = last["dropped"]
    assert dropped["tokens"] == dropped["types"] == sum(mark["tokens"] for mark in marks) > 0
    assert dropped["pairs"] > 0
    assert len(last["gone"]) == len(last["made"])


def test_info_tells_that_a_segment_was_pruned(store):
    store("store", "store", "--prune-min-count", "2")
    path = next(str(info.path) for info in Store("store").segments() if info.pruned)
    facts = json.loads(store("info", path, "--json", "--verify")[0])
    assert (facts["pruned"]["min_count"], facts["format_version"]) == (2, 2)
    assert "pruned.min_count\t2\n" in store("info", path)[0]
    _, err = store("store", "store", "--verify")
    assert err == "TIME every checksum and every count is in order\n"


def test_a_text_of_several_is_not_taken_out_of_a_pruned_segment(run, w2v):
    run("count", "one", "two", "--store", "store", "--label", "a")
    run("store", "store", "--prune-min-count", "2")
    (info,) = Store("store").segments()
    refused(
        w2v("count", "one", "--store", "store", "--subtract"),
        65,
        f"{info.path}: its words rarer than 2 were pruned, so no text can be taken out of it",
    )
    run("count", "one", "two", "--store", "store", "--subtract")
    assert labels() == []


def test_train_says_that_the_counts_were_pruned(store):
    common = ["train", "--store", "store", "--dim", "4", "--passes", "1", "-o", "new.safetensors"]
    whole = "the store was pruned: words that were rarer than 3 have lost their older counts"
    _, err = store(*common, "--min-count", "3")
    assert "pruned" not in err
    store("store", "store", "--prune-min-count", "3")
    _, err = store(*common, "--min-count", "3")
    assert f"TIME {whole}\n" in err
    _, err = store(*common, "--min-count", "2")
    assert (
        f"w2vcli: warning: {whole}, and with --min-count 2 such words are learnt from what is "
        "left; give 3 or more\n"
    ) in err
    facts = json.loads(store("info", "new.safetensors", "--json")[0])
    assert facts["corpus"]["pruned"]["min_count"] == 3


# --- windows ----------------------------------------------------------------------------


def windows():
    return {str(info.counting.windows) for info in Store("store").segments()}


def test_the_windows_are_those_of_the_store(run):
    run("count", "one", "--store", "store", "--window", "2", "--window-weights", "uniform")
    run("count", "two", "--store", "store")
    run("train", "three", "--store", "store", "-o", "new", "--dim", "4", "--passes", "1",
        "--min-count", "1")  # fmt: skip
    assert windows() == {"Windows(size=2, weights='uniform')"}
    assert len(Store("store").segments()) == 3
    run("count", "one", "--store", "store", "--subtract")
    assert len(Store("store").segments()) == 2


def test_a_new_store_has_the_usual_windows(run):
    run("count", "one", "--store", "store")
    assert windows() == {"Windows(size=5, weights='linear')"}


@pytest.mark.parametrize(
    "given", [["--window", "5"], ["--window-weights", "linear"], ["--window", "3"]]
)
def test_other_windows_are_refused(run, w2v, given):
    run("count", "one", "--store", "store", "--window", "2", "--window-weights", "uniform")
    message = "the store store counts with window 2, uniform weights, case kept, and here it is"
    refused(w2v("count", "two", "--store", "store", *given), 2, message)
    refused(w2v("train", "two", "--store", "store", "-o", "new", *given), 2, message)
    assert len(Store("store").segments()) == 1


# --- overlaps ---------------------------------------------------------------------------


def text(name, begin, end):
    lines = (f"line {n} of {n * 7} and {n * 9}\n" for n in range(begin, end))
    Path(name).write_text("".join(lines), encoding="utf-8")
    return name


def test_a_text_that_shares_lines_with_one_before(run, w2v):
    run("count", text("a.txt", 0, 100), "--store", "store", "--label", "2026-11-23")
    text("b.txt", 50, 150)
    refused(
        w2v("count", "b.txt", "--store", "store", "--overlap", "refuse"),
        65,
        "about 50% of the lines of b.txt are also in a.txt, counted as 2026-11-23; nothing was "
        "counted, as --overlap refuse asks: leave that out to count it all the same",
    )
    assert labels() == ["2026-11-23"]
    out, err = run("count", "b.txt", "--store", "store", "--label", "2026-11-24", "--json")
    assert (
        "w2vcli: warning: about 50% of the lines of b.txt are also in a.txt, counted as "
        "2026-11-23, and count twice; take one of the two texts out with 'w2vcli count "
        "--subtract', or refuse such texts with --overlap refuse\n"
    ) in err
    assert json.loads(out)["overlaps"] == [
        {"part": "b.txt", "whole": "a.txt, counted as 2026-11-23", "share": 0.5}
    ]
    assert labels() == ["2026-11-23", "2026-11-24"]


def test_many_overlaps_do_not_fill_the_screen(run):
    run("count", text("a", 0, 100), "--store", "store", "--label", "x")
    names = [text(f"b{n}", 10 + n, 99) for n in range(8)]
    _, err = run("count", *names, "--store", "store")
    assert err.count("and count twice; take one of the two texts out") == 20
    assert "w2vcli: warning: so do the lines of 16 more texts\n" in err
