"""--print-config: each value and where it comes from, as a file that says the same again."""

import re
import tomllib
from pathlib import Path

import pytest
import typer

from w2vcli.cli import common, usage
from w2vcli.cli.app import app

APPLICATION = typer.main.get_command(app)
COMMANDS = APPLICATION.commands
HOSTILE = '"quoted" \\ back\\slash \t tab \u2028 \x7f \x1b[2J # no comment = ["x"] \U0001d538 \n é'
VALUES = {
    "checkpoint_every": "3passes",
    "lock": "wait=90s",
    "max_time": "90s",
    "memory": "300M",
    "segments": HOSTILE,
    "shard": "0/3",
    "shard_size": "500K",
    "subwords": "3-6",
}
"""Values of options that not any string is."""


def value_for(param, number):
    """Return a value for an option that is not its default, as it stands on a command line."""
    descriptor = param.type_descriptor
    if param.name in VALUES:
        return VALUES[param.name]
    if descriptor.choices:
        others = [str(choice) for choice in descriptor.choices if choice != param.default]
        return (others or [str(descriptor.choices[0])])[0]
    if descriptor.annotation is int:
        return str((param.min or 0) + 3)
    if descriptor.annotation is float:
        return "0.125"
    return f"{HOSTILE}{number}"


def full_line(name):
    """Return a command line with each option of a command, but for --like, which reads a model."""
    line = []
    for param in COMMANDS[name].params:
        if param.param_type_name != "option" or param.name == "like":
            continue
        if param.is_flag:
            line.append((param.secondary_opts if param.default else param.opts)[0])
        else:
            for number in range(2 if param.multiple else 1):
                line += [param.opts[0], value_for(param, number)]
    return line


def printed(w2v, *arguments):
    code, out, err = w2v(*arguments)
    assert (code, err) == (0, ""), err
    return out


def values_of(name, line):
    """Return the values with which a command would run, by name."""
    with APPLICATION.make_context("w2vcli", list(line)) as root:
        command = COMMANDS[name]
        context = typer.Context(command, info_name=name, parent=root, auto_envvar_prefix=None)
        given, _, _ = command.make_parser(context).parse_args(list(root.args))
        common.prepare(context, given, usage.kinds_of(APPLICATION))
        return {
            param.name: common.value_of(param, context, given).value
            for param in command.params
            if param.param_type_name == "option"
        }


@pytest.mark.parametrize("filled", [False, True])
@pytest.mark.parametrize("name", COMMANDS)
def test_what_is_printed_says_the_same_again(w2v, name, filled):
    line = [name, *(full_line(name) if filled else [])]
    before = sorted(Path().iterdir())
    out = printed(w2v, *line, "--print-config")
    assert sorted(Path().iterdir()) == before
    table = tomllib.loads(out)
    assert list(table) == ["quiet", "verbose", "log-format", name]
    Path("c.toml").write_text(out, encoding="utf-8")
    assert values_of(name, ["--config", "c.toml", name]) == values_of(name, line)
    again = printed(w2v, name, "--print-config", "--config", "c.toml")
    assert tomllib.loads(again) == table
    options = [p for p in COMMANDS[name].params if p.param_type_name == "option"]
    keys = [re.match(r"(?:# )?([a-z0-9-]+) =", text)[1] for text in out.splitlines() if "=" in text]
    shared = [option.replace("_", "-") for option in common.IN_FILES]
    assert keys == [*shared, *(param.name.replace("_", "-") for param in options)]
    if filled:
        assert table[name].keys() == {key for key in keys[4:] if key != "like"}
        for option in options:
            if option.multiple:
                assert len(table[name][option.name.replace("_", "-")]) == 2


def test_where_each_value_comes_from(w2v, monkeypatch):
    Path("c.toml").write_text(
        'log-format = "json"\n[train]\nseed = 7\nwindow = 9\ndim = 9\n[similar]\ntop = 3\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("W2VCLI_TRAIN_WINDOW", "8")
    monkeypatch.setenv("W2VCLI_TRAIN_DIM", "8")
    monkeypatch.setenv("W2VCLI_TRAIN_LOWER", "yes")
    monkeypatch.setenv("W2VCLI_QUIET", "1")
    line = ["--config", "c.toml", "train", "text.txt", "--dim", "7", "--log-file", "log"]
    out = printed(w2v, *line, "--print-config")
    expected = [
        "quiet = true  # environment variable W2VCLI_QUIET",
        "verbose = false  # default",
        'log-file = "log"  # command line',
        'log-format = "json"  # file c.toml',
        "[train]",
        "# output =  # default",
        "dim = 7  # command line",
        "window = 8  # environment variable W2VCLI_TRAIN_WINDOW",
        "seed = 7  # file c.toml",
        "lower = true  # environment variable W2VCLI_TRAIN_LOWER",
        "# passes =  # default",
        "subsample = 0.001  # default",
    ]
    lines = out.splitlines()
    assert [text for text in expected if text not in lines] == []
    assert lines[0].startswith("# The options of 'w2vcli train', by w2vcli 0.")
    assert not Path("log").exists()
    assert printed(w2v, "--print-config", *line) == out


def test_an_argument_that_is_missing_is_no_error_and_a_wrong_value_is(w2v):
    assert "top = 10  # default" in printed(w2v, "similar", "--print-config")
    assert "# output =  # required" in printed(w2v, "build-vocab", "--print-config")
    code, out, err = w2v("similar", "--print-config", "--top", "0")
    assert (code, out) == (2, "")
    assert err.startswith("w2vcli: Invalid value for '--top': ")
    code, out, err = w2v("train", "--print-config", "--lr", "nan")
    assert (code, out) == (2, "")
    assert err.startswith(
        "w2vcli: Invalid value for '--lr': it should be a finite number; see 'w2v"
    )
    code, out, err = w2v("train", "--print-config", "--nosuch")
    assert (code, out) == (2, "")


def test_what_is_no_text_cannot_be_printed(w2v):
    code, out, err = w2v("build-vocab", "-o", "a\udcff", "--print-config")
    assert (code, out) == (2, "")
    assert err == (
        "w2vcli: --print-config: the value of --output is not valid UTF-8, so no file of TOML can "
        "hold it: a\\udcff\n"
    )


def test_a_number_beyond_those_of_toml_goes_round(w2v):
    out = printed(w2v, "train", "--seed", "9" * 40, "--print-config")
    Path("c.toml").write_text(out, encoding="utf-8")
    assert values_of("train", ["--config", "c.toml", "train"])["seed"] == int("9" * 40)


def test_words_may_stand_in_the_line(w2v):
    out = printed(w2v, "similar", "model.safetensors", "king", "-man", "--print-config")
    assert "top = 10  # default" in out


def test_help_is_help(w2v):
    out = printed(w2v, "train", "--print-config", "--help")
    assert out.startswith("Usage: w2vcli train")
