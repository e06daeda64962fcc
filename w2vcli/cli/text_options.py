"""The options that say how raw text becomes tokens: one group for all commands that read it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

from w2vcli import Expected, Reading, TextRules
from w2vcli.cli import console, options, paths
from w2vcli.cli.option_groups import Gathered
from w2vcli.errors import UsageError

if TYPE_CHECKING:
    from w2vcli import Corpus, PhraseTable, Vocabulary
    from w2vcli.text.corpus import InputRecord

_PLAIN = TextRules()
_READING = Reading()
_ANY = Expected()


@dataclass(frozen=True)
class Texts:
    """How texts are read.

    Attributes
    ----------
    rules
        How they become tokens, but for phrases.
    phrases
        The files of the tables of phrases to join.
    reading
        How files are read.
    files_from
        A file with further names of texts, or None.
    """

    rules: TextRules
    phrases: tuple[str, ...]
    reading: Reading
    files_from: str | None

    @property
    def files(self) -> list[str]:
        """The files that are read beside the texts."""
        return [*self.phrases, *([] if self.files_from is None else [self.files_from])]

    @property
    def given(self) -> str | None:
        """The name of an option that was given; None if none was."""
        for name in ("lower", "tokenize", "numbers", "punctuation", "lines"):
            if getattr(self.rules, name) != getattr(_PLAIN, name):
                return f"--{name}"
        for name in ("encoding", "on_bad_bytes", "include"):
            if getattr(self.reading, name) != getattr(_READING, name):
                return f"--{name.replace('_', '-')}"
        if self.files_from is not None:
            return "--files-from"
        return "--phrases" if self.phrases else None

    def names(self, corpus: Sequence[str] | None) -> list[str]:
        """Return the names of all texts: those of the command line and of ``--files-from``."""
        names = list(corpus or [])
        if self.files_from is not None:
            paths.input_files([*names, *self.files])
            names += paths.names_in(self.files_from)
        if not names:
            raise UsageError("no text was given; name files or folders, or give --files-from FILE")
        return names

    def tables(self) -> "list[PhraseTable]":
        """Read the tables of phrases."""
        return phrase_tables(self.phrases)

    def corpus(self, names: Sequence[str], expected: Expected = _ANY) -> "Corpus":
        """Return the texts of these names, or the one that has to be the expected one."""
        from w2vcli import Corpus

        tables = self.tables()
        rules = replace(self.rules, phrases=tuple(table.fingerprint for table in tables))
        return Corpus(names, rules, tables, self.reading, expected)

    def check(self, vocabulary: "Vocabulary") -> None:
        """Warn if this is the vocabulary of a raw text that was not tokenized."""
        if self.rules.tokenize is not None:
            return
        from w2vcli import glued_punctuation

        if found := glued_punctuation(vocabulary.words):
            console.complain(
                f"warning: {found.share:.1%} of the words have punctuation glued to them, such as "
                f"'{found.example}' beside '{found.example[:-1]}'; --tokenize words separates it"
            )

    def report(self, records: "Sequence[InputRecord]") -> None:
        """Say what became of bytes that are no text, once files are read."""
        bad = [record for record in records if record.bad.count]
        if not bad:
            return
        count = sum(record.bad.count for record in bad)
        is_line = self.reading.on_bad_bytes == "skip-line"
        what, done = ("line", "left out") if is_line else ("sequence of bad bytes", "replaced")
        if count != 1:
            what = "lines" if is_line else "sequences of bad bytes"
        console.complain(
            f"warning: not valid {self.reading.encoding}: {count:,} {what} {done}, in {len(bad):,} "
            f"of {len(records):,} files; the first in {bad[0].title}, line "
            f"{bad[0].bad.first}"
        )


def phrase_tables(files: Sequence[str] | None) -> "list[PhraseTable]":
    """Read tables of phrases."""
    if not files:
        return []
    from w2vcli import PhraseTable

    tables: dict[str, PhraseTable] = {}
    for name in files:
        table = PhraseTable.load(name)
        if table.fingerprint in tables:
            raise UsageError(
                f"--phrases: {name} holds the same phrases as a table before it; name it once"
            )
        tables[table.fingerprint] = table
    return list(tables.values())


def _texts(
    lower: options.Lower = _PLAIN.lower,
    tokenize: options.TokenizeOption = _PLAIN.tokenize,
    numbers: options.NumbersOption = _PLAIN.numbers,
    punctuation: options.PunctuationOption = _PLAIN.punctuation,
    lines: options.LinesOption = _PLAIN.lines,
    phrases: options.PhrasesOption = None,
    encoding: options.Encoding = _READING.encoding,
    on_bad_bytes: options.OnBadBytesOption = _READING.on_bad_bytes,
    include: options.Include = None,
    files_from: options.FilesFrom = None,
) -> Texts:
    rules = TextRules(lower, tokenize, numbers, punctuation, lines)
    reading = Reading(encoding, on_bad_bytes, tuple(include or ()))
    return Texts(rules, tuple(phrases or ()), reading, files_from)


RawTexts = Annotated[Texts, Gathered(_texts)]
TokenizedTexts = Annotated[Texts, Gathered(_texts, {"tokenize": "words"})]
