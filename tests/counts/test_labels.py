"""Labels: which there can be, their order, and choosing by them."""

from itertools import pairwise
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from w2vcli.counts.labels import (
    NoSuchLabelError,
    check,
    chosen,
    is_label,
    natural,
    span,
)
from w2vcli.errors import UsageError

GOOD = ["a", "7", "2024-01", "part_9", "v1.2.3", "A-", "a" * 50, ".".join("a" * 50), "0"]
BAD = ["", "-a", "_a", ".a", "a.", "a..b", "a b", "a,b", "a:b", "é", "a/b", "a\n", "a" * 51, "..",
       "last:3", "a\x00"]  # fmt: skip


@pytest.mark.parametrize("label", GOOD)
def test_labels_that_a_user_may_give(label):
    check(label)
    assert is_label(label)


@pytest.mark.parametrize("label", BAD)
def test_labels_that_a_user_may_not_give(label):
    with pytest.raises(UsageError, match="cannot be a label: give up to 50 letters"):
        check(label)


@pytest.mark.parametrize("label", sorted(set(BAD) - {"a..b"}))
def test_labels_that_no_segment_can_have(label):
    assert not is_label(label)


def test_a_segment_can_have_a_span_of_two():
    assert is_label("a..b")
    assert is_label("a.b..c.d")
    assert not any(map(is_label, ["a..b..c", "a...b", "..b", "a..", "a..b\n"]))


def test_the_longest_label_leaves_room_in_the_name_of_a_file():
    longest = ".".join("a" * 50)
    assert len(span([longest, "b" * 50]) + ".12345678.segment") <= 255
    assert len(f"{longest}..{longest}.12345678.segment") <= 255


def test_the_natural_order():
    labels = ["part-1", "part-2", "part-9", "part-10", "part-10a", "part-10b2", "part-10b11", "q"]
    assert sorted(labels) != labels
    assert sorted(set(labels), key=natural) == labels
    assert sorted(["9", "a", "10", "1a", "1"], key=natural) == ["1", "1a", "9", "10", "a"]


@given(st.lists(st.from_regex("[a-c.0-9-]{0,6}", fullmatch=True)))
def test_any_labels_have_an_order(labels):
    ordered = sorted(labels, key=natural)
    assert all(natural(one) <= natural(other) for one, other in pairwise(ordered))


@given(st.lists(st.integers(0, 10**6), min_size=1))
def test_numbers_are_in_the_order_of_their_values(numbers):
    ordered = sorted((f"w{number}x" for number in numbers), key=natural)
    assert ordered == [f"w{number}x" for number in sorted(numbers)]


@pytest.mark.parametrize(
    ("labels", "name"),
    [
        (["a"], "a"),
        (["a", "a"], "a"),
        (["a", "b", "c"], "a..c"),
        (["a..c", "d"], "a..d"),
        (["a", "b..d"], "a..d"),
        (["a..b", "c..d"], "a..d"),
        (["a..b"], "a..b"),
        (["1..5", "3"], "1..5"),  # one within the other
        (["9", "10"], "9..10"),
        (["01", "1"], "01..1"),
        (["1", "01"], "01..1"),
        (["v1.2", "v1.10"], "v1.2..v1.10"),
    ],
)
def test_spans(labels, name):
    assert span(labels) == name
    assert is_label(name)


# --- choosing ---------------------------------------------------------------------------

ITEMS = [SimpleNamespace(label=label, place=i) for i, label in enumerate("abbcdd")]


@pytest.mark.parametrize(
    ("which", "places"),
    [
        (None, [0, 1, 2, 3, 4, 5]),
        ("b", [1, 2]),
        ("d,a", [0, 4, 5]),
        ("a,a", [0]),
        ("last:1", [4, 5]),
        ("last:2", [3, 4, 5]),
        ("last:3", [1, 2, 3, 4, 5]),
        ("last:4", [0, 1, 2, 3, 4, 5]),
        ("last:999999999", [0, 1, 2, 3, 4, 5]),
        ("but-last:1", [0, 1, 2, 3]),
        ("but-last:3", [0]),
        ("but-last:4", []),
        ("but-last:9", []),
    ],
)
def test_choices(which, places):
    assert [item.place for item in chosen(ITEMS, which)] == places


@pytest.mark.parametrize(
    ("which", "unknown"),
    [
        ("x", "x"),
        ("b,y,x", "x"),
        ("", ""),
        ("a,", ""),
        ("last:0", "last:0"),
        ("but-last:0", "but-last:0"),
        ("butlast:1", "butlast:1"),
        ("last:-1", "last:-1"),
        ("last:1 ", "last:1 "),
        ("last:٣", "last:٣"),
        ("last:1000000000", "last:1000000000"),
        ("a b", "a b"),
    ],
)
def test_what_there_is_not(which, unknown):
    with pytest.raises(NoSuchLabelError) as caught:
        chosen(ITEMS, which)
    assert caught.value.args == (unknown,)


def test_nothing_to_choose_from():
    assert chosen([], None) == chosen([], "last:2") == []
