"""Phrases as gensim's ``Phrases`` finds and joins them, with the same settings."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from w2vcli.counts.phrase_criteria import ENGLISH_CONNECTORS, PhraseCriteria
from w2vcli.counts.phrase_search import find_phrases
from w2vcli.errors import DataError, InputError
from w2vcli.text.corpus import Corpus
from w2vcli.text.phrases import PhraseTable

gensim_phrases = pytest.importorskip(
    "gensim.models.phrases", reason="gensim is not installed: make readers"
)
SCORINGS = {"word2vec": "default", "npmi": "npmi"}
LINES = 4000


def of_gensim(lines, criteria):
    return gensim_phrases.Phrases(
        lines,
        scoring=SCORINGS[criteria.scoring],
        threshold=criteria.least_score,
        min_count=criteria.min_count,
        connector_words=criteria.connectors,
    )


def search(file, lines, criteria):
    """Our table for lines of words."""
    file.write_text("\n".join(map(" ".join, lines)) + "\n", encoding="utf-8")
    return find_phrases(Corpus([str(file)]), criteria, threads=2)[0]


def as_joined(table):
    """``{joined phrase: score}``, as gensim exports them."""
    found = {phrase.text.replace(" ", "_"): phrase.score for phrase in table.phrases}
    assert len(found) == len(table)
    return found


def joined(lines, table):
    joiner = table.joiner()
    text = "\n".join(map(" ".join, lines)) + "\n"
    joined_text = joiner.feed(text.encode()) + joiner.finish()
    return [line.split() for line in io.StringIO(joined_text.decode())]


@pytest.fixture(scope="module")
def sample(shared_data):
    """Lines of WikiText-2. gensim takes words with ``_`` in them for phrases: they are left out."""
    with (shared_data / "wikitext2.train.txt").open(encoding="utf-8") as stream:
        lines = [[w for w in next(stream).split() if "_" not in w] for _ in range(LINES)]
    assert sum(map(len, lines)) > 200_000
    return lines


@pytest.mark.parametrize("connectors", [frozenset(), ENGLISH_CONNECTORS], ids=["none", "english"])
@pytest.mark.parametrize("scoring", SCORINGS)
def test_the_same_phrases_and_scores_on_wikitext(tmp_path, sample, scoring, connectors):
    criteria = PhraseCriteria(scoring, connectors=connectors)
    table, theirs = search(tmp_path / "text", sample, criteria), of_gensim(sample, criteria)
    assert as_joined(table) == theirs.export_phrases()
    assert len(table) > 100
    assert joined(sample, table) == list(theirs[sample])
    assert (max(len(p.text.split(" ")) for p in table.phrases) > 2) is bool(connectors)


def test_a_second_table_has_the_longer_phrases_of_a_second_phrases(tmp_path, sample):
    criteria = PhraseCriteria(threshold=5.0)
    first = search(tmp_path / "text", sample, criteria)
    once = joined(sample, first)
    second = search(tmp_path / "text", once, criteria)
    theirs_once = list(of_gensim(sample, criteria)[sample])
    assert once == theirs_once
    theirs = of_gensim(theirs_once, criteria)
    # gensim exports phrases split anew at each "_", but scores each one as we do.
    pairs = [phrase.text.split(" ") for phrase in second.phrases]
    scored = dict(theirs.score_candidate(words[0], words[-1], words[1:-1]) for words in pairs)
    assert scored == as_joined(second)
    assert theirs.find_phrases(theirs_once).keys() <= as_joined(second).keys()
    twice = joined(once, second)
    assert twice == list(theirs[theirs_once])
    longest = {word for line in twice for word in line if word.count("_") > 1}
    assert len(longest) > 20


def test_the_english_connectors_are_those_of_gensim():
    assert gensim_phrases.ENGLISH_CONNECTOR_WORDS == ENGLISH_CONNECTORS


words = st.sampled_from(["a", "b", "c", "d", "of", "the", "é", "-"])


@given(
    lines=st.lists(st.lists(words, max_size=15), min_size=1, max_size=10),
    scoring=st.sampled_from([*SCORINGS]),
    connectors=st.frozensets(st.sampled_from(["of", "the", "a", "unseen"])),
    min_count=st.integers(1, 3),
    threshold=st.floats(0.01, 1),
)
def test_the_same_on_any_small_text(
    tmp_path_factory, lines, scoring, connectors, min_count, threshold
):
    criteria = PhraseCriteria(scoring, threshold, min_count, connectors)
    theirs = of_gensim(lines, criteria)
    try:
        table = search(tmp_path_factory.getbasetemp() / "text", lines, criteria)
    except (DataError, InputError):
        table = PhraseTable(())
    assert as_joined(table) == theirs.export_phrases()
    assert joined(lines, table) == [theirs[line] for line in lines]
