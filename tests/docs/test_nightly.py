"""The recipe of a night, run as cron runs it: one, and seven on most of which something fails."""

import datetime
import hashlib
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from contextlib import contextmanager

import pytest
from helpers.manual import MANUAL, README
from helpers.sessions import Shell, blocks
from helpers.texts import TIME

MINE = "tests/docs/test_nightly.py"
LATEST = "model.safetensors"

# GNU's date, as of the day that the test says it is.
DATE = """\
#!/bin/sh
what=
if [ "$1" = -d ]; then
    what=$2
    shift 2
fi
exec {date} -d "$TODAY $what" "$@"
"""
# Says which process trains, so that the test can kill it.
PROGRAM = """\
#!/bin/sh
case "$*" in *--plan*) ;; train*) echo $$ > {pid} ;; esac
exec {program} "$@"
"""


class Nights:
    """A folder in which the recipe runs, with its own date and program."""

    def __init__(self, folder, script):
        date = shutil.which("date")
        if subprocess.run([date, "-d", "2026-11-23 2 days ago"], capture_output=True).returncode:
            pytest.skip("the days of this test are made by GNU's date")
        programs = folder / "bin"
        real = folder / "program"
        Shell(real)
        programs.mkdir()
        self.home = folder / "vectors"
        self.home.mkdir()
        disk = ["mount", "-t", "tmpfs", "-o", "size=200m", "tmpfs", str(self.home)]
        self.has_disk = not subprocess.run(disk, capture_output=True).returncode
        (self.home / "texts").mkdir()
        self._pid = folder / "pid"
        self._write(programs / "date", DATE.format(date=date))
        program = PROGRAM.format(pid=self._pid, program=real / "w2vcli")
        self._write(programs / "w2vcli", program)
        lines = script(self.home).splitlines()
        place = next(i for i, line in enumerate(lines) if line.startswith("PATH="))
        lines[place] = f"PATH={programs}:$PATH"
        (self.home / "nightly.sh").write_text("\n".join(lines) + "\n")
        (found,) = re.findall(r"(?m)^# +((?:[\d*]+ ){4}[\d*]+) +(.+)$", "\n".join(lines))
        self._command = found[1].replace(r"\%", "%")
        self._environment = {
            name: os.environ[name] for name in ("W2VCLI_CACHE_DIR",) if name in os.environ
        }

    def end(self):
        """Give the disk back, if it is one of our own: root alone may mount one."""
        if self.has_disk:
            subprocess.run(["umount", str(self.home)], check=True)

    @contextmanager
    def full_disk(self):
        """Let there be no room on the disk; give what to run before, where it cannot be filled."""
        if not self.has_disk:
            yield f"ulimit -f {len(self.model()) // 1024}; "  # half a model, in blocks of 512 bytes
            return
        filling = self.home / "filling"
        disk = os.statvfs(self.home)
        filling.write_bytes(bytes(disk.f_bavail * disk.f_frsize - 100_000))
        yield ""
        filling.unlink()

    @staticmethod
    def _write(program, text):
        program.write_text(text)
        program.chmod(0o755)

    def text(self, day, text, expected=None):
        """Deliver the text of a day, with the checksum of what it should be."""
        file = self.home / "texts" / f"{day}.txt"
        file.write_bytes(text)
        if expected is not None:
            digest = hashlib.sha256(expected).hexdigest()
            file.with_name(f"{file.name}.sha256").write_text(f"{digest}  {file.name}\n")

    def model(self):
        """Return the bytes of the model; None before the first."""
        file = self.home / LATEST
        return file.read_bytes() if file.exists() else None

    def run(self, today, before="", kill=False):
        """Run what cron would run on a day.

        Return the exit code, what cron would send by mail, whether a model was published, and what
        the recipe added to the log.
        """
        log = self.home / "nightly.log"
        told = log.read_text() if log.exists() else ""
        model = self.model()
        killer = threading.Thread(target=self._kill_training, daemon=True)
        if kill:
            killer.start()
        done = subprocess.run(
            ["/bin/sh", "-c", before + self._command],
            env=self._environment | {"PATH": "/usr/bin:/bin", "TODAY": str(today)},
            cwd="/", capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if kill:
            killer.join(60)
        lines = log.read_text().removeprefix(told).splitlines()
        assert all(re.match(f"{TIME} ", line) for line in lines), lines
        ours = [line.partition(" nightly: ")[2] for line in lines if " nightly: " in line]
        mailed = done.stderr.splitlines()
        assert done.stdout == ""
        return done.returncode, mailed, self.model() != model, ours

    def _kill_training(self):
        """Kill the training as soon as it has the lock of the model."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if self._pid.exists() and (self.home / f".{LATEST}.lock").exists():
                os.kill(int(self._pid.read_text()), signal.SIGKILL)
                return
            time.sleep(0.01)


def recipe(w2v):
    """Return what makes the script of the recipe for a folder."""

    def script(folder):
        code, out, err = w2v("recipe", "cron", "--folder", str(folder))
        assert (code, err) == (0, "")
        return out

    return script


def parts(shared_data, count, size=700):
    """Parts of WikiText-2 that stand for the texts of days."""
    lines = (shared_data / "wikitext2.train.txt").read_bytes().splitlines(keepends=True)
    return [b"".join(lines[k * size : (k + 1) * size]) for k in range(count)]


@pytest.fixture
def nights(w2v, tmp_path):
    nights = Nights(tmp_path, recipe(w2v))
    yield nights
    nights.end()


def test_a_night_publishes_and_a_day_without_text_does_not(nights, shared_data):
    text, heldout = parts(shared_data, 2, size=200)
    (nights.home / "heldout.txt").write_bytes(heldout)
    monday = datetime.date(2026, 11, 23)
    sunday, tuesday = (monday + datetime.timedelta(k) for k in (-1, 1))
    nights.text(sunday, text, expected=text)
    code, mailed, published, told = nights.run(monday)
    assert (code, mailed, published) == (0, [], True), told
    assert told == [f"published: {LATEST}"]
    code, mailed, published, told = nights.run(tuesday)
    assert (code, published) == (66, False)
    assert mailed == [f"nightly: {monday} is not counted: there is no texts/{monday}.txt"]


def test_seven_nights_publish_what_is_right(nights, shared_data):
    *texts, heldout = parts(shared_data, 9)
    (nights.home / "heldout.txt").write_bytes(heldout)
    monday = datetime.date(2026, 11, 23)
    days = [monday + datetime.timedelta(k - 1) for k in range(9)]  # the text of night k is day k

    # Monday, the first night: there is no model to begin with, and none to compare with.
    nights.text(days[0], texts[0], expected=texts[0])
    code, mailed, published, told = nights.run(monday)
    assert (code, mailed, published) == (0, [], True), told
    assert told == [f"published: {LATEST}"]

    # Tuesday: as it should be, and the model before is kept.
    first = nights.model()
    nights.text(days[1], texts[1])
    code, mailed, published, told = nights.run(days[2])
    assert (code, mailed, published) == (0, [], True), told
    assert (nights.home / f"{LATEST}.1").read_bytes() == first

    # Wednesday: a day without text.
    code, mailed, published, told = nights.run(days[3])
    assert (code, published) == (66, False)
    assert told == [
        f"{days[2]} is not counted: there is no texts/{days[2]}.txt",
        "not published: nothing was counted since the last model",
    ]
    assert mailed == [f"nightly: {told[0]}"]

    # Thursday: a truncated day.
    nights.text(days[3], texts[3][: len(texts[3]) // 2], expected=texts[3])
    code, mailed, published, told = nights.run(days[4])
    assert (code, published) == (65, False)
    assert told[0].startswith(f"{days[3]} is not counted: texts/{days[3]}.txt: ")
    assert "SHA-256" in told[0]
    assert len(told) == len(mailed) + 1 == 2

    # Friday: a corrupted day; and the text of Thursday has come again, whole.
    nights.text(days[3], texts[3], expected=texts[3])
    nights.text(days[4], texts[4][:5000] + b"\xff\xfe" + texts[4][5000:])
    code, mailed, published, told = nights.run(days[5])
    assert (code, published) == (65, True)
    assert told[0].startswith(f"{days[4]} is not counted: texts/{days[4]}.txt, line ")
    assert "UTF-8" in told[0]
    assert told[1:] == [f"published: {LATEST}"]
    assert mailed == [f"nightly: {told[0]}"]

    # Saturday: the training is killed.
    nights.text(days[4], texts[4])
    nights.text(days[5], texts[5])
    code, mailed, published, told = nights.run(days[6], kill=True)
    assert (code, published) == (137, False)
    assert told == ["not published: it ended with code 137"]

    # Sunday: the disk is full.
    nights.text(days[6], texts[6])
    with nights.full_disk() as before:
        code, mailed, published, told = nights.run(days[7], before)
    assert code in (73, 74)
    assert not published
    assert all(re.match(r"\S+ is not counted: |not published: ", line) for line in told), told
    assert re.search("No space left on device|MB free|File too large", told[-1])
    assert mailed == [f"nightly: {line}" for line in told]

    # Monday: all that was missed is made good.
    nights.text(days[7], texts[7])
    code, mailed, published, told = nights.run(days[8])
    assert (code, mailed, published) == (0, [], True), told
    labels = sorted(file.name.partition(".")[0] for file in (nights.home / "counts").iterdir())
    assert labels == [str(day) for day in days if day != days[2]][:-1]
    kept = sorted(file.name for file in nights.home.glob(f"{LATEST}*"))
    assert kept == [LATEST, *(f"{LATEST}.{k}" for k in (1, 2, 3))]
    assert (nights.home / f"{LATEST}.3").read_bytes() == first
    assert not [file for file in nights.home.iterdir() if file.name.startswith(".")]


def shown(page):
    """The script that a page shows."""
    (found,) = (
        "\n".join(block.lines)
        for block in blocks(page.read_text(encoding="utf-8"))
        if block.marked("run by") == MINE and block.language == "sh"
    )
    return found


def lines_of(script):
    """The lines of a script, with neither its folder nor that of the program."""
    return re.sub(r"(?m)^PATH=.*$", "PATH=", script).splitlines()


def test_the_manual_shows_the_script(w2v):
    made = lines_of(recipe(w2v)("/srv/vectors"))
    assert lines_of(shown(MANUAL / "recipe.md")) == made


def test_the_readme_shows_parts_of_the_script(w2v):
    made = lines_of(recipe(w2v)("/srv/vectors"))
    pieces = re.split(r"(?m)^\.\.\.$", "\n".join(lines_of(shown(README))))
    assert len(pieces) > 1
    place = 0
    for piece in pieces:
        lines = piece.strip("\n").splitlines()
        places = [k for k in range(place, len(made)) if made[k : k + len(lines)] == lines]
        assert places, piece
        place = places[0] + len(lines)
