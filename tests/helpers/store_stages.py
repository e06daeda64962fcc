"""Changes of a store that are run again and again, each time from their beginning."""

import itertools
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from helpers.faulty_disk import Disk, Platter, snapshot, visible
from helpers.storage_scenes import install
from helpers.store_scenes import bytes_of
from w2vcli.counts.store import Store

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
    "keep": (["store", ".", "--keep", "last:1", "--threads", "1"], "a b c", "c"),
    "prune": (["store", ".", "--prune-min-count", "2", "--threads", "1"], "abc", "abc"),
    "remove-two": (["store", ".", "--remove", "both", "--threads", "1"], "a both:b both:c", "a"),
}


AGAIN = {"again": (["count", "b", *COUNT, "--label", "both"], "", "ab")}


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
        self._patch.setattr(sys.modules["w2vcli.counts.transaction"], "secrets", counted)

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
            names = sorted(e["name"] for info in store.segments() for e in info.inputs)
            labels, counts = [info.label for info in store.segments()], None
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


def halfway(w2v, patch):
    """Return the store of a removal that was stopped when all was still to be unlinked."""
    removal = Stage("remove-two", w2v, patch)
    segments = [sum(n.endswith(".segment") for n in files) for files in removal.clean.disk.seen]
    return Stage("again", w2v, patch, removal.clean.disk.seen[segments.index(max(segments))])


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
