"""``w2vcli tokenize``: raw text in, one space between its words out."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from w2vcli.cli import console, option_groups, options, paths, progress, text_options
from w2vcli.cli.options import option
from w2vcli.errors import UsageError

if TYPE_CHECKING:
    from w2vcli import Corpus


@option_groups.gathers
def tokenize(
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILE",
            help="Raw text in UTF-8: files, folders, patterns, URLs (s3://, https:// ...), or '-' "
            "for standard input, which is read if none is given; gzip, bzip2, xz and Zstandard are "
            "recognised.",
            show_default=False,
        ),
    ] = None,
    *,
    output: Annotated[
        str | None,
        option(
            "--output", "-o", metavar="FILE", help="The file to write; if not given, to stdout."
        ),
    ] = None,
    texts: text_options.TokenizedTexts,
    threads: options.Threads = None,
    lock: options.Lock = "fail",
    strict_exit: options.StrictExit = False,
    json: Annotated[
        bool, option("--json", help="With --output: write JSON about it to stdout.")
    ] = False,
) -> None:
    """Find the words in raw text, and write them with one space between.

    A line stays a line, unless --lines joins them. What 'train --tokenize words' reads is the same,
    byte for byte.
    """
    if json and output is None:
        raise UsageError("--json is about the file that --output writes; give --output too")
    if not files and texts.files_from is None:
        if sys.stdin is not None and sys.stdin.isatty():
            raise UsageError("no text was given; name files, or pipe raw text in")
        if "-" in texts.files:
            raise UsageError(
                "standard input is the table of --phrases, and the text is read from there too if "
                "none is given; name a text"
            )
        files = ["-"]
    names = texts.names(files)
    if output is None:
        paths.input_files([*names, *texts.files])
        text = texts.corpus(names)
        _check_stdout([*text.files, *texts.files])
        with progress.meter("tokenizing", text.progress):
            for piece in _pieces(text, threads):
                console.write_bytes(piece)
        texts.report(text.records)
        return
    target = paths.output_file(output, [*names, *texts.files])
    with paths.output_lock(target, lock, strict=strict_exit):
        text = texts.corpus(names)
        with progress.meter("tokenizing", text.progress):
            lines, tokens = _save(target, _pieces(text, threads))
    texts.report(text.records)
    console.note(f"wrote {target}: {lines:,} lines, {tokens:,} tokens")
    if json:
        console.write_json({"output": output, "lines": lines, "tokens": tokens})


def _check_stdout(files: Iterable[str]) -> None:
    """Raise a UsageError if standard output is one of the files that are read."""
    from w2vcli.system.inputs import is_stdout

    for name in files:
        if is_stdout(name):
            raise UsageError(
                f"standard output is {name}, which is also read; write to another file"
                if name != "-"
                else "standard output is the file of standard input; write to another file"
            )


def _pieces(text: "Corpus", threads: int | None) -> Iterable[bytes]:
    """Yield the tokenized text, made while what was made before is written."""
    from w2vcli.system.threads import prefetch, processors

    return prefetch(text.tokens(), threads or processors())


def _save(target: Path, pieces: Iterable[bytes]) -> tuple[int, int]:
    """Write the pieces, whole or not at all; return the numbers of lines and tokens."""
    from w2vcli.system.files import atomic_output

    lines = tokens = 0
    with atomic_output(target) as stream:
        for piece in pieces:
            stream.write(piece)
            lines += piece.count(b"\n")
            tokens += len(piece.split())
    return lines, tokens
