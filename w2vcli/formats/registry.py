"""The formats that vectors are exported to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, get_args

from w2vcli.errors import UsageError
from w2vcli.formats import (
    numpy_files,
    parquet,
    projector,
    static_embedding,
    text_lines,
    word2vec_binary,
    words,
)
from w2vcli.formats.choices import ExportName
from w2vcli.formats.rows import Rows
from w2vcli.system.folders import check_folder
from w2vcli.vectors.choices import Vectors


def _nothing_to_check() -> None:
    """Need no library that may be missing."""


@dataclass(frozen=True)
class Format:
    """A format of vectors.

    Attributes
    ----------
    write
        Writes rows to the binary streams of its files.
    unsafe
        Says why a word cannot be carried, or None.
    unsafe_lower
        The same for a model of lower-cased text; None if that makes no difference.
    endings
        How its names end; the first that fits a name gives the format.
    beside
        The ending of a second file, for formats of two.
    inside
        The names of its files, for formats that are a folder.
    text
        Whether it is one file of text.
    compressed
        Whether its readers take it compressed by gzip.
    float16
        Whether it has numbers of this type.
    check
        Raises a UsageError if a library is missing.
    vectors
        Which vectors of a model are written if nobody says.
    """

    write: Callable[[Rows, Sequence[IO[bytes]]], None]
    unsafe: Callable[[str], str | None] = words.any_word
    unsafe_lower: Callable[[str], str | None] | None = None
    endings: tuple[str, ...] = ()
    beside: str = ""
    inside: tuple[str, ...] = ()
    text: bool = False
    compressed: bool = False
    float16: bool = False
    check: Callable[[], None] = _nothing_to_check
    vectors: Vectors = "blend"


FORMATS: dict[ExportName, Format] = {
    # The longer ending first: ".glove.txt" ends in ".txt" too.
    "glove": Format(
        text_lines.write_glove,
        words.split_by_python,
        endings=(".glove", ".glove.txt"),
        text=True,
        compressed=True,
    ),
    "word2vec": Format(
        text_lines.write_word2vec, endings=(".txt", ".vec"), text=True, compressed=True
    ),
    # The same text, of other vectors: fastText writes those that it makes of a word's n-grams.
    "fasttext-vec": Format(text_lines.write_word2vec, text=True, compressed=True, vectors="input"),
    "spacy": Format(text_lines.write_word2vec, text=True, compressed=True),
    "word2vec-binary": Format(word2vec_binary.write, endings=(".bin",), compressed=True),
    "npy": Format(
        numpy_files.write,
        words.one_line,
        endings=(".npy",),
        beside=".words.txt",
        float16=True,
    ),
    "parquet": Format(
        parquet.write, endings=(".parquet",), float16=True, check=parquet.check_library
    ),
    "projector": Format(
        projector.write,
        words.blank_in_javascript,
        endings=(".tsv",),
        beside=".metadata.tsv",
    ),
    "static-embedding": Format(
        static_embedding.write_sentence_transformers,
        words.matched_by_tokenizer,
        words.matched_in_lower_case,
        endings=("/",),
        inside=static_embedding.SENTENCE_TRANSFORMERS_FILES,
        float16=True,
    ),
    "model2vec": Format(
        static_embedding.write_model2vec,
        words.matched_by_tokenizer,
        words.matched_in_lower_case,
        inside=static_embedding.MODEL2VEC_FILES,
        float16=True,
    ),
}


def chosen_format(output: str, name: ExportName | None) -> ExportName:
    """Return the format for the name of an output: the one named, else by the ending.

    Raises
    ------
    UsageError
        If the ending is none of a format, or one of gzip where that is not read.
    """
    compressed = output.endswith(".gz")
    plain = output.removesuffix(".gz")
    found = name or next(
        (each for each, form in FORMATS.items() if plain.endswith(form.endings or ("\0",))), None
    )
    if output == "-":
        found = found or "word2vec"
    if found is None:
        raise UsageError(
            f"--output: the ending of {output} is none of a format; choose one of "
            f"{', '.join(get_args(ExportName))} with --format"
        )
    if output == "-" and not FORMATS[found].text:
        raise UsageError(
            f"--format {found}: this is not text, so it cannot be written to standard output; "
            "name a file"
        )
    if compressed and not FORMATS[found].compressed:
        raise UsageError(
            f"--output: readers of {found} take no file compressed by gzip; leave out .gz"
        )
    return found


def export_files(path: Path, name: ExportName) -> list[Path]:
    """Return the files of an export, or its folder, and check that this can be one.

    Raises
    ------
    OutputError
        As ``folders.check_folder``.
    """
    form = FORMATS[name]
    if form.inside:
        check_folder(path, is_export)
    if not form.beside:
        return [path]
    stem = path.stem if path.suffix in form.endings else path.name
    return [path, path.with_name(stem + form.beside)]


def is_export(folder: Path) -> bool:
    """Return whether a folder was exported by us, and holds nothing else."""
    readme = folder / "README.md"  # first: a foreign folder may hold a million files
    if not readme.is_file() or static_embedding.MADE_BY not in readme.read_bytes()[: 1 << 12]:
        return False
    files = {Path(name) for form in FORMATS.values() for name in form.inside}
    folders = {parent for file in files for parent in file.parents}
    for held in folder.rglob("*"):
        is_folder = held.is_dir() and not held.is_symlink()
        if held.relative_to(folder) not in (folders if is_folder else files):
            return False
    return True
