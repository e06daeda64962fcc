"""Generations: what is kept where, wherever a run is killed, a disk fails or the power goes."""

import errno
import os
import random
import stat
from functools import partial
from itertools import count

import pytest
from helpers.faulty_disk import Disk, Fault, Platter, snapshot
from helpers.kills import killed

from w2vcli.errors import InputError, OutputError, StorageError
from w2vcli.system import files, generations
from w2vcli.system.files import atomic_output
from w2vcli.system.generations import generation, refused
from w2vcli.system.locks import locked


def publish(path, data, keep):
    """Publish a file, as ``training.publishing`` does it."""
    generations.settle(path)
    with atomic_output(path, before=partial(generations.make_room, path)) as stream:
        stream.write(data)
    generations.prune(path, keep)


def back(path):
    """Roll back, as ``training.publishing`` does it."""
    if not generations.settle(path):
        generations.roll_back(path)


def content(number):
    return b"the model of night %d" % number


def begin(folder, number):
    """Lay out a file and so many generations, each of another night; return them."""
    for file in folder.iterdir():
        file.unlink()
    contents = [content(number - place) for place in range(number + 1)]
    (folder / "model").write_bytes(contents[0])
    for place, data in enumerate(contents[1:], 1):
        (folder / f"model.{place}").write_bytes(data)
    return contents


def view(path):
    """The file and its generations, newest first; what is there twice, is one."""
    found = [path, *(generation(path, number) for number in generations.numbers(path))]
    contents = [file.read_bytes() for file in found]
    return [data for data, newer in zip(contents, [None, *contents], strict=False) if data != newer]


@pytest.fixture
def path(tmp_path):
    folder = tmp_path / "models"
    folder.mkdir()
    return folder / "model"


# --- what is kept -----------------------------------------------------------------------


@pytest.mark.parametrize("keep", [1, 2, 5])
def test_the_last_ones_are_kept(path, keep):
    for night in range(9):
        publish(path, content(night), keep)
        kept = [content(n) for n in range(night, max(-1, night - keep - 1), -1)]
        assert view(path) == kept
        assert sorted(snapshot(path.parent)) == sorted(
            ["model", *(f"model.{n}" for n in range(1, len(kept)))]
        )


def test_fewer_are_kept_from_now_on(path):
    begin(path.parent, 5)
    publish(path, b"new", 2)
    assert view(path) == [b"new", content(5), content(4)]


def test_the_kept_file_is_the_same_file_and_keeps_its_time(path):
    path.write_bytes(b"old")
    os.utime(path, (1e9, 1e9))
    before = path.stat()
    publish(path, b"new", 3)
    after = generation(path, 1).stat()
    assert (after.st_ino, after.st_mtime) == (before.st_ino, 1e9)


def test_without_a_file_there_is_nothing_to_keep(path):
    publish(path, b"new", 3)
    assert snapshot(path.parent) == {"model": b"new"}
    path.unlink()
    begin(path.parent, 2)
    path.unlink()
    publish(path, b"new", 3)
    assert view(path) == [b"new", content(1), content(0)]


def test_a_number_that_is_missing_is_filled(path):
    begin(path.parent, 4)
    generation(path, 2).unlink()
    publish(path, b"new", 4)
    assert view(path) == [b"new", content(4), content(3), content(1), content(0)]


def test_a_name_of_the_users_own_is_no_generation(path):
    begin(path.parent, 1)
    path.with_name("model.2024").write_bytes(b"the model of a year")
    path.with_name("model.old").write_bytes(b"another")
    publish(path, b"new", 1)
    back(path)
    assert path.with_name("model.2024").read_bytes() == b"the model of a year"
    assert path.with_name("model.old").read_bytes() == b"another"
    with pytest.raises(InputError, match=r"there is no file before it, as model\.1 would be"):
        back(path)


def test_equal_files_are_kept_once(path):
    begin(path.parent, 1)
    for _ in range(3):
        publish(path, b"the same text, and so the same bytes", 3)
    publish(path, b"new", 3)
    assert view(path) == [b"new", b"the same text, and so the same bytes", content(1), content(0)]


def test_a_link_to_a_file_elsewhere(path, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"old")
    path.symlink_to(elsewhere)
    publish(path, b"new", 2)
    assert path.is_symlink()
    assert (elsewhere.read_bytes(), generation(path, 1).read_bytes()) == (b"new", b"old")
    assert not generation(path, 1).is_symlink()
    back(path)
    assert path.is_symlink()
    assert (elsewhere.read_bytes(), refused(path).read_bytes()) == (b"old", b"new")


NO_LINKS = [errno.EPERM, errno.EOPNOTSUPP, errno.EXDEV, errno.EMLINK]


