"""The benchmarks: ``make bench ARGS="--only a,c"``. What each one measures is in README.md."""

import argparse
import importlib
import os
import platform
import sys
import tempfile
import time
import traceback
from importlib.metadata import version
from pathlib import Path

from bench import peers
from bench.gensim_runs import OPTIONS
from bench.processes import CommandError
from bench.setting import SHARED, Setting, Sizes, cache_folder, plain_text

BENCHMARKS = {
    "a": ("bench_step", "a grouped training step and sgemm"),
    "b": ("bench_stream", "streamed training and PyTorch"),
    "c": ("bench_gensim", "from text to vectors, and gensim"),
    "d": ("bench_growth", "the parts of training as the corpus grows"),
    "e": ("bench_commands", "cold and warm start of every command"),
    "f": ("bench_counts", "text to pair counts, the start, threads"),
    "g": ("bench_store", "the count store: a warm night, a long pipe"),
    "h": ("bench_text", "raw text in, vectors out"),
    "m": ("bench_map", "frames per second of a map in Chromium"),
    "p": ("bench_plan", "what train --plan says, and what the run takes"),
    "q": ("bench_quality", "the table of what was tried"),
    "v": ("bench_vocabulary", "larger vocabularies, and gensim"),
    "subwords": ("bench_subwords", "vectors of n-grams, and fastText"),
    "cluster": ("bench_cluster", "counting and blocks of training on workers of a Dask cluster"),
}


def main(arguments=None):
    """Run the benchmarks one after the other; return 1 if one of them failed."""
    options = _options(arguments)
    corpus = plain_text(options.corpus)
    about = _machine() | {"corpus": options.corpus.name, "repeats": options.repeats}
    print(", ".join(f"{name} {value}" for name, value in about.items()))
    failed = []
    for name in options.only:
        try:
            report = _measured(name, corpus, options)
        except Exception as error:  # whatever it is, the others are not to suffer
            failed.append(name)
            told = error if isinstance(error, CommandError) else traceback.format_exc()
            print(f"\n({name}) FAILED: {told}", flush=True)
        else:
            print(f"\n{report.text()}\n{report.json(name, about)}", flush=True)
    if failed:
        print(f"\nFAILED: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _measured(name, corpus, options):
    with tempfile.TemporaryDirectory(dir=cache_folder()) as folder:
        setting = Setting(
            corpus, Path(folder), options.data, options.repeats, options.min_count,
            peer=peers.none if options.no_peers else peers.interpreter,
            sizes=Sizes(vocabularies=options.vocabularies), similarity=options.similarity,
            gensim=options.gensim, keep_peers=options.keep_peers,
        )  # fmt: skip
        load = os.getloadavg()[0]
        begin = time.perf_counter()
        report = importlib.import_module(f"bench.{BENCHMARKS[name][0]}").run(setting)
    seconds = time.perf_counter() - begin
    report.notes.append(f"all this took {seconds:.0f} s")
    report.numbers |= {"seconds": round(seconds, 1), "load_before": load}
    return report


def _options(arguments):
    parser = argparse.ArgumentParser(
        prog='make bench ARGS="..."',
        description="Benchmarks of w2vcli; let nothing else run meanwhile.",
        epilog="; ".join(f"{name}: {what}" for name, (_, what) in BENCHMARKS.items()),
    )
    parser.add_argument(
        "--corpus", type=Path, default=SHARED / "wiki17.txt.xz",
        help="text, a paragraph a line; .xz, .gz and .bz2 are decompressed (%(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--only",
        type=_names,
        default=[*"abcdefghmp", "cluster"],
        metavar="a,b,...",
        help="which benchmarks (all but q, v and subwords, which take long)",
    )
    parser.add_argument(
        "--repeats", type=int, default=3, metavar="N", help="how often to measure (%(default)s)"
    )
    parser.add_argument(
        "--min-count", type=int, default=20, metavar="N",
        help="of the vocabulary in c, d, f, g, h, q and subwords (%(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--no-peers", action="store_true", help="leave out gensim, fastText and PyTorch"
    )
    parser.add_argument(
        "--data", type=Path, default=SHARED, metavar="FOLDER",
        help="where the questions of analogies are (%(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--similarity", type=Path, metavar="FOLDER",
        help="where the sets of word similarity are: each file of two words and a number a line "
        "(the folder of --data)",
    )  # fmt: skip
    parser.add_argument(
        "--gensim", type=_settings, default=("default",), metavar="default,best",
        help="with which of its options gensim trains in c (default)",
    )  # fmt: skip
    parser.add_argument(
        "--keep-peers", type=Path, metavar="FOLDER",
        help="keep what gensim learns in c and v and fastText in subwords here, and take it from "
        "here the next time",
    )  # fmt: skip
    parser.add_argument(
        "--vocabularies", type=_sizes, default=Sizes().vocabularies, metavar="N,N,...",
        help="about how many words there are in v",
    )  # fmt: skip
    return parser.parse_args(arguments)


def _names(text):
    names = text.split(",")
    if unknown := set(names) - BENCHMARKS.keys():
        raise argparse.ArgumentTypeError(f"no such benchmark: {', '.join(sorted(unknown))}")
    return names


def _sizes(text):
    return tuple(map(int, text.split(",")))


def _settings(text):
    names = tuple(text.split(","))
    if unknown := set(names) - OPTIONS.keys():
        raise argparse.ArgumentTypeError(f"no such options: {', '.join(sorted(unknown))}")
    return names


def _machine():
    cpu = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        models = [line.split(": ", 1)[1] for line in lines if line.startswith("model name")]
        cpu = models[0] if models else cpu
    versions = {name: version(name) for name in ("w2vcli", "numpy", "numba")}
    return {"cpu": cpu, "cores": os.cpu_count(), "python": platform.python_version()} | versions


if __name__ == "__main__":
    sys.exit(main())
