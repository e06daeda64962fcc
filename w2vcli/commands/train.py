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


@options.gathers
def train(
    corpus: options.Corpus,
    output: Annotated[
        str, option("--output", "-o", metavar="MODEL", help="The model file to write.")
    ],
    words: options.VocabularyWords,
    settings: options.Training,
    lower: options.Lower = False,
    threads: options.Threads = None,
    memory: options.Memory = "1G",
    validation: Annotated[
        str | None, option(metavar="FILE", help="Held-out text; its loss is shown each pass.")
    ] = None,
    json: options.Json = False,
) -> None:
    """Learn word vectors from a corpus.

    The softmax is exact: over the whole vocabulary, for every prediction.
    """
    from w2vcli.corpus import Corpus
    from w2vcli.kernel import Team
    from w2vcli.parallel import processors
    from w2vcli.trainer import Progress
    from w2vcli.training import prepare
    from w2vcli.vocabulary import Selection

    target = options.output_file(output, [*corpus, *words.files, validation])
    chosen = words.read()
    # Results on the way are a convenience: whatever becomes of them, the model is written.
    with console.feed() as send:
        with Team(threads or processors()) as team, console.meter("reading the corpus") as meter:
            text = Corpus(corpus, lower)
            held_out = Corpus([validation], lower) if validation else None
            training = prepare(text, settings, team, chosen, held_out, options.parse_size(memory))
            if training.encoded.summary and isinstance(chosen, Selection):
                options.describe_vocabulary(
                    training.encoded.summary, chosen, training.encoded.vocabulary
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
