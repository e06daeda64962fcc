"""rollback: what it says, as lines and as JSON, and every way to get it wrong."""

import json
import os
from pathlib import Path

import pytest

TRAIN = ["train", "text.txt", "-o", "new", "--dim", "3", "--passes", "1", "--min-count", "2"]
DAYS = {"new": "2001-09-11", "new.1": "2001-09-10", "new.2": "2001-09-09"}


@pytest.fixture
def nights(w2v):
    """Run a command line where three models are, of three nights."""
    for seed in "123":
        assert w2v(*TRAIN, "--seed", seed, "--keep", "5")[0] == 0
    for days, name in enumerate(DAYS):
        time = 1e9 + 86_400 * (2 - days)
        os.utime(name, (time, time))
    return w2v


def contents(*names):
    return [Path(name).read_bytes() for name in names]


def test_back_and_back_again(nights):
    first, second, third = contents(*DAYS)
    code, out, err = nights("rollback", "new")
    assert (code, out) == (0, "")
    assert err.splitlines() == [
        "TIME new is of 2001-09-10T01:46:40Z: 21 words of 183 tokens",
        "TIME what it replaced is new.refused, of 2001-09-11T01:46:40Z: 21 words of 183 tokens",
        "TIME still kept: new.1",
    ]
    assert contents("new", "new.1", "new.refused") == [second, third, first]
    code, out, err = nights("rollback", "new", "--json")
    assert (code, "still kept" in err) == (0, False)
    known = {"words": 21, "dim": 3, "tokens": 183}
    assert json.loads(out) == {
        "model": {"file": "new", "time": "2001-09-09T01:46:40Z"} | known,
        "replaced": {"file": "new.refused", "time": "2001-09-10T01:46:40Z"} | known,
        "left": [],
        "finished": False,
    }
    assert contents("new", "new.refused") == [third, second]
    code, out, err = nights("rollback", "new")
    assert (code, out) == (66, "")
    assert err == (
        "w2vcli: new: there is no file before it, as new.1 would be; 'w2vcli train --keep N' "
        "keeps the last N\n"
    )
    assert contents("new", "new.refused") == [third, second]
    assert nights(*TRAIN, "--seed", "4", "--keep", "5")[0] == 0
    assert contents("new.1") == [third]


def test_a_list(nights):
    code, out, err = nights("rollback", "new", "--list")
    assert (code, err) == (0, "")
    assert out == "".join(f"{name}\t{day}T01:46:40Z\t21\t3\t183\n" for name, day in DAYS.items())
    code, out, _ = nights("rollback", "new", "--list", "--json")
    assert [json.loads(line)["file"] for line in out.splitlines()] == list(DAYS)


def test_a_list_of_what_cannot_be_read(nights):
    Path("new").write_bytes(b"damaged")
    code, out, _ = nights("rollback", "new", "--list")
    assert (code, out.splitlines()[0].split("\t")[2:]) == (0, ["unknown"] * 3)
    code, _, err = nights("rollback", "new")
    assert (code, "what it replaced is new.refused, of " in err) == (0, True)
    assert ", and cannot be read" in err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["model.safetensors"], 66, "model.safetensors: there is no file before it"),
        (["missing"], 66, "missing: there is no file before it, as missing.1 would be"),
        (["missing", "--list"], 66, "missing: no such file, and no generation of it"),
        (["-"], 2, "'-' (standard input) is no model that could be replaced"),
        ([""], 2, "a file name is empty"),
        ([], 2, "Missing argument 'MODEL'"),
        (["no/such/folder"], 73, "the folder no/such does not exist"),
    ],
)
def test_what_cannot_be_done(w2v, arguments, code, message):
    found, out, err = w2v("rollback", *arguments)
    assert (found, out, message in err) == (code, "", True), err


def test_another_file_in_the_way(nights):
    Path("new.refused").write_text("notes")
    before = contents(*DAYS)
    code, _, err = nights("rollback", "new")
    assert (code, "new.refused: this is not a model of w2vcli" in err) == (73, True)
    assert contents(*DAYS) == before
    assert Path("new.refused").read_text() == "notes"
