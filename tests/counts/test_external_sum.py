"""A sum of runs is a Counter's, wherever it is merged; the disk may fail, but not silently."""

import errno
import os
from collections import Counter

import numpy as np
import pytest
from helpers.limits import limited_files
from hypothesis import given
from hypothesis import strategies as st

from w2vcli.counts.external_sum import ExternalSum, packed, summed, written_between
from w2vcli.counts.packed_runs import FRAME
from w2vcli.errors import StorageError
from w2vcli.system import temporary
from w2vcli.system.temporary import temporary_file

PARTS = st.lists(
    st.dictionaries(
        st.integers(0, 30) | st.integers(0, 2**62),
        st.integers(1, 9) | st.integers(1, 2**58),
        max_size=8,
    ),
    max_size=8,
)


def run_of(part):
    keys, totals = np.array(sorted(part.items()), np.int64).reshape(-1, 2).T
    return keys.copy(), totals.copy()


def joined(parts):
    """Parts of a run as a dict; the keys rise from one to the next."""
    parts = list(parts)
    keys = np.concatenate([np.empty(0, np.int64), *(part[0] for part in parts)])
    totals = np.concatenate([np.empty(0, np.int64), *(part[1] for part in parts)])
    assert keys.dtype == totals.dtype == np.int64
    assert (np.diff(keys) > 0).all()
    return dict(zip(keys.tolist(), totals.tolist(), strict=True))


def expected(parts):
    total = Counter()
    for part in parts:
        total.update(part)
    return dict(total)


