"""Stores behind URLs: what a local store does, whoever is killed, fails or is quicker."""

import itertools
import json
import os
import time
from pathlib import Path

import fsspec
import pytest
from helpers import store_scenes as scenes
from helpers.kills import killed
from helpers.object_store import objects, s3_server
from helpers.segment_scenes import COUNTING

from w2vcli.counts import remote_listing
from w2vcli.counts.sharded import Sharding
from w2vcli.counts.store import Store
from w2vcli.counts.task_runner import InThisProcess
from w2vcli.errors import DataError, InputError, OutputError, StorageError, UsageError
from w2vcli.system import files, locks
from w2vcli.text.corpus import Corpus
from w2vcli.text.windows import Windows


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("W2VCLI_CACHE_DIR", str(tmp_path / "cache"))
    scenes.write()
    return tmp_path


@pytest.fixture
def disk(here):
    """The class of the file system ``objects://``, whose files are in the folder ``disk``."""
    (here / "disk").mkdir()
    with objects(here / "disk") as system:
        yield system


@pytest.fixture(scope="module")
def server():
    with s3_server() as address:
        yield address


@pytest.fixture(params=["memory", "objects", "s3"])
def url(request, here):
    """The URL of a store that is not there yet."""
    if request.param == "objects":
        request.getfixturevalue("disk")
    if request.param == "s3":
        request.getfixturevalue("server")
        return f"s3://bucket/{here.name}"
    return f"{request.param}://{here.name}-store"


def forgotten(here):
    """Forget the mirror, as another machine does not have it."""
    (here / "cache").rename(here / f"cache-{time.monotonic_ns()}")


# --- what a local store does --------------------------------------------------------------


def test_it_has_the_bytes_of_a_local_store(url, here):
    local, remote = scenes.store_of("ab", "c"), scenes.store_of("ab", "c", folder=url)
    scenes.check(remote, "abc")
    forgotten(here)
    again = Store(url)
    for label in "12":
        with local.opened(label) as (one,), again.opened(label) as (other,):
            assert one.info.path.read_bytes() == other.info.path.read_bytes()
    assert again.compact().made[0].types == local.compact().made[0].types
    assert scenes.bytes_of(url) == scenes.bytes_of("store")


def test_it_is_changed_as_a_local_store(url, here):
    store = scenes.store_of("a", "b", "c", "d", folder=url)
    assert [r.name for r in scenes.add(store, "ab", "5").skipped] == ["a", "b"]
    scenes.subtract(store, "a")
    scenes.check(store, "bcd")
    store.keep("last:2")
    scenes.check(store, "cd")
    store.prune(2)
    assert all(info.pruned for info in store.segments("3"))
    forgotten(here)
    Store(url).remove("3")
    assert scenes.texts_of(store) == "d"
    Store(url).keep("but-last:1")
    scenes.check(store, "")


def test_metadata_is_read_without_the_counts(url, here):
    words = "".join(f"word{number} " for number in range(30_000))
    Path("long").write_text(words)
    store = Store(url)
    info = store.add(Corpus(["long"]), "long").made[0]
    forgotten(here)
    (again,) = Store(url).segments()
    assert again.as_json() == info.as_json()
    mirror = again.path.parent
    assert not again.path.exists()
    assert (mirror / "heads" / again.path.name).stat().st_blocks * 512 < info.bytes
    Store(url).verify([again])
    assert again.path.stat().st_size == info.bytes


def test_texts_counted_in_shards_have_the_same_bytes(url):
    scenes.add(Store("store"), "abc")
    done = Store(url).add(
        Corpus(list("abc")),
        "day-1",
        COUNTING.windows,
        sharding=Sharding(InThisProcess(), 1 << 30, 7),
    )
    assert len(done.texts) == 3
    assert scenes.bytes_of(url) == scenes.bytes_of("store")
    assert not list(done.made[0].path.parent.glob(".shards/*"))


