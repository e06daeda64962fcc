"""``count --shard``: processes that know nothing of each other, and then the bytes of one."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers.texts import SENTENCES

LABEL = ["--label", "day"]


def only(store):
    """The one segment of a store, which has nothing else in it."""
    (segment,) = Path(store).iterdir()
    return segment.read_bytes()


def command(*arguments):
    return [sys.executable, "-m", "w2vcli", "count", *arguments, *LABEL]


def test_wikitext_2_in_three_shares_at_once(w2v, shared_data):
    texts = [str(shared_data / f"wikitext2.{part}.txt") for part in ("train", "valid")]
    runs = [
        subprocess.Popen(command(*texts, "--store", "shares", "--shard", f"{i}/3"), env=os.environ)
        for i in (1, 2, 0)
    ]
    assert w2v("count", *texts, "--store", "one", *LABEL)[0] == 0
    assert [run.wait() for run in runs] == [0, 0, 0]
    assert len([*Path("shares").iterdir()]) == 3
    model = ["--min-count", "50", "--dim", "4", "--passes", "1"]
    assert w2v("train", "--store", "one", "-o", "one.model", *model)[0] == 0
    code, _, err = w2v("train", "--store", "shares", "-o", "parts.model", *model)
    assert (code, "warning" in err) == (0, False)
    assert Path("parts.model").read_bytes() == Path("one.model").read_bytes()
    assert w2v("store", "shares", "--compact")[0] == 0
    assert only("shares") == only("one")


def test_a_killed_share_is_counted_again(w2v):
    Path("day.txt").write_text(SENTENCES * 3000, encoding="utf-8")
    assert w2v("count", "day.txt", "--store", "one", *LABEL)[0] == 0
    run = subprocess.Popen(command("day.txt", "--store", "s", "--shard", "0/2"), env=os.environ)
    until = time.monotonic() + 60
    while not Path("s").exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    assert not [*Path("s").glob("*.segment")]
    for share in ("1/2", "0/2"):
        assert w2v("count", "day.txt", "--store", "s", *LABEL, "--shard", share)[0] == 0
    assert w2v("store", "s", "--compact")[0] == 0
    assert only("s") == only("one")


def test_what_is_said_of_shares(w2v):
    Path("day.txt").write_text(SENTENCES * 60, encoding="utf-8")
    size = Path("day.txt").stat().st_size
    share = ["count", "day.txt", "--store", "s", *LABEL, "--shard"]
    code, out, err = w2v(*share, "0/2", "--json")
    assert code == 0
    assert "counted 1 text, in part, with " in err
    assert f"day.txt: {size // 2:,} of its {size:,} bytes are in the store; other shares" in err
    (made,) = json.loads(out)["made"]
    assert made["inputs"][0]["part"] == {"begin": 0, "end": size // 2, "of": size}
    code, out, err = w2v("store", "s", "--json")
    last = json.loads(out.splitlines()[-1])
    assert last["total"]["texts"] == 1
    assert last["in_part"][0]["lacking"] == [[size // 2, size]]
    code, out, err = w2v("store", "s")
    assert out.splitlines()[0].split("\t")[-1] == "1"
    assert "count its other shares, or take it out" in err
    code, _, err = w2v(
        "train", "--store", "s", "-o", "m", "--min-count", "1", "--dim", "2", "--passes", "1"
    )
    assert code == 0
    assert f"warning: day.txt: {size // 2:,} of its {size:,} bytes are in the store" in err
    code, _, err = w2v(*share[:-1])
    assert code == 65
    assert "a part of this text is in the store already" in err
    code, _, err = w2v(*share, "0/2")
    assert code == 0
    assert "in the store already, so it is skipped" in err
    assert "wrote" not in err
    code, _, err = w2v(*share, "1/3")
    assert code == 65
    assert "counted in other shares" in err
    Path("day.txt").write_text(SENTENCES * 61, encoding="utf-8")
    code, _, err = w2v(*share, "1/2")
    assert code == 0
    assert "the file has changed since; count all its shares as it is now" in err
    Path("day.txt").write_text(SENTENCES * 60, encoding="utf-8")
    code, _, err = w2v(*share, "1/2")
    assert "all of day.txt is in the store; 'w2vcli store s --compact' makes one" in err
    assert w2v("count", "day.txt", "--store", "s", "--subtract")[0] == 0
    Path("day.txt").write_text(SENTENCES * 61, encoding="utf-8")
    assert w2v("count", "day.txt", "--store", "s", "--subtract")[0] == 0
    assert not [*Path("s").iterdir()]


@pytest.mark.parametrize(
    "share",
    ["3/3", "0/0", "x", "-1/2", "1", "1/", "/2", "1/2/3", "1.0/2", "0/9999999999", ""],
)
def test_what_is_no_share(w2v, share):
    code, out, err = w2v("count", "text.txt", "--store", "s", f"--shard={share}")
    assert (code, out) == (2, "")
    assert "is not a share; of three these are 0/3, 1/3 and 2/3" in err
    assert not Path("s").exists()


def test_what_cannot_be_shared(w2v):
    code, _, err = w2v("count", "-", "--store", "s", "--shard", "0/2", stdin=b"a b\n")
    assert code == 2
    assert "standard input: this is no file" in err
    for other in (["--jobs", "2"], ["--subtract"], ["--plan"]):
        code, _, err = w2v("count", "text.txt", "--store", "s", "--shard", "0/2", *other)
        assert code == 2
        assert other[0] in err
    Path("tiny").write_text("a b\n")
    code, _, err = w2v("count", "tiny", "--store", "s", "--shard", "0/90")
    assert code == 0
    assert "nothing of the texts is in this share" in err


@pytest.mark.parametrize("expected", [("--expect-lines", "5"), ("--end-mark", "the end")])
def test_a_text_that_is_not_whole_ends_the_process_at_once(w2v, expected):
    Path("day.txt").write_text(SENTENCES * 300, encoding="utf-8")
    share = [*command("day.txt", "--store", "s", "--shard", "0/2", "--threads", "2"), *expected]
    ended = subprocess.run(share, env=os.environ, capture_output=True, timeout=60, check=False)
    assert ended.returncode == 65
    assert not [*Path("s").glob("*.segment")]
