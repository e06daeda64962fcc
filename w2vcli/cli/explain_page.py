"""The page of ``w2vcli explain``: one step of training on paper, a section for each formula."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from w2vcli.cli import explain_backwards, explain_forwards
from w2vcli.cli.explain_numbers import Page
from w2vcli.cli.pages import Section

if TYPE_CHECKING:
    from w2vcli.learning.example import WorkedExample


def sections(
    example: "WorkedExample",
    cbow: bool,
    window: int,
    lr: float,
    bias: bool,
    smoothing: float = 1.0,
    prior: float = 0.0,
) -> Iterator[Section]:
    """Yield the sections of the page, in the order of the calculation.

    Parameters
    ----------
    example
        All numbers of the page.
    cbow, window, lr, bias, smoothing, prior
        The options that they were made with.
    """
    page = Page(example, cbow, bias, smoothing, prior)
    yield explain_forwards.title(page, window)
    yield explain_forwards.words(page)
    yield explain_forwards.hidden(page)
    yield explain_forwards.scores(page)
    yield explain_forwards.softmax(page)
    yield explain_forwards.loss(page)
    yield explain_backwards.residual(page)
    yield explain_backwards.gradient_of_hidden(page)
    yield explain_backwards.gradient_of_input(page)
    yield explain_backwards.gradient_of_output(page)
    yield explain_backwards.differences(page)
    yield explain_backwards.update(page, lr)
    yield explain_backwards.losses(page)
