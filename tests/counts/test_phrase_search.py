"""Finding phrases: against a slow reference, and by hand."""

import math

import numpy as np
import pytest
from helpers import reference_phrases
from helpers.reference_counts import tokens
from hypothesis import given
from hypothesis import strategies as st

from w2vcli.counts import phrase_candidates
from w2vcli.counts.phrase_candidates import Candidates
from w2vcli.counts.phrase_criteria import ENGLISH_CONNECTORS, PhraseCriteria
from w2vcli.counts.phrase_scores import npmi_scores, word2vec_scores
from w2vcli.counts.phrase_search import find_phrases
from w2vcli.errors import DataError, InputError, UsageError, W2VError
from w2vcli.text.corpus import Corpus
from w2vcli.text.tokens import Lexicon

SCORINGS = ["word2vec", "npmi"]


def search(file, text, criteria=None, **options):
    """The phrases of a text, as ``reference_phrases.found`` gives them, and the summary."""
    file.write_bytes(text)
    table, summary = find_phrases(Corpus([str(file)]), criteria, **options)
    found = {tuple(p.text.encode().split(b" ")): (p.score, p.count) for p in table.phrases}
    assert len(found) == len(table) == summary.phrases
    return found, summary


@pytest.fixture
def file(tmp_path):
    return tmp_path / "text"


# --- by hand ----------------------------------------------------------------------------


def test_scores_by_hand():
    counts = np.array([8, 5]), np.array([10, 5]), np.array([16, 20])
    assert word2vec_scores(*counts, 5, 100).tolist() == [3 / 160 * 100, 0.0]
    expected = [math.log(100 * 8 / 160) / math.log(100 / 8), math.log(5) / math.log(20)]
    assert npmi_scores(*counts, 100) == pytest.approx(expected, rel=1e-14)


def test_words_that_never_stand_apart_have_npmi_1():
    assert npmi_scores(np.array([7]), np.array([7]), np.array([7]), 1000) == pytest.approx(1.0)


def test_a_corpus_by_hand(file):
    text = b"bank of america\nbank of the america now\n bank america\nbank\namerica of\n"
    criteria = PhraseCriteria("npmi", -1, 1, frozenset({"of", "the", "unseen"}))
    found, summary = search(file, text, criteria)
    pairs = ["bank of america", "bank of the america", "america now", "bank america"]
    assert set(found) == {tuple(pair.encode().split()) for pair in pairs}
    assert {count for _, count in found.values()} == {1}
    assert summary.as_json() == {
        "tokens": 13, "types": 3, "candidates": 4, "frequent": 4, "phrases": 4,
    }  # fmt: skip


def test_lines_and_files_end_phrases(tmp_path):
    for name, data in (("a", b"new york\nnew"), ("b", b"york new york")):
        (tmp_path / name).write_bytes(data)
    table, _ = find_phrases(Corpus([str(tmp_path)]), PhraseCriteria("npmi", -1, 1))
    assert {phrase.text: phrase.count for phrase in table.phrases} == {"new york": 2, "york new": 1}


def test_the_order_is_by_score_then_count_then_bytes(file):
    lines = ["é f"] * 2 + ["c d"] * 2 + ["a b"] * 2 + ["x y"] * 3 + ["a z"]
    search(file, "\n".join(lines).encode(), PhraseCriteria("npmi", -1, 1))
    table, _ = find_phrases(Corpus([str(file)]), PhraseCriteria("npmi", -1, 1))
    assert [p.text for p in table.phrases] == ["x y", "c d", "é f", "a b", "a z"]
    top, summary = find_phrases(Corpus([str(file)]), PhraseCriteria("npmi", -1, 1, top=2))
    assert top.phrases == table.phrases[:2]
    assert summary.phrases == 2


def test_the_default_choice():
    criteria = PhraseCriteria()
    assert (criteria.scoring, criteria.least_score, criteria.least_count) == ("word2vec", 10, 6)
    npmi = PhraseCriteria("npmi")
    assert (npmi.least_score, npmi.least_count) == (0.5, 5)


@pytest.mark.parametrize("threshold", [0, -1.0, float("nan")])
def test_thresholds_that_word2vec_cannot_have(threshold):
    with pytest.raises(UsageError, match=r"--threshold .*greater than 0 .* give a threshold above"):
        PhraseCriteria(threshold=threshold)


@pytest.mark.parametrize("threshold", [-1.1, 2, 10])
def test_thresholds_that_npmi_cannot_have(threshold):
    with pytest.raises(UsageError, match=r"--threshold .* lies between -1 and 1; give"):
        PhraseCriteria("npmi", threshold)


# --- no phrases -------------------------------------------------------------------------


def test_no_words(file):
    for criteria in (None, PhraseCriteria(connectors=ENGLISH_CONNECTORS)):
        with pytest.raises(InputError, match="there are no words in it"):
            search(file, b" \n\n", criteria)


def test_connectors_alone_make_no_phrase(file):
    with pytest.raises(DataError, match="no two words stand together 6 times"):
        search(file, b"of the of the\n" * 9, PhraseCriteria(connectors=ENGLISH_CONNECTORS))


