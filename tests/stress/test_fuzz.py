"""Damaged files are read, or refused with an error of ours; ``make stress`` tries a million."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stress.damage import damaged, damaged_tensors
from stress.fuzz import quietly, tried
from stress.parsers import PARSERS

TESTS = Path(__file__).resolve().parents[1]
every_parser = pytest.mark.parametrize("name", PARSERS)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    quietly()
    return tmp_path_factory.mktemp("fuzz") / "input"


@every_parser
@given(st.randoms())
@settings(max_examples=200, suppress_health_check=list(HealthCheck))
def test_what_is_damaged_is_read_or_refused(path, name, random):
    parser = PARSERS[name]
    tried(parser, path, parser.damage(random, parser.goods(path)))


@every_parser
def test_what_is_good_is_read(path, name):
    assert "read" in {tried(PARSERS[name], path, good) for good in PARSERS[name].goods(path)}


@every_parser
def test_damage_is_drawn_by_its_seed_and_reaches_beyond_the_first_check(path, name):
    parser = PARSERS[name]
    goods = parser.goods(path)
    one, other = Random(1), Random(1)
    inputs = [parser.damage(one, goods) for _ in range(100)]
    assert inputs == [parser.damage(other, goods) for _ in range(100)]
    assert len(set(inputs)) > 60
    assert {tried(parser, path, data) for data in inputs} >= {"read", "DataError"}


@pytest.mark.parametrize("damage", [damaged, damaged_tensors])
def test_nothing_is_so_short_that_it_cannot_be_damaged(damage):
    random = Random(2)
    for _ in range(500):
        assert isinstance(damage(random, [b"", b"a"]), bytes)


# --- the fuzzer itself: every failure that it is there for, it finds --------------------

BROKEN = """
import json, os, sys, time
from stress import fuzz
from stress.parsers import Parser
from w2vcli.errors import DataError
def fail(path):
    data = path.read_bytes()
    if data != b"good": exec(sys.argv[1])
fuzz.PARSERS["broken"] = Parser(fail, lambda path: [b"good"])
fuzz.SECONDS = 0.5
print(json.dumps(fuzz.answer(json.loads(sys.argv[2]))))
"""


def fuzzed(folder, code):
    request = {"parser": "broken", "seed": 1, "inputs": 40}
    request |= {"folder": str(folder), "input": str(folder / "input")}
    return subprocess.run(
        [sys.executable, "-c", BROKEN, code, json.dumps(request)],
        env=os.environ | {"PYTHONPATH": str(TESTS)}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("{}[1]", "KeyError"),
        ("bytearray(2 << 30)", "MemoryError"),
        ("raise DataError('one\\ntwo')", "the message has several lines"),
        ("raise DataError('x' * 5000)", "the message is as long as a page"),
    ],
)
def test_a_parser_that_fails_is_found_and_the_input_kept(tmp_path, code, said):
    told = json.loads(fuzzed(tmp_path, code).stdout)
    assert set(told["outcomes"]) == {"FAILED", "read"}
    (failure,) = told["failures"]
    kept, *trace = failure.splitlines()
    assert said in trace[-1]
    assert Path(kept).read_bytes() != b"good"


@pytest.mark.parametrize(
    ("code", "ending"), [("while True: pass", signal.SIGALRM), ("os.abort()", signal.SIGABRT)]
)
def test_a_parser_that_hangs_or_crashes_ends_its_process_and_leaves_the_input(
    tmp_path, code, ending
):
    assert fuzzed(tmp_path, code).returncode == -ending
    assert (tmp_path / "input").read_bytes() != b"good"
