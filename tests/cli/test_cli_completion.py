"""The Tab key: the scripts that shells run, and what the program answers them."""

import re
import shutil
import subprocess
import sys

import pytest
from helpers.sessions import Shell

LINES = {
    "w2vcli tr": {"train"},
    "w2vcli co": {"compare", "completion", "count"},
    "w2vcli train text.txt --sto": {"--store"},
    "w2vcli train text.txt --arch ": {"skipgram", "cbow"},
    "w2vcli similar model king --to": {"--top"},
    "w2vcli similar model -king --to": {"--top"},
    "w2vcli completion f": {"fish"},
    "w2vcli train te": set(),  # a file, for the shell to complete
    "w2vcli train --store a --store b --la": {"--label"},  # to complain of that comes later
    "w2vcli nosuchcommand --a": set(),
}


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    return Shell(tmp_path_factory.mktemp("completion") / "programs")


def ask(shell, program, *arguments, **variables):
    """Run a program that finds ``w2vcli``; return what it prints, its code, and its complaints."""
    done = subprocess.run(
        [program, *arguments],
        env=shell.environment | variables, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    return done.stdout, done.returncode, done.stderr


@pytest.mark.parametrize("line", LINES)
def test_bash_completes(shell, tmp_path, line):
    if not (bash := shutil.which("bash")):
        pytest.skip("bash is not here")
    (tmp_path / "text.txt").touch()
    script = (
        'eval "$(w2vcli completion bash)"; read -ra COMP_WORDS <<< "$LINE"\n'
        '[[ $LINE == *" " ]] && COMP_WORDS+=("")\n'
        "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _w2vcli_completion w2vcli\n"
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    out, code, err = ask(shell, bash, "-c", script, LINE=line)
    assert (set(out.split()), code, err) == (LINES[line], 0, "")


@pytest.mark.parametrize("line", LINES)
def test_the_answers_to_zsh_and_fish(shell, line):
    variables = {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    command = (sys.executable, "-m", "w2vcli")
    out, _, err = ask(shell, *command, _W2VCLI_COMPLETE="complete_zsh", **variables)
    found = set(re.findall(r'(?m)^(?:_arguments \S+ :\(\()?"([^"]+)"', out))
    assert found == LINES[line], out
    assert out.startswith("_arguments " if found else "_files") or "nosuchcommand" in line
    assert err == ""
    out, code, err = ask(shell, *command, _W2VCLI_COMPLETE="complete_fish", **variables)
    assert {row.partition("\t")[0] for row in out.splitlines() if row} == LINES[line]
    assert err == ""
    variables["_TYPER_COMPLETE_FISH_ACTION"] = "is-args"
    out, code, err = ask(shell, *command, _W2VCLI_COMPLETE="complete_fish", **variables)
    assert (code == 0, out.strip(), err) == (bool(LINES[line]), "", "")


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_the_scripts_are_of_their_shells(shell, tmp_path, name):
    if not (program := shutil.which(name)):
        pytest.skip(f"{name} is not here")
    out, code, err = ask(shell, sys.executable, "-m", "w2vcli", "completion", name)
    assert (code, err) == (0, "")
    (tmp_path / "script").write_text(out)
    assert ask(shell, program, "-n", str(tmp_path / "script"))[1:] == (0, "")


def test_nothing_is_written(shell, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    for name in ("bash", "zsh", "fish"):
        ask(shell, sys.executable, "-m", "w2vcli", "completion", name, HOME=str(home))
    assert list(home.iterdir()) == []


def test_an_unknown_shell(w2v):
    code, out, err = w2v("completion", "tcsh")
    assert (code, out) == (2, "")
    assert "'tcsh' is not one of 'bash', 'zsh', 'fish'" in err
