"""Faults and losses of power in the commands that change a store: it counts before, or after.

Each operation on a file fails once, as in ``test_faults``, and the power fails after each, as in
``test_power_loss``. The store is the folder of the text: the model of a disk knows no other.
"""

import errno
import itertools
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest
from faulty_disk import Call, Disk, Fault, Platter, snapshot, visible
from storage_scenes import install
from store_scenes import bytes_of
from test_faults import HARMLESS

from w2vcli.store import Store

TEXTS = {"a": b"the king rules\n", "b": b"the queen rules\n", "c": b"the land\nthe\n"}
COUNT = ["--store", ".", "--threads", "1"]
STALE = {".store.0123abcd.tmp": b"left", ".x.0123abcd.segment.0123abcd.tmp": b"left"}
CHANGE = {
    "count-first": (["count", "a", "b", *COUNT, "--label", "new"], "", "ab"),
    "count": (["count", "a", "b", "c", *COUNT, "--label", "new"], "a", "abc"),
    "subtract": (["count", "a", "c", *COUNT, "--subtract"], "abc", "b"),
    "subtract-all": (["count", "a", *COUNT, "--subtract"], "a", ""),
    "compact": (["store", ".", "--compact", "--threads", "1"], "a b c", "abc"),
    "remove": (["store", ".", "--remove", "1", "--threads", "1"], "a b", "b"),
    "remove-two": (["store", ".", "--remove", "both", "--threads", "1"], "a both:b both:c", "a"),
}
AGAIN = {"again": (["count", "b", *COUNT, "--label", "both"], "", "ab")}
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
       for name in ("write", "fsync", "replace")},
    Call("unlink", "file"): (74, [SEGMENT + ": could not be removed: {error}"]),
    **{Call(name, "folder"): (74, [SEGMENT + ": the new file is in place, " + _UNFLUSHED,
                                   SEGMENT + ": it is removed, " + _UNFLUSHED])
       for name in ("open", "fsync")},
    **{Call(name, "run"): (74, ["{tmp}: no room for temporary files: {error}"])
       for name in ("open", "write")},
    Call("pread", "run"): (74, ["a temporary file: reading failed: {error}",
                                SEGMENT + ": reading failed: {error}"]),
}  # fmt: skip
DONE = {"remove": 66, "remove-two": 66}  # the exit code where it is done already


class Stage:
    """Runs a change again and again, each time from its beginning."""

    def __init__(self, name, w2v, patch, start=None):
        self.name = name
        self._arguments, segments, after = (CHANGE | AGAIN)[name]
        self._w2v, self._patch = w2v, patch
        self._sound, self._sums = set(), {}
        self._begin(TEXTS, first=1)
        for number, segment in enumerate(segments.split(), 1):
            label, _, texts = segment.rpartition(":")
            assert w2v("count", *texts, *COUNT, "--label", label or str(number))[0] == 0
        self.start = start or snapshot(Path()) | STALE
        self.clean = self.run()
        assert self.clean.code == 0, self.clean.err
        assert after == "".join(self.sums(self.clean.files)[0]), "other texts"
        self.before, self.after = self.sums(self.start), self.sums(self.clean.files)

    def _begin(self, files, first=1000):
        for file in Path().iterdir():
            file.unlink()
        for name, data in files.items():
            Path(name).write_bytes(data)
        numbers = itertools.count(first)  # equal runs give equal names
        counted = SimpleNamespace(token_hex=lambda _: f"{next(numbers):08x}")
        self._patch.setattr(sys.modules["w2vcli.store"], "secrets", counted)

    def run(self, fault=None):
        self._begin(self.start)
        disk = Disk(Path(), fault)
        with pytest.MonkeyPatch.context() as patch:
            install(patch, disk)
            code, _, err = self._w2v(*self._arguments)
        assert disk.descriptors == {}, "a descriptor was left open"
        return SimpleNamespace(code=code, err=err, files=snapshot(Path()), disk=disk)

    def sums(self, files):
        """What a store with these files counts: its merged segment, as bytes."""
        segments = tuple(sorted((n, d) for n, d in files.items() if n.endswith(".segment")))
        if segments not in self._sums:
            self._begin(dict(segments))
            store = Store(Path())
            store.verify(store.segments())
            names = sorted(e["name"] for about in store.segments() for e in about.inputs)
            labels, counts = [about.label for about in store.segments()], None
            if names:
                store.compact()
                counts = bytes_of(".")
            self._sums[segments] = names, labels, counts
        return self._sums[segments]

    def check_whole(self, files, told):
        assert self.sums(files) in (self.before, self.after), f"neither before nor after: {told}"
        assert {name: files[name] for name in TEXTS} == TEXTS

    def check_next_run(self, files):
        """Check that from these files the next run comes to where it should, and sweeps."""
        state = tuple(sorted(files.items()))
        if state in self._sound:
            return
        was_done = self.sums(files) == self.after
        self._begin(files)
        code, _, err = self._w2v(*self._arguments)
        assert code == (DONE.get(self.name, 0) if was_done else 0), err
        left = snapshot(Path())
        assert left.keys() == visible(left).keys(), f"the next run has left {sorted(left)}"
        assert self.sums(left) == self.after
        assert len(left) == len(self.clean.files)
        self._sound.add(state)


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


def halfway(w2v, patch):
    """Return the store of a removal that was stopped when all was still to be unlinked."""
    removal = Stage("remove-two", w2v, patch)
    segments = [sum(n.endswith(".segment") for n in files) for files in removal.clean.disk.seen]
    return Stage("again", w2v, patch, removal.clean.disk.seen[segments.index(max(segments))])


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


def lost(stage):
    """Look at what each loss of power would leave; return how many there were, how many kinds."""
    platter, found, losses = Platter(stage.start), {}, 0
    for event in stage.clean.disk.events:
        platter.apply(event)
        for files in platter.survivors():
            losses += 1
            stage.check_whole(files, f"after {event[:2]}")
            found[tuple(sorted(files.items()))] = files
    assert platter.now() == stage.clean.files
    assert all(visible(files) == visible(platter.now()) for files in platter.survivors()), (
        "not flushed"
    )
    for files in found.values():
        stage.check_next_run(files)
    return losses, len(found)


def test_whatever_a_loss_of_power_leaves_counts_before_or_after(stage):
    losses, kinds = lost(stage)
    assert losses > 20
    assert kinds > 6
