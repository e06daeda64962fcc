"""Dying by a signal: at once, quietly, wherever the program is, with a true message."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PRELUDE = """
import ctypes, os, signal, sys, threading, time
from pathlib import Path
from w2vcli.system import files, signals
def farewell(number, written):
    os.write(2, f"{number.name} {[str(path) for path in written]}".encode())
signals.install(farewell)
def ready():
    print("ready", flush=True)
"""


def ended(code, *numbers, pause=0.0, cwd=None):
    """Run code, send signals once it is ready; return its code, its messages and the seconds."""
    process = subprocess.Popen(
        [sys.executable, "-c", PRELUDE + code], cwd=cwd, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout.readline() == "ready\n", process.stderr.read()
    begin = time.monotonic()
    for number in numbers:
        process.send_signal(number)
        time.sleep(pause)
    try:
        _, err = process.communicate(timeout=30)
    finally:
        process.kill()
    return process.returncode, err, time.monotonic() - begin


CALLED_BACK = """
callback = ctypes.CFUNCTYPE(None)(lambda: time.sleep(60))
ready()
callback()
"""
IN_C = "ready(); ctypes.CDLL(None).pause.argtypes = []\nwhile True: ctypes.CDLL(None).pause()"
# A call that goes on whatever signals come, as the compiler does.
BUSY_IN_C = """
import numpy as np
a = np.random.default_rng(0).standard_normal((3000, 3000))
ready()
while True:
    np.linalg.svd(a)
"""
WAITING = "lock = threading.Lock(); lock.acquire(); ready(); lock.acquire()"
SWALLOWED = """
ready()
while True:
    try: time.sleep(60)
    except BaseException: pass
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_ends_the_process_by_itself(number):
    code, err, _ = ended(SWALLOWED, number)
    assert (code, err) == (-number, f"{number.name} []")


@pytest.mark.parametrize(
    "code", [CALLED_BACK, IN_C, BUSY_IN_C, WAITING], ids=["callback", "pause", "svd", "lock"]
)
def test_wherever_the_program_is(code):
    code, err, _ = ended(code, signal.SIGTERM)
    assert (code, err) == (-signal.SIGTERM, "SIGTERM []")


def test_a_deferred_signal_waits_for_the_end_of_the_block():
    code, err, _ = ended(
        """
with signals.deferred():
    ready()
    while not signals.received(): time.sleep(0.01)
    print("saved", file=sys.stderr, flush=True)
""",
        signal.SIGTERM,
    )
    assert code == 1  # the exception that the program catches, to die by the signal
    assert err.startswith("saved\n")
    assert "Interrupted" in err


@pytest.mark.parametrize("work", ["time.sleep(60)", "np.linalg.svd(a)"])
def test_a_second_signal_ends_what_is_deferred(work):
    start = BUSY_IN_C.replace("ready()\n", "with signals.deferred():\n  ready()\n").replace(
        "while True:\n    np.linalg.svd(a)", f"  while True: {work}"
    )
    code, _, _ = ended(start, signal.SIGTERM, signal.SIGTERM, pause=0.2)
    assert code == -signal.SIGTERM


COUNTED = "signals.uninstall(); time.sleep(0.5); print(len(os.listdir('/proc/self/task')))"


def test_no_thread_and_no_handler_stay_behind():
    code, err, _ = ended("signals.uninstall(); ready(); time.sleep(60)", signal.SIGTERM)
    assert (code, err) == (-signal.SIGTERM, "")
    done = subprocess.run(
        [sys.executable, "-c", PRELUDE + COUNTED],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "1\n"


def test_where_no_thread_can_be_started_signals_still_end_the_process():
    refuse = "def refuse(*_): raise RuntimeError\nsignals.start_new_thread = refuse\n"
    code, err, _ = ended(
        refuse + "signals.uninstall(); signals.install(farewell)\n" + SWALLOWED, signal.SIGTERM
    )
    assert (code, err) == (-signal.SIGTERM, "SIGTERM []")


WRITE = """
real = os.fsync
def stop(handle):
    real(handle)
    if (os.fstat(handle).st_mode & 0o40000 != 0) == %s:
        ready()
        time.sleep(60)
os.fsync = stop
with files.atomic_output(Path("new")) as stream:
    stream.write(b"new")
"""


@pytest.mark.parametrize(
    ("in_folder", "content", "message"),
    [(False, "old", "SIGTERM []"), (True, "new", "SIGTERM ['new']")],
    ids=["of the file", "of its folder"],
)
def test_during_a_flush_the_message_is_true(tmp_path, in_folder, content, message):
    Path(tmp_path / "new").write_text("old", encoding="utf-8")
    code, err, _ = ended(WRITE % in_folder, signal.SIGTERM, cwd=tmp_path)
    assert (code, err) == (-signal.SIGTERM, message)
    assert Path(tmp_path / "new").read_text(encoding="utf-8") == content
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_between_the_rename_and_its_note_nothing_ends_the_process(tmp_path):
    code, err, _ = ended(
        """
real = os.replace
def slow(source, target):
    real(source, target)
    ready()
    time.sleep(1)
os.replace = slow
with files.atomic_output(Path("new")) as stream:
    stream.write(b"new")
""",
        signal.SIGTERM,
        cwd=tmp_path,
    )
    assert (code, err) == (-signal.SIGTERM, "SIGTERM ['new']")
    assert [path.name for path in tmp_path.iterdir()] == ["new"]
