"""(g) The count store: a warm night against counting and training everything; a long pipe.

The corpus is cut into 30 parts by lines. The night is one process that adds part 30 to a store of
29 segments and trains from the old model, without the exact loss of the end; everything is one
count of the whole text and training from the start. All are timed from outside, imports and all.
"""

import shlex
import statistics
import sys
from pathlib import Path

from bench.processes import measured, w2vcli
from bench.report import Report, Target, at_least, at_most

from w2vcli.vectors.choices import Vectors
from w2vcli.vectors.model import Model
from w2vcli.vectors.neighbors import VectorSpace

MEMORY = 1 << 30
_VECTORS: tuple[Vectors, ...] = ("blend", "both")


def run(setting):
    parts = _cut(setting)
    nights_in_chain = setting.sizes.nights
    words = ["--min-count", setting.min_count]
    store, everything = setting.folder / "store", setting.folder / "everything"
    for part in parts[:-1]:
        w2vcli("count", part, "--store", store, "--label", part.stem)
    old, warm, cold = (setting.folder / name for name in ("old", "warm", "cold"))
    w2vcli("train", "--store", store, *words, "-o", old)

    nights, wholes = [], []
    for repeat in range(setting.repeats):
        label = f"whole-{repeat}"
        count = w2vcli("count", setting.corpus, "--store", everything, "--label", label)
        train = w2vcli("train", "--store", everything, *words, "-o", cold)
        wholes.append((count.seconds, train.seconds))
        w2vcli("store", everything, "--remove", label)
        warm_start = ["--store", store, *words, "--warm-start", old, "-o", warm]
        one = [parts[-1], "--label", parts[-1].stem, *warm_start, "--no-final-loss"]
        nights.append(w2vcli("train", *one).seconds)
        if repeat < setting.repeats - 1:
            w2vcli("store", store, "--remove", parts[-1].stem)
    w2vcli("train", *warm_start)  # the same vectors, and their loss to report

    direct = setting.folder / "direct"
    w2vcli("train", *parts, *words, "-o", direct)
    from_store = setting.folder / "from-store"
    w2vcli("train", "--store", store, *words, "-o", from_store)
    chain = _chain(setting, store, parts, words)
    found = {
        name: _judged(path, setting)
        for name, path in (("warm", warm), ("cold", cold), ("old", old), ("chain", chain))
    }

    report = Report(
        "(g) A night of the count store",
        found["cold"]["V"],
        f"min-count {setting.min_count}, {len(parts)} parts",
        peer="everything",
        notes=[
            f"seconds: median of {setting.repeats} runs; the night in one process and without the "
            "final loss, everything counting + training with it",
            "judged by what `export` writes (blend) and by what `similar` uses (both)",
            f"{nights_in_chain} nights: {len(parts) - nights_in_chain} parts from the start, then "
            "night by night one part more, each from the model of the last",
        ],
    )
    ours, whole = statistics.median(nights), _median(wholes)
    ratio = ours / sum(whole)
    report.add(
        "wall, s", f"{ours:.1f}", "{:.1f} + {:.1f}".format(*whole),
        f"{ratio:.3f}", target=at_most(ratio, 0.25),
    )  # fmt: skip
    for name, title in (("warm", "one night"), ("chain", f"{nights_in_chain} nights")):
        loss = found[name]["loss"] - found["cold"]["loss"]
        report.add(
            f"loss, {title}", f"{found[name]['loss']:.4f}", f"{found['cold']['loss']:.4f}",
            f"{loss:+.4f}", target=at_most(loss, 0.01),
        )  # fmt: skip
        for vectors in _VECTORS:
            ours, theirs = found[name][vectors], found["cold"][vectors]
            for key in setting.judges.names:
                gain = ours[key] - theirs[key]
                report.add(
                    f"{vectors}: {key}, {title}", f"{ours[key]:.3f}", f"{theirs[key]:.3f}",
                    f"{gain:+.3f}",
                    target=at_least(gain, -0.01) if key in ("semantic", "syntactic") else None,
                )  # fmt: skip
    same = direct.read_bytes() == from_store.read_bytes()
    report.add(
        "model from the store, from the texts", "", "", "equal" if same else "different",
        target=Target("equal", same),
    )  # fmt: skip
    report.numbers = {"nights": nights, "wholes": wholes, **found} | _pipe(setting, report)
    return report


def _cut(setting):
    count = setting.sizes.parts
    lines = setting.corpus.read_bytes().splitlines(keepends=True)
    parts = []
    for number in range(count):
        path = setting.folder / f"part-{number + 1:02d}.txt"
        path.write_bytes(
            b"".join(lines[len(lines) * number // count : len(lines) * (number + 1) // count])
        )
        parts.append(path)
    return parts


def _median(runs):
    return [statistics.median(column) for column in zip(*runs, strict=True)]


def _chain(setting, store, parts, words):
    """Train on the first parts from the start, then part by part from the last model."""
    model = setting.folder / "chain"
    warm: list[str | Path] = []
    for last in range(len(parts) - setting.sizes.nights, len(parts) + 1):
        labels = ",".join(part.stem for part in parts[:last])
        w2vcli("train", "--store", store, "--segments", labels, *words, *warm, "-o", model)
        warm = ["--warm-start", model]
    return model


def _judged(path, setting):
    model = Model.load(path)
    found = {name: setting.judges.verdict(VectorSpace(model, name)) for name in _VECTORS}
    return {"V": len(model.words), "loss": model.history[-1]["loss"], **found}


def _pipe(setting, report):
    """Count the corpus several times over, through a pipe, within a bound on memory."""
    store = setting.folder / "long"
    count = [sys.executable, "-m", "w2vcli", "count", "-", "--store", store, "--memory", MEMORY]
    text = " ".join([shlex.quote(str(setting.corpus))] * setting.sizes.pipe_times)
    command = f"cat {text} | {shlex.join(map(str, count))} --json"
    done = measured(["sh", "-c", command])
    tokens = done.told["made"][0]["tokens"]
    rate = tokens / done.seconds
    report.add(
        f"counting {tokens:,} tokens through a pipe", f"{done.seconds:.1f} s", "",
        f"{rate / 1e6:.2f} M tokens/s", target=at_least(rate, 2.5e6, "2.5 M"),
    )  # fmt: skip
    report.add(
        "  peak memory with --memory 1G, MB", f"{done.peak_bytes / 1e6:.0f}", "",
        f"{done.peak_bytes / 1e6:.0f}", target=at_most(done.peak_bytes, MEMORY, "1074"),
    )  # fmt: skip
    return {"pipe": {"tokens": tokens, "seconds": done.seconds, "peak_bytes": done.peak_bytes}}
