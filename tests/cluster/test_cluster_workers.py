"""Tasks on a cluster: their results, their failures, and the deaths of those who do them."""

import signal
import threading
import time
from pathlib import Path

import pytest
from helpers import cluster_tasks
from helpers.cluster_tasks import Task, do
from helpers.clusters import pretend, real_cluster, wait_until

from w2vcli.cluster.common_parts import CommonParts
from w2vcli.cluster.connection import connected
from w2vcli.cluster.folders import working_in
from w2vcli.cluster.workers import DaskRunner
from w2vcli.errors import StorageError, UsageError, W2VError
from w2vcli.text.phrases import Phrase, PhraseTable

pytestmark = pytest.mark.cluster

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with real_cluster(tmp_path_factory.mktemp("cluster")) as started:
        started.workers(2)
        with connected(started.address) as found:
            wait_until(lambda: len(found.workers()) == 2)
            yield found


def failure(kind, cluster, tasks):
    with pytest.raises(kind) as raised:
        list(DaskRunner(cluster).run(do, tasks))
    return str(raised.value)


def begun(log):
    """How often a task has begun."""
    return Path(log).read_text().split() if Path(log).exists() else []


@pytest.mark.parametrize("number", [0, 1, 2, 100])
def test_every_task_is_done_once(cluster, tmp_path, number):
    tasks = [Task(n, log=str(tmp_path / "log")) for n in range(number)]
    runner = DaskRunner(cluster)
    assert runner.workers == 2
    assert sorted(runner.run(do, tasks)) == [(n, n * n) for n in range(number)]
    assert sorted(begun(tmp_path / "log")) == sorted(map(str, range(number)))
    assert (runner.workers, runner.link) == (2, None)


def test_the_scheduler_has_a_few_tasks_at_a_time_and_forgets_them(cluster, tmp_path):
    log = tmp_path / "log"
    run = DaskRunner(cluster).run(do, [Task(n, log=str(log)) for n in range(1000)])
    next(run)
    time.sleep(0.5)
    assert len(begun(log)) < 20
    run.close()
    wait_until(lambda: cluster.client.futures == {}, 5)


