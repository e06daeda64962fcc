"""Training on a cluster: the bytes of one machine, whoever dies on the way."""

import json
import os
import re
import signal
import subprocess
import sys

import pytest
from helpers.cluster_tasks import profiles
from helpers.clusters import real_cluster, wait_until
from helpers.texts import TIME

from w2vcli import Selection, TrainingOptions, output_on, train
from w2vcli.softmax.shards import shards_of
from w2vcli.training.events import Progress, Recovering
from w2vcli.vectors.model import Model

pytest.importorskip("distributed", reason="Dask is not installed: pip install 'w2vcli[dask]'")
pytestmark = pytest.mark.cluster

OPTIONS = TrainingOptions(dim=12, batch=256, passes=2, seed=3)
GIVEN = ["--dim", "12", "--batch", "256", "--passes", "2", "--seed", "3", "--min-count", "1"]
PROGRAM = [sys.executable, "-m", "w2vcli"]


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """A folder with a text of so many words that they are more than one shard, and its model."""
    folder = tmp_path_factory.mktemp("here")
    words = [f"w{(i + i // 9000) * 7919 % 9000}" for i in range(40_000)]
    lines = [" ".join(words[i : i + 20]) for i in range(0, 40_000, 20)]
    (folder / "text.txt").write_text("\n".join(lines))
    train(folder / "text.txt", folder / "model", OPTIONS, words=Selection(1), threads=2)
    assert len(shards_of(len(Model.load(folder / "model").words))) > 1
    return folder


@pytest.fixture
def cluster(tmp_path):
    with real_cluster(tmp_path / "cluster") as running:
        yield running


