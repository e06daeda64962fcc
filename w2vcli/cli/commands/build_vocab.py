"""``w2vcli build-vocab``: count the words of a corpus and write its vocabulary."""

from typing import Annotated

from w2vcli.cli import console, option_groups, options, paths, progress, report, text_options


@option_groups.gathers
def build_vocab(
    output: Annotated[
        str, options.option("--output", "-o", metavar="VOCAB", help="The file to write.")
    ],
    texts: text_options.RawTexts,
    corpus: options.MaybeCorpus = None,
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
    from w2vcli import count_vocabulary

    corpus = texts.names(corpus)
    target = paths.output_file(output, [*corpus, *texts.files, keep_words, drop_words])
    selection = option_groups.selection(min_count, max_vocab, keep_words, drop_words)
    with paths.output_lock(target, lock, strict=strict_exit):
        text = texts.corpus(corpus)
        with progress.meter("reading the corpus", text.progress, "choosing words"):
            vocabulary, summary = count_vocabulary(text, selection)
        texts.report(text.records)
        vocabulary.save(target)
    report.describe_vocabulary(summary, selection, vocabulary)
    texts.check(vocabulary)
    if json:
        console.write_json(summary.as_json())
