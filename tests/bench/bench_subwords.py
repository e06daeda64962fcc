"""(subwords) ``w2vcli train --subwords 3-6``, fastText's skip-gram, and ours without n-grams.

All three are processes of their own, timed from outside, on one corpus with one ``--min-count``.
Compared are 100 numbers a word: what ``export`` writes (the blend W_in + W_out/8) and our input
vectors, either with fastText's vectors. An unseen word's vector is made of its n-grams alone. Ours
is deterministic, so only its time is measured again; fastText with several threads is not, so each
of its runs is judged.
"""

import math
import statistics

import numpy as np
from bench.evaluation import MEAN, space_of
from bench.fasttext_runs import OPTIONS, trained
from bench.processes import w2vcli
from bench.rare_words import RarePairs
from bench.report import COSTS, Report, at_least, at_most, spread

from w2vcli.system.threads import processors
from w2vcli.vectors.choices import Vectors
from w2vcli.vectors.model import Model
from w2vcli.vectors.neighbors import VectorSpace
from w2vcli.vectors.subwords import vector_of

_SUBWORDS = ["--subwords", "3-6"]
_VECTORS: tuple[Vectors, ...] = ("blend", "input")
_TARGETED = "blend"  # what ``export`` gives to others
_LOSS = 0.01  # how much worse a set may be than without n-grams


def run(setting):
    ours, model = _trained(setting, "ours", _SUBWORDS)
    plain, without = _trained(setting, "plain", [])
    counts = model.counts.tolist()
    pairs = RarePairs.found(setting.judges.sets, model.words, counts, setting.sizes.rare)
    made = {name: _named(model, name, pairs.words) for name in _VECTORS}
    asked = pairs.words
    pairs = pairs.among(made["input"])
    fewest = setting.sizes.fewest_pairs
    for name in _VECTORS:
        ours[name] = _judged(setting, VectorSpace(model, name), pairs, made[name])
        plain[name] = setting.judges.verdict(VectorSpace(without, name))
    report = Report(
        "(subwords) N-grams of 3 to 6 characters",
        len(model.words),
        f"min-count {setting.min_count}, {processors()} threads; "
        f"{len(model.subwords.ngrams):,} n-grams; {ours['input']['questions']:,} questions",
        peer="other",
        notes=[
            "other: fastText, or in the rows that say so ours without --subwords",
            f"fastText: {', '.join(f'{key} {value}' for key, value in OPTIONS.items())}, "
            f"minCount {setting.min_count}, thread {processors()}, else its defaults; ours: all "
            "defaults but --min-count and --subwords 3-6",
            "blend: our W_in + W_out/8, as exported, and fastText's vectors; input: our W_in; an "
            "unseen word's vector is made of its n-grams in either",
            f"in brackets: pairs; both words are known, one rarer than {setting.sizes.rare:,}, or "
            f"the vocabulary lacks one; sets of fewer than {fewest} pairs are no part of a mean",
            f"median of {setting.repeats} runs (least to most); ours always learns the same",
        ],
        numbers={"ours": ours, "plain": plain, "ngrams": len(model.subwords.ngrams)},
    )
    if left_out := len(asked) - len(made["input"]):
        report.notes.append(f"{left_out} words of pairs have no n-gram of ours: left out on both")
    theirs = _fasttext(setting, model.words, asked, pairs, report)
    _add_costs(report, ours["costs"], theirs["costs"], plain["costs"])
    for name in _VECTORS:
        _add_rare(report, name, pairs, ours[name], theirs["verdicts"], fewest)
    for name in _VECTORS:
        _add_known(report, name, ours[name], theirs["verdicts"], setting.judges)
    for name in _VECTORS:
        _add_plain(report, name, ours[name], plain[name], setting.judges)
    return report


def _trained(setting, name, options):
    """Return what each training of ours cost, and the model."""
    model = setting.folder / f"{name}.safetensors"
    # Once on a little text, so that compiled kernels are in the cache as they are after first use.
    warm_up = setting.head(setting.sizes.warm_up_tokens)
    w2vcli("train", warm_up, "-o", model, "--min-count", 1, *options)
    command = ["train", setting.corpus, "-o", model, "--min-count", setting.min_count, *options]
    costs = [w2vcli(*command).costs for _ in range(setting.repeats)]
    return {"costs": costs}, Model.load(model)


