"""``w2vcli map``: words on paper, in a terminal, as a picture, or as a page to move about in."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from w2vcli.cli import console, options, paths, picture_files, progress
from w2vcli.cli.escaping import printable, shortened
from w2vcli.cli.lines import cut, line_batches
from w2vcli.cli.options import option
from w2vcli.cli.queries import complain_of_unknown
from w2vcli.errors import UNKNOWN_WORDS, UsageError
from w2vcli.vectors.choices import Colouring, Projection

if TYPE_CHECKING:
    from w2vcli import WordMap

_TOP, _TOP_OF_PAGE = 300, 3000
_NEIGHBORS = 10
_NAMED = 3


def map_(
    model: options.ModelFile,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="WORD",
            help="Words to show with their neighbours, '-' for those on standard input; if none "
            "is given, the most frequent words.",
        ),
    ] = None,
    top: Annotated[
        int | None,
        option(
            metavar="N",
            min=1,
            help=f"How many words, if none is given; {_TOP} if not given, or {_TOP_OF_PAGE} in a "
            "page.",
            show_default=False,
        ),
    ] = None,
    neighbors: Annotated[
        int | None,
        option(
            metavar="N",
            min=1,
            help=f"How many neighbours of each given word; {_NEIGHBORS} if not given.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        str | None,
        option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write a page for a browser (.html) or a picture (.svg, .png) instead.",
            show_default=False,
        ),
    ] = None,
    method: Annotated[
        Projection,
        option(help="Principal components, or UMAP or t-SNE, which keep neighbours together."),
    ] = "pca",
    colour: Annotated[
        Colouring,
        option("--colour", "--color", help="What colours stand for; a page shows either."),
    ] = "cluster",
    clusters: Annotated[
        int | None,
        option(
            metavar="N",
            min=1,
            help="How many clusters of the words on the map; 8 if not given, or as many as words "
            "are given.",
            show_default=False,
        ),
    ] = None,
    vectors: options.MaybeVectors = None,
    seed: options.Seed = 1,
    threads: options.Threads = None,
    json: options.Json = False,
) -> None:
    """Draw a map of the most frequent words, or of some words and their neighbours.

    Colours are clusters in all dimensions, or the frequency.
    """
    if output is not None and json:
        raise UsageError("--json writes places to stdout, and --output a picture; leave one out")
    kind = None if output is None else picture_files.kind_of("--output", output)
    path = None if output is None else paths.output_file(output, [model])
    given = list(dict.fromkeys(_given(words)))
    if given and top is not None:
        raise UsageError("--top chooses the most frequent words; leave it out where you name words")
    if not words and neighbors is not None:
        raise UsageError("--neighbors is for words that you name; leave it out, or name some")
    from w2vcli import Spellings, VectorSpace, load, map_words
    from w2vcli.system.threads import processors

    space = VectorSpace(load(model), vectors)
    known = [word for word in given if space.model.find(word) is not None]
    unknown = [word for word in given if space.model.find(word) is None]
    if known or not given:
        with progress.meter("making the map"):
            found = map_words(
                space,
                known,
                top or (_TOP_OF_PAGE if kind == "html" else _TOP),
                neighbors or _NEIGHBORS,
                method,
                clusters,
                seed,
                threads or processors(),
            )
        title = _title(model, known, found)
        if path is not None and kind is not None:
            picture_files.write_map(path, kind, found, title, colour)
        else:
            _show(found, title, colour, json)
    if unknown:
        complain_of_unknown(unknown, space.model, Spellings(space.model.words), set())
        raise typer.Exit(UNKNOWN_WORDS)


def _given(words: list[str] | None) -> list[str]:
    """Return the words to show: the arguments, or for ``-`` those on standard input."""
    if words != ["-"]:
        return words or []
    found = [word for lines in line_batches() for line in lines for word in cut(line)]
    if not found:
        raise UsageError(
            "there are no words on standard input; leave '-' out for the frequent ones"
        )
    return found


def _title(model: str, known: list[str], found: "WordMap") -> str:
    file = printable(Path(model).name)
    if not known:
        several = len(found.words) > 1
        size = f"{len(found.words):,} " if several else ""
        # Nobody knows the counts of imported vectors.
        which = f"first {size}" if found.counts is None else f"{size}most frequent "
        return f"{file}: the {which}{'words' if several else 'word'}"
    named = ", ".join(shortened(word, 24) for word in known[:_NAMED])
    whose = "its" if len(known) == 1 else "their"
    more = f" and {len(known) - _NAMED:,} more" if len(known) > _NAMED else ""
    return f"{file}: {named}{more}, with {whose} neighbours"


def _show(found: "WordMap", title: str, colour: Colouring, json: bool) -> None:
    if json:
        _write_json(found)
    elif console.results_on_terminal():
        from w2vcli.cli.map_screen import write_map

        write_map(found, title, colour)
    else:
        _write_rows(found)


def _write_rows(found: "WordMap") -> None:
    with console.together():
        for word, (x, y), count, cluster in _rows(found):
            known = "unknown" if count is None else str(count)
            console.write_row([word, f"{x:.5f}", f"{y:.5f}", known, str(cluster)])


def _write_json(found: "WordMap") -> None:
    with console.together():
        for number, (word, (x, y), count, cluster) in enumerate(_rows(found)):
            place = {"x": round(x, 5), "y": round(y, 5), "count": count, "cluster": cluster}
            console.write_json({"word": word} | place | {"asked": number in found.asked})


def _rows(found: "WordMap") -> Iterator[tuple[str, list[float], int | None, int | None]]:
    """Return what a pipe gets of each word."""
    unknown: list[None] = [None] * len(found.words)
    counts = unknown if found.counts is None else found.counts.tolist()
    clusters = unknown if found.clusters is None else found.clusters.tolist()
    return zip(found.words, found.places.tolist(), counts, clusters, strict=True)