def test_no_frequent_pair(file):
    with pytest.raises(DataError, match=r"together 6 times, .* lower --min-count \(5\) or"):
        search(file, b"new york\n" * 5)
    with pytest.raises(DataError, match=r"together 5 times, .* lower --min-count \(5\) or"):
        search(file, b"new york\n" * 4, PhraseCriteria("npmi"))


def test_no_score_is_above_the_threshold(file):
    with pytest.raises(DataError) as caught:
        search(file, b"a b\nb a\n" * 6)
    assert str(caught.value).endswith(
        "text: none of the 2 pairs of words that are frequent enough is a phrase: the best score "
        "is 0.0277778; lower --threshold (10)"
    )


def test_a_score_at_the_threshold_is_none(file):
    text = b"a b\n" * 10
    found, _ = search(file, text, PhraseCriteria(threshold=0.1499))
    assert found == {(b"a", b"b"): (0.15000000000000002, 10)}
    with pytest.raises(DataError, match=r"the best score is 0\.15;"):
        search(file, text, PhraseCriteria(threshold=0.15000000000000002))


# --- against the reference --------------------------------------------------------------

WORDS = ["a", "b", "c", "of", "the", "a_b", "-", "é"]
corpora = st.lists(st.lists(st.sampled_from(WORDS), max_size=12), min_size=1, max_size=12)


@given(
    lines=corpora,
    scoring=st.sampled_from(SCORINGS),
    connectors=st.sets(st.sampled_from([*WORDS[2:], "unseen"])),
    min_count=st.integers(1, 3),
    threshold=st.floats(0, 1),
    size=st.integers(1, 40),
    memory=st.sampled_from([64, 1 << 30]),
)
def test_against_the_reference_however_the_text_is_cut(
    tmp_path_factory, lines, scoring, connectors, min_count, threshold, size, memory
):
    text = "\n".join(map(" ".join, lines)).encode()
    threshold = threshold or 1e-9
    expected = reference_phrases.found(
        tokens(text), scoring, threshold, min_count, {word.encode() for word in connectors}
    )
    file = tmp_path_factory.getbasetemp() / "text"
    criteria = PhraseCriteria(scoring, threshold, min_count, frozenset(connectors))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Corpus.chunks, "__defaults__", (size,))
        if not expected:
            with pytest.raises((DataError, InputError)):
                search(file, text, criteria, threads=1, memory=memory)
            return
        found, _ = search(file, text, criteria, threads=1, memory=memory)
    assert {p: n for p, (_, n) in found.items()} == {p: n for p, (_, n) in expected.items()}
    for phrase, (score, _) in expected.items():
        assert found[phrase][0] == pytest.approx(score, rel=1e-12, abs=1e-12)


@pytest.mark.jit
@pytest.mark.parametrize("connectors", [frozenset(), frozenset({"w1", "w2", "w3"})])
@pytest.mark.parametrize("scoring", SCORINGS)
def test_threads_memory_and_chunks_make_no_difference(file, monkeypatch, scoring, connectors):
    rng = np.random.default_rng(3)
    lines = [[f"w{i}" for i in rng.zipf(1.3, 20) if i < 500] for _ in range(3000)]
    text = "\n".join(map(" ".join, lines)).encode()
    criteria = PhraseCriteria(scoring, 0.01, 2, connectors)
    found = [search(file, text, criteria, threads=1)]
    monkeypatch.setattr(Corpus.chunks, "__defaults__", (5000,))
    found.append(search(file, text, criteria, threads=1))
    found.append(search(file, text, criteria, threads=3, memory=1000))
    assert found[0] == found[1] == found[2]
    encoded = {word.encode() for word in connectors}
    expected = reference_phrases.found(tokens(text), scoring, 0.01, 2, encoded)
    assert found[0][0].keys() == expected.keys()
    assert len(expected) > 100


# --- candidates -------------------------------------------------------------------------


def test_many_runs_of_connectors():
    """More beginnings than there is room for at first, and runs of any length."""
    rng = np.random.default_rng(5)
    lines = [f"w{i} " + " ".join(rng.choice(["x", "y"], size=i % 40)) + f" w{i + 1}\n"
             for i in range(300)]  # fmt: skip
    lexicon, candidates = Lexicon([b"x", b"y"]), Candidates(2)
    keys = np.concatenate([candidates.packed(lexicon.encode(line.encode())) for line in lines]) >> 1
    words = lexicon.words
    found = [[words[i].decode() for i in candidates.words(int(key))] for key in keys]
    assert found == [line.split() for line in lines]
    firsts, lasts = candidates.ends(keys)
    assert [words[i].decode() for i in firsts] == [line.split()[0] for line in lines]
    assert [words[i].decode() for i in lasts] == [line.split()[-1] for line in lines]


def test_more_runs_of_connectors_than_can_be_numbered(monkeypatch):
    monkeypatch.setattr(phrase_candidates, "_NODES", 1 << 11)
    lexicon, candidates = Lexicon([b"x", b"y"]), Candidates(2)
    candidates.packed(lexicon.encode(b"a " + b"x " * 2000 + b"b\n"))
    with pytest.raises(W2VError, match="too many different runs of connectors"):
        candidates.packed(lexicon.encode(b"c " + b"y " * 100 + b"b\n"))