@pytest.mark.parametrize("error", NO_LINKS, ids=errno.errorcode.get)
def test_a_file_system_without_links(path, monkeypatch, error):
    def link(*_):
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(generations.os, "link", link)
    begin(path.parent, 1)
    path.chmod(0o640)
    publish(path, b"new", 2)
    assert view(path) == [b"new", content(1), content(0)]
    assert stat.S_IMODE(generation(path, 1).stat().st_mode) == 0o640
    publish(path, b"newer", 2)
    assert view(path) == [b"newer", b"new", content(1)]
    back(path)
    assert view(path) == [b"new", content(1)]
    assert refused(path).read_bytes() == b"newer"
    assert not [name for name in snapshot(path.parent) if name.startswith(".")]


# --- rolling back -----------------------------------------------------------------------


def test_files_with_the_same_content_are_said_not_to_be_others(path):
    begin(path.parent, 1)
    path.write_bytes(generation(path, 1).read_bytes())
    before = snapshot(path.parent)
    with pytest.raises(InputError, match=r"no other file before it: model\.1 has the same content"):
        back(path)
    assert snapshot(path.parent) == before


def test_rolling_back(path):
    begin(path.parent, 3)
    refused(path).write_bytes(b"an earlier one")
    back(path)
    assert view(path) == [content(2), content(1), content(0)]
    assert refused(path).read_bytes() == content(3)
    back(path)
    back(path)
    assert snapshot(path.parent) == {"model": content(0), "model.refused": content(1)}
    with pytest.raises(InputError, match="there is no file before it"):
        back(path)
    assert snapshot(path.parent) == {"model": content(0), "model.refused": content(1)}


def test_rolling_back_where_the_file_is_gone(path):
    begin(path.parent, 2)
    path.unlink()
    back(path)
    assert snapshot(path.parent) == {"model": content(1), "model.1": content(0)}


def test_rolling_back_to_what_is_there_already_goes_further(path):
    """As after a run that was killed when the file was kept, and not yet replaced."""
    begin(path.parent, 2)
    generation(path, 1).write_bytes(path.read_bytes())
    back(path)
    assert snapshot(path.parent) == {"model": content(0), "model.refused": content(2)}


# --- kills ------------------------------------------------------------------------------


def everywhere(action):
    """Let something be killed before each of its operations; yield after each."""
    for at in count():
        if not killed(action, at, generations, files):
            assert at > 8
            return
        yield at


def sweep(path):
    """What the next run does first."""
    with locked(path, 0.0, *generations.others(path)):
        pass


@pytest.mark.parametrize("keep", [1, 3])
@pytest.mark.parametrize("there", [0, 2, 4])
@pytest.mark.parametrize("then", ["publish", "back"])
def test_killed_while_publishing(path, keep, there, then):
    outcomes = set()
    before = begin(path.parent, there)
    for _ in everywhere(partial(publish, path, b"new", keep)):
        found = view(path)
        is_new = found[0] == b"new"
        outcomes.add(is_new)
        expected = [b"new", *before] if is_new else before
        at_least = keep + 1 if is_new else len(before)
        assert found == expected[: len(found)]
        assert len(found) >= min(at_least, len(expected))
        sweep(path)
        assert view(path) == found
        assert not [name for name in snapshot(path.parent) if name.startswith(".")]
        if then == "publish":
            publish(path, b"next", keep)
            assert view(path) == [b"next", *expected][: keep + 1]
            assert len(snapshot(path.parent)) == len(view(path))  # no other file
        elif len(found) > 1:
            back(path)
            assert view(path) == found[1:]
            assert refused(path).read_bytes() == found[0]
        begin(path.parent, there)
    assert outcomes == {False, True}


@pytest.mark.parametrize("there", [1, 2, 4])
@pytest.mark.parametrize("then", ["publish", "back"])
def test_killed_while_rolling_back(path, there, then):
    outcomes = set()
    before = begin(path.parent, there)
    for _ in everywhere(partial(back, path)):
        found = view(path)
        assert found in (before, before[1:])
        outcomes.add(found == before)
        is_done = found == before[1:] and not generations._mark(path).exists()
        sweep(path)
        if then == "publish":
            publish(path, b"next", 5)
            assert view(path) == [b"next", *found]
        else:
            if not is_done:  # but for the last flush of the folder
                back(path)
            assert view(path) == before[1:], "not back by one"
            assert refused(path).read_bytes() == before[0]
        assert not [name for name in snapshot(path.parent) if name.startswith(".")]
        begin(path.parent, there)
    assert outcomes == {False, True}


