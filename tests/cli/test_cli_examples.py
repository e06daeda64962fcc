"""The examples that --help shows: each command has two, and all of them run."""

import shutil
import subprocess

import pytest
import typer
from helpers.sessions import Shell
from helpers.subword_models import subword_model
from helpers.texts import SENTENCES

from w2vcli.cli.app import app
from w2vcli.cli.examples import EXAMPLES, shown

WORDS = "king queen man woman apple"
COMMANDS = typer.main.get_command(app).commands
LINES = {
    "pairs.txt": "king queen\nman woman\n",
    "lists.txt": "king queen apple\nman woman apple\n",
    "words.txt": "walked walking\nkingdom\n",
    "triples.txt": "man king woman\nking man queen\n",
    "questions.txt": ": family\nman king woman queen\nking man queen woman\n",
    "pairs.tsv": "king\tqueen\t9\nman\twoman\t8\nking\tapple\t1\nman\tapple\t2\n",
}


def test_every_command_has_two_examples_of_its_own():
    assert set(EXAMPLES) == set(COMMANDS)
    for name, examples in EXAMPLES.items():
        assert len(examples) == 2
        for what, command in examples:
            assert f"w2vcli {name} " in f"{command} "
            assert what[0].isupper()
            assert not what.endswith((".", ":"))


@pytest.mark.parametrize("name", EXAMPLES)
def test_help_shows_the_examples_last(w2v, name):
    code, out, _ = w2v(name, "--help")
    assert code == 0
    assert out.endswith(f"\n\n{shown(name)}\n")
    assert max(map(len, out.splitlines())) <= 80


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with all the files that the examples name."""
    folder = tmp_path_factory.mktemp("examples")
    text = "".join(
        f"the {a} and the {b} saw an {c} in the house of the {d}\n"
        for a in WORDS.split() for b in WORDS.split() for c in WORDS.split() for d in WORDS.split()
    )  # fmt: skip
    # Few of many words stand together always.
    text += "new york times\n" * 10 + "".join(f"a{n} b{n * n % 997}\n" for n in range(400))
    (folder / "articles").mkdir()
    for name in ("text.txt", "day.txt", "heldout.txt", "articles/one.txt"):
        (folder / name).write_text(text + SENTENCES * (1 + len(name)))
    # No line of a day is also in another text: those count twice, and there is a warning.
    (folder / "day.txt").write_text(text.replace("the ", "one ").replace("a", "e"))
    for name, lines in LINES.items():
        (folder / name).write_text(lines)
    subword_model().save(folder / "subwords.safetensors")
    shell = Shell(folder / "programs")
    prepared = [
        "gzip -c text.txt > raw.txt.gz",
        "w2vcli train text.txt --min-count 1 -o model.safetensors",
        "w2vcli train text.txt --min-count 1 --seed 2 -o old.safetensors",
        "cp old.safetensors model.safetensors.1",
        "w2vcli export model.safetensors -o vectors.vec",
        "w2vcli count heldout.txt --store counts --label 2026-11-22",
    ]
    for code, out in shell.run(prepared, folder):
        assert code == 0, out
    return folder, shell


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_run(place, name, tmp_path):
    made, shell = place
    folder = tmp_path / "examples"
    shutil.copytree(made, folder, ignore=shutil.ignore_patterns("programs"))
    if name == "demo":
        folder = tmp_path
    commands = [command for _, command in EXAMPLES[name]]
    if name == "demo":
        commands = commands[-1:]  # the first is the session of its page
    environment = shell.environment | {"COLUMNS": "100"}
    for command in commands:
        done = subprocess.run(
            ["bash" if "eval" in command else "sh", "-c", command],
            cwd=folder, env=environment, capture_output=True, text=True, timeout=300,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        assert "warning" not in done.stderr or name in ("compare", "train"), done.stderr
