"""Threads that keep the order."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from w2vcli.errors import W2VError
from w2vcli.system import threads
from w2vcli.system.threads import Team, ordered_map, prefetch, processors, single_threaded_blas


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_results_come_in_order(threads):
    assert list(ordered_map(lambda x: x * x, iter(range(50)), threads)) == [
        x * x for x in range(50)
    ]
    assert list(prefetch(iter(range(50)), threads)) == list(range(50))
    assert list(prefetch([], threads)) == []


@pytest.mark.parametrize("threads", [1, 3])
def test_items_are_drawn_only_a_little_ahead(threads):
    drawn = []

    def items():
        for number in range(100):
            drawn.append(number)
            yield number

    results = ordered_map(str, items(), threads)
    assert next(results) == "0"
    assert len(drawn) <= threads + 1
    results.close()
    assert len(drawn) <= threads + 1


@pytest.mark.parametrize("threads", [1, 2])
def test_errors_arrive(threads):
    def fail(number):
        if number == 3:
            raise KeyError(number)
        return number

    with pytest.raises(KeyError):
        list(ordered_map(fail, range(9), threads))
    with pytest.raises(KeyError):
        list(prefetch(map(fail, range(9)), threads))


def test_the_next_item_is_made_in_another_thread():
    makers = set(prefetch((threading.get_ident() for _ in range(3)), 2))
    assert threading.get_ident() not in makers


def test_there_is_a_processor():
    assert processors() >= 1


@pytest.fixture(autouse=True)
def _threads_of_blas():
    """Let BLAS start its own threads before any are counted: a fork in another test has ended them.

    They come back when its number of threads is set.
    """
    with single_threaded_blas():
        pass


def running():
    """Return how many threads this process has."""
    return sum(1 for _ in Path("/proc/self/task").iterdir())


def check_running(expected):
    """Check how many threads there are, once those that have ended are gone."""
    until = time.monotonic() + 10
    while running() != expected and time.monotonic() < until:
        time.sleep(0.01)
    assert running() == expected


def refuse_threads_after(count, monkeypatch):
    """Let the system allow so many threads, as with a small ``ulimit -u``."""
    start = threads.start_new_thread
    left = list(range(count))

    def limited(*what):
        if not left:
            raise RuntimeError("can't start new thread")
        left.pop()
        return start(*what)

    monkeypatch.setattr(threads, "start_new_thread", limited)


def in_a_team(threads):
    with Team(threads) as team:
        team.run(lambda _: None, threads)


def in_order(threads):
    list(ordered_map(str, range(9), threads))


def ahead(threads):
    list(prefetch(range(9), threads))


@pytest.mark.parametrize(
    ("work", "allowed"), [(in_a_team, 0), (in_a_team, 2), (in_order, 0), (in_order, 2), (ahead, 0)]
)
def test_threads_that_cannot_be_started(monkeypatch, work, allowed):
    before = running()
    refuse_threads_after(allowed, monkeypatch)
    with pytest.raises(W2VError, match=r"threads cannot be started; use fewer --threads, or"):
        work(3)
    check_running(before)


def test_a_thread_that_dies_at_its_start_is_not_waited_for(monkeypatch):
    """As where memory ends just then: it cannot tell anybody."""
    monkeypatch.setattr(threads, "_START_SECONDS", 0.1)
    start, before, started = threads.start_new_thread, running(), []

    def dying(function, arguments):
        started.append(function)
        return start((lambda: None) if len(started) > 1 else function, arguments)

    monkeypatch.setattr(threads, "start_new_thread", dying)
    with pytest.raises(W2VError, match="threads cannot be started"):
        in_a_team(3)
    assert len(started) == 2
    check_running(before)


def test_all_threads_of_a_team_start_with_it():
    before = running()
    with Team(3):
        assert running() == before + 3
    check_running(before)


def test_what_is_left_of_a_block_is_not_done_after_an_error():
    done = []

    def task(index):
        if index == 0:
            raise KeyError(index)
        time.sleep(0.05)
        done.append(index)

    with Team(2) as team:
        with pytest.raises(KeyError):
            team.run(task, 50)
        done.clear()
        team.run(lambda index: done.append(-index), 3)
        assert len([index for index in done if index > 0]) <= 2  # those at work just then


def test_results_that_nobody_takes_do_not_keep_a_process_from_its_end():
    """Even if they are kept until the interpreter ends, when its other threads run no more."""
    code = (
        "from w2vcli.system.threads import ordered_map\n"
        "kept = ordered_map(str, range(9), 2)\n"
        "print(next(kept))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert ended.stdout == "0\n"
