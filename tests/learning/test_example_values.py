"""The numbers on the way through a step, and all of them as plain values."""

import json
import math

import numpy as np
import pytest

from w2vcli.learning.example_values import example_values, intermediates
from w2vcli.learning.worked_example import work_out

CAT = ["the", "cat", "sat", "on", "the", "mat"]


@pytest.mark.parametrize("arch", ["skipgram", "cbow"])
@pytest.mark.parametrize("smoothing", [1.0, 0.5])
def test_the_way_leads_to_the_numbers_of_the_step(arch, smoothing):
    """Each is what the code that trains found in its own way."""
    example = work_out(CAT, arch=arch, smoothing=smoothing, bias=True, steps=3)
    for step in example.steps:
        found = intermediates(example, step)
        np.testing.assert_allclose(found.exponentials / found.exponential_sum, step.p, atol=1e-12)
        assert found.costs.sum() == pytest.approx(step.loss, abs=1e-6)
        np.testing.assert_allclose(found.costs, example.y * found.surprisals, atol=1e-12)
        np.testing.assert_allclose(found.expected_counts - example.y, step.residual, atol=1e-6)
        np.testing.assert_allclose(found.expected - found.observed, step.d_hidden, atol=1e-6)
        assert found.perplexity == pytest.approx(math.exp(step.loss / example.n))
        assert found.perplexity_after == pytest.approx(math.exp(step.loss_after / example.n))


def test_the_least_loss_is_where_training_ends():
    example = work_out(CAT, steps=1000)
    last = example.steps[-1]
    assert example.goal.tolist() == [0.5, 0.25, 0, 0.25, 0]
    assert example.floor == pytest.approx(6 * math.log(2))
    assert 0 < last.loss_after - example.floor < 0.01
    np.testing.assert_allclose(last.p, example.goal, atol=0.002)


def test_what_no_float_can_hold_is_infinite_and_what_is_not_predicted_costs_nothing():
    example = work_out(["a", "b", "c"], lr=1e5, steps=3, window=1, position=0)
    found = [intermediates(example, step) for step in example.steps]
    assert math.inf in {value for each in found for value in each.exponentials}
    assert math.inf in {value for each in found for value in each.surprisals}
    assert not any(np.isnan(each.costs).any() for each in found)
    assert {each.costs[[0, 2]].sum() for each in found} == {0.0}


def test_values_are_plain_and_say_how_they_came_about():
    values = example_values(work_out(CAT, arch="cbow", window=1, lr=0.5, seed=3, steps=2))
    assert json.loads(json.dumps(values)) == {
        **values,
        "windows": [[1, 2], [1, 3], [2, 4], [3, 5], [4, 6], [5, 6]],
        "steps": json.loads(json.dumps(values["steps"])),
        "finite_differences": json.loads(json.dumps(values["finite_differences"])),
    }
    assert values["sentence"] == CAT
    assert [values[name] for name in ("arch", "window", "dim", "lr", "seed", "start")] == [
        *("cbow", 1, 3, 0.5, 3, "random")
    ]
    assert (values["position"], values["context"]) == (3, [2, 4])
