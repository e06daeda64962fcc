"""The night of README, run as cron runs it: the first night, the second, a Sunday."""

import os
import re
import shutil
import subprocess

import pytest
from helpers.manual import MANUAL, README
from helpers.sessions import Shell, blocks
from helpers.texts import SENTENCES

MINE = "tests/docs/test_nightly.py"

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


def shown(page):
    """The script and the line of the crontab that a page shows."""
    found = {
        block.language: "\n".join(block.lines)
        for block in blocks(page.read_text(encoding="utf-8"))
        if block.marked("run by") == MINE
    }
    return found["sh"], found["crontab"]


@pytest.fixture
def night(tmp_path):
    """Run what cron would run on a day; return the exit code and what is new in the log."""
    date = shutil.which("date")
    if subprocess.run([date, "-d", "2026-11-23 yesterday"], capture_output=True).returncode:
        pytest.skip("the script is for GNU's date")
    programs = tmp_path / "bin"
    Shell(programs)
    (programs / "date").write_text(DATE.format(date=date))
    (programs / "date").chmod(0o755)
    home = tmp_path / "vectors"
    (home / "texts").mkdir(parents=True)
    script, line = (
        text.replace("/srv/vectors", str(home)).replace("/opt/w2vcli/bin", str(programs))
        for text in shown(README)
    )
    (home / "nightly.sh").write_text(f"{script}\n")
    command = line.split(maxsplit=5)[5].partition("%")[0]  # as cron reads it
    environment = {
        name: os.environ[name] for name in ("HOME", "W2VCLI_CACHE_DIR") if name in os.environ
    }
    log = home / "nightly.log"

    def run(today):
        before = log.read_text() if log.exists() else ""
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            env=environment | {"PATH": "/usr/bin:/bin", "TODAY": today},
            cwd=tmp_path, capture_output=True, timeout=120,
        )  # fmt: skip
        assert (done.stdout, done.stderr) == (b"", b"")  # what cron would send by mail
        return done.returncode, log.read_text().removeprefix(before)

    return home, run


def test_the_first_night_the_second_and_sunday(night):
    home, run = night
    days = ["2026-11-26", "2026-11-27", "2026-11-28"]
    for number, day in enumerate(days):
        text = SENTENCES.replace("king", f"king{number}") * (5 + number)
        (home / "texts" / f"{day}.txt").write_text(text)
    found = []
    for today in ("2026-11-27", "2026-11-28", "2026-11-29"):  # Friday, Saturday, Sunday
        code, told = run(today)
        assert code == 0, told
        assert "wrote model.safetensors" in told
        found.append("warm start" in told)
    assert found == [False, True, False]
    labels = sorted(path.name.partition(".")[0] for path in (home / "counts").glob("*.segment"))
    assert labels == days
    model = (home / "model.safetensors").read_bytes()

    code, told = run("2026-11-30")  # Sunday had no text
    assert code == 66
    assert "2026-11-29.txt" in told
    assert (home / "model.safetensors").read_bytes() == model


def test_the_manual_shows_the_same():
    assert shown(MANUAL / "count-store.md") == shown(README)


def test_a_crontab_line_has_five_fields_of_time_and_no_bare_percent():
    line = shown(README)[1]
    assert re.fullmatch(r"(?:[\d*/,-]+ ){4}[\d*/,-]+ +\S.*", line)
    assert not re.search(r"(?<!\\)%", line)
