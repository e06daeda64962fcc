"""Training on a cluster: the bytes of one machine, whoever dies on the way."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from w2vcli import Selection, TrainingOptions, train
from w2vcli.softmax.shards import shards_of
from w2vcli.vectors.model import Model

pytest.importorskip("distributed", reason="Dask is not installed: pip install 'w2vcli[dask]'")
pytestmark = pytest.mark.cluster

OPTIONS = TrainingOptions(dim=12, batch=256, passes=2, seed=3)


@contextmanager
def cluster(folder, *threads):
    """Start a scheduler and a worker for each number of threads; give its file, and the workers."""
    file, here = str(folder / "scheduler.json"), Path(sys.executable).parent
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    where = ["--host", "127.0.0.1"]
    dask = [str(here / "dask")]
    begun = [
        subprocess.Popen(
            [*dask, "scheduler", *where, "--port", "0", "--no-dashboard", "--scheduler-file", file],
            **quiet,
        )
    ]
    try:
        until(Path(file).exists, begun)
        for number in threads:
            worker = ["worker", "--scheduler-file", file, "--nthreads", str(number), *where]
            begun.append(subprocess.Popen([*dask, *worker, "--no-nanny"], **quiet))
        yield file, begun[1:]
    finally:
        for process in begun:
            process.kill()
            process.wait()


def until(is_so, processes):
    """Wait for something that these processes, none of which may end before, bring about."""
    deadline = time.monotonic() + 60
    while not is_so():
        assert all(process.poll() is None for process in processes)
        assert time.monotonic() < deadline
        time.sleep(0.05)


def text_of(folder):
    """A text of so many words that they are more than one shard."""
    words = [f"w{(i + i // 9000) * 7919 % 9000}" for i in range(40_000)]
    text = folder / "text.txt"
    text.write_text("\n".join(" ".join(words[i : i + 20]) for i in range(0, 40_000, 20)))
    return text


@pytest.mark.parametrize("threads", [(1,), (1, 2)])
def test_the_model_has_the_bytes_of_one_machine(tmp_path, threads):
    from w2vcli.cluster.connection import connected
    from w2vcli.cluster.output_layer import output_on

    text, words = text_of(tmp_path), Selection(1)
    here, there = tmp_path / "here", tmp_path / "there"
    train(text, here, OPTIONS, words=words, threads=2)
    with cluster(tmp_path, *threads) as (file, workers), connected(file) as found:
        until(lambda: len(found.workers()) == len(workers), workers)
        train(text, there, OPTIONS, words=words, open_output=output_on(found))
    assert len(shards_of(len(Model.load(here).words))) > 1
    assert there.read_bytes() == here.read_bytes()
    assert not there.with_name("there.checkpoint").exists()


def test_a_killed_worker_is_made_good(tmp_path):
    from w2vcli.cluster.connection import connected
    from w2vcli.cluster.output_layer import output_on
    from w2vcli.training.events import Progress, Recovering

    text, words = text_of(tmp_path), Selection(1)
    here, there = tmp_path / "here", tmp_path / "there"
    train(text, here, OPTIONS, words=words, threads=1)
    seen = []
    with cluster(tmp_path, 1, 1) as (file, workers), connected(file) as found:
        until(lambda: len(found.workers()) == len(workers), workers)

        def report(event):
            seen.append(event)
            if sum(isinstance(e, Progress) for e in seen) == 20 and isinstance(event, Progress):
                os.kill(workers[1].pid, signal.SIGKILL)
                workers[1].wait()

        train(text, there, OPTIONS, words=words, open_output=output_on(found), report=report)
    (recovering,) = [event for event in seen if isinstance(event, Recovering)]
    assert "is lost" in recovering.reason
    assert there.read_bytes() == here.read_bytes()