def test_what_is_not_there_is_told_by_its_url(url):
    with pytest.raises(InputError, match=f"{url}: not a store: nothing is there"):
        Store(url).segments()
    store = scenes.store_of("a", folder=url)
    with pytest.raises(InputError, match=f"{url}: no segment has the label '9'"):
        store.remove("9")
    assert Store(url).windows().size == COUNTING.windows.size
    with pytest.raises(UsageError, match=f"the store {url} counts with"):
        store.add(Corpus(["b"]), "2", Windows(7))


def test_the_copy_of_a_local_store_is_a_store(disk):
    scenes.store_of("a", "b")
    Path("store").rename("disk/copy")
    scenes.check(Store("objects://copy"), "ab")
    assert not list(Path("disk/copy").glob("listing*"))
    store = Store("objects://copy")
    store.remove("1")
    scenes.check(store, "b")
    assert sorted(p.name for p in Path("disk/copy").glob("listing*")) == [
        "listing.00000000",
        "listing.00000001",
    ]


def test_a_url_of_a_file_is_a_local_store(here):
    scenes.store_of("a", folder=f"file://{here}/store")
    scenes.check(Store("store"), "a")


# --- two writers --------------------------------------------------------------------------


class _Rival:
    """Changes the store from another machine, just before the listing is made."""

    def __init__(self, disk, here, change, times=1):
        self.left = times
        self._disk, self._here, self._change = disk, here, change

    def __enter__(self):
        self._disk.before = staticmethod(self._asked)
        return self

    def __exit__(self, *_):
        self._disk.before = staticmethod(lambda _name: None)

    def _asked(self, name):
        if name == "pipe_file" and self.left:
            self.left -= 1
            own, self.left = self.left, 0
            mine = os.environ["W2VCLI_CACHE_DIR"]
            os.environ["W2VCLI_CACHE_DIR"] = str(self._here / "other-machine")
            try:
                self._change(Store("objects://store"))
            finally:
                os.environ["W2VCLI_CACHE_DIR"] = mine
                self.left = own


CLASHES = {
    "both add": (lambda s: scenes.add(s, "c"), lambda s: scenes.add(s, "d"), "abcd"),
    "both add the same": (lambda s: scenes.add(s, "cd"), lambda s: scenes.add(s, "c"), "abcd"),
    "add, compact": (lambda s: scenes.add(s, "c"), lambda s: s.compact(), "abc"),
    "compact, add": (lambda s: s.compact(), lambda s: scenes.add(s, "c"), "abc"),
    "both compact": (lambda s: s.compact(), lambda s: s.compact(), "ab"),
    "compact, remove": (lambda s: s.compact(), lambda s: s.remove("1"), "b"),
    "subtract, compact": (lambda s: scenes.subtract(s, "a"), lambda s: s.compact(), "b"),
    "keep, add": (lambda s: s.keep("last:1"), lambda s: scenes.add(s, "c", "3"), "c"),
}


@pytest.mark.parametrize("clash", CLASHES)
def test_a_writer_that_is_outrun_begins_again(disk, here, clash):
    one, other, texts = CLASHES[clash]
    store = scenes.store_of("a", "b", folder="objects://store")
    with _Rival(disk, here, other) as rival:
        one(store)
    assert rival.left == 0
    scenes.check(store, texts)
    forgotten(here)
    scenes.check(Store("objects://store"), texts)
    listed = json.loads(max(Path("disk/store").glob("listing.*")).read_bytes())["segments"]
    assert {p.name for p in Path("disk/store").glob("*.segment")} == set(listed)


def test_an_answer_that_was_lost_is_no_rival(disk):
    store = scenes.store_of("a", folder="objects://store")
    asked = []

    def lost(name):
        if name == "pipe_file":
            asked.append(name)
            raise TimeoutError("no answer")

    disk.after = staticmethod(lost)
    scenes.add(store, "b", "2")
    assert asked == ["pipe_file"]
    scenes.check(store, "ab")


def test_a_server_that_replaces_files_is_refused(disk, monkeypatch):
    def replaced(_self, path, value, **_):
        Path(disk.root, "store").mkdir(exist_ok=True)
        Path(disk._strip_protocol(path)).write_bytes(value)

    monkeypatch.setattr(disk, "pipe_file", replaced)
    with pytest.raises(OutputError, match="this server cannot keep two writers apart"):
        scenes.store_of("a", folder="objects://store")
    assert list(Path("disk/store").iterdir()) == []


