"""Every benchmark on a tiny corpus: not what it measures, but that it can."""

import json
import math
import random
import re
import sys
from contextlib import nullcontext
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from bench import bench_quality, peers, run
from bench.evaluation import Judges, similarity_sets, space_of
from bench.processes import VARIABLES, CommandError, measured, w2vcli
from bench.rare_words import RarePairs
from bench.report import NOT_INSTALLED, Report
from bench.setting import Setting, Sizes, plain_text

TINY = Sizes(
    step_words=50, step_batch=8, step_targets={4: 0.65},
    stream_words=30, stream_dim=4, stream_batch=64, warm_up=1, batches=3,
    warm_up_tokens=200, times=(1, 2),
    command_tokens=300, starts=1, large=(50, 4), demo=False,
    asked=((60, 4), (40, 3)), questions=30,
    thread_tokens=300, threads=(1, 2),
    parts=2, nights=1, pipe_times=2,
    raw_times=2, phrase_threshold=0.1, exported=(50, 4), map_words=40, map_frames=10,
    planned=(2, 9), rare=10_000, fewest_pairs=2,
    vocabularies=(20, 40, 60),
    shard=1500, tiny_shards=(3, 20), block_words=(20, 40), block_dim=4, blocks=2,
)  # fmt: skip

# The rows that each benchmark is there for.
ROWS = {
    "a": ["d = 4", "d = 4, best"],
    "b": ["cbow", "skipgram"],
    "c": ["wall, s", "peak memory, GB", "input: analogies, all", "sum: simlex999, Spearman",
          "both: mean of 2 sets"],
    "d": ["training, corpus x 1", "training, corpus x 2", "reading and counting, x 2"],
    "e": ["--help", "train", "train cbow", "analogy", "similar, V = 50, d = 4",
          "similar x 30, V = 60, input", "similar x 30, V = 40, both", "analogy x 30, V = 40, add"],
    "f": ["text to pair counts, vocabulary given", "spectral start / one pass"],
    "g": ["wall, s", "loss, one night", "blend: analogies, 1 nights",
          "model from the store, from the texts"],
    "h": ["tokenize", "tokenize --punctuation keep", "phrases, s", "joining them, MB/s",
          "export .vec, s", "import .bin, peak memory, MB"],
    "m": ["panning, all words in view", "zooming in and out", "panning, a word selected"],
    "p": ["corpus, V = 40: wall, s", "corpus, V = 40: peak memory, MB",
          "corpus, V = 40: before the passes, s", "corpus, V = 40: the plan itself, s"],
    "q": ["all defaults", "  one pass: input", "  one pass: both"],
    "v": ["V = 40, peak memory, GB", "V = 40, mean of 2 sets", "V = 20, analogies, all"],
    "subwords": ["wall, s", "peak memory, GB; without --subwords", "blend, rare: simlex999 [3]",
                 "input, rare: mean of 2 sets [6]", "blend: analogies, syntactic",
                 "blend: simlex999, Spearman; without --subwords"],
    "cluster": ["counted, tokens/s", "  counting, s", "segment", "20 tiny tasks, s",
                "V = 40: added by workers", "  losses and gradients"],
}  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A folder with a corpus of 2,000 tokens, and what its words are judged by."""
    folder = tmp_path_factory.mktemp("bench")
    draw = random.Random(1)
    words = [f"word{number}" for number in range(40)]
    weights = [1 / (rank + 1) for rank in range(40)]
    lines = [" ".join(draw.choices(words, weights, k=20)) for _ in range(100)]
    (folder / "corpus.txt").write_text("\n".join([*lines, ""]))
    (folder / "questions-words.txt").write_text(
        ": family\nword0 word1 word2 word3\nword4 word5 word6 word7\n"
        ": gram1\nword1 word2 word3 word4\n"
    )
    for name in ("wordsim353.tsv", "simlex999.tsv"):
        (folder / name).write_text("word0\tword1\t7.5\nword2\tword3\t2.5\nword4\tword5\t5\n")
    return folder


@pytest.fixture
def setting(data, tmp_path, monkeypatch):
    # Commands do so little that compiling is slower. Not in this process: Numba would notice.
    monkeypatch.setitem(VARIABLES, "NUMBA_DISABLE_JIT", "1")
    monkeypatch.setattr(bench_quality, "TRIED", {"all defaults": [], "one pass": ["--passes", "1"]})
    corpus = plain_text(data / "corpus.txt")
    return Setting(corpus, tmp_path, data, repeats=1, min_count=2, sizes=TINY, peer=peers.none)


def shown(report):
    """The cells of each row of a printed table by its name."""
    table = report.text().split("\n\n")[1].splitlines()
    return {row.what: line for row, line in zip(report.rows, table[1:], strict=True)}


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=pytest.mark.cluster if n == "cluster" else ()) for n in run.BENCHMARKS],
)
def test_a_benchmark_measures(setting, name, request):
    if name == "m":  # there is one browser for all tests of a process
        browser = request.getfixturevalue("browser")
        setting = replace(setting, browser=lambda: nullcontext(browser))
    if name == "cluster":
        pytest.importorskip("distributed")
    report = import_module(f"bench.{run.BENCHMARKS[name][0]}").run(setting)
    title = report.text().splitlines()[0]
    assert title.startswith(f"({name}) ")
    size = int(re.search(r": V = ([\d,]+), ", title)[1].replace(",", ""))
    assert 10 < size <= 40
    table = shown(report)
    assert set(ROWS[name]) <= table.keys()
    assert all(re.search(r"\d|equal", line.removeprefix(row)) for row, line in table.items())
    assert "different" not in report.text()
    phrases = ["phrases, s", "phrases, peak memory, MB", "phrases found"]
    peer = {
        "b": ["cbow", "skipgram"], "c": list(table), "h": phrases, "v": list(table),
        "subwords": [row for row in table if "without" not in row],
    }.get(name, [])  # fmt: skip
    assert [row for row, line in table.items() if NOT_INSTALLED in line] == peer
    assert json.loads(report.json(name, {}))["V"] == size


def test_a_map_is_not_measured_where_there_is_no_browser(setting, monkeypatch):
    benchmark = import_module("bench.bench_map")
    monkeypatch.setattr(benchmark, "missing", lambda: "No such browser")
    report = benchmark.run(setting)
    assert {row.ours for row in report.rows} == {NOT_INSTALLED}
    assert "No such browser" in report.notes
    assert not report.numbers


def test_no_cluster_is_measured_without_dask(setting, monkeypatch):
    benchmark = import_module("bench.bench_cluster")
    monkeypatch.setattr(benchmark, "find_spec", lambda name: None)
    report = benchmark.run(setting)
    assert {row.ours for row in report.rows} == {NOT_INSTALLED}
    assert not report.numbers


def test_gensim_is_compared_with(setting, tmp_path):
    """And what is kept of it is found, and judged the same, the second time."""
    pytest.importorskip("gensim")
    benchmark = import_module("bench.bench_gensim")
    setting = replace(
        setting,
        peer=lambda name: Path(sys.executable),
        repeats=2,
        gensim=("default", "best"),
        keep_peers=tmp_path / "kept",
    )
    report = benchmark.run(setting)
    found = report.numbers["gensim"]
    assert found["default"]["V"] == found["best"]["V"] == report.words
    assert {len(found[name][which]) for name in found for which in ("costs", "sum")} == {2}
    assert found["default"]["both"][0]["questions"] == 3
    rows = {row.what: row for row in report.rows}
    assert len(rows) == 2 * (3 + 5 * 6)
    assert [what for what, row in rows.items() if row.target] == [
        "peak memory, GB",
        *(f"exported: {name}" for name in setting.judges.names.values()),
        "both: analogies, all",
        "both: mean of 2 sets",
    ]
    assert not any(NOT_INSTALLED in row.peer for row in report.rows)
    theirs = [verdict["mean"] for verdict in found["best"]["input"]]
    for title, vectors in (("exported", "blend"), ("input", "input")):
        (ours,) = report.numbers["ours"][vectors]
        difference = ours["mean"] - sum(theirs) / 2
        assert rows[f"best: {title}: mean of 2 sets"].result == f"{difference:+.3f}"

    again = Report("(c)", 40, "min-count 2", numbers={"gensim": {}})
    for name in setting.gensim:
        benchmark._gensim(setting, name, again)
    assert again.numbers["gensim"] == found
    taken = [note for note in again.notes if re.search(r"measured 20.*, and kept$", note)]
    assert len(taken) == 4
    assert not set(taken) & set(report.notes)


def test_ratios_differences_and_their_bounds():
    """Against ours three times: ratios are 1, differences 0, and what they miss is said."""
    benchmark = import_module("bench.bench_gensim")
    judges = Judges({}, {"one": [], "two": []})
    ours = dict.fromkeys(["analogies", "semantic", "syntactic", "one", "two", "mean"], 0.5)
    worse, better = (dict.fromkeys(ours, value) for value in (0.4, 0.6))
    report = Report("(c)", 7, "min-count 5", peer="gensim")
    benchmark._add_qualities(report, "", "exported", [ours], [better, ours, worse], judges)
    assert [(row.peer, row.result, row.target.bound, row.target.met) for row in report.rows] == [
        ("0.500 (0.400 to 0.600)", "x 1.00", ">= 1.15", False),
        ("0.500 (0.400 to 0.600)", "x 1.00", ">= 1.2", False),
        ("0.500 (0.400 to 0.600)", "x 1.00", ">= 1.03", False),
        ("0.500 (0.400 to 0.600)", "+0.000", ">= 0", True),
        ("0.500 (0.400 to 0.600)", "+0.000", ">= 0", True),
        ("0.500 (0.400 to 0.600)", "+0.000", ">= 0.01", False),
    ]
    nothing = dict.fromkeys(ours, math.nan)
    benchmark._add_qualities(report, "", "exported", [nothing], [ours, nothing], judges)
    assert [row.target.met for row in report.rows[6:]] == [None] * 6
    cost = {"seconds": 10, "cpu_seconds": 20, "peak_bytes": 1e9}
    for min_count, met in ((5, True), (20, False), (7, None)):
        benchmark._add_costs(report, "", [cost], [cost | {"seconds": 40}], min_count)
        target = report.rows[-3].target
        assert (target and target.met) is met
        assert report.rows[-3].result == "0.250"


def test_the_similarity_sets_of_a_folder_are_found(data, tmp_path):
    assert list(similarity_sets(data)) == ["simlex999", "wordsim353"]
    (tmp_path / "own.csv").write_text("word1,word2,score\nword1,word2,3\nword3,word1,4\n")
    (tmp_path / "unknown.txt").write_text("this that 1\n")
    (tmp_path / "notes.md").write_text("word1 word2 3\n")
    judges = Judges.found(data, tmp_path)
    assert judges.sets == {
        "own": [("word1", "word2", 3), ("word3", "word1", 4)],
        "unknown": [("this", "that", 1)],
    }
    axes = np.eye(4, dtype=np.float32)[[0, 1, 1, 0]]
    words = ["word0", "word1", "word2", "word3"]
    verdict = judges.verdict(space_of(words, axes, np.zeros_like(axes), "sum"))
    assert verdict["own"] == verdict["mean"] == -1
    assert math.isnan(verdict["unknown"])


def test_the_search_keeps_the_best_of_each_option(setting, monkeypatch, tmp_path):
    """With trainings of known worth: ten epochs and a wide window are better, all else is worse."""
    runs = import_module("bench.gensim_runs")
    asked = []

    def trained(interpreter, corpus, options, folder):
        asked.append(options)
        worth = (options["epochs"] == 10) + (options["window"] == 10) - (options["negative"] != 5)
        worth -= (options["sample"] != 1e-3) + (options["alpha"] != 0.025)
        return SimpleNamespace(space=lambda which: worth, costs={"seconds": 1})

    monkeypatch.setattr(runs, "trained", trained)
    judges = SimpleNamespace(verdict=lambda worth: {"analogies": worth, "mean": worth})
    found = list(runs.search(None, None, judges, 5, tmp_path))
    assert max(found, key=lambda one: one[1]["mean"])[0] == runs.DEFAULT | {
        "epochs": 10,
        "window": 10,
    }
    assert len(found) == 7
    assert all(options["min_count"] == 5 for options in asked)


def test_what_was_tried_are_options_of_train():
    known = w2vcli("train", "--help").stdout.split()
    asked = [word for options in bench_quality.TRIED.values() for word in options]
    assert {word for word in asked if word.startswith("--")} <= set(known)


def test_the_vocabulary_grows_as_gensims(setting, tmp_path):
    pytest.importorskip("gensim")
    sizes = replace(TINY, vocabularies=(20,))
    setting = replace(setting, sizes=sizes, peer=lambda name: Path(sys.executable))
    report = import_module("bench.bench_vocabulary").run(setting)
    assert list(report.numbers) == ["min-count 24"]
    found = report.numbers["min-count 24"]
    assert found["V"] == 20
    (mean,) = (row for row in report.rows if row.what == "V = 20, mean of 2 sets")
    assert mean.result == f"{found['ours']['mean'] - found['gensim']['mean']:+.3f}"


@pytest.fixture
def rare_sets(tmp_path):
    """Sets of pairs with words that the vocabulary lacks; no n-gram of ``x`` has a row."""
    folder = tmp_path / "sets"
    folder.mkdir()
    (folder / "some.tsv").write_text(
        "word0\tword1\t7\nword2\tWord3\t2\nwords\tword2\t4\nword\tpassword\t3\nx\tword1\t6\n"
    )
    (folder / "few.tsv").write_text("word1\tswords\t5\n")
    return folder


def test_fasttext_is_compared_with(setting, rare_sets, tmp_path, monkeypatch):
    """And what is kept of it is found, and judged the same, the second time."""
    pytest.importorskip("fasttext")
    runs = import_module("bench.fasttext_runs")
    monkeypatch.setattr(runs, "OPTIONS", runs.OPTIONS | {"dim": 6, "bucket": 500})
    setting = replace(
        setting,
        peer=lambda name: Path(sys.executable),
        similarity=rare_sets,
        keep_peers=tmp_path / "kept",
        repeats=2,
    )
    benchmark = import_module("bench.bench_subwords")
    train, ours_twice = benchmark._trained, {}

    def trained_once(setting, name, options):
        if name not in ours_twice:
            ours_twice[name] = train(setting, name, options)
        return ours_twice[name]

    monkeypatch.setattr(benchmark, "_trained", trained_once)
    report = benchmark.run(setting)
    found = report.numbers["fasttext"]
    assert len(found["costs"]) == len(found["verdicts"]) == 2
    rows = {row.what: row for row in report.rows}
    assert [what for what, row in rows.items() if row.target] == [
        "wall, s",
        "blend, rare: mean of 1 sets [2]",
        "blend, unseen: mean of 1 sets [2]",
        "blend: analogies, syntactic",
        "blend: few, Spearman; without --subwords",
        "blend: some, Spearman; without --subwords",
    ]
    assert not any(NOT_INSTALLED in row.peer for row in report.rows)
    assert "1 words of pairs have no n-gram of ours: left out on both" in report.notes
    row = rows["input, unseen: some [2]"]
    theirs = [verdict["rare words"]["unseen"]["some"] for verdict in found["verdicts"]]
    ours = report.numbers["ours"]["input"]["rare words"]["unseen"]["some"]
    assert abs(ours) == 1
    assert {abs(one) for one in theirs} == {1}
    assert row.result == f"{ours - sum(theirs) / 2:+.3f}"
    plain, with_ngrams = (report.numbers[name]["blend"]["some"] for name in ("plain", "ours"))
    row = rows["blend: some, Spearman; without --subwords"]
    assert row.result == f"{with_ngrams - plain:+.3f}"

    again = benchmark.run(setting)
    assert again.numbers["fasttext"] == found
    taken = [note for note in again.notes if re.search(r"run \d: measured 20.*, and kept$", note)]
    assert len(taken) == 2
    assert not set(taken) & set(report.notes)


def test_pairs_with_rare_and_with_unseen_words():
    sets = {
        "one": [("A", "b", 1), ("b", "c", 2), ("C", "d", 3), ("X", "a", 4), ("x", "y", 5)],
        "two": [("a", "b", 6)],
    }
    pairs = RarePairs.found(sets, ["a", "b", "c", "d", "D"], [200, 100, 99, 5, 1], 100)
    assert pairs.sets == {
        "rare": {"one": [("b", "c", 2), ("c", "d", 3)], "two": []},
        "unseen": {"one": [("x", "a", 4), ("x", "y", 5)], "two": []},
    }
    assert pairs.words == ["a", "b", "c", "d", "x", "y"]
    known = pairs.among({"a", "b", "c", "d", "x"})
    assert known.sets["rare"] == pairs.sets["rare"]
    assert known.sets["unseen"] == {"one": [("x", "a", 4)], "two": []}
    vectors = {"a": [0, 1], "b": [1, 0], "c": [1, 1], "d": [2, 1], "x": [1, 0], "y": [9, 0]}
    found = pairs.verdict(vectors, 2)
    assert found["rare"]["one"] == found["rare"]["mean"] == found["unseen"]["mean"] == 1
    assert math.isnan(found["rare"]["two"])
    vectors["y"] = [-1, 0]
    found = pairs.verdict(vectors, 3)
    assert found["unseen"]["one"] == -1
    assert math.isnan(found["unseen"]["mean"])


def test_what_ngrams_should_reach():
    """A difference that is not defined meets nothing; without a peer there is no target."""
    benchmark = import_module("bench.bench_subwords")
    report = Report("(subwords)", 7, "min-count 5", peer="other")
    for mine, peer in ((0.5, [0.4, 0.5, 0.6]), (0.4, [0.5]), (math.nan, [0.5]), (0.5, [])):
        benchmark._add(report, "row", mine, peer, 0)
    assert [row.result for row in report.rows] == ["+0.000", "-0.100", "+nan", ""]
    assert [row.target and row.target.met for row in report.rows] == [True, False, None, None]
    cost = {"seconds": 10, "cpu_seconds": 20, "peak_bytes": 1e9}
    for seconds, met in ((40, True), (39, False)):
        benchmark._add_costs(report, [cost], [cost | {"seconds": seconds}], [cost])
        targets = [row.target for row in report.rows[-6:]]
        assert targets[0].met is met
        assert targets[1:] == [None] * 5


def test_gensim_finds_the_same_phrases(setting):
    pytest.importorskip("gensim")
    benchmark = import_module("bench.bench_text")
    report = Report("(h)", 40, "min-count 2", peer="gensim")
    benchmark._phrases(replace(setting, peer=lambda name: Path(sys.executable)), report)
    (found,) = (row for row in report.rows if row.what == "phrases found")
    assert int(found.ours) > 0
    assert found.ours == found.peer


def test_pytorch_is_compared_with_the_fastest_way():
    report = Report("(b)", 3, "d = 4", peer="PyTorch", numbers={"cbow": {}})
    theirs = [{"Adam": 2.0, "fused": 4.0}, {"Adam": 2.0, "fused": 5.0}, {"Adam": 9.0, "fused": 4.0}]
    import_module("bench.bench_stream")._add(report, "cbow", 20.0, theirs)
    assert [row.what for row in report.rows] == ["cbow", "  Adam", "  fused (fastest)"]
    assert report.rows[0].result == "5.00"
    assert report.rows[0].target.met


def test_a_benchmark_that_fails_does_not_stop_the_others(data, monkeypatch, capsys, tmp_path):
    def broken(setting):
        raise KeyError("broken")

    def failing(setting):
        measured([sys.executable, "-c", "import sys; sys.exit('no such thing')"])

    def working(setting):
        assert setting.peer is peers.none
        return Report("(c) Nothing", 7, "measured")

    works = {"bench_step": broken, "bench_stream": failing, "bench_gensim": working}
    for name, work in works.items():
        monkeypatch.setattr(import_module(f"bench.{name}"), "run", work)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    arguments = ["--corpus", str(data / "corpus.txt"), "--no-peers", "--only"]
    assert run.main([*arguments, "a,b,c"]) == 1
    out, err = capsys.readouterr()
    assert re.search(r"(?s)\(a\) FAILED: Traceback.*KeyError: 'broken'", out)
    assert re.search(r"(?s)\(b\) FAILED: \S+ -c .*failed:\nno such thing", out)
    assert "(c) Nothing: V = 7, measured" in out
    assert re.search("all this took [0-9]+ s", out)
    assert err == "\nFAILED: a, b\n"
    assert run.main([*arguments, "c"]) == 0


def test_a_command_that_fails_says_what_it_said():
    with pytest.raises(CommandError, match=r"(?s)-c import nothing_of_this.*ModuleNotFoundError"):
        measured([sys.executable, "-c", "import nothing_of_this"])


def test_a_peer_that_cannot_be_installed_is_left_out(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(peers, "ENVIRONMENT", tmp_path / "venv")
    monkeypatch.setattr(peers.subprocess, "run", lambda command, check: Done(len(command) > 5))
    assert peers.interpreter("gensim") is None
    assert "gensim is left out, as this failed: " in capfd.readouterr().err


def test_a_peer_is_installed_once_and_again_for_another_python(tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(peers, "ENVIRONMENT", tmp_path)
    monkeypatch.setattr(
        peers.subprocess, "run", lambda command, check: calls.append(command) or Done()
    )
    for _ in range(2):
        assert peers.interpreter("torch") is not None
    assert len(calls) == 3
    assert peers.interpreter("gensim") is not None
    assert len(calls) == 5
    monkeypatch.setattr(sys, "version", "another")
    assert peers.interpreter("torch") is not None
    assert len(calls) == 8


class Done:
    def __init__(self, returncode=0):
        self.returncode = returncode