@pytest.fixture
def files(monkeypatch, tmp_path):
    """The temporary files that are made, in a folder of their own."""
    made, make = [], temporary.tempfile.TemporaryFile
    monkeypatch.setattr(temporary.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(
        temporary.tempfile, "TemporaryFile", lambda *a, **k: made.append(make(*a, **k)) or made[-1]
    )
    return made


# --- sums -------------------------------------------------------------------------------


@given(PARTS, st.sampled_from([0, 64, 320, 1 << 20]), st.integers(1, 3))
def test_a_sum_is_a_counters_in_memory_and_on_disk(parts, memory, threads):
    given = [run_of(part) for part in parts]
    before = [(keys.copy(), totals.copy()) for keys, totals in given]
    with ExternalSum(memory, threads) as runs:
        for run in given:
            runs.add(run)
        assert joined(runs.merged()) == expected(parts)
    for run, was in zip(given, before, strict=True):  # what was given is not written to
        np.testing.assert_array_equal(run, was)


def large_parts(count, size, seed=2):
    random = np.random.default_rng(seed)
    for _ in range(count):
        keys = np.unique(random.integers(0, 30 * size, size))
        yield keys, random.integers(1, 2**40, len(keys))


@pytest.mark.jit
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("frames", [1, 8])
def test_ranges_of_many_frames(files, threads, frames):
    parts = list(large_parts(12, 5 * FRAME))
    at_once = threads + 2
    memory = 32 * FRAME * at_once * frames
    with ExternalSum(memory, threads) as runs:
        for part in parts:
            runs.add(part)
        merged = list(runs.merged())
    assert len(files) > 1
    assert len(merged) > 2
    if frames > len(files):  # else there is less memory than for a frame of each
        assert max(len(keys) for keys, _ in merged) <= frames * FRAME
    keys = np.concatenate([part[0] for part in parts])
    totals = np.concatenate([part[1] for part in parts])
    wanted, places = np.unique(keys, return_inverse=True)
    sums = np.zeros(len(wanted), np.int64)
    np.add.at(sums, places, totals)
    np.testing.assert_array_equal(np.concatenate([part[0] for part in merged]), wanted)
    np.testing.assert_array_equal(np.concatenate([part[1] for part in merged]), sums)


def test_small_runs_stay_in_memory(files):
    with ExternalSum(1 << 20) as runs:
        for key in range(100):
            runs.add(run_of({key: 1, 7: 1}))
        assert len(list(runs.merged())) == 1
    assert files == []


def test_no_runs():
    with ExternalSum() as runs:
        runs.add(run_of({}))
        assert list(runs.merged()) == []


@given(st.lists(st.tuples(st.integers(0, 2**40), st.integers(1, 2**20 - 1))))
def test_entries_in_any_order(entries):
    keys, totals = summed(np.array([key << 20 | number for key, number in entries], np.int64), 20)
    total = Counter()
    for key, number in entries:
        total[key] += number
    assert list(zip(keys.tolist(), totals.tolist(), strict=True)) == sorted(total.items())


def test_a_sum_of_equal_keys_may_need_more_bits_than_a_number():
    keys, totals = summed(np.array([5 << 2 | 3] * 1000), 2)
    assert (keys.tolist(), totals.tolist()) == ([5], [3000])


# --- temporary files --------------------------------------------------------------------


def test_they_have_no_names_and_are_closed_at_the_end(files, tmp_path):
    with ExternalSum(0) as runs:
        runs.add(run_of({1: 1, 2: 1}))
        runs.add(run_of({2: 1, 3: 1}))
        assert len(files) == 2
        assert list(tmp_path.iterdir()) == []
        assert not any(file.closed for file in files)
    assert all(file.closed for file in files)


def test_they_are_closed_where_something_fails(files):
    with pytest.raises(KeyError), ExternalSum(0) as runs:  # noqa: PT012
        runs.add(run_of({1: 1, 2: 1}))
        raise KeyError
    assert [file.closed for file in files] == [True]


@pytest.mark.parametrize("threads", [1, 2])
def test_a_file_that_holds_something_else(files, tmp_path, threads):
    with ExternalSum(0, threads) as runs:
        runs.add(run_of({1: 1, 2: 1}))
        runs.add(run_of({1: 1, 3: 1}))
        os.pwrite(files[0].fileno(), b"\xff" * 4, 0)
        with pytest.raises(StorageError) as caught:
            list(runs.merged())
    assert str(caught.value) == (
        f"{tmp_path}: a temporary file does not hold what was written; is the disk in order?"
    )


def test_a_file_that_has_become_shorter(files):
    with ExternalSum(0) as runs:
        runs.add(run_of({1: 1, 2: 1}))
        files[0].truncate(1)
        with pytest.raises(StorageError, match="reading failed: the file was cut short"):
            list(runs.merged())


def no_room(tmp_path, why):
    return (
        f"{tmp_path}: no room for temporary files: {why}; set TMPDIR to a folder with more, or "
        "raise --memory"
    )


@pytest.mark.parametrize("size", [1_000, 30_000])  # less and more than the buffer of a file
def test_no_room(files, tmp_path, size):
    keys = np.arange(size)

    def fill():
        with ExternalSum(0) as runs:
            runs.add((keys, keys + 1))

    with limited_files(1024), pytest.raises(StorageError) as caught:
        fill()
    assert str(caught.value) == no_room(tmp_path, "File too large")
    assert [file.closed for file in files] == [True]


@pytest.mark.parametrize("size", [1_000, 30_000])
def test_no_room_for_a_packed_run(files, tmp_path, size):
    """The file is closed once more on the way out, and that writes too."""

    def fill():
        with temporary_file() as file:
            packed([(np.arange(size), np.ones(size, np.int64))], file)

    with limited_files(1024), pytest.raises(StorageError) as caught:
        fill()
    assert str(caught.value) == no_room(tmp_path, "File too large")
    assert [file.closed for file in files] == [True]


@pytest.mark.parametrize(("folder", "named"), [("/somewhere", "/somewhere"), (None, "TMPDIR")])
def test_no_folder_for_temporary_files(monkeypatch, folder, named):
    def refuse(*_, **__):
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    monkeypatch.setattr(temporary.tempfile, "tempdir", folder)
    monkeypatch.setattr(temporary.tempfile, "TemporaryFile", refuse)
    with pytest.raises(StorageError, match=f"^{named}: no room .*: No usable temporary directory"):
        ExternalSum(0).add(run_of({1: 1, 2: 1}))


def test_packed_runs_are_read_from_where_they_were_written(files):
    with temporary_file() as file:
        run = packed([run_of({1: 5, 9: 2}), run_of({}), run_of({10: 1})], file)
        assert run.entries == 3
        assert joined([written_between(run, 0, 100)]) == {1: 5, 9: 2, 10: 1}
        assert joined([written_between(run, 9, 10)]) == {9: 2}
        os.pwrite(file.fileno(), b"\0", 1)
        with pytest.raises(StorageError, match="does not hold what was written"):
            written_between(run, 9, 10)
    assert files[0].closed


# --- memory -----------------------------------------------------------------------------
