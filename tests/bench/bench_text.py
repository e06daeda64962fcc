"""(h) Raw text in and vectors out: tokenizing, phrases, export and import.

All are whole commands, from outside, imports and all; only the joining of phrases is timed within
this process. The raw text is WikiText-2, which has its marks, several times over; without it, the
corpus.
"""

import statistics
import time

import numpy as np
from bench.processes import child, w2vcli
from bench.report import NOT_INSTALLED, Report, at_least

from w2vcli import Corpus, PhraseTable
from w2vcli.vectors.imported import ImportedVectors

_RAW = "wikitext2.train.txt"
_TOKENIZE = {
    "": [],
    " --lower": ["--lower"],
    " --numbers fold": ["--numbers", "fold"],
    " --punctuation keep": ["--punctuation", "keep"],
    " --lines sentence": ["--lines", "sentence"],
}
_MB = 1e6


def run(setting):
    text = _raw_text(setting)
    tokens = setting.folder / "vocabulary"
    w2vcli("build-vocab", setting.corpus, "-o", tokens, "--min-count", setting.min_count)
    words = len(tokens.read_text("utf-8").splitlines())
    size, dim = setting.sizes.exported
    report = Report(
        "(h) Raw text in, vectors out",
        words,
        f"raw text of {text.stat().st_size / _MB:,.0f} MB; {size:,} vectors of {dim} numbers",
        peer="gensim",
        notes=[
            "tokenize: MB of text a second; export, import: seconds, and MB of the file a second"
        ],
    )
    _tokenize(setting, text, report)
    _phrases(setting, report)
    _carry(setting, report)
    return report


def _seconds(setting, *arguments):
    """Return the median time of a command, and the last run of it."""
    runs = [w2vcli(*arguments) for _ in range(setting.repeats)]
    return statistics.median(run.seconds for run in runs), runs[-1]


def _raw_text(setting):
    given = setting.data / _RAW
    lines = (given if given.exists() else setting.corpus).read_bytes()
    text = setting.folder / "raw.txt"
    text.write_bytes(lines * setting.sizes.raw_times)
    return text


def _tokenize(setting, text, report):
    size = text.stat().st_size / _MB
    for name, options in _TOKENIZE.items():
        seconds, _ = _seconds(setting, "tokenize", text, "-o", setting.folder / "tokens", *options)
        rate = size / seconds
        report.add(
            f"tokenize{name}", f"{rate:.1f}", result=f"{rate:.1f}", target=at_least(rate, 10)
        )
        report.numbers[f"tokenize{name}"] = rate


def _phrases(setting, report):
    table = setting.folder / "phrases"
    threshold = setting.sizes.phrase_threshold
    options = ["--threshold", threshold]
    seconds, done = _seconds(setting, "phrases", setting.corpus, "-o", table, *options)
    interpreter = setting.peer("gensim")
    theirs = None
    if interpreter is not None:
        request = {"corpus": setting.corpus, "table": setting.folder / "theirs"}
        request["threshold"] = threshold
        theirs = child("peer_phrases.py", request, interpreter)
    found = PhraseTable.load(str(table))
    report.add(
        "phrases, s",
        f"{seconds:.1f}",
        f"{theirs.seconds:.1f}" if theirs else NOT_INSTALLED,
        f"{seconds / theirs.seconds:.3f}" if theirs else "",
    )
    report.add(
        "phrases, peak memory, MB",
        f"{done.peak_bytes / _MB:.0f}",
        f"{theirs.peak_bytes / _MB:.0f}" if theirs else NOT_INSTALLED,
    )
    report.add(
        "phrases found",
        f"{len(found):,}",
        f"{theirs.told['phrases']:,}" if theirs else NOT_INSTALLED,
    )
    chunks = list(Corpus([str(setting.corpus)]).chunks())
    joiner = found.joiner()
    begin = time.perf_counter()
    for chunk in chunks:
        joiner.feed(chunk)
    rate = sum(map(len, chunks)) / _MB / (time.perf_counter() - begin)
    report.add("joining them, MB/s", f"{rate:.1f}")
    report.numbers |= {"phrases": seconds, "joining": rate}


def _carry(setting, report):
    size, dim = setting.sizes.exported
    model = setting.folder / "vectors"
    numbers = np.random.default_rng(1).standard_normal((size, dim), np.float32)
    ImportedVectors([f"w{number}" for number in range(size)], numbers / np.float32(10)).save(model)
    for name in ("v.vec", "v.npy", "v.bin"):
        file = setting.folder / name
        seconds, done = _seconds(setting, "export", model, "-o", file)
        _add(report, f"export {name[1:]}", seconds, done, file)
    for name in ("v.vec", "v.bin"):
        file = setting.folder / name
        seconds, done = _seconds(setting, "import", file, "-o", setting.folder / "back")
        _add(report, f"import {name[1:]}", seconds, done, file)


def _add(report, name, seconds, done, file):
    rate = file.stat().st_size / _MB / seconds
    report.add(f"{name}, s", f"{seconds:.1f}", result=f"{rate:.0f} MB/s")
    report.add(f"{name}, peak memory, MB", f"{done.peak_bytes / _MB:.0f}")
    report.numbers[name] = {"seconds": seconds, "peak_bytes": done.peak_bytes}
