"""Would the tests of ``test_store_storage`` find a mistake? In store.py, and in files.py."""

import inspect
import sys
from types import ModuleType

import pytest
from helpers.storage_scenes import plant
from helpers.store_stages import Stage, halfway, lost

from w2vcli.counts import store as module
from w2vcli.errors import DataError

FIRST = [("        passing = []\n        if draft", "        passing = []\n"
          "        for info in old: remove(info.path)\n        if draft")]  # fmt: skip
ONE_BY_ONE = [("elif len(old) > 1:", "elif not old:")]
BACKWARDS = [("gone + [info for info in every if not info.inputs]",
              "[info for info in every if not info.inputs] + gone")]  # fmt: skip
UNNAMED = [("draft.save(path, [info.path.name for info in old])", "draft.save(path)")]
UNSWEPT = [("            sweep(self.folder, _ENDING)\n", "")]
NEVER_GONE = [("            for info in gone + [info", "            for info in [info")]


def planted(patch, *mistakes):
    """Put mistakes into store.py: the tests have to find them."""
    source = inspect.getsource(module)
    for right, wrong in mistakes:
        assert right in source, f"store.py is no longer as this test knows it: {right}"
        source = source.replace(right, wrong)
    changed = ModuleType("w2vcli.counts.store")
    patch.setitem(sys.modules, "w2vcli.counts.store", changed)
    exec(compile(source, "store.py, with a mistake", "exec"), vars(changed))


@pytest.mark.parametrize(
    ("mistakes", "name", "message"),
    [
        (FIRST, "compact", "neither before nor after"),
        (FIRST, "subtract", "neither before nor after"),
        (ONE_BY_ONE, "remove-two", "neither before nor after"),
        (BACKWARDS, "again", "neither before nor after"),
        (UNNAMED, "compact", "is also in"),
        (UNSWEPT, "count", "the next run has left"),
        (NEVER_GONE, "again", "other texts"),
    ],
)
def test_mistakes_are_found(w2v, monkeypatch, mistakes, name, message):
    planted(monkeypatch, *mistakes)
    with pytest.raises((AssertionError, DataError), match=message):
        lost(halfway(w2v, monkeypatch) if name == "again" else Stage(name, w2v, monkeypatch))


NO_FOLDER_AFTER_A_REMOVAL = [("        _flush_folder(path.parent)\n", "        pass\n")]
NO_FILE = [("            os.fsync(handle)\n", "")]


@pytest.mark.parametrize(
    ("mistakes", "name", "message"),
    [
        (NO_FOLDER_AFTER_A_REMOVAL, "remove", "not flushed"),
        (NO_FOLDER_AFTER_A_REMOVAL, "remove-two", "neither before nor after"),
        (NO_FILE, "count", "not a usable segment"),
    ],
)
def test_mistakes_in_writing_are_found(w2v, monkeypatch, mistakes, name, message):
    plant(monkeypatch, *mistakes)
    with pytest.raises((AssertionError, DataError), match=message):
        lost(Stage(name, w2v, monkeypatch))
