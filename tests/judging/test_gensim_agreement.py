"""The same figures as gensim's ``evaluate_*`` on the same vectors, question by question."""

import numpy as np
import pytest

from w2vcli.judging.evaluation import (
    evaluate_analogies,
    evaluate_similarity,
    read_pairs,
    read_questions,
)
from w2vcli.vectors import analogies
from w2vcli.vectors.model import Model
from w2vcli.vectors.neighbors import VectorSpace

gensim = pytest.importorskip("gensim", reason="gensim has no wheels for this Python yet")

pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated `init_sims`")
NEAR = 1e-5  # float32 scores that differ by less may come in either order


class CosMul(gensim.models.KeyedVectors):
    """gensim's evaluation, which always uses 3CosAdd, with gensim's 3CosMul."""

    def most_similar(self, positive, negative, topn, restrict_vocab):
        assert restrict_vocab is None  # most_similar_cosmul has it, and makes no use of it
        return self.most_similar_cosmul(positive, negative, topn)


KINDS = {"add": gensim.models.KeyedVectors, "mul": CosMul}


def keyed(model, vectors, method="add"):
    """The vectors for gensim, made without arithmetic of ours."""
    w_in, w_out = (w.astype(np.float64) for w in (model.w_in, model.w_out))
    units = [w / np.linalg.norm(w, axis=1, keepdims=True) for w in (w_in, w_out)]
    chosen = {
        "input": w_in,
        "output": w_out,
        "sum": w_in + w_out,
        "blend": w_in + w_out / 8,
        "both": np.hstack(units),
    }
    result = KINDS[method](chosen[vectors].shape[1])
    result.add_vectors(model.words, chosen[vectors].astype(np.float32))
    return result


def compare(space, theirs, path, method, restrict=None, case_sensitive=False):
    """Return the questions answered by both, those solved by us, and those solved by gensim."""
    _, sections = theirs.evaluate_word_analogies(
        path, restrict_vocab=restrict, case_insensitive=not case_sensitive
    )
    fold = str if case_sensitive else str.upper
    questions = {q for section in read_questions(path).values() for q in section}
    tallies = evaluate_analogies(
        space, {" ".join(q): [q] for q in questions}, restrict, case_sensitive
    ).sections
    answered, solved = set(), set()
    for question in questions:
        tally = tallies[" ".join(question)]
        folded = tuple(map(fold, question))
        answered |= {folded} if tally.answered else set()
        solved |= {folded} if getattr(tally, f"correct_{method}") else set()
    total = sections[-1]  # of all the others
    assert answered == {*total["correct"], *total["incorrect"]}
    return answered, solved, set(total["correct"])


# --- made-up vectors --------------------------------------------------------------------


FAMILIES, FORMS = 40, ["", "er", "Ing", "s"]


@pytest.fixture(scope="module")
def made_up():
    """Forty families of four forms that differ alike, more or less; every other word twice."""
    random = np.random.default_rng(3)
    stems = [f"{'stem' if i % 2 else 'Stem'}{chr(97 + i // 6)}{i % 6}" for i in range(FAMILIES)]
    words = [stem + form for stem in stems for form in FORMS]
    families, forms = random.normal(size=(FAMILIES, 2, 8)), random.normal(size=(len(FORMS), 2, 8))
    rows = families[:, None] + forms + random.normal(size=(FAMILIES, len(FORMS), 2, 8)) / 4
    rows = rows.reshape(-1, 2, 8)
    words += [word.swapcase() for word in words[::2]]
    rows = np.concatenate([rows, rows[::2] + random.normal(size=rows[::2].shape) / 2])
    order = random.permutation(len(words))
    w_in, w_out = rows[order].astype(np.float32).transpose(1, 0, 2)
    counts = np.arange(len(words), 0, -1)
    model = Model([words[i] for i in order], counts, w_in, w_out, np.zeros(len(words), np.float32))
    return model, words


@pytest.fixture(scope="module")
def made_up_questions(made_up, tmp_path_factory):
    """A file of questions in all spellings, some with words that are unknown."""
    _, words = made_up
    random = np.random.default_rng(4)
    path = tmp_path_factory.mktemp("gensim") / "questions.txt"
    lines = []
    for p, q in [(0, 1), (2, 0), (1, 3), (3, 2)]:
        lines.append(f": {'gram-' if p else ''}{p}{q}")
        for i, j in random.integers(0, FAMILIES + 1, size=(300, 2)):
            spelt = [
                random.choice([str, str, str, str.upper, str.swapcase])(
                    words[4 * family + form] if family < FAMILIES else "unknown"
                )
                for family, form in [(i, p), (i, q), (j, p), (j, q)]
            ]
            lines.append(" ".join(spelt))
    path.write_text("\n".join(lines))
    return path


