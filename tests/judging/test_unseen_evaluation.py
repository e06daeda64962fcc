"""Analogies and similarity with unseen words, against plain loops that use nothing of ours."""

import math
from dataclasses import replace

import numpy as np
import pytest
from helpers.reference_ngrams import ngrams
from helpers.reference_unseen import by_ngrams, cosine, vector
from helpers.subword_models import WORDS, subword_model

from w2vcli.judging.evaluation import Tally, evaluate_analogies, evaluate_similarity
from w2vcli.vectors.neighbors import VectorSpace

KINDS = ["input", "sum", "blend", "both"]
ASKED = [
    *WORDS,
    "kingly",
    "Kingly",
    "walks",
    "WALKS",
    "QUEEN",
    "zzz",
    "talker",
    "日本人",
    "Queenly",
]


def vectors_of(model, kind, restrict=None, sensitive=False):
    """The vectors of the words that are asked about, by word; whether each is known."""
    rows = dict(zip(model.subwords.ngrams, model.subwords.rows.tolist(), strict=True))
    fold = str if sensitive else str.upper
    found = {}
    for word in ASKED:
        same = [i for i, other in enumerate(model.words) if fold(other) == fold(word)]
        if same:
            if restrict is None or same[0] < restrict:
                index = same[0]
                known = vector(kind, model.w_in[index], model.w_out[index])
                found[word] = (fold(word), known, True)
            continue
        spellings = [word] if sensitive else [word, word.lower()]
        sizes = [sum(ngram in rows for ngram in ngrams(s, 3, 6)) for s in spellings]
        spelling = spellings[sizes.index(max(sizes))]
        if max(sizes):
            made = vector(kind, by_ngrams(spelling, 3, 6, rows), None)
            found[word] = (spelling, made, False)
    return found


def ranks(values):
    return [
        sum(other < value for other in values) + (sum(other == value for other in values) + 1) / 2
        for value in values
    ]


def spearman(x, y):
    p, q = ([rank - (len(x) + 1) / 2 for rank in ranks(values)] for values in (x, y))
    scale = math.sqrt(sum(s * s for s in p) * sum(t * t for t in q))
    return sum(s * t for s, t in zip(p, q, strict=True)) / scale if scale else None


PAIRS = [
    (a, b, float((3 * i + 5 * j) % 11))
    for i, a in enumerate(ASKED)
    for j, b in enumerate(ASKED)
    if a.upper() != b.upper() and (i + j) % 3 == 0
]
CHOICES = [(None, False), (None, True), (12, False), (12, True)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("restrict", "sensitive"), CHOICES)
def test_similarity(kind, restrict, sensitive):
    model = subword_model(least_words=1)
    space = VectorSpace(model, kind)
    vectors = vectors_of(model, kind, restrict, sensitive)
    known, unseen = [], []
    for a, b, score in PAIRS:
        if a in vectors and b in vectors:
            # Cosines that are equal in theory must be equal in ranks.
            found = round(cosine(vectors[a][1], vectors[b][1]), 7)
            (known if vectors[a][2] and vectors[b][2] else unseen).append((found, score))
    score = evaluate_similarity(space, PAIRS, restrict, sensitive, oov=True)
    for part, expected, pairs in (
        (score, known, len(PAIRS)),
        (score.unseen, unseen, len(PAIRS) - len(known)),
        (score.with_unseen, known + unseen, len(PAIRS)),
    ):
        assert (part.pairs, part.answered) == (pairs, len(expected))
        assert len(expected) > 20
        correlation = spearman(*zip(*expected, strict=True))
        assert part.spearman == pytest.approx(correlation, abs=1e-9)
    plain = evaluate_similarity(space, PAIRS, restrict, sensitive)
    assert plain == replace(score, unseen=None, with_unseen=None)


QUESTIONS = {
    "gram1": [
        ("walk", "walks", "talk", d) for d in ["talked", "talking", "x", "queens", "aaaa", "zzz"]
    ],
    "others": [
        *(("kingly", "king", "Queenly", d) for d in WORDS),
        *(("king", "queen", "walk", d) for d in WORDS),
        ("king", "queen", "zzz", "walk"),
        ("king", "kingly", "queen", "queenly"),  # an answer must be known
    ],
}


