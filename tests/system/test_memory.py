"""Limits on the address space: a sentence and an exit code, not an abort or a wait without end."""

import resource
import subprocess
import sys

import pytest

from w2vcli.errors import W2VError
from w2vcli.system import memory


def limited(kilobytes, arguments, folder):
    return subprocess.run(
        ["bash", "-c", f"ulimit -v {kilobytes}; exec {sys.executable} -m w2vcli {arguments}"],
        cwd=folder, timeout=60, check=False, capture_output=True, text=True,
    )  # fmt: skip


@pytest.mark.parametrize("kilobytes", [200_000, 350_000, 500_000])
def test_too_little_to_train(tmp_path, kilobytes):
    (tmp_path / "text").write_text("a b c a b\n" * 99, encoding="utf-8")
    run = limited(kilobytes, "train text -o new --dim 16 --threads 2", tmp_path)
    assert run.returncode == 1
    assert "w2vcli: not enough memory: this process may use " in run.stderr
    assert run.stderr.endswith("; raise the limit\n")
    assert run.stderr.count("\n") == 1
    assert [file.name for file in tmp_path.iterdir()] == ["text"]


def test_enough_to_train(tmp_path):
    (tmp_path / "text").write_text("a b c a b\n" * 99, encoding="utf-8")
    run = limited(1_000_000, "train text -o new --dim 4 --passes 1 --threads 2", tmp_path)
    assert run.returncode == 0, run.stderr


def test_the_limit_is_compared_with_what_is_in_use(monkeypatch):
    limits = {"now": (resource.RLIM_INFINITY, resource.RLIM_INFINITY)}
    monkeypatch.setattr(memory.resource, "getrlimit", lambda _: limits["now"])
    memory.check_address_space()
    limits["now"] = (1 << 46, 1 << 46)
    memory.check_address_space()
    limits["now"] = (memory._NEEDED, memory._NEEDED)  # and something is in use
    with pytest.raises(W2VError, match=r"may use 600 MB \(ulimit -v\), and .* raise the limit"):
        memory.check_address_space()


def test_the_program_loads_neither_scipy_nor_threads_of_blas(tmp_path):
    code = (
        "import sys; sys.argv = ['w2vcli', 'explain', '--help']\n"
        "from w2vcli.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "import numba.np.arraymath, os, threadpoolctl\n"
        "assert not sys.modules.get('scipy'), 'SciPy'\n"
        "assert [p['num_threads'] for p in threadpoolctl.threadpool_info()] in ([], [1])\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
