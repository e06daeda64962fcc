"""``w2vcli train``: learn word vectors from a corpus."""

from typing import TYPE_CHECKING, Annotated

import typer

from w2vcli import console, signals
from w2vcli.commands import options
from w2vcli.commands.options import option
from w2vcli.commands.report import LossReport

if TYPE_CHECKING:
    from w2vcli.trainer import Progress


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("train")(train)


def train(
    corpus: options.Corpus,
    output: Annotated[
        str, option("--output", "-o", metavar="MODEL", help="The model file to write.")
    ],
    vocab: Annotated[
        str | None,
        option(
            metavar="VOCAB",
            help="A vocabulary made by build-vocab; if not given, one is made of the corpus.",
        ),
    ] = None,
    min_count: options.MinCount = None,
    max_vocab: options.MaxVocab = None,
    keep_words: options.KeepWords = None,
    drop_words: options.DropWords = None,
    lower: options.Lower = False,
    arch: Annotated[
        options.Arch, option(help="Predict the context (skipgram) or from it (cbow).")
    ] = "skipgram",
    method: Annotated[
        options.Method | None,
        option(
            help="By pair counts (grouped, skip-gram's default) or along the text (stream, "
            "CBOW's only way)."
        ),
    ] = None,
    dim: Annotated[
        int, option(metavar="N", min=1, max=100_000, help="Dimensions of the vectors.")
    ] = 100,
    window: Annotated[
        int, option(metavar="N", min=1, max=1000, help="Context words on either side.")
    ] = 5,
    window_weights: Annotated[
        options.WindowWeights,
        option(help="Near words weigh more, as in word2vec (linear), or all the same."),
    ] = "linear",
    subsample: Annotated[
        float,
        option(
            metavar="X", min=0, help="Threshold for frequent words; 0 for none.", **options.FINITE
        ),
    ] = 1e-3,
    passes: Annotated[int, option(metavar="N", min=1, help="Passes over the corpus.")] = 2,
    lr: Annotated[
        float | None,
        option(
            metavar="X",
            help="Largest step size; 0.25 for adagrad and 0.1 for sgd if not given.",
            **options.POSITIVE,
        ),
    ] = None,
    optimizer: Annotated[options.OptimizerName, option(help="How to descend.")] = "adagrad",
    batch: Annotated[
        int,
        option(metavar="N", min=1, help="Words (grouped) or positions (stream) in a step."),
    ] = 512,
    start: Annotated[
        options.Start,
        # A third one, zeros, is there to be refused with the reason.
        option(metavar="<spectral|random>", help="Begin with the SVD of the PMI, or at random."),
    ] = "spectral",
    bias: Annotated[bool, option(help="An output bias, which starts at the unigram.")] = True,
    seed: Annotated[int, option(metavar="N", min=0, help="Seed of all that is random.")] = 1,
    threads: Annotated[
        int | None,
        option(
            metavar="N",
            min=1,
            max=1024,
            help="Threads, one per processor if not given; the model does not depend on them.",
        ),
    ] = None,
    memory: options.Memory = "1G",
    validation: Annotated[
        str | None, option(metavar="FILE", help="Held-out text; its loss is shown each pass.")
    ] = None,
    json: options.Json = False,
) -> None:
    """Learn word vectors from a corpus.

    The softmax is exact: over the whole vocabulary, for every prediction.
    """
    from w2vcli.cooccurrence import Windows
    from w2vcli.corpus import Corpus
    from w2vcli.errors import UsageError
    from w2vcli.kernel import Team
    from w2vcli.parallel import processors
    from w2vcli.trainer import Progress, TrainingOptions
    from w2vcli.training import prepare
    from w2vcli.vocabulary import Selection, Vocabulary

    target = options.output_file(output, [*corpus, vocab, keep_words, drop_words, validation])
    if vocab is not None and (min_count, keep_words, drop_words) != (None, None, None):
        raise UsageError(
            "--min-count, --keep-words and --drop-words choose words when a vocabulary is built; "
            "leave them out with --vocab, or give them to 'w2vcli build-vocab'"
        )
    settings = TrainingOptions(
        arch=arch,
        method=method,
        dim=dim,
        windows=Windows(window, window_weights),
        subsample=subsample,
        passes=passes,
        lr=lr,
        optimizer=optimizer,
        batch=batch,
        start=start,
        bias=bias,
        seed=seed,
    ).resolved()
    words: Selection | Vocabulary
    if vocab is None:
        words = options.selection(min_count, max_vocab, keep_words, drop_words)
    else:
        words = Vocabulary.load(vocab).head(max_vocab)
    # Results on the way are a convenience: whatever becomes of them, the model is written.
    with console.feed() as send:
        with Team(threads or processors()) as team, console.meter("reading the corpus") as meter:
            text = Corpus(corpus, lower)
            held_out = Corpus([validation], lower) if validation else None
            training = prepare(text, settings, team, words, held_out, options.parse_size(memory))
            if training.encoded.summary and isinstance(words, Selection):
                options.describe_vocabulary(
                    training.encoded.summary, words, training.encoded.vocabulary
                )
            report = LossReport(send if json else None)
            report.baselines(training.trainer.baselines, held_out is not None)
            for event in training.trainer.run():
                signals.check()
                if isinstance(event, Progress):
                    _advance(meter, event)
                else:
                    report.finished(event)
            # Still within the team, whose BLAS has one thread: so these bits too are the same.
            model = training.model()
        model.save(target)
        console.note(f"wrote {target}")


def _advance(meter: console.Meter, event: "Progress") -> None:
    share = (event.pass_number - 1 + event.blocks_done / event.blocks) / event.passes
    meter.update(share, f"pass {event.pass_number}/{event.passes}  loss {event.loss:.4f}")