def answers(model, vectors, question, method, restrict, fold):
    """The word that answers, folded."""
    a, b, c = (vectors[word][1] for word in question[:3])
    own = {fold(word) for word in question[:3]}
    best = (-math.inf, None)
    for word in model.words[:restrict]:
        if fold(word) in own:
            continue
        to_a, to_b, to_c = (cosine(vectors[word][1], other) for other in (a, b, c))
        score = to_b - to_a + to_c
        if method == "mul":
            score = (to_b + 1) / 2 * (to_c + 1) / 2 / ((to_a + 1) / 2 + 0.001)
        if score > best[0]:
            best = (score, fold(word))
    return best[1]


def counted(marks):
    return Tally(len(marks), *(sum(column) for column in zip(*marks, strict=True)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("restrict", "sensitive"), CHOICES)
def test_analogies(kind, restrict, sensitive):
    model = subword_model()
    space = VectorSpace(model, kind)
    fold = str if sensitive else str.upper
    vectors = vectors_of(model, kind, restrict, sensitive)
    known, unseen, every = [], [], []
    for question in [q for section in QUESTIONS.values() for q in section]:
        here = all(word in vectors for word in question)
        answered = here and vectors[question[3]][2]
        correct = [0, 0]
        if answered:
            correct = [
                answers(model, vectors, question, method, restrict, fold) == fold(question[3])
                for method in ("add", "mul")
            ]
        by_known = answered and all(vectors[word][2] for word in question)
        known.append([by_known, *(c * by_known for c in correct)])
        every.append([answered, *correct])
        if not by_known:
            unseen.append([answered, *correct])
    found = evaluate_analogies(space, QUESTIONS, restrict, sensitive, oov=True)
    assert found.total == counted(known)
    assert found.unseen.total == counted(unseen)
    assert found.with_unseen.total == counted(every)
    assert found.unseen.total.answered > 10
    assert sum(mark[1] for mark in unseen) > 0
    for part in (found, found.unseen, found.with_unseen):
        sums = [part.syntactic, part.semantic]
        assert part.syntactic == part.sections["gram1"]
        assert part.total.asked == sum(tally.asked for tally in sums)
        assert part.total.correct_add == sum(tally.correct_add for tally in sums)
    plain = evaluate_analogies(space, QUESTIONS, restrict, sensitive)
    assert plain == replace(found, unseen=None, with_unseen=None)


def test_a_question_with_an_unknown_word_stays_unanswered():
    space = VectorSpace(subword_model())
    questions = {"": [("king", "queen", "zzz", "walk"), ("king", "kingly", "x", "queenly")]}
    found = evaluate_analogies(space, questions, oov=True)
    assert found.unseen.total == found.with_unseen.total == Tally(2, 0, 0, 0)
    found = evaluate_similarity(space, [("king", "zzz", 1.0)], oov=True)
    assert (found.unseen.pairs, found.unseen.answered, found.unseen.spearman) == (1, 0, None)
    assert found.with_unseen.coverage == 0
    found = evaluate_similarity(space, [("king", "queen", 1.0)], oov=True)
    assert (found.unseen.pairs, found.unseen.coverage) == (0, 1)


def test_a_word_beyond_those_that_take_part_is_not_unseen():
    model = subword_model()
    space = VectorSpace(model)
    last = model.words[-1]
    found = evaluate_similarity(space, [("king", last, 1.0), (last, "the", 2.0)], 5, oov=True)
    assert (found.answered, found.unseen.answered) == (0, 0)


def test_of_a_word_in_capitals_the_spelling_with_more_known_ngrams_is_taken():
    space = VectorSpace(subword_model(), "input")
    pairs = [("kingly", "WALKS", 1.0), ("king", "Kingly", 2.0), ("the", "kingly", 0.0)]
    lowered = [(a.lower(), b.lower(), score) for a, b, score in pairs]
    as_if = evaluate_similarity(space, lowered, case_sensitive=True, oov=True)
    assert evaluate_similarity(space, pairs, oov=True) == as_if
    assert as_if.unseen.answered == 3
    strict = evaluate_similarity(space, pairs, case_sensitive=True, oov=True)
    assert strict.unseen.answered == 2  # of <WALKS> the model knows nothing


def test_cosines_of_known_words_do_not_depend_on_unseen_ones():
    rng = np.random.default_rng(4)
    words = [f"w{i}" for i in range(300)]
    space = VectorSpace(subword_model(words, dim=25, ngrams="2-4"))
    questions = {
        "": [
            tuple(str(word) for word in rng.choice([*words, "w3x", "w77y"], 4)) for _ in range(500)
        ]
    }
    with_oov = evaluate_analogies(space, questions, threads=2, oov=True)
    assert replace(with_oov, unseen=None, with_unseen=None) == evaluate_analogies(space, questions)
    assert with_oov.unseen.total.answered > 3
