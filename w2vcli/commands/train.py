"""``w2vcli train``: learn word vectors from a corpus."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from w2vcli import console
from w2vcli.commands import options

if TYPE_CHECKING:
    from w2vcli.trainer import Baselines, FinalReport, PassReport, Progress


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("train")(train)


def train(
    corpus: options.Corpus,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="MODEL", help="The model file to write.")
    ],
    vocab: Annotated[
        str | None,
        typer.Option(
            metavar="VOCAB",
            help="A vocabulary made by build-vocab; without it one is made of the corpus.",
            show_default=False,
        ),
    ] = None,
    min_count: options.MinCount = None,
    max_vocab: options.MaxVocab = None,
    keep_words: options.KeepWords = None,
    drop_words: options.DropWords = None,
    lower: options.Lower = False,
    arch: Annotated[
        options.Arch, typer.Option(help="Predict the context (skipgram) or from it (cbow).")
    ] = "skipgram",
    method: Annotated[
        options.Method | None,
        typer.Option(
            help="By pair counts (grouped, skip-gram only) or along the text (stream).",
            show_default="grouped for skipgram, stream for cbow",
        ),
    ] = None,
    dim: Annotated[int, typer.Option(min=1, help="Dimensions of the vectors.")] = 100,
    window: Annotated[int, typer.Option(min=1, max=1000, help="Context words either side.")] = 5,
    window_weights: Annotated[
        options.WindowWeights,
        typer.Option(help="Near words weigh more, as in word2vec (linear), or all the same."),
    ] = "linear",
    subsample: Annotated[
        float, typer.Option(min=0, help="Threshold for frequent words; 0 for none.")
    ] = 1e-3,
    passes: Annotated[int, typer.Option(min=1, help="Passes over the corpus.")] = 5,
    lr: Annotated[
        float | None,
        typer.Option(help="The largest step size.", show_default="0.2 for adagrad, 0.025 for sgd"),
    ] = None,
    optimizer: Annotated[options.OptimizerName, typer.Option(help="How to descend.")] = "adagrad",
    batch: Annotated[
        int,
        typer.Option(min=1, help="Words (grouped) or positions of the text (stream) in a step."),
    ] = 512,
    start: Annotated[
        options.Start, typer.Option(help="Begin with the SVD of the PMI, or at random.")
    ] = "spectral",
    bias: Annotated[bool, typer.Option(help="An output bias, from the unigram on.")] = True,
    seed: Annotated[int, typer.Option(min=0, help="Of all that is random.")] = 1,
    threads: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Threads; the model does not depend on it.",
            show_default="all processors",
        ),
    ] = None,
    validation: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Held-out text; its loss is shown each pass.", show_default=False
        ),
    ] = None,
    json: options.Json = False,
) -> None:
    """Learn word vectors with the exact softmax over the whole vocabulary."""
    from w2vcli.cooccurrence import Windows
    from w2vcli.corpus import Corpus
    from w2vcli.errors import UsageError
    from w2vcli.files import check_output
    from w2vcli.kernel import Team, processors
    from w2vcli.trainer import Progress, TrainingOptions
    from w2vcli.training import prepare
    from w2vcli.vocabulary import Selection, Vocabulary

    check_output(output)
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
    with Team(threads or processors()) as team:
        training = prepare(
            Corpus(corpus, lower),
            settings,
            team,
            words,
            Corpus([validation], lower) if validation else None,
        )
        if training.encoded.summary and isinstance(words, Selection):
            options.describe_vocabulary(
                training.encoded.summary, words, training.encoded.vocabulary
            )
        _describe_baselines(training.trainer.baselines)
        with console.meter("training") as meter:
            for event in training.trainer.run():
                if isinstance(event, Progress):
                    _advance(meter, event)
                else:
                    _report(event, json)
    training.model().save(output)
    console.note(f"wrote {output}")


def _describe_baselines(baselines: "Baselines") -> None:
    """Say what the losses to come are to be compared with."""
    floor = (
        "" if baselines.floor is None else f", entropy floor of the counts {baselines.floor:.4f}"
    )
    console.note(
        f"to compare with, in nats per prediction: ln V {baselines.uniform:.4f}, "
        f"unigram {baselines.unigram:.4f}{floor}"
    )


def _advance(meter: console.Meter, event: "Progress") -> None:
    share = (event.pass_number - 1 + event.blocks_done / event.blocks) / event.passes
    meter.update(share, f"pass {event.pass_number}/{event.passes}  loss {event.loss:.4f}")


def _report(event: "PassReport | FinalReport", json: bool) -> None:
    """Say how a pass, or the whole run, ended."""
    from w2vcli.trainer import PassReport

    values: dict[str, object] = {"event": "done"}
    text = "done: "
    if isinstance(event, PassReport):
        values = {"event": "pass", "pass": event.pass_number, "passes": event.passes}
        text = f"pass {event.pass_number}/{event.passes}: "
    values |= {"loss": event.loss, "perplexity": math.exp(event.loss)}
    text += f"loss {event.loss:.4f}, perplexity {math.exp(event.loss):.2f}"
    if event.validation_loss is not None:
        perplexity = math.exp(event.validation_loss)
        values |= {"validation_loss": event.validation_loss, "validation_perplexity": perplexity}
        text += f", held out {event.validation_loss:.4f} ({perplexity:.2f})"
    console.note(f"{text}, {event.seconds:.1f} s")
    if json:
        console.write_json(values | {"seconds": round(event.seconds, 3)})
