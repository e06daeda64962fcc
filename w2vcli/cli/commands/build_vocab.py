"""``w2vcli build-vocab``: count the words of a corpus and write its vocabulary."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from w2vcli.cli import (
    console,
    option_groups,
    options,
    paths,
    progress,
    report,
    shard_options,
    share_options,
    text_options,
)
from w2vcli.errors import UsageError

if TYPE_CHECKING:
    from w2vcli import Corpus, Selection, Share, TextRules, Vocabulary
    from w2vcli.text.vocabulary import VocabularySummary


@option_groups.gathers
def build_vocab(
    output: Annotated[
        str, options.option("--output", "-o", metavar="VOCAB", help="The file to write.")
    ],
    texts: text_options.RawTexts,
    shards: shard_options.ShardOptions,
    corpus: options.MaybeCorpus = None,
    shard: share_options.ShardOption = None,
    merge: Annotated[
        bool,
        options.option(
            "--merge", help="The files are the shares that --shard wrote: choose among all words."
        ),
    ] = False,
    min_count: options.MinCount = None,
    max_vocab: options.MaxVocab = None,
    keep_words: options.KeepWords = None,
    drop_words: options.DropWords = None,
    lock: options.Lock = "fail",
    strict_exit: options.StrictExit = False,
    json: options.Json = False,
) -> None:
    """Count the words of a corpus, for a vocabulary file.

    The file has a line 'word count' for each word, frequent ones first; words of equal count are
    in the order of their bytes in UTF-8.
    """
    share = share_options.parsed(shard, shards.given)
    chosen = {
        "--min-count": min_count,
        "--max-vocab": max_vocab,
        "--keep-words": keep_words,
        "--drop-words": drop_words,
    }
    if share and (given := next((name for name in chosen if chosen[name] is not None), None)):
        raise UsageError(
            f"{given} chooses among the words of all shares, and a share keeps its own; give it "
            "with --merge"
        )
    if merge and (given := "--shard" if share else shards.given or texts.given):
        raise UsageError(f"{given} is about texts, and --merge reads shares of words; leave it out")
    corpus = texts.names(corpus)
    target = paths.output_file(output, [*corpus, *texts.files, keep_words, drop_words])
    selection = option_groups.selection(min_count, max_vocab, keep_words, drop_words)
    with paths.output_lock(target, lock, strict=strict_exit):
        if share:
            _write_share(texts, _checked(texts.corpus(corpus)), share, target, json)
            return
        if merge:
            vocabulary, summary, rules = _merged(corpus, selection)
            texts = replace(texts, rules=rules)
        else:
            text = _checked(texts.corpus(corpus))
            vocabulary, summary = _counted(text, selection, shards)
            texts.report(text.records)
        vocabulary.save(target)
    report.describe_vocabulary(summary, selection, vocabulary)
    texts.check(vocabulary)
    if json:
        console.write_json(summary.as_json())


def _checked(text: "Corpus") -> "Corpus":
    from w2vcli import check_no_shares

    check_no_shares(text)
    return text


def _counted(
    text: "Corpus", selection: "Selection", shards: shard_options.Shards
) -> "tuple[Vocabulary, VocabularySummary]":
    from w2vcli import count_vocabulary, vocabulary_in_shards

    with shards.sharding(None) as sharding:  # with a meter of its own
        if sharding:
            return vocabulary_in_shards(text, selection, sharding)
    with progress.meter("reading the corpus", text.progress, "choosing words"):
        return count_vocabulary(text, selection)


def _write_share(
    texts: text_options.Texts, text: "Corpus", share: "Share", target: Path, json: bool
) -> None:
    from w2vcli import count_word_share

    with progress.meter("reading the corpus", text.progress, "sorting words"):
        words = count_word_share(text, share)
    texts.report(text.records)
    words.save(target)
    console.note(
        f"share {share}: {words.types:,} types, {words.tokens:,} tokens; when all are there, add "
        "them up with 'w2vcli build-vocab --merge'"
    )
    if json:
        console.write_json({"share": str(share), "types": words.types, "tokens": words.tokens})


def _merged(
    files: list[str], selection: "Selection"
) -> "tuple[Vocabulary, VocabularySummary, TextRules]":
    from w2vcli import merge_word_shares

    merged = merge_word_shares(files, selection)
    for name in merged.again:
        console.note(f"{name}: the same share again, so it is skipped")
    return merged.vocabulary, merged.summary, merged.rules
