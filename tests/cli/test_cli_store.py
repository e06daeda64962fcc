"""count, store, and train --store: what they say, what they write, and how they refuse."""

import gzip
import json
import os
import re
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from helpers.store_scenes import PARTS, bytes_of, count_parts, figures, refused, succeeding

OPTIONS = "give the same options, or another --store"


@pytest.fixture
def run(w2v):
    return succeeding(w2v)


@pytest.fixture
def store(run):
    """Run in a folder with a store of three segments."""
    count_parts(run)
    return run


def files(folder="store"):
    return {p.name: p.read_bytes() for p in Path(folder).iterdir()}


# --- count ------------------------------------------------------------------------------


def test_count_says_what_it_did(run):
    out, err = run("count", "one", "two", "one", "--store", "store", "--label", "a")
    _, tokens, types, pairs = figures("one", "two")
    assert out == ""
    assert re.fullmatch(
        "TIME one: in the store already, so it is skipped\n"
        f"TIME counted 2 texts with 3 lines and {tokens} tokens\n"
        rf"TIME wrote store/a\.[0-9a-f]{{8}}\.segment: {types} types, {pairs} pairs of words, "
        "0[.]0 MB\n",
        err,
    ), err  # fmt: skip
    out, err = run("count", "two", "--store", "store")
    assert (out, err) == ("", "TIME two: in the store already, so it is skipped\n")


def test_count_in_json(run):
    out, _ = run("count", "one", "two", "one", "--store", "store", "--label", "a", "--json")
    said = json.loads(out)
    (made,) = said["made"]
    assert (said["store"], said["texts"], said["skipped"]) == ("store", ["one", "two"], ["one"])
    _, *numbers = figures("one", "two")
    assert (made["label"], made["lower"]) == ("a", False)
    assert [made["tokens"], made["types"], made["pairs"]] == numbers
    assert made["windows"] == {"size": 5, "weights": "linear"}
    assert made["bytes"] == Path("store", made["file"]).stat().st_size
    assert sorted(entry["name"] for entry in made["inputs"]) == ["one", "two"]
    assert said["gone"] == []
    out, err = run("count", "one", "--store", "store", "--subtract", "--json")
    said = json.loads(out)
    assert (said["texts"], said["skipped"], said["gone"]) == (["one"], [], [made["file"]])
    assert f"TIME took out 1 text with 1 line and {figures('one')[1]} tokens\n" in err
    assert json.loads(run("count", "one", "--store", "store", "--subtract", "--json")[0]) == {
        "store": "store", "texts": [], "skipped": ["one"], "made": [], "gone": [], "overlaps": [],
    }  # fmt: skip


def test_the_label_is_the_day(run):
    before = datetime.now(UTC).astimezone().date()
    run("count", "one", "--store", "store")
    (name,) = files()
    assert name.partition(".")[0] in {str(before), str(before + timedelta(days=1))}


def test_the_same_content_compressed_or_from_a_pipe_is_the_same_text(run):
    Path("one.gz").write_bytes(gzip.compress(PARTS["one"].encode()))
    run("count", "one.gz", "--store", "store")
    _, err = run("count", "one", "--store", "store")
    assert "one: in the store already" in err
    _, err = run("count", "-", "--store", "store", stdin=PARTS["one"].encode())
    assert "standard input: in the store already, so it is skipped" in err
    out, _ = run("count", "-", "--store", "store", "--json", stdin=PARTS["two"].encode())
    assert json.loads(out)["texts"] == ["-"]


WARNING = (
    "w2vcli: warning: {} is the beginning of {}, so what they share is counted twice; take one of "
    "them out with 'w2vcli count --subtract'"
)


