"""Options that several commands share, each described once."""

from functools import partial
from typing import Annotated, Any

import typer

from w2vcli import TrainingOptions
from w2vcli.cli import values
from w2vcli.text.reading import OnBadBytes
from w2vcli.text.rules import Lines, Numbers, Punctuation, Tokenize
from w2vcli.text.windows import WindowWeights
from w2vcli.training.options import Arch
from w2vcli.vectors.choices import Vectors as VectorsName

# How the environment variable follows from the name stands in --help of the application.
option = partial(typer.Option, show_envvar=False)

WINDOWS = TrainingOptions().windows
"""The defaults of --window and --window-weights."""

FINITE: dict[str, Any] = {"callback": values.checked_finite}
POSITIVE: dict[str, Any] = {"callback": values.checked_positive}

CORPUS = typer.Argument(
    metavar="CORPUS",
    help="Text in UTF-8, words between white space, a sentence or paragraph a line: files, "
    "folders, patterns, URLs (s3://, https:// ...), or '-' for standard input; gzip, bzip2, xz and "
    "Zstandard are recognised.",
    show_default=False,
)
Corpus = Annotated[list[str], CORPUS]
MaybeCorpus = Annotated[list[str] | None, CORPUS]
Json = Annotated[bool, option("--json", help="Write JSON, one object a line, to stdout.")]
MinCount = Annotated[
    int | None,
    option(metavar="N", min=1, help="Least count of a word; 5 if not given.", show_default=False),
]
MaxVocab = Annotated[
    int | None,
    option(metavar="N", min=1, help="Keep the N most frequent words.", show_default=False),
]
KeepWords = Annotated[
    str | None,
    option(metavar="FILE", help="Words to keep whatever their count, one a line."),
]
DropWords = Annotated[str | None, option(metavar="FILE", help="Words to leave out, one a line.")]
Lower = Annotated[
    bool,
    option(
        "--lower",
        help="Lower-case the text. Where it is tokenized, by Unicode's case folding: ß becomes ss, "
        "a final ς is σ; the Turkish ı stays, and İ becomes i with a dot above it.",
    ),
]
TokenizeOption = Annotated[
    Tokenize | None,
    option(
        metavar="words",
        help="Find the words in raw text, as 'w2vcli tokenize' does; if not given, words stand "
        "between white space.",
        show_default=False,
    ),
]
NumbersOption = Annotated[
    Numbers, option(help="Numbers in raw text: keep them, make each a 0, or drop them.")
]
PunctuationOption = Annotated[
    Punctuation, option(help="Marks and symbols in raw text: each is a token, or dropped.")
]
LinesOption = Annotated[
    Lines,
    option(
        help="A line of raw text is one, lines are joined to paragraphs (which blank lines "
        "separate), or these are cut into sentences; no window reaches beyond a line."
    ),
]
Encoding = Annotated[
    str, option(metavar="NAME", help="The encoding of the text, such as utf-16 or cp1252.")
]
OnBadBytesOption = Annotated[
    OnBadBytes,
    option(
        help="If bytes are no text: an error that names all such files, U+FFFD in their place, or "
        "the lines left out."
    ),
]
Include = Annotated[
    list[str] | None,
    option(
        metavar="PATTERN",
        help="Of the files in folders, only those whose names match, as in '*.txt'; may be "
        "repeated.",
    ),
]
FilesFrom = Annotated[
    str | None,
    option(
        metavar="FILE",
        help="Read the texts, too, whose names stand in this file ('-' for standard input), one a "
        "line, or ended by NUL characters.",
        show_default=False,
    ),
]
ModelPhrases = Annotated[
    list[str] | None,
    option(
        "--phrases",
        metavar="TABLE",
        help="The phrases that were joined when the model was trained; again if they were several "
        "tables.",
    ),
]
PhrasesOption = Annotated[
    list[str] | None,
    option(
        metavar="TABLE",
        help="Join the phrases of a table made by 'w2vcli phrases'; again for longer ones.",
    ),
]
ModelFile = Annotated[
    str, typer.Argument(metavar="MODEL", help="A model file made by 'w2vcli train'.")
]
Memory = Annotated[
    str,
    option(
        metavar="SIZE",
        callback=values.checked_size,
        help="Memory for pair counts (not for the whole process), as in 500M; beyond it they are "
        "merged on disk (in TMPDIR).",
    ),
]
MEMORY = "1G"
"""For pair counts, if nothing is said."""

