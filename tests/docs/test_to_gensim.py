"""README's way from a folder of raw text to neighbours in gensim, and its lines of Python."""

import hashlib
import importlib.util
import pydoc_data.topics
import shlex
import sys

import pytest
from helpers.manual import DEMO_CORPUS, README
from helpers.sessions import Shell, blocks
from helpers.shown import same

from w2vcli import write_demo_corpus

MINE = "tests/docs/test_to_gensim.py"
TOPICS = pydoc_data.topics.topics


def shown(language):
    """The blocks of README that this test runs."""
    return [
        block
        for block in blocks(README.read_text(encoding="utf-8"))
        if block.marked("run by") == MINE and block.language == language
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with raw text, a file for each topic of Python's own documentation."""
    folder = tmp_path_factory.mktemp("to_gensim")
    articles = folder / "articles"
    articles.mkdir()
    for name, text in TOPICS.items():
        (articles / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


def run(folder, commands):
    shell = Shell(folder / "programs")
    # ``python`` is the one with the packages.
    python = folder / "programs" / "python"
    python.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
    python.chmod(0o755)
    results = shell.run(commands, folder)
    for command, (code, lines) in zip(commands, results, strict=True):
        assert code == 0, f"$ {command}\n" + "\n".join(lines)
    return [lines for _, lines in results]


@pytest.fixture(scope="module")
def exported(folder):
    """Run README's commands, those of gensim where it is; give what each shows and prints."""
    (block,) = shown("console")
    commands = block._session()
    assert len(commands) == 3
    if importlib.util.find_spec("gensim") is None:
        commands = commands[:2]
    return list(zip(commands, run(folder, [c.text for c in commands]), strict=True))


def test_three_commands_from_raw_text_to_gensim(exported, folder):
    assert [command.text.split()[:2] for command, _ in exported[:2]] == [
        ["w2vcli", "train"],
        ["w2vcli", "export"],
    ]
    if len(exported) < 3:
        pytest.skip("gensim is not here; `make readers` adds it where it can be had")
    write_demo_corpus(folder / "demo.txt")
    if hashlib.sha256((folder / "demo.txt").read_bytes()).hexdigest() != DEMO_CORPUS:
        pytest.skip("the documentation of another Python is another text")
    for command, real in exported:
        assert same(command.shown, real), f"$ {command.text}\n" + "\n".join(real)


@pytest.mark.parametrize("library", ["numpy", "pandas", "gensim"])
def test_lines_of_python(folder, exported, library):
    (block,) = shown("python")
    lines = block.lines
    begin = lines.index("import gensim.models, numpy, pandas")
    pytest.importorskip(library, reason=f"{library} is not here: see `make readers`")
    ours, theirs = lines[:begin], lines[begin + 2 :]
    chosen = [line for line in theirs if library in line or line.startswith("vectors.")]
    assert 1 <= len(chosen) <= 3
    if library != "gensim":
        chosen = chosen[:1]
    code = [*ours, f"import {library}.models" if library == "gensim" else f"import {library}"]
    code += [*chosen, "print(len(model.words), *(answer.word for answer in answers))"]
    (folder / "lines.py").write_text("\n".join(code) + "\n", encoding="utf-8")
    ((*_, last),) = run(folder, ["python lines.py"])
    assert int(last.split()[0]) > 500
    assert len(last.split()) == 4
