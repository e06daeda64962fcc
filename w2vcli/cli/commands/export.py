"""``w2vcli export``: vectors in the formats of other programs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from w2vcli.cli import console, options, paths, progress
from w2vcli.cli.options import option
from w2vcli.errors import UsageError
from w2vcli.formats.choices import ExportName
from w2vcli.vectors.choices import Vectors

if TYPE_CHECKING:
    from w2vcli import Exported


def export(
    model: options.ModelFile,
    output: Annotated[
        str,
        option(
            "--output",
            "-o",
            metavar="FILE",
            help="The file to write, whose ending gives the format; a folder where it ends in '/' "
            "or the format is one; '-' for text on stdout. With .gz at the end it is compressed.",
        ),
    ],
    format: Annotated[
        ExportName | None,
        option(
            metavar="FORMAT",
            help="If the ending does not give it: word2vec, word2vec-binary, glove, fasttext-vec, "
            "npy, parquet, projector, static-embedding, model2vec or spacy.",
            show_default=False,
        ),
    ] = None,
    vectors: Annotated[
        Vectors | None,
        option(
            help="The rows of W_in, of W_out, their sums, blend (W_in + W_out/8), or both side by "
            "side, with twice the numbers; if not given blend, input as fasttext-vec, or the only "
            "ones of imported words.",
            show_default=False,
        ),
    ] = None,
    top: Annotated[
        int | None,
        option(metavar="N", min=1, help="Only the N most frequent words.", show_default=False),
    ] = None,
    words: Annotated[
        str | None, option(metavar="FILE", help="Only these words, one a line.")
    ] = None,
    float16: Annotated[
        bool, option("--float16", help="Half the size: 3 digits a number, in formats that can.")
    ] = False,
    normalize: Annotated[
        bool, option("--normalize", help="Give each vector the length one.")
    ] = False,
    skip_unsafe: Annotated[
        bool,
        option("--skip-unsafe", help="Leave out words that the format cannot carry, and say so."),
    ] = False,
    lock: options.Lock = "fail",
    strict_exit: options.StrictExit = False,
    json: options.Json = False,
) -> None:
    """Write vectors for gensim, spaCy, FAISS, pandas, sentence-transformers and others."""
    to_stdout = output == "-"
    if to_stdout and json:
        raise UsageError("--json and --output - both write to stdout; leave one of them out")
    inputs = [model, words]
    paths.input_files([output, *inputs] if not to_stdout else inputs)
    from w2vcli import (
        ExportOptions,
        chosen_format,
        export_files,
        export_vectors,
        load,
        read_word_list,
    )

    chosen = chosen_format(output, format)
    only = None if words is None else read_word_list(words)
    wanted = ExportOptions(chosen, vectors, top, only, float16, normalize, skip_unsafe)
    if to_stdout:
        with console.text_results() as stream:
            _report(export_vectors(load(model), stream, wanted), output)
        return
    target = Path(output)
    files = export_files(target, chosen)
    folder = chosen in ("static-embedding", "model2vec")
    if not folder:
        for file in files:
            paths.output_file(str(file), inputs)
    with (
        paths.output_lock(files[0], lock, *files[1:], folder=folder, strict=strict_exit),
        progress.meter(f"writing {output}") as meter,
    ):
        done = export_vectors(
            load(model), target, wanted, lambda share: meter.update(share, f"writing {output}")
        )
    _report(done, output)
    if json:
        console.write_json(
            {
                "output": output,
                "format": done.format,
                "vectors": done.vectors,
                "words": done.words,
                "dim": done.dim,
                "bytes": done.bytes,
                "files": [str(file) for file in done.files],
                "skipped": done.skipped,
                "missing": done.missing,
            }
        )


def _report(done: "Exported", output: str) -> None:
    if done.missing:
        console.complain(
            f"warning: the model lacks {len(done.missing):,} of the words of --words, such as "
            f"'{done.missing[0]}'"
        )
    if done.skipped:
        console.complain(
            f"warning: {done.format} cannot carry {len(done.skipped):,} of the words, such as "
            f"'{done.skipped[0]}', which are left out"
        )
    if not done.files:
        return
    names = output if len(done.files) > 2 else " and ".join(map(str, done.files))
    console.note(
        f"wrote {names}: {done.words:,} words, {done.dim} numbers each, {done.bytes / 1e6:,.1f} MB"
    )
    if done.format == "spacy":
        console.note(f"for spaCy: python -m spacy init vectors LANGUAGE {output} FOLDER")
