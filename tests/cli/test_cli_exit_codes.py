"""Each exit code that the manual documents ends a real process, and there is no other."""

import fcntl
import re
import signal
import subprocess
import sys

import pytest
from helpers.manual import MANUAL

from w2vcli import errors

MODEL = "model.safetensors"
TRAIN = ("train", "text.txt", "--min-count", "1", "--dim", "4", "-o")
WAYS = {
    0: ("similar", MODEL, "king"),
    1: ("gradcheck", "text.txt", "--max-vocab", "20", "--dim", "2", "--tolerance", "1e-300"),
    2: ("train", "text.txt"),
    3: ("similar", MODEL, "king", "nosuchword"),
    4: (*TRAIN, MODEL, "--require", "words >= 1000000"),
    5: (*TRAIN, "stopped", "--max-time", "0.000001s", "--strict-exit"),
    6: (*TRAIN, "locked", "--lock", "skip", "--strict-exit"),
    65: ("similar", "text.txt", "king"),
    66: ("similar", "nosuchfile", "king"),
    70: (*TRAIN, "diverged", "--lr", "1e30", "--optimizer", "sgd", "--start", "random"),
    73: (*TRAIN, "nosuchfolder/model"),
    74: (*TRAIN, "too-long"),
    75: (*TRAIN, "locked"),
    78: ("--config", "nosuchconfig", "similar", MODEL, "king"),
}


def run(folder, code, *arguments):
    """Run the program; return its exit code and what it complains of."""
    command = [sys.executable, "-m", "w2vcli", *arguments]
    if code == 74:  # as on a full disk
        command = ["/bin/sh", "-c", 'ulimit -f 1; exec "$@"', "sh", *command]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("code", WAYS)
def test_the_code_ends_a_process(w2v, tmp_path, code):
    assert w2v("--version")[0] == 0  # so that the folder is filled
    before = (tmp_path / MODEL).read_bytes()
    with (tmp_path / ".locked.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found, told = run(tmp_path, code, *WAYS[code])
    assert found == code, told
    assert (code not in (0, 5, 6)) == ("w2vcli: " in told), told
    assert (tmp_path / MODEL).read_bytes() == before


def test_a_signal_ends_a_process(w2v, tmp_path):
    assert w2v("--version")[0] == 0
    process = subprocess.Popen(
        [sys.executable, "-m", "w2vcli", "similar", MODEL],
        cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    process.stdin.write(b"king\n")
    process.stdin.flush()
    assert process.stdout.readline()  # it is there, and waits for more
    process.terminate()
    assert process.wait(60) == -signal.SIGTERM  # 128 + 15 for a shell
    process.stdin.close()
    process.stdout.close()


def test_the_manual_documents_these_codes_and_no_others():
    page = (MANUAL / "exit-codes.md").read_text()
    assert [int(code) for code in re.findall(r"(?m)^\| (\d+) \|", page)] == list(WAYS)
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    named = {value for value in vars(errors).values() if isinstance(value, int)}
    assert {kind.exit_code for kind in kinds} | named | {0} == set(WAYS)


@pytest.mark.parametrize("page", sorted(MANUAL.glob("*.md")), ids=lambda page: page.stem)
def test_the_pages_of_the_commands_name_no_other_codes(page):
    table = page.read_text().partition("## Exit codes\n")[2]
    assert {int(code) for code in re.findall(r"(?m)^\| (\d+) \|", table)} <= set(WAYS)
