"""The floor plan in README leads to the files that are there."""

import re

import pytest
from helpers.floors import FLOORS
from helpers.manual import README, ROOT

PACKAGE = ROOT / "w2vcli"


def floor_plan():
    """For each floor of the plan, its entries: the files that one names, and the whole of it."""
    rows = re.findall(
        r"(?m)^\| \[`(\w+)`\]\(w2vcli/(\w+)\) \| (.*) \|$", README.read_text(encoding="utf-8")
    )
    assert rows
    assert [floor for floor, folder, _ in rows if floor != folder] == []
    return {
        floor: [(re.findall(r"`(\w+)`", entry), entry) for entry in text.split("; ")]
        for floor, _, text in rows
    }


def rooms(floor):
    """The files and folders of a floor."""
    paths = (PACKAGE / floor).iterdir()
    return {path.stem for path in paths if path.name[0] not in "._"}


def test_every_floor_is_in_the_plan():
    assert set(floor_plan()) == {path.parent.name for path in PACKAGE.glob("*/__init__.py")}


@pytest.mark.parametrize("floor", floor_plan())
def test_the_plan_of_a_floor_names_its_files(floor):
    named = {name for names, _ in floor_plan()[floor] for name in names}
    assert rooms(floor) - named == set(), "files that the plan does not name"
    commands = {path.stem for path in (PACKAGE / "cli" / "commands").iterdir()}
    assert named - rooms(floor) - commands == set(), "files that are not there"


@pytest.mark.parametrize(
    ("words", "file"),
    [
        ("frequent words weigh less", "counts/subsampling.py"),
        ("merged", "counts/drafts.py"),
        ("SIGTERM", "system/signals.py"),
        ("3CosMul", "vectors/analogies.py"),
        ("exit codes", "cli/app.py"),
        ("softmax", "softmax/kernel.py"),
        ("atomic writing", "system/files.py"),
    ],
)
def test_one_step_leads_to_a_file(words, file):
    found = [
        PACKAGE / floor / f"{names[0]}.py"
        for floor, entries in floor_plan().items()
        for names, entry in entries
        if words in entry
    ]
    assert found == [PACKAGE / file]
    assert found[0].exists()


def test_the_picture_shows_every_floor_above_those_that_it_may_use():
    (picture,) = re.findall(r"(?ms)floors.*?^```text\n(.*?)^```", README.read_text("utf-8"))
    levels = [set(re.findall(r"\w+", part)) for part in picture.split("->")]
    assert set.union(*levels) == set(FLOORS)
    for number, level in enumerate(levels):
        for floor in level:
            assert FLOORS[floor] <= set().union(*levels[number + 1 :])
