"""The house rules: which way imports point, who may use which library, who may write."""

import ast
from graphlib import CycleError, TopologicalSorter
from keyword import iskeyword
from pathlib import Path

import numpy as np
import pytest
from helpers.floors import FLOORS
from helpers.processes import loaded
from helpers.subword_models import subword_model

import w2vcli
from w2vcli.vectors.model import Model

ROOT = Path(w2vcli.__file__).parent
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts): ast.parse(path.read_bytes())
    for path in sorted(ROOT.rglob("*.py"))
    if path.name != "__init__.py"
}
COMMANDS = {name for name in MODULES if name.startswith("cli.commands.")}
CLUSTER = {name for name in MODULES if name.startswith("cluster.")}

ALLOWED = {
    "dask": CLUSTER,
    "distributed": CLUSTER,
    "matplotlib": {"pictures.png"},
    "numba": {"system.compiler"},
    "openTSNE": {"vectors.projection"},
    "rich": {"cli.pages", "cli.progress"},
    "typer": {
        "cli.app",
        "cli.common",
        "cli.options",
        "cli.values",
        "cli.paths",
        "cli.queries",
        "cli.usage",
    }
    | COMMANDS,
    "click": set(),
    "pickle": {"cluster.common_parts"},  # between workers, as Dask does: never from files
    "pyarrow": {"formats.parquet"},
    "regex": {"text.tokenizer"},
    "safetensors": {"system.tensor_file"},
    "umap": {"vectors.projection"},
}
every_module = pytest.mark.parametrize("name", MODULES)


def imports(tree):
    """The full names of all that a module imports, wherever in it, ``from a import b`` as a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide where they point"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imported_modules(tree):
    """Those of our modules that a module imports."""
    for full in imports(tree):
        inside = full.removeprefix("w2vcli.")
        if inside != full:
            for name in (inside, inside.rpartition(".")[0]):
                if name in MODULES:
                    yield name


def writes(tree):
    """The lines on which a module prints, or names a standard stream to write to."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "print":
                yield node.lineno
        elif isinstance(node, ast.Attribute) and node.attr in ("stdout", "stderr"):
            yield node.lineno


def floor_of(name):
    """The floor of a module; of one that stands on none, such as ``errors``, its own name."""
    return name.partition(".")[0]


def misdirected(name, others):
    """Those of the imports of a module that point up, or sideways where there is no door."""
    floor = floor_of(name)
    if floor == "__main__":
        return {*others} - {"cli.app", "errors", "system.memory"}
    allowed = FLOORS.get(floor, set()) | {floor, "errors"}
    return {other for other in others if floor_of(other) not in allowed}


def test_every_module_stands_on_a_floor():
    assert {floor_of(name) for name in MODULES} == {*FLOORS, "errors", "__main__"}
    assert {path.parent.name for path in ROOT.glob("*/__init__.py")} == {*FLOORS}


def test_the_floors_point_one_way():
    assert list(TopologicalSorter(FLOORS).static_order())  # fails if they go round in a circle


@every_module
def test_imports_point_down(name):
    assert misdirected(name, imported_modules(MODULES[name])) == set()


@pytest.mark.parametrize("floor", FLOORS)
def test_within_a_floor_imports_never_go_round(floor):
    within = {name: set(imported_modules(MODULES[name])) for name in MODULES}
    inside = {name for name in within if floor_of(name) == floor}
    assert list(TopologicalSorter({n: within[n] & inside for n in inside}).static_order())


def test_the_table_of_floors_itself():
    assert misdirected("softmax.kernel", {"text.corpus", "system.threads", "errors"}) == {
        "text.corpus"
    }
    assert misdirected("vectors.model", {"training.trainer"}) == {"training.trainer"}
    with pytest.raises(CycleError):
        list(TopologicalSorter({"a": {"b"}, "b": {"a"}}).static_order())


@every_module
def test_libraries_stay_where_they_belong(name):
    used = {full.partition(".")[0] for full in imports(MODULES[name])}
    assert {library for library in used & set(ALLOWED) if name not in ALLOWED[library]} == set()


def commands_of_the_application():
    """The names of the commands, as Python writes them."""
    import typer

    from w2vcli.cli.app import app

    names = typer.main.get_command(app).commands
    return {f"{name}_" if iskeyword(name) else name.replace("-", "_") for name in names}


def test_there_is_one_module_per_command_and_no_other_beside_them():
    modules = {name.rpartition(".")[2] for name in COMMANDS}
    assert modules == commands_of_the_application()


@every_module
def test_the_library_never_prints(name):
    if name in {"cli.console", "cli.messages", "cli.pages", "cli.app"} | COMMANDS:
        assert not [
            node
            for node in ast.walk(MODULES[name])
            if isinstance(node, ast.Name) and node.id == "print"
        ]
    else:
        assert list(writes(MODULES[name])) == []


@every_module
def test_checks_are_not_assertions(name):
    """``python -O`` leaves assertions out: none may be what stops a bad input."""
    for node in ast.walk(MODULES[name]):
        if isinstance(node, ast.Assert):
            assert isinstance(node.test, ast.Call | ast.Compare)
            assert node.msg is None


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import w2vcli.vectors.model", {"vectors.model"}),
        ("from w2vcli.vectors import model, __version__", {"vectors.model"}),
        ("def f():\n    from w2vcli.cli.commands.train import register", {"cli.commands.train"}),
        ("import numpy.model", set()),
    ],
)
def test_the_reading_of_imports_itself(code, found):
    assert set(imported_modules(ast.parse(code))) == found


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("print(1)", [1]),
        ("x\nsys.stderr.write('')", [2]),
        ("console.write(1)", []),
    ],
)
def test_the_finding_of_prints_itself(code, found):
    assert list(writes(ast.parse(code))) == found


