"""Each operation on a file fails once, in every writing command: nothing is lost, all is said.

The operations are numbered as they come. One number after the other fails, until a run ends
before it gets to fail.
"""

import errno
import os
import tempfile
from collections import Counter
from itertools import count
from pathlib import Path

import pytest
from helpers.faulty_disk import Call, Fault, pop_complete, visible
from helpers.storage_scenes import HARMLESS, SCENES, SPILLED, STALE, TRAIN, Stage, plant

_UNFLUSHED = "but flushing its folder to the disk failed: {error}"
OUTCOMES = {
    Call("access", "folder"): (73, "new{}: no permission to write in .; choose another folder"),
    Call("open", "lock"): (73, "new: its lock .new.lock cannot be created: {error}; choose"),
    Call("flock", "lock"): (73, "new: it cannot be locked in this folder: {error}; choose another"),
    Call("fstat", "lock"): (73, "new: it cannot be locked in this folder: {error}; choose another"),
    Call("stat", "lock"): (73, "new: it cannot be locked in this folder: {error}; choose another"),
    Call("open", "temporary"): (73, "new{}: cannot be created: {error}"),
    Call("write", "temporary"): (74, "new{}: could not be written: {error}"),
    Call("fsync", "temporary"): (74, "new{}: could not be written: {error}"),
    Call("replace", "temporary"): (74, "new{}: could not be put in place: {error}"),
    Call("open", "folder"): (74, "new{}: {done}, " + _UNFLUSHED),
    Call("fsync", "folder"): (74, "new{}: {done}, " + _UNFLUSHED),
    Call("unlink", "file"): (74, "new.checkpoint: could not be removed: {error}"),
    Call("open", "run"): (74, "{tmp}: no room for temporary files: {error}"),
    Call("write", "run"): (74, "{tmp}: no room for temporary files: {error}"),
    Call("pread", "run"): (74, "a temporary file: reading failed: {error}"),
}
LOCK_STAYS = {Call(name, "lock") for name in ("flock", "fstat", "stat", "unlink")}


@pytest.fixture(params=SCENES, ids=lambda scene: scene.name)
def stage(w2v, request):
    return Stage(request.param, w2v)


def matches(err, pattern, error):
    """Say whether the last line is one sentence of this form, and the only one of its kind."""
    last = err.splitlines()[-1]
    texts = [
        pattern.format(suffix, error=os.strerror(error), done=done, tmp=tempfile.gettempdir())
        for suffix in ("", ".checkpoint")
        for done in ("the new file is in place", "it is removed")
    ]
    warnings = err.count("w2vcli: warning: ")
    alone = err.count("w2vcli: ") == 1 + warnings and "Traceback" not in err
    return alone and any(last.startswith(f"w2vcli: {text}") for text in texts)


def check(stage, fault):
    """Run with a fault; return what failed, or None if the run ended before it came to it."""
    clean, result = stage.clean, stage.run(fault)
    if not result.disk.hit:
        assert (result.code, result.files) == (0, clean.files)
        return None
    call, calls = result.disk.calls[fault.at], clean.disk.calls
    assert result.disk.calls[: fault.at + 1] == calls[: fault.at + 1]
    told = f"{call}, {fault}: {result.err}"
    for data in pop_complete(result.files):
        assert (call, fault.late) == (Call("replace", "temporary"), False), told
        assert any(data in files.values() for files in (*clean.disk.seen, clean.files)), told
    whole = (stage.start.get("new"), clean.files.get("new"))
    assert result.files.get("new") in whole, f"neither the old nor the new file: {told}"
    may_fail = calls[fault.at :] if fault.lasting else [call]
    warned = on_the_way(stage)
    ends = [
        n
        for n, c in enumerate(may_fail, fault.at)
        if c not in HARMLESS and not fault.short and n not in warned
    ]
    if not ends:
        assert result.code == 0, f"the wrong exit code: {told}"
        expected = clean.files
    else:
        code, pattern = OUTCOMES[calls[ends[0]]]
        assert result.code == code, f"the wrong exit code: {told}"
        assert matches(result.err, pattern, fault.error), f"the wrong message: {told}"
        # The files are as they were when it failed: the old ones or the new ones, whole.
        seen = fault.at if fault.lasting else ends[0]
        expected = [*clean.disk.seen, clean.files][seen + fault.late]
    if fault.at in warned and call not in HARMLESS and not fault.short:
        assert "warning: the run goes on without a checkpoint: new.checkpoint: " in result.err
    assert visible(result.files) == visible(expected), told
    if not fault.lasting:
        left = result.files.keys() - visible(result.files) - may_stay(call, fault, result)
        assert left <= stage.start.keys() & expected.keys(), f"left behind: {told}"
    stage.check_next_run(result.files)
    return call


