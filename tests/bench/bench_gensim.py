"""(c) From a text file to saved vectors: ``w2vcli train`` and gensim's SGNS, and what is learnt.

Both are processes of their own, timed from outside, imports and all. Ours is judged by the vectors
that ``similar`` uses by default, and for information by the input vectors alone.
"""

import numpy as np
import peers
from evaluation import Judge
from processes import child, w2vcli
from report import Report, at_least, at_most

from w2vcli.system.threads import processors
from w2vcli.vectors.model import Model

GENSIM = {
    "sg": 1, "negative": 5, "epochs": 5, "sample": 1e-3, "workers": 2, "vector_size": 100,
    "window": 5, "seed": 1,
}  # fmt: skip
_QUALITIES = {
    "analogies": "analogies, all",
    "semantic": "analogies, semantic",
    "syntactic": "analogies, syntactic",
    "ws353": "WordSim-353, Spearman",
    "simlex999": "SimLex-999, Spearman",
}


def side_by_side(model):
    """The vectors of `similar` by default: both unit vectors of each word."""
    return np.hstack(
        [w / np.linalg.norm(w, axis=1, keepdims=True) for w in (model.w_in, model.w_out)]
    )


def run(setting):
    interpreter = peers.python()
    model = setting.folder / "model.safetensors"
    # Once on a little text, so that compiled kernels are in the cache as they are after first use.
    w2vcli("train", setting.head(20_000), "-o", model, "--min-count", 1)
    ours = w2vcli("train", setting.corpus, "-o", model, "--min-count", setting.min_count)
    vectors = setting.folder / "gensim"
    request = {"corpus": setting.corpus, "vectors": vectors}
    request["options"] = GENSIM | {"min_count": setting.min_count}
    theirs = child("peer_gensim.py", request, interpreter)

    trained = Model.load(model)
    by_default = Judge(trained.words, side_by_side(trained), setting.data).verdict()
    by_input = Judge(trained.words, trained.w_in, setting.data).verdict()
    words = vectors.with_suffix(".words").read_text("utf-8").splitlines()
    peer = Judge(words, np.load(vectors.with_suffix(".npy")), setting.data).verdict()

    report = Report(
        f"(c) From text to saved vectors, min-count {setting.min_count}, V = "
        f"{len(trained.words):,}, {processors()} threads; {by_default['questions']:,} questions",
        peer="gensim",
        notes=[
            "gensim: SGNS, 5 negatives, 5 epochs, 2 workers, corpus_file, vocabulary included",
            "ours: all defaults but --min-count; judged by the vectors of `similar`",
        ],
        numbers={
            "V": len(trained.words),
            "gensim_V": len(words),
            "gensim_version": theirs.told["version"],
            "ours": {"seconds": ours.seconds, "cpu_seconds": ours.cpu_seconds,
                     "peak_bytes": ours.peak_bytes, **by_default},
            "ours_input": by_input,
            "gensim": {"seconds": theirs.seconds, "cpu_seconds": theirs.cpu_seconds,
                       "peak_bytes": theirs.peak_bytes, **peer},
        },
    )  # fmt: skip
    ratio = ours.seconds / theirs.seconds
    report.add(
        "wall, s", f"{ours.seconds:.1f}", f"{theirs.seconds:.1f}", f"{ratio:.3f}",
        target=at_most(ratio, 1 / 6, "1/6 = 0.167"),
    )  # fmt: skip
    report.add("processor time, s", f"{ours.cpu_seconds:.1f}", f"{theirs.cpu_seconds:.1f}")
    report.add(
        "peak memory, GB", f"{ours.peak_bytes / 1e9:.2f}", f"{theirs.peak_bytes / 1e9:.2f}",
        f"{ours.peak_bytes / 1e9:.2f}", target=at_most(ours.peak_bytes, 1.5e9, "1.5"),
    )  # fmt: skip
    for key, name in _QUALITIES.items():
        result, target = _compared(key, by_default[key], peer[key])
        report.add(name, f"{by_default[key]:.3f}", f"{peer[key]:.3f}", result, target=target)
    for key, name in _QUALITIES.items():
        result, _ = _compared(key, by_input[key], peer[key])
        report.add(f"  input: {name}", f"{by_input[key]:.3f}", f"{peer[key]:.3f}", result)
    return report


def _compared(key, ours, theirs):
    """Return ratio or difference, as the issue asks for, and the target if there is one."""
    if key in ("ws353", "simlex999"):
        bound = -0.02 if key == "ws353" else -0.01
        return f"{ours - theirs:+.3f}", at_least(ours - theirs, bound)
    ratio = ours / theirs if theirs else float("nan")
    return f"x {ratio:.2f}", at_least(ratio, 1.15) if key == "analogies" else None
