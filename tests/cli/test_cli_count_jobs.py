"""``count --jobs``: several processes, the bytes of one, whatever dies on the way."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from helpers.texts import SENTENCES

from w2vcli import Corpus, Sharding, Store
from w2vcli.counts.shard_tasks import CountTask
from w2vcli.counts.task_runner import InThisProcess

JOBS = ["--jobs", "2", "--shard-size", "2K", "--label", "day"]


def counted(store):
    """The one segment of a store, which has nothing else in it."""
    (segment,) = Path(store).iterdir()
    return segment.read_bytes()


def test_the_bytes_of_one_process(w2v):
    Path("day.txt").write_text(SENTENCES * 60, encoding="utf-8")
    assert w2v("count", "day.txt", "--store", "one", "--label", "day")[0] == 0
    code, _, err = w2v("count", "day.txt", "--store", "two", *JOBS)
    assert (code, counted("two")) == (0, counted("one"))
    assert "counted 1 text" in err
    code, _, err = w2v("count", "day.txt", "--store", "two", *JOBS)
    assert code == 0
    assert "in the store already, so it is skipped" in err


def test_what_cannot_be_counted_so(w2v):
    code, _, err = w2v("count", "-", "--store", "s", "--jobs", "2", stdin=b"a b\n")
    assert code == 2
    assert "standard input: this is no file" in err
    assert w2v("count", "text.txt", "--store", "s", "--shard-size", "1M")[0] == 2
    assert w2v("count", "text.txt", "--store", "s", "--jobs", "2", "--subtract")[0] == 2
    Path("bad.txt").write_bytes(b"a b\n" * 1000 + b"a \xff b\n" + b"c d\n" * 1000)
    code, _, err = w2v("count", "bad.txt", "--store", "s", *JOBS)
    assert code == 65
    assert "bad.txt, line 1001, byte 3: 0xff is not valid UTF-8" in err
    assert not [*Path("s").glob("*.segment")]


def test_the_next_run_takes_up_what_a_killed_one_has_finished(w2v):
    Path("day.txt").write_text(SENTENCES * 3000, encoding="utf-8")
    assert w2v("count", "day.txt", "--store", "one", "--label", "day")[0] == 0
    command = [sys.executable, "-m", "w2vcli", "count", "day.txt", "--store", "two", *JOBS]
    run = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=os.environ)
    until = time.monotonic() + 60
    while len(finished := [*Path("two").glob(".shards/*.segment")]) < 5:
        assert run.poll() is None, "it has ended before it could be killed"
        assert time.monotonic() < until
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    assert not [*Path("two").glob("*.segment")]
    names = {path.name for path in finished}

    class Recording(InThisProcess):
        def run(self, function, tasks):
            done.extend(task.name for task in tasks if isinstance(task, CountTask))
            return super().run(function, tasks)

    done = []
    sharding = Sharding(Recording(), 1 << 30, 2 << 10)
    (made,) = Store(Path("two"), 1).add(Corpus(["day.txt"]), "day", sharding=sharding).made
    assert made.path.read_bytes() == counted("one")
    assert done
    assert not names & set(done)
    assert not [*Path("two").glob(".shards/*.segment")]