def on_the_way(stage):
    """The operations that write checkpoints on the way: the run goes on where they fail."""
    calls = stage.clean.disk.calls
    if stage.scene.name != "saved-on-the-way":
        return range(0)
    first, *_, model = (n for n, c in enumerate(calls) if c == Call("open", "temporary"))
    begin, end = (
        max(n for n in range(opened) if calls[n] == Call("access", "folder"))
        for opened in (first, model)
    )
    return range(begin, end)


def may_stay(call, fault, result):
    """Return the hidden files that a fault may leave to the next run."""
    if call in LOCK_STAYS or (fault.late and call == Call("open", "lock")):
        return {".new.lock"}
    if call in {Call("listdir", "folder"), Call("unlink", "temporary")}:
        return set(STALE)
    if fault.late and call == Call("open", "temporary"):
        return {name for name in result.files if name.endswith(".tmp")}
    return set()


def enumerated(stage, only=None, **how):
    """Let one operation after the other fail, or only some; return how often each kind did."""
    failed = Counter()
    for at in count():
        if only and at < len(stage.clean.disk.calls) and stage.clean.disk.calls[at] not in only:
            continue
        call = check(stage, Fault(at, **how))
        if call is None:
            assert at == len(stage.clean.disk.calls)
            return failed
        failed[call] += 1


def expected_calls(scene):
    """Return how often a command does each thing, by how many files it writes and removes."""
    saved, removed = {
        "build-vocab": (1, 0), "train": (1, 0), "saved-on-the-way": (4, 1), "stopped": (1, 0),
        "resumed": (1, 1), "spilled": (1, 0),
    }[scene.name]  # fmt: skip
    return {
        **{Call(name, "lock"): 1 for name in ("open", "flock", "stat", "unlink", "close")},
        Call("fstat", "lock"): 2,  # is it empty, and does it still have its name
        **{
            Call(name, "temporary"): saved
            for name in ("open", "write", "fchmod", "fsync", "close", "replace")
        },
        **{Call(name, "folder"): saved + removed for name in ("open", "fsync", "close")},
        Call("access", "folder"): 2 + saved,
        Call("stat", "file"): saved,
    }


@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC, errno.EROFS], ids=errno.errorcode.get)
def test_each_operation_fails_once(stage, error):
    failed = enumerated(stage, error=error)
    assert expected_calls(stage.scene).items() <= failed.items()
    assert failed == Counter(stage.clean.disk.calls)


def test_each_operation_is_done_and_yet_said_to_have_failed(stage):
    """As on a network file system whose answer got lost."""
    assert enumerated(stage, late=True) == Counter(stage.clean.disk.calls)


def test_from_each_operation_on_the_disk_is_gone(stage):
    assert enumerated(stage, lasting=True) == Counter(stage.clean.disk.calls)


def test_each_write_comes_short(stage):
    write = Call("write", "temporary")
    failed = enumerated(stage, only={write}, short=True)
    assert failed == {write: expected_calls(stage.scene)[write]}


def with_fault(w2v, call, error=errno.EIO):
    """Build a vocabulary while the first operation of this kind fails."""
    stage = Stage(SCENES[0], w2v)
    result = stage.run(Fault(stage.clean.disk.calls.index(call), error))
    assert (result.code, result.files["new"]) == (0, stage.whole)
    return result.files


