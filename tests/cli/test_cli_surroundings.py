"""Hostile surroundings: what cron, nohup, containers and small machines start the program with."""

import itertools
import os
import re
import resource
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from helpers.texts import TIME

from w2vcli.vectors.model import Model

INSTALLED = Path(sys.executable).with_name("w2vcli")
PROGRAM = [str(INSTALLED)] if INSTALLED.exists() else [sys.executable, "-m", "w2vcli"]
QUERY = ["similar", "model.safetensors", "king", "--top", "2"]
TRAIN = ["train", "text.txt", "--min-count", "3", "--dim", "3", "--passes", "1", "-o", "new"]
LONG = ["train", "text.txt", "--min-count", "3", "--dim", "3", "--passes", "1000000", "-o", "new"]
# Pairs of words beyond the memory wait in temporary files.
SPILLING = ["phrases", "text.txt", "-o", "new", "--min-count", "1", "--threshold", "0.001"]
SPILLING += ["--memory", "1K"]
PATIENCE = 60  # seconds, after which a command hangs


def run(arguments, *, environment=None, limits=(), program=PROGRAM, **more):
    """Run the program in a session without a terminal; it has to end, and say so in lines."""

    def prepare():
        for limit, value in limits:
            resource.setrlimit(limit, (value, value))

    done = subprocess.run(
        [*program, *arguments],
        **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        | more,
        env=os.environ if environment is None else environment,
        preexec_fn=prepare, start_new_session=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    for line in (done.stderr or b"").decode().splitlines():
        assert re.match(rf"{TIME} \S", line), done.stderr.decode()
    return done


def said(done):
    """Return what was said, without the times."""
    return [line.partition(" ")[2] for line in done.stderr.decode().splitlines()]


def bare(**variables):
    """Return an environment that has nothing but what is given, and the cache of the tests."""
    kept = ("W2VCLI_CACHE_DIR", "NUMBA_DISABLE_JIT")
    return {name: os.environ[name] for name in kept if name in os.environ} | variables


# --- streams and terminals --------------------------------------------------------------


@pytest.mark.parametrize("closed", [*itertools.product([False, True], repeat=3)])
@pytest.mark.parametrize("what", ["query", "training"])
def test_streams_that_are_closed(w2v, what, closed):
    """The next file that is opened would get the number of one, and all that is written to it."""
    command = QUERY if what == "query" else [*TRAIN, "--json"]
    redirections = " ".join(
        name for name, is_closed in zip(("<&-", ">&-", "2>&-"), closed, strict=True) if is_closed
    )
    script = f'exec "$@" {redirections}'
    done = run(command, program=["bash", "-c", script, "bash", *PROGRAM])
    out_closed, err_closed = closed[1:]
    assert done.returncode == (74 if out_closed else 0), done.stderr
    assert (done.stdout == b"") == out_closed
    if what == "training":
        assert len(Model.load(Path("new")).words)
    if err_closed:
        assert done.stderr == b""
    elif out_closed:
        assert said(done)[-1].startswith("w2vcli: standard output is closed")


@pytest.mark.parametrize("command", [QUERY, TRAIN], ids=["query", "training"])
def test_an_empty_environment(w2v, command):
    """As that of ``env -i``: no home, no path, no language."""
    done = run(command, environment={})
    assert done.returncode == 0, done.stderr
    assert not [line for line in said(done) if line.startswith("w2vcli: ")]


@pytest.mark.jit
def test_a_home_that_cannot_be_written_to(w2v):
    """Nobody, not even root, can make a folder there."""
    command = ["build-vocab", "text.txt", "-o", "new"]
    done = run(command, environment={"HOME": "/proc"})
    assert done.returncode == 0, done.stderr
    warning = [line for line in said(done) if "warning" in line]
    assert len(warning) == 1
    assert warning[0].startswith(
        "w2vcli: warning: compiled code cannot be kept, so every start takes some seconds longer: "
        "/proc/.cache/w2vcli is not a folder that you, and only you, can write to; name such"
    )
    assert Path("new").exists()


@pytest.mark.parametrize("language", ["C", "POSIX", "nonsense"])
def test_a_language_without_letters(w2v, language):
    """Texts, names of files and results are UTF-8 all the same."""
    plain = bare(LANG=language, LC_ALL=language)
    text = Path("ĝoja.txt")
    text.write_text("ĝoja 東京 naïve\n" * 9, encoding="utf-8")
    done = run(["train", str(text), "--dim", "2", "-o", "möd"], environment=plain)
    assert done.returncode == 0, done.stderr
    done = run(["similar", "möd", "naïve", "--top", "1"], environment=plain)
    assert (done.returncode, done.stderr) == (0, b"")
    assert re.match("naïve\t(ĝoja|東京)\t", done.stdout.decode())
    done = run(["train", "nö.txt", "-o", "möd", "--log-file", "log"], environment=plain)
    assert done.returncode == 66
    assert len(said(done)) == 1
    assert re.search(r"w2vcli: n\S+\.txt: no such file", Path("log").read_text("utf-8"))


# --- signals ----------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_signal_that_the_parent_ignores_stays_ignored(w2v, number):
    """A shell starts jobs in the background so, and ``nohup`` does."""
    process = subprocess.Popen(
        [*PROGRAM, *LONG], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(number, signal.SIG_IGN),
    )  # fmt: skip
    lines = (line for line in process.stderr if "pass " in line)
    next(lines)
    for _ in range(3):
        process.send_signal(number)
        next(lines)
    assert process.poll() is None
    process.terminate()
    assert (
        process.stderr.read()
        .splitlines()[-1]
        .endswith("interrupted by SIGTERM; written: new.checkpoint; all other files are unchanged")
    )
    assert process.wait() == -signal.SIGTERM


# --- limits -----------------------------------------------------------------------------


def test_few_open_files(w2v):
    """Of more segments and texts than may be open."""
    few = [(resource.RLIMIT_NOFILE, 40)]
    Path("texts").mkdir()
    sentences = Path("text.txt").read_text("utf-8")
    for number in range(60):
        Path(f"texts/{number}").write_text(f"{sentences}day{number}\n", encoding="utf-8")
        added = ["count", f"texts/{number}", "--store", "store", "--label", f"day{number}"]
        assert w2v(*added)[0] == 0
    assert run(QUERY, limits=few).returncode == 0
    done = run(["train", "texts", "-o", "one", *TRAIN[2:-2]], limits=few)
    assert done.returncode == 0, done.stderr
    done = run(["phrases", "texts", *SPILLING[2:]], limits=few)
    assert done.returncode == 74, done.stderr
    assert re.fullmatch(
        r"w2vcli: /\S+: no more temporary files can be open: Too many open files; allow more "
        r"\(ulimit -n\), or raise --memory",
        said(done)[-1],
    )
    last = ["train", "--store", "store", "--segments", "last:20", *TRAIN[2:]]
    assert run(last, limits=few).returncode == 0
    for command in (["train", "--store", "store", *TRAIN[2:]], ["store", "store", "--compact"]):
        done = run(command, limits=few)
        assert done.returncode == 74, done.stderr
        assert re.fullmatch(
            r"w2vcli: 60 segments are more than this process may have open: the limit is 40 files "
            r"\(ulimit -n\), and \d+ are needed; raise it, or choose fewer segments",
            said(done)[-1],
        )
    assert run(["store", "store", "--verify"], limits=few).returncode == 0


@pytest.mark.parametrize("megabytes", [50, 100, 200, 300, 400, 600, 780, 900, 1300, 2000])
@pytest.mark.parametrize("what", ["query", "training"])
def test_little_address_space(w2v, what, megabytes):
    """A thread that cannot start is not waited for, and what does not fit is one sentence."""
    Path("new").write_bytes(b"the model of yesterday")
    command = QUERY if what == "query" else [*TRAIN, "--threads", "4"]
    begin = time.monotonic()
    done = run(command, limits=[(resource.RLIMIT_AS, megabytes * 1000 * 1024)])
    assert time.monotonic() - begin < PATIENCE
    complaints = [line for line in said(done) if line.startswith("w2vcli: ")]
    if done.returncode == 0:
        assert complaints == []
    else:
        assert done.returncode == 1
        assert len(complaints) == 1
        assert re.search("memory|threads cannot be started", complaints[0]), complaints
        assert Path("new").read_bytes() == b"the model of yesterday"
    if megabytes >= (400 if what == "query" else 900):
        assert done.returncode == 0


FEW_THREADS = """
import os, resource, sys
from w2vcli.cli.app import invoke, run
most = int(sys.argv.pop(1))
# All that is loaded late is loaded now: it may be where only root can read.
assert invoke([*sys.argv[1:-3], "-q", "--threads", "1", "-o", "other"]) == 0
os.setgroups([])
resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
os.setresuid(65534, 65534, 65534)  # root may have as many as it likes
sys.exit(run(sys.argv[1:]))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become somebody with no processes")
@pytest.mark.parametrize("most", [1, 2, 3])
def test_few_threads(w2v, tmp_path, most):
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o777)
    program = [sys.executable, "-c", FEW_THREADS, str(most)]
    done = run([*TRAIN[:-2], "-o", "new", "--threads=9"], program=program)
    assert done.returncode == 1, done.stderr
    (complaint,) = [line for line in said(done) if line.startswith("w2vcli: ")]
    assert complaint.startswith("w2vcli: the threads cannot be started; use fewer --threads, or")
    assert not Path("new").exists()


def test_small_files(w2v):
    """``ulimit -f``: as on a full disk, the old model stays."""
    Path("new").write_bytes(b"the model of yesterday")
    done = run(TRAIN, limits=[(resource.RLIMIT_FSIZE, 2000)])
    assert done.returncode == 74
    assert said(done)[-1] == "w2vcli: new: could not be written: File too large"
    assert Path("new").read_bytes() == b"the model of yesterday"
    assert not [path for path in Path().iterdir() if path.name.startswith(".")]


# --- temporary files --------------------------------------------------------------------


@pytest.fixture
def tiny(tmp_path):
    """A disk of 64 kB; root alone may mount one, and not everywhere."""
    place = tmp_path / "tiny"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_temporary_files_on_a_disk_that_fills_up(w2v, tiny):
    numbers = ((n, n * 7 % 20011, n * 11 % 20011, n * 13 % 20011) for n in range(20000))
    Path("many").write_text("".join("w{} w{} w{} w{}\n".format(*n) for n in numbers), "utf-8")
    Path("new").write_bytes(b"the model of yesterday")
    done = run(["phrases", "many", *SPILLING[2:]], environment=os.environ | {"TMPDIR": str(tiny)})
    assert done.returncode == 74, done.stderr
    assert said(done)[-1] == (
        f"w2vcli: {tiny}: no room for temporary files: No space left on device; set TMPDIR to a "
        "folder with more, or raise --memory"
    )
    assert Path("new").read_bytes() == b"the model of yesterday"
    assert list(tiny.iterdir()) == []


def test_a_folder_for_temporary_files_that_is_full_from_the_start(w2v, tiny):
    with suppress(OSError), (tiny / "filling").open("wb") as file:
        file.write(bytes(1 << 20))
    done = run(SPILLING, environment=os.environ | {"TMPDIR": str(tiny)})
    check_another_folder(done, tiny)


@pytest.mark.parametrize("name", ["nowhere", "text.txt"])
def test_a_folder_for_temporary_files_that_cannot_be_used(w2v, name):
    done = run(SPILLING, environment=os.environ | {"TMPDIR": name})
    check_another_folder(done, name)
    code, _, _ = w2v(*TRAIN)
    assert code == 0


def check_another_folder(done, name):
    """Check that the work was done, with one warning that its files went elsewhere."""
    assert done.returncode == 0, done.stderr
    (warning,) = [line for line in said(done) if "warning" in line]
    assert re.match(
        rf"w2vcli: warning: TMPDIR: no temporary files can be written in {re.escape(str(name))}, "
        r"so they go to /\S+$",
        warning,
    )
    assert Path("new").stat().st_size


# --- the clock --------------------------------------------------------------------------

JUMPING = """
import random, sys, time
now, began, draw = time.time, time.time(), random.Random(0)
def jumping(*_):
    return began + draw.choice([-1, 1]) * draw.random() * 1e9
real = time.gmtime, time.localtime
time.time = jumping
time.gmtime = lambda seconds=None: real[0](jumping() if seconds is None else seconds)
time.localtime = lambda seconds=None: real[1](jumping() if seconds is None else seconds)
from w2vcli.__main__ import main
main()
"""


def test_a_clock_that_jumps(w2v):
    """Durations do not depend on it, and a day that is wrong is only a label."""
    program = [sys.executable, "-c", JUMPING]
    done = run([*TRAIN, "-v"], program=program)
    assert done.returncode == 0, done.stderr
    seconds = re.findall(r"(-?\d+\.\d) s", done.stderr.decode())
    assert len(seconds) > 2
    assert all(0 <= float(number) < PATIENCE for number in seconds)
    times = [line.split()[0] for line in done.stderr.decode().splitlines()]
    assert times != sorted(times)
    assert run([*TRAIN[:-1], "other"]).returncode == 0
    assert Path("new").read_bytes() == Path("other").read_bytes()
    begin = time.monotonic()
    done = run([*LONG, "--max-time", "1s", "--checkpoint-every", "1s"], program=program)
    assert done.returncode == 0, done.stderr
    assert 1 < time.monotonic() - begin < PATIENCE
    assert Path("new.checkpoint").exists()
    done = run([*TRAIN, "--lock", "wait=1s"], program=program)
    assert done.returncode == 0, done.stderr
