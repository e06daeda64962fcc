"""Faults and losses of power in the commands that change a store: it counts before, or after.

Each operation on a file fails once, as in ``test_faults``, and the power fails after each, as in
``test_power_loss``. The store is the folder of the text: the model of a disk knows no other.
"""

import errno
import itertools
import os
import tempfile
from collections import Counter

import pytest
from helpers.faulty_disk import Call, Fault, visible
from helpers.storage_scenes import HARMLESS
from helpers.store_stages import CHANGE, Stage, halfway, lost

"""Of each change its command; the segments before, as their texts, labelled 1, 2, ... or as it
says; and the texts after."""

_UNFLUSHED = "but flushing its folder to the disk failed: {error}"
SEGMENT = "*.segment"
OUTCOMES = {
    Call("mkdir", "folder"): (73, [".: the folder cannot be made: {error}; choose another"]),
    Call("access", "folder"): (73, ["store: no permission to write in .; choose another folder",
                                    SEGMENT + ": no permission to write in ."]),
    Call("open", "lock"): (73, ["store: its lock .store.lock cannot be created: {error}; choose"]),
    **{Call(name, "lock"): (73, ["store: it cannot be locked in this folder: {error}; choose"])
       for name in ("flock", "fstat", "stat")},
    Call("open", "temporary"): (73, [SEGMENT + ": cannot be created: {error}"]),
    **{Call(name, "temporary"): (74, [SEGMENT + ": could not be written: {error}"])
       for name in ("write", "fsync")},
    Call("replace", "temporary"): (74, [SEGMENT + ": could not be put in place: {error}"]),
    Call("unlink", "file"): (74, [SEGMENT + ": could not be removed: {error}"]),
    **{Call(name, "folder"): (74, [SEGMENT + ": the new file is in place, " + _UNFLUSHED,
                                   SEGMENT + ": it is removed, " + _UNFLUSHED])
       for name in ("open", "fsync")},
    **{Call(name, "run"): (74, ["{tmp}: no room for temporary files: {error}"])
       for name in ("open", "write")},
    Call("pread", "run"): (74, ["a temporary file: reading failed: {error}",
                                SEGMENT + ": reading failed: {error}"]),
}  # fmt: skip


@pytest.fixture(params=CHANGE)
def stage(w2v, monkeypatch, request):
    return Stage(request.param, w2v, monkeypatch)


# --- faults -----------------------------------------------------------------------------


def matches(err, patterns, error):
    """Say whether the last line is one sentence of one of these forms, the only one of its kind."""
    last = err.splitlines()[-1].removeprefix("w2vcli: ")
    texts = [p.format(error=os.strerror(error), tmp=tempfile.gettempdir()) for p in patterns]
    alone = err.count("w2vcli: ") == 1 and "Traceback" not in err
    return alone and any(
        last.partition(".segment")[2].startswith(text.removeprefix(SEGMENT))
        if text.startswith(SEGMENT)
        else last.startswith(text)
        for text in texts
    )


def check(stage, fault):
    """Run with a fault; return what failed, or None if the run ended before it came to it."""
    clean, result = stage.clean, stage.run(fault)
    if not result.disk.hit:
        assert (result.code, result.files) == (0, clean.files)
        return None
    call, calls = result.disk.calls[fault.at], clean.disk.calls
    assert result.disk.calls[: fault.at + 1] == calls[: fault.at + 1]
    told = f"{stage.name}, {call}, {fault}: {result.err}"
    stage.check_whole(result.files, told)
    may_fail = calls[fault.at :] if fault.lasting else [call]
    ends = [n for n, c in enumerate(may_fail, fault.at) if c not in HARMLESS and not fault.short]
    if not ends:
        assert result.code == 0, f"the wrong exit code: {told}"
        assert visible(result.files) == visible(clean.files), told
    else:
        lock = next(n for n, c in enumerate(calls) if c.what == "lock")
        failed = calls[ends[0]]
        if ends[0] < lock and failed.name != "access":  # while the folder is made
            failed = Call("mkdir", "folder")
        code, patterns = OUTCOMES[failed]
        assert result.code == code, f"the wrong exit code: {told}"
        assert matches(result.err, patterns, fault.error), f"the wrong message: {told}"
        expected = [*clean.disk.seen, clean.files][ends[0] + fault.late]
        assert visible(result.files) == visible(expected), told
    stage.check_next_run(result.files)
    return call


def enumerated(stage, only=None, **how):
    """Let one operation after the other fail, or only some; return how often each kind did."""
    failed = Counter()
    for at in itertools.count():
        if only and at < len(stage.clean.disk.calls) and stage.clean.disk.calls[at] not in only:
            continue
        call = check(stage, Fault(at, **how))
        if call is None:
            assert at == len(stage.clean.disk.calls)
            return failed
        failed[call] += 1


@pytest.mark.parametrize("how", [{}, {"error": errno.ENOSPC}, {"late": True}, {"lasting": True}])
def test_each_operation_fails(stage, how):
    failed = enumerated(stage, **how)
    assert failed == Counter(stage.clean.disk.calls)
    changed = Counter(stage.clean.disk.events)
    assert failed[Call("unlink", "file")] == sum(
        event[0] == "unlink" and event[1].endswith(".segment") for event in changed
    )


def test_what_a_stopped_removal_has_left_is_swept_whatever_fails(w2v, monkeypatch):
    stage = halfway(w2v, monkeypatch)
    assert stage.clean.disk.calls.count(Call("unlink", "file")) == 3
    enumerated(stage)
    enumerated(stage, lasting=True)
    lost(stage)


def test_each_write_comes_short(stage):
    enumerated(stage, only={Call(n, w) for n in ("write", "pread") for w in ("temporary", "run")},
               short=True)  # fmt: skip


# --- losses of power --------------------------------------------------------------------


def test_whatever_a_loss_of_power_leaves_counts_before_or_after(stage):
    losses, kinds = lost(stage)
    assert losses > 20
    assert kinds > 6
