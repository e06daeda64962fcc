"""Folders that appear whole or not at all, and what they may replace."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.limits import limited_files

from w2vcli.errors import OutputError, StorageError
from w2vcli.system import folders
from w2vcli.system.folders import atomic_folder
from w2vcli.system.locks import locked

NAMES = ["one", "inner/two"]


def is_ours(folder):
    held = {str(f.relative_to(folder)) for f in folder.rglob("*") if f.is_file()}
    return held <= set(NAMES)


def write(path, text):
    with atomic_folder(path, NAMES, is_ours) as streams:
        for stream in streams:
            stream.write(text)


def content(path):
    return [path.joinpath(name).read_bytes() for name in NAMES]


@pytest.fixture
def place(tmp_path):
    yield tmp_path / "folder"
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


@pytest.fixture(params=["exchanged", "moved aside"])
def _way(request, monkeypatch):
    """Both ways of replacing a folder: Linux's in one step, and that of other systems."""
    if request.param == "moved aside":
        monkeypatch.setattr(folders, "_exchanged", lambda _one, _other: False)


@pytest.mark.usefixtures("_way")
def test_a_folder_is_made_and_replaced(place):
    write(place, b"old")
    assert content(place) == [b"old"] * 2
    write(place, b"new")
    assert content(place) == [b"new"] * 2
    assert [path.name for path in place.parent.iterdir()] == ["folder"]
    mask = os.umask(0)
    os.umask(mask)
    assert place.stat().st_mode & 0o777 == 0o777 & ~mask


def test_an_empty_folder_is_replaced(place):
    place.mkdir()
    write(place, b"new")
    assert content(place) == [b"new"] * 2


def test_a_link_to_a_folder_stays_one(place, tmp_path):
    write(tmp_path / "real", b"old")
    place.symlink_to("real")
    write(place, b"new")
    assert place.is_symlink()
    assert content(tmp_path / "real") == [b"new"] * 2


@pytest.mark.usefixtures("_way")
@pytest.mark.parametrize("there", [False, True])
def test_what_goes_wrong_leaves_all_as_it_was(place, there):
    if there:
        write(place, b"old")
    with pytest.raises(ZeroDivisionError), atomic_folder(place, NAMES, is_ours) as (one, _):
        one.write(b"%d" % (1 // 0))
    with limited_files(1000), pytest.raises(StorageError, match="could not be written: File too"):
        write(place, b"new" * 1000)
    assert place.exists() == there
    if there:
        assert content(place) == [b"old"] * 2


def test_a_folder_of_others_is_never_touched(place):
    place.mkdir()
    (place / "mine").write_text("mine")
    with pytest.raises(OutputError, match="the folder holds files that no export wrote"):
        write(place, b"new")
    assert (place / "mine").read_text() == "mine"
    (place / "mine").unlink()
    with (
        pytest.raises(OutputError, match="the folder holds files that no export wrote"),
        atomic_folder(place, NAMES, is_ours),
    ):
        (place / "mine").write_text("put there meanwhile")
    assert [path.name for path in place.iterdir()] == ["mine"]


def test_where_no_folder_can_be(place):
    place.write_text("a file")
    with pytest.raises(OutputError, match="this is not a folder; choose another name"):
        write(place, b"new")
    with pytest.raises(OutputError, match="does not exist; make it first"):
        write(place.parent / "missing" / "folder", b"new")
    with pytest.raises(OutputError, match="cannot be created"):
        write(place.parent / ("x" * 300), b"new")


def test_if_the_new_one_cannot_be_named_the_old_one_is_put_back(place, monkeypatch):
    write(place, b"old")
    monkeypatch.setattr(folders, "_exchanged", lambda _one, _other: False)
    rename = Path.rename

    def failing(self, target):
        if target == place and self.name.endswith(".tmp") and ".old." not in self.name:
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(StorageError, match="could not be written: Input/output error"):
        write(place, b"new")
    assert content(place) == [b"old"] * 2


def test_the_next_run_removes_what_a_killed_one_has_left(place):
    stale = place.with_name(".folder.0123abcd.tmp")
    (stale / "inner").mkdir(parents=True)
    (stale / "inner" / "two").write_text("half")
    with locked(place, folder=True):
        write(place, b"new")
    assert content(place) == [b"new"] * 2


INTERRUPTED = """
import os, signal, sys
from pathlib import Path
from w2vcli.system import signals
from w2vcli.system.folders import atomic_folder

signals.install(lambda _number, _written: None)
with atomic_folder(Path(sys.argv[1]), ["one", "inner/two"], lambda _: True) as (one, _):
    one.write(b"half")
    os.kill(os.getpid(), signal.SIGTERM)
    sys.exit("still there")
"""


def test_a_signal_leaves_nothing_behind(place):
    done = subprocess.run([sys.executable, "-c", INTERRUPTED, place], check=False)
    assert done.returncode == -signal.SIGTERM
    assert not place.exists()
