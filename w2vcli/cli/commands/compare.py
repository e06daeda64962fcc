"""``w2vcli compare``: how two models differ."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from w2vcli.cli import console, gating, options, paths, picture_files, progress
from w2vcli.cli.escaping import printable
from w2vcli.cli.options import option
from w2vcli.cli.pages import Table, write_table

if TYPE_CHECKING:
    from w2vcli import WordVectors
    from w2vcli.judging.comparison import Comparison
    from w2vcli.judging.verdicts import Found

_OTHERS, _OTHERS_OF_PAGE = 200, 2000
"""Words of a map that are neither changed nor new."""


def compare(
    old: Annotated[
        str, typer.Argument(metavar="OLD", help="The older model, or imported vectors.")
    ],
    new: Annotated[
        str, typer.Argument(metavar="NEW", help="The newer model, or imported vectors.")
    ],
    top: Annotated[int, option(metavar="N", min=1, help="How many words of each kind.")] = 20,
    min_count: Annotated[
        int,
        option(metavar="N", min=1, help="List no words that are rarer than N in either model."),
    ] = 1,
    neighbors: Annotated[
        int,
        option(metavar="N", min=1, max=1000, help="Nearest words of which to take the overlap."),
    ] = 10,
    vectors: options.MaybeVectors = None,
    output: Annotated[
        str | None,
        option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write a map too, with arrows for the words that changed: a page for a browser "
            "(.html) or a picture (.svg, .png).",
            show_default=False,
        ),
    ] = None,
    threads: options.Threads = None,
    require: gating.JudgedBy = None,
    json: options.Json = False,
) -> None:
    """Compare two models: which words changed most, which are new, which are gone.

    The old vectors are rotated onto the new ones first. By how much two trainings differ without
    any reason, two models of one text with different seeds show.
    """
    required = gating.requirements(require, "compare")
    paths.input_files([old, new])
    kind = None if output is None else picture_files.kind_of("--output", output)
    path = None if output is None else paths.output_file(output, [old, new])
    from w2vcli import compare as compare_models
    from w2vcli import load
    from w2vcli.system.threads import processors

    models = load(old), load(new)
    with progress.meter("comparing the models"):
        found = compare_models(*models, vectors, top, neighbors, min_count, threads or processors())
    if found.shared < found.dim:
        console.complain(
            f"warning: the models share {found.shared:,} words, fewer than their {found.dim} "
            "dimensions, so that a rotation makes any vectors alike; go by the overlaps alone"
        )
    if path is not None and kind is not None:
        from w2vcli import drift_map

        others = _OTHERS_OF_PAGE if kind == "html" else _OTHERS
        drift = drift_map(*models, found, others, min_count, threads or processors())
        names = (printable(Path(name).name) for name in (old, new))
        title = f"{' to '.join(names)}: the words that changed most"
        picture_files.write_map(path, kind, drift, title)
    if json:
        _write_json(old, new, found, {"vectors": found.vectors, "min_count": min_count})
    else:
        _show(found)
    gating.enforce(required, _measured(found, models[1]), _of_model(models[0]), json)


def _measured(found: "Comparison", new: "WordVectors") -> "dict[str, Found | None]":
    """Return what can be required."""
    measured: dict[str, Found | None] = {
        "overlap": found.mean_overlap,
        "mean_overlap": found.mean_overlap,
        "mean_cosine": found.mean_cosine,
        "median_cosine": found.median_cosine,
        "shared": found.shared,
        "new": found.new,
        "gone": found.gone,
    }
    return measured | _of_model(new)


def _of_model(model: "WordVectors") -> "dict[str, Found]":
    """Return what can be required of either model."""
    tokens = getattr(model, "corpus", {}).get("tokens")
    unknown = "imported vectors do not say how many tokens they are of"
    return {"words": len(model.words), "tokens": tokens if type(tokens) is int else unknown}


def _show(found: "Comparison") -> None:
    changes = [
        [c.word, f"{c.cosine:.4f}", f"{c.overlap:.4f}", _count(c.old_count), _count(c.new_count)]
        for c in found.changed
    ]
    of = {
        "both": "input and output vectors",
        "sum": "sums of input and output vectors",
        "blend": "input vectors plus an eighth of the output vectors",
    }
    what = of.get(found.vectors, f"{found.vectors} vectors")
    if changes:
        write_table(
            "Most changed",
            Table(["word", "cosine", "overlap", "old count", "new count"], changes),
            f"Cosine: of the old and the new {what}, after the "
            "rotation that makes its mean largest. Overlap: the share of the "
            f"{found.neighbors} nearest words that are the same; both among the shared words.",
            kind="changed",
        )
    _show_words("new", found.new_words)
    _show_words("gone", found.gone_words)
    means = (found.mean_cosine, found.median_cosine, found.mean_overlap)
    write_table(
        "Summary",
        Table(
            ["shared", "new", "gone", "mean cosine", "median cosine", "mean overlap", "of words"],
            [
                [
                    *map(str, (found.shared, found.new, found.gone)),
                    *(f"{mean:.4f}" for mean in means),
                    str(found.overlap_words),
                ]
            ],
            labels=0,
        ),
        "The mean overlap is that of a sample, evenly spaced over the shared words."
        if found.overlap_words < found.shared
        else "",
        kind="summary",
    )


def _count(count: int | None) -> str:
    return "unknown" if count is None else str(count)


def _show_words(kind: str, words: list[tuple[str, int | None]]) -> None:
    if words:
        rows = [[word, _count(count)] for word, count in words]
        write_table(kind.capitalize(), Table(["word", "count"], rows), kind=kind)


def _write_json(old: str, new: str, found: "Comparison", rules: dict[str, object]) -> None:
    for change in found.changed:
        rest = change._asdict()
        console.write_json({"changed": rest.pop("word"), **rest})
    for kind, words in (("new", found.new_words), ("gone", found.gone_words)):
        for word, count in words:
            console.write_json({kind: word, "count": count})
    console.write_json(
        {
            "summary": [old, new],
            "shared": found.shared,
            "new_words": found.new,
            "gone_words": found.gone,
            "mean_cosine": round(found.mean_cosine, 6),
            "median_cosine": round(found.median_cosine, 6),
            "mean_overlap": round(found.mean_overlap, 6),
            "overlap_words": found.overlap_words,
            "neighbors": found.neighbors,
            **rules,
        }
    )
