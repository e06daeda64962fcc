"""The kernels of a run are loaded before a plan measures: then the run compiles no other."""

import os
import subprocess
import sys

import pytest
from helpers.texts import SENTENCES

RUN = """
import pkgutil, sys
from importlib import import_module
import w2vcli
from w2vcli import Selection, TrainingOptions, train
from w2vcli.system.threads import Team
from w2vcli.training.kernels import load_kernels

for floor in ("counts", "softmax", "text", "training"):
    path = getattr(import_module(f"w2vcli.{floor}"), "__path__")
    for module in pkgutil.iter_modules(path, f"w2vcli.{floor}."):
        import_module(module.name)

def compiled():
    return {
        f"{name}.{kernel}": len(value.signatures)
        for name, module in list(sys.modules.items())
        for kernel, value in vars(module).items()
        if name.startswith("w2vcli.") and hasattr(value, "signatures")
    }

options = TrainingOptions(dim=4, passes=1, **eval(sys.argv[1]))
with Team(1) as team:
    load_kernels(options.resolved(), team)
before = compiled()
train("text", None, options, words=Selection(1), threads=1)
after = compiled()
assert len(after) > 20
print(*sorted(name for name in after if after[name] != before[name]))
"""


@pytest.mark.parametrize(
    "options",
    [{}, {"arch": "cbow"}, {"subwords": "2-3"}, {"subwords": "2-3", "arch": "cbow"}],
    ids=str,
)
def test_a_run_compiles_nothing_more(tmp_path, options):
    """But for what recognises lines, which is a part of reading."""
    (tmp_path / "text").write_text(SENTENCES * 3, encoding="utf-8")
    found = subprocess.run(
        [sys.executable, "-c", RUN, repr(options)],
        env={**os.environ, "NUMBA_DISABLE_JIT": "0"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (found.returncode, found.stdout) == (0, "w2vcli.text.fingerprint._of_line\n"), found
