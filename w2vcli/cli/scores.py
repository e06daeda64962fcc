"""The results of ``w2vcli eval``, as tables and as plain values for JSON."""

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from w2vcli.cli.pages import Table, write_table
from w2vcli.cli.report import perplexity_of

if TYPE_CHECKING:
    from w2vcli.judging.evaluation import AnalogyScores, SimilarityScore, Tally
    from w2vcli.judging.perplexity import TextScore


@dataclass(frozen=True)
class Rules:
    """Which words and vectors are judged: the options of these names."""

    vectors: str
    restrict: int | None
    case_sensitive: bool

    @property
    def sentence(self) -> str:
        """The same in words."""
        which = {
            "both": "input and output vectors side by side",
            "sum": "the sums of input and output vectors",
            "blend": "the input vectors plus an eighth of the output vectors",
            "input": "the input vectors",
            "output": "the output vectors",
        }[self.vectors]
        among = "all words of the model"
        if self.restrict:
            among = f"the {self.restrict:,} most frequent words"
        case = "as they are written" if self.case_sensitive else "whatever their case"
        return f"By the cosines of {which}; among {among}, {case}."


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.4f}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.2f}"


def show_analogies(name: str, scores: "AnalogyScores", rules: Rules) -> None:
    """Write the table of sections, and of their sums."""
    rows = [
        *scores.sections.items(),
        ("semantic", scores.semantic),
        ("syntactic", scores.syntactic),
        ("all", scores.total),
    ]
    write_table(
        f"Analogies: {name}",
        Table(
            ["section", "asked", "answered", "3CosAdd", "%", "3CosMul", "%"],
            [
                [
                    section,
                    str(tally.asked),
                    str(tally.answered),
                    str(tally.correct_add),
                    _percent(tally.accuracy_add),
                    str(tally.correct_mul),
                    _percent(tally.accuracy_mul),
                ]
                for section, tally in rows
            ],
            totals=3,
        ),
        f"{rules.sentence} A question is answered if its four words are known; its own words are "
        "never the answer. The percentage is of those answered. Syntactic: sections that begin "
        "with 'gram'.",
        kind="analogies",
    )


def _tally_json(tally: "Tally") -> dict[str, object]:
    return {
        "asked": tally.asked,
        "answered": tally.answered,
        "correct_add": tally.correct_add,
        "correct_mul": tally.correct_mul,
        "accuracy_add": tally.accuracy_add,
        "accuracy_mul": tally.accuracy_mul,
    }


def analogies_json(name: str, scores: "AnalogyScores", rules: Rules) -> dict[str, object]:
    """Return the same as plain values."""
    return {
        "analogies": name,
        "sections": {section: _tally_json(tally) for section, tally in scores.sections.items()},
        "semantic": _tally_json(scores.semantic),
        "syntactic": _tally_json(scores.syntactic),
        "all": _tally_json(scores.total),
        **asdict(rules),
    }


def show_similarity(found: dict[str, "SimilarityScore"], rules: Rules) -> None:
    """Write a table of test sets."""
    write_table(
        "Similarity",
        Table(
            ["file", "pairs", "answered", "coverage", "Spearman"],
            [
                [
                    name,
                    str(score.pairs),
                    str(score.answered),
                    _share(score.coverage),
                    _share(score.spearman),
                ]
                for name, score in found.items()
            ],
        ),
        f"{rules.sentence} Spearman's rank correlation with people's scores, equal ones sharing "
        "their mean rank, over the pairs of which both words are known.",
        kind="similarity",
    )


def similarity_json(name: str, score: "SimilarityScore", rules: Rules) -> dict[str, object]:
    """Return the result of a test set as plain values."""
    return {
        "similarity": name,
        "pairs": score.pairs,
        "answered": score.answered,
        "coverage": score.coverage,
        "spearman": score.spearman,
        **asdict(rules),
    }


def show_perplexity(name: str, score: "TextScore", arch: str, smoothing: float) -> None:
    """Write the loss on a text, and losses to compare it with."""
    known = {
        "loss of this text": score.loss,
        "ln V": score.baselines.uniform,
        "unigram of the training text": score.training_unigram,
        "unigram of this text": score.baselines.unigram,
    }
    if score.baselines.floor is not None:
        known["entropy floor of its counts"] = score.baselines.floor
    rows = [
        [what, f"{loss:.4f}", f"{perplexity_of(loss) or math.inf:.2f}"]
        for what, loss in known.items()
    ]
    about = ""
    if smoothing != 1:
        rows.append(["training's smoothed loss", f"{score.smoothed_loss:.4f}", "-"])
        about = (
            f" Training predicted smoothed counts (--smoothing {smoothing:g}). That is undone "
            "here, but for the last line, which 'train --validation' reports on this text."
        )
    predicted = "a word from its context" if arch == "cbow" else "a context word from a word"
    write_table(
        f"Perplexity: {name}",
        Table(
            ["", "nats", "perplexity"],
            rows,
            strong=frozenset({0}),
            totals=len(rows) - len(known),
        ),
        f"Each prediction is of {predicted}, with the exact softmax, in the model's own windows, "
        f"their weights and subsampling: {score.predictions:,.1f} predictions in expectation. "
        f"{score.known:,} of {score.tokens:,} tokens are known; the others are not predicted. "
        "A useful model is better than the unigram of the training text, which knows only how "
        "frequent words were there; the unigram of this text is fitted to the text itself." + about,
        kind="perplexity",
    )


def perplexity_json(name: str, score: "TextScore") -> dict[str, object]:
    """Return the same as plain values."""
    return {
        "perplexity_of": name,
        "loss": score.loss,
        "perplexity": perplexity_of(score.loss),
        "smoothed_loss": score.smoothed_loss,
        "predictions": score.predictions,
        "tokens": score.tokens,
        "known": score.known,
        "uniform": score.baselines.uniform,
        "training_unigram": score.training_unigram,
        "unigram": score.baselines.unigram,
        "floor": score.baselines.floor,
    }
