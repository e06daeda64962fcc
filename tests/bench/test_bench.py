"""Every benchmark on a tiny corpus: not what it measures, but that it can."""

import json
import random
import re
import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
from bench import peers, run
from bench.processes import VARIABLES, CommandError, measured
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
    raw_times=2, phrase_threshold=0.1, exported=(50, 4),
)  # fmt: skip

# The rows that each benchmark is there for.
ROWS = {
    "a": ["d = 4", "d = 4, best"],
    "b": ["cbow", "skipgram"],
    "c": ["wall, s", "peak memory, GB", "analogies, all", "  input: SimLex-999, Spearman"],
    "d": ["training, corpus x 1", "training, corpus x 2", "reading and counting, x 2"],
    "e": ["--help", "train", "train cbow", "analogy", "similar, V = 50, d = 4",
          "similar x 30, V = 60, input", "similar x 30, V = 40, both", "analogy x 30, V = 40, add"],
    "f": ["text to pair counts, vocabulary given", "spectral start / one pass"],
    "g": ["wall, s", "loss, one night", "analogies, 1 nights",
          "model from the store, from the texts"],
    "h": ["tokenize", "tokenize --punctuation keep", "phrases, s", "joining them, MB/s",
          "export .vec, s", "import .bin, peak memory, MB"],
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
    corpus = plain_text(data / "corpus.txt")
    return Setting(corpus, tmp_path, data, repeats=1, min_count=2, sizes=TINY, peer=peers.none)


def shown(report):
    """The cells of each row of a printed table by its name."""
    table = report.text().split("\n\n")[1].splitlines()
    return {row.what: line for row, line in zip(report.rows, table[1:], strict=True)}


@pytest.mark.parametrize("name", run.BENCHMARKS)
def test_a_benchmark_measures(setting, name):
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
    peer = {"b": ["cbow", "skipgram"], "c": list(table), "h": phrases}.get(name, [])
    assert [row for row, line in table.items() if NOT_INSTALLED in line] == peer
    assert json.loads(report.json(name, {}))["V"] == size


def test_gensim_is_compared_with(setting):
    pytest.importorskip("gensim")
    benchmark = import_module("bench.bench_gensim")
    theirs = benchmark._gensim(replace(setting, peer=lambda name: Path(sys.executable)))
    assert theirs["V"] > 25
    assert theirs["questions"] == 3
    report = Report("(c)", 40, "min-count 2", peer="gensim")
    for key, row in (benchmark._COSTS | benchmark._QUALITIES).items():
        benchmark._add(report, key, row, theirs, theirs, targets=True)
    assert {row.what: row.result for row in report.rows if row.target} == {
        "wall, s": "1.000",
        "peak memory, GB": f"{theirs['peak_bytes'] / 1e9:.2f}",
        "analogies, all": report.rows[3].result,
        "WordSim-353, Spearman": "+0.000",
        "SimLex-999, Spearman": "+0.000",
    }
    assert [row.ours for row in report.rows] == [row.peer for row in report.rows]


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