def test_a_text_that_goes_on_where_one_in_the_store_ends(run):
    cut = PARTS["one"] + PARTS["two"][:20]
    _, err = run("count", "-", "--store", "store", stdin=cut.encode())
    assert f"TIME counted 1 text with 2 lines and {len(cut.split())} tokens\n" in err
    Path("whole.gz").write_bytes(gzip.compress(Path("whole").read_bytes()))
    _, err = run("count", "two", "whole.gz", "--store", "store")
    assert WARNING.format("standard input", "whole.gz") in err.splitlines()
    assert err.count("warning") == 1
    for again in ("whole", "-"):  # both are there already: nothing new to say
        assert "warning" not in run("count", again, "--store", "store", stdin=cut.encode())[1]


@pytest.mark.parametrize("order", [("one", "whole"), ("whole", "one")])
def test_a_text_and_its_beginning_counted_at_once(run, order):
    _, err = run("count", *order, "--store", "store")
    assert [line for line in err.splitlines() if "warning" in line] == [
        WARNING.format("one", "whole")
    ]


def test_many_beginnings_do_not_fill_the_screen(run):
    for number in range(30):
        Path(f"part{number:02}").write_text("a b c\n" * (number + 1), encoding="utf-8")
    Path("long").write_text("a b c\n" * 31, encoding="utf-8")
    run("count", *(f"part{number:02}" for number in range(30)), "--store", "other")
    _, err = run("count", "long", "--store", "other")
    assert err.count("is the beginning of long") == 20
    assert "w2vcli: warning: so are 10 more texts of others\n" in err


def test_a_folder_of_texts(run):
    Path("texts/more").mkdir(parents=True)
    for name in PARTS:
        Path(name).rename(f"texts/more/{name}")
    run("count", "texts", "--store", "texts/.store")  # hidden, so it is no text
    out, _ = run("store", "texts/.store")
    assert out.split("\t")[1] == "3"


# --- store ------------------------------------------------------------------------------


def test_store_lists_the_segments(store):
    out, err = store("store", "store")
    rows = [line.split("\t") for line in out.splitlines()]
    sizes = {str(path.stat().st_size) for path in Path("store").iterdir()}
    assert err == ""
    assert [row[:5] for row in rows] == [
        [name, *map(str, figures(name))] for name in ("one", "three", "two")
    ]
    assert {row[5] for row in rows} == sizes
    out, _ = store("store", "store", "--json", "--segments", "last:2")
    assert [json.loads(line)["label"] for line in out.splitlines()[:-1]] == ["three", "two"]
    out, _ = store("store", "store", "--segments", "one,two", "--json", "--threads", "2")
    assert [json.loads(line)["label"] for line in out.splitlines()[:-1]] == ["one", "two"]


