"""Analogies and similarity, against plain loops in float64 that use nothing of ours."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from threadpoolctl import threadpool_info

from w2vcli.errors import DataError, InputError
from w2vcli.judging import evaluation
from w2vcli.judging.evaluation import (
    AnalogyScores,
    SimilarityScore,
    Tally,
    evaluate_analogies,
    evaluate_similarity,
    read_pairs,
    read_questions,
    spearman,
)
from w2vcli.vectors.model import Model
from w2vcli.vectors.neighbors import VectorSpace

# --- the references ---------------------------------------------------------------------


def unit(vector):
    length = math.sqrt(sum(float(x) ** 2 for x in vector))
    return [float(x) / length if length else 0.0 for x in vector]


def reference_vectors(vectors, w_in, w_out):
    """For each word its vectors of length one: one, or two whose cosines are averaged."""
    return {
        "input": [[unit(v)] for v in w_in],
        "output": [[unit(u)] for u in w_out],
        "sum": [[unit(v + u)] for v, u in zip(w_in, w_out, strict=True)],
        "blend": [[unit(v + u / 8)] for v, u in zip(w_in, w_out, strict=True)],
        "both": [[unit(v), unit(u)] for v, u in zip(w_in, w_out, strict=True)],
    }[vectors]


def reference_cosine(one, other):
    return sum(
        sum(x * y for x, y in zip(v, u, strict=True)) for v, u in zip(one, other, strict=True)
    ) / len(one)


def reference_lookup(words, restrict, fold):
    lookup = {}
    for index, word in enumerate(words[:restrict]):
        if fold(word) not in lookup:
            lookup[fold(word)] = index
    return lookup


def reference_answers(words, vectors, question, restrict=None, fold=str.upper):
    """The folded answers of 3CosAdd and 3CosMul; None where there is none."""
    lookup = reference_lookup(words, restrict, fold)
    own = [fold(word) for word in question]
    best = [(-math.inf, None), (-math.inf, None)]
    if all(word in lookup for word in own):
        a, b, c = (vectors[lookup[word]] for word in own)
        for index, word in enumerate(words[:restrict]):
            to_a, to_b, to_c = (reference_cosine(vectors[index], other) for other in (a, b, c))
            add = to_b - to_a + to_c
            mul = (to_b + 1) / 2 * (to_c + 1) / 2 / ((to_a + 1) / 2 + 0.001)
            for method, score in enumerate((add, mul)):
                if fold(word) not in own and score > best[method][0]:
                    best[method] = (score, fold(word))
    return [answer for _, answer in best]


def reference_rank(values, value):
    """The mean of the places, from 1, that the equals of a value have in order."""
    below = sum(other < value for other in values)
    equal = sum(other == value for other in values)
    return below + (equal + 1) / 2


def reference_spearman(x, y):
    p, q = ([reference_rank(values, value) for value in values] for values in (x, y))
    p, q = ([rank - sum(ranks) / len(ranks) for rank in ranks] for ranks in (p, q))
    return sum(s * t for s, t in zip(p, q, strict=True)) / math.sqrt(
        sum(s * s for s in p) * sum(t * t for t in q)
    )


# --- what they are tried on -------------------------------------------------------------


def space_of(words, w_in, w_out=None, vectors="input", **config):
    w_in = np.array(w_in, dtype=np.float32)
    w_out = np.full_like(w_in, 7) if w_out is None else w_out
    zeros = np.zeros(len(words), dtype=np.float32)
    return VectorSpace(
        Model(words, np.arange(len(words), 0, -1), w_in, w_out, zeros, config), vectors
    )


def answers(space, question, fold=str.upper, **options):
    """What the two methods answer, found out by expecting each word of the model in turn."""
    expected = list(dict.fromkeys(map(fold, space.model.words)))
    sections = {word: [(*question, word)] for word in expected}
    tallies = evaluate_analogies(space, sections, **options).sections
    add = [word for word in expected if tallies[word].correct_add]
    mul = [word for word in expected if tallies[word].correct_mul]
    assert len(add) <= 1
    assert len(mul) <= 1
    return [word for found in (add, mul) for word in found or [None]]


# Every other word stands there in a second spelling, now before and now behind the first.
WORDS = [
    word for i in range(12) for word in ([f"v{i}"], [f"w{i}", f"W{i}"], [f"W{i}", f"w{i}"])[i % 3]
]
RANDOM = np.random.default_rng(6)
W_IN, W_OUT = RANDOM.normal(size=(2, len(WORDS), 5)).astype(np.float32)
QUESTIONS = [[str(word) for word in RANDOM.choice(WORDS, 3)] for _ in range(20)]
every_kind = pytest.mark.parametrize("vectors", ["input", "output", "sum", "blend", "both"])
every_choice = pytest.mark.parametrize(
    ("options", "fold"),
    [
        ({}, str.upper),
        ({"restrict": 12}, str.upper),
        ({"restrict": 10**9}, str.upper),
        ({"case_sensitive": True}, str),
        ({"case_sensitive": True, "restrict": 14}, str),
    ],
)


# --- analogies --------------------------------------------------------------------------


@every_kind
@every_choice
def test_answers_are_those_of_the_reference(vectors, options, fold):
    space = space_of(WORDS, W_IN, W_OUT, vectors)
    reference = reference_vectors(vectors, W_IN, W_OUT)
    restrict = options.get("restrict")
    for question in QUESTIONS:
        expected = reference_answers(WORDS, reference, question, restrict, fold)
        assert answers(space, question, fold, **options) == expected


@pytest.mark.parametrize(("questions", "words"), [(1, 1), (3, 4), (128, 5), (7, 2048)])
def test_how_many_are_scored_at_once_makes_no_difference(questions, words, monkeypatch):
    sections = {str(i): [(*q, d) for d in WORDS] for i, q in enumerate(QUESTIONS)}
    space = space_of(WORDS, W_IN, W_OUT, "both")
    expected = evaluate_analogies(space, sections)
    monkeypatch.setattr(evaluation, "_QUESTIONS", questions)
    monkeypatch.setattr(evaluation, "_WORDS", words)
    assert evaluate_analogies(space, sections) == expected
    assert expected.total.correct_add > 30


# Axis-parallel vectors have cosines that are exact in float32, so that ties are ties.
exact_rows = st.lists(
    st.tuples(st.sampled_from([(0, 1), (1, 0), (0, 0)]), st.sampled_from([-3, -1, 1, 2])).map(
        lambda pair: [pair[0][0] * pair[1], pair[0][1] * pair[1]]
    ),
    min_size=3,
    max_size=9,
)


@given(exact_rows, st.permutations("aAbBcCdDe"), st.data())
def test_ties_and_vectors_of_zeros(rows, words, data):
    words = words[: len(rows)]
    question = data.draw(st.lists(st.sampled_from("abcde"), min_size=3, max_size=3))
    restrict = data.draw(st.none() | st.integers(0, 9))
    reference = [[unit(row)] for row in rows]
    expected = reference_answers(words, reference, question, restrict)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evaluation, "_WORDS", data.draw(st.integers(1, 4)))
        for threads in (1, 2):
            found = answers(space_of(words, rows), question, restrict=restrict, threads=threads)
            assert found == expected


@pytest.mark.parametrize("words", [1, 16, 100])
def test_threads_make_no_difference(words, monkeypatch):
    monkeypatch.setattr(evaluation, "_WORDS", words)
    names = [f"w{i}" for i in range(300)]
    random = np.random.default_rng(7)
    rows = random.integers(-2, 3, size=(300, 2))  # many ties, which the first word must win
    questions = {
        d: [(*(str(word) for word in random.choice(names, 3)), d) for _ in range(30)]
        for d in names[:20]
    }
    one, two, five = (
        evaluate_analogies(space_of(names, rows), questions, threads=n) for n in (1, 2, 5)
    )
    assert one == two == five
    assert one.total.correct_add > 5


def test_threads_are_used_and_those_of_blas_are_not(monkeypatch):
    def recorded(function, items, threads):
        blas = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
        seen.append((threads, {pool["num_threads"] for pool in blas}))
        return map(function, items)

    seen = []
    monkeypatch.setattr(evaluation, "ordered_map", recorded)
    evaluate_analogies(space_of(WORDS, W_IN), {"": [(*QUESTIONS[0], "v0")]}, threads=3)
    assert seen == [(3, {1})]


def test_they_are_the_answers_of_the_vector_space():
    names = [f"w{i}" for i in range(50)]
    w_in, w_out = np.random.default_rng(8).normal(size=(2, 50, 4)).astype(np.float32)
    space = space_of(names, w_in, w_out, "both")
    for question in (names[:3], names[7:10], ["w4", "w4", "w9"]):
        add, mul = (space.analogy(*question, top=1, method=m)[0].word for m in ("add", "mul"))
        assert answers(space, question, str) == answers(space, question, str, case_sensitive=True)
        assert answers(space, question, str) == [add, mul]


def test_an_analogy_by_hand():
    rows = {"man": [1, 0, 0], "king": [1, 1, 0], "woman": [1, 0, 1], "queen": [1, 1, 1]}
    rows["tree"] = [0, -1, 0]
    space = space_of(list(rows), list(rows.values()))
    question = ("man", "king", "woman", "queen")
    tally = Tally(asked=1, answered=1, correct_add=1, correct_mul=1)
    assert evaluate_analogies(space, {"": [question]}).total == tally


def test_the_methods_are_not_taken_for_each_other():
    # A difference to a small cosine with a is little to 3CosAdd, and much to the ratio of 3CosMul.
    rows = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [-0.6, 0.8, 0], [0, 0.7, 0.7]]
    space = space_of(["a", "b", "c", "far", "near"], rows)
    reference = [[unit(row)] for row in rows]
    expected = reference_answers(space.model.words, reference, "abc")
    assert len(set(expected)) == 2
    assert answers(space, "abc") == expected


def test_unknown_words_leave_questions_unanswered():
    space = space_of(["a", "b", "c", "d"], np.eye(4))
    known = [("a", "b", "c", "d"), ("a", "b", "c", "a")]
    unknown = [
        ("x", "b", "c", "d"),
        ("a", "x", "c", "d"),
        ("a", "b", "x", "d"),
        ("a", "b", "c", "x"),
    ]
    scores = evaluate_analogies(space, {"k": known, "u": unknown})
    assert scores.sections["k"] == Tally(2, 2, 1, 1)
    assert scores.sections["u"] == Tally(4, 0, 0, 0)
    assert scores.total == Tally(6, 2, 1, 1)
    # The last words of the vocabulary are unknown to a restricted one.
    assert evaluate_analogies(space, {"k": known}, restrict=3).total == Tally(2, 1, 0, 0)
    assert evaluate_analogies(space, {"k": known}, restrict=0).total == Tally(2, 0, 0, 0)


def test_of_words_that_differ_in_case_the_first_stands_for_all():
    # As the first of them, "B" makes "d" the answer; as the second, "b" would make it "e".
    words = ["a", "B", "b", "c", "d", "e"]
    rows = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 1, 0, 1], [0, 0, 1, 1]]
    space = space_of(words, rows)
    assert answers(space, ["A", "b", "C"]) == ["D", "D"]
    assert answers(space, ["a", "B", "c"], str, case_sensitive=True) == ["d", "d"]
    assert answers(space, ["a", "b", "c"], str, case_sensitive=True) == ["e", "e"]
    assert answers(space, ["A", "b", "C"], str, case_sensitive=True) == [None, None]


def test_an_answer_counts_in_any_case_and_the_own_words_in_none():
    # "C" is nearest of all but one of the question's own words; then comes "D", spelt otherwise.
    words = ["a", "b", "c", "C", "D", "e", "d"]
    rows = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 1], [0, 1, 2], [1, 1, 0], [1, 0, 0]]
    space = space_of(words, rows)
    assert answers(space, "abc") == ["D", "D"]
    assert answers(space, "abc", str, case_sensitive=True) == ["C", "C"]


def test_case_is_folded_as_gensim_does_it():
    space = space_of(["stra\N{LATIN SMALL LETTER SHARP S}e", "b", "c", "d"], np.eye(4))
    scores = evaluate_analogies(space, {"": [("STRASSE", "B", "c", "D")]})
    assert scores.total == Tally(1, 1, 1, 1)


@pytest.mark.filterwarnings("error")
def test_questions_that_use_up_the_vocabulary_have_no_answer():
    space = space_of(["a", "b", "c"], np.eye(3))
    for d in "abc":
        assert evaluate_analogies(space, {"": [("a", "b", "c", d)]}).total == Tally(1, 1, 0, 0)


@pytest.mark.filterwarnings("error")
def test_sections_and_their_sums():
    space = space_of(["a", "b", "c", "d", "e"], np.eye(5))
    right, wrong, unknown = ("a", "b", "c", "d"), ("a", "b", "c", "e"), ("a", "b", "c", "x")
    scores = evaluate_analogies(
        space,
        {
            "capital": [right, wrong, wrong, unknown],
            "gram1-adjective": [right, unknown],
            "empty": [],
            "": [wrong],
            "gramophones": [right, right],
            "program": [unknown],
        },
    )
    assert scores == AnalogyScores(
        sections={
            "capital": Tally(4, 3, 1, 1),
            "gram1-adjective": Tally(2, 1, 1, 1),
            "empty": Tally(0, 0, 0, 0),
            "": Tally(1, 1, 0, 0),
            "gramophones": Tally(2, 2, 2, 2),
            "program": Tally(1, 0, 0, 0),
        },
        syntactic=Tally(4, 3, 3, 3),
        semantic=Tally(6, 4, 1, 1),
        total=Tally(10, 7, 4, 4),
    )
    assert next(iter(scores.sections)) == "capital"
    assert evaluate_analogies(space, {}).total == Tally(0, 0, 0, 0)


def test_accuracies():
    tally = Tally(asked=9, answered=8, correct_add=4, correct_mul=2)
    assert (tally.accuracy_add, tally.accuracy_mul) == (0.5, 0.25)
    none = Tally(asked=9, answered=0, correct_add=0, correct_mul=0)
    assert (none.accuracy_add, none.accuracy_mul) == (None, None)


# --- similarity -------------------------------------------------------------------------


@every_kind
@every_choice
def test_similarity_is_that_of_the_reference(vectors, options, fold):
    lookup = reference_lookup(WORDS, options.get("restrict"), fold)
    reference = reference_vectors(vectors, W_IN, W_OUT)
    random = np.random.default_rng(9)
    pairs = [(*map(str, random.choice([*WORDS, "unknown"], 2)), float(i % 7)) for i in range(60)]
    known = [pair for pair in pairs if fold(pair[0]) in lookup and fold(pair[1]) in lookup]
    different = [pair for pair in known if fold(pair[0]) != fold(pair[1])]  # others' cosine is 1
    assert len(different) > 5
    cosines = [
        reference_cosine(*(reference[lookup[fold(word)]] for word in pair[:2]))
        for pair in different
    ]
    unknown = [pair for pair in pairs if pair not in known]
    score = evaluate_similarity(
        space_of(WORDS, W_IN, W_OUT, vectors), different + unknown, **options
    )
    assert (score.pairs, score.answered) == (len(different) + len(unknown), len(different))
    assert score.coverage == len(different) / (len(different) + len(unknown))
    ranked = reference_spearman(np.round(cosines, 9).tolist(), [pair[2] for pair in different])
    assert score.spearman == pytest.approx(ranked, abs=1e-12)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("pairs", "score"),
    [
        ([("a", "b", 1), ("a", "c", 0), ("b", "c", 2)], SimilarityScore(3, 3, 1.0)),
        ([("a", "b", 1), ("a", "c", 2), ("b", "c", 0)], SimilarityScore(3, 3, -1.0)),
        ([("A", "B", 1), ("c", "B", 2), ("c", "x", 0)], SimilarityScore(3, 2, 1.0)),
        ([("a", "b", 2)], SimilarityScore(1, 1, None)),
        ([("x", "b", 2), ("y", "a", 3)], SimilarityScore(2, 0, None)),
        ([("a", "b", 2), ("a", "c", 2)], SimilarityScore(2, 2, None)),
        ([("a", "b", 2), ("B", "A", 3)], SimilarityScore(2, 2, None)),
        ([("a", "zero", 2), ("b", "zero", 3)], SimilarityScore(2, 2, None)),
    ],
)
def test_similarity_by_hand(pairs, score):
    space = space_of(["a", "b", "c", "zero"], [[1, 0], [1, 1], [1, 4], [0, 0]])
    found = evaluate_similarity(space, pairs)
    assert found == score
    assert found.coverage == score.answered / score.pairs


@pytest.mark.parametrize(
    ("x", "y", "correlation"),
    [
        # Ranks less their mean: (-2, -1, 0, 1, 2), (-2, -1, 0.5, 2, 0.5).
        ([1, 2, 3, 4, 5], [5, 6, 7, 8, 7], 8 / (10 * 9.5) ** 0.5),
        # (-1, -1, 1, 1), (-1.5, -0.5, 1, 1).
        ([7, 7, 9, 9], [0, 0.5, 4, 4], 4 / (4 * 4.5) ** 0.5),
        ([3, 1, 2], [10, -10, 0], 1),
        ([3, 1, 2, 2], [-3, -1, -2, -2], -1),
        ([1, 2, 3, 4], [1, 3, 3, 1], 0),
        ([1, 1, 1], [1, 2, 3], None),
        ([1, 2, 3], [0, 0, 0], None),
        ([5], [6], None),
        ([], [], None),
    ],
)
def test_spearman_by_hand(x, y, correlation):
    assert spearman(x, y) == (None if correlation is None else pytest.approx(correlation))
    assert spearman(y, x) == spearman(x, y)


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(-3, 3)), min_size=2, max_size=30))
def test_spearman_is_that_of_the_reference(pairs):
    x, y = zip(*pairs, strict=True)
    if len(set(x)) == 1 or len(set(y)) == 1:
        assert spearman(x, y) is None
    else:
        assert spearman(x, y) == pytest.approx(reference_spearman(x, y), abs=1e-12)


# --- the files --------------------------------------------------------------------------


@pytest.fixture
def write(tmp_path):
    def write(data):
        path = tmp_path / "test.txt"
        path.write_bytes(data)
        return path

    return write


QUESTIONS_TEXT = """\
: capital-common-countries
Athens Greece Oslo Norway
  Athens\tGreece  Rome Italy

