"""``w2vcli info``: the kind of a file, and how it was made."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from w2vcli.cli import console, live_curve, options, pages, paths, picture_files
from w2vcli.cli.escaping import printable
from w2vcli.cli.options import option

_SHOWN = 10


def info(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="A model, a checkpoint, a segment of a store, or a vocabulary."
        ),
    ],
    verify: Annotated[
        bool,
        option(
            "--verify",
            help="Read the whole file and compare its checksum; of a vocabulary, which has none, "
            "check the order of its lines.",
        ),
    ] = False,
    plot: options.Plot = None,
    json: options.Json = False,
) -> None:
    """Say what a file is, and whence: its size, options, texts, losses and versions."""
    paths.input_files([file])
    kind = picture_files.kind_of("--plot", plot) if plot is not None else ""
    picture = paths.picture_file("--plot", plot, [file]) if plot is not None else None
    from w2vcli import curve_of, facts_of

    facts = facts_of(Path(file), verify)
    if picture:
        drawn = live_curve.drawn(curve_of(Path(file)), live_curve.title_of(file), kind)
        picture_files.write(picture, drawn)
        console.note(f"wrote {picture}")
    if json:
        console.write_json({"file": file} | facts)
        return
    if not verify:  # "verified no" would look like a failure
        facts = {name: value for name, value in facts.items() if not name.startswith("verified")}
    rows = [[printable(name), printable(text)] for name, text in _rows(facts)]
    pages.write_table(file, pages.Table(["fact", "value"], rows, labels=2))


def _rows(value: Any, name: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401 - plain values
    """Yield a name and a text for each fact within: the name is its path in the JSON."""
    prefix = f"{name}." if name else ""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _rows(item, prefix + key)
    elif name == "curve.points" and isinstance(value, list):
        yield name, f"{len(value)}; --json shows them, and --plot draws them"
    elif isinstance(value, list) and value:
        left_out = range(_SHOWN, len(value) - _SHOWN)  # the last loss is worth the most
        for number, item in enumerate(value):
            if number not in left_out:
                yield from _rows(item, f"{prefix}{number + 1}")
            elif number == _SHOWN:
                yield f"{prefix}...", f"{len(left_out)} more; --json shows all"
    else:
        yield name, _text(value)


def _text(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value) if isinstance(value, str | int) else "none"
