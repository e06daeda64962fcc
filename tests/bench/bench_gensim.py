"""(c) From a text file to saved vectors: ``w2vcli train`` and gensim's SGNS, and what is learnt.

Both are processes of their own, timed from outside, imports and all. Ours is judged by the vectors
that ``similar`` uses by default, and at gensim's size, for information, by the sums that ``export``
writes and by the input vectors alone.
"""

import math

import numpy as np
from bench.evaluation import QUALITIES, space_of, verdict
from bench.processes import child, w2vcli
from bench.report import NOT_INSTALLED, Report, at_least, at_most

from w2vcli.system.threads import processors
from w2vcli.vectors.model import Model
from w2vcli.vectors.neighbors import VectorSpace

GENSIM = {
    "sg": 1, "negative": 5, "epochs": 5, "sample": 1e-3, "workers": 2, "vector_size": 100,
    "window": 5, "seed": 1,
}  # fmt: skip
# What a row shows: its name, a unit to divide by, how many digits.
_COSTS = {
    "seconds": ("wall, s", 1, 1),
    "cpu_seconds": ("processor time, s", 1, 1),
    "peak_bytes": ("peak memory, GB", 1e9, 2),
}
_QUALITIES = {key: (name, 1, 3) for key, name in QUALITIES.items()}
_OF_EQUAL_SIZE = {
    vectors: {key: (f"  {vectors}: {name}", 1, 3) for key, name in QUALITIES.items()}
    for vectors in ("sum", "input")
}


def run(setting):
    model = setting.folder / "model.safetensors"
    # Once on a little text, so that compiled kernels are in the cache as they are after first use.
    w2vcli("train", setting.head(setting.sizes.warm_up_tokens), "-o", model, "--min-count", 1)
    done = w2vcli("train", setting.corpus, "-o", model, "--min-count", setting.min_count)
    trained = Model.load(model)
    by_default, by_sum, by_input = (
        verdict(VectorSpace(trained, vectors), setting.data) for vectors in ("both", "sum", "input")
    )
    ours = _costs(done) | by_default
    theirs = _gensim(setting)
    report = Report(
        "(c) From text to saved vectors",
        len(trained.words),
        f"min-count {setting.min_count}, {processors()} threads; {ours['questions']:,} questions",
        peer="gensim",
        notes=[
            "gensim: SGNS, 5 negatives, 5 epochs, 2 workers, corpus_file, vocabulary included",
            "ours: all defaults but --min-count; judged by the vectors of `similar`",
        ],
        numbers={"ours": ours, "ours_sum": by_sum, "ours_input": by_input, "gensim": theirs},
    )
    for rows, values in (
        (_COSTS | _QUALITIES, ours),
        (_OF_EQUAL_SIZE["sum"], by_sum),
        (_OF_EQUAL_SIZE["input"], by_input),
    ):
        for key, row in rows.items():
            _add(report, key, row, values, theirs, targets=values is ours)
    return report


def _gensim(setting):
    """Return what gensim costs and how good its vectors are; None where it is not installed."""
    interpreter = setting.peer("gensim")
    if interpreter is None:
        return None
    vectors = setting.folder / "gensim"
    request = {"corpus": setting.corpus, "vectors": vectors}
    request["options"] = GENSIM | {"min_count": setting.min_count}
    done = child("peer_gensim.py", request, interpreter)
    words = vectors.with_suffix(".words").read_text("utf-8").splitlines()
    space = space_of(words, np.load(vectors.with_suffix(".npy")))
    return done.told | {"V": len(words)} | _costs(done) | verdict(space, setting.data)


def _costs(done):
    return {key: getattr(done, key) for key in _COSTS}


def _add(report, key, row, ours, theirs, targets):
    name, unit, digits = row
    mine = f"{ours[key] / unit:.{digits}f}"
    if theirs is None:
        report.add(name, mine, NOT_INSTALLED)
        return
    result, target = _compared(key, ours[key], theirs[key])
    report.add(
        name, mine, f"{theirs[key] / unit:.{digits}f}", result, target=target if targets else None
    )


def _compared(key, ours, theirs):
    """Return the ratio or the difference that the target is about, and the target if any."""
    if key == "cpu_seconds":
        return "", None
    if key == "peak_bytes":
        return f"{ours / 1e9:.2f}", at_most(ours, 1.5e9, "1.5")
    if key in ("ws353", "simlex999"):
        bound = -0.02 if key == "ws353" else -0.01
        return f"{ours - theirs:+.3f}", at_least(ours - theirs, bound)
    ratio = ours / theirs if theirs else math.nan
    if key == "seconds":
        return f"{ratio:.3f}", at_most(ratio, 1 / 6, "1/6 = 0.167")
    return f"x {ratio:.2f}", at_least(ratio, 1.15) if key == "analogies" else None
