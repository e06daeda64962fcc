"""Unseen words: found by their n-grams, and asked about like others, against plain loops."""

import dataclasses

import numpy as np
import pytest
from helpers.reference_unseen import by_ngrams, cosine, unit, vector
from helpers.subword_models import WORDS, subword_model

from w2vcli.errors import UsageError
from w2vcli.text.rules import TextRules
from w2vcli.vectors.imported import ImportedVectors
from w2vcli.vectors.lookup import Lookup
from w2vcli.vectors.neighbors import UnknownWordsError, VectorSpace
from w2vcli.vectors.word_map import map_words

UNSEEN = ["kingly", "queenly", "walks", "aaaaa", "naïf", "日本人", "talker"]
TOKENIZED = {"text": TextRules(tokenize="words").as_json()}
KINDS = ["input", "sum", "blend", "both"]


def reference_vectors(model, kind, words):
    """What each word is in questions, known or unseen."""
    rows = dict(zip(model.subwords.ngrams, model.subwords.rows.tolist(), strict=True))
    least, most = model.subwords.range
    found = {}
    for word in words:
        if word in model.words:
            index = model.words.index(word)
            found[word] = vector(kind, model.w_in[index], model.w_out[index])
        else:
            found[word] = vector(kind, by_ngrams(word, least, most, rows), None)
    return found


def imported(model):
    """The same words with one vector each, as vectors of another tool that knows n-grams."""
    return ImportedVectors(model.words, model.w_in, subwords=model.subwords)


# --- which words are found --------------------------------------------------------------


def test_ids_go_on_behind_those_of_the_model():
    lookup = Lookup(subword_model())
    size = len(WORDS)
    assert [lookup.find(word) for word in ("king", "kingly", "zzz", "walks")] == [
        WORDS.index("king"), size, None, size + 1,
    ]  # fmt: skip
    assert [lookup.find(word) for word in ("walks", "kingly")] == [size + 1, size]
    assert [lookup.word(index) for index in (0, size, size + 1)] == ["the", "kingly", "walks"]
    assert len(lookup) == size + 2
    # <ki <kin <king kin king ing of king, ly> of naïvely
    assert lookup.unseen(["king", "kingly", "zzz"]) == {"kingly": 7}


def test_no_word_is_unseen_without_ngrams_or_if_that_is_not_asked_for():
    model = subword_model()
    for lookup in (Lookup(model, False), Lookup(dataclasses.replace(model, subwords=None))):
        assert lookup.find("kingly") is None
        assert lookup.find("king") == 1
        assert not lookup.finds_unseen
    assert Lookup(model).finds_unseen


@pytest.mark.parametrize(
    ("config", "query", "form"),
    [
        ({}, "Kingly", "Kingly"),
        ({"lower": True}, "Kingly", "kingly"),
        (TOKENIZED, "(kingly)", "kingly"),
        (TOKENIZED | {"lower": True}, "KINGLY.", "kingly"),
        ({}, "(kingly)", "(kingly)"),
        ({}, "-kingly", "-kingly"),
        ({}, "king\u00a0ly", "king\u00a0ly"),
        # These are no single word of a text.
        (TOKENIZED, "-kingly", None),
        (TOKENIZED, "king talks", None),
        ({}, "king talks", None),
        ({}, "king\ttalks", None),
        ({}, "king\n", None),
        ({}, "", None),
        ({}, "king\udcff", None),
        ({}, "king" * 251, None),
    ],
)
def test_a_word_is_what_the_rules_of_the_text_make_of_it(config, query, form):
    lookup = Lookup(subword_model(**config))
    found = lookup.find(query)
    assert (None if found is None else lookup.word(found)) == form


def test_a_query_that_the_rules_make_a_known_word_of_is_not_unseen():
    lookup = Lookup(subword_model(lower=True))
    assert lookup.find("KING") == 1
    assert lookup.unseen(["KING", "Kingly"]) == {"Kingly": 7}
    assert lookup.find("kingly") == lookup.find("Kingly")


# --- their vectors ----------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_vectors_are_those_of_the_reference(kind):
    model = subword_model()
    space = VectorSpace(model, kind)
    words = ["king", *UNSEEN, "x", "kingly"]
    ids = np.array(space.ids(words))
    expected = reference_vectors(model, kind, words)
    raw = space.raw_vectors(ids)
    for word, found, direction, exact in zip(
        words, raw, space.directions(ids), space.exact_directions(ids), strict=True
    ):
        np.testing.assert_allclose(direction, unit(expected[word]), atol=1e-6)
        np.testing.assert_allclose(exact, unit(expected[word]), atol=1e-7)
        halves = np.split(found, 2 if kind == "both" else 1)
        again = [x for half in halves for x in unit([float(x) for x in half])]
        np.testing.assert_allclose(unit(again), unit(expected[word]), atol=1e-6)
    if kind == "both":
        assert not raw[1, model.w_in.shape[1] :].any()
        assert raw[0, model.w_in.shape[1] :].any()


def test_known_words_have_the_same_bits_with_unseen_ones_beside_them():
    model = subword_model()
    for kind in KINDS:
        space = VectorSpace(model, kind)
        alone = np.array(space.ids(WORDS))
        beside = np.array(space.ids([*WORDS, "kingly"]))
        for rows in (space.raw_vectors, space.directions, space.exact_directions):
            np.testing.assert_array_equal(rows(beside)[:-1], rows(alone), strict=True)


def test_output_vectors_are_of_known_words_alone():
    space = VectorSpace(subword_model(), "output")
    with pytest.raises(UnknownWordsError, match="does not know the word 'kingly'"):
        space.ids(["king", "kingly"])


# --- questions --------------------------------------------------------------------------


