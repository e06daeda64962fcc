"""(v) What a larger vocabulary costs, and what it brings: ``w2vcli train`` and gensim's SGNS.

The vocabulary grows with ``--min-count``: for each wanted size, the one that comes nearest in this
corpus, the same on both sides. One run each, whole processes; judged by what either tool gives to
others: the blend that ``export`` writes, and gensim's vectors.
"""

import numpy as np
from bench.evaluation import ANALOGIES, MEAN
from bench.gensim_runs import DEFAULT, trained
from bench.processes import w2vcli
from bench.report import COSTS, NOT_INSTALLED, Report

from w2vcli import Vocabulary
from w2vcli.system.threads import processors
from w2vcli.vectors.model import Model
from w2vcli.vectors.neighbors import VectorSpace

_QUALITIES = (*ANALOGIES, MEAN)


def run(setting):
    wanted = _min_counts(setting)
    # Once on a little text, so that compiled kernels are in the cache as they are after first use.
    model = setting.folder / "model.safetensors"
    w2vcli("train", setting.head(setting.sizes.warm_up_tokens), "-o", model, "--min-count", 1)
    report = Report(
        "(v) What a larger vocabulary costs and brings",
        max(wanted.values()),
        f"and smaller ones; {processors()} threads",
        peer="gensim",
        notes=[
            "one run each; gensim: SGNS, its defaults, 2 workers; ours: all defaults",
            "analogies and similarity: our blend, as exported, and gensim's vectors: equal numbers "
            "a word",
        ],
    )
    for min_count, size in wanted.items():
        ours = _ours(setting, model, min_count)
        theirs = _gensim(setting, min_count, report)
        report.numbers[f"min-count {min_count}"] = {"V": size, "ours": ours, "gensim": theirs}
        report.notes.append(f"V = {size:,}: --min-count {min_count}")
        _add(report, f"V = {size:,}", ours, theirs, setting.judges)
    return report


def _min_counts(setting):
    """Return the least counts that give about the wanted sizes, and the sizes they give."""
    vocabulary = setting.folder / "all.vocab"
    w2vcli("build-vocab", setting.corpus, "-o", vocabulary, "--min-count", 1)
    counts = np.sort(Vocabulary.load(vocabulary).counts)
    least = np.unique(counts)
    sizes = len(counts) - np.searchsorted(counts, least)
    nearest = {int(np.abs(sizes - wanted).argmin()) for wanted in setting.sizes.vocabularies}
    return {int(least[one]): int(sizes[one]) for one in sorted(nearest, reverse=True)}


def _ours(setting, model, min_count):
    done = w2vcli("train", setting.corpus, "-o", model, "--min-count", min_count)
    return done.costs | setting.judges.verdict(VectorSpace(Model.load(model), "blend"))


def _gensim(setting, min_count, report):
    interpreter = setting.peer("gensim")
    if interpreter is None:
        return None
    options = DEFAULT | {"min_count": min_count, "seed": 1}
    one = trained(interpreter, setting.corpus, options, setting.keep_peers or setting.folder)
    if one.when:
        report.notes.append(f"gensim, min-count {min_count}: measured {one.when}, and kept")
    return one.costs | setting.judges.verdict(one.space("input"))


def _add(report, title, ours, theirs, judges):
    names = {name: (judges.names[name], 1, 3) for name in _QUALITIES}
    for key, (name, unit, digits) in (COSTS | names).items():
        peer, result = NOT_INSTALLED, ""
        if theirs:
            peer = f"{theirs[key] / unit:.{digits}f}"
            if key == MEAN:
                result = f"{ours[key] - theirs[key]:+.3f}"
            elif theirs[key]:
                result = f"x {ours[key] / theirs[key]:.2f}"
        report.add(f"{title}, {name}", f"{ours[key] / unit:.{digits}f}", peer, result)
