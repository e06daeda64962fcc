"""The public face, ``import w2vcli``: what it offers, lazily, and that commands go through it."""

import ast
import inspect
from importlib import import_module
from pathlib import Path

import pytest
from helpers.processes import loaded
from helpers.texts import SENTENCES

import w2vcli

NAMES = [name for name in w2vcli.__all__ if name != "__version__"]
SOURCE = ast.parse(Path(w2vcli.__file__).read_bytes())


@pytest.mark.parametrize("name", NAMES)
def test_what_is_offered_is_there_and_documented(name):
    offered = getattr(w2vcli, name)
    assert len(inspect.getdoc(offered)) > 20
    if name != "events":
        assert offered.__module__.startswith("w2vcli.")
        assert offered is getattr(import_module(offered.__module__), name)


def test_the_types_are_those_of_what_is_offered():
    """The imports that type checkers see are those that happen at run time."""
    (block,) = (node for node in SOURCE.body if isinstance(node, ast.If))
    seen = {(alias.name, node.module) for node in block.body for alias in node.names}
    assert seen == {(name, home) for name, home in w2vcli._HOMES.items()}


def test_the_example_of_the_docstring_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("news.txt").write_text(SENTENCES * 5, encoding="utf-8")
    lines = [line for line in w2vcli.__doc__.splitlines() if line.startswith("    ")]
    assert len(lines) == 8
    code = "\n".join(line.removeprefix("    ") for line in lines)
    found = {}
    exec(code.replace("w2vcli.VectorSpace", "found = w2vcli.VectorSpace"), found)
    assert len(found["found"]) == 5
    assert Path("counts").is_dir()


def test_an_unknown_word_is_an_error_of_ours(trained):
    model = w2vcli.load(trained / "model.safetensors")
    with pytest.raises(w2vcli.W2VError, match="the model does not know the words 'zzz', 'yyy'"):
        w2vcli.VectorSpace(model).analogy("zzz", "king", "yyy")


def test_a_corpus_is_no_single_name():
    with pytest.raises(
        w2vcli.W2VError, match=r"list of files or folders: Corpus\(\['text.txt'\]\)"
    ):
        w2vcli.Corpus("text.txt")


def test_type_checkers_may_look_inside():
    assert (Path(w2vcli.__file__).parent / "py.typed").is_file()


def test_what_a_notebook_shows_is_short(trained):
    model = w2vcli.load(trained / "model.safetensors")
    assert repr(model) == f"<Model of {len(model.words)} words, 4 dimensions>"
    events = []
    w2vcli.train(
        trained / "text.txt", options=w2vcli.TrainingOptions(dim=2, passes=1), report=events.append
    )
    assert max(len(repr(event)) for event in events) < 550


def test_nothing_else_is_offered():
    assert sorted(w2vcli.__all__) == sorted([*w2vcli._HOMES, "W2VError", "__version__"])
    assert dir(w2vcli) == w2vcli.__all__
    with pytest.raises(AttributeError, match="module 'w2vcli' has no attribute 'nosuch'"):
        w2vcli.nosuch  # noqa: B018


def test_importing_it_loads_nothing():
    assert loaded("import w2vcli", "numpy", "numba", "typer", "rich") == set()
    assert loaded("import w2vcli; w2vcli.TrainingOptions", "numpy", "numba") == set()
    assert loaded("import w2vcli; w2vcli.load, w2vcli.VectorSpace", "numba", "typer") == set()
    assert loaded("import w2vcli; w2vcli.train", "numba", "typer", "rich") == {"numba"}


# --- the commands use it ----------------------------------------------------------------

CLI = sorted(Path(w2vcli.__file__).parent.joinpath("cli").rglob("*.py"))
PLAIN = {
    "w2vcli.counts.choices",
    "w2vcli.counts.phrase_criteria",
    "w2vcli.formats.choices",
    "w2vcli.training.options",
    "w2vcli.text.reading",
    "w2vcli.text.rules",
    "w2vcli.text.windows",
    "w2vcli.vectors.choices",
}
"""The literals that options are made of."""


def run_time_imports(tree):
    """What a module imports of ours, but for types: pairs of a module and a name."""
    types = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    return {
        (node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module.partition(".")[0] == "w2vcli"
        if id(node) not in types
        for alias in node.names
    }


def past_the_face(tree):
    return {
        (module, name)
        for module, name in run_time_imports(tree)
        if module not in {"w2vcli", "w2vcli.errors", *PLAIN}
        and module.split(".")[1] not in {"cli", "system", "pictures"}
    }


@pytest.mark.parametrize("path", CLI, ids=lambda path: path.stem)
def test_the_command_line_goes_through_the_face(path):
    assert past_the_face(ast.parse(path.read_bytes())) == set()


def test_the_command_line_uses_all_of_it():
    used = {
        name
        for path in CLI
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.ImportFrom) and node.module == "w2vcli"
        for name in (alias.name for alias in node.names)
    }
    assert set(w2vcli._HOMES) == used - {"__version__"}


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("from w2vcli.vectors.model import Model", {("w2vcli.vectors.model", "Model")}),
        ("def f():\n    from w2vcli.counts import store", {("w2vcli.counts", "store")}),
        ("from w2vcli import load\nfrom w2vcli.system.threads import processors", set()),
        ("if TYPE_CHECKING:\n    from w2vcli.vectors.model import Model", set()),
    ],
)
def test_the_finding_of_imports_past_the_face(code, found):
    assert past_the_face(ast.parse(code)) == found
