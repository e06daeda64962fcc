"""Requirements: their grammar and its errors, and the verdicts."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from w2vcli.errors import RefusedError, UsageError
from w2vcli.judging.requirements import parsed
from w2vcli.judging.verdicts import Requirements


def parse(text, command="train", lacking=None):
    return parsed(text, command, lacking or {})


@pytest.mark.parametrize(
    ("text", "factor", "offset", "bound"),
    [
        ("loss <= 4.5", None, 4.5, "4.5"),
        ("loss<=4.5", None, 4.5, "4.5"),
        ("  loss   <=   .5e1 ", None, 5.0, ".5e1"),
        ("loss <= 5.", None, 5.0, "5."),
        ("loss <= -0.25", None, -0.25, "-0.25"),
        ("loss <= - 0.25", None, -0.25, "-0.25"),
        ("loss <= previous", 1.0, 0.0, "previous"),
        ("loss <= 1.02 * previous", 1.02, 0.0, "1.02 * previous"),
        ("loss<=1.02*previous", 1.02, 0.0, "1.02 * previous"),
        ("loss <= previous * 1.02", 1.02, 0.0, "previous * 1.02"),
        ("loss <= previous + 0.1", 1.0, 0.1, "previous + 0.1"),
        ("loss <= previous-0.1", 1.0, -0.1, "previous - 0.1"),
        ("loss <= 2 * previous - 1e-3", 2.0, -0.001, "2 * previous - 1e-3"),
        ("loss <= previous * 2 + 3", 2.0, 3.0, "previous * 2 + 3"),
        ("loss <= 0 * previous", 0.0, 0.0, "0 * previous"),
    ],
)
def test_bounds(text, factor, offset, bound):
    found = parse(text)
    assert (found.factor, found.offset, found.bound) == (factor, offset, bound)
    assert found.needs_previous == (factor is not None)
    assert found.text == f"loss <= {bound}"
    assert parse(found.text) == found


@pytest.mark.parametrize("sign", ["<=", "<", ">=", ">"])
def test_comparisons(sign):
    assert parse(f"words{sign}3").comparison == sign


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "--require '': there is nothing in it; write it as in"),
        (" ", "there is nothing in it"),
        ("3 <= loss", "'3' is no measure, with which it begins; the measures of train are valid"),
        ("validation_los <= 3", r"no measure 'validation_los' \(did you mean validation_loss\?\)"),
        ("validation-loss <= 3", r"no measure 'validation-loss' \(did you mean validation_loss\?"),
        ("Words >= 3", r"no measure 'Words' \(did you mean words\?\)"),
        ("nonsense >= 3", "no measure 'nonsense'; the measures of train are validation_loss, "),
        ("mean_cosine > 0", "no measure 'mean_cosine'"),
        ("loss", "a comparison is missing after 'loss': that is <=, <, >= or >; write"),
        ("loss = 3", "'=' is no comparison after 'loss'"),
        ("loss == 3", "'==' is no comparison"),
        ("loss =< 3", "'=<' is no comparison"),
        ("loss 3", "'3' is no comparison"),
        ("loss <=", "a bound is missing; write a number, previous, 1.02"),
        ("loss <= prev", "'prev' is no bound; write a number, previous, 1.02"),
        ("loss <= 5 %", "'5 %' is no bound"),
        ("loss <= 1,5", "'1 , 5' is no bound"),
        ("loss <= 1.02 previous", "'1.02 previous' is no bound"),
        ("loss <= 2 * previous * 3", r"'2 \* previous \* 3' is no bound"),
        ("loss <= previous + previous", "is no bound"),
        ("loss <= 1 + 1", "is no bound"),
        ("loss <= (3)", "is no bound"),
        ("loss <= __import__('os')", "is no bound"),
        ("loss <= -previous", "'-previous' is no bound"),
        ("loss <= nan", "'nan' is no bound"),
        ("loss <= inf", "'inf' is no bound"),
        ("loss <= 1e999", "a number in it is too large"),
        ("loss <= 1e999 * previous", "a number in it is too large"),
        ("overlap >= previous", "train knows no previous overlap; give a number"),
    ],
)
def test_what_is_no_requirement(text, message):
    with pytest.raises(UsageError, match=message):
        parse(text)


def test_what_is_lacking_is_said():
    with pytest.raises(UsageError, match="--require 'loss < 3': it needs more"):
        parse("loss < 3", lacking={"loss": "it needs more"})
    assert parse("words < 3", lacking={"loss": "it needs more"})


def test_each_command_has_its_own_measures():
    assert parse("overlap >= 0.3").is_change
    assert parse("overlap >= 0.3").needs_previous
    assert not parse("overlap >= 0.3", "compare").needs_previous
    assert parse("words >= previous", "compare").factor == 1
    with pytest.raises(UsageError, match="eval knows no previous perplexity; give a number"):
        parse("perplexity <= previous", "eval")
    with pytest.raises(UsageError, match="the measures of eval are analogies, "):
        parse("validation_loss <= 1", "eval")


@given(st.text("loswrdpeviu <>=.0123456789e*+-_%()'\"", max_size=30))
def test_any_text_is_a_requirement_or_a_usage_error(text):
    try:
        found = parse(text)
    except UsageError:
        return
    assert parse(found.text) == found
    assert math.isfinite(found.offset)


# --- verdicts ---------------------------------------------------------------------------


def verdict(text, value, previous=None, command="train"):
    required = Requirements.of([text], command)
    name = required.each[0].measure
    before = {} if previous is None else {name: previous}
    (found,) = required.verdicts({name: value}, before)
    return found


@pytest.mark.parametrize(
    ("sign", "below", "equal", "above"),
    [
        ("<=", True, True, False),
        ("<", True, False, False),
        (">=", False, True, True),
        (">", False, False, True),
    ],
)
def test_what_the_comparisons_mean(sign, below, equal, above):
    found = [verdict(f"loss {sign} 2", value).met for value in (1.0, 2.0, 3.0)]
    assert found == [below, equal, above]


@pytest.mark.parametrize(
    ("text", "value", "previous", "sentence"),
    [
        (
            "validation_loss <= 1.02 * previous",
            4.912,
            4.801 / 1.02,
            "validation_loss 4.912 is above 1.02 * previous = 4.801 (by 0.111)",
        ),
        ("loss < 2", 2.0, None, "loss 2 is not below 2"),
        ("loss > 2", 1.5, None, "loss 1.5 is not above 2 (by 0.5)"),
        ("analogies >= 0.5", 0.25, None, "analogies 0.25 is below 0.5 (by 0.25)"),
        ("words >= 0.9 * previous", 2500, 2801, "words 2,500 is below 0.9 * previous = 2,520.9 "
         "(by 20.9)"),
        ("loss <= 2", 2.0000001, None, "loss 2.0000001 is above 2 (by 0.0000001)"),
        ("loss <= 0.3", 0.30000000000000004, None, "loss 0.30000000000000004 is above "
         "0.29999999999999999 (by 0.00000000000000006)"),
        ("loss <= 2", 1.5, None, "loss 1.5 <= 2"),
        ("words >= 0.9 * previous", 2801, 2801, "words 2,801 >= 0.9 * previous = 2,520.9"),
        ("loss <= 2", math.nan, None, "loss nan is above 2 (by nan)"),
        ("loss <= 2", "it was not measured", None, "loss <= 2 is not shown: it was not measured"),
        ("loss <= previous", 2.0, "no one knows", "loss <= previous is not shown: no one knows"),
        ("loss <= previous", 2.0, None, "loss <= previous holds: there is no model before this "
         "one"),
        ("overlap >= 0.3", None, None, "overlap >= 0.3 holds: there is no model before this one"),
        ("overlap >= 0.3", "they share fewer than two words", None, "overlap >= 0.3 is not shown: "
         "they share fewer than two words"),
    ],
)  # fmt: skip
def test_sentences(text, value, previous, sentence):
    found = verdict(text, value, previous)
    assert found.sentence == sentence
    assert found.met == ("holds" in sentence or " is " not in sentence)


def test_all_that_is_not_met_is_named():
    required = Requirements.of(["loss <= 2", "words >= 9", "tokens > 1"], "train")
    verdicts = required.verdicts({"loss": 3.0, "words": 5, "tokens": 2}, {})
    assert [each.met for each in verdicts] == [False, False, True]
    with pytest.raises(RefusedError) as raised:
        required.enforce(verdicts)
    assert str(raised.value) == ("refused: loss 3 is above 2 (by 1); words 5 is below 9 (by 4)")
    assert raised.value.exit_code == 4
    required.enforce(verdicts[2:])


def test_the_plain_values():
    assert verdict("loss <= 1.5 * previous", 2.0, 1.0).as_json() == {
        "require": "loss <= 1.5 * previous", "measure": "loss", "value": 2.0, "previous": 1.0,
        "bound": 1.5, "met": False,
    }  # fmt: skip
    assert verdict("overlap >= 0.3", None).as_json()["reason"] == (
        "there is no model before this one"
    )
