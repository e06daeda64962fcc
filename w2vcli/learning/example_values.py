"""All numbers of a worked example as plain values, those on the way among them.

What ``explain`` writes as JSON and shows in pages for a browser comes from here, so that neither
has to calculate.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from w2vcli.learning.example import Floats, Step, WorkedExample
from w2vcli.learning.worked_example import EPSILON


@dataclass(frozen=True)
class Intermediates:
    """What one calculates on paper on the way through a step; the kernel has no need of some.

    Attributes
    ----------
    exponentials
        (V,): exp(z); infinite where a float64 cannot hold it.
    exponential_sum
        Their sum.
    surprisals
        (V,): -ln p, in nats; infinite where p is so small that it is zero.
    costs
        (V,): -y ln p, zero for words that are not predicted. Their sum is the loss.
    expected_counts
        (V,): n p.
    observed, expected
        (d,): sum_j y_j u_j and n sum_k p_k u_k; dL/dh is the second less the first.
    perplexity, perplexity_after
        exp(L / n), with the parameters before and after the step.
    """

    exponentials: Floats
    exponential_sum: float
    surprisals: Floats
    costs: Floats
    expected_counts: Floats
    observed: Floats
    expected: Floats
    perplexity: float
    perplexity_after: float


def intermediates(example: WorkedExample, step: Step) -> Intermediates:
    """Return the numbers on the way through one of the steps of an example."""
    y, n = example.y, example.n
    with np.errstate(over="ignore", divide="ignore"):
        exponentials = np.exp(step.z)
        surprisals = -np.log(step.p) + 0.0  # + 0: of a sure word 0, not -0
        perplexity, perplexity_after = np.exp(np.array([step.loss, step.loss_after]) / n)
    costs = np.zeros(len(y))
    costs[y > 0] = y[y > 0] * surprisals[y > 0]
    return Intermediates(
        exponentials,
        float(exponentials.sum()),
        surprisals,
        costs,
        n * step.p,
        np.asarray(y @ step.weights.w_out, np.float64),
        np.asarray(n * step.p @ step.weights.w_out, np.float64),
        float(perplexity),
        float(perplexity_after),
    )


def example_values(example: WorkedExample) -> dict[str, Any]:
    """Return every number of an example as plain values, in the order of the calculation.

    Positions count from 1, places in ``vocabulary`` from 0. Numbers may be infinite.
    """
    return {
        "sentence": [example.words[token] for token in example.tokens],
        **example.settings._asdict(),
        "vocabulary": example.words,
        "counts": example.counts,
        "tokens": example.tokens,
        "windows": [[first + 1, last + 1] for first, last in example.windows],
        "position": example.position + 1,
        "context": [position + 1 for position in example.context],
        "x": example.x.tolist(),
        "y": example.y.tolist(),
        "n": example.n,
        "y_share": example.goal.tolist(),
        "floor": example.floor,
        "factors": example.factors.tolist(),
        "shares": example.shares.tolist(),
        "steps": [_step_values(example, step) for step in example.steps],
        "epsilon": EPSILON,
        "finite_differences": _slope_values(example.steps[0]),
    }


def _step_values(example: WorkedExample, step: Step) -> dict[str, Any]:
    between = intermediates(example, step)
    return {
        "w_in": step.weights.w_in.tolist(),
        "w_out": step.weights.w_out.tolist(),
        "b": step.weights.bias.tolist(),
        "h": step.h.tolist(),
        "z": step.z.tolist(),
        "exp_z": between.exponentials.tolist(),
        "sum_exp_z": between.exponential_sum,
        "p": step.p.tolist(),
        "minus_ln_p": between.surprisals.tolist(),
        "minus_y_ln_p": between.costs.tolist(),
        "loss": step.loss,
        "perplexity": between.perplexity,
        "penalty": step.penalty,
        "objective": step.loss + step.penalty,
        "n_p": between.expected_counts.tolist(),
        "residual": step.residual.tolist(),
        "observed": between.observed.tolist(),
        "expected": between.expected.tolist(),
        "d_h": step.d_hidden.tolist(),
        "d_w_in": step.gradients.w_in.tolist(),
        "d_w_out": step.gradients.w_out.tolist(),
        "d_b": step.gradients.bias.tolist(),
        "w_in_after": step.after.w_in.tolist(),
        "w_out_after": step.after.w_out.tolist(),
        "b_after": step.after.bias.tolist(),
        "loss_after": step.loss_after,
        "perplexity_after": between.perplexity_after,
        "penalty_after": step.penalty_after,
        "objective_after": step.loss_after + step.penalty_after,
        "finite_differences": _slope_values(step),
    }


def _slope_values(step: Step) -> list[dict[str, Any]]:
    return [
        {
            "parameter": slope.name,
            "place": slope.place,
            "formula": slope.formula,
            "above": slope.above,
            "below": slope.below,
            "slope": slope.difference,
        }
        for slope in step.slopes
    ]
