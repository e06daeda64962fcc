"""The commands on disks that are full, cannot be written to, or are wanted by two at once."""

import os
import resource
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from helpers.arguments import changed
from helpers.limits import limited_files
from helpers.texts import without_times

from w2vcli.system.tensor_file import verify
from w2vcli.training.checkpoint import FORMAT

PROGRAM = [sys.executable, "-m", "w2vcli"]
NOBODY = 65534
OLD = b"the file of yesterday"
WORDS = "".join(f"word{i:04} " * (2 + i % 3) + "\n" for i in range(3000))  # 30 kB as a vocabulary
BUILD = ["build-vocab", "../words", "-o", "new", "--min-count", "1"]
TRAIN = ["train", "../text.txt", "-o", "new", "--dim", "4", "--passes", "40"]  # 8 kB
SAVING = [*TRAIN, "--checkpoint-every", "1pass"]


def names():
    return sorted(path.name for path in Path().iterdir())


@pytest.fixture
def folder(w2v, tmp_path, monkeypatch):
    """Go to an empty folder beside the texts, and return ``w2v``."""
    Path("words").write_text(WORDS, encoding="utf-8")
    Path("folder").mkdir()
    monkeypatch.chdir("folder")
    return w2v


def check_failure(result, code, message):
    """Check that a command has failed as it should, and that all is as it was."""
    assert result[:2] == (code, ""), result[2]
    assert result[2].splitlines()[-1].startswith(f"w2vcli: {message}")
    assert set(names()) <= {"new", "new.checkpoint"}
    assert Path("new").read_bytes() == OLD
    if Path("new.checkpoint").exists():  # the one before, whole
        verify(Path("new.checkpoint"), FORMAT)


def check_success(w2v, command):
    code, _, err = w2v(*command)
    assert code == 0, err
    assert Path("new").read_bytes() != OLD
    assert names() == ["new"]


# --- full -------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [BUILD, TRAIN, SAVING])
def test_a_file_that_grows_too_large(folder, command):
    check_success(folder, command)  # with this, the kernels are compiled
    Path("new").write_bytes(OLD)
    with limited_files(2048):
        result = folder(*command)
    check_failure(result, 74, "new: could not be written: File too large")
    check_success(folder, command)


def test_a_file_that_grows_too_large_in_a_process_of_its_own(folder):
    """The system sends it a signal then, by which it must not die."""
    Path("new").write_bytes(OLD)
    done = subprocess.run(
        [*PROGRAM, *BUILD], capture_output=True, text=True, check=False,
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},  # so no compiled kernel needs room
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048)),
    )  # fmt: skip
    result = done.returncode, done.stdout, without_times(done.stderr)
    check_failure(result, 74, "new: could not be written: File too large")


