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
    oov: bool = False

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

    def as_json(self) -> dict[str, object]:
        """Return the same as plain values; whether there are unseen words, only if there are."""
        return {name: value for name, value in asdict(self).items() if name != "oov" or value}


_UNSEEN = (
    " Unseen: the {which} left unanswered; one is answered here if each word that the vocabulary "
    "lacks has known n-grams, of which its vector is made{but}. With unseen: all of them."
)


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.4f}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.2f}"


def show_analogies(name: str, scores: "AnalogyScores", rules: Rules) -> None:
    """Write the table of sections, and of their sums."""
    rows = [*scores.sections.items(), *_sums(scores)]
    for more, name_of in ((scores.unseen, "unseen"), (scores.with_unseen, "with unseen")):
        rows += [(f"{what}, {name_of}", t) for what, t in _sums(more)] if more else []
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
            totals=len(rows) - len(scores.sections),
        ),
        f"{rules.sentence} A question is answered if its four words are known; its own words are "
        "never the answer. The percentage is of those answered. Syntactic: sections that begin "
        "with 'gram'."
        + (_UNSEEN.format(which="questions", but=", and the answer is known") * rules.oov),
        kind="analogies",
    )


def _sums(scores: "AnalogyScores") -> list[tuple[str, "Tally"]]:
    """Return the sums of sections, with what they are called."""
    return [("semantic", scores.semantic), ("syntactic", scores.syntactic), ("all", scores.total)]


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
    found: dict[str, object] = {
        "analogies": name,
        "sections": {section: _tally_json(tally) for section, tally in scores.sections.items()},
        **{what: _tally_json(tally) for what, tally in _sums(scores)},
    }
    for key, more in (("unseen", scores.unseen), ("with_unseen", scores.with_unseen)):
        if more:
            found[key] = {what: _tally_json(tally) for what, tally in _sums(more)}
    return found | rules.as_json()


def show_similarity(found: dict[str, "SimilarityScore"], rules: Rules) -> None:
    """Write a table of test sets."""
    rows = []
    for name, score in found.items():
        parts = {name: score, f"{name}, unseen": score.unseen}
        parts |= {f"{name}, with unseen": score.with_unseen}
        rows += [(what, part) for what, part in parts.items() if part]
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
                for name, score in rows
            ],
        ),
        f"{rules.sentence} Spearman's rank correlation with people's scores, equal ones sharing "
        "their mean rank, over the pairs of which both words are known."
        + (_UNSEEN.format(which="pairs", but="") * rules.oov),
        kind="similarity",
    )


def similarity_json(name: str, score: "SimilarityScore", rules: Rules) -> dict[str, object]:
    """Return the result of a test set as plain values."""
    found: dict[str, object] = {"similarity": name} | _score_json(score)
    for key, more in (("unseen", score.unseen), ("with_unseen", score.with_unseen)):
        if more:
            found[key] = _score_json(more)
    return found | rules.as_json()


def _score_json(score: "SimilarityScore") -> dict[str, object]:
    return {
        "pairs": score.pairs,
        "answered": score.answered,
        "coverage": score.coverage,
        "spearman": score.spearman,
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
