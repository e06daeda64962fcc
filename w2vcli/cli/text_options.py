"""The options that say how raw text becomes tokens: one group for all commands that read it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

from w2vcli.cli import options
from w2vcli.cli.option_groups import Gathered
from w2vcli.text.rules import TextRules

if TYPE_CHECKING:
    from w2vcli import Corpus, PhraseTable

_PLAIN = TextRules()


@dataclass(frozen=True)
class Texts:
    """How texts are read.

    Attributes
    ----------
    rules
        How they become tokens, but for phrases.
    phrases
        The files of the tables of phrases to join.
    """

    rules: TextRules
    phrases: tuple[str, ...]

    @property
    def files(self) -> list[str]:
        """The files that are read beside the texts."""
        return list(self.phrases)

    @property
    def given(self) -> str | None:
        """The name of an option that was given; None if none was."""
        for name in ("lower", "tokenize", "numbers", "punctuation", "lines"):
            if getattr(self.rules, name) != getattr(_PLAIN, name):
                return f"--{name}"
        return "--phrases" if self.phrases else None

    def tables(self) -> "list[PhraseTable]":
        """Read the tables of phrases."""
        return phrase_tables(self.phrases)

    def corpus(self, names: Sequence[str]) -> "Corpus":
        """Return the texts of these names."""
        from w2vcli import Corpus

        tables = self.tables()
        rules = replace(self.rules, phrases=tuple(table.fingerprint for table in tables))
        return Corpus(names, rules, tables)


def phrase_tables(files: Sequence[str] | None) -> "list[PhraseTable]":
    """Read tables of phrases."""
    if not files:
        return []
    from w2vcli import PhraseTable

    return [PhraseTable.load(name) for name in files]


def _texts(
    lower: options.Lower = _PLAIN.lower,
    tokenize: options.TokenizeOption = _PLAIN.tokenize,
    numbers: options.NumbersOption = _PLAIN.numbers,
    punctuation: options.PunctuationOption = _PLAIN.punctuation,
    lines: options.LinesOption = _PLAIN.lines,
    phrases: options.PhrasesOption = None,
) -> Texts:
    rules = TextRules(lower, tokenize, numbers, punctuation, lines)
    return Texts(rules, tuple(phrases or ()))


def _tokenized_texts(
    lower: options.Lower = _PLAIN.lower,
    numbers: options.NumbersOption = _PLAIN.numbers,
    punctuation: options.PunctuationOption = _PLAIN.punctuation,
    lines: options.LinesOption = _PLAIN.lines,
    phrases: options.PhrasesOption = None,
) -> Texts:
    return _texts(lower, "words", numbers, punctuation, lines, phrases)


RawTexts = Annotated[Texts, Gathered(_texts)]
TokenizedTexts = Annotated[Texts, Gathered(_tokenized_texts)]
