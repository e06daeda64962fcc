"""Kill -9 at any moment: some times here, 1,000 times by ``make stress``."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(TESTS), "OPENBLAS_NUM_THREADS": "1"}


@pytest.mark.jit
@pytest.mark.parametrize(("kills", "only"), [("5", ["--only", "train grouped"]), ("30", [])])
def test_whenever_a_run_is_killed_the_next_one_goes_on_to_the_same_bytes(kills, only):
    done = subprocess.run(
        [sys.executable, "-m", "stress.run", "--kills", kills, "--inputs", "0", *only],
        env=ENVIRONMENT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    (sums,) = (line.split() for line in done.stdout.splitlines() if line.startswith("in all"))
    assert sums[-3] == kills


# Commands as one should not write them, and one as one should.
BROKEN = """
import json, os, secrets, time
from pathlib import Path
from stress import kills
from stress.cases import Case

def in_place(arguments):
    with open("new", "wb", 0) as stream:
        for _ in range(20):
            stream.write(b"part")
            time.sleep(0.001)
    return 0

def by_renaming(content, arguments):
    name = f".new.{secrets.token_hex(4)}.tmp"
    for stale in Path().glob(".new.*.tmp") if "sweep" in arguments else ():
        stale.unlink()
    with open(name, "wb") as stream:
        time.sleep(0.01)
        stream.write(content)
    os.replace(name, "new")
    return 0

def always_new(arguments):
    return by_renaming(b"new", arguments)

def from_what_is_there(arguments):
    old = Path("saved")
    known = old.read_bytes() if old.exists() else b"new"
    old.write_bytes(known + b"er")
    code = by_renaming(known, arguments)
    old.unlink()
    return code

kills.CASES = {
    "in place": Case([], run=in_place),
    "never swept": Case([], run=always_new),
    "other bytes": Case(["sweep"], run=from_what_is_there),
    "right": Case(["sweep"], run=always_new),
}
print(json.dumps(kills.answer({"seed": 1, "kills": dict.fromkeys(kills.CASES, 12)})))
"""


def test_what_is_written_wrongly_is_found():
    done = subprocess.run(
        [sys.executable, "-c", BROKEN], env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told = {name: " ".join(case["failures"]) for name, case in json.loads(done.stdout).items()}
    assert "the output is neither the old nor the new one" in told["in place"]
    assert "after a whole run there is ['.new." in told["never swept"]
    assert "the output is not that of a run that was never killed" in told["other bytes"]
    assert told["right"] == ""
