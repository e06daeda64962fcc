"""The folder of compiled kernels: private, checked, and never fatal."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from w2vcli.system import code_cache

WORK = """
import numpy as np
from w2vcli.text.tokens import Lexicon
print(Lexicon().encode(b"a b a\\n").tolist())
"""


def run(folder):
    """Compile and use a kernel in a process of its own, with this folder for the cache."""
    return subprocess.run(
        [sys.executable, "-c", WORK],
        env={**os.environ, "W2VCLI_CACHE_DIR": str(folder), "NUMBA_DISABLE_JIT": "0"},
        capture_output=True,
        text=True,
        check=False,
    )


def files(folder):
    return {f.relative_to(folder): f.read_bytes() for f in folder.rglob("*.nb[ic]")}


def test_kernels_are_kept_for_the_next_process(tmp_path):
    folder = tmp_path / "cache"
    assert run(folder).stdout == "[0, 1, 0, -2]\n"
    first = files(folder)
    assert first
    assert folder.stat().st_mode & 0o777 == 0o700
    assert sorted(json.loads((folder / "checksums.json").read_text())) == sorted(map(str, first))
    stamps = {name: (folder / name).stat().st_mtime_ns for name in first}
    assert run(folder).stdout == "[0, 1, 0, -2]\n"
    assert {name: (folder / name).stat().st_mtime_ns for name in files(folder)} == stamps


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "list", "no list"])
def test_a_damaged_cache_is_thrown_away(tmp_path, damage):
    run(tmp_path / "cache")
    folder = tmp_path / "cache"
    before = files(folder)
    for name in before:
        data = bytearray(before[name])
        if damage == "flip":
            data[len(data) // 2] ^= 1
        elif damage == "cut":
            del data[len(data) // 2 :]
        elif damage == "empty":
            data.clear()
        (folder / name).write_bytes(data)
    if damage == "list":
        (folder / "checksums.json").write_text("[1, 2")
    elif damage == "no list":
        (folder / "checksums.json").unlink()
    result = run(folder)
    assert (result.stdout, result.stderr, result.returncode) == ("[0, 1, 0, -2]\n", "", 0)
    assert files(folder).keys() == before.keys()


def test_where_nothing_can_be_kept_it_goes_on_with_one_warning(tmp_path):
    (tmp_path / "file").touch()
    result = run(tmp_path / "file")
    assert result.stdout == "[0, 1, 0, -2]\n"
    assert result.stderr.count("compiled code cannot be kept") == 1


def test_a_folder_that_others_can_write_to_is_not_used(tmp_path, monkeypatch):
    tmp_path.chmod(0o777)
    monkeypatch.setenv("W2VCLI_CACHE_DIR", str(tmp_path))
    with pytest.warns(RuntimeWarning, match="only you can write to; set W2VCLI_CACHE_DIR"):
        assert code_cache.prepare() is None


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"W2VCLI_CACHE_DIR": "/a", "XDG_CACHE_HOME": "/b"}, "/a"),
        ({"XDG_CACHE_HOME": "/b"}, "/b/w2vcli"),
        ({"HOME": "/c"}, "/c/.cache/w2vcli"),
    ],
)
def test_the_folder_is_chosen_by_variable_or_the_users(monkeypatch, variables, expected):
    for name in ("W2VCLI_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert code_cache._folder() == Path(expected)


@pytest.mark.jit
def test_code_that_cannot_be_kept_is_no_reason_to_fail(tmp_path):
    """As on a full disk: no file may grow beyond a kilobyte."""
    (tmp_path / "text.txt").write_text("a b c a b\n" * 9, encoding="utf-8")
    command = f"ulimit -f 1; exec {sys.executable} -m w2vcli build-vocab text.txt -o new"
    run = subprocess.run(
        ["bash", "-c", command],
        cwd=tmp_path,
        env={**os.environ, "W2VCLI_CACHE_DIR": str(tmp_path / "cache")},
        capture_output=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "new").read_bytes() == b"a 18\nb 18\nc 9\n"
    assert not list((tmp_path / "cache").glob("*/*.nbc"))
