"""Threads that keep the order."""

import threading

import pytest

from w2vcli.system.threads import one_ahead, ordered_map, processors


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_results_come_in_order(threads):
    assert list(ordered_map(lambda x: x * x, iter(range(50)), threads)) == [
        x * x for x in range(50)
    ]
    assert list(one_ahead(iter(range(50)), threads)) == list(range(50))
    assert list(one_ahead([], threads)) == []


@pytest.mark.parametrize("threads", [1, 3])
def test_items_are_drawn_only_a_little_ahead(threads):
    drawn = []

    def items():
        for number in range(100):
            drawn.append(number)
            yield number

    results = ordered_map(str, items(), threads)
    assert next(results) == "0"
    assert len(drawn) <= threads + 1
    results.close()
    assert len(drawn) <= threads + 1


@pytest.mark.parametrize("threads", [1, 2])
def test_errors_arrive(threads):
    def fail(number):
        if number == 3:
            raise KeyError(number)
        return number

    with pytest.raises(KeyError):
        list(ordered_map(fail, range(9), threads))
    with pytest.raises(KeyError):
        list(one_ahead(map(fail, range(9)), threads))


def test_the_next_item_is_made_in_another_thread():
    makers = set(one_ahead((threading.get_ident() for _ in range(3)), 2))
    assert threading.get_ident() not in makers


def test_there_is_a_processor():
    assert processors() >= 1