@pytest.mark.parametrize("seed", range(4))
def test_any_sequence_of_runs_some_of_which_are_killed(path, seed):
    """What is there is always what was published, in its order, and nothing twice."""
    luck = random.Random(seed)
    publish(path, content(0), 3)
    kept = [content(0)]
    for night in range(1, 40):
        keep = luck.choice([1, 2, 3, 3, 3])
        new = content(night)
        rolls = luck.random() < 0.25 and len(kept) > 1
        action = partial(back, path) if rolls else partial(publish, path, new, keep)
        mark = generations._mark(path)
        unfinished = mark.exists() and not generations.same(mark, path)
        done = not killed(action, luck.randrange(60), generations, files)
        sweep(path)
        found = view(path)
        if rolls:
            after = kept if unfinished else kept[1:]
            assert found == after if done else found in (kept, after)
        elif done:
            assert found == [new, *kept][: keep + 1]
        else:
            expected = [new, *kept] if found[0] == new else kept
            assert found == expected[: len(found)]
            assert len(found) >= min(len(expected), keep + 1 if found[0] == new else len(kept))
        kept = found


# --- faults, and losses of power --------------------------------------------------------


def with_disk(patch, folder, fault=None):
    disk = Disk(folder, fault)
    for module in (generations, files):
        patch.setattr(module, "os", disk)
    return disk


ACTIONS = {"publish": lambda path: publish(path, b"new", 2), "back": back}
EXPECTED = {
    "publish": [b"new", content(3), content(2), content(1), content(0)],
    "back": [content(2), content(1), content(0)],
}


@pytest.mark.parametrize("name", ACTIONS)
@pytest.mark.parametrize("how", [{}, {"late": True}, {"lasting": True}])
def test_each_operation_fails(path, name, how):
    failures = 0
    for at in count():
        before = begin(path.parent, 3)
        with pytest.MonkeyPatch.context() as patch:
            disk = with_disk(patch, path.parent, Fault(at, errno.EIO, **how))
            try:
                ACTIONS[name](path)
            except (StorageError, OutputError):
                failures += 1
        assert disk.descriptors == {}
        if not disk.hit:
            break
        found = view(path)
        assert found in (before, EXPECTED[name][: len(found)])
        sweep(path)
        publish(path, b"next", 9)
        settled = view(path)
        assert settled == [b"next", *found]
        assert not [file for file in snapshot(path.parent) if file.startswith(".")]
    assert failures > 8


@pytest.mark.parametrize("name", ACTIONS)
def test_the_power_fails_after_each_operation(path, name):
    before = begin(path.parent, 3)
    start = snapshot(path.parent)
    with pytest.MonkeyPatch.context() as patch:
        disk = with_disk(patch, path.parent)
        ACTIONS[name](path)
    after = snapshot(path.parent)
    platter, found = Platter(start), {}
    for event in disk.events:
        platter.apply(event)
        for survivor in platter.survivors():
            found[tuple(sorted(survivor.items()))] = survivor
    assert platter.now() == after
    assert all(survivor == after for survivor in platter.survivors()), "not flushed"
    assert len(found) >= 6
    for survivor in found.values():
        for file in path.parent.iterdir():
            file.unlink()
        for file, data in survivor.items():
            (path.parent / file).write_bytes(data)
        left = view(path)
        assert left in (before, EXPECTED[name][: len(left)])
        assert len(left) >= 3
        sweep(path)
        publish(path, b"next", 9)
        assert view(path) == [b"next", *left]


def test_the_file_is_there_at_every_moment(path):
    for action in ACTIONS.values():
        begin(path.parent, 3)
        with pytest.MonkeyPatch.context() as patch:
            disk = with_disk(patch, path.parent)
            action(path)
        assert len(disk.seen) > 15
        assert all("model" in files for files in disk.seen)


# --- would a mistake be found? ----------------------------------------------------------


def test_a_file_that_is_moved_away_first_is_noticed(path, monkeypatch):
    monkeypatch.setattr(generations, "_link", lambda file, name: generations._rename(file, name))
    with pytest.raises((AssertionError, FileNotFoundError)):
        test_killed_while_publishing(path, 2, 2, "publish")


def test_generations_that_are_renamed_from_the_newest_on_are_noticed(path, monkeypatch):
    def make_room(file):
        for number in generations.numbers(file):
            generations._rename(generation(file, number), generation(file, number + 1))
        generations._link(file, generation(file, 1))

    monkeypatch.setattr(generations, "make_room", make_room)
    with pytest.raises(AssertionError):
        test_killed_while_publishing(path, 2, 2, "publish")


def test_a_kept_file_that_counts_twice_is_noticed(path, monkeypatch):
    monkeypatch.setattr(generations, "same", lambda *_: False)
    with pytest.raises(AssertionError):
        test_killed_while_publishing(path, 2, 2, "publish")