def _named(model, name, words):
    """Return the vector of each word that has one: of an unseen word the mean of its n-grams."""
    space = VectorSpace(model, name)
    found = {}
    for word in words:
        index = model.ids.get(word)
        if index is None:
            vector = vector_of(model.subwords, word)
        else:
            vector = space.raw_vectors(np.array([index]))[0]
        if vector is not None:
            found[word] = vector
    return found


def _judged(setting, space, pairs, vectors):
    rare = pairs.verdict(vectors, setting.sizes.fewest_pairs)
    return setting.judges.verdict(space) | {"rare words": rare}


def _fasttext(setting, words, asked, pairs, report):
    """Return what each run of fastText cost and how good its vectors are; nothing without it."""
    interpreter = setting.peer("fasttext")
    found: dict[str, list[dict]] = {"costs": [], "verdicts": []}
    if interpreter is None:
        return found
    for number in range(1, setting.repeats + 1):
        folder = setting.keep_peers or setting.folder
        one = trained(interpreter, setting.corpus, setting.min_count, number, folder)
        if one.when:
            report.notes.append(f"fastText, run {number}: measured {one.when}, and kept")
        known, named = one.vectors(interpreter, asked)
        shared = [word for word in words if word in known]
        if len(shared) != len(words) or len(known) != len(words):
            report.notes.append(
                f"fastText, run {number}: {len(known):,} words, {len(shared):,} of them ours"
            )
        vectors = np.array([known[word] for word in shared])
        space = space_of(shared, vectors, np.zeros_like(vectors), "input")
        found["costs"].append(one.costs)
        found["verdicts"].append(_judged(setting, space, pairs, named))
    report.numbers["fasttext"] = found
    return found


def _add_costs(report, ours, theirs, plain):
    for key, (name, unit, digits) in COSTS.items():
        mine, peer, other = ([run[key] / unit for run in runs] for runs in (ours, theirs, plain))
        ratio = statistics.median(mine) / statistics.median(peer) if peer else math.nan
        target = at_most(ratio, 1 / 4, "1/4") if peer and key == "seconds" else None
        result = f"{ratio:.3f}" if peer else ""
        report.add(name, spread(mine, digits), spread(peer, digits), result, target=target)
        ratio = statistics.median(mine) / statistics.median(other)
        shown = spread(mine, digits), spread(other, digits)
        report.add(f"{name}; without --subwords", *shown, f"{ratio:.3f}")


def _add_rare(report, name, pairs, ours, theirs, fewest):
    for kind, sets in pairs.sets.items():
        if not any(sets.values()):
            continue
        counted = [key for key, chosen in sets.items() if len(chosen) >= fewest]
        total = sum(len(sets[key]) for key in counted)
        titles = {key: f"{key} [{len(sets[key])}]" for key in sets if len(sets[key]) > 1}
        titles |= {MEAN: f"mean of {len(counted)} sets [{total}]"}
        for key, title in titles.items():
            mine = ours["rare words"][kind][key]
            peer = [verdict["rare words"][kind][key] for verdict in theirs]
            target = name == _TARGETED and key == MEAN
            _add(report, f"{name}, {kind}: {title}", mine, peer, 0 if target else None)


def _add_known(report, name, ours, theirs, judges):
    for key, title in judges.names.items():
        peer = [verdict[key] for verdict in theirs]
        target = name == _TARGETED and key == "syntactic"
        _add(report, f"{name}: {title}", ours[key], peer, 0 if target else None)


def _add_plain(report, name, ours, plain, judges):
    for key, title in judges.names.items():
        target = name == _TARGETED and key in judges.sets
        _add(
            report, f"{name}: {title}; without --subwords", ours[key], [plain[key]],
            -_LOSS if target else None,
        )  # fmt: skip


def _add(report, title, mine, peer, bound):
    """Add a row: ours, the other's, and the difference, which may have to reach a bound."""
    difference = mine - statistics.median(peer) if peer else math.nan
    target = None
    if peer and bound is not None:
        target = at_least(difference, bound)
        if math.isnan(difference):
            target = target._replace(met=None)
    result = f"{difference:+.3f}" if peer else ""
    report.add(title, spread([mine], 3), spread(peer, 3), result, target=target)