def test_tasks_work_in_the_folder_of_the_client(cluster, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ((_, there),) = DaskRunner(cluster).run(do, [Task(0, "folder")])
    assert there == str(tmp_path)


def test_a_table_of_phrases_goes_to_a_worker_once(cluster):
    """However many tasks have it: then tasks find the same object, and are small themselves."""
    table = PhraseTable(tuple(Phrase(f"new york{n}") for n in range(1000)))
    other = PhraseTable((Phrase("los angeles"),))
    parts = CommonParts(cluster.client, "of-this-test")
    assert max(len(parts.without(Task(n, tables=(table, other)))) for n in range(50)) < 200
    assert len(parts.futures) == 2
    tasks = [Task(n, "phrases", tables=(table, other)) for n in range(20)]
    found = dict(DaskRunner(cluster).run(do, tasks))
    assert {lengths for lengths, _ in found.values()} == {(1000, 1)}
    assert len({where for _, where in found.values()}) <= 2  # one object on each worker
    wait_until(lambda: len(cluster.client.futures) == 2, 5)


def test_a_table_that_its_worker_takes_along_is_made_again(tmp_path):
    table = PhraseTable((Phrase("new york"),))
    with real_cluster(tmp_path / "cluster") as started:
        first = started.worker()
        with connected(started.address) as found:
            run = DaskRunner(found).run(
                do, [Task(n, "slow phrases", tables=(table,)) for n in range(6)]
            )
            next(run)
            started.worker()
            first.kill()
            lengths = [lengths for _, (lengths, _) in run]
    assert lengths == [(1,)] * 5


def test_what_a_task_raises_is_told_with_its_title(cluster):
    said = failure(W2VError, cluster, [Task(0), Task(1, "fail")])
    assert said == "task 1: unexpected KeyError: 1; it was raised on a worker"
    assert "task 7: input or output failed on a worker" in failure(
        StorageError, cluster, [Task(7, "disk")]
    )


def test_a_task_that_lacks_memory_is_tried_three_times(cluster, tmp_path):
    log = str(tmp_path / "log")
    said = failure(
        W2VError, cluster, [Task(n, "memory" if n == 2 else "square", log) for n in range(5)]
    )
    assert said.startswith("task 2: each of 3 workers that worked on it died, or had not enough")
    assert begun(log).count("2") == 3


def test_a_task_whose_worker_dies_is_tried_three_times(tmp_path):
    log = str(tmp_path / "log")
    with real_cluster(tmp_path / "cluster") as started:
        started.worker("--nanny")  # which starts another one after each death
        with connected(started.address) as found:
            said = failure(W2VError, found, [Task(4, "die", log)])
    assert said.startswith("task 4: each of 3 workers that worked on it died")
    assert begun(log).count("4") in (3, 4)  # the fourth may have begun before it is called off


def test_a_worker_that_dies_costs_its_task_only(tmp_path):
    log = tmp_path / "log"
    with real_cluster(tmp_path / "cluster") as started:
        first, _ = started.workers(2)
        with connected(started.address) as found:
            wait_until(lambda: len(found.workers()) == 2)
            killer = threading.Timer(1.5, first.send_signal, [signal.SIGKILL])
            killer.start()
            tasks = [Task(n, "sleep", str(log)) for n in range(6)]
            assert sorted(DaskRunner(found).run(do, tasks)) == [(n, None) for n in range(6)]
    assert first.wait() == -signal.SIGKILL
    assert 6 <= len(begun(log)) <= 9


def test_no_worker_is_left(tmp_path):
    with real_cluster(tmp_path / "cluster") as started:
        worker = started.worker()
        with connected(started.address) as found:
            found.wait_seconds = 1.0
            threading.Timer(1.0, worker.kill).start()
            said = failure(StorageError, found, [Task(n, "sleep") for n in range(6)])
    assert "no worker is left, and none came within 1 s" in said


def test_the_scheduler_dies(tmp_path):
    with real_cluster(tmp_path / "cluster") as started:
        started.workers(1)
        with connected(started.address) as found:
            killer = threading.Timer(1.5, started.scheduler.kill)
            killer.start()
            said = failure(StorageError, found, [Task(n, "sleep") for n in range(30)])
            ended = time.monotonic()
        assert time.monotonic() - ended < 5
    assert "the connection to the scheduler was lost" in said


def test_a_worker_that_comes_later_with_other_versions(tmp_path):
    with real_cluster(tmp_path / "cluster") as started:
        started.worker()
        with connected(started.address) as found:
            started.worker(path=[pretend(tmp_path / "other", "numba", "0.0.7")])
            said = failure(UsageError, found, [Task(n, "sleep") for n in range(30)])
    assert "has numba 0.0.7, and this machine numba " in said


def test_folders_take_turns(tmp_path, monkeypatch):
    """Tasks of one folder run side by side, those of another wait; then all is as before."""
    monkeypatch.chdir(tmp_path)
    for name in "ab":
        (tmp_path / name).mkdir()
    seen = []

    def work():
        with working_in(tmp_path / "b"):
            seen.append(Path.cwd().name)

    with working_in(tmp_path / "a"), working_in(tmp_path / "a"):
        assert Path.cwd().name == "a"
        other = threading.Thread(target=work)
        other.start()
        other.join(0.2)
        assert other.is_alive()
    other.join(10)
    assert seen == ["b"]
    assert Path.cwd() == tmp_path
    with working_in(tmp_path / "missing"):
        assert Path.cwd() == tmp_path


def test_the_tasks_are_those_that_workers_import():
    assert do.__module__ == cluster_tasks.__name__
