"""The gate: what each measure is, of the new model and of the one before."""

from pathlib import Path

import pytest

from w2vcli import Requirements, train
from w2vcli.errors import DataError
from w2vcli.formats.importing import import_vectors
from w2vcli.judging.comparison import compare
from w2vcli.judging.evaluation import evaluate_analogies, evaluate_similarity
from w2vcli.judging.gate import Gate
from w2vcli.judging.perplexity import score_text
from w2vcli.text.corpus import Corpus
from w2vcli.text.rules import TextRules
from w2vcli.text.vocabulary import Selection
from w2vcli.training.options import TrainingOptions
from w2vcli.vectors.loading import load
from w2vcli.vectors.model import Model
from w2vcli.vectors.neighbors import VectorSpace

WORDS = Selection(min_count=2)
QUESTIONS = {"all": [("king", "queen", "man", "woman"), ("the", "king", "a", "woman")]}
PAIRS = [("king", "queen", 9.0), ("the", "woman", 1.0), ("man", "woman", 8.0), ("a", "the", 5.0)]


def trained(output, seed=1, corpus="text.txt", rules=None, validation="held", **options):
    chosen = {"dim": 3, "passes": 1, "batch": 9, "seed": seed} | options
    text = Corpus([corpus], rules or TextRules())
    return train(
        text, output, TrainingOptions(**chosen), words=WORDS, validation=validation, threads=1
    )


@pytest.fixture
def two(w2v):
    """Two models, of which the first lies at "old"; and a held-out text."""
    Path("held").write_text("the king and the queen\nthe man sits\nthe king rules the land\n")
    return trained("old"), trained(None, seed=2)


def judge(model, previous, *texts, held_out=None):
    gate = Gate(Requirements.of(texts, "train"), QUESTIONS, PAIRS, 1)
    return gate.judge(model, previous, held_out)


def numbers(model, previous, name, held_out=None):
    (verdict,) = judge(model, previous, f"{name} <= 1 * previous", held_out=held_out)
    return verdict.value, verdict.previous


def test_words_and_tokens(two):
    old, new = two
    longer = Path("text.txt").read_text() + "new words are new words\n"
    Path("longer.txt").write_text(longer)
    new = trained(None, corpus="longer.txt")
    assert numbers(new, old, "words") == (len(new.words), len(old.words))
    assert numbers(new, old, "tokens") == (len(longer.split()), len(longer.split()) - 5)


def test_analogies_and_similarity_are_those_of_eval(two):
    for name, measure in (
        ("analogies", lambda m: evaluate_analogies(VectorSpace(m), QUESTIONS).total.accuracy_add),
        ("similarity", lambda m: evaluate_similarity(VectorSpace(m), PAIRS).spearman),
    ):
        assert numbers(two[1], two[0], name) == (measure(two[1]), measure(two[0]))


def test_the_overlap_is_that_of_compare(two):
    (verdict,) = judge(two[1], two[0], "overlap >= 0.1")
    assert verdict.value == compare(two[0], two[1]).mean_overlap
    assert 0 < verdict.value < 1


def test_the_losses_are_those_that_training_reports(two):
    old, new = two
    for name in ("loss", "validation_loss"):
        assert numbers(new, old, name) == (new.history[-1][name], old.history[-1][name])
        assert new.history[-1][name] != old.history[-1][name]


def test_the_gain_is_that_of_perplexity(two):
    old, new = two
    scores = [score_text(model, Corpus(["held"]), 1) for model in (new, old)]
    gains = tuple(score.training_unigram - score.loss for score in scores)
    assert numbers(new, old, "validation_gain", held_out=Corpus(["held"])) == gains
    (verdict,) = judge(new, old, "validation_gain >= 0")
    assert not verdict.met
    assert "there is no held-out text" in verdict.sentence


def test_the_recorded_loss_of_a_held_out_text_is_what_would_be_computed(two):
    """So it does not matter which of the two is used."""
    for model in two:
        computed = score_text(model, Corpus(["held"]), 1).smoothed_loss
        assert computed == pytest.approx(model.history[-1]["validation_loss"], rel=1e-5)


