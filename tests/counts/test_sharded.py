"""Counting in shards: whatever is cut where, and whoever counts, it is the one-machine segment."""

import os
import signal
from functools import partial
from itertools import count as numbers
from pathlib import Path

import pytest
from helpers.segment_scenes import COUNTING
from helpers.texts import random_lines
from hypothesis import given
from hypothesis import strategies as st

from w2vcli.counts import shard_results, sharded
from w2vcli.counts.shard_results import FOLDER
from w2vcli.counts.shard_tasks import CountTask, MergeTask
from w2vcli.counts.sharded import Sharding
from w2vcli.counts.shards import shards_of, sources_of
from w2vcli.counts.store import Store
from w2vcli.counts.task_runner import InThisProcess, ProcessRunner
from w2vcli.errors import DataError, InputError, UsageError, W2VError
from w2vcli.text.corpus import Corpus
from w2vcli.text.expected import Expected
from w2vcli.text.reading import Reading
from w2vcli.text.rules import TextRules

MEMORY = 1 << 29
WORDS = [
    "the",
    "king",
    "rules",
    "a",
    "land",
    "and",
    "queen",
    "sits",
    "in",
    "town",
    "new",
    "york",
    "don't",
    "ΑΣ",
    "é",
]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


text_of = partial(random_lines, WORDS)


class Recording:
    """Does tasks here, and stops before one; remembers which were done."""

    workers, link = 1, None

    def __init__(self, stop=None):
        self.done = []
        self._stop = stop

    def run(self, function, tasks):
        for index, task in enumerate(tasks):
            if isinstance(task, CountTask | MergeTask):
                if len(self.done) == self._stop:
                    raise KeyboardInterrupt
                self.done.append(task)
            yield index, function(task)


def added(folder, corpus, runner=None, size=100, **more):
    sharding = Sharding(runner, MEMORY, size) if runner else None
    store = Store(folder, 1)
    return store.add(corpus, "day", COUNTING.windows, sharding=sharding, **more)


def same(corpus_of, runner=None, size=100):
    """Check that shards make the segment of one machine, and return what was done."""
    one = added("one", corpus_of())
    done = added("shards", corpus_of(), runner or InThisProcess(), size)
    assert done.made[0].path.read_bytes() == one.made[0].path.read_bytes()
    assert [vars(record) for record in done.texts] != []
    for ours, theirs in zip(done.texts, one.texts, strict=True):
        ours.sketch = theirs.sketch = None  # they are in the bytes
        assert ours == theirs
    assert done.beginnings == one.beginnings
    assert done.shared == one.shared
    assert [p.name for p in Path("shards").iterdir()] == [done.made[0].path.name]
    return done


@pytest.mark.parametrize("size", [1, 50, 333, 10_000])
@pytest.mark.parametrize(
    "rules",
    [TextRules(), TextRules(lower=True, tokenize="words", lines="sentence")],
    ids=["plain", "sentences"],
)
def test_of_any_size_they_make_the_segment_of_one_machine(size, rules):
    lines = 60 if size > 1 else 10  # there is a shard for each byte
    for name in "abc":
        Path(name).write_text(text_of(name, lines), encoding="utf-8")
    Path("empty").touch()
    Path("unended").write_text(text_of("u", lines).rstrip("\n"), encoding="utf-8")
    same(lambda: Corpus(["a", "empty", "b", "unended", "c"], rules), size=size)


NUMBERS = numbers()
LINES = st.lists(st.sampled_from(["a b c d e f", "b", "", "c a\r", "g h i j k"]), max_size=12)


@given(st.lists(LINES, min_size=1, max_size=4), st.integers(1, 40))
def test_any_texts_cut_anywhere(tmp_path_factory, texts, size):
    folder = tmp_path_factory.getbasetemp() / f"any-{next(NUMBERS)}"
    folder.mkdir()
    for number, lines in enumerate(texts):
        (folder / str(number)).write_text("\n".join(lines))
    names = [str(folder / str(number)) for number in range(len(texts))]
    if not any(Path(name).read_text().split() for name in names):
        with pytest.raises(InputError, match="no words"):
            added(folder / "shards", Corpus(names), InThisProcess(), size)
        return
    one = added(folder / "one", Corpus(names))
    done = added(folder / "shards", Corpus(names), InThisProcess(), size)
    assert done.made[0].path.read_bytes() == one.made[0].path.read_bytes()
    assert (done.beginnings, done.shared) == (one.beginnings, one.shared)