def test_store_on_a_terminal(store, monkeypatch):
    from w2vcli.cli import pages

    monkeypatch.setattr(pages, "results_on_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    out, _ = store("store", "store")
    title, _, header, rule, *rows = out.splitlines()
    assert title == "Store store"
    assert header.split() == ["label", "texts", "tokens", "types", "pairs", "bytes"]
    assert set(rule.strip()) == {"─"}
    assert [row.split()[0] for row in rows if row] == ["one", "three", "two"]


def test_store_verifies_merges_and_removes(store):
    _, err = store("store", "store", "--verify")
    assert err == "TIME every checksum and every count is in order\n"
    out, err = store("store", "store", "--compact", "--segments", "one,two", "--label", "both")
    assert re.fullmatch(
        r"TIME merged 2 segments into store/both\.[0-9a-f]{8}\.segment" "\n", err
    ), err
    assert [line.split("\t")[0] for line in out.splitlines()] == ["both", "three"]
    out, err = store("store", "store", "--remove", "three")
    assert re.fullmatch(r"TIME removed store/three\.[0-9a-f]{8}\.segment" "\n", err), err
    assert out.split("\t")[:5] == ["both", *map(str, figures("one", "two"))]
    out, err = store("store", "store", "--compact", "--json")
    assert err == "TIME nothing to merge: there is one segment\n"
    assert json.loads(out.splitlines()[0])["label"] == "both"
    store("store", "store", "--remove", "both")
    assert store("store", "store") == ("", "")
    assert files() == {}


def test_the_counts_depend_on_neither_memory_nor_threads(store):
    for text in PARTS:
        store("count", text, "--store", "other", "--threads", "2", "--memory", "256M")
    store("store", "store", "--compact", "--memory", "256M", "--threads", "1")
    store("store", "other", "--compact", "--threads", "3")
    assert bytes_of("store") == bytes_of("other")


def test_damage_is_found(store, w2v):
    path = max(Path("store").iterdir())
    data = path.read_bytes()
    path.write_bytes(data[:-1] + b"\x00")
    refused(w2v("store", "store", "--verify"), 65, f"{path}: not a usable segment: its content is")
    path.write_bytes(data[:-1])
    for command in (["store", "store"], ["count", "one", "--store", "store"]):
        refused(w2v(*command), 65, f"{path}: not a usable segment: the file is damaged, cut short")


# --- refused ----------------------------------------------------------------------------

COUNT = ["count", "whole", "--store"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["count", "one"], 2, "Missing option '--store'"),
        ([*COUNT, ""], 2, "a file name is empty; is a variable unset in the command?"),
        (["count", "", "--store", "store"], 2, "a file name is empty; is a variable unset"),
        (["count", "-", "-", "--store", "store"], 2, "standard input ('-') can be read only once"),
        ([*COUNT, "store", "--label", "a,b"], 2, "'a,b' cannot be a label: give up to 50 letters"),
        ([*COUNT, "store", "--label", ""], 2, "'' cannot be a label: give up to 50 letters"),
        ([*COUNT, "store", "--label", "a", "--subtract"], 2, "--label names what is counted now;"),
        ([*COUNT, "store", "--memory", "1M"], 2, "Invalid value for '--memory': '1M' is too lit"),
        ([*COUNT, "store", "--window", "0"], 2, "Invalid value for '--window': "),
        (
            [*COUNT, "store", "--window", "2"], 2,
            "the store store counts with window 5, linear weights, case kept, and here it is "
            f"window 2, linear weights, case kept; {OPTIONS}",
        ),
        (
            ["count", "one", "--subtract", "--store", "store", "--lower"], 2,
            "the store store counts with window 5, linear weights, case kept, and here it is "
            f"window 5, linear weights, lower-cased; {OPTIONS}",
        ),
        (["count", ".", "--store", "store"], 2, "--store: store lies in the folder ., so the nex"),
        (["count", "store", "--store", "store"], 2, "--store: store lies in the folder store, so"),
        (["count", "none", "--store", "store"], 66, "none: no such file or folder; check the pa"),
        (["count", "blank", "empty", "--store", "store"], 66, "blank, empty: there are no words"),
        (["count", "-", "--store", "store"], 66, "standard input: there are no words in it; give"),
        (["count", "bad", "--store", "store"], 65, "bad, line 1, byte 3: 0xff is not valid UTF-8"),
        ([*COUNT, "none", "--subtract"], 66, "none: not a store: No such file or directory; make"),
        ([*COUNT, "one"], 73, "one: this is not a folder; choose another name"),
        ([*COUNT, "none/store"], 73, "none/store: the folder cannot be made: No such file or dir"),
        (["store"], 2, "Missing argument 'DIR'"),
        (["store", ""], 2, "a file name is empty; is a variable unset in the command?"),
        (["store", "none"], 66, "none: not a store: No such file or directory; make one with"),
        (["store", "one"], 66, "one: not a store: Not a directory; make one with 'w2vcli count'"),
        (["store", "none", "--compact"], 66, "none: not a store: No such file or directory; mak"),
        (["store", "vacant", "--compact"], 66, "vacant: the store is empty; fill it with 'w2vcl"),
        (["store", "vacant", "--remove", "a"], 66, "vacant: no segment has the label 'a'; 'w2vc"),
        (["store", "store", "--remove", "last:1"], 2, "'last:1' is not a label; 'w2vcli store' l"),
        (["store", "store", "--remove", "four"], 66, "store: no segment has the label 'four'; 'w"),
        (["store", "store", "--segments", "one,four"], 66, "store: no segment has the label 'fou"),
        (["store", "store", "--label", "a"], 2, "--label names what --compact makes; give --comp"),
        (["store", "store", "--verify", "--compact"], 2, "--verify, --compact, --remove, --kee"),
        (["store", "store", "--remove", "one", "--segments", "two"], 2, "--segments has no say"),
        (["store", "store", "--compact", "--label", "a..b"], 2, "'a..b' cannot be a label: give"),
        (["train", "--store", "none", "-o", "new"], 66, "none: not a store: No such file or dire"),
        (["train", "--store", "vacant", "-o", "new"], 66, "vacant: the store is empty; fill it"),
        (["train", "--store", "", "-o", "new"], 2, "a file name is empty; is a variable unset"),
        (["train", "--store", "store", "-o", "store/new"], 2, "--output: store/new lies in the"),
        (["train", "--store", "store", "-o", "new", "--lower"], 2, "--lower: what is in a store w"),
        (["train", "--store", "store", "-o", "new", "--arch", "cbow"], 2, "--store: pair counts a"),
        (["train", "--store", "store", "-o", "new", "--method", "stream"], 2, "--store: pair coun"),
        (["train", "--store", "store", "-o", "new", "--segments", "four"], 66, "store: no segment"),
        (["train", "--store", "store", "-o", "new", "--min-count", "99"], 65, "none of the "),
        (["train", "--store", "store", "-o", "new", "--vocab", "other"], 65, "no word of the voca"),
    ],
)  # fmt: skip
def test_refused(store, w2v, arguments, code, message):
    Path("vacant").mkdir()
    Path("empty").touch()
    Path("blank").write_bytes(b" \n")
    Path("bad").write_bytes(b"a \xff\n")
    Path("other").write_text("unknown 5\n", encoding="utf-8")
    before = files(), {p.name for p in Path().iterdir()}
    refused(w2v(*arguments), code, message)
    assert (files(), {p.name for p in Path().iterdir()}) == before
    assert files("vacant") == {}