def test_a_protocol_that_cannot_keep_writers_apart_is_only_read(disk, monkeypatch):
    store = scenes.store_of("a", folder="objects://store")
    monkeypatch.setattr("w2vcli.system.remote_folder._MAKE_ONCE", ("s3",))
    scenes.check(store, "a")
    for change in (lambda: scenes.add(store, "b"), store.compact, lambda: store.remove("1")):
        with pytest.raises(UsageError, match="objects:// cannot keep two writers apart"):
            change()


# --- failures and kills -------------------------------------------------------------------


CHANGED = {
    "add": (lambda store: scenes.add(store, "c", "3"), "ab", "abc"),
    "compact": (lambda store: store.compact(), "ab", "ab"),
    "keep": (lambda store: store.keep("but-last:2"), "ab", ""),
    "subtract": (lambda store: scenes.subtract(store, "a"), "ab", "b"),
}


def rewound(here, kept):
    """Bring back a store, as it was, on a machine that has not seen it."""
    folder = here / "disk" / "store"
    if folder.exists():
        folder.rename(here / f"old-{time.monotonic_ns()}")
    folder.mkdir()
    for name, data in kept.items():
        (folder / name).write_bytes(data)
    if (here / "cache").exists():
        forgotten(here)


def begun(here):
    scenes.store_of("a", "b", folder="objects://store")
    return {path.name: path.read_bytes() for path in (here / "disk/store").iterdir()}


def check_either(change, before, after):
    """Check that the store is as before a change or after it, and that the change can be made."""
    store = Store("objects://store")
    assert scenes.texts_of(store) in (before, after)
    scenes.check(store, scenes.texts_of(store))
    change(store)
    scenes.check(store, after)


@pytest.mark.parametrize("name", CHANGED)
def test_a_killed_writer_leaves_the_store_as_before_or_after(disk, here, name):
    change, before, after = CHANGED[name]
    kept = begun(here)
    for at in itertools.count():
        rewound(here, kept)
        number = itertools.count()

        def dying(_name, number=number, at=at):
            if next(number) == at:
                os.kill(os.getpid(), 9)

        disk.before = staticmethod(dying)
        was_killed = killed(lambda: change(Store("objects://store")), 10**9)
        disk.before = staticmethod(lambda _name: None)
        check_either(change, before, after)
        if not was_killed:
            assert at > 8
            break


@pytest.mark.parametrize("name", ["add", "compact"])
def test_a_writer_killed_at_its_mirror_does_no_harm(disk, here, name):
    change, before, after = CHANGED[name]
    kept = begun(here)
    for at in itertools.count():
        rewound(here, kept)
        was_killed = killed(lambda: change(Store("objects://store")), at, files, locks)
        check_either(change, before, after)
        if not was_killed:
            assert at > 8
            break


@pytest.mark.parametrize("name", ["add", "compact"])
@pytest.mark.parametrize(
    ("error", "kinds", "lasting"),
    [
        (ConnectionError("the server is gone"), (StorageError,), True),
        (TimeoutError("no answer"), (StorageError,), False),
        (PermissionError("Access Denied"), (InputError, OutputError), True),
    ],
)
def test_a_failure_leaves_the_store_as_before_or_after(disk, here, name, lasting, error, kinds):
    change, before, after = CHANGED[name]
    kept = begun(here)
    for at in itertools.count():
        rewound(here, kept)
        seen = []

        def failing(operation, seen=seen, at=at):
            seen.append(operation)
            if len(seen) - 1 == at or (lasting and len(seen) > at):
                raise error

        disk.before = staticmethod(failing)
        failure = None
        try:
            change(Store("objects://store"))
        except kinds as raised:
            failure = raised
        finally:
            disk.before = staticmethod(lambda _name: None)
        if failure:
            assert str(failure).startswith("objects://store")
            assert str(here) not in str(failure)
        else:  # that what counts no more cannot be removed does not matter
            assert len(seen) <= at or seen[at] in ("rm_file", "pipe_file")
        check_either(change, before, after)
        if len(seen) <= at:
            assert {"ls", "cat_file", "pipe_file"} < set(seen)
            break


