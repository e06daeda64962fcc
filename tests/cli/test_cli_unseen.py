"""Unseen words: marked in every output of every command; strict with --no-oov; eval --oov."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers.subword_models import subword_model
from helpers.terminals import on_terminal

from w2vcli.judging.evaluation import evaluate_analogies, evaluate_similarity
from w2vcli.judging.prediction import Predictor
from w2vcli.system.threads import Team
from w2vcli.training.options import TrainingOptions
from w2vcli.vectors.model import Model
from w2vcli.vectors.neighbors import VectorSpace

MODEL = "ngrams.safetensors"
NOTE = "TIME the model does not know '{}': its vector is made of {} n-grams\n"
KINGLY = NOTE.format("kingly", 7)
WALKS = NOTE.format("walks", 6)
UNKNOWN = "w2vcli: the model does not know the word '{}'\n"


def options(arch):
    return TrainingOptions(arch=arch, window=2, subsample=0.01).resolved().as_json()


@pytest.fixture
def run(w2v):
    subword_model(**options("skipgram")).save(Path(MODEL))
    subword_model(**options("cbow")).save(Path("cbow"))
    return w2v


@pytest.fixture
def space(run):
    return VectorSpace(Model.load(Path(MODEL)))


def rows(query, found, digits=".4f"):
    return "".join("\t".join([*query, n[0], f"{n[1]:{digits}}"]) + "\n" for n in found)


# --- lines for pipes: the columns are as ever, and a note is on stderr ----------------------


def test_similar(run, space):
    out = rows(["kingly"], space.similar("kingly", 2)) + rows(["king"], space.similar("king", 2))
    found = run("similar", MODEL, "kingly", "king", "kingly", "--top", "2")
    assert found == (0, out + rows(["kingly"], space.similar("kingly", 2)), KINGLY)
    out = rows(["king -kingly +walks"], space.similar(["king", "walks"], 2, ["kingly"]))
    found = run("similar", MODEL, "king", "-kingly", "+walks", "--top", "2")
    assert found == (0, out, WALKS + KINGLY)


def test_analogy_similarity_odd_and_vectors(run, space):
    question = ["walk", "walks", "king"]
    assert run("analogy", MODEL, *question, "--top", "3") == (
        0, rows(question, space.analogy(*question, 3)), WALKS,
    )  # fmt: skip
    assert run("similarity", MODEL, "king", "kingly") == (
        0, f"king\tkingly\t{space.cosines(['king', 'kingly'])[0, 1]:.4f}\n", KINGLY,
    )  # fmt: skip
    words = ["king", "walks", "kingly"]
    assert run("odd", MODEL, *words) == (
        0,
        rows([" ".join(words)], space.odd(words)),
        WALKS + KINGLY,
    )
    code, out, err = run("vectors", MODEL, "kingly", "--vectors", "input")
    numbers = space.lookup.w_in(np.array(space.ids(["kingly"])))[0]
    assert (code, err) == (0, KINGLY)
    assert out.split("\t")[0] == "kingly"
    assert [float(x) for x in out.split("\t")[1:]] == pytest.approx(numbers.tolist(), rel=1e-7)


def test_predict(run):
    with Team() as team:
        predictor = Predictor(Model.load(Path(MODEL)), team)
        found = predictor.most_probable(predictor.around("kingly"), 3)
        expected = rows(["kingly"], found, "#.4g")
        assert run("predict", MODEL, "kingly", "--top", "3") == (0, expected, KINGLY)
        cbow = Predictor(Model.load(Path("cbow")), team)
        text = ["the", "kingly", "_", "zzz", "walks"]
        found = cbow.most_probable(cbow.between(text[:2], text[3:]), 3)
        code, out, err = run("predict", "cbow", *text, "--top", "3")
        assert (code, out) == (3, rows(text, found, "#.4g"))
        assert err == KINGLY + WALKS + UNKNOWN.format("zzz")
        lines = [["the", "kingly", "king"], ["the", "king"]]
        scores = predictor.score(lines)
    code, out, err = run("predict", MODEL, "--score", stdin=b"the kingly king\nthe king\n")
    assert code == 0
    assert [line.split("\t")[0] for line in out.splitlines()] == [
        f"{score.log_probability:.4f}" for score in scores
    ]
    assert err.count("\n") == 1
    assert "some words of the text are not in the vocabulary" in err
    assert run("predict", MODEL, "--score", "the", "king")[2] == ""


def test_notes_are_of_queries_that_are_answered_and_once(run):
    text = b"kingly\nkingly -zzz\nwalks -zzz\nking +kingly\nfly\n"
    code, _, err = run("similar", MODEL, "--top", "1", stdin=text)
    assert code == 3
    fly = NOTE.format("fly", 1).replace("n-grams", "n-gram")  # ly> alone
    assert err == KINGLY + fly + UNKNOWN.format("zzz")


def test_a_sign_before_a_known_word_is_pointed_out(run):
    code, out, err = run("similar", MODEL, "-king", "--top", "1")
    assert (code, out.count("\n")) == (0, 1)
    assert err == NOTE.format("-king", 6).replace("\n", "; it knows 'king', without the sign\n")


def test_quiet(run):
    assert run("similar", MODEL, "kingly", "--quiet", "--top", "1")[2] == ""
    assert run("predict", MODEL, "--score", "the", "kingly", "-q")[2] == ""


def test_the_form_that_the_rules_make_is_named(w2v):
    subword_model(lower=True).save(Path(MODEL))
    _, out, err = w2v("similar", MODEL, "Kingly", "--top", "1", "--json")
    assert err == (
        "TIME the model does not know 'Kingly' (as 'kingly'): its vector is made of 7 n-grams\n"
    )
    found = json.loads(out)
    assert (found["query"], found["word"], found["unseen"]) == ("Kingly", "kingly", ["Kingly"])
    assert on_terminal(f"similar {MODEL} Kingly --top 1")[1][0] == (
        "Kingly (as kingly) (unseen: of 7 n-grams)"
    )


# --- JSON -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "unseen"),
    [
        (["similar", "kingly"], ["kingly"]),
        (["similar", "king", "-kingly", "+walks"], ["walks", "kingly"]),
        (["analogy", "walk", "walks", "king"], ["walks"]),
        (["similarity", "king", "kingly", "walks", "walks"], ["kingly", "walks"]),
        (["odd", "king", "kingly", "walks"], ["kingly", "walks"]),
        (["vectors", "kingly"], ["kingly"]),
        (["predict", "kingly"], ["kingly"]),
    ],
)
def test_json_has_a_key_where_there_are_unseen_words(run, arguments, unseen):
    command, *words = arguments
    code, out, _ = run(command, MODEL, *words, "--json")
    assert code == 0
    assert json.loads(out)["unseen"] == unseen
    known = {"kingly": "the", "walks": "queen"}
    words = [
        word[: word[0] in "+-"] + known.get(word.lstrip("+-"), word.lstrip("+-")) for word in words
    ]
    code, out, err = run(command, MODEL, *words, "--json")
    assert (code, err) == (0, "")
    assert "unseen" not in json.loads(out)


def test_json_of_gaps_and_scores(run):
    _, out, _ = run("predict", "cbow", "the _ kingly zzz", "--json", "--top", "1")
    found = json.loads(out)
    assert (found["unseen"], found["unknown"]) == (["kingly"], ["zzz"])
    text = b"the kingly kingly walks zzz\nthe king\n"
    _, out, _ = run("predict", "cbow", "--score", "--json", stdin=text)
    first, second = map(json.loads, out.splitlines())
    assert (first["unseen"], first["unknown"], first["tokens"]) == (["kingly", "walks"], 1, 5)
    assert "unseen" not in second


def test_a_line_of_vectors_can_be_asked_about(run, space):
    for more in ([], ["--json"]):
        _, line, _ = run("vectors", MODEL, "kingly", *more)
        found = run("similar", MODEL, "--by-vector", "--top", "5", stdin=line.encode())
        assert found == (0, rows(["kingly"], space.similar("kingly", 5)), "")


# --- terminals --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "title"),
    [
        (f"similar {MODEL} kingly", "kingly (unseen: of 7 n-grams)"),
        (f"similar {MODEL} king -walks", "king -walks (unseen: walks, of 6 n-grams)"),
        (
            f"analogy {MODEL} walk walks kingly",
            "walk : walks :: kingly : ? (unseen: walks, of 6 n-grams; kingly, of 7 n-grams)",
        ),
        (f"odd {MODEL} the king walks", "the king walks (unseen: walks, of 6 n-grams)"),
        (f"similarity {MODEL} king kingly", "Cosines (unseen: kingly, of 7 n-grams)"),
        (f"similarity {MODEL} king kingly the", "Cosines (unseen: kingly, of 7 n-grams)"),
        (f"predict {MODEL} kingly", "kingly (unseen: of 7 n-grams)"),
        ("predict cbow the _ kingly", "the _ kingly (unseen: kingly, of 7 n-grams)"),
    ],
)
def test_titles(run, arguments, title):
    code, shown = on_terminal(arguments, columns=100)
    assert (code, shown[0]) == (0, title)
    assert "the model does not know 'kingly': its vector is made of 7 n-grams" in shown or (
        "the model does not know 'walks': its vector is made of 6 n-grams" in shown
    )


# --- what stays unknown -----------------------------------------------------------------------

COMMANDS = [
    ["similar", "kingly"],
    ["analogy", "king", "kingly", "the"],
    ["similarity", "king", "kingly"],
    ["odd", "king", "kingly", "the"],
    ["vectors", "kingly"],
    ["predict", "kingly"],
]


@pytest.mark.parametrize("arguments", COMMANDS)
def test_strictly(run, arguments):
    command, *words = arguments
    error = "w2vcli: the model does not know the word 'kingly'; near it: king\n"
    assert run(command, MODEL, *words, "--no-oov") == (3, "", error)
    _, out, _ = run(command, MODEL, *words, "--no-oov", "--json")
    assert json.loads(out)["unknown"] == ["kingly"]
    if command != "predict":
        assert run(command, MODEL, *words, "--vectors", "output") == (3, "", error)


@pytest.mark.parametrize("arguments", COMMANDS)
def test_a_word_of_no_known_ngram(run, arguments):
    command, *words = arguments
    words = [word.replace("kingly", "qeuen") for word in words]
    error = "w2vcli: the model does not know the word 'qeuen'; near it: queen\n"
    subword_model(ngrams="6-6", **options("skipgram")).save(Path(MODEL))
    assert run(command, MODEL, *words) == (3, "", error)


@pytest.mark.parametrize("arguments", COMMANDS)
def test_a_model_without_ngrams_takes_the_option_and_changes_nothing(run, arguments):
    command, *words = arguments
    replace(Model.load(Path(MODEL)), subwords=None, config=options("skipgram")).save(Path(MODEL))
    plain = run(command, MODEL, *words)
    assert plain[0] == 3
    assert run(command, MODEL, *words, "--no-oov") == plain
    known = [word.replace("kingly", "queen") for word in words]
    assert run(command, MODEL, *known, "--no-oov") == run(command, MODEL, *known)


@pytest.mark.parametrize("value", [np.nan, np.inf, 3e38])
@pytest.mark.parametrize("arguments", COMMANDS)
def test_numbers_of_ngrams_that_no_training_writes(run, arguments, value):
    model = Model.load(Path(MODEL))
    rows = np.full_like(model.subwords.rows, value)
    replace(model, subwords=replace(model.subwords, rows=rows)).save(Path(MODEL))
    command, *words = arguments
    code, out, err = run(command, MODEL, *words)
    assert (code, out, err.count("\n")) == (65, "", 1)
    assert "a number in its vectors is not finite, or is far too large" in err


def test_a_model_that_was_trained_with_ngrams(w2v):
    train = ["train", "text.txt", "--min-count", "3", "--dim", "4", "--subwords", "3-4"]
    train += ["--subword-min-count", "1"]
    assert w2v(*train, "-o", "trained")[0] == 0
    space = VectorSpace(Model.load(Path("trained")))
    marks = ["<ki", "<kin", "kin", "king", "ing"]
    assert [ngram.text for ngram in space.model.subwords.known("kingly")] == marks
    expected = rows(["kingly"], space.similar("kingly", 3))
    note = NOTE.format("kingly", len(marks))
    assert w2v("similar", "trained", "kingly", "--top", "3") == (0, expected, note)
    vector = space.model.subwords.rows[[space.model.subwords.ids[mark] for mark in marks]].mean(0)
    _, out, _ = w2v("vectors", "trained", "kingly", "--vectors", "input", "-q")
    found = [float(x) for x in out.split("\t")[1:]]
    np.testing.assert_allclose(found, vector, rtol=1e-4, atol=1e-6)


def test_several_words_in_quotes_are_none(run):
    assert run("similar", MODEL, "king queen") == (
        3, "", "w2vcli: the model does not know the word 'king queen'; leave the quotes out to "
        "name several words\n",
    )  # fmt: skip


# --- answers and lists of them ----------------------------------------------------------------


def test_an_unseen_word_is_no_answer_and_no_word_of_a_list(run, space):
    Path("list").write_text("kingly\nwalks\nking\nqueen\n", encoding="utf-8")
    code, out, err = run("similar", MODEL, "walks", "--among", "list")
    assert code == 0
    assert out == rows(["walks"], space.similar_each([(["walks"], [])], 9, [1, 2])[0])
    assert "the model does not know 2 of its 4 words: 'kingly', 'walks'" in err
    code, out, _ = run("similar", MODEL, "kingly", "king", "--top", "99")
    assert "kingly" not in {line.split("\t")[1] for line in out.splitlines()}


def test_comparing_needs_no_ngrams(run):
    code, out, err = run("compare", MODEL, MODEL, "--require", "overlap >= 1")
    assert (code, err.count("unseen")) == (0, 0)
    assert out


# --- eval -------------------------------------------------------------------------------------

QUESTIONS = (
    ": gram1\nwalk walks talk talked\nwalk walked talk talked\n: b\nking zzz queen the\n"
    "kingly king queen the\n"
)
PAIRS = (
    "king\tqueen\t9\nking\tkingly\t8\nwalks\twalk\t3\ntalk\tthe\t1\nkingly\tzzz\t5\nwalks\tx\t2\n"
)


@pytest.fixture
def judged(run):
    Path("questions").write_text(QUESTIONS, encoding="utf-8")
    Path("pairs").write_text(PAIRS, encoding="utf-8")
    return run


def test_eval_counts_unseen_words_apart(judged, space):
    command = ["eval", MODEL, "--analogies", "questions", "--similarity", "pairs"]
    _, plain, _ = judged(*command)
    code, out, err = judged(*command, "--oov")
    assert (code, err) == (0, "")
    added = [line for line in out.splitlines() if "unseen" in line]
    assert [line for line in out.splitlines() if line not in added] == plain.splitlines()
    pairs = [line.split("\t") for line in PAIRS.splitlines()]
    score = evaluate_similarity(space, [(a, b, float(s)) for a, b, s in pairs], oov=True)
    assert added[-2:] == [
        f"similarity\tpairs, unseen\t4\t3\t0.7500\t{score.unseen.spearman:.4f}",
        f"similarity\tpairs, with unseen\t6\t5\t0.8333\t{score.with_unseen.spearman:.4f}",
    ]
    assert [line.split("\t")[1:4] for line in added[:-2]] == [
        ["semantic, unseen", "2", "1"],
        ["syntactic, unseen", "1", "1"],
        ["all, unseen", "3", "2"],
        ["semantic, with unseen", "2", "1"],
        ["syntactic, with unseen", "2", "2"],
        ["all, with unseen", "4", "3"],
    ]


def test_eval_as_json(judged, space):
    command = ["eval", MODEL, "--analogies", "questions", "--similarity", "pairs", "--json"]
    _, plain, _ = judged(*command)
    _, out, _ = judged(*command, "--oov")
    for before, after in zip(plain.splitlines(), out.splitlines(), strict=True):
        before, after = json.loads(before), json.loads(after)
        more = {key: after.pop(key) for key in ("unseen", "with_unseen", "oov")}
        assert after == before
        assert more["oov"] is True
        if "similarity" in after:
            assert (more["unseen"]["pairs"], more["unseen"]["answered"]) == (4, 3)
            assert (more["with_unseen"]["pairs"], more["with_unseen"]["answered"]) == (6, 5)
        else:
            assert list(more["unseen"]) == ["semantic", "syntactic", "all"]
            sections = {"": [tuple(q.split()) for q in QUESTIONS.splitlines() if q[0] != ":"]}
            tally = evaluate_analogies(space, sections, oov=True).with_unseen.total
            assert more["with_unseen"]["all"]["correct_mul"] == tally.correct_mul
            assert more["with_unseen"]["all"]["answered"] == tally.answered == 3


def test_what_is_required_is_of_known_words(judged):
    command = ["eval", MODEL, "--similarity", "pairs", "--require", "similarity >= -1", "--json"]
    plain = json.loads(judged(*command)[1].splitlines()[-1])
    assert json.loads(judged(*command, "--oov")[1].splitlines()[-1]) == plain


@pytest.mark.parametrize(
    ("model", "arguments", "message"),
    [
        ("model.safetensors", ["--similarity", "pairs"], "model.safetensors has no n-grams, so"),
        (MODEL, ["--similarity", "pairs", "--vectors", "output"], "has no output vector; choose"),
        (MODEL, ["--perplexity", "text.txt"], "--oov is for --analogies and --similarity; name on"),
    ],
)
def test_where_unseen_words_have_no_vectors(judged, model, arguments, message):
    code, out, err = judged("eval", model, *arguments, "--oov")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err


def test_eval_on_a_terminal(judged):
    arguments = f"eval {MODEL} --similarity pairs --analogies questions --oov"
    _, shown = on_terminal(arguments, columns=100)
    text = " ".join(" ".join(shown).split())
    assert "Unseen: the pairs left unanswered; one is answered here if" in text
    assert "Unseen: the questions left unanswered; one is answered here if" in text
    assert any(line.split()[:2] == ["pairs,", "unseen"] for line in shown)
