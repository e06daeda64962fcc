"""Texts and stores in s3://, by the commands: the bytes of local ones, from several machines."""

import json
import os
import subprocess
import sys
from pathlib import Path

import fsspec
import pytest
from helpers.object_store import s3_server
from helpers.store_scenes import PARTS, succeeding
from helpers.texts import SENTENCES

SMALL = ["--dim", "3", "--passes", "1", "--min-count", "2"]
PROCESSES = 4


@pytest.fixture(scope="module")
def server():
    with s3_server() as address:
        yield address


@pytest.fixture
def url(server, tmp_path):
    """A folder of a bucket, with texts in ``texts``."""
    bucket = fsspec.filesystem("s3")
    for name, text in PARTS.items():
        bucket.pipe(f"bucket/{tmp_path.name}/texts/{name}", text.encode())
    return f"s3://bucket/{tmp_path.name}"


@pytest.fixture
def run(w2v):
    return succeeding(w2v)


def segments(run, store):
    out, _ = run("store", store, "--json")
    return [json.loads(line) for line in out.splitlines()[:-1]]


def test_the_commands_do_with_a_store_in_s3_what_they_do_with_a_local_one(
    run, url, tmp_path, monkeypatch
):
    monkeypatch.setenv("W2VCLI_CACHE_DIR", "cache")
    for store in ("local", f"{url}/store"):
        for part in ("one", "two"):
            out, err = run("count", part, "--store", store, "--label", part, "--json")
            assert json.loads(out)["store"] == store
            assert f"wrote {store}/{part}." in err
    there, here = segments(run, f"{url}/store"), segments(run, "local")
    for one in (*there, *here):
        del one["file"]
    assert there == here
    run("train", "--store", "local", *SMALL, "-o", "expected")
    run("train", "--store", f"{url}/store", *SMALL, "-o", "new")
    assert Path("new").read_bytes() == Path("expected").read_bytes()
    Path("cache").rename("old-cache")
    run("train", "three", "--store", f"{url}/store", "--label", "three", *SMALL, "-o", "new")
    run("train", "whole", *SMALL, "-o", "expected")
    assert Path("new").read_bytes() == Path("expected").read_bytes()
    _, err = run("train", "whole", "--store", f"{url}/store", "--plan", *SMALL, "-o", "none")
    assert str(tmp_path) not in err
    assert "merged 3 segments into s3://" in run("store", f"{url}/store", "--compact")[1]
    run("store", f"{url}/store", "--verify")
    run("count", "two", "--store", f"{url}/store", "--subtract")
    run("train", "one", "three", *SMALL, "-o", "expected")
    run("train", "--store", f"{url}/store", *SMALL, "-o", "new")
    assert Path("new").read_bytes() == Path("expected").read_bytes()


def test_texts_in_s3_have_the_counts_of_local_ones_in_any_number_of_processes(run, url):
    bucket = fsspec.filesystem("s3")
    names = {"day-1.txt": SENTENCES * 40, "day-2.txt": SENTENCES[::-1] * 20}
    for name, text in names.items():
        Path(name).write_text(text, encoding="utf-8")
        bucket.pipe(f"{url}/days/{name}", text.encode())
    days, label = f"{url}/days/*.txt", ["--label", "days"]
    jobs = ["--jobs", "2", "--shard-size", "2K"]
    run("count", days, "--store", "alone", *label)
    run("count", days, "--store", "jobs", *label, *jobs)
    run("count", days, "--store", f"{url}/alone", *label)
    _, err = run("count", days, "--store", f"{url}/jobs", *label, *jobs)
    assert "counted 2 texts" in err
    (alone,) = Path("alone").glob("*.segment")
    (sharded,) = Path("jobs").glob("*.segment")
    assert sharded.read_bytes() == alone.read_bytes()
    for store in ("alone", "jobs"):
        (there,) = bucket.glob(f"{url}/{store}/*.segment")
        assert bucket.cat(there) == alone.read_bytes()
    run("train", *names, *SMALL, "-o", "expected")
    run("train", "--store", f"{url}/jobs", *SMALL, "-o", "new")
    assert Path("new").read_bytes() == Path("expected").read_bytes()
    assert "in the store already" in run("count", "day-1.txt", "--store", f"{url}/jobs")[1]


def test_shares_compacted_have_the_bytes_of_a_segment_counted_at_once(run, url):
    store = f"{url}/store"
    for share in ("0/2", "1/2"):
        run("count", "whole", "--store", store, "--label", "all", "--shard", share)
    assert "merged 2 segments into s3://" in run("store", store, "--compact")[1]
    run("count", "whole", "--store", "local", "--label", "all")
    (there,) = fsspec.filesystem("s3").glob(f"{store}/*.segment")
    (here,) = Path("local").glob("*.segment")
    assert fsspec.filesystem("s3").cat(there) == here.read_bytes()


def test_several_machines_change_a_store_at_once(run, url, tmp_path):
    store = f"{url}/store"
    texts = {f"text{n}": f"word{n} and other words of text {n}\n" for n in range(PROCESSES)}
    for name, text in texts.items():
        Path(name).write_text(text)
    program = [sys.executable, "-m", "w2vcli"]
    commands = [["count", name, "--store", store, "--label", name] for name in texts]
    commands.append(["count", "text0", "--store", store, "--label", "again"])
    run("count", "one", "--store", store, "--label", "first")
    running = [
        subprocess.Popen(
            [*program, *command],
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ
            | {"NUMBA_DISABLE_JIT": "1", "W2VCLI_CACHE_DIR": str(tmp_path / f"machine{number}")},
        )
        for number, command in enumerate(commands)
    ]
    for process in running:
        _, err = process.communicate()
        assert process.returncode == 0, err
    counted = [each["name"] for info in segments(run, store) for each in info["inputs"]]
    assert sorted(counted) == ["one", *texts]
    run("store", store, "--verify")


@pytest.mark.parametrize(
    ("store", "code", "message"),
    [
        ("s3://nosuch/store", 73, "s3://nosuch/store/listing.00000000: could not be written: "),
        ("nosuch://bucket/store", 66, "nosuch://bucket/store: the protocol nosuch:// is not known"),
        ("http://127.0.0.1:1/store", 2, "http://127.0.0.1:1/store: a store is not read by HTTP"),
    ],
)
def test_what_no_store_can_be_in_is_named(server, w2v, store, code, message):
    got, _, err = w2v("count", "text.txt", "--store", store)
    assert got == code, err
    assert err.splitlines()[-1].startswith(f"w2vcli: {message}")


def test_a_store_in_the_folder_of_the_texts_is_refused(w2v, url):
    code, _, err = w2v("count", f"{url}/texts", "--store", f"{url}/texts/store")
    assert code == 2
    assert "so the next run would read it as text" in err