RunMemory = Annotated[
    str | None,
    option(
        metavar="SIZE",
        callback=values.checked_run_memory,
        help="Memory of the process, as in 2G; words and matrices have to fit, and beyond it pair "
        "counts are merged on disk (in TMPDIR). If not given, pair counts may take 1G, or half of "
        "what is left.",
        show_default=False,
    ),
]
Plan = Annotated[
    bool,
    option(
        "--plan",
        help="Say what it would take, in words, memory and time, and do nothing; for smaller "
        "vocabularies, too.",
    ),
]
ProcessMemory = Annotated[
    str,
    option(
        metavar="SIZE",
        callback=values.checked_process_memory,
        help="Memory of the process, as in 500M; the words have to fit, and beyond it counts "
        "are merged on disk (in TMPDIR).",
    ),
]
MaybeVectors = Annotated[
    VectorsName | None,
    option(
        help="Which vectors: the rows of W_in, of W_out, their sums, blend (W_in + W_out/8), or "
        "both side by side; both if not given, or the only ones of imported words.",
        show_default=False,
    ),
]
Restrict = Annotated[
    int | None,
    option(metavar="N", min=1, help="Only the first N words of the model are answers."),
]
Among = Annotated[
    str | None, option(metavar="FILE", help="Only the words of this file are answers, one a line.")
]
MinScore = Annotated[
    float | None,
    option(
        metavar="X", callback=values.checked_finite, help="Only answers of at least this score."
    ),
]
NoOov = Annotated[
    bool,
    option(
        "--no-oov",
        help="A word that the vocabulary lacks is unknown; if not given, a model with n-grams "
        "makes its vector of those that it knows.",
    ),
]
Top = Annotated[int, option(metavar="N", min=1, help="How many answers.")]
ArchOption = Annotated[Arch, option(help="Predict the context (skipgram) or from it (cbow).")]
Window = Annotated[int, option(metavar="N", min=1, max=1000, help="Context words on either side.")]
WindowWeightsOption = Annotated[
    WindowWeights, option(help="Near words weigh more, as in word2vec (linear), or all the same.")
]
StoreWindow = Annotated[
    int | None,
    option(
        metavar="N",
        min=1,
        max=1000,
        help=f"Context words on either side; {WINDOWS.size} if not given, or those of the store.",
        show_default=False,
    ),
]
StoreWindowWeights = Annotated[
    WindowWeights | None,
    option(
        help="Near words weigh more, as in word2vec (linear), or all the same; "
        f"{WINDOWS.weights} if not given, or those of the store.",
        show_default=False,
    ),
]
Smoothing = Annotated[
    float,
    option(
        metavar="X",
        min=0,
        max=1,
        help="A word that occurs n times is predicted as if n^X times; 1 for no smoothing.",
        **FINITE,
    ),
]
Prior = Annotated[
    float,
    option(
        metavar="X",
        min=0,
        help="Lambda of a Gaussian prior on the input vectors: X/2 times the square of each is "
        "added to the loss; 0 for none.",
        **FINITE,
    ),
]
Bias = Annotated[bool, option(help="An output bias, which starts at the unigram.")]
Seed = Annotated[int, option(metavar="N", min=0, help="Seed of all that is random.")]
Threads = Annotated[
    int | None,
    option(
        metavar="N",
        min=1,
        max=1024,
        help="Threads, one per processor if not given; the result does not depend on them.",
    ),
]
Lock = Annotated[
    str,
    option(
        metavar="<fail|wait[=SECONDS]|skip>",
        callback=values.checked_lock,
        help="If another run is at work on the same output: fail with exit code 75, wait for it, "
        "or leave it the work and end with 0.",
    ),
]
StrictExit = Annotated[
    bool,
    option(
        "--strict-exit",
        help="End with exit code 6, and not 0, if --lock skip leaves the work to another run.",
    ),
]
CheckpointEvery = Annotated[
    str | None,
    option(
        metavar="INTERVAL",
        callback=values.checked_interval,
        help="Save the run so often, as in 10m or 1pass, to MODEL.checkpoint.",
        show_default=False,
    ),
]
Plot = Annotated[
    str | None,
    option(
        metavar="FILE",
        help="Draw the losses over the passes, to FILE.html, FILE.svg or FILE.png.",
        show_default=False,
    ),
]
MaxTime = Annotated[
    str | None,
    option(
        metavar="TIME",
        callback=values.checked_time,
        help="Stop after this time, as in 50m: save the run, and end with exit code 0.",
        show_default=False,
    ),
]


Label = Annotated[
    str | None,
    option(
        metavar="LABEL",
        help="A name for what is counted now, to choose it or remove it by; today's date if not "
        "given.",
        show_default=False,
    ),
]
Like = Annotated[
    str | None,
    option(
        metavar="MODEL",
        help="Train as this model was trained: its options, where they are not given here.",
        show_default=False,
    ),
]
STORE_FOLDER = "A count store: a folder, or its URL, that 'w2vcli count' fills."
Segments = Annotated[
    str | None,
    option(
        metavar="<last:N|but-last:N|LABEL,...>",
        callback=values.checked_segments,
        help="Only these segments: those of the N last labels, of all labels but the N last, or of "
        "labels by name.",
        show_default=False,
    ),
]
