"""Shares of words (``word_share``), added up to the vocabulary of all texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from w2vcli.counts.word_shards import WordSums
from w2vcli.counts.word_share import WordShare
from w2vcli.errors import DataError, InputError
from w2vcli.text.rules import TextRules
from w2vcli.text.vocabulary import Selection, Vocabulary, VocabularySummary, build_vocabulary

_MOST_NAMED = 10


@dataclass(frozen=True)
class MergedWords:
    """A vocabulary chosen among the words of all shares.

    Attributes
    ----------
    vocabulary, summary
        As ``count_vocabulary`` returns them.
    rules
        How texts became words.
    again
        The files of shares that were given before, and count once.
    """

    vocabulary: Vocabulary
    summary: VocabularySummary
    rules: TextRules
    again: list[str]


def merge_word_shares(files: Sequence[str], selection: Selection) -> MergedWords:
    """Add all shares of texts up, and choose a vocabulary.

    Parameters
    ----------
    files
        The files of the shares, in any order.
    selection
        How to choose.

    Raises
    ------
    InputError
        If one cannot be read, or they have no words.
    DataError
        If one is damaged, they are not of the same texts, or some are lacking; or if no word is
        chosen.
    """
    sums = WordSums()
    owner: dict[int, tuple[str, WordShare]] = {}
    cut: dict[str, tuple[str, str]] = {}
    again = []
    first: WordShare | None = None
    for name in files:
        share = WordShare.load(Path(name))
        first = first or share
        _check_together(name, share, files[0], first)
        if share.share.index in owner:
            other_name, other = owner[share.share.index]
            if (share.text, share.counts.tolist()) != (other.text, other.counts.tolist()):
                raise DataError(
                    f"{name}: it is the share {share.share}, as {other_name} is, with other words; "
                    "make the shares again, as the texts have changed"
                )
            again.append(name)
            continue
        _check_cut(name, share, cut)
        owner[share.share.index] = name, share
        sums.add(share.text, share.counts)
    if first is None:
        raise InputError("no shares were given; name their files")
    of = first.share.of
    if lacking := of - len(owner):
        some = islice((f"{i}/{of}" for i in range(of) if i not in owner), _MOST_NAMED)
        more = f" and {lacking - _MOST_NAMED:,} more" if lacking > _MOST_NAMED else ""
        raise DataError(
            f"{len(owner):,} of the {of:,} shares are here, and these are lacking: "
            f"{', '.join(some)}{more}; make them with 'w2vcli build-vocab --shard', and name all"
        )
    if not sums.words:
        raise InputError("there are no words in these shares; give those of other texts")
    vocabulary, _, summary = build_vocabulary(sums.words, sums.counts, selection)
    return MergedWords(vocabulary, summary, first.rules, again)


def _check_together(name: str, share: WordShare, first_name: str, first: WordShare) -> None:
    """Raise a DataError if a share is not of the same texts as the first, read in the same way."""
    for what, ours, theirs in (
        ("another number of shares", share.share.of, first.share.of),
        ("text that became words by other rules", share.rules, first.rules),
        ("text that was read with another encoding", share.reading, first.reading),
        ("other texts, or texts that have changed", share.texts, first.texts),
    ):
        if ours != theirs:
            raise DataError(
                f"{name}: it is of {what} than {first_name}; make all shares of the same texts "
                "with the same options"
            )


def _check_cut(name: str, share: WordShare, known: dict[str, tuple[str, str]]) -> None:
    """Raise a DataError if a file has changed of which another share has words, too."""
    for number, text in share.cut.items():
        other, other_text = known.setdefault(number, (name, text))
        if text != other_text:
            raise DataError(
                f"{name}: a text has changed between it and {other}; make all shares again"
            )
