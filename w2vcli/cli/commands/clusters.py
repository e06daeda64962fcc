"""``w2vcli clusters``: words in groups of similar ones."""

from typing import TYPE_CHECKING, Annotated

from w2vcli.cli import console, options, pages, progress
from w2vcli.cli.options import option

if TYPE_CHECKING:
    from w2vcli import Clusters

_SHOWN = 8
"""Words of a cluster in a table."""


def clusters(
    model: options.ModelFile,
    number: Annotated[int, option("--number", "-k", metavar="N", min=1, help="How many clusters.")],
    vectors: options.MaybeVectors = None,
    restrict: Annotated[
        int | None, option(metavar="N", min=1, help="Only the first N words of the model.")
    ] = None,
    seed: options.Seed = 1,
    threads: options.Threads = None,
    json: options.Json = False,
) -> None:
    """Divide the words into clusters of similar ones, by k-means on vectors of length one.

    The largest cluster is number 0; the words of each are in order, the most central first.
    """
    from w2vcli import VectorSpace, find_clusters, load
    from w2vcli.system.threads import processors

    space = VectorSpace(load(model), vectors)
    with progress.meter("finding clusters"):
        found = find_clusters(space, number, restrict, seed, threads or processors())
    if not found.settled:
        console.complain(
            f"warning: more than one word in a thousand still changed its cluster in pass "
            f"{found.passes}, which was the last"
        )
    if json:
        _write_json(found)
    elif console.results_on_terminal():
        rows = [
            [str(place), str(len(words)), " ".join(n.word for n in words[:_SHOWN])]
            for place, words in enumerate(found.members)
        ]
        table = pages.Table(["cluster", "words", "most central"], rows, labels=3)
        pages.write_table("Clusters", table)
    else:
        _write_rows(found)


def _write_json(found: "Clusters") -> None:
    for place, words in enumerate(found.members):
        members = [{"word": n.word, "cosine": round(n.score, 6)} for n in words]
        console.write_json({"cluster": place, "size": len(words), "words": members})


def _write_rows(found: "Clusters") -> None:
    for place, words in enumerate(found.members):
        with console.together():
            for neighbor in words:
                console.write_row([neighbor.word, str(place), f"{neighbor.score:.4f}"])
