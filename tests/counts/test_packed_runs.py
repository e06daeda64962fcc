"""Packed runs come back as they were, whole or in part; damaged ones are refused or are runs."""

import tempfile
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from w2vcli.counts.packed_runs import FRAME, DamagedRunError, PackedRun, RunWriter
from w2vcli.system.bytes_on_disk import BytesOnDisk

HIGHEST = 2**62
RUNS = st.dictionaries(
    st.integers(0, 50) | st.integers(0, HIGHEST),
    st.integers(1, 300) | st.integers(1, 2**63 - 1),
    max_size=12,
).map(lambda run: sorted(run.items()))


def leb128(number):
    groups = []
    while number >= 128:
        groups.append(number % 128 + 128)
        number //= 128
    return bytes([*groups, number])


def slowly_packed(run, frame):
    """The bytes, the first keys and the ends of a run, in frames of any size."""
    data, firsts, ends = b"", [], []
    for start in range(0, len(run), frame):
        some = run[start : start + frame]
        firsts.append(some[0][0])
        for (before, _), (key, total) in zip([some[0], *some], some, strict=False):
            data += leb128(key - before) + leb128(total)
        ends.append(len(data))
    return data, firsts, ends


@pytest.fixture(scope="module")
def file():
    with tempfile.TemporaryFile(buffering=0) as file:
        yield file


def on_disk(file, data, firsts, ends, entries=0):
    """A packed run with other bytes around it."""
    file.seek(0)
    file.write(b"\xff" * 3 + data + b"\x01" * 3)
    firsts, ends = np.array(firsts, np.int64), np.array(ends, np.int64)
    return PackedRun(BytesOnDisk(file, 3, len(data)), firsts, ends, entries)


def arrays(run):
    keys, totals = np.array(run, np.int64).reshape(-1, 2).T
    return keys.copy(), totals.copy()


def pairs_of(run):
    keys, totals = run
    assert keys.dtype == totals.dtype == np.int64
    return list(zip(keys.tolist(), totals.tolist(), strict=True))


def written(parts):
    """The bytes and the index that the writer makes of the parts of a run, and the entries."""
    with tempfile.TemporaryFile() as file:
        writer = RunWriter(file)
        for part in parts:
            writer.add(part)
        firsts, ends = writer.finish()
        file.seek(0)
        return file.read(), firsts.tolist(), ends.tolist(), writer.entries


def long_run(length, seed=1):
    random = np.random.default_rng(seed)
    steps = random.integers(1, 2 ** random.integers(1, 40, length))
    return np.cumsum(steps), random.integers(1, 2 ** random.integers(1, 62, length))


# --- writing and reading ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("run", "data"),
    [
        ([], b""),
        ([(0, 1)], b"\x00\x01"),
        ([(5, 127), (6, 128)], b"\x00\x7f\x01\x80\x01"),
        ([(HIGHEST, 2**63 - 1)], b"\x00" + b"\xff" * 8 + b"\x7f"),
        ([(0, 1), (HIGHEST, 1)], b"\x00\x01" + b"\x80" * 8 + b"\x40\x01"),
    ],
)
def test_the_bytes_by_hand(run, data):
    assert written([arrays(run)])[0] == data == slowly_packed(run, FRAME)[0]


@given(RUNS, st.lists(st.integers(0, 12)))
def test_short_runs_in_parts(file, run, cuts):
    places = sorted({0, len(run), *(min(cut, len(run)) for cut in cuts)})
    packed = written(arrays(run[i:j]) for i, j in pairwise(places))
    assert packed == (*slowly_packed(run, FRAME), len(run))
    again = on_disk(file, *packed)
    assert pairs_of(again.frames(0, len(again.firsts))) == run
    assert pairs_of(again.between(0, HIGHEST + 1)) == run


@pytest.mark.parametrize("length", [FRAME - 1, FRAME, FRAME + 1])
def test_whole_frames(file, length):
    keys, totals = long_run(length)
    packed = written([(keys, totals)])
    assert packed == (*slowly_packed(list(zip(keys.tolist(), totals.tolist(), strict=True)), FRAME), length)  # fmt: skip  # noqa: E501
    assert len(packed[1]) == 1 + (length > FRAME)
    again = on_disk(file, *packed)
    for mine, read in zip((keys, totals), again.frames(0, 9), strict=True):
        np.testing.assert_array_equal(read, mine)


