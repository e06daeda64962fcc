"""The power fails after each operation on a file, in every writing command: nothing is lost.

What a command does to the disk is noted, and done again on a model of a disk that forgets whatever
was not flushed, and may have kept any part of it.
"""

import re
from pathlib import Path

import pytest
from helpers.faulty_disk import Platter, visible
from helpers.storage_scenes import SCENES, TRAIN, Stage, plant

from w2vcli.errors import DataError
from w2vcli.system.files import remove
from w2vcli.system.tensor_file import verify
from w2vcli.training.checkpoint import FORMAT, beside
from w2vcli.vectors.model import Model

SAVED = "new.checkpoint"


@pytest.fixture(params=SCENES, ids=lambda scene: scene.name)
def stage(w2v, request):
    return Stage(request.param, w2v)


class Watch:
    """Goes through what a command did, and looks at what each loss of power would leave."""

    def __init__(self, stage):
        self.stage = stage
        self.platter = Platter(stage.start)
        self.found = {}  # folders, by what matters of them
        self.safe = SAVED in stage.start  # whether there is a checkpoint that must not be lost
        self.kept = 0  # promises
        self._whole = {}

    def through(self):
        for event in self.stage.clean.disk.events:
            # What comes next may rely on all that was done before.
            if event[0] == "create" or (event[0] == "unlink" and not event[1].startswith(".")):
                self.check_promise()
            self.platter.apply(event)
            for files in self.platter.survivors():
                self.check(files)
        assert self.platter.now() == self.stage.clean.files
        self.check_promise()
        return self

    def check_promise(self):
        """Check that what there is would survive; so it is not lost from here on."""
        now = visible(self.platter.now())
        assert all(visible(files) == now for files in self.platter.survivors()), "not flushed"
        self.safe |= SAVED in now
        self.kept += 1

    def check(self, files):
        """Check that each file is the old one or the new one, and the run is in one of them."""
        outcomes = (self.stage.start.get("new"), self.stage.clean.files.get("new"))
        assert files.get("new") in outcomes, "neither the old nor the new file"
        assert SAVED not in files or self.is_whole(files[SAVED]), "a part of a checkpoint"
        assert not self.safe or SAVED in files or files.get("new") == self.stage.whole, "lost"
        assert files["text"] == self.stage.start["text"]
        hidden = (re.sub("[0-9a-f]{8}", "*", name) for name in files.keys() - visible(files))
        self.found[*sorted(visible(files).items()), *sorted(hidden)] = files

    def is_whole(self, data):
        if data not in self._whole:
            Path("copy").write_bytes(data)
            try:
                verify(Path("copy"), FORMAT)
                self._whole[data] = True
            except DataError:
                self._whole[data] = False
        return self._whole[data]


def test_whatever_a_loss_of_power_leaves_is_whole_and_can_be_gone_on_with(stage):
    watch = Watch(stage).through()
    for files in watch.found.values():
        stage.check_next_run(files)


@pytest.mark.parametrize(
    ("scene", "renames", "removals"),
    [*zip(SCENES, (1, 1, 4, 1, 1), (0, 0, 1, 0, 1), strict=True)],
    ids=[scene.name for scene in SCENES],
)
def test_there_is_something_to_lose(w2v, scene, renames, removals):
    """The losses that were looked at are those of a command that writes."""
    stage = Stage(scene, w2v)
    watch = Watch(stage).through()
    kinds = [event[0] for event in stage.clean.disk.events]
    assert kinds.count("rename") == renames
    assert kinds.count("write") >= renames
    assert kinds.count("flush") == 2 * renames + removals
    assert ("unlink", SAVED) in stage.clean.disk.events or not removals
    assert watch.kept >= renames + removals
    # Each old file and each new one, beside a temporary file or a lock, or alone.
    assert len(watch.found) >= 4 + 2 * (renames + removals)


# --- would a mistake be found? ----------------------------------------------------------


def test_the_model_of_a_disk():
    platter = Platter({"file": b"old"})
    for event in (("create", "temporary"), ("write", "temporary", b"data")):
        platter.apply(event)
    left = list(platter.survivors())
    assert {"file": b"old"} in left
    assert {files.get("temporary") for files in left} == {None, b"", b"da", b"\0" * 4, b"data"}
    for event in (("flush", "temporary"), ("rename", "temporary", "file")):
        platter.apply(event)
    assert platter.now() == {"file": b"data"}
    left = list(platter.survivors())
    assert {"file": b"data"} in left
    assert {"file": b"old"} in left
    assert {"file": b"old", "temporary": b"data"} in left
    assert {*left[0]} <= {"file", "temporary"}
    platter.apply(("flush", None))
    assert list(platter.survivors()) == [{"file": b"data"}]
    for event in (("truncate", "file"), ("unlink", "nothing")):
        platter.apply(event)
    assert {files["file"] for files in platter.survivors()} == {b"data", b""}


IN_PLACE = [
    ('temporary = beside(target, f"{secrets.token_hex(4)}.tmp")', "temporary = target"),
    ("os.O_EXCL", "os.O_TRUNC"),
]
EARLY = [
    ("        os.replace(temporary, target)\n", "        pass\n"),
    ("            os.fsync(handle)\n", "            os.replace(temporary, target)\n"
     "            os.fsync(handle)\n"),
]  # fmt: skip
NO_FILE = [("            os.fsync(handle)\n", "")]
NO_FOLDER = [("        os.fsync(descriptor)\n    except", "        pass\n    except")]
NO_FOLDER_AFTER_A_REMOVAL = [("        flush_folder(path.parent)\n", "        pass\n")]
REMOVED_FIRST = [("    temporary = beside(", "    discard(target)\n    temporary = beside(")]


@pytest.mark.parametrize(
    ("mistakes", "scene", "message"),
    [
        (IN_PLACE, 0, "neither the old nor the new file"),
        (IN_PLACE, 3, "a part of a checkpoint"),
        (EARLY, 1, "neither the old nor the new file"),
        (EARLY, 2, "a part of a checkpoint"),
        (NO_FILE, 1, "neither the old nor the new file"),
        (NO_FILE, 3, "a part of a checkpoint"),
        (NO_FOLDER, 0, "not flushed"),
        (NO_FOLDER, 2, "not flushed"),
        (NO_FOLDER, 4, "not flushed"),
        (NO_FOLDER_AFTER_A_REMOVAL, 4, "not flushed"),
        (REMOVED_FIRST, 1, "neither the old nor the new file"),
        (REMOVED_FIRST, 3, "lost"),
    ],
)  # fmt: skip
def test_mistakes_are_found(w2v, monkeypatch, mistakes, scene, message):
    plant(monkeypatch, *mistakes)
    with pytest.raises(AssertionError, match=message):
        Watch(Stage(SCENES[scene], w2v)).through()


@pytest.mark.parametrize("scene", [2, 4])
def test_a_checkpoint_that_is_removed_before_the_model_is_written(w2v, monkeypatch, scene):
    save = Model.save

    def careless(model, path):
        remove(beside(path))
        save(model, path)

    monkeypatch.setattr(Model, "save", careless)
    with pytest.raises(AssertionError, match="lost"):
        Watch(Stage(SCENES[scene], w2v)).through()


def test_without_a_mistake_planting_changes_nothing(w2v, monkeypatch):
    plant(monkeypatch)
    assert SCENES[1].arguments == TRAIN
    Watch(Stage(SCENES[1], w2v)).through()
