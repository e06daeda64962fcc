"""The suite itself: what runs when, compiled, as plain Python too, and in the background."""

import ast
import itertools
import os
import re
import signal
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from helpers.halves import ONCE, TESTS, TWICE, is_plain
from helpers.slow import SLOW, is_slow

ROOT = TESTS.parent
ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith("MAKE") and name != "PYTEST_ADDOPTS"
}
"""The environment without what make and its user tell the suite that runs these tests."""

# A suite that lies elsewhere, with the settings and the ``conftest`` of this one.
ELSEWHERE = f"-c {ROOT}/pyproject.toml -p conftest --rootdir {ROOT} -p no:cacheprovider"


def test_what_runs_once_is_there():
    assert [name for name in ONCE | TWICE if not (TESTS / name).exists()] == []


def test_what_runs_twice_would_run_once():
    folders = {TESTS / name for name in ONCE}
    assert [name for name in TWICE if folders.isdisjoint((TESTS / name).parents)] == []


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
        ("cli/test_cli_errors.py", set(), False),
        ("cli/test_cli_train.py", {"parametrize"}, True),
        ("cli/test_cli_train.py", {"jit"}, False),
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
        [sys.executable, "-m", "pytest", *ELSEWHERE.split(), tmp_path],
        env=ENVIRONMENT | {"NUMBA_DISABLE_JIT": value, "PYTHONPATH": str(TESTS)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("." * tests + " ")


# --- quick and slow ---------------------------------------------------------------------


def test_what_is_slow_is_there():
    for name in SLOW:
        file, _, function = name.partition("::")
        body = ast.parse((TESTS / file).read_text(encoding="utf-8")).body
        assert function in {node.name for node in body if isinstance(node, ast.FunctionDef)}, name


def test_some_of_what_is_slow_stays_with_the_quick():
    """Each pattern of parameters finds some, and is not all there are."""
    named = {name.partition("::")[0] for name, stay in SLOW.items() if stay}
    told = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", *named],
        env=ENVIRONMENT | {"NUMBA_DISABLE_JIT": "0"}, cwd=TESTS, capture_output=True, text=True,
        check=True,
    ).stdout  # fmt: skip
    found = re.findall(r"(?m)^(?:tests/)?([^\[\n]+)\[(.*)\]$", told)
    for name, stay in SLOW.items():
        parameters = [text for test, text in found if test == name]
        unused = [p for p in stay if not any(fnmatchcase(text, p) for text in parameters)]
        assert unused == [], name
        if stay:
            file, _, function = name.partition("::")
            assert any(is_slow(TESTS / file, function, text) for text in parameters), name


def commands(*targets):
    """The commands by which make runs tests, with this Python."""
    told = subprocess.run(
        ["make", "-n", *targets, f"BIN={Path(sys.executable).parent}"], cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True, text=True, check=True,
    ).stdout.replace("\\\n", "")  # fmt: skip
    return [line for line in told.splitlines() if " -m pytest " in line]


def test_make_test_and_make_slow_run_all_that_there_is_and_nothing_twice(tmp_path):
    """Of any markers together, in the half where they belong; CI makes both."""
    kinds = itertools.product(["", "slow"], ["", "cluster"], ["", "jit"], ["", "once"])
    tests = {"_".join(filter(None, ["test", *marks])): {*marks} - {""} for marks in kinds}
    (tmp_path / "test_suite.py").write_text(
        "import pytest\n"
        + "".join(
            "".join(f"@pytest.mark.{mark}\n" for mark in marks) + f"def {name}(): pass\n"
            for name, marks in tests.items()
        )
    )
    runs = [commands("test"), commands("slow")]
    assert list(map(len, runs)) == [2, 2]
    compiled, plain = [], []
    for command in itertools.chain(*runs):
        done = subprocess.run(
            ["sh", "-c", f"{command} -n 0 -vv {ELSEWHERE} {tmp_path}"], cwd=ROOT,
            env=ENVIRONMENT | {"NUMBA_DISABLE_JIT": "0", "PYTHONPATH": str(TESTS)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        half = plain if "NUMBA_DISABLE_JIT=1" in command else compiled
        half += re.findall(r"::(\w+) PASSED", done.stdout)
    assert sorted(compiled) == sorted(tests)
    assert sorted(plain) == sorted(n for n, marks in tests.items() if not marks & {"jit", "once"})
    made = (ROOT / ".ci" / "run").read_text().splitlines()[-1].split()
    assert {"test", "slow"} <= set(made)


def test_a_folder_that_somebody_names_for_temporary_files_is_used():
    (command, *_) = commands("test")
    variables, _, _ = command.partition(sys.executable)
    shown = subprocess.run(
        ["sh", "-c", f"{variables} printenv TMPDIR"], env=ENVIRONMENT | {"TMPDIR": "/named"},
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert shown == "/named\n"


# --- in the background ------------------------------------------------------------------


def test_signals_are_as_in_a_terminal_wherever_the_suite_runs():
    numbers = [signal.SIGHUP, signal.SIGINT, signal.SIGTERM]

    def in_the_background():
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)

    code = "import conftest, signal; print([signal.getsignal(n) for n in (1, 2, 15)])"
    told = subprocess.run(
        [sys.executable, "-c", code], env=ENVIRONMENT | {"PYTHONPATH": str(TESTS)},
        preexec_fn=in_the_background, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    expected = [signal.SIG_DFL, signal.default_int_handler, signal.SIG_DFL]
    assert told == f"{expected}\n"
