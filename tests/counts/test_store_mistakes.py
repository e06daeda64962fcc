"""Would the tests of ``test_store_storage`` find a mistake? In transaction.py, and in files.py."""

import inspect
import sys
from types import ModuleType

import pytest
from helpers.storage_scenes import plant
from helpers.store_stages import Stage, halfway, lost

from w2vcli.counts import adding, store, transaction
from w2vcli.errors import DataError

FIRST = [("    made, passing = [], []\n", "    made, passing = [], []\n"
          "    listing.commit([], [info.path for info in old])\n")]  # fmt: skip
ONE_BY_ONE = [("elif len(old) > 1 and not listing.in_one_step:", "elif not old:")]
BACKWARDS = [("gone + [info for info in every if not info.inputs]",
              "[info for info in every if not info.inputs] + gone")]  # fmt: skip
UNNAMED = [("draft.save(path, [info.path.name for info in old])", "draft.save(path)")]
UNSWEPT = [("        sweep(listing.folder, ENDING)\n", "")]
NEVER_GONE = [("        old = gone + [info", "        old = [info")]


def planted(patch, *mistakes):
    """Put mistakes into transaction.py, and let those use it that change stores."""
    source = inspect.getsource(transaction)
    for right, wrong in mistakes:
        assert right in source, f"transaction.py is no longer as this test knows it: {right}"
        source = source.replace(right, wrong)
    users = [(module, inspect.getsource(module)) for module in (adding, store)]
    for module, text in ((transaction, source), *users):
        changed = ModuleType(module.__name__)
        patch.setitem(sys.modules, module.__name__, changed)
        exec(compile(text, f"{module.__name__}, with a mistake", "exec"), vars(changed))


def test_the_commands_use_the_planted_mistakes(monkeypatch):
    planted(monkeypatch, *UNNAMED)
    from w2vcli import Store

    changed = sys.modules["w2vcli.counts.transaction"]
    assert changed is not transaction
    assert sys.modules[Store.__module__].replace is changed.replace


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


NO_FOLDER_AFTER_A_REMOVAL = [("        flush_folder(path.parent)\n", "        pass\n")]
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