def test_what_killed_writers_left_is_removed_after_a_week(disk, here):
    store = scenes.store_of("a", "b", folder="objects://store")
    left = here / "disk/store/1.0123abcd.segment"
    left.write_bytes(b"half")
    scenes.check(store, "ab")
    store.compact()
    assert left.exists()
    week = time.time() - 8 * 24 * 3600
    for path in left.parent.iterdir():
        os.utime(path, (week, week))
    scenes.check(store, "ab")
    assert left.exists()
    scenes.add(store, "c")
    assert not left.exists()
    assert len(list(left.parent.glob("listing.*"))) == 2
    scenes.check(store, "abc")


def test_a_change_that_took_a_day_is_given_up(disk, monkeypatch):
    store = scenes.store_of("a", folder="objects://store")
    real = disk.put_file

    def slow(self, *arguments, **more):
        real(self, *arguments, **more)
        now = time.time() + 25 * 3600
        monkeypatch.setattr(remote_listing.time, "time", lambda: now)

    monkeypatch.setattr(disk, "put_file", slow)
    with pytest.raises(StorageError, match="has taken more than a day"):
        scenes.add(store, "b")
    monkeypatch.undo()


def test_a_damaged_mirror_is_mended(url, here):
    scenes.store_of("ab", folder=url)
    (path,) = (info.path for info in Store(url).segments())
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    scenes.check(Store(url), "ab")


def test_damage_behind_the_url_is_named(disk, here):
    store = scenes.store_of("ab", folder="objects://store")
    (info,) = store.segments()
    there = here / "disk/store" / info.path.name
    data = bytearray(there.read_bytes())
    data[-1] ^= 1
    there.unlink()
    there.write_bytes(data)
    forgotten(here)
    with pytest.raises(DataError, match=f"objects://store/{info.path.name}: .*damaged"):
        Store("objects://store").verify(Store("objects://store").segments())
    there.unlink()
    forgotten(here)
    with pytest.raises(InputError, match="objects://store/1"):
        Store("objects://store").segments()


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"format":"w2vcli-store","version":2}'])
def test_a_wrong_listing_is_named(disk, here, data):
    scenes.store_of("a", folder="objects://store")
    (here / "disk/store/listing.00000002").write_bytes(data)
    with pytest.raises(DataError, match=r"listing\.00000002: not a listing"):
        Store("objects://store").segments()


def test_an_unknown_protocol_names_the_package():
    with pytest.raises(InputError, match="the protocol nosuch:// is not known"):
        Store("nosuch://bucket/store")


def test_the_mirror_forgets_what_the_store_has_no_more(disk, here):
    store = scenes.store_of("a", "b", folder="objects://store")
    old = [info.path for info in store.segments()]
    Store("objects://store").verify(store.segments())
    mine = os.environ["W2VCLI_CACHE_DIR"]
    os.environ["W2VCLI_CACHE_DIR"] = str(here / "other-machine")
    Store("objects://store").compact()
    os.environ["W2VCLI_CACHE_DIR"] = mine
    week = time.time() - 8 * 24 * 3600
    for path in old:
        assert path.exists()
        os.utime(path, (week, week))
    scenes.check(store, "ab")
    assert not any(path.exists() for path in old)


# --- Amazon's protocol --------------------------------------------------------------------


def test_no_bucket_no_credentials_no_server(server, here, monkeypatch):
    with pytest.raises(OutputError, match=r"s3://nosuch/store.*bucket"):
        scenes.add(Store("s3://nosuch/store"), "a")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(here / "none"))
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    with pytest.raises(InputError, match=r"s3://bucket/none: .*credentials"):
        scenes.add(Store("s3://bucket/none"), "a")
    monkeypatch.undo()


def test_a_server_that_is_gone_is_an_error_of_storage(here):
    with s3_server():
        store = scenes.store_of("a", folder="s3://bucket/store")
        scenes.check(store, "a")
    # The address stands in the file system, which was made while the server was there.
    with pytest.raises(StorageError, match=r"s3://bucket/store.*check the network"):
        scenes.add(store, "b")
