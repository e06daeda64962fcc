"""What ``recipe`` prints: whole scripts and units, whatever the folder is called."""

import datetime
import shutil
import subprocess

import pytest

NAMES = ["/srv/vectors", '/srv/it\'s $HOME; `date` 100% "new"', "/srv/ünïcode ①"]


@pytest.mark.parametrize("folder", NAMES)
def test_the_script_goes_to_its_folder(w2v, tmp_path, folder):
    real = tmp_path / folder[1:]
    real.mkdir(parents=True)
    code, out, err = w2v("recipe", "cron", "--folder", str(real))
    assert (code, err) == (0, "")
    (tmp_path / "script").write_text(out)
    line = next(line for line in out.splitlines() if line.startswith("cd "))
    done = subprocess.run(
        ["/bin/sh", "-c", f"{line}\npwd"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{real}\n"
    assert subprocess.run(["/bin/sh", "-n", str(tmp_path / "script")]).returncode == 0
    (entry,) = (line for line in out.splitlines() if "3 * * *" in line)
    command = entry.partition("* * *")[2]
    (real / "nightly.sh").write_text("echo here")
    as_cron_reads_it = command.replace(r"\%", "\0").partition("%")[0].replace("\0", "%")
    done = subprocess.run(["/bin/sh", "-c", as_cron_reads_it], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("here\n", "")


def test_the_folder_is_the_current_one_if_not_given(w2v, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert f"\ncd {tmp_path} || exit\n" in w2v("recipe", "cron")[1]


def test_the_script_has_no_mark_left_and_passes_shellcheck(w2v, tmp_path):
    _, out, _ = w2v("recipe", "cron", "--folder", "/srv/vectors")
    assert "@FOLDER@" not in out
    assert "@CRON" not in out
    if not shutil.which("shellcheck"):
        pytest.skip("shellcheck is not here")
    (tmp_path / "nightly.sh").write_text(out)
    done = subprocess.run(
        ["shellcheck", "--severity=warning", "nightly.sh"],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout == ""


@pytest.mark.parametrize("folder", NAMES)
def test_systemd_accepts_the_units(w2v, tmp_path, folder):
    if not (analyze := shutil.which("systemd-analyze")):
        pytest.skip("systemd-analyze is not here")
    real = tmp_path / folder[1:]
    real.mkdir(parents=True)
    code, out, err = w2v("recipe", "systemd", "--folder", str(real))
    assert (code, err) == (0, "")
    service, timer = out.split("\n\n# /etc/systemd/system/w2vcli-nightly.timer\n")
    units = tmp_path / "units"
    units.mkdir()
    (units / "w2vcli-nightly.service").write_text(service)
    (units / "w2vcli-nightly.timer").write_text(timer)
    done = subprocess.run(
        [analyze, "verify", "--man=no", *map(str, units.iterdir())],
        capture_output=True, text=True,
    )  # fmt: skip
    ours = [line for line in done.stderr.splitlines() if "w2vcli-nightly" in line]
    assert ours == []


@pytest.mark.parametrize("folder", ["/srv/a\nb", "/srv/\x1b[2J"])
def test_names_that_no_script_can_hold(w2v, folder):
    code, out, err = w2v("recipe", "cron", "--folder", folder)
    assert (code, out) == (2, "")
    assert "--folder" in err


def test_an_empty_name(w2v):
    assert w2v("recipe", "cron", "--folder", "")[0] == 2


def test_a_plan_that_cannot_be_written_is_a_night_that_fails(w2v, tmp_path):
    home = tmp_path / "vectors"
    (home / "texts").mkdir(parents=True)
    (home / "plan.txt").mkdir()
    _, out, _ = w2v("recipe", "cron", "--folder", str(home))
    lines = ["w2vcli() { :; }" if line.startswith("PATH=") else line for line in out.splitlines()]
    (home / "nightly.sh").write_text("\n".join(lines))
    today = datetime.datetime.now().astimezone().date()
    for ago in (1, 2, 3):
        day = today - datetime.timedelta(days=ago)
        (home / "texts" / f"{day}.txt").write_text("a text\n")
    done = subprocess.run(["/bin/sh", "nightly.sh"], cwd=home, capture_output=True, text=True)
    assert done.returncode == 73
    assert done.stderr.endswith("nightly: not published: plan.txt cannot be written\n")
    assert "not published: plan.txt cannot be written" in (home / "nightly.log").read_text()
