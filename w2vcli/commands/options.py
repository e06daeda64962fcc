"""Options that several commands share, described once."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from w2vcli import console

if TYPE_CHECKING:
    from w2vcli.vocabulary import Selection, Vocabulary, VocabularySummary

# These stand in the library too; here without importing Numba, for --help.
Arch = Literal["skipgram", "cbow"]
Method = Literal["grouped", "stream"]
Start = Literal["spectral", "random", "zeros"]
OptimizerName = Literal["adagrad", "sgd"]
WindowWeights = Literal["linear", "uniform"]
AnalogyMethod = Literal["add", "mul"]

CORPUS = typer.Argument(
    metavar="CORPUS...",
    help="Text in UTF-8, tokens between white space, a sentence or paragraph a line: files, "
    "folders, or '-' for standard input; gzip, bzip2, xz and Zstandard are recognised.",
    show_default=False,
)
Corpus = Annotated[list[str], CORPUS]
Json = Annotated[bool, typer.Option("--json", help="Write JSON, one object a line, to stdout.")]
MinCount = Annotated[
    int | None, typer.Option(min=1, help="The least count of a word.", show_default="5")
]
MaxVocab = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="Keep the N most frequent words.", show_default="all"),
]
KeepWords = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="Words to keep whatever their count, one a line.",
        show_default=False,
    ),
]
DropWords = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="Words to leave out, one a line.", show_default=False),
]
Lower = Annotated[bool, typer.Option("--lower", help="Lower-case the text.")]
ModelFile = Annotated[
    str, typer.Argument(metavar="MODEL", help="A model file made by 'w2vcli train'.")
]
Vectors = Annotated[
    Literal["input", "output", "sum"],
    typer.Option(help="Which vectors: the rows of W_in, of W_out, or their sums."),
]
Top = Annotated[int, typer.Option(min=1, help="How many answers.")]


def selection(
    min_count: int | None, max_vocab: int | None, keep: str | None, drop: str | None
) -> "Selection":
    """Return the choice of words that these options describe."""
    from w2vcli.vocabulary import MIN_COUNT, Selection, read_word_list

    return Selection(
        MIN_COUNT if min_count is None else min_count,
        max_vocab,
        read_word_list(keep) if keep else frozenset(),
        read_word_list(drop) if drop else frozenset(),
    )


def describe_vocabulary(
    summary: "VocabularySummary", selection: "Selection", vocabulary: "Vocabulary"
) -> None:
    """Say what became of the tokens of a corpus."""
    for word in sorted(selection.keep - vocabulary.ids.keys()):
        console.complain(f"warning: '{word}' of --keep-words does not occur in the corpus")
    why = {
        "drop_words": "listed in --drop-words",
        "min_count": f"rarer than {selection.min_count}",
        "max_vocab": f"beyond the {selection.max_vocab} most frequent",
    }
    console.note(
        f"vocabulary: {summary.kept_types:,} of {summary.types:,} types, {summary.kept_tokens:,} "
        f"of {summary.tokens:,} tokens ({summary.kept_tokens / summary.tokens:.2%}) kept"
    )
    for reason, (types, tokens) in summary.dropped.items():
        if types:
            console.note(f"dropped: {types:,} types, {tokens:,} tokens {why[reason]}")
