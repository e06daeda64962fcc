"""(e) Every command from a cold and from a warm start: its process, from beginning to end.

Cold: the folder of compiled kernels is empty, so Numba's compilation is included. Warm: the same
command once more. The disk's cache is warm in both.
"""

import shutil
import statistics
import sys

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
    return report


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
