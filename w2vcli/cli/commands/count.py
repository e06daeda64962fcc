"""``w2vcli count``: add the counts of texts to a store, or take them out."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

from w2vcli.cli import console, option_groups, options, paths, progress, text_options, values
from w2vcli.cli.options import option
from w2vcli.errors import UsageError

if TYPE_CHECKING:
    from w2vcli.counts.store import StoreChange

_MOST_WARNINGS = 20


@option_groups.gathers
def count(
    store: Annotated[
        str, option("--store", metavar="DIR", help="The store; it is made if need be.")
    ],
    texts: text_options.RawTexts,
    corpus: options.MaybeCorpus = None,
    label: Annotated[
        str | None,
        option(
            metavar="LABEL",
            help="A name for what is counted now, to choose it or remove it by; today's date if "
            "not given.",
            show_default=False,
        ),
    ] = None,
    subtract: Annotated[
        bool, option("--subtract", help="Take the texts out of the store instead, exactly.")
    ] = False,
    window: options.Window = options.WINDOWS.size,
    window_weights: options.WindowWeightsOption = options.WINDOWS.weights,
    threads: options.Threads = None,
    memory: options.ProcessMemory = "1G",
    json: options.Json = False,
) -> None:
    """Count the words and the pairs of words of texts, for a store to train from.

    Texts that are in the store already, by their content, are skipped; all others become one
    segment. All words are counted: those that are rare today may be frequent tomorrow.
    """
    if subtract and label is not None:
        raise UsageError("--label names what is counted now; leave it out with --subtract")
    corpus = texts.names(corpus)
    folder = paths.store_folder(store, [*corpus, *texts.files])
    from w2vcli import Store, Windows
    from w2vcli.system.threads import processors

    counts = Store(folder, threads or processors(), values.parse_size(memory))
    text = texts.corpus(corpus)
    windows = Windows(window, window_weights)
    with progress.meter("reading the corpus", text.progress, "counting pairs of words"):
        if subtract:
            done = counts.subtract(text, windows)
            verb, why = "took out", "not in the store"
        else:
            today = date.today().isoformat()
            done = counts.add(text, today if label is None else label, windows)
            verb, why = "counted", "in the store already"
    texts.report(text.records)
    _report(done, verb, why)
    if json:
        console.write_json(
            {
                "store": store,
                "texts": [record.name for record in done.texts],
                "skipped": [record.name for record in done.skipped],
                "made": [info.as_json() for info in done.made],
                "gone": [info.path.name for info in done.gone],
            }
        )


def _report(done: "StoreChange", verb: str, why: str) -> None:
    """Report which texts were skipped and counted, which begin alike, and the new segments."""
    for record in done.skipped:
        console.note(f"{record.title}: {why}, so it is skipped")
    if done.texts:
        tokens = sum(record.tokens for record in done.texts)
        lines = sum(record.lines for record in done.texts)
        numbers = (len(done.texts), "text"), (lines, "line"), (tokens, "token")
        parts = [f"{number:,} {what}{'s' * (number != 1)}" for number, what in numbers]
        console.note("{} {} with {} and {}".format(verb, *parts))
    for beginning, longer in done.beginnings[:_MOST_WARNINGS]:
        console.complain(
            f"warning: {beginning} is the beginning of {longer}, so what they "
            "share is counted twice; take one of them out with 'w2vcli count --subtract'"
        )
    if (more := len(done.beginnings) - _MOST_WARNINGS) > 0:
        console.complain(f"warning: so are {more:,} more texts of others")
    for info in done.made:
        console.note(
            f"wrote {info.path}: {info.types:,} types, {info.pairs:,} pairs of words, "
            f"{info.bytes / 1e6:,.1f} MB"
        )
