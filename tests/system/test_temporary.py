"""Temporary files: they are where TMPDIR says, or the program says that they cannot be."""

import os
import tempfile
import warnings
from pathlib import Path

import pytest

from w2vcli.system import temporary
from w2vcli.system.temporary import temporary_file


@pytest.fixture
def anew(monkeypatch):
    """Let Python choose its folder again, and nobody be warned yet."""
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(temporary, "_warned", set())


def place_of_a_temporary_file():
    with temporary_file() as file:
        file.write(b"a")
        return Path(f"/proc/self/fd/{file.fileno()}").readlink().parent


@pytest.mark.parametrize("name", ["nowhere", "file"])
def test_an_unusable_folder_is_not_replaced_in_silence(tmp_path, monkeypatch, anew, name):
    (tmp_path / "file").touch()
    monkeypatch.setenv("TMPDIR", str(tmp_path / name))
    with pytest.warns(RuntimeWarning) as warned:
        places = [place_of_a_temporary_file() for _ in range(3)]
    assert [str(warning.message) for warning in warned] == [
        f"TMPDIR: no temporary files can be written in {tmp_path / name}, so they go to {places[0]}"
    ]


@pytest.mark.parametrize("name", ["", ".", "folder/", None])
def test_a_usable_folder(tmp_path, monkeypatch, anew, name):
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    if name is None:
        monkeypatch.delenv("TMPDIR", raising=False)
    else:
        monkeypatch.setenv("TMPDIR", name)
    with warnings.catch_warnings(), temporary_file() as file:
        warnings.simplefilter("error")
        file.write(b"a")
        file.flush()
        assert os.fstat(file.fileno()).st_size == 1
