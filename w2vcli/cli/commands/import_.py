"""``w2vcli import``: vectors that another program wrote, to ask them questions."""

from typing import Annotated

import typer

from w2vcli.cli import console, options, paths, progress
from w2vcli.cli.options import option
from w2vcli.formats.choices import ImportName, OnBadRows

_SHOWN = 3


def import_(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="Vectors in word2vec's text or binary format, GloVe's, fastText's .vec or .bin, "
            "or finalfusion's .fifu; '-' for standard input; gzip, bzip2, xz and Zstandard are "
            "recognised.",
        ),
    ],
    output: Annotated[str, option("--output", "-o", metavar="MODEL", help="The file to write.")],
    format: Annotated[
        ImportName | None,
        option(help="The format; told by the content if not given.", show_default=False),
    ] = None,
    top: Annotated[
        int | None,
        option(metavar="N", min=1, help="Only the first N words.", show_default=False),
    ] = None,
    on_bad_rows: Annotated[
        OnBadRows, option(help="What to do about a row that cannot be used: fail, or leave it out.")
    ] = "error",
    lock: options.Lock = "fail",
    strict_exit: options.StrictExit = False,
    json: options.Json = False,
) -> None:
    """Read vectors that another program trained, so that questions can be asked of them."""
    target = paths.output_file(output, [file])
    from w2vcli import import_vectors

    with paths.output_lock(target, lock, strict=strict_exit):
        with progress.meter(f"reading {file}") as meter:
            done = import_vectors(
                file, format, top, on_bad_rows, lambda share: meter.update(share, f"reading {file}")
            )
        done.vectors.save(target)
    words, dim = done.vectors.w_in.shape
    if done.skipped:
        more = done.skipped - _SHOWN
        others = f"; and {more:,} more" if more > 0 else ""
        console.complain(
            f"warning: {done.skipped:,} bad row{'s are' if done.skipped > 1 else ' is'} left out: "
            f"{'; '.join(done.bad[:_SHOWN])}{others}"
        )
    console.note(
        f"wrote {output}: {words:,} word{'s' * (words != 1)}, {dim} number{'s' * (dim != 1)} each, "
        f"from {done.format}"
    )
    if json:
        source = done.vectors.source
        console.write_json(
            {
                "output": output,
                "words": words,
                "dim": dim,
                "source": source,
                "bad_rows": done.bad,
            }
        )
