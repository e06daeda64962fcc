"""(p) What ``train --plan`` says beforehand, and what the run then takes: time, memory, pairs.

On WikiText-2 and the corpus, each with two vocabularies. Whole processes, kernels in the cache; the
plan and the run follow each other, so that the machine is about the same for both.
"""

import json
import statistics

from bench.processes import child, w2vcli
from bench.report import Report, Target

SMALLER = "wikitext2.train.txt"
WITHIN = 0.3
_BEFORE = ("starting", "reading", "counting", "spectral start", "saving")


def run(setting):
    # A decompressed corpus has numbers before its name.
    texts = {setting.corpus.stem.rpartition("-")[2]: setting.corpus}
    if (smaller := setting.data / SMALLER).exists():
        texts = {"WikiText-2": smaller} | texts
    model = setting.folder / "model.safetensors"
    w2vcli("train", setting.head(setting.sizes.warm_up_tokens), "-o", model, "--min-count", 1)
    w2vcli("train", setting.head(setting.sizes.warm_up_tokens), "--plan", "--min-count", 1)
    report = Report(
        "(p) What a plan says, and what the run takes",
        0,
        f"{len(texts) * len(setting.sizes.planned)} runs",
        peer="real",
        columns=("planned", "planned / real"),
        notes=[
            f"whole processes, kernels in the cache; median of {setting.repeats} plans and runs",
            "before the passes: starting, reading, counting, spectral start; and saving",
        ],
    )
    for name, text in texts.items():
        for min_count in setting.sizes.planned:
            _add(report, setting, name, text, min_count, model)
    return report


def _add(report, setting, name, text, min_count, model):
    options = ("train", text, "--min-count", min_count)
    plans, runs = [], []
    for _ in range(setting.repeats):
        plans.append(w2vcli(*options, "--plan", "--json"))
        runs.append(w2vcli(*options, "-o", model, "--json"))
    planned = [done.told["vocabularies"][0] for done in plans]
    request = {"work": "counting", "inputs": [text], "min_count": min_count}
    pairs = child("child_training.py", request).told["pairs"]
    words = planned[0]["words"]
    report.words = max(report.words, words)
    title = f"{name}, V = {words:,}"

    def add(what, ours, real, digits, bounded=False):
        ratio = statistics.median(ours) / statistics.median(real)
        target = None
        if bounded:
            met = 1 - WITHIN <= ratio <= 1 + WITHIN
            target = Target(f"{1 - WITHIN:g} to {1 + WITHIN:g}", met)
        shown = [f"{statistics.median(values):,.{digits}f}" for values in (ours, real)]
        report.add(f"{title}: {what}", *shown, f"{ratio:.2f}", target)

    add("wall, s", [one["total_seconds"] for one in planned], [one.seconds for one in runs], 1,
        bounded=True)  # fmt: skip
    add("peak memory, MB", [one["peak"] / 1e6 for one in planned],
        [one.peak_bytes / 1e6 for one in runs], 0, bounded=True)  # fmt: skip
    add("pairs of words", [one["pairs"] for one in planned], [pairs], 0)
    add("model, MB", [one["model"] / 1e6 for one in planned], [model.stat().st_size / 1e6], 1)
    stages = [_stages(done) for done in runs]
    for stage in stages[0]:
        expected = [_planned(one["seconds"], stage) for one in planned]
        add(f"{stage}, s", expected, [one[stage] for one in stages], 1)
    report.add(f"{title}: the plan itself, s",
               f"{statistics.median(done.seconds for done in plans):.1f}")  # fmt: skip
    report.numbers[title] = {
        "planned": planned,
        "real": [done.costs | stage for done, stage in zip(runs, stages, strict=True)],
        "pairs": pairs,
        "plan": [done.costs for done in plans],
    }


def _planned(seconds, stage):
    return (
        sum(seconds[name] for name in _BEFORE) if stage == "before the passes" else seconds[stage]
    )


def _stages(done):
    """Return the seconds of the stages of a run, by its events."""
    events = [json.loads(line) for line in done.stdout.splitlines()]
    of = {kind: [e["seconds"] for e in events if e.get("event") == kind]
          for kind in ("pass", "closing_pass", "done")}  # fmt: skip
    passes, closing, whole = sum(of["pass"]), sum(of["closing_pass"]), sum(of["done"])
    return {
        "before the passes": done.seconds - whole,
        "passes": passes,
        "closing pass": closing,
        "final loss": whole - passes - closing,
    }
