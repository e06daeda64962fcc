"""(e) Every command from a cold and from a warm start: its process, from beginning to end.

Then many questions at once, against the least that they cost.

Cold: the folder of compiled kernels is empty, so Numba's compilation is included. Warm: the same
command once more. The disk's cache is warm in both.
"""

import shutil
import statistics
import sys
import time

import numpy as np
from bench.processes import measured, w2vcli
from bench.report import Report, at_most

from w2vcli.vectors.model import Model


def run(setting):
    folder = setting.folder / "commands"
    folder.mkdir()
    sizes = setting.sizes
    text = setting.head(sizes.command_tokens)
    vocabulary, model = folder / "vocabulary", folder / "model.safetensors"
    w2vcli("train", text, "-o", model)
    words = Model.load(model).words
    a, b, c = words[:3]
    commands = {
        "--help": ["--help"],
        "build-vocab": ["build-vocab", text, "-o", vocabulary],
        "train": ["train", text, "-o", model],
        "train cbow": ["train", text, "-o", model, "--arch", "cbow", "--passes", 1],
        "similar": ["similar", model, a],
        "analogy": ["analogy", model, a, b, c],
    }
    if sizes.demo:
        commands["demo"] = ["demo", folder / "demo"]
    bare = _median(setting, lambda: measured([sys.executable, "-c", "import numpy"]))
    report = Report(
        "(e) Whole commands, seconds, cold (kernels not yet compiled) and warm",
        len(words),
        f"text of {sizes.command_tokens:,} tokens",
        peer="cold",
        notes=[
            "ours: the warm start, median; result: cold / warm, or what the target is for",
            f"for comparison, python -c 'import numpy': {bare:.2f} s",
        ],
        numbers={"import_numpy": bare},
    )
    for name, arguments in commands.items():
        cold, warm = _cold_and_warm(setting, arguments)
        target = at_most(warm, 0.3) if name == "--help" else None
        result = f"{warm:.2f}" if target else f"x {cold / warm:.2f}"
        report.add(name, f"{warm:.2f}", f"{cold:.2f}", result, target=target)
        report.numbers[name] = {"cold": cold, "warm": warm}
    large = folder / "large.safetensors"
    _write_large_model(large, *sizes.large)
    w2vcli("similar", large, "w7")
    seconds = _median(setting, lambda: w2vcli("similar", large, "w7"))
    report.add(
        "similar, V = {:,}, d = {}".format(*sizes.large), f"{seconds:.2f}", "", f"{seconds:.2f}",
        target=at_most(seconds, 0.7),
    )  # fmt: skip
    report.numbers["similar_large"] = seconds
    for size, dim in sizes.asked:
        _write_large_model(large, size, dim)
        _many_questions(setting, large, size, report)
    report.notes += [
        "similar x N: N words piped in, 10 answers each; the other: the product of N vectors with",
        "all, in blocks of rows, and NumPy's argpartition, without reading and writing",
        "analogy x N: N questions piped in, among 900 words; the other: eval with these questions",
    ]
    return report


def _many_questions(setting, model, size, report):
    """Add rows on many questions at once."""
    count = min(setting.sizes.questions, size)
    asked = setting.folder / "asked"
    asked.write_text("".join(f"w{number}\n" for number in range(count)))
    for vectors in ("input", "both"):
        arguments = ["similar", model, "--vectors", vectors]
        seconds = statistics.median(
            w2vcli(*arguments, stdin=asked).seconds for _ in range(setting.repeats)
        )
        bare = _product_and_partial_sort(model, vectors, count)
        _add(report, f"similar x {count:,}, V = {size:,}, {vectors}", seconds, bare, 2)
    random = np.random.default_rng(2)
    words = [[f"w{i}" for i in four] for four in random.integers(min(900, size), size=(count, 4))]
    questions = setting.folder / "questions"
    asked.write_text("".join(" ".join(four[:3]) + "\n" for four in words))
    questions.write_text("".join(" ".join(four) + "\n" for four in words))
    both = statistics.median(
        w2vcli("eval", model, "--analogies", questions).seconds for _ in range(setting.repeats)
    )
    for method in ("add", "mul"):
        arguments = ["analogy", model, "--top", 1, "--method", method]
        seconds = statistics.median(
            w2vcli(*arguments, stdin=asked).seconds for _ in range(setting.repeats)
        )
        _add(report, f"analogy x {count:,}, V = {size:,}, {method}", seconds, both)


def _add(report, name, seconds, other, bound=None):
    ratio = seconds / other
    target = at_most(ratio, bound) if bound else None
    report.add(name, f"{seconds:.2f}", f"{other:.2f}", f"/ {ratio:.2f}", target=target)
    report.numbers[name] = {"seconds": seconds, "other": other}


def _product_and_partial_sort(path, vectors, count, top=10):
    """Return the seconds of the least that an answer takes, for the first words of a model."""
    model = Model.load(path)
    matrices = [model.w_in] if vectors == "input" else [model.w_in, model.w_out]
    units = [w / np.linalg.norm(w, axis=1, keepdims=True) for w in matrices]
    matrix = np.concatenate(units, axis=1)
    begin = time.perf_counter()
    for start in range(0, count, 128):  # the fastest of some that were tried
        scores = matrix[start : min(start + 128, count)] @ matrix.T
        best = np.argpartition(scores, -top, axis=1)[:, -top:]
        np.take_along_axis(scores, best, axis=1).sort(axis=1)
    return time.perf_counter() - begin


def _median(setting, work):
    return statistics.median(
        work().seconds for _ in range(max(setting.sizes.starts, setting.repeats))
    )


def _cold_and_warm(setting, arguments):
    """Return the seconds of the first run with an empty cache, and of later ones."""
    cache = setting.folder / "cache"
    shutil.rmtree(cache, ignore_errors=True)
    cold = w2vcli(*arguments, W2VCLI_CACHE_DIR=cache).seconds
    warm = _median(setting, lambda: w2vcli(*arguments, W2VCLI_CACHE_DIR=cache))
    return cold, warm


def _write_large_model(path, size, dim):
    random = np.random.default_rng(1)
    w_in, w_out = (random.standard_normal((size, dim), np.float32) for _ in range(2))
    words = [f"w{number}" for number in range(size)]
    bias = np.zeros(size, np.float32)
    Model(words, np.arange(size, 0, -1), w_in, w_out, bias).save(path)
