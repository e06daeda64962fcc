"""Which words become the vocabulary, in what order, and their file."""

import numpy as np
import pytest
from helpers import reference_counts
from hypothesis import given
from hypothesis import strategies as st

from w2vcli.errors import DataError, InputError, OutputError, UsageError
from w2vcli.text.corpus import Corpus
from w2vcli.text.vocabulary import (
    Selection,
    Vocabulary,
    build_vocabulary,
    count_vocabulary,
    read_word_list,
    select_words,
)

COUNTS = {"the": 9, "of": 7, "ab": 5, "b": 5, "é": 5, "Z": 5, "rare": 2, "once": 1}
WORDS = [word.encode() for word in COUNTS]
TALLY = np.array(list(COUNTS.values()))


def chosen(**selection):
    """The chosen words and the summary, for the counts above met in another order."""
    order = np.random.default_rng(1).permutation(len(WORDS))
    words = [WORDS[i] for i in order]
    vocabulary, indices, summary = build_vocabulary(words, TALLY[order], Selection(**selection))
    assert [words[i].decode() for i in indices] == vocabulary.words
    assert TALLY[order][indices].tolist() == vocabulary.counts.tolist()
    return vocabulary.words, summary


@pytest.fixture
def saved(tmp_path):
    def saved(data):
        path = tmp_path / "vocab"
        path.write_bytes(data)
        return str(path)

    return saved


# --- choosing ---------------------------------------------------------------------------


def test_order_is_by_count_then_by_bytes():
    assert chosen(min_count=1)[0] == ["the", "of", "Z", "ab", "b", "é", "rare", "once"]


def test_min_count_is_the_least_count_kept():
    assert chosen(min_count=2)[0][-1] == "rare"
    assert chosen(min_count=3)[0][-1] == "é"
    assert chosen()[0] == chosen(min_count=5)[0]


@pytest.mark.parametrize("most", [1, 3, 4, 5, 8])
def test_max_vocab_is_exact_and_cuts_ties_by_bytes(most):
    assert chosen(min_count=1, max_vocab=most)[0] == chosen(min_count=1)[0][:most]


def test_max_vocab_above_the_number_of_words():
    assert chosen(min_count=1, max_vocab=100)[0] == chosen(min_count=1)[0]


def test_kept_words_stay_and_take_their_place_by_count():
    assert chosen(keep=frozenset({"once", "absent"}))[0] == chosen()[0] + ["once"]
    assert chosen(keep=frozenset({"once", "b"}), max_vocab=3)[0] == ["the", "b", "once"]


def test_dropped_words_go_and_others_come_up():
    assert chosen(drop=frozenset({"the", "absent"}), max_vocab=2)[0] == ["of", "Z"]


def test_more_kept_words_than_max_vocab():
    with pytest.raises(UsageError, match=r"keeps 2 words .* --max-vocab 1"):
        chosen(keep=frozenset({"once", "rare", "absent"}), max_vocab=1)
    assert chosen(keep=frozenset({"once", "absent"}), max_vocab=1)[0] == ["once"]


def test_a_word_both_kept_and_dropped():
    with pytest.raises(UsageError, match="'a' is both in --keep-words and in --drop-words"):
        Selection(keep=frozenset({"a", "b", "c"}), drop=frozenset({"b", "a"}))


def test_nothing_chosen():
    with pytest.raises(DataError, match=r"occurs 9 times; lower --min-count \(10\)"):
        chosen(min_count=10)


def test_summary_by_hand():
    _, summary = chosen(
        min_count=3, max_vocab=3, keep=frozenset({"rare"}), drop=frozenset({"the", "once"})
    )
    assert summary.as_json() == {
        "types": 8,
        "tokens": 39,
        "kept": {"types": 3, "tokens": 14},  # of, Z, rare
        "kept_share": 14 / 39,
        "dropped": {
            "drop_words": {"types": 2, "tokens": 10},
            "min_count": {"types": 0, "tokens": 0},
            "max_vocab": {"types": 3, "tokens": 15},
        },
    }


words = st.text(st.characters(codec="utf-8", exclude_characters=" \t\n\r\v\f"), min_size=1)


@given(
    st.dictionaries(words, st.integers(1, 6), min_size=1, max_size=20),
    st.integers(1, 4),
    st.none() | st.integers(1, 12),
    st.data(),
)
def test_choice_against_the_reference_and_the_parts_add_up(counts, min_count, most, data):
    types = sorted(counts)
    keep = frozenset(data.draw(st.lists(st.sampled_from(types), max_size=most or 4)))
    drop = frozenset(data.draw(st.lists(st.sampled_from(types), max_size=4))) - keep
    encoded = [word.encode() for word in types]
    tally = np.array([counts[word] for word in types])
    indices, summary = select_words(encoded, tally, Selection(min_count, most, keep, drop))

    lines = [[word.encode()] * count for word, count in counts.items()]
    order = [word.decode() for word, _ in reference_counts.vocabulary(lines)]
    eligible = [w for w in order if w in keep or (counts[w] >= min_count and w not in drop)]
    room = len(eligible) if most is None else most - len(keep)
    first = [word for word in eligible if word not in keep][: max(room, 0)]
    assert [types[i] for i in indices] == [w for w in eligible if w in keep or w in first]

    assert (summary.types, summary.tokens) == (len(counts), sum(counts.values()))
    parts = [(summary.kept_types, summary.kept_tokens), *summary.dropped.values()]
    assert tuple(map(sum, zip(*parts, strict=True))) == (summary.types, summary.tokens)


