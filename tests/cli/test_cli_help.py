"""What --help says: everything has a text, it fits, and it costs no slow import."""

import re
import subprocess
import sys
from typing import get_args

import pytest
import typer
from helpers.terminals import on_terminal

from w2vcli import errors
from w2vcli.cli.app import app
from w2vcli.training.options import OptimizerName, TrainingOptions

COMMANDS = typer.main.get_command(app).commands


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_explained(name):
    command = COMMANDS[name]
    assert command.help
    assert [param.name for param in command.params if not param.help] == []


def option_text(name, option):
    """The text of an option, as --help of a command shows it, on one line."""
    context = typer.Context(COMMANDS[name], info_name=name)
    param = next(p for p in COMMANDS[name].params if option in p.opts)
    return " ".join(param.get_help_record(context)[1].split())


@pytest.mark.parametrize("name", ["train", "gradcheck"])
def test_help_shows_the_defaults_that_depend_on_other_options(name):
    lr, passes = option_text(name, "--lr"), option_text(name, "--passes")
    cold, warm = re.fullmatch(r".*if not given (.*), from a warm start (.*)\.", lr).groups()
    for text, warm_start in ((cold, False), (warm, True)):
        shown = re.findall(r"([\d.]+) for (\w+)", text)
        assert {name: float(value) for value, name in shown} == {
            name: TrainingOptions(optimizer=name).resolved(warm=warm_start).lr
            for name in get_args(OptimizerName)
        }
    found = re.fullmatch(
        r".*; if not given ([\d.]+) before a closing pass, else ([\d.]+), and ([\d.]+) from a warm "
        r"start\.",
        passes,
    )
    assert [float(number) for number in found.groups()] == [
        TrainingOptions(closing=closing).resolved(warm=warm_start).passes
        for closing, warm_start in ((True, False), (False, False), (True, True))
    ]


def test_gradcheck_has_no_default_architecture_and_method(w2v):
    for option in ("--arch", "--method"):
        assert "default" not in option_text("gradcheck", option)
    out = w2v("gradcheck", "text.txt", "--min-count", "1", "--dim", "2", "--sample", "9")[1]
    assert {line.split("\t")[0] for line in out.splitlines()} == {"grouped", "stream", "cbow"}


@pytest.mark.parametrize("name", [None, *COMMANDS])
def test_help_fits_a_terminal_of_80_columns(w2v, monkeypatch, name):
    monkeypatch.setenv("COLUMNS", "80")
    code, out, err = w2v(*([name] if name else []), "--help")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    assert out.startswith(f"Usage: w2vcli {name or '[OPTIONS]'}")


def test_help_names_every_exit_code(w2v):
    _, out, _ = w2v("--help")
    classes = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    ended_well = [code for code in vars(errors).values() if isinstance(code, int)]
    codes = {kind.exit_code for kind in classes} | {0, *ended_well}
    found = re.search(r"Exit codes:\n(.*?)\n\n", out, re.DOTALL)
    assert found
    assert set(map(int, re.findall(r"\b\d+(?=  )", found[1]))) == codes
    assert "128+n  ended by signal n" in found[1]
    assert "  [train]  " in out  # not taken for markup


def test_no_arguments_show_the_help_on_a_terminal_and_are_wrong_usage(w2v):
    help_text = w2v("--help")[1]
    code, shown = on_terminal("")
    assert code == 2
    assert shown == [line.rstrip() for line in help_text.splitlines() if line.strip()]
    assert w2v() == (2, "", "w2vcli: no command was given; see 'w2vcli --help'\n")


def test_version(w2v):
    from w2vcli import __version__

    assert w2v("--version") == (0, f"w2vcli {__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "unwanted"),
    [
        (["--help"], {"numba", "numpy", "rich"}),
        (["train", "--help"], {"numba", "numpy", "rich"}),
        (["similar", "model.safetensors", "king"], {"numba", "rich"}),
        (["analogy", "model.safetensors", "man", "king", "woman"], {"numba", "rich"}),
        (["info", "model.safetensors", "--verify"], {"numba", "rich"}),
    ],
)
def test_slow_modules_are_not_imported(trained, arguments, unwanted):
    script = (
        "import sys; from w2vcli.cli.app import invoke; "
        f"assert invoke({arguments}) == 0; print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=trained, capture_output=True, text=True, check=True
    )
    assert unwanted & set(done.stderr.split()) == set()
