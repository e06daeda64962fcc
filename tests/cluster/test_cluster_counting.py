"""``count --scheduler``: the segment of one machine, whatever dies on the way."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest
from helpers.clusters import real_cluster, wait_until
from helpers.texts import TIME
from helpers.web_server import serving

pytestmark = pytest.mark.cluster

pytest.importorskip("distributed")

COUNT = [sys.executable, "-m", "w2vcli", "count"]
SHARDS = 20


def started(folder, *arguments, store="many", **options):
    """Start counting in a folder."""
    return subprocess.Popen(
        [*COUNT, *map(str, arguments), "--store", store, "--label", "day"],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options,
    )  # fmt: skip


def ended(process):
    """The exit code and the messages of a process, without their times."""
    _, err = process.communicate(timeout=300)
    return process.returncode, re.sub(rf"(?m)^{TIME} ", "", err).splitlines()


def segments(folder):
    """The bytes of each segment of a store; a worker that was killed may leave a hidden folder."""
    return [path.read_bytes() for path in folder.glob("*.segment")]


def finished(folder):
    """How many shards are finished."""
    return len([*folder.glob(".shards/*.segment")])


@pytest.fixture(scope="module")
def texts(tmp_path_factory, shared_data):
    """A folder with WikiText-2, and its segment made by one process."""
    folder = tmp_path_factory.mktemp("texts")
    text = (shared_data / "wikitext2.train.txt").read_bytes()
    (folder / "text").write_bytes(text)
    code, _ = ended(started(folder, "text", store="one"))
    assert code == 0
    (segment,) = segments(folder / "one")
    size = -(-len(text) // SHARDS)
    return folder, size, segment


@pytest.fixture
def cluster(tmp_path):
    with real_cluster(tmp_path / "cluster") as running:
        running.workers(2)
        yield running


@pytest.fixture
def work(texts, tmp_path):
    """A folder of its own with the text, and how to count it on a cluster."""
    folder, size, segment = texts
    place = tmp_path / "work"
    place.mkdir()
    (place / "text").symlink_to(folder / "text")
    return place, ["text", "--shard-size", size], segment


def test_a_worker_dies_midway(work, cluster):
    folder, arguments, segment = work
    third = cluster.worker()
    counting = started(folder, *arguments, "--scheduler", cluster.file)
    wait_until(lambda: finished(folder / "many") >= 3)
    assert finished(folder / "many") < SHARDS
    third.kill()
    assert third.wait() == -signal.SIGKILL
    code, told = ended(counting)
    assert (code, segments(folder / "many")) == (0, [segment])
    assert len(told) == 3, told
    assert re.fullmatch(r"\S+scheduler.json: [123] workers? with [123] threads?", told[0])


def test_a_store_that_workers_do_not_see(work, cluster):
    """The folder is named by a handle that only the client has, so results are returned."""
    folder, arguments, segment = work
    (folder / "hidden").mkdir()
    handle = os.open(folder / "hidden", os.O_RDONLY)
    # No worker has as many files open as to have this number.
    os.dup2(handle, 789, inheritable=True)
    os.close(handle)
    try:
        store = "/proc/self/fd/789/store"
        counting = started(
            folder, *arguments, "--scheduler", cluster.address, store=store, pass_fds=[789]
        )
        code, told = ended(counting)
    finally:
        os.close(789)
    assert code == 0, told
    assert segments(folder / "hidden" / "store") == [segment]


def test_the_scheduler_dies_midway(work, tmp_path):
    folder, arguments, segment = work
    with real_cluster(tmp_path / "first") as cluster:
        cluster.workers(2)
        counting = started(folder, *arguments, "--scheduler", cluster.address)
        wait_until(lambda: finished(folder / "many") >= 3)
        cluster.scheduler.kill()
        killed = time.monotonic()
        code, told = ended(counting)
        assert time.monotonic() - killed < 20
    assert code == 74
    assert "the connection to the scheduler was lost" in told[-1]
    assert len(told) == 2, told
    there = finished(folder / "many")
    assert 3 <= there <= SHARDS
    assert segments(folder / "many") == []
    with real_cluster(tmp_path / "second") as cluster:
        cluster.workers(2)
        code, told = ended(started(folder, *arguments, "--scheduler", cluster.address))
    assert (code, segments(folder / "many")) == (0, [segment])
    assert re.fullmatch(r"took up (\d+) shards that an earlier run had finished", told[1])


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_signal_ends_it_at_once_and_the_next_run_goes_on(work, cluster, sent):
    folder, arguments, segment = work
    counting = started(folder, *arguments, "--scheduler", cluster.address)
    wait_until(lambda: finished(folder / "many") >= 3)
    counting.send_signal(sent)
    begin = time.monotonic()
    code, told = ended(counting)
    assert time.monotonic() - begin < 10
    assert code == -sent
    assert segments(folder / "many") == []
    assert "Traceback" not in "".join(told)
    if sent != signal.SIGKILL:
        assert f"interrupted by {sent.name}" in told[-1]
    code, told = ended(started(folder, *arguments, "--scheduler", cluster.address))
    assert (code, segments(folder / "many")) == (0, [segment])
    assert "took up" in told[1]


def test_two_clients_at_once(work, cluster):
    folder, arguments, segment = work
    both = [started(folder, *arguments, "--scheduler", cluster.address) for _ in range(2)]
    told = [ended(process) for process in both]
    assert [code for code, _ in told] == [0, 0]
    assert segments(folder / "many") == [segment]
    skipped = ["text: in the store already, so it is skipped" in lines for _, lines in told]
    assert sorted(skipped) == [False, True]


def test_bad_bytes_are_named_as_on_one_machine(tmp_path, cluster):
    lines = [b"a king rules the land\n"] * 3000
    lines[2000] = b"a \xff king\n"
    (tmp_path / "text").write_bytes(b"".join(lines))
    alone = ended(started(tmp_path, "text", store="one"))
    code, told = ended(
        started(tmp_path, "text", "--shard-size", "5000", "--scheduler", cluster.address)
    )
    assert code == 65
    assert (code, told[1:]) == alone
    assert "text, line 2001, byte 3" in told[1]
    assert list(tmp_path.glob("many/*.segment")) == []


def test_a_text_that_workers_do_not_have(tmp_path, cluster):
    """It has the name of a handle, under which a worker finds nothing, or something else."""
    (tmp_path / "text").write_text("a b c\n")
    with (tmp_path / "text").open() as text:
        counting = started(
            tmp_path, "/proc/self/fd/0", "--scheduler", cluster.address, stdin=text
        )  # fmt: skip
        code, told = ended(counting)
    assert code in (65, 66, 74), told
    assert segments(tmp_path / "many") == []


def test_texts_behind_urls(texts, tmp_path, cluster):
    """Workers read their own shards of them, from a disk and from a web server with ranges."""
    folder, size, _ = texts
    with serving(folder) as (address, log):
        for number, url in enumerate([(folder / "text").as_uri(), f"{address}/text"]):
            options = {"one": [], "many": ["--shard-size", size, "--scheduler", cluster.address]}
            for store, more in options.items():
                code, told = ended(started(tmp_path, url, *more, store=f"{store}-{number}"))
                assert code == 0, told
            one, many = (segments(tmp_path / f"{store}-{number}") for store in options)
            assert many == one != []
        assert len({span for _, _, span in log if span}) >= SHARDS


def test_no_worker_comes(tmp_path):
    (tmp_path / "text").write_text("a b c\n")
    with real_cluster(tmp_path / "cluster") as empty:
        options = ["--scheduler", empty.file, "--wait-for-workers", "0.5"]
        code, told = ended(started(tmp_path, "text", *options))
    assert (code, len(told)) == (74, 2)
    assert told[0] == "no worker is there yet: waiting for one, 0.5 s at most"
    assert "no worker came within 0.5 s" in told[1]
    assert segments(tmp_path / "many") == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--jobs", "2", "--scheduler", "tcp://127.0.0.1:1"], "give one of them"),
        (["--shard-size", "1M"], "--shard-size is about the shards of --jobs and --scheduler"),
        (["--scheduler", "here"], "--scheduler here: give tcp://HOST:PORT"),
    ],
)
def test_options_that_do_not_fit(tmp_path, options, said):
    (tmp_path / "text").write_text("a b c\n")
    code, told = ended(started(tmp_path, "text", *options))
    assert (code, len(told)) == (2, 1)
    assert said in told[0]
    assert not (tmp_path / "many").exists()
