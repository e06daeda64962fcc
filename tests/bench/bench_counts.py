"""(f) Text to pair counts; the start against a pass; the same model with any number of threads."""

import hashlib
import statistics

from bench.processes import child, w2vcli
from bench.report import Report, Target, at_least, at_most

from w2vcli.vectors.model import Model


def run(setting):
    vocabulary = setting.folder / "counts.vocab"
    w2vcli("build-vocab", setting.corpus, "-o", vocabulary, "--min-count", setting.min_count)
    given = {"work": "counting", "inputs": [setting.corpus], "vocabulary": vocabulary}
    built = {"work": "counting", "inputs": [setting.corpus], "min_count": setting.min_count}
    runs = {
        "vocabulary given": [child("child_training.py", given).told for _ in _each(setting)],
        "vocabulary built": [child("child_training.py", built).told for _ in _each(setting)],
    }
    first = runs["vocabulary given"][0]
    report = Report(
        "(f) Text to pair counts",
        first["V"],
        f"{first['tokens']:,} tokens, {first['pairs']:,} pairs",
        notes=[f"median of {setting.repeats} runs, kernels loaded; hashing the input included"],
        numbers={"runs": runs},
    )
    for name, told in runs.items():
        rate = statistics.median(one["tokens"] / one["seconds"] for one in told)
        parts = {
            part: statistics.median(one[part] for one in told) for part in ("reading", "counting")
        }
        report.add(
            f"text to pair counts, {name}", f"{parts['reading']:.2f} + {parts['counting']:.2f} s",
            "", f"{rate / 1e6:.2f} M tokens/s",
            target=at_least(rate, 4e6, "4 M") if name == "vocabulary given" else None,
        )  # fmt: skip
    _add_start(report, setting)
    _add_threads(report, setting)
    return report


def _each(setting):
    return range(setting.repeats)


def _add_start(report, setting):
    """The spectral start as a share of one pass."""
    request = {"work": "parts", "inputs": [setting.corpus], "min_count": setting.min_count}
    told = child("child_training.py", request).told
    one_pass = statistics.median(told["passes"])
    ratio = told["start"] / one_pass
    report.add(
        "spectral start / one pass", f"{told['start']:.2f} / {one_pass:.2f} s", "", f"{ratio:.2f}",
        target=at_most(ratio, 1),
    )  # fmt: skip
    report.numbers["parts"] = told


def _add_threads(report, setting):
    """The SHA-256 of the model with some numbers of threads."""
    model = setting.folder / "threads.safetensors"
    sums = []
    for threads in setting.sizes.threads:
        text = setting.head(setting.sizes.thread_tokens)
        w2vcli("train", text, "-o", model, "--threads", threads)
        sums.append(hashlib.sha256(model.read_bytes()).hexdigest())
    equal = len(set(sums)) == 1
    report.add(
        f"model with {', '.join(map(str, setting.sizes.threads))} threads, V = "
        f"{len(Model.load(model).words):,}", sums[0][:12], "",
        "equal" if equal else "different", target=Target("equal", equal),
    )  # fmt: skip
    report.numbers["model_sha256"] = sums