@pytest.mark.jit
@pytest.mark.parametrize("frames", [2, 16, 33])
def test_odd_parts_make_the_same_bytes_as_one(file, frames):
    keys, totals = long_run(frames * FRAME + 7)
    whole = written([(keys, totals)])
    random = np.random.default_rng(frames)
    cuts = np.sort(random.integers(0, len(keys), 12))
    cuts = [*cuts, FRAME, 2 * FRAME - 1, 2 * FRAME]
    parts = zip(np.split(keys, np.sort(cuts)), np.split(totals, np.sort(cuts)), strict=True)
    assert written(parts) == whole
    again = on_disk(file, *whole)
    read = [again.frames(*frames) for frames in again.parts(5)]
    assert len(read) == -(-(frames + 1) // 5)
    np.testing.assert_array_equal(np.concatenate([part[0] for part in read]), keys)
    np.testing.assert_array_equal(np.concatenate([part[1] for part in read]), totals)
    low, high = int(keys[FRAME - 1]), int(keys[2 * FRAME])
    np.testing.assert_array_equal(again.between(low, high)[0], keys[FRAME - 1 : 2 * FRAME])


def test_a_part_may_be_changed_once_it_is_added():
    keys, totals = arrays([(1, 2), (3, 4)])
    with tempfile.TemporaryFile() as file:
        writer = RunWriter(file)
        writer.add((keys, totals))
        keys[:] = totals[:] = 9
        assert writer.finish()[0].tolist() == [1]
        file.seek(0)
        assert file.read() == bytes([0, 2, 2, 4])


# The frames of these are shorter than ours, so that there are many of them.
KEYS = st.integers(-1, 60) | st.sampled_from([HIGHEST, HIGHEST + 1, 2**63 - 1])


@given(RUNS, st.integers(1, 5), KEYS, KEYS)
def test_between_is_a_filter(file, run, frame, low, high):
    packed = on_disk(file, *slowly_packed(run, frame), len(run))
    expected = [(key, total) for key, total in run if low <= key < high]
    assert pairs_of(packed.between(low, high)) == expected


@given(RUNS, st.integers(1, 5), st.integers(-3, 15), st.integers(-3, 15))
def test_frames_are_slices(file, run, frame, begin, end):
    packed = on_disk(file, *slowly_packed(run, frame), len(run))
    expected = run[max(begin, 0) * frame : max(end, 0) * frame]
    assert pairs_of(packed.frames(begin, end)) == expected


def test_parts_cover_a_run(file):
    packed = on_disk(file, *slowly_packed([(key, 1) for key in range(7)], 1))
    assert list(packed.parts(3)) == [(0, 3), (3, 6), (6, 9)]
    assert list(on_disk(file, b"", [], []).parts()) == []


# --- damage -----------------------------------------------------------------------------

GOOD = [(3, 1), (5, 200), (9, 2), (300, 70_000), (301, 1), (1000, 9)]


@pytest.mark.parametrize(
    ("data", "firsts", "ends"),
    [
        (b"\x00\x00", [5], [2]),  # a total of zero
        (b"\x01\x01", [5], [2]),  # the first key is not the one of the index
        (b"\x00\x01\x00\x01", [5], [4]),  # a key twice
        (b"\x00\x81", [5], [2]),  # a number without an end
        (b"\x00\x01\x01", [5], [3]),  # half an entry
        (b"\x00" + b"\x80" * 9 + b"\x01", [5], [11]),  # a number beyond nine groups
        (b"\x00\x01" + b"\xff" * 8 + b"\x7f\x01", [5], [12]),  # a key beyond 63 bits
        (b"\x00\x01", [HIGHEST + 1], [2]),
        (b"\x00\x01", [-1], [2]),
        (b"\x00\x01\x00\x01", [5, 5], [2, 4]),  # frames do not rise
        (b"\x00\x01\x04\x01\x00\x01", [5, 9], [4, 6]),  # one reaches into the next
        (b"\x00\x01", [5, 9], [2, 2]),  # an empty frame
        (b"\x00\x01\x00\x01", [5, 9], [3, 4]),  # a border within an entry
        (b"\x00\x01\x00\x01", [5, 9], [4, 2]),
        (b"\x00\x01", [5], [3]),  # beyond the bytes
        (b"\x00\x01", [5], [-1]),
        (b"\x00\x01", [5], [2**63 - 1]),
        (b"\x00\x01\x00\x01", [5, 9], [-(2**63), 4]),
        (b"\x00\x01" + b"\x01\x01" * FRAME, [5], [2 + 2 * FRAME]),  # more than a frame holds
    ],
    ids=range(19),
)
def test_damage_by_hand(file, data, firsts, ends):
    with pytest.raises(DamagedRunError):
        on_disk(file, data, firsts, ends).frames(0, len(firsts))


def test_a_frame_that_reaches_into_the_next_is_seen_without_reading_that(file):
    packed = on_disk(file, b"\x00\x01\x04\x01\x00\x01", [5, 9], [4, 6])
    with pytest.raises(DamagedRunError):
        packed.frames(0, 1)
    assert pairs_of(packed.frames(1, 2)) == [(9, 1)]


@given(st.data())
def test_damage_is_refused_or_is_a_run(file, data):
    good, firsts, ends = slowly_packed(GOOD, 2)
    damaged = bytearray(good)
    for _ in range(data.draw(st.integers(0, 3))):
        damaged[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    numbers = st.integers(-2, 1100) | st.integers(-(2**63), 2**63 - 1)
    for index in (firsts, ends):
        if data.draw(st.booleans()):
            index[data.draw(st.integers(0, 2))] = data.draw(numbers)
    packed = on_disk(file, bytes(damaged), firsts, ends)
    low, high = data.draw(numbers), data.draw(numbers)
    for read in (lambda: packed.frames(0, 3), lambda: packed.between(low, high)):
        try:
            keys, totals = read()
        except DamagedRunError:
            continue
        assert (np.diff(keys) > 0).all()
        assert (totals >= 1).all()
        assert ((keys >= 0) & (keys <= HIGHEST)).all()