# --- the vocabulary and its file --------------------------------------------------------


def test_ids_and_head():
    vocabulary = Vocabulary(["a", "b", "c"], np.array([3, 2, 1]))
    assert vocabulary.ids == {"a": 0, "b": 1, "c": 2}
    assert len(vocabulary) == 3
    assert vocabulary.head(None).words == ["a", "b", "c"]
    assert (vocabulary.head(2).words, vocabulary.head(2).counts.tolist()) == (["a", "b"], [3, 2])
    assert vocabulary.head(9).words == ["a", "b", "c"]


def test_the_file_is_what_word2vec_writes(tmp_path):
    path = tmp_path / "vocab"
    Vocabulary(["the", "señor"], np.array([12, 3])).save(path)
    assert path.read_bytes() == "the 12\nseñor 3\n".encode()


def test_the_file_as_gensim_reads_it(tmp_path):
    """The loop of gensim's ``KeyedVectors.load_word2vec_format(fvocab=...)``."""
    path = tmp_path / "vocab"
    Vocabulary(["the", "señor"], np.array([12, 3])).save(path)
    counts = {}
    with path.open("rb") as stream:
        for line in stream:
            word, count = line.decode("utf8").strip().split()
            counts[word] = int(count)
    assert counts == {"the": 12, "señor": 3}


@given(st.dictionaries(words, st.integers(0, 10**18 - 1), min_size=1))
def test_round_trip(tmp_path_factory, counts):
    path = tmp_path_factory.getbasetemp() / "round-trip"
    # The mark at the start of a file is no part of its first word.
    counts = {word.lstrip("\ufeff") or "a": count for word, count in counts.items()}
    Vocabulary(list(counts), np.array(list(counts.values()))).save(path)
    loaded = Vocabulary.load(str(path))
    assert dict(zip(loaded.words, loaded.counts.tolist(), strict=True)) == counts
    assert loaded.words == list(counts)
    assert loaded.counts.dtype == np.int64


@pytest.mark.parametrize("data", [b"a 2\nb 1\n", b"a 2\nb 1", b"a 2\r\nb 1\r\n", b"a\t2\n b  1 \n"])
def test_files_that_others_wrote(saved, data):
    loaded = Vocabulary.load(saved(data))
    assert (loaded.words, loaded.counts.tolist()) == (["a", "b"], [2, 1])


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (b"word", "'word'"),
        (b"", "''"),
        (b"two words 3", "'two words 3'"),
        (b"word -1", "'word -1'"),
        (b"word 1.5", "'word 1.5'"),
        ("word ٣".encode(), "'word ٣'"),
        (b"word 1000000000000000000", "'word 1000000000000000000'"),
        (b"x" * 50, "'" + "x" * 37 + "...'"),
    ],
)
@pytest.mark.parametrize("end", [b"\n", b"\nz 1\n"])
def test_lines_that_are_not_word_count_are_named(saved, line, shown, end):
    name = saved(b"a 2\n" + line + end)
    with pytest.raises(DataError) as caught:
        Vocabulary.load(name)
    assert str(caught.value).startswith(f"{name}, line 2: expected 'word count', found {shown};")


def test_a_word_that_stands_twice(saved):
    with pytest.raises(DataError, match=r"line 2: the word 'b' stands here and again in line 4"):
        Vocabulary.load(saved(b"a 5\nb 4\nc 3\nb 2\n"))


def test_bad_bytes_in_a_vocabulary(saved):
    with pytest.raises(DataError, match=r"vocab, line 2, byte 1: 0xff"):
        Vocabulary.load(saved(b"a 1\n\xff 2\n"))


def test_empty_vocabulary(saved):
    with pytest.raises(InputError, match="the vocabulary is empty"):
        Vocabulary.load(saved(b""))


def test_missing_vocabulary(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        Vocabulary.load(str(tmp_path / "nothing"))


def test_saving_where_there_is_no_folder(tmp_path):
    with pytest.raises(OutputError, match="does not exist"):
        Vocabulary(["a"], np.array([1])).save(tmp_path / "nothing" / "vocab")


def test_word_lists(saved):
    assert read_word_list(saved(b"a\n\nb 12\n  c\r\na")) == {"a", "b", "c"}
    assert read_word_list(saved(b"\xef\xbb\xbfa\n")) == {"a"}
    assert read_word_list(saved(b"")) == frozenset()


def test_texts_and_vocabularies_may_be_named_by_path_objects(tmp_path):
    text, file = tmp_path / "text", tmp_path / "vocab"
    text.write_text("b a a\n")
    vocabulary, _ = count_vocabulary(Corpus([text]), Selection(min_count=1))
    vocabulary.save(file)
    assert Vocabulary.load(file).words == vocabulary.words == ["a", "b"]
