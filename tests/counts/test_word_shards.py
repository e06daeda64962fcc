"""Words counted in shards or in shares: the vocabulary of one process, whatever is cut where."""

import gzip
from functools import partial
from itertools import count as numbers
from pathlib import Path

import pytest
from helpers.texts import random_lines
from hypothesis import given
from hypothesis import strategies as st

from w2vcli.counts.sharded import Sharding
from w2vcli.counts.shards import Share
from w2vcli.counts.task_runner import InThisProcess
from w2vcli.counts.word_merge import merge_word_shares
from w2vcli.counts.word_shards import vocabulary_in_shards
from w2vcli.counts.word_share import FORMAT, WordShare, count_word_share
from w2vcli.errors import DataError, InputError, UsageError
from w2vcli.system.tensor_file import read_tensors, write_tensors
from w2vcli.text.corpus import Corpus
from w2vcli.text.phrases import Phrase, PhraseTable
from w2vcli.text.reading import Reading
from w2vcli.text.rules import TextRules
from w2vcli.text.vocabulary import Selection, count_vocabulary

SELECTION = Selection(min_count=2)
WORDS = ["the", "king", "rules", "a", "new", "york", "land,", "don't", "ΑΣ", "é"]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


text_of = partial(random_lines, WORDS)


def written(*names):
    for name in names:
        Path(name).write_text(text_of(name), encoding="utf-8")
    return lambda: Corpus(list(names))


def in_shards(corpus, size=100, runner=None):
    return vocabulary_in_shards(corpus, SELECTION, Sharding(runner or InThisProcess(), 0, size))


def shares_of(corpus_of, of, folder="."):
    """The files of all shares."""
    files = [str(Path(folder, f"share-{index}")) for index in range(of)]
    for index, file in enumerate(files):
        count_word_share(corpus_of(), Share(index, of), 1).save(Path(file))
    return files


def same(found, expected):
    (vocabulary, summary), (ours, our_summary) = expected, found
    vocabulary.save(Path("expected.vocab"))
    ours.save(Path("found.vocab"))
    assert Path("found.vocab").read_bytes() == Path("expected.vocab").read_bytes()
    assert our_summary == summary


TABLE = PhraseTable([Phrase("new york", 1.0, 9)])