@pytest.mark.parametrize("command", [["count", "--store", "store"], ["build-vocab", "-o", "new"]])
def test_a_name_that_the_system_refuses(run, w2v, command):
    name = "x" * 300
    refused(w2v(*command, name), 66, f"{name}: cannot be read: File name too long; check the path")


def test_a_label_that_was_merged(store, w2v):
    store("store", "store", "--compact")
    for command in (["train", "--store", "store", "--segments", "two", "-o", "new"],
                    ["store", "store", "--remove", "two"]):  # fmt: skip
        refused(
            w2v(*command), 66,
            "store: the texts labelled 'two' were merged into 'one..two'; name that, or take them "
            "out by 'w2vcli count --subtract'",
        )  # fmt: skip


@contextmanager
def nobody():
    """Be nobody for a while, if we are root, whom no permissions bind."""
    if os.getuid():
        yield
        return
    os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


def test_a_store_that_may_only_be_read(store, w2v):
    Path().chmod(0o755)
    Path("store").chmod(0o555)
    with nobody():
        assert w2v("store", "store", "--verify")[0] == 0
        for command in (["count", "whole", "--store", "store"], ["store", "store", "--compact"],
                        ["store", "store", "--remove", "one"]):  # fmt: skip
            refused(w2v(*command), 73, "store/store: no permission to write in store; choose anot")
    Path("store").chmod(0)
    with nobody():
        refused(w2v("store", "store"), 66, "store: cannot be read: Permission denied")
    Path("store").chmod(0o755)
    assert len(files()) == 3
