"""``w2vcli phrases``: find the phrases of a corpus and write their table."""

from typing import Annotated

from w2vcli.cli import console, option_groups, options, paths, progress, text_options, values
from w2vcli.cli.options import option
from w2vcli.counts.phrase_criteria import ENGLISH_CONNECTORS, THRESHOLDS, Scoring

_ENGLISH = "english"
_SHOWN = 5
_MOST = 10**15


@option_groups.gathers
def phrases(
    output: Annotated[str, option("--output", "-o", metavar="TABLE", help="The file to write.")],
    texts: text_options.RawTexts,
    corpus: options.MaybeCorpus = None,
    scoring: Annotated[
        Scoring, option(help="How phrases are scored: as in word2vec, or from -1 to 1.")
    ] = "word2vec",
    threshold: Annotated[
        float | None,
        option(
            metavar="X",
            help="Phrases score higher than this; if not given "
            + " and ".join(f"{least:g} for {name}" for name, least in THRESHOLDS.items())
            + ".",
            show_default=False,
            **options.FINITE,
        ),
    ] = None,
    min_count: Annotated[
        int,
        option(
            metavar="N",
            min=1,
            max=_MOST,
            help="Least count of a phrase; word2vec's score takes it off too.",
        ),
    ] = 5,
    connectors: Annotated[
        str | None,
        option(
            metavar="<english|FILE>",
            help="Words that may stand within phrases but not at their ends, such as 'of': an "
            "English list, or one a line.",
            show_default=False,
        ),
    ] = None,
    top: Annotated[
        int | None,
        option(metavar="N", min=1, help="Keep the N best phrases.", show_default=False),
    ] = None,
    threads: options.Threads = None,
    memory: options.Memory = "1G",
    lock: options.Lock = "fail",
    strict_exit: options.StrictExit = False,
    json: options.Json = False,
) -> None:
    """Find words that often stand together, for a table of phrases.

    The file has a line for each phrase, best score first: its words, its score and its count,
    separated by tabs. Lines can be taken out, and others added.
    """
    from w2vcli import PhraseCriteria, find_phrases, read_word_list

    listed = None if connectors == _ENGLISH else connectors
    corpus = texts.names(corpus)
    target = paths.output_file(output, [*corpus, *texts.files, listed])
    words = ENGLISH_CONNECTORS if connectors == _ENGLISH else frozenset()
    criteria = PhraseCriteria(
        scoring, threshold, min_count, read_word_list(listed) if listed else words, top
    )
    with paths.output_lock(target, lock, strict=strict_exit):
        text = texts.corpus(corpus)
        with progress.meter("reading the corpus", text.progress, "choosing phrases"):
            table, summary = find_phrases(text, criteria, threads, values.parse_size(memory))
        texts.report(text.records)
        table.save(target)
    console.note(
        f"phrases: {summary.phrases:,} of {summary.candidates:,} candidates, in "
        f"{summary.tokens:,} tokens"
    )
    best = ", ".join(phrase.text for phrase in table.phrases[:_SHOWN])
    console.note(f"the best: {best}")
    if json:
        console.write_json(summary.as_json() | {"fingerprint": table.fingerprint})
