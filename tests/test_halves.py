"""The suite itself: what runs compiled, what runs as plain Python too, and in the background."""

import os
import signal
import subprocess
import sys

import pytest
from helpers.halves import ONCE, TESTS, is_plain


def test_what_runs_once_is_there():
    assert [name for name in ONCE if not (TESTS / name).exists()] == []


@pytest.mark.parametrize(
    ("name", "markers", "plain"),
    [
        ("softmax/test_kernel.py", set(), True),
        ("softmax/test_kernel.py", {"parametrize"}, True),
        ("softmax/test_kernel.py", {"jit"}, False),
        ("softmax/test_kernel.py", {"once", "parametrize"}, False),
        ("test_structure.py", set(), False),
        ("stress/test_fuzz.py", set(), False),
        ("softmax/stress/test_fuzz.py", set(), True),
    ],
)
def test_which_tests_the_plain_half_has(name, markers, plain):
    assert is_plain(TESTS / name, markers) is plain


SUITE = """
import pytest

@pytest.mark.once
def test_once(): pass

@pytest.mark.jit
def test_compiled(): pass

@pytest.mark.parametrize("x", [1, 2])
def test_twice(x): pass
"""


@pytest.mark.parametrize(("value", "tests"), [("0", 4), ("1", 2)])
def test_the_halves_of_a_suite(tmp_path, value, tests):
    (tmp_path / "test_suite.py").write_text(SUITE)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", TESTS.parent / "pyproject.toml", "-p", "conftest",
         "--rootdir", TESTS.parent, "-p", "no:cacheprovider", tmp_path],
        env=os.environ | {"NUMBA_DISABLE_JIT": value, "PYTHONPATH": str(TESTS)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("." * tests + " ")


def test_signals_are_as_in_a_terminal_wherever_the_suite_runs():
    numbers = [signal.SIGHUP, signal.SIGINT, signal.SIGTERM]

    def in_the_background():
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)

    code = "import conftest, signal; print([signal.getsignal(n) for n in (1, 2, 15)])"
    told = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": str(TESTS)},
        preexec_fn=in_the_background, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    expected = [signal.SIG_DFL, signal.default_int_handler, signal.SIG_DFL]
    assert told == f"{expected}\n"