# --- the tests --------------------------------------------------------------------------


def imported_tests(tree):
    """The test modules that a module imports; ``conftest`` is one, as pytest itself loads it."""
    parts = {part for full in imports(tree) for part in full.split(".")}
    return {part for part in parts if part.startswith("test_") or part == "conftest"}


def test_tests_import_helpers_and_never_tests():
    found = {
        str(path): imported_tests(ast.parse(path.read_bytes()))
        for path in Path(__file__).parent.rglob("*.py")
    }
    assert len(found) > 50
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("from test_blocks import windows", {"test_blocks"}),
        ("from softmax.test_blocks import windows", {"test_blocks"}),
        ("def f():\n    import tests.softmax.test_blocks", {"test_blocks"}),
        ("from softmax import test_blocks", {"test_blocks"}),
        ("from conftest import shared_data", {"conftest"}),
        ("from helpers.block_scenes import blocks\nimport numpy.testing", set()),
    ],
)
def test_the_finding_of_imported_tests_itself(code, found):
    assert imported_tests(ast.parse(code)) == found


# --- what really is loaded --------------------------------------------------------------


@pytest.fixture(scope="module")
def model_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("structure") / "model"
    ones = np.ones((3, 2), np.float32)
    Model(["a", "b", "c"], np.array([3, 2, 1]), ones, ones, ones[:, 0]).save(path)
    return str(path)


def test_what_is_loaded_is_seen():
    assert loaded("import numba", "numba", "rich") == {"numba"}


WITHOUT_NUMBA = [
    "vectors.neighbors",
    "vectors.clusters",
    "vectors.spellings",
    "vectors.model",
    "vectors.word_map",
    "formats.exporting",
    "formats.importing",
    "judging.comparison",
    "judging.drift",
    "judging.evaluation",
    "judging.file_info",
    "judging.verdicts",
    "text.corpus",
    "text.rules",
    "text.joining",
    "text.phrases",
    "text.vocabulary",
    "text.windows",
    "system.files",
    "training.options",
    "training.publishing",
    "cluster.connection",
    "cli.app",
]


def test_modules_that_load_no_numba():
    """One after the other in one interpreter: the first that loads it is told."""
    modules = [f"w2vcli.{module}" for module in WITHOUT_NUMBA]
    code = (
        "import importlib, sys\n"
        f"for module in {modules}:\n"
        "    importlib.import_module(module)\n"
        "    assert 'numba' not in sys.modules, module\n"
    )
    assert loaded(code, "numba") == set()


COMMANDS_WITHOUT_NUMBA = [
    ["--help"],
    ["train", "--help"],
    ["--version"],
    ["similar", "MODEL", "a"],
    ["similar", "MODEL", "a", "--json"],
    ["analogy", "MODEL", "a", "b", "c"],
    ["similar", "MODEL", "unknown"],
    ["similar", "MODEL", "a", "-b", "+c", "--among", "WORDS"],
    ["similarity", "MODEL", "a", "b"],
    ["odd", "MODEL", "a", "b", "c"],
    ["vectors", "MODEL", "a"],
    ["subwords", "NGRAMS", "a", "king"],
    ["clusters", "MODEL", "-k", "2"],
    ["map", "MODEL"],
    ["map", "MODEL", "a", "-o", "OUT.svg"],
    ["eval", "MODEL", "--similarity", "PAIRS"],
    ["eval", "MODEL", "--similarity", "PAIRS", "--require", "words >= 1"],
    ["compare", "MODEL", "MODEL"],
    ["compare", "MODEL", "MODEL", "--require", "overlap >= 0"],
    ["compare", "MODEL", "MODEL", "-o", "OUT.svg"],
    ["info", "MODEL", "--verify"],
    ["rollback", "MODEL", "--list"],
    ["export", "MODEL", "-o", "OUT.vec"],
    ["export", "MODEL", "-o", "OUT.npy"],
    ["export", "MODEL", "-o", "OUT/"],
    ["import", "TEXT", "-o", "OUT.vectors"],
]


def test_commands_that_load_no_numba(model_file):
    """One after the other in one interpreter: the first that loads it is told."""
    Path(f"{model_file}.pairs").write_text("a b 1\n")
    Path(f"{model_file}.words").write_text("a\nb\n")
    Path(f"{model_file}.text").write_text("a 1 2\n")
    subword_model().save(Path(f"{model_file}.ngrams"))
    named = {"MODEL": model_file} | {
        name: f"{model_file}.{name.lower()}" for name in ("PAIRS", "WORDS", "TEXT", "NGRAMS")
    }
    lines = [
        [named.get(word, word.replace("OUT", f"{model_file}.out")) for word in command]
        for command in COMMANDS_WITHOUT_NUMBA
    ]
    code = (
        "import sys\nfrom w2vcli.cli.app import run\n"
        f"for line in {lines}:\n"
        "    code = run(line)\n"
        "    assert code in (0, 3), (line, code)\n"
        "    assert sys.modules.keys().isdisjoint(['distributed', 'numba', 'pyarrow']), line\n"
    )
    assert loaded(code, "distributed", "numba", "pyarrow") == set()
