"""Temporary files: they are where TMPDIR says, or the program says that they cannot be."""

import os
import tempfile

import pytest

from w2vcli.errors import ConfigError
from w2vcli.system.temporary import temporary_file


@pytest.fixture
def anew(monkeypatch):
    """Let Python choose its folder again."""
    monkeypatch.setattr(tempfile, "tempdir", None)


@pytest.mark.parametrize("name", ["nowhere", "file"])
def test_an_unusable_folder_is_not_replaced_in_silence(tmp_path, monkeypatch, anew, name):
    (tmp_path / "file").touch()
    monkeypatch.setenv("TMPDIR", str(tmp_path / name))
    with (
        pytest.raises(ConfigError, match=f"TMPDIR: no temporary files .* in {tmp_path / name}; "),
        temporary_file(),
    ):
        pass


@pytest.mark.parametrize("name", ["", ".", "folder/", None])
def test_a_usable_folder(tmp_path, monkeypatch, anew, name):
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    if name is None:
        monkeypatch.delenv("TMPDIR", raising=False)
    else:
        monkeypatch.setenv("TMPDIR", name)
    with temporary_file() as file:
        file.write(b"a")
        file.flush()
        assert os.fstat(file.fileno()).st_size == 1
