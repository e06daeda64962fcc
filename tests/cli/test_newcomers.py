"""Names that other tools use: each is answered with what it is called here, or why it is not."""

import re

import pytest
import typer

from w2vcli.cli import newcomers
from w2vcli.cli.app import app, invoke

COMMANDS = typer.main.get_command(app).commands
APPLICATION = typer.main.get_command(app)
TRAIN = {
    name
    for parameter in [*COMMANDS["train"].params, *APPLICATION.params]
    for name in parameter.opts
}


def complaint(capsys, *arguments):
    assert invoke(list(arguments)) == 2
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        ("--epochs", "--epochs: here this is --passes"),
        ("--iter=5", "--iter: here this is --passes"),
        ("--size", "--size: here this is --dim"),
        ("--vector-size", "--vector-size: here this is --dim"),
        ("--vector_size", "--vector_size: here this is --dim"),
        ("-size", "-size: here this is --dim"),
        ("--workers", "--workers: here this is --threads"),
        ("-threads", "-threads: here this is --threads"),
        ("--alpha", "--alpha: here this is --lr, which falls linearly to 0"),
        ("--min_count", "--min_count: here this is --min-count"),
        ("-minCount", "-minCount: here this is --min-count"),
        ("--negative", "--negative: there is none: the softmax is exact"),
        ("--hs", "--hs: there is none: the softmax is exact"),
        ("--sg", "--sg: there is none: use --arch skipgram (the default) or --arch cbow"),
        ("-minn", "-minn: there is none: 'w2vcli train --subwords 3-6' names both lengths"),
        ("--bucket", "--bucket: there is none: every n-gram has a row of its own; with"),
        ("-cbow", "-cbow: there is none: use --arch cbow"),
        ("-sample", "-sample: here this is --subsample"),
        ("-output", "-output: here this is --output"),
        ("--silent", "--silent: here this is --quiet"),
        ("-verbose", "-verbose: here this is --verbose"),
        ("-quiet", "-quiet: here this is --quiet"),
        ("--debug=2", "--debug: here this is --verbose"),
    ],
)
def test_a_name_of_another_tool_is_answered(capsys, given, answer):
    said = complaint(capsys, "train", "text", given, "5")
    assert f"No such option: {answer}" in said
    assert said.count("\n") == 1
    assert said.endswith("; see 'w2vcli train --help'\n")


@pytest.mark.parametrize("given", ["--nosuch", "-Z", "--", "---", "-=", "--=5", "-", "--\x1b"])
def test_other_names_are_answered_as_ever(capsys, given):
    said = complaint(capsys, "train", "text", given)
    assert "here this is" not in said
    assert "there is none" not in said


def test_an_option_that_the_command_does_not_have_is_not_promised(capsys):
    assert "No such option: --epochs" in (said := complaint(capsys, "info", "x", "--epochs"))
    assert "here this is" not in said


def test_a_value_that_looks_like_a_name_is_a_value(capsys):
    assert invoke(["train", "no-such-text", "-o", "-size"]) == 66
    assert "No such option" not in capsys.readouterr().err


@pytest.mark.parametrize("name", ["nn", "skipgram", "most_similar", "word2phrase", "help"])
def test_a_command_of_another_tool_is_answered(capsys, name):
    ours = newcomers.command_instead(name)
    said = complaint(capsys, name, "x")
    assert f"No such command '{name}'" in said
    assert (f": here this is '{ours}'; see 'w2vcli {ours} --help'" in said) == (ours in COMMANDS)


def test_what_is_named_instead_is_there():
    advised = [newcomers.option_advice(f"--{name}", TRAIN) for name in newcomers._INSTEAD]
    assert None not in [
        advice or (newcomers._INSTEAD[name] in ("top", "float16") or None)
        for name, advice in zip(newcomers._INSTEAD, advised, strict=True)
    ]
    advised += [newcomers.option_advice(f"--{name}", TRAIN) for name in newcomers._ABSENT]
    options = {option for said in advised if said for option in re.findall(r"--[a-z][a-z-]*", said)}
    assert options <= TRAIN | {"--help", "--json", "--format"}
    named = {name for said in advised if said for name in re.findall(r"'w2vcli ([a-z-]+)", said)}
    assert named | set(newcomers._COMMANDS) <= set(COMMANDS)


def test_no_name_is_ours():
    for name in [*newcomers._INSTEAD, *newcomers._ABSENT]:
        assert f"--{name}" not in TRAIN
    assert not set(newcomers._COMMAND_INSTEAD) & set(COMMANDS)