class Disk:
    """A small disk in memory, seen by nobody but a shell, through whose eyes we look."""

    def __init__(self, place):
        own = ["--user", "--map-root-user"] if os.geteuid() else []
        self._shell = subprocess.Popen(
            ["unshare", *own, "--mount", "sh"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self._place = place
        self.root = Path(f"/proc/{self._shell.pid}/root{place}")

    def mount(self, options):
        """Mount it, in this way, or anew; return what is said against it."""
        self._shell.stdin.write(f"mount -t tmpfs -o {options} tmpfs '{self._place}'; echo\n")
        self._shell.stdin.flush()
        return self._shell.stdout.readline().strip()

    def end(self):
        self._shell.kill()
        self._shell.communicate()


@pytest.fixture
def disk(folder, monkeypatch):
    """Go to an empty disk of 16 kB beside the texts."""
    place = Path.cwd().resolve()
    try:
        disk = Disk(place)
    except OSError as error:
        pytest.skip(f"there is no unshare: {error}")
    try:
        if said := disk.mount("size=16k"):
            pytest.skip(f"no disk may be mounted here: {said}")
        for text in ("words", "text.txt"):
            assert disk.root.parent.joinpath(text).exists()
        monkeypatch.chdir(disk.root)
        yield disk
    finally:
        monkeypatch.chdir(place)
        disk.end()


@pytest.mark.parametrize(
    ("command", "code", "message"),
    [
        (BUILD, 74, "new: could not be written: No space left on device"),
        (TRAIN, 74, "new: could not be written: No space left on device"),
        (SAVING, 74, "new: could not be written: No space left on device"),
        (
            changed(TRAIN, ["--dim", "400"]),
            73,
            "new: it needs 0.1 MB, and the disk has 0.0 MB free; make",
        ),
    ],
)
def test_a_full_disk_and_then_there_is_room(folder, disk, command, code, message):
    Path("new").write_bytes(OLD)
    assert not disk.mount("remount,size=8k")  # one page of it is free
    check_failure(folder(*command), code, message)
    assert not disk.mount("remount,size=1m")
    check_success(folder, command)


# --- read-only --------------------------------------------------------------------------


@pytest.mark.parametrize("command", [BUILD, TRAIN, [*TRAIN, "--resume"]])
def test_a_disk_that_cannot_be_written_to(folder, disk, command):
    Path("new").write_bytes(OLD)
    assert not disk.mount("remount,ro")
    check_failure(folder(*command), 73, "new: no permission to write in .; choose another folder")
    assert not disk.mount("remount,rw,size=1m")
    check_success(folder, command)


@contextmanager
def nobody():
    """Be nobody for a while, if we are root, whom no permissions bind."""
    if os.getuid():
        yield
        return
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


@pytest.mark.parametrize("command", [BUILD, TRAIN])
def test_a_folder_that_belongs_to_others(folder, command):
    Path("new").write_bytes(OLD)
    Path().chmod(0o555)
    with nobody():
        result = folder(*command)
    check_failure(result, 73, "new: no permission to write in .; choose another folder")


def test_a_folder_that_may_be_written_to_but_not_listed(folder):
    """Then it cannot be flushed, nor swept: the file is there all the same."""
    check_success(folder, BUILD)  # with this, the kernels are compiled
    if not os.getuid():
        os.chown(".", NOBODY, NOBODY)
        Path("..").chmod(0o755)
    Path().chmod(0o300)
    with nobody():
        result = folder(*BUILD)
        with pytest.raises(PermissionError):
            names()
    Path().chmod(0o700)
    assert result[0] == 0, result[2]
    assert names() == ["new"]


# --- two at once ------------------------------------------------------------------------

LONG = [*TRAIN[:4], "--dim", "4", "--passes", "300"]


@pytest.mark.jit
def test_two_runs_at_once(folder):
    """One fails, one skips, and one waits, and goes on where the first one was ended."""
    assert folder(*LONG)[0] == 0
    whole = Path("new").read_bytes()
    Path("new").write_bytes(OLD)
    with subprocess.Popen([*PROGRAM, *LONG], stderr=subprocess.PIPE, text=True) as first:
        next(line for line in first.stderr if "pass 2/" in line)
        first.send_signal(signal.SIGSTOP)  # it holds the lock, and has all the time
        assert folder(*LONG)[0] == 75
        assert folder(*LONG, "--lock", "wait=0.1")[0] == 75
        assert folder(*LONG, "--lock", "skip")[0] == 0
        assert names() == [".new.lock", "new"]
        assert Path("new").read_bytes() == OLD
        with subprocess.Popen(
            [*PROGRAM, *LONG, "--lock", "wait", "--resume", "--json"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        ) as second:  # fmt: skip
            first.send_signal(signal.SIGTERM)
            first.send_signal(signal.SIGCONT)
            first.stderr.read()
            assert first.wait() == -signal.SIGTERM
            events = second.stdout.read()
        assert second.returncode == 0
    assert '{"event": "resumed"' in events
    assert Path("new").read_bytes() == whole
    assert names() == ["new"]
