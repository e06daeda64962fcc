"""The folder of compiled kernels: private, and never fatal."""

import os
import shutil
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


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """A cache with the kernels of the work."""
    folder = tmp_path_factory.mktemp("compiled") / "cache"
    assert run(folder).stderr == ""
    return folder


def test_kernels_are_kept_for_the_next_process(tmp_path):
    folder = tmp_path / "cache"
    assert run(folder).stdout == "[0, 1, 0, -2]\n"
    first = files(folder)
    assert first
    assert folder.stat().st_mode & 0o777 == 0o700
    stamps = {name: (folder / name).stat().st_mtime_ns for name in first}
    assert run(folder).stdout == "[0, 1, 0, -2]\n"
    assert {name: (folder / name).stat().st_mtime_ns for name in files(folder)} == stamps


@pytest.mark.parametrize("exists", [False, True])
def test_whatever_the_umask_nobody_else_reaches_the_kernels(tmp_path, exists):
    folder = tmp_path / "cache"
    if exists:  # left by an older umask
        (folder / "kernels").mkdir(parents=True)
        (folder / "kernels").chmod(0o777)
        folder.chmod(0o755)
    before = os.umask(0)
    try:
        assert run(folder).stderr == ""
    finally:
        os.umask(before)
    assert files(folder / "kernels").keys()
    assert files(folder).keys() == {Path("kernels") / name for name in files(folder / "kernels")}
    assert (folder / "kernels").stat().st_mode & 0o777 == 0o700
    assert folder.stat().st_mode & 0o022 == 0


@pytest.mark.parametrize("ending", ["nbi", "nbc"])
@pytest.mark.parametrize("left", ["half", "nothing", "zeros"])
def test_a_file_that_a_loss_of_power_has_damaged_is_replaced(compiled, tmp_path, ending, left):
    folder = tmp_path / "cache"
    shutil.copytree(compiled, folder)
    whole = files(folder)
    for name in whole:
        if name.name.endswith(ending):
            size = len(whole[name])
            damaged = {"half": whole[name][: size // 2], "nothing": b"", "zeros": bytes(size)}
            (folder / name).write_bytes(damaged[left])
    for _ in range(2):
        result = run(folder)
        assert (result.stdout, result.stderr, result.returncode) == ("[0, 1, 0, -2]\n", "", 0)
    assert {name: len(data) for name, data in files(folder).items()} == {
        name: len(data) for name, data in whole.items()
    }


def test_the_cache_folder_of_other_code_stays(tmp_path):
    code = (
        "import numba; numba.config.CACHE_DIR = 'theirs'\n"
        "import w2vcli.text.tokens; assert numba.config.CACHE_DIR == 'theirs'"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "W2VCLI_CACHE_DIR": str(tmp_path / "ours")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("home", ["~", None])
def test_without_a_home_it_goes_on_with_one_warning(monkeypatch, home):
    for name in ("W2VCLI_CACHE_DIR", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    if home:
        monkeypatch.setenv("HOME", home)
    else:  # as a user without an entry
        monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    with pytest.warns(RuntimeWarning, match="there is no home folder") as warned:
        assert code_cache.prepare() is None
    assert len(warned) == 1


def test_a_variable_that_numba_cannot_use_is_named(tmp_path):
    (tmp_path / "text").write_text("a b c\n" * 9, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "w2vcli", "train", "text", "-o", "new"],
        cwd=tmp_path, env={**os.environ, "NUMBA_NUM_THREADS": "0"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 78
    assert "NUMBA_NUM_THREADS" in done.stderr
    assert "unset or correct it" in done.stderr
    assert done.stderr.count("\n") == 1


def test_where_nothing_can_be_kept_it_goes_on_with_one_warning(tmp_path):
    (tmp_path / "file").touch()
    result = run(tmp_path / "file")
    assert result.stdout == "[0, 1, 0, -2]\n"
    assert result.stderr.count("compiled code cannot be kept") == 1


def test_a_folder_that_others_can_write_to_is_not_used(tmp_path, monkeypatch):
    tmp_path.chmod(0o777)
    monkeypatch.setenv("W2VCLI_CACHE_DIR", str(tmp_path))
    with pytest.warns(RuntimeWarning, match="only you, can write to; name such"):
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
    assert run.stderr.count(b"warning: compiled code cannot be kept, so every start takes") == 1
    assert b"File too large" in run.stderr
    assert (tmp_path / "new").read_bytes() == b"a 18\nb 18\nc 9\n"
    assert not list((tmp_path / "cache").glob("**/*.nbc"))
