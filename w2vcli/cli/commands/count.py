"""``w2vcli count``: add the counts of texts to a store, or take them out."""

from typing import Annotated

from w2vcli.cli import (
    console,
    counting,
    option_groups,
    options,
    paths,
    planning,
    progress,
    shard_options,
    share_options,
    text_options,
    texts_in_part,
    values,
    wholeness,
)
from w2vcli.cli.options import option
from w2vcli.counts.choices import OnOverlap
from w2vcli.errors import UsageError


@option_groups.gathers
def count(
    store: Annotated[
        str,
        option(
            "--store", metavar="DIR", help="The store, a folder or its URL; it is made if need be."
        ),
    ],
    texts: text_options.RawTexts,
    expected: wholeness.ExpectedText,
    shards: shard_options.ShardOptions,
    corpus: options.MaybeCorpus = None,
    shard: share_options.ShardOption = None,
    label: options.Label = None,
    overlap: Annotated[
        OnOverlap,
        option(
            help="If a text shares many lines with one that was counted before: name both, or "
            "count nothing."
        ),
    ] = "warn",
    subtract: Annotated[
        bool, option("--subtract", help="Take the texts out of the store instead, exactly.")
    ] = False,
    window: options.StoreWindow = None,
    window_weights: options.StoreWindowWeights = None,
    threads: options.Threads = None,
    memory: options.ProcessMemory = "1G",
    plan: options.Plan = False,
    json: options.Json = False,
) -> None:
    """Count the words and the pairs of words of texts, for a store to train from.

    Texts that are in the store already, by their content, are skipped; all others become one
    segment. All words are counted: those that are rare today may be frequent tomorrow.
    """
    if subtract and plan:
        raise UsageError("--plan tells what counting would take; leave out --subtract")
    if subtract and label is not None:
        raise UsageError("--label names what is counted now; leave it out with --subtract")
    share = share_options.parsed(shard, shards.given)
    if (given := "--shard" if share else shards.given) and (subtract or plan):
        other = "--subtract" if subtract else "--plan"
        raise UsageError(f"{given} is about counting; leave it out with {other}")
    corpus = texts.names(corpus)
    folder = paths.store_folder(store, [*corpus, *texts.files])
    from w2vcli import Store
    from w2vcli.system.threads import processors

    size = values.parse_size(memory)
    counts = Store(folder, threads or processors(), size)
    text = texts.corpus(corpus, expected)
    windows = counts.windows(window, window_weights)
    if plan:
        planning.plan_counting(folder, texts, text, windows, json, memory=size, threads=threads)
        return
    if subtract:
        with progress.meter("reading the corpus", text.progress, "counting pairs of words"):
            done = counts.subtract(text, windows)
        texts.report(text.records)
        counting.report(done, "took out", "not in the store")
    else:
        with shards.sharding(size) as sharding:
            done = counting.count_texts(
                counts, texts, text, label, windows, overlap, sharding, share
            )
        if share:
            texts_in_part.tell_share(counts, done)
    if json:
        console.write_json(counting.as_json(store, done))