def test_many_shards_are_added_up_in_groups():
    Path("a").write_text(text_of(1, 600), encoding="utf-8")
    runner = Recording()
    same(lambda: Corpus(["a"]), runner, size=40)
    sums = [task for task in runner.done if isinstance(task, MergeTask)]
    assert len(runner.done) - len(sums) > 256
    assert max(len(task.names) for task in sums) == 16
    assert len(sums) > 16


def test_a_later_run_takes_up_what_is_finished():
    for name in "ab":
        Path(name).write_text(text_of(name, 200), encoding="utf-8")
    expected = added("one", Corpus(["a", "b"])).made[0].path.read_bytes()
    whole = Recording()
    added("whole", Corpus(["a", "b"]), whole)
    done = 0
    for stop in (1, 20, 40, 2):
        with pytest.raises(KeyboardInterrupt):
            added("shards", Corpus(["a", "b"]), runner := Recording(stop))
        done += len(runner.done)
        assert not list(Path("shards").glob("*.segment"))
    last = Recording()
    segment = added("shards", Corpus(["a", "b"]), last).made[0]
    assert segment.path.read_bytes() == expected
    assert done + len(last.done) == len(whole.done)  # nothing was done twice
    assert not Path("shards", FOLDER).exists()


def test_what_nobody_takes_up_is_removed_after_a_week():
    Path("a").write_text(text_of("a"), encoding="utf-8")
    with pytest.raises(KeyboardInterrupt):
        added("shards", Corpus(["a"]), Recording(3))
    left = list(Path("shards", FOLDER).iterdir())
    assert len(left) == 3
    Path("b").write_text(text_of("b"), encoding="utf-8")
    added("shards", Corpus(["b"]))
    assert sorted(Path("shards", FOLDER).iterdir()) == sorted(left)
    for path in left:
        past = path.stat().st_mtime - shard_results._WEEK_SECONDS
        os.utime(path, (past, past))
    Path("c").write_text(text_of("c"), encoding="utf-8")
    added("shards", Corpus(["c"]))
    assert not Path("shards", FOLDER).exists()


def test_a_file_that_changed_between_two_runs_is_counted_anew():
    Path("a").write_text(text_of(1), encoding="utf-8")
    with pytest.raises(KeyboardInterrupt):
        added("shards", Corpus(["a"]), Recording(3))
    Path("a").write_text(text_of(2), encoding="utf-8")
    expected = added("one", Corpus(["a"])).made[0].path.read_bytes()
    assert added("shards", Corpus(["a"]), Recording()).made[0].path.read_bytes() == expected


def test_texts_that_are_there_are_not_counted():
    for name in "abc":
        Path(name).write_text(text_of(name), encoding="utf-8")
    Path("copy").write_bytes(Path("b").read_bytes())
    added("shards", Corpus(["a"]))
    runner = Recording()
    done = added("shards", Corpus(["a", "b", "copy", "c"]), runner)
    assert [record.name for record in done.skipped] == ["a", "copy"]
    assert [record.name for record in done.texts] == ["b", "c"]
    counted = [task.shard for task in runner.done if isinstance(task, CountTask)]
    assert {each.name for shard in counted for each in shard.ranges} == {"b", "c"}
    again = added("shards", Corpus(["c", "a"]), runner := Recording())
    assert (again.made, runner.done) == ([], [])


def test_texts_that_another_process_adds_meanwhile_are_left_to_it(monkeypatch):
    for name in "ab":
        Path(name).write_text(text_of(name, 5), encoding="utf-8")
    real, told = sharded.input_of, []

    def input_of(record, label):
        if not told:
            told.append(record)
            added("shards", Corpus(["a"]))
        return real(record, label)

    monkeypatch.setattr(sharded, "input_of", input_of)
    done = added("shards", Corpus(["a", "b"]), InThisProcess(), 10_000)
    assert told
    assert [record.name for record in done.texts] == ["b"]
    assert len(Store("shards").segments()) == 2