def best(model, target, vectors, without):
    """The words of the model by their cosine with a vector."""
    scores = {w: cosine(target, vectors[w]) for w in model.words if w not in without}
    return sorted(scores.items(), key=lambda found: -found[1])


def signed_sum(vectors, plus, minus):
    terms = [*(unit(vectors[w]) for w in plus), *([-x for x in unit(vectors[w])] for w in minus)]
    return [sum(column) for column in zip(*terms, strict=True)]


def same(found, expected):
    assert [neighbor.word for neighbor in found] == [word for word, _ in expected[: len(found)]]
    np.testing.assert_allclose(
        [neighbor.score for neighbor in found], [s for _, s in expected[: len(found)]], atol=1e-6
    )


QUERIES = [
    (["kingly"], []),
    (["king", "walks"], ["walk"]),
    (["walks", "talk"], ["walks", "talker"]),
    (["日本人"], ["日本"]),
    (["king"], ["queen"]),
]


@pytest.mark.parametrize("kind", KINDS)
def test_similar_words(kind):
    model = subword_model()
    space = VectorSpace(model, kind)
    vectors = reference_vectors(model, kind, [*WORDS, *UNSEEN])
    each = space.similar_each(QUERIES, top=99)
    for (plus, minus), found in zip(QUERIES, each, strict=True):
        expected = best(model, signed_sum(vectors, plus, minus), vectors, [*plus, *minus])
        assert len(found) == len(expected)  # every word of the model, and no unseen one
        same(found, expected)
        assert space.similar(plus, 99, minus) == found
    few = space.similar_each(QUERIES, top=3, among=range(8), least=0.1)
    for all_found, found in zip(each, few, strict=True):
        pool = [n for n in all_found if n.word in WORDS[:8] and n.score >= 0.1]
        assert found == pool[:3]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", ["add", "mul"])
def test_analogies(kind, method):
    model = subword_model()
    space = VectorSpace(model, kind)
    vectors = reference_vectors(model, kind, [*WORDS, *UNSEEN])
    for a, b, c in [("walk", "walks", "talk"), ("kingly", "queenly", "king"), ("x", "aaaaa", "x")]:
        found = space.analogy(a, b, c, 99, method)
        if method == "add":
            expected = best(model, signed_sum(vectors, [b, c], [a]), vectors, [a, b, c])
        else:
            scores = {}
            for word in model.words:
                to_a, to_b, to_c = (cosine(vectors[word], vectors[q]) for q in (a, b, c))
                scores[word] = (to_b + 1) / 2 * (to_c + 1) / 2 / ((to_a + 1) / 2 + 0.001)
            kept = [item for item in scores.items() if item[0] not in (a, b, c)]
            expected = sorted(kept, key=lambda found: -found[1])
        same(found, expected)
        assert len(found) == len(expected)


@pytest.mark.parametrize("kind", KINDS)
def test_cosines_and_the_odd_one_out(kind):
    model = subword_model()
    space = VectorSpace(model, kind)
    words = ["king", "kingly", "walks", "walk", "日本人"]
    vectors = reference_vectors(model, kind, words)
    expected = [[cosine(vectors[a], vectors[b]) for a in words] for b in words]
    cosines = space.cosines(words)
    np.testing.assert_allclose(cosines, expected, atol=1e-6)
    np.testing.assert_allclose(np.diag(cosines), 1, atol=1e-6)
    mean = signed_sum(vectors, words, [])
    by_score = sorted(words, key=lambda word: cosine(vectors[word], mean))
    assert [neighbor.word for neighbor in space.odd(words)] == by_score


@pytest.mark.parametrize("kind", KINDS)
def test_the_printed_vector_of_an_unseen_word_has_the_same_neighbours(kind):
    space = VectorSpace(subword_model(), kind)
    index = np.array(space.ids(["kingly"]))
    (found,) = space.near_vectors(space.raw_vectors(index).astype(np.float64), top=99)
    expected = space.similar("kingly", 99)
    assert [neighbor.word for neighbor in found] == [neighbor.word for neighbor in expected]
    np.testing.assert_allclose([n.score for n in found], [n.score for n in expected], atol=1e-6)


def test_in_both_a_cosine_with_an_unseen_word_is_that_of_the_input_vectors_by_root_two():
    model = subword_model()
    both, inputs = VectorSpace(model, "both"), VectorSpace(model, "input")
    mixed, unseen = ["kingly", "king"], ["kingly", "walks"]
    assert both.cosines(mixed)[0, 1] == pytest.approx(inputs.cosines(mixed)[0, 1] / np.sqrt(2))
    assert both.cosines(unseen)[0, 1] == pytest.approx(inputs.cosines(unseen)[0, 1])


def test_vectors_that_were_imported_with_ngrams():
    model = subword_model()
    ours, theirs = VectorSpace(model, "input"), VectorSpace(imported(model))
    assert theirs.similar("kingly", 5) == ours.similar("kingly", 5)
    with pytest.raises(UnknownWordsError):
        VectorSpace(imported(model), unseen=False).similar("kingly")
    with pytest.raises(UsageError, match="has one vector for each word"):
        VectorSpace(imported(model), "both")


def test_a_map_is_of_known_words():
    space = VectorSpace(subword_model())
    with pytest.raises(UnknownWordsError, match="the word 'kingly'"):
        map_words(space, ["king", "kingly"])
    assert "king" in map_words(space, ["king"], neighbors=3).words


def test_what_is_not_known_at_all_is_named_alone():
    space = VectorSpace(subword_model())
    with pytest.raises(UnknownWordsError, match="the words 'zzz', 'yyy'") as caught:
        space.ids(["kingly", "zzz", "king", "yyy", "zzz"])
    assert caught.value.words == ["zzz", "yyy"]
