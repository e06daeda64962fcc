"""(q) What was tried: options of ``w2vcli train``, what they cost, and how good the vectors are.

A row of ``TRIED`` is a training of the whole corpus through the command line, judged by the input
vectors, by the blend that ``export`` writes, and by both matrices. Add a row to try something, and
keep it.
"""

from bench.evaluation import ANALOGIES, MEAN
from bench.processes import w2vcli
from bench.report import Report

from w2vcli.system.threads import processors
from w2vcli.vectors.choices import Vectors
from w2vcli.vectors.model import Model
from w2vcli.vectors.neighbors import VectorSpace

_VECTORS: tuple[Vectors, ...] = ("input", "blend", "both")
TRIED: dict[str, list[str]] = {
    "all defaults": [],
    "2 passes": ["--passes", "2"],
    "4 passes": ["--passes", "4"],
    "no closing pass, 2 passes": ["--no-closing"],
    "no closing pass, 4 passes": ["--no-closing", "--passes", "4"],
    "as before": ["--no-closing", "--smoothing", "1", "--prior", "0"],
    "no smoothing, no prior": ["--smoothing", "1", "--prior", "0"],
    "no smoothing": ["--smoothing", "1"],
    "smoothing 0.5": ["--smoothing", "0.5"],
    "no prior": ["--prior", "0"],
    "prior 10": ["--prior", "10"],
    "prior 100": ["--prior", "100"],
}


def run(setting):
    # Once on a little text, so that compiled kernels are in the cache as they are after first use.
    model = setting.folder / "model.safetensors"
    w2vcli("train", setting.head(setting.sizes.warm_up_tokens), "-o", model, "--min-count", 1)
    found = {name: _tried(setting, model, options) for name, options in TRIED.items()}
    sets = list(setting.judges.sets)
    report = Report(
        "(q) What was tried",
        found["all defaults"]["V"],
        f"min-count {setting.min_count}, {processors()} threads",
        peer="mean of sets",
        columns=("analogies / semantic / syntactic", "each set"),
        notes=[f"sets: {', '.join(sets)}", "one run each, whole commands: wall and processor time"],
        numbers={"tried": found},
    )
    for name, one in found.items():
        report.add(name, f"{one['seconds']:.1f} s", f"{one['cpu_seconds']:.1f} s")
        for vectors in _VECTORS:
            verdict = one[vectors]
            report.add(
                f"  {name}: {vectors}",
                " / ".join(f"{verdict[key]:.3f}" for key in ANALOGIES),
                f"{verdict[MEAN]:.3f}",
                " ".join(f"{verdict[key]:.3f}" for key in sets),
            )
    return report


def _tried(setting, model, options):
    command = ["train", setting.corpus, "-o", model, "--min-count", setting.min_count, *options]
    costs = w2vcli(*command).costs
    learnt = Model.load(model)
    verdicts = {name: setting.judges.verdict(VectorSpace(learnt, name)) for name in _VECTORS}
    return {"V": len(learnt.words), "options": options, **costs, **verdicts}
