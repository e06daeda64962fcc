"""(c) From a text file to saved vectors: ``w2vcli train`` and gensim's SGNS, and what is learnt.

Both are processes of their own, timed from outside, imports and all. Equal numbers a word are
compared: what either tool gives to others (the blend that ``export`` writes, gensim's vectors), our
input vectors with gensim's vectors, our blend and sum with those of its two matrices, and both of
ours with both of its own. Ours is deterministic, so only its time is measured again; gensim
with two workers is not, so each of its runs, of another seed, is judged.
"""

import math
import statistics

from bench.evaluation import ANALOGIES, MEAN
from bench.gensim_runs import OPTIONS, trained
from bench.processes import w2vcli
from bench.report import COSTS, Report, at_least, at_most, spread

from w2vcli.system.threads import processors
from w2vcli.vectors.choices import Vectors
from w2vcli.vectors.model import Model
from w2vcli.vectors.neighbors import VectorSpace

_COMPARED: dict[str, tuple[Vectors, Vectors]] = {
    "exported": ("blend", "input"),
    "input": ("input", "input"),
    "blend": ("blend", "blend"),
    "sum": ("sum", "sum"),
    "both": ("both", "both"),
}
_VECTORS: tuple[Vectors, ...] = ("input", "blend", "sum", "both")
# Wall time as a share of gensim's, by min-count.
_WALL = {20: (1 / 6, "1/6 = 0.167"), 5: (1 / 3, "1/3 = 0.333")}
# Ratios of analogies, and differences of correlations; ``sets`` is for each of them.
_BOUNDS = {
    "exported": {"analogies": 1.15, "semantic": 1.2, "syntactic": 1.03, "sets": 0, MEAN: 0.01},
    "both": {"analogies": 1.15, MEAN: 0.015},
}


def run(setting):
    model = setting.folder / "model.safetensors"
    # Once on a little text, so that compiled kernels are in the cache as they are after first use.
    w2vcli("train", setting.head(setting.sizes.warm_up_tokens), "-o", model, "--min-count", 1)
    command = ["train", setting.corpus, "-o", model, "--min-count", setting.min_count]
    costs = [w2vcli(*command).costs for _ in range(setting.repeats)]
    learnt = Model.load(model)
    ours = {name: [setting.judges.verdict(VectorSpace(learnt, name))] for name in _VECTORS}
    (by_input,) = ours["input"]
    report = Report(
        "(c) From text to saved vectors",
        len(learnt.words),
        f"min-count {setting.min_count}, {processors()} threads; "
        f"{by_input['questions']:,} questions",
        peer="gensim",
        notes=[
            "gensim: SGNS, 2 workers, corpus_file, vocabulary included; ours: all defaults but "
            "--min-count",
            "exported: our blend, W_in + W_out/8, gensim's vectors; input: our W_in, gensim's "
            "vectors; blend, sum, both: of W_in and W_out, on either side",
            f"median of {setting.repeats} runs (least to most); ours always learns the same",
        ],
        numbers={"ours": {"costs": costs, **ours}, "gensim": {}},
    )
    for name in setting.gensim:
        theirs = _gensim(setting, name, report)
        prefix = "" if name == "default" else f"{name}: "
        _add_costs(report, prefix, costs, theirs["costs"], setting.min_count)
        for title, (mine, peer) in _COMPARED.items():
            _add_qualities(report, prefix, title, ours[mine], theirs[peer], setting.judges)
    return report


def _gensim(setting, name, report):
    """Return what each run of gensim cost and how good its vectors are; nothing where it is not."""
    interpreter = setting.peer("gensim")
    options = OPTIONS[name]
    told = ", ".join(f"{option} {value:g}" for option, value in options.items())
    report.notes.append(f"gensim, {name}: {told}")
    found: dict[str, list[dict]] = {key: [] for key in ("costs", *_VECTORS)}
    if interpreter is None:
        return found
    for seed in range(1, setting.repeats + 1):
        wanted = options | {"min_count": setting.min_count, "seed": seed}
        one = trained(interpreter, setting.corpus, wanted, setting.keep_peers or setting.folder)
        if one.when:
            report.notes.append(f"gensim, {name}, seed {seed}: measured {one.when}, and kept")
        found["costs"].append(one.costs)
        for vectors in _VECTORS:
            found[vectors].append(setting.judges.verdict(one.space(vectors)))
    report.numbers["gensim"][name] = {"options": options, "V": len(one.words), **found}
    return found


def _add_costs(report, prefix, ours, theirs, min_count):
    for key, (name, unit, digits) in COSTS.items():
        mine, peer = ([run[key] / unit for run in runs] for runs in (ours, theirs))
        shown = spread(mine, digits), spread(peer, digits)
        target = None
        result = f"{statistics.median(mine) / statistics.median(peer):.3f}" if peer else ""
        if key == "peak_bytes":
            result, target = spread(mine[-1:], digits), at_most(max(mine), 1.5)
        elif key == "seconds" and peer and min_count in _WALL:
            bound, told = _WALL[min_count]
            target = at_most(statistics.median(mine) / statistics.median(peer), bound, told)
        report.add(prefix + name, *shown, result, target=None if prefix else target)


def _add_qualities(report, prefix, title, ours, theirs, judges):
    bounds = _BOUNDS.get(title, {})
    for key, name in judges.names.items():
        mine, peer = ([verdict[key] for verdict in verdicts] for verdicts in (ours, theirs))
        result, value = _compared(key, mine[0], statistics.median(peer)) if peer else ("", math.nan)
        target, bound = None, bounds.get(key, bounds.get("sets") if key in judges.sets else None)
        if peer and bound is not None and not prefix:
            target = at_least(value, bound)
            if math.isnan(value):
                target = target._replace(met=None)
        report.add(
            f"{prefix}{title}: {name}", spread(mine, 3), spread(peer, 3), result, target=target
        )


def _compared(key, ours, theirs):
    """Return the ratio of analogies or the difference of correlations, as text and as a number."""
    if key in ANALOGIES:
        ratio = ours / theirs if theirs else math.nan
        return f"x {ratio:.2f}", ratio
    return f"{ours - theirs:+.3f}", ours - theirs
