"""(d) What the parts of training cost as the corpus grows, at the same vocabulary.

The corpus is read 1, 2, 4 and 8 times over, so that counts grow and the pairs that have counts do
not: what is left is how the cost depends on the amount of text.
"""

from bench.processes import child, w2vcli
from bench.report import Report, at_most

TARGET = 1.15
_PARTS = {
    "reading_and_counting": "reading and counting",
    "start": "spectral start",
    "all_passes": "passes",
    "final_loss": "final loss",
}


def run(setting):
    vocabulary = setting.folder / "growth.vocab"
    w2vcli("build-vocab", setting.corpus, "-o", vocabulary, "--min-count", setting.min_count)
    runs = {}
    for times in setting.sizes.times:
        request = {
            "work": "parts", "inputs": [str(setting.corpus)] * times, "vocabulary": vocabulary
        }  # fmt: skip
        finished = child("child_training.py", request)
        runs[times] = finished.told | {"peak_bytes": finished.peak_bytes}
        runs[times]["all_passes"] = sum(runs[times]["passes"])
    most = setting.sizes.times[-1]
    first, last = runs[setting.sizes.times[0]], runs[most]
    report = Report(
        "(d) Seconds of each part as the corpus grows",
        first["V"],
        f"{first['tokens']:,} tokens to begin with",
        notes=["training: start, passes and final loss; the corpus is repeated"],
        numbers={"runs": {str(times): one for times, one in runs.items()}},
    )
    for times, one in runs.items():
        shown = ", ".join(f"{name} {one[key]:.2f}" for key, name in _PARTS.items())
        growth = f"x {one['training'] / first['training']:.3f}"
        report.notes.insert(
            -1,
            f"x {times}: {one['tokens']:>13,} tokens: {shown}; peak "
            f"{one['peak_bytes'] / 1e9:.2f} GB",
        )
        target = at_most(last["training"] / first["training"], TARGET) if times == most else None
        report.add(f"training, corpus x {times}", f"{one['training']:.2f} s", "", growth,
                   target=target)  # fmt: skip
    for key, name in _PARTS.items():
        report.add(f"{name}, x {most}", f"{last[key]:.2f} s", "",
                   f"x {last[key] / first[key]:.2f}")  # fmt: skip
    return report