@pytest.mark.parametrize("call", [Call("stat", "file"), Call("fchmod", "temporary")])
def test_what_is_to_be_read_by_nobody_else_never_is(w2v, call):
    with_fault(w2v, call)
    assert Path("new").stat().st_mode & 0o777 == 0o600


def test_a_temporary_file_that_stays_does_not_keep_others(w2v):
    assert len(STALE) == 2
    assert len(with_fault(w2v, Call("unlink", "temporary")).keys() & STALE.keys()) == 1


@pytest.mark.parametrize(
    ("call", "error"),
    [(Call("open", "folder"), errno.EACCES), (Call("fsync", "folder"), errno.EINVAL)],
)
def test_a_folder_that_cannot_be_flushed_by_anybody(w2v, call, error):
    with_fault(w2v, call, error)


# --- temporary files of counts ----------------------------------------------------------


@pytest.mark.parametrize(
    "how", [{"error": errno.EIO}, {"error": errno.ENOSPC}, {"lasting": True}, {"short": True}]
)
def test_temporary_files_of_counts(w2v, how):
    stage = Stage(SPILLED, w2v)
    assert stage.clean.files["new"] == stage.whole
    kinds = {Call(name, "run") for name in ("open", "write", "pread", "close")}
    if "short" in how:
        kinds = {Call(name, "run") for name in ("write", "pread")}
    failed = enumerated(stage, only=kinds, **how)
    assert failed.keys() == kinds
    assert min(failed.values()) >= 3


# --- would a mistake be found? ----------------------------------------------------------

IN_PLACE = [
    ('temporary = beside(target, f"{secrets.token_hex(4)}.tmp")', "temporary = target"),
    ("os.O_EXCL", "os.O_TRUNC"),
    ("        discard(temporary)\n", "        pass\n"),
]
NO_REMOVAL = [("        discard(temporary)\n", "        pass\n")]
NO_CLOSING = [("            raw.retire()\n            close(handle)", "            raw.retire()")]
NO_NOTICE_OF_FSYNC = [
    ("            os.fsync(handle)\n", "            with suppress(OSError): os.fsync(handle)\n")
]
NO_NOTICE_OF_THE_FOLDER = [("if error.errno != errno.EINVAL:", "if not error:")]
NO_SECOND_WRITE = [
    ("return os.write(self._handle, data)", "os.write(self._handle, data); return len(data)")
]
UNGUARDED = [("    with suppress(OSError):\n        os.unlink(file)", "    os.unlink(file)")]
ANOTHER_CODE = [('raise StorageError(f"{path}: could not', 'raise OutputError(f"{path}: could not')]
ANOTHER_NAME = [('raise StorageError(f"{path}: could not', 'raise StorageError(f"it could not')]


@pytest.mark.parametrize(
    ("mistakes", "how", "message"),
    [
        (IN_PLACE, {"only": {Call("write", "file")}}, "neither the old nor the new file"),
        (NO_REMOVAL, {}, "left behind"),
        (NO_CLOSING, {}, "a descriptor was left open"),
        (NO_NOTICE_OF_FSYNC, {}, "the wrong exit code"),
        (NO_NOTICE_OF_THE_FOLDER, {}, "the wrong exit code"),
        (NO_SECOND_WRITE, {"only": {Call("write", "temporary")}, "short": True}, "neither"),
        (UNGUARDED, {"only": {Call("unlink", "lock")}}, "a descriptor was left open"),
        (ANOTHER_CODE, {}, "the wrong exit code"),
        (ANOTHER_NAME, {}, "the wrong message"),
    ],
)
def test_mistakes_are_found(w2v, monkeypatch, mistakes, how, message):
    plant(monkeypatch, *mistakes)
    scene = SCENES[1]
    assert scene.arguments == TRAIN
    with pytest.raises(AssertionError, match=message):
        enumerated(Stage(scene, w2v), **how)