@pytest.mark.parametrize("packed", [False, True])
def test_beginnings_and_shared_lines_are_found(packed):
    import gzip

    whole = text_of("w", 80)
    Path("whole").write_text(whole, encoding="utf-8")
    start = "".join(whole.splitlines(keepends=True)[:50]).encode()
    Path("start").write_bytes(gzip.compress(start) if packed else start)
    Path("other").write_text("new\n" + whole, encoding="utf-8")
    for names in (["start", "whole", "other"], ["other", "whole", "start"]):
        for folder in ("one", "shards"):
            for path in Path(folder).glob("*"):
                path.unlink()
        done = same(lambda names=names: Corpus(names))
        assert done.beginnings or packed
        assert done.shared
    with pytest.raises(DataError, match="nothing was counted, as --overlap refuse asks"):
        added("refusing", Corpus(["start", "whole"]), InThisProcess(), overlap="refuse")
    assert not list(Path("refusing").glob("*.segment"))


@pytest.mark.parametrize("how", ["replace", "skip-line"])
def test_bad_bytes_are_reported_as_on_one_machine(how):
    lines = text_of(3).encode().splitlines(keepends=True)
    lines[20] = b"bad \xff\xff bytes\n"
    lines[40] = b"\xe2\x82\n"
    Path("a").write_bytes(b"".join(lines))
    Path("b").write_bytes(b"\xff\nsound words\n")
    same(lambda: Corpus(["a", "b"], reading=Reading(on_bad_bytes=how)))


@pytest.mark.parametrize("size", [10, 100, 5000])
def test_bad_bytes_of_all_files_are_named_together_as_on_one_machine(size):
    for number, name in enumerate("abcd"):
        lines = text_of(name).encode().splitlines(keepends=True)
        if name != "b":
            lines[10 * number + 5] = b"a bad \xff line\n"
            lines[50] = b"\xff\n"
        Path(name).write_bytes(b"".join(lines))
    corpus = Corpus(["a", "b", "c", "d"])
    with pytest.raises(DataError) as expected:
        added("one", corpus)
    with pytest.raises(DataError) as found:
        added("shards", corpus, ProcessRunner(1) if size == 100 else InThisProcess(), size)
    assert str(found.value) == str(expected.value)
    assert "3 of the 4 files" in str(found.value)
    with pytest.raises(DataError) as found:
        added("shards", Corpus(["c"]), InThisProcess(), size)
    assert str(found.value).startswith("c, line 26, byte 7: 0xff is not valid UTF-8")
    assert not list(Path("shards").glob("*.segment"))


def test_what_a_text_has_to_be():
    text = text_of(9)
    Path("a").write_text(text + "#END\n", encoding="utf-8")
    same(lambda: Corpus(["a"], expected=Expected(end_mark="#END", lines=60)))
    for expected in (Expected(end_mark="#DONE"), Expected(lines=60), Expected(sha256="0" * 64)):
        with pytest.raises(DataError) as one:
            added("other", Corpus(["a"], expected=expected))
        with pytest.raises(DataError) as found:
            added("other", Corpus(["a"], expected=expected), InThisProcess())
        assert str(found.value) == str(one.value)


def test_compressed_files_and_other_encodings_are_one_shard():
    import gzip

    text = text_of(5, 300)
    Path("a.gz").write_bytes(gzip.compress(text.encode()))
    Path("b").write_text(text, encoding="utf-16")
    Path("c").write_text(text, encoding="utf-8")
    assert len(shards_of(sources_of(Corpus(["a.gz"])), 100)) == 1
    assert len(shards_of(sources_of(Corpus(["b"], reading=Reading("utf-16"))), 100)) == 1
    assert len(shards_of(sources_of(Corpus(["c"])), 100)) > 50
    same(lambda: Corpus(["a.gz", "c"]))


def test_what_is_no_file_cannot_be_cut():
    os.mkfifo("pipe")
    for name in ("-", "pipe"):
        with pytest.raises(UsageError, match="only files can be read in parts"):
            added("shards", Corpus([name]), InThisProcess())


