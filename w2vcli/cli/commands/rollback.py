"""``w2vcli rollback``: put the model before back in its place."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from w2vcli.cli import console, options, pages, paths, values
from w2vcli.cli.escaping import printable
from w2vcli.cli.options import option
from w2vcli.errors import UsageError

if TYPE_CHECKING:
    from w2vcli.training.publishing import Generation


def rollback(
    model: Annotated[
        str,
        typer.Argument(metavar="MODEL", help="The model file that 'w2vcli train --keep' writes."),
    ],
    list: Annotated[
        bool, option("--list", help="Change nothing: list the model and those before it.")
    ] = False,
    lock: options.Lock = "fail",
    strict_exit: options.StrictExit = False,
    json: options.Json = False,
) -> None:
    """Put MODEL.1, the model before, back in place of MODEL.

    What was there becomes MODEL.refused, in place of another one, and MODEL.2 becomes MODEL.1, and
    so on. MODEL is there at every moment.
    """
    paths.input_files([model])
    if model == "-":
        raise UsageError("'-' (standard input) is no model that could be replaced; name a file")
    path = Path(model)
    from w2vcli import kept_models, roll_back

    if list:
        models = [_plain(each) for each in kept_models(path)]
        _show(f"{model} and the models before it", models, json)
        return
    with paths.skipped_if_locked(path, lock, strict_exit):
        done = roll_back(path, values.parse_patience(lock))
    if done.finished:
        console.note(f"{path}: finished a rollback that was killed, and made no other")
    console.note(f"{path} is {_said(_plain(done.model))}")
    if done.replaced:
        console.note(f"what it replaced is {done.replaced.path}, {_said(_plain(done.replaced))}")
    if done.left:
        console.note(f"still kept: {', '.join(str(each.path) for each in done.left)}")
    if json:
        console.write_json(
            {
                "model": _plain(done.model),
                "replaced": _plain(done.replaced) if done.replaced else None,
                "left": [_plain(each) for each in done.left],
                "finished": done.finished,
            }
        )


def _plain(model: "Generation") -> dict[str, Any]:
    """Return what is known of a model as plain values."""
    return {
        "file": str(model.path),
        "time": model.time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "words": model.words,
        "dim": model.dim,
        "tokens": model.tokens,
    }


def _said(model: dict[str, Any]) -> str:
    """Describe a model."""
    if model["words"] is None:
        return f"of {model['time']}, and cannot be read"
    of = "" if model["tokens"] is None else f" of {model['tokens']:,} tokens"
    return f"of {model['time']}: {model['words']:,} words{of}"


def _show(title: str, models: list[dict[str, Any]], json: bool) -> None:
    if json:
        for model in models:
            console.write_json(model)
        return
    rows = []
    for model in models:
        size = [model[name] for name in ("words", "dim", "tokens")]
        known = ["unknown" if number is None else str(number) for number in size]
        rows.append([printable(model["file"]), model["time"], *known])
    columns = ["file", "written", "words", "dim", "tokens"]
    pages.write_table(title, pages.Table(columns, rows, labels=2))