:gram1 with a longer name
calm calmly free freely
: empty
: capital-common-countries
Bern Switzerland Zürich A\N{NO-BREAK SPACE}B
"""
QUESTIONS_READ = {
    "capital-common-countries": [
        ("Athens", "Greece", "Oslo", "Norway"),
        ("Athens", "Greece", "Rome", "Italy"),
        ("Bern", "Switzerland", "Zürich", "A\N{NO-BREAK SPACE}B"),
    ],
    "gram1 with a longer name": [("calm", "calmly", "free", "freely")],
    "empty": [],
}


@pytest.mark.parametrize("start", ["", "\N{BYTE ORDER MARK}"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_questions(write, start, end):
    read = read_questions(write((start + QUESTIONS_TEXT.replace("\n", end)).encode()))
    assert read == QUESTIONS_READ
    assert list(read) == list(QUESTIONS_READ)


def test_questions_before_any_section_and_a_last_line_that_does_not_end(write):
    assert read_questions(write(b"a b\rc\v\fd\n: x\ne f g h")) == {
        "": [("a", "b", "c", "d")],
        "x": [("e", "f", "g", "h")],
    }


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b": s\na b c d\n\na b c\n", "line 4: expected four words or ': section', found 3 word"),
        (b"a b c d e\n", "line 1: expected four words or ': section', found 5 word"),
        (b": s\r\na b c d\r\nword\r\n", "line 3: expected four words or ': section', found 1 w"),
        (b": s\na b c \xfc\n", "line 2, byte 7: 0xfc is not valid UTF-8; convert the file"),
        (b": \xff\n", "line 1, byte 3: 0xff is not valid UTF-8"),
        (b"\xef\xbb\xbfa \xff c d\n", "line 1, byte 3: 0xff is not valid UTF-8"),
        (b"", "the file holds no questions; put four words on each line"),
        (b": section\n\n: another\n", "the file holds no questions"),
    ],
)
def test_files_that_are_no_questions(write, data, complaint):
    path = write(data)
    with pytest.raises(DataError) as caught:
        read_questions(path)
    assert str(caught.value).startswith(
        f"{path}{',' if 'line' in complaint[:4] else ':'} {complaint}"
    )


SIMLEX = b"""\
word1\tword2\tPOS\tSimLex999\tconc(w1)\tconc(w2)\tconcQ\tAssoc(USF)\tSimAssoc333\tSD(SimLex)
old\tnew\tA\t1.58\t2.72\t2.81\t2\t7.25\t1\t0.41
smart\tintelligent\tA\t9.2\t1.75\t2.46\t1\t7.11\t1\t0.67
"""


@pytest.mark.parametrize(
    ("data", "pairs"),
    [
        (SIMLEX, [("old", "new", 1.58), ("smart", "intelligent", 9.2)]),
        (b"Word 1,Word 2,Human (mean)\nlove,sex,6.77\n", [("love", "sex", 6.77)]),
        (b"love sex 6.77\n  tiger  cat 7\n", [("love", "sex", 6.77), ("tiger", "cat", 7)]),
        (b"love\tsex\t6.77", [("love", "sex", 6.77)]),
        (b"a\tb\t1\nc,d,2\ne f 3\n", [("a", "b", 1), ("c", "d", 2), ("e", "f", 3)]),
        (b"ice cream\t1,000\tx, y\t-3e-1\n", [("ice cream", "1,000", -0.3)]),
        (b"ice cream, sweet , 5 \n", [("ice cream", "sweet", 5)]),
        (b"# a comment\n\n#\tb\t3\nhead er line\n1984 2001 .5 6\n", [("1984", "2001", 0.5)]),
        (b"\xef\xbb\xbfa b nan inf 1_0 +2. x\r\n\r\n", [("a", "b", 2)]),
        ("ä\tA\N{NO-BREAK SPACE}B\t1\n".encode(), [("ä", "A\N{NO-BREAK SPACE}B", 1)]),
    ],
)
def test_pairs(write, data, pairs):
    assert read_pairs(write(data)) == pairs


def test_a_line_with_tabs_is_cut_at_tabs_alone(write):
    with pytest.raises(DataError, match="line 2: expected two words and a number; separate"):
        read_pairs(write(b"love sex 6.77\ntiger cat\t7\n"))


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"a b 1\n\nc d\n", ", line 3: expected two words and a number; separate them by tabs"),
        (b"a b c\n# x\nc d e\n", ", line 3: expected two words and a number"),
        (b"a\tb\t1\nc\t\t2\n", ", line 2: expected two words and a number"),
        (b"\tb\t1\n", ", line 1: expected two words and a number"),
        (b"a b 1\n2\n", ", line 2: expected two words and a number"),
        (b"a b 1\nc d nan\n", ", line 2: expected two words and a number"),
        (b"a b 1\nc \xe4 2\n", ", line 2, byte 3: 0xe4 is not valid UTF-8; convert the file"),
        (b"a b c\n", ": the file holds no pairs; put two words and a number on each line"),
        (b"# only\n\n", ": the file holds no pairs"),
        (b"", ": the file holds no pairs"),
    ],
)
def test_files_that_are_no_pairs(write, data, complaint):
    path = write(data)
    with pytest.raises(DataError) as caught:
        read_pairs(path)
    assert str(caught.value).startswith(f"{path}{complaint}")


@pytest.mark.parametrize("read", [read_questions, read_pairs])
def test_files_that_cannot_be_read(read, tmp_path):
    for path, why in [(tmp_path, "Is a directory"), (tmp_path / "none", "No such file")]:
        with pytest.raises(InputError) as caught:
            read(path)
        assert str(caught.value).startswith(f"{path}: cannot be read: {why}")


def test_the_real_files(shared_data):
    questions = read_questions(shared_data / "questions-words.txt")
    assert sum(map(len, questions.values())) == 19_544
    assert len(questions) == 14
    assert sum(name.startswith("gram") for name in questions) == 9
    assert len(read_pairs(shared_data / "wordsim353.tsv")) == 353
    assert len(read_pairs(shared_data / "simlex999.tsv")) == 999