def test_shards_of_large_files_depend_on_their_size_alone():
    from w2vcli.counts.shards import Source

    mega = 1 << 20
    sizes = [
        shards_of([Source("a", size * mega, "", is_plain=True)])[0].stored // mega
        for size in (15, 16, 100, 2048, 1 << 20)
    ]
    assert sizes == [15, 16, 16, 32, 64]


def test_workers_that_do_not_see_the_folder_return_their_results(monkeypatch):
    Path("a").write_text(text_of(1, 300), encoding="utf-8")
    seen = shard_results.ShardResults.is_seen

    class Elsewhere(Recording):
        def run(self, function, tasks):
            for index, task in enumerate(tasks):
                monkeypatch.setattr(shard_results.ShardResults, "is_seen", lambda _self: False)
                result = function(task)
                monkeypatch.setattr(shard_results.ShardResults, "is_seen", seen)
                yield index, result

    same(lambda: Corpus(["a"]), Elsewhere(), size=50)


# --- processes --------------------------------------------------------------------------


class Killing:
    """Two processes, of which one is killed when some tasks are done."""

    workers, link = 2, None

    def run(self, function, tasks):
        from w2vcli.system import processes

        started = []
        real = processes._Process.__init__

        def init(self):
            real(self)
            started.append(self)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(processes._Process, "__init__", init)
            for number, done in enumerate(processes.run_in_processes(function, tasks, 2)):
                if number == 3:
                    os.kill(started[0]._process.pid, signal.SIGKILL)
                yield done


@pytest.mark.once
def test_two_processes_of_which_one_is_killed():
    Path("a").write_text(text_of(1, 300), encoding="utf-8")
    same(lambda: Corpus(["a"]), Killing(), size=500)


@pytest.mark.once
def test_memory_is_divided():
    assert ProcessRunner(2).share(1 << 30) == ((1 << 30) - (128 << 20)) // 2
    with pytest.raises(UsageError, match=r"--memory 1024M is too little for 8 .* 1408M at least"):
        ProcessRunner(8).share(1 << 30)


@pytest.mark.once
def test_a_store_that_counts_otherwise_refuses_before_anything_is_counted():
    Path("a").write_text(text_of(1), encoding="utf-8")
    added("shards", Corpus(["a"]))
    Path("b").write_text(text_of(2), encoding="utf-8")
    with pytest.raises(W2VError, match="counts with"):
        added("shards", Corpus(["b"], TextRules(lower=True)), runner := Recording())
    assert runner.done == []


@pytest.mark.once
@pytest.mark.parametrize("other", [False, True])
def test_what_a_dead_worker_was_writing_is_no_result(other):
    """It is removed in the end, unless another process is at work there: it may be its own."""

    class Dying(InThisProcess):
        def run(self, function, tasks):
            Path("shards/.shards/.abc.segment.0123abcd.tmp").touch()
            if other:
                Path("shards/.shards/client-0123456789abcdef").touch()
            yield from super().run(function, tasks)

    Path("a").write_text(text_of(1), encoding="utf-8")
    done = added("shards", Corpus(["a"]), Dying())
    left = {path.name for path in Path("shards").rglob("*")} - {done.made[0].path.name}
    names = {".shards", ".abc.segment.0123abcd.tmp", "client-0123456789abcdef"}
    assert left == (names if other else set())


class Robbed(Recording):
    """Does tasks here, and another process counts the same, at a moment, to the end."""

    def __init__(self, at):
        super().__init__()
        self._at = at

    def run(self, function, tasks):
        for index, task in enumerate(tasks):
            yield index, function(task)
            self.done.append(task)
            if len(self.done) == self._at:
                added("shards", Corpus(["a", "b"]), InThisProcess())


@pytest.mark.parametrize("at", [1, 3, 40, 80, 88])
def test_another_process_may_count_the_same_and_be_done_first(at):
    for name in "ab":
        Path(name).write_text(text_of(name, 200), encoding="utf-8")
    expected = added("one", Corpus(["a", "b"])).made[0].path.read_bytes()
    runner = Robbed(at)
    done = added("shards", Corpus(["a", "b"]), runner)
    assert len(runner.done) >= at
    assert (done.made, len(done.skipped)) == ([], 2)
    (segment,) = Path("shards").iterdir()
    assert segment.read_bytes() == expected