@pytest.mark.parametrize("size", [1, 77, 100_000])
@pytest.mark.parametrize(
    ("rules", "phrases"),
    [
        (TextRules(), ()),
        (TextRules(lower=True, tokenize="words", lines="sentence"), ()),
        (TextRules(phrases=(TABLE.fingerprint,)), (TABLE,)),
    ],
    ids=["plain", "sentences", "phrases"],
)
def test_of_any_size_they_make_the_vocabulary_of_one_process(size, rules, phrases):
    written("a", "b")
    Path("empty").touch()
    Path("packed.gz").write_bytes(gzip.compress(text_of("p").encode()))

    def corpus_of():
        return Corpus(["a", "empty", "b", "packed.gz", "a"], rules, phrases)

    expected = count_vocabulary(corpus_of(), SELECTION, 1)
    same(in_shards(corpus_of(), size), expected)
    merged = merge_word_shares(shares_of(corpus_of, 1 + 1000 // (size + 200)), SELECTION)
    same((merged.vocabulary, merged.summary), expected)
    assert (merged.rules, merged.again) == (rules, [])


NUMBERS = numbers()
LINES = st.lists(st.sampled_from(["a b c d e f", "b", "", "c a\r", "g h i j k"]), max_size=12)


@given(st.lists(LINES, min_size=1, max_size=3), st.integers(1, 30), st.integers(1, 6))
def test_any_texts_cut_anywhere(tmp_path_factory, texts, size, of):
    folder = tmp_path_factory.getbasetemp() / f"words-{next(NUMBERS)}"
    folder.mkdir()
    for number, lines in enumerate(texts):
        (folder / str(number)).write_text("\n".join(lines))
    names = [str(folder / str(number)) for number in range(len(texts))]
    selection = Selection(min_count=1)
    if not any(Path(name).read_text().split() for name in names):
        with pytest.raises(InputError, match="no words"):
            in_shards(Corpus(names), size)
        return
    vocabulary, summary = count_vocabulary(Corpus(names), selection, 1)
    ours, our_summary = vocabulary_in_shards(
        Corpus(names), selection, Sharding(InThisProcess(), 0, size)
    )
    merged = merge_word_shares(shares_of(lambda: Corpus(names), of, folder), selection)
    for found, counted in ((ours, our_summary), (merged.vocabulary, merged.summary)):
        assert found.words == vocabulary.words
        assert found.counts.tolist() == vocabulary.counts.tolist()
        assert counted == summary


def test_bad_bytes_are_told_of_as_by_one_process():
    lines = text_of(3).encode().splitlines(keepends=True)
    lines[20], lines[50] = b"bad \xff\xff bytes\n", b"\xe2\x82\n"
    Path("a").write_bytes(b"".join(lines))
    Path("b").write_bytes(b"sound\n\xff\n")
    with pytest.raises(DataError) as expected:
        count_vocabulary(Corpus(["a", "b"]), SELECTION, 1)
    with pytest.raises(DataError) as found:
        in_shards(Corpus(["a", "b"]))
    assert str(found.value) == str(expected.value)
    with pytest.raises(DataError, match="a, line 51, byte 1"):
        count_word_share(Corpus(["a"]), Share(2, 3), 1)

    def mended():
        return Corpus(["a", "b"], reading=Reading(on_bad_bytes="replace"))

    one, shards = mended(), mended()
    count_vocabulary(one, SELECTION, 1)
    in_shards(shards)
    bad = [(record.name, record.bad, record.lines) for record in one.records]
    assert [(record.name, record.bad, record.lines) for record in shards.records] == bad
    share = Corpus(["a"], reading=mended().reading)
    count_word_share(share, Share(2, 3), 1)
    assert share.records[0].bad.first == 51


def test_only_all_shares_of_the_same_texts_are_added_up():
    corpus_of = written("a", "b")
    files = shares_of(corpus_of, 3)
    with pytest.raises(DataError, match=r"1 of the 3 shares are here.* lacking: 0/3, 2/3; make"):
        merge_word_shares([files[1]], SELECTION)
    expected = count_vocabulary(corpus_of(), SELECTION, 1)
    merged = merge_word_shares([files[1], *files], SELECTION)
    assert merged.again == [files[1]]
    same((merged.vocabulary, merged.summary), expected)
    for what, corpus, share in (
        ("another number of shares", corpus_of(), Share(1, 4)),
        ("other rules", Corpus(["a", "b"], TextRules(lower=True)), Share(1, 3)),
        ("another encoding", Corpus(["a", "b"], reading=Reading("latin-1")), Share(1, 3)),
        ("other texts", Corpus(["b"]), Share(1, 3)),
    ):
        count_word_share(corpus, share, 1).save(Path("odd"))
        with pytest.raises(DataError, match=f"odd: it is of .*{what}"):
            merge_word_shares([files[0], "odd", files[2]], SELECTION)
    changed = Path("a").read_text(encoding="utf-8").replace("king", "ring")
    Path("a").write_text(changed, encoding="utf-8")
    count_word_share(corpus_of(), Share(1, 3), 1).save(Path("odd"))
    with pytest.raises(DataError, match="a text has changed between it and share-0"):
        merge_word_shares([files[0], "odd", files[2]], SELECTION)
    with pytest.raises(DataError, match="the share 1/3, as share-1 is, with other words"):
        merge_word_shares([files[1], "odd"], SELECTION)


def test_shares_without_words():
    Path("a").write_text("one long line of words " * 30)
    files = shares_of(lambda: Corpus(["a"]), 4)
    assert sorted(WordShare.load(Path(file)).tokens for file in files) == [0, 0, 0, 150]
    merged = merge_word_shares(files, SELECTION)
    same((merged.vocabulary, merged.summary), count_vocabulary(Corpus(["a"]), SELECTION, 1))
    Path("a").write_text("\n \n")
    with pytest.raises(InputError, match="no words in these shares"):
        merge_word_shares(shares_of(lambda: Corpus(["a"]), 2), SELECTION)
    Path("a").write_text("")
    with pytest.raises(InputError, match="a: there are no words in it"):
        count_word_share(Corpus(["a"]), Share(0, 2), 1)
    with pytest.raises(UsageError, match="only files can be read in parts"):
        count_word_share(Corpus(["-"]), Share(0, 2), 1)


@pytest.mark.parametrize(
    "change",
    [
        {"share": "3/3"},
        {"share": "x"},
        {"share": "-1/2"},
        {"types": 3},
        {"tokens": 1},
        {"words": b"a a "},
        {"words": b"a  b "},
        {"words": b"a"},
        {"words": b"a \xff "},
        {"counts": [1]},
        {"counts": [1, 0]},
    ],
    ids=str,
)
def test_forged_shares_are_refused(change):
    import numpy as np

    Path("a").write_text("a b b\n")
    (file,) = shares_of(lambda: Corpus(["a"]), 1)
    about, tensors = read_tensors(Path(file), FORMAT)
    tensors = {name: np.array(values) for name, values in tensors.items()}
    if "words" in change:
        tensors["words"] = np.frombuffer(change["words"], np.uint8)
    elif "counts" in change:
        tensors["counts"] = np.array(change["counts"], np.int64)
    else:
        about |= change
    kept = {key: about[key] for key in FORMAT.metadata}
    write_tensors(Path(file), FORMAT, tensors, kept)
    with pytest.raises(DataError, match="not a usable share of words"):
        merge_word_shares([file], SELECTION)


def test_a_damaged_share_and_another_file_are_refused():
    corpus_of = written("a")
    (file,) = shares_of(corpus_of, 1)
    data = Path(file).read_bytes()
    Path(file).write_bytes(data[:-3] + b"zzz")
    with pytest.raises(DataError):
        merge_word_shares([file], SELECTION)
    for other in ("a", "nowhere"):
        with pytest.raises((DataError, InputError)):
            merge_word_shares([other], SELECTION)
