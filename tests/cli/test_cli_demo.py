"""demo: the commands are shown as typed, run, and their files kept."""

import re
import sys
from pathlib import Path

import pytest

from w2vcli.text import demo_corpus


@pytest.fixture(autouse=True)
def started_from_the_path(w2v, monkeypatch):
    """As a shell starts it that finds it on the PATH."""
    monkeypatch.setattr(sys, "argv", [_program("bin")])
    monkeypatch.setenv("PATH", str(Path("bin").resolve()))


def _program(folder):
    """Make an executable file, and return its path."""
    Path(folder).mkdir()
    program = Path(folder, "w2vcli")
    program.touch(mode=0o700)
    return str(program)


@pytest.fixture(autouse=True)
def small_documentation(monkeypatch):
    """A few sentences in place of all that Python says of itself."""
    words = "file read dictionary string strings list tuple tuples object encode encoder decode"
    lines = [f"the {a} is not the {b}" for a in words.split() for b in words.split()]
    monkeypatch.setattr(demo_corpus, "_numbered_lines", lambda: ((line, 0) for line in lines))


def test_the_tour(w2v):
    code, out, err = w2v("demo", "new tour")
    assert code == 0, err
    base = "'new tour/python-docs"
    assert re.findall(r"(?m)^TIME \$ (.*)", err) == [
        f"w2vcli build-vocab {base}.txt' -o {base}.vocab'",
        f"w2vcli train {base}.txt' --vocab {base}.vocab' --dim 64 -o {base}.safetensors'",
        f"w2vcli similar {base}.safetensors' file read dictionary --top 5",
        f"w2vcli analogy {base}.safetensors' string strings list --top 3",
        f"w2vcli analogy {base}.safetensors' tuple tuples object --top 3",
        f"w2vcli analogy {base}.safetensors' encode encoder decode --top 3",
        f"w2vcli similar {base}.safetensors' error --vectors input",
        f"w2vcli train {base}.txt' --arch cbow -o 'new tour/cbow.safetensors'",
    ]
    assert "TIME the files are kept in new tour; to go on, try for example\n" in err
    assert all(line.startswith("TIME ") and len(line) > 5 for line in err.splitlines())
    assert len(out.splitlines()) == 3 * 5 + 3 * 3
    assert sorted(path.name for path in Path("new tour").iterdir()) == [
        "python-docs.safetensors",
        "python-docs.txt",
        "python-docs.vocab",
    ]


def test_the_commands_shown_can_be_typed_where_the_path_does_not_find_the_program(w2v, monkeypatch):
    elsewhere = _program("elsewhere")
    monkeypatch.setattr(sys, "argv", [elsewhere])
    _, _, err = w2v("demo", "new tour")
    assert set(re.findall(r"(?m)^TIME \$ (\S+)", err)) == {elsewhere}


def test_the_commands_shown_can_be_typed_where_python_runs_the_package(w2v, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/site-packages/w2vcli/__main__.py"])
    monkeypatch.setenv("PATH", "nowhere")
    _, _, err = w2v("demo", "new tour")
    assert set(re.findall(r"(?m)^TIME \$ (\S+ \S+ \S+)", err)) == {f"{sys.executable} -m w2vcli"}


def test_it_ends_where_a_command_fails(w2v):
    Path("tour/python-docs.vocab").mkdir(parents=True)
    code, out, err = w2v("demo", "tour")
    assert (code, out) == (73, "")
    assert err.splitlines()[-1].startswith("w2vcli: tour/python-docs.vocab: this is not a regular")
