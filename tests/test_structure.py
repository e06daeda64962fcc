"""The house rules: which way imports point, who may use which library, who may write."""

import ast
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import w2vcli
from w2vcli.model import Model

ROOT = Path(w2vcli.__file__).parent
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts): ast.parse(path.read_bytes())
    for path in sorted(ROOT.rglob("*.py"))
    if path.name != "__init__.py"
}
COMMANDS = {name for name in MODULES if name.startswith("commands.")}

# Data flows downwards: a module imports only from lines above its own.
ORDER = [
    {"errors"},
    {
        "code_cache",
        "files",
        "labels",
        "parallel",
        "settings",
        "signals",
        "textbook",
        "training_options",
    },
    {"_jit", "tensor_file"},
    {"corpus", "demo_corpus", "fingerprint", "packed_runs"},
    {"runs", "segments", "tokens", "vocabulary"},
    {"cooccurrence", "spool"},
    {"segment_sums"},
    {"blocks", "kernel", "optimizer", "spectral"},
    {"objective"},
    {"trainer", "training_data", "worked_example"},
    {"checkpoint", "model", "gradient_check"},
    {"file_info", "neighbors", "perplexity", "store", "warm_start"},
    {"training"},
    {"comparison", "evaluation", "prediction"},
    {"console"},
    {"pages"},
    {"commands.options", "commands.report"},
    {"commands.queries"},
    COMMANDS - {"commands.options", "commands.report", "commands.queries"},
    {"cli"},
    {"__main__"},
]
LEVEL = {name: level for level, names in enumerate(ORDER) for name in names}

ALLOWED = {
    "numba": {"_jit"},
    "rich": {"console", "pages"},
    "typer": {"cli"} | COMMANDS,
    "click": set(),
    "pickle": set(),
    "safetensors": {"tensor_file"},
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


def test_every_module_has_a_place_in_the_order():
    assert sorted(MODULES) == sorted(LEVEL)


@every_module
def test_imports_point_one_way(name):
    upwards = {other for other in imported_modules(MODULES[name]) if LEVEL[other] >= LEVEL[name]}
    assert upwards == set()


@every_module
def test_libraries_stay_where_they_belong(name):
    used = {full.partition(".")[0] for full in imports(MODULES[name])}
    assert {library for library in used & set(ALLOWED) if name not in ALLOWED[library]} == set()


@every_module
def test_the_library_never_prints(name):
    if name in {"console", "pages", "cli"} | COMMANDS:
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
        ("import w2vcli.model", {"model"}),
        ("from w2vcli import model, __version__", {"model"}),
        ("def f():\n    from w2vcli.commands.train import register", {"commands.train"}),
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


# --- what really is loaded --------------------------------------------------------------


@pytest.fixture(scope="module")
def model_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("structure") / "model"
    ones = np.ones((3, 2), np.float32)
    Model(["a", "b", "c"], np.array([3, 2, 1]), ones, ones, ones[:, 0]).save(path)
    return str(path)


def loaded(code, *libraries):
    """Run code in a fresh interpreter; which of the libraries did it load?"""
    report = f"\nimport sys; sys.exit(','.join({{*{libraries}}} & {{*sys.modules}}))"
    run = subprocess.run(
        [sys.executable, "-c", code + report], capture_output=True, text=True, check=False
    )
    assert "Traceback" not in run.stderr, run.stderr
    return set(filter(None, run.stderr.split("\n")[-2:][0].split(",")))


def test_what_is_loaded_is_seen():
    assert loaded("import numba", "numba", "rich") == {"numba"}


@pytest.mark.parametrize(
    "module",
    [
        "neighbors",
        "comparison",
        "evaluation",
        "file_info",
        "model",
        "corpus",
        "vocabulary",
        "files",
        "cli",
    ],
)
def test_modules_that_load_no_numba(module):
    assert loaded(f"import w2vcli.{module}", "numba") == set()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["train", "--help"],
        ["--version"],
        ["similar", "MODEL", "a"],
        ["similar", "MODEL", "a", "--json"],
        ["analogy", "MODEL", "a", "b", "c"],
        ["similar", "MODEL", "unknown"],
        ["eval", "MODEL", "--similarity", "PAIRS"],
        ["compare", "MODEL", "MODEL"],
        ["info", "MODEL", "--verify"],
    ],
)
def test_commands_that_load_no_numba(model_file, arguments):
    Path(f"{model_file}.pairs").write_text("a b 1\n")
    named = {"MODEL": model_file, "PAIRS": f"{model_file}.pairs"}
    arguments = [named.get(argument, argument) for argument in arguments]
    code = f"from w2vcli.cli import run; code = run({arguments}); assert code in (0, 3), code"
    assert loaded(code, "numba") == set()