def started(folder, cluster, *arguments):
    """Start a run on the cluster, in a folder."""
    run = [*PROGRAM, "train", "-o", "model", *GIVEN, "--scheduler", str(cluster.file), *arguments]
    return subprocess.Popen(
        run, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def ended(process):
    """The exit code, the output and the messages of a process, without their times."""
    out, err = process.communicate(timeout=300)
    return process.returncode, out, re.sub(rf"(?m)^{TIME} ", "", err).splitlines()


@pytest.mark.parametrize("threads", [(1,), (1, 2)])
def test_the_model_has_the_bytes_of_one_machine(here, cluster, tmp_path, threads):
    for number in threads:
        cluster.worker("--nthreads", str(number))
    cluster.wait_for(len(threads))
    code, _, told = ended(started(tmp_path, cluster, here / "text.txt"))
    assert code == 0, told
    many = f"{len(threads)} worker{'s' * (len(threads) > 1)} with {sum(threads)} thread"
    assert many in told[0]
    assert (tmp_path / "model").read_bytes() == (here / "model").read_bytes()
    assert not (tmp_path / "model.checkpoint").exists()


@pytest.mark.parametrize(
    "more",
    [
        ("--arch", "cbow"),
        ("--warm-start", "model", "--validation", "text.txt", "--require", "tokens > 1"),
        ("--optimizer", "sgd", "--no-bias"),
        ("--subwords", "2-3"),
    ],
)
def test_the_bytes_are_those_of_one_machine_however_it_is_trained(here, cluster, tmp_path, more):
    cluster.workers(2)
    cluster.wait_for(2)
    given = [str(here / each) if each in ("model", "text.txt") else each for each in more]
    text = str(here / "text.txt")
    one = [*PROGRAM, "train", text, "-o", "one", *GIVEN, *given, "-q"]
    subprocess.run(one, cwd=tmp_path, check=True)
    code, _, told = ended(started(tmp_path, cluster, text, *given))
    assert code == 0, told
    assert (tmp_path / "model").read_bytes() == (tmp_path / "one").read_bytes()


def test_texts_are_counted_into_the_store_by_the_cluster_too(here, cluster, tmp_path):
    cluster.workers(2)
    cluster.wait_for(2)
    code, _, told = ended(started(tmp_path, cluster, here / "text.txt", "--store", "counts"))
    assert code == 0, told
    assert (tmp_path / "model").read_bytes() == (here / "model").read_bytes()
    one = [*PROGRAM, "count", here / "text.txt", "--store", tmp_path / "one", "-q"]
    subprocess.run(one, check=True)
    ((there,), (ours,)) = (list(tmp_path.glob(f"{name}/*.segment")) for name in ("counts", "one"))
    assert there.read_bytes() == ours.read_bytes()


def test_a_killed_worker_is_made_good(here, cluster, tmp_path):
    from w2vcli import connected

    _, second = cluster.workers(2)
    cluster.wait_for(2)
    there, seen = tmp_path / "there", []

    def report(event):
        seen.append(event)
        if sum(isinstance(e, Progress) for e in seen) == 20 and isinstance(event, Progress):
            os.kill(second.pid, signal.SIGKILL)
            second.wait()

    with connected(str(cluster.file)) as found:
        on = output_on(found)
        train(here / "text.txt", there, OPTIONS, words=Selection(1), open_output=on, report=report)
    (recovering,) = [event for event in seen if isinstance(event, Recovering)]
    assert "is lost" in recovering.reason
    assert there.read_bytes() == (here / "model").read_bytes()


def next_event(process, name):
    """Read the events of a run up to one of a name."""
    for line in process.stdout:
        event = json.loads(line)
        if event["event"] == name:
            return event
    raise AssertionError(process.stderr.read())


def test_the_command_says_that_it_recovers(here, cluster, tmp_path):
    _, second = cluster.workers(2)
    cluster.wait_for(2)
    each = ("--checkpoint-every", "1pass", "--json")
    run = started(tmp_path, cluster, here / "text.txt", *each)
    next_event(run, "pass")
    second.kill()
    event = next_event(run, "recovering")
    code, out, told = ended(run)
    assert code == 0, told
    assert (event["pass"], event["blocks_done"]) in ((1, 0), (2, 0), (3, 0))
    assert "is lost" in event["reason"]
    assert any(line.startswith("w2vcli: warning: ") and "going on" in line for line in told)
    assert json.loads(out.splitlines()[-1])["event"] == "end"
    assert (tmp_path / "model").read_bytes() == (here / "model").read_bytes()


@pytest.mark.parametrize("who", ["workers", "scheduler"])
def test_a_cluster_that_is_lost_ends_the_run_which_can_go_on(here, cluster, tmp_path, who):
    workers = cluster.workers(2)
    cluster.wait_for(2)
    brief = ("--wait-for-workers", "1", "--checkpoint-every", "1pass", "--json")
    run = started(tmp_path, cluster, here / "text.txt", *brief)
    next_event(run, "pass")
    for process in workers if who == "workers" else [cluster.scheduler]:
        process.kill()
    code, _, told = ended(run)
    assert code == 74, told
    assert told[-1].endswith(
        "; the last checkpoint is model.checkpoint, and the same command with --resume goes on "
        "from there"
    )
    assert not (tmp_path / "model").exists()
    resumed = [*PROGRAM, "train", here / "text.txt", "-o", "model", *GIVEN, "--resume", "-q"]
    subprocess.run(resumed, cwd=tmp_path, check=True)
    assert (tmp_path / "model").read_bytes() == (here / "model").read_bytes()


def test_a_signal_saves_the_run_and_a_cluster_resumes_it(here, cluster, tmp_path):
    cluster.workers(2)
    cluster.wait_for(2)
    run = started(tmp_path, cluster, here / "text.txt", "--json")
    next_event(run, "pass")
    run.terminate()
    code, _, told = ended(run)
    assert (code, (tmp_path / "model.checkpoint").exists()) == (-signal.SIGTERM, True), told
    code, _, told = ended(started(tmp_path, cluster, here / "text.txt", "--resume"))
    assert code == 0, told
    assert (tmp_path / "model").read_bytes() == (here / "model").read_bytes()


def test_the_workers_forget_a_run(here, cluster, tmp_path):
    from w2vcli import connected

    cluster.workers(1)
    with connected(str(cluster.file)) as found:
        profiled = set()

        def report(event):
            if isinstance(event, Progress):
                profiled.update(found.client.run(profiles).values())

        on = output_on(found)
        assert all(found.client.run(profiles).values())
        train(
            here / "text.txt", tmp_path / "m", OPTIONS, words=Selection(1), open_output=on,
            report=report,
        )  # fmt: skip
        assert profiled == {False}
        wait_until(lambda: not any(found.client.has_what().values()))
        wait_until(lambda: all(found.client.run(profiles).values()))