@pytest.mark.parametrize("vectors", ["input", "output", "sum", "blend", "both"])
@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("add", {}),
        ("add", {"restrict": 150}),
        ("add", {"case_sensitive": True}),
        ("mul", {}),
        ("mul", {"case_sensitive": True}),
    ],
)
def test_made_up_analogies(made_up, made_up_questions, method, vectors, options, monkeypatch):
    monkeypatch.setattr(analogies, "_EPSILON", 1e-6)  # gensim's
    space = VectorSpace(made_up[0], vectors)
    theirs = keyed(made_up[0], vectors, method)
    answered, ours, gensims = compare(space, theirs, made_up_questions, method, **options)
    assert ours == gensims
    assert len(answered) > 20
    assert 20 < len(ours) < 0.9 * len(answered)


def test_made_up_sections(made_up, made_up_questions):
    _, sections = keyed(made_up[0], "input").evaluate_word_analogies(made_up_questions)
    scores = evaluate_analogies(VectorSpace(made_up[0], "input"), read_questions(made_up_questions))
    expected = {
        section["section"]: (len(section["correct"]), len(section["incorrect"]))
        for section in [*sections[:-1], {**sections[-1], "section": "total"}]
    }
    tallies = {**scores.sections, "total": scores.total}
    found = {name: (t.correct_add, t.answered - t.correct_add) for name, t in tallies.items()}
    assert found == expected


def agree_on_pairs(model, path, vectors, **options):
    theirs = keyed(model, vectors).evaluate_word_pairs(
        path,
        restrict_vocab=options.get("restrict"),
        case_insensitive=not options.get("case_sensitive", False),
    )
    _, spearman, unknown_percent = theirs
    ours = evaluate_similarity(VectorSpace(model, vectors), read_pairs(path), **options)
    assert ours.spearman == pytest.approx(spearman.statistic, abs=1e-6)
    assert 100 * (1 - ours.coverage) == pytest.approx(unknown_percent)
    return ours


@pytest.mark.parametrize("vectors", ["input", "output", "sum", "blend", "both"])
@pytest.mark.parametrize("options", [{}, {"restrict": 150}, {"case_sensitive": True}])
def test_made_up_pairs(made_up, vectors, options, tmp_path):
    model, words = made_up
    random = np.random.default_rng(5)
    path = tmp_path / "pairs.tsv"
    with path.open("w") as stream:
        for _ in range(200):
            one, other = random.choice([*words, "unknown"], 2, replace=False)
            if one.upper() != other.upper():  # or their cosine is 1, more or less
                stream.write(f"{one}\t{other.title()}\t{random.integers(0, 20) / 2}\n")
    score = agree_on_pairs(model, path, vectors, **options)
    assert score.answered > 15


# --- real tests -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trained_model(shared_data, tmp_path_factory):
    """A model of a part of WikiText-2."""
    from w2vcli.cli.app import invoke

    folder = tmp_path_factory.mktemp("wikitext")
    text, path = folder / "text", folder / "model"
    text.write_bytes((shared_data / "wikitext2.train.txt").read_bytes()[:6_000_000])
    options = ["--lower", "--min-count", "10", "--dim", "24", "--passes", "1"]
    assert invoke(["train", str(text), "-o", str(path), *options]) == 0
    return Model.load(path)


@pytest.mark.jit
@pytest.mark.parametrize("method", KINDS)
def test_real_analogies(trained_model, shared_data, method, monkeypatch):
    monkeypatch.setattr(analogies, "_EPSILON", 1e-6)
    space, theirs = VectorSpace(trained_model), keyed(trained_model, "both", method)
    path = shared_data / "questions-words.txt"
    answered, ours, gensims = compare(space, theirs, path, method)
    assert len(answered) > 1000
    assert len(ours) > 20
    for a, b, c, d in ours ^ gensims:
        first, second = space.analogy(a, b, c, top=2, method=method)
        assert first.score - second.score < NEAR, (a, b, c, d)


@pytest.mark.jit
@pytest.mark.parametrize("vectors", ["input", "both"])
@pytest.mark.parametrize("name", ["wordsim353.tsv", "simlex999.tsv"])
def test_real_pairs(trained_model, shared_data, vectors, name):
    assert agree_on_pairs(trained_model, shared_data / name, vectors).answered > 200