@pytest.mark.parametrize("before", ["other", None])
def test_on_another_held_out_text_the_model_before_is_computed(two, before):
    """Its own words, on the new text: what its own training would have reported."""
    Path("other").write_text("a man walks\nthe queen rules the land\n")
    old = trained("old", validation=before)
    new = trained(None, seed=2)
    text = Corpus(["held"])
    value, previous = numbers(new, old, "validation_loss", held_out=text)
    assert value == new.history[-1]["validation_loss"]
    assert previous == score_text(old, Corpus(["held"]), 1).smoothed_loss
    reported = trained(None, validation="held").history[-1]["validation_loss"]
    assert previous == pytest.approx(reported, rel=1e-5)
    assert list(Corpus(["held"]).chunks()) == list(text.chunks())


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"window": 2}, "was trained with --window 5, this one with --window 2, so that their lo"),
        ({"window_weights": "uniform"}, "--window-weights linear, this one with"),
        ({"subsample": 0.1}, "--subsample 0.001, this one with --subsample 0.1"),
        ({"smoothing": 1.0}, "--smoothing 0.75, this one with --smoothing 1.0"),
        ({"arch": "cbow"}, "--arch skipgram, this one with --arch cbow"),
        ({"rules": TextRules(lower=True)}, "the text of the model before was case kept, this"),
    ],
)
def test_losses_of_different_predictions_are_not_compared(two, options, why):
    new = trained(None, **options)
    for name in ("loss", "validation_loss"):
        (verdict,) = judge(new, two[0], f"{name} <= 9 * previous")
        assert (verdict.met, verdict.bound) == (False, None)
        assert why in verdict.sentence
    (verdict,) = judge(new, two[0], "loss <= 99")
    assert verdict.met


def test_options_that_do_not_matter_to_a_loss(two):
    new = trained(None, prior=1.0, dim=2, lr=0.1, method="stream", bias=False, seed=9)
    verdicts = judge(new, two[0], "loss <= 9 * previous", "validation_loss <= 9 * previous")
    assert [verdict.met for verdict in verdicts] == [True, True]


def test_what_was_not_recorded_is_not_shown(two):
    without = train("text.txt", None, TrainingOptions(dim=3, passes=1), final_loss=False)
    (verdict,) = judge(without, two[0], "loss <= 99")
    assert verdict.sentence == (
        "loss <= 99 is not shown: a model has recorded no loss of its final vectors"
    )
    (verdict,) = judge(two[1], without, "loss <= 99 * previous")
    assert not verdict.met
    (verdict,) = judge(without, None, "validation_loss <= 99")
    assert "has recorded no loss of a held-out text" in verdict.sentence


def test_questions_that_the_model_does_not_know(two):
    gate = Gate(
        Requirements.of(["analogies >= 0", "similarity >= -1"], "train"),
        {"": [("who", "knows", "these", "words")]},
        [("nobody", "knows", 1.0)],
    )
    sentences = [verdict.sentence for verdict in gate.judge(two[0], None, None)]
    assert sentences == [
        "analogies >= 0 is not shown: the model knows all four words of no question",
        "similarity >= -1 is not shown: the model knows too few of the pairs",
    ]


def test_models_without_common_words(two):
    Path("foreign").write_text("un roi regne\nune reine regne\n" * 9)
    (verdict,) = judge(trained(None, corpus="foreign", validation=None), two[0], "overlap >= 0")
    assert verdict.sentence.startswith("overlap >= 0 is not shown: the models share fewer than two")


def test_the_first_model_of_all_is_compared_with_none(two):
    verdicts = judge(two[0], None, "overlap >= 1", "words >= 9 * previous", "words >= 9999")
    assert [verdict.met for verdict in verdicts] == [True, True, False]
    assert verdicts[1].value == len(two[0].words)


# --- the model before, looked at in advance ---------------------------------------------


def check(*texts):
    Gate(Requirements.of(texts, "train")).check(Path("old"))


def test_imported_vectors_have_words_and_no_losses(two):
    rows = [f"{word} 1 {place}" for place, word in enumerate(two[0].words)]
    Path("vectors.txt").write_text("\n".join(rows) + "\n")
    import_vectors("vectors.txt").vectors.save(Path("old"))
    for text in ("overlap >= 0.1", "words >= previous", "loss <= 9", "analogies >= previous"):
        check(text)
    for name in ("loss", "validation_loss", "tokens"):
        with pytest.raises(DataError, match=f"so there is no training that '{name} .* could"):
            check(f"{name} <= previous")
    verdicts = judge(two[1], load("old"), "overlap >= 0", "words >= previous")
    assert [verdict.met for verdict in verdicts] == [True, True]


def test_what_is_no_model_is_found_before_training(two):
    Path("old").write_bytes(Path("old").read_bytes()[:-1])
    with pytest.raises(DataError, match=r"old: .*; 'overlap >= 0.1' compares with it"):
        check("words >= 3", "overlap >= 0.1")
    check("words >= 3")
    Path("old").unlink()
    check("overlap >= 0.1")


def test_the_models_are_not_touched(two):
    before = Path("old").read_bytes(), two[1].w_in.tobytes()
    judge(two[1], Model.load(Path("old")), "overlap >= 0.1", "analogies >= previous")
    assert (Path("old").read_bytes(), two[1].w_in.tobytes()) == before
