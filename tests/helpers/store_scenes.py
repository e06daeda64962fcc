"""Small stores, and what they should hold."""

from collections import Counter
from contextlib import suppress
from pathlib import Path

from helpers.segment_scenes import COUNTING, expected, found
from helpers.texts import SENTENCES
from w2vcli.counts.store import Store
from w2vcli.errors import InputError
from w2vcli.text.corpus import Corpus
from w2vcli.text.phrases import Phrase, PhraseTable
from w2vcli.text.windows import Windows

TEXTS = {
    "a": b"the king rules the land\nthe queen rules the land\n",
    "b": b"the king sits\n\na rare word\n",
    "c": b"a man walks to the town and a woman walks to the town",
    "d": b"alone\n",
    "e": b"",
}

LINES = SENTENCES.splitlines(keepends=True)
PARTS = {"one": LINES[0], "two": "".join(LINES[1:3]), "three": "".join(LINES[3:])}
WINDOWS = Windows()


def write(texts=TEXTS):
    """Write texts into files of their names, here."""
    for name, data in texts.items():
        Path(name).write_bytes(data)


TABLE = PhraseTable((Phrase("nowhere there"),))
"""The phrases of rules that have any."""


def corpus(names, rules):
    return Corpus(list(names), rules, [TABLE] if rules.phrases else [])


def add(store, names, label="day-1", counting=COUNTING):
    return store.add(corpus(names, counting.rules), label, counting.windows)


def subtract(store, names, counting=COUNTING):
    return store.subtract(corpus(names, counting.rules), counting.windows)


def store_of(*batches, folder="store"):
    """A store of batches of texts, each a string of their names; with labels 1, 2, ..."""
    store = Store(folder)
    for number, names in enumerate(batches, 1):
        add(store, names, str(number))
    return store


def names_of(records):
    return "".join(record.name for record in records)


def labels_of(store, which=None):
    return [info.label for info in store.segments(which)]


def texts_of(store, which=None):
    """The names of the texts in a store, sorted."""
    segments = store.segments(which)
    return "".join(sorted(entry["name"] for info in segments for entry in info.inputs))


def sums(store, which=None):
    """What a store counts: of words, and of pairs both ways."""
    words, pairs = Counter(), Counter()
    with suppress(InputError), store.opened(which) as segments:  # unless there are none
        for segment in segments:
            own_words, own_pairs = found(segment)
            words.update(own_words)
            pairs.update(own_pairs)
    return words, pairs


def sums_of(names, texts=TEXTS, counting=COUNTING):
    """What some texts should count, by the slow reference."""
    return expected([texts[name] for name in names], counting.windows)


def check(store, names):
    """Check that a store counts just these texts, and that nothing in it is damaged."""
    assert texts_of(store) == "".join(sorted(names))
    assert sums(store) == sums_of(names)
    store.verify(store.segments())


def hidden(folder="store"):
    """The files in a folder that are no segments, which no run should leave."""
    return sorted(p.name for p in Path(folder).iterdir() if p.suffix != ".segment")


def bytes_of(folder):
    """The bytes of all that is counted in the one segment of a store."""
    with Store(folder).opened() as (segment,):
        pairs = segment.pairs
        arrays = (segment.counts, pairs.firsts, pairs.ends)
        return segment.text, *(a.tobytes() for a in arrays), b"".join(pairs.data.pieces())


# --- by the commands --------------------------------------------------------------------


def succeeding(w2v):
    """Write the parts of a text, and return what runs a command, which has to succeed."""
    for name, text in (PARTS | {"whole": SENTENCES}).items():
        Path(name).write_text(text, encoding="utf-8")

    def run(*arguments, **more):
        code, out, err = w2v(*arguments, **more)
        assert code == 0, err
        return out, err

    return run


def count_parts(run):
    """Count each part, with its name as the label."""
    for name in PARTS:
        run("count", name, "--store", "store", "--label", name)


def figures(*names):
    """How many texts, tokens, types and pairs there are in some parts."""
    words, pairs = expected([PARTS[name].encode() for name in names], WINDOWS)
    return len(names), words.total(), len(words), len({frozenset(pair) for pair in pairs})


def refused(result, code, message):
    """Check that a command has failed as it should."""
    assert (result[0], result[1]) == (code, ""), result[2]
    assert result[2].splitlines()[-1].startswith(f"w2vcli: {message}"), result[2]
