"""The gate before a model is published: what is required of it, measured.

The model before is the one that lies at the output. What each measure means:

``validation_loss``
    The loss of the held-out text, in nats per prediction, that training reports in the end. The
    model before has the one that it recorded, if its held-out text was the same; else it is
    computed, on this text, and is the number that its own training would have reported.
``validation_gain``
    What the model knows of the held-out text beyond how frequent words are: the loss there of the
    shares of the words in training, minus the model's own, both without smoothing
    (``perplexity.TextScore``). Where the vocabulary grows, it is steadier than a loss.
``loss``
    The exact loss of the final parameters; of the model before, as it recorded it.
``analogies``, ``similarity``
    The share of the answered questions that 3CosAdd answers correctly; Spearman's correlation. Both
    models are asked, by the rules of ``evaluation``, with both vectors of a word.
``overlap``
    ``Comparison.mean_overlap`` of the two models, of ten neighbours.
``words``, ``tokens``
    Those of the vocabulary; of the text, also words that are not in the vocabulary.

Losses are of the words that a model knows, and of its own windows: two models are compared only if
they were trained with the same windows, subsampling, smoothing and rules of the text.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from w2vcli.counts.external_sum import MEMORY
from w2vcli.errors import DataError
from w2vcli.judging.comparison import compare
from w2vcli.judging.evaluation import Pair, Question, evaluate_analogies, evaluate_similarity
from w2vcli.judging.perplexity import TextScore, score_text
from w2vcli.judging.verdicts import Found, Requirements, Verdict
from w2vcli.system.threads import processors
from w2vcli.text.corpus import Corpus
from w2vcli.training.options import TrainingOptions
from w2vcli.training.publishing import Finished
from w2vcli.vectors.loading import load
from w2vcli.vectors.model import Model
from w2vcli.vectors.neighbors import VectorSpace
from w2vcli.vectors.word_vectors import WordVectors

_OF_PREDICTIONS = ("arch", "window", "window_weights", "subsample", "smoothing")
_OF_TRAINING = {"validation_loss", "validation_gain", "loss", "tokens"}
"""What only a trained model has."""


def _ignore(_verdicts: list[Verdict]) -> None:
    """Ignore the verdicts."""


@dataclass(frozen=True)
class Gate:
    """Judges a finished model, as ``accept`` of ``training.session.train``.

    Attributes
    ----------
    requirements
        What is required.
    questions, pairs
        Analogy questions by section, and pairs of words, where these are measured.
    threads
        The number of threads; one per processor if None. The verdicts do not depend on it.
    memory
        Bytes for the pair counts of a held-out text, as in training.
    report
        Is called with all verdicts, once they are known.
    """

    requirements: Requirements
    questions: Mapping[str, list[Question]] = field(default_factory=dict)
    pairs: Sequence[Pair] = ()
    threads: int | None = None
    memory: int = MEMORY
    report: Callable[[list[Verdict]], None] = _ignore

    def check(self, output: Path) -> None:
        """Check that what is to be compared with the model before can be: call it before training.

        Raises
        ------
        InputError, DataError
            If there is a file at the output, and it cannot be compared with.
        """
        compared = [each for each in self.requirements.each if each.needs_previous]
        if not compared or not output.exists():
            return
        try:
            previous = load(output)
        except DataError as error:
            raise DataError(f"{error}; '{compared[0].text}' compares with it") from None
        for required in compared:
            if required.measure in _OF_TRAINING and not isinstance(previous, Model):
                raise DataError(
                    f"{output}: these vectors were imported, so there is no training that "
                    f"'{required.text}' could compare with; leave this requirement out once"
                )

    def __call__(self, finished: Finished) -> None:
        """Raise a RefusedError if the finished model does not meet a requirement.

        Raises
        ------
        InputError, DataError
            If the model before, or the held-out text, cannot be read any more.
        """
        needed = any(required.needs_previous for required in self.requirements.each)
        output = finished.output
        previous = load(output) if needed and output is not None and output.exists() else None
        verdicts = self.judge(finished.model, previous, finished.held_out)
        self.report(verdicts)
        self.requirements.enforce(verdicts)

    def judge(
        self, model: Model, previous: WordVectors | None, held_out: Corpus | None
    ) -> list[Verdict]:
        """Return a verdict for each requirement, in their order.

        Parameters
        ----------
        model
            The new model.
        previous
            The model before, or None.
        held_out
            The held-out text of the new model, or None.

        Raises
        ------
        InputError, DataError
            If the text or a model cannot be read.
        """
        measuring = _Measuring(self, model, previous, held_out)
        values = {name: measuring.of(name) for name in self.requirements.measures}
        named = {each.measure for each in self.requirements.each if each.factor is not None}
        before = {} if previous is None else {name: measuring.before(name) for name in named}
        return self.requirements.verdicts(values, before)


@dataclass(frozen=True)
class _Measuring:
    """Measures a model, and the one before."""

    gate: Gate
    model: Model
    previous: WordVectors | None
    held_out: Corpus | None

    def of(self, name: str) -> Found | None:
        """Measure the model."""
        if name != "overlap":
            return self._measured(name, self.model)
        if self.previous is None:
            return None
        try:
            threads = self.gate.threads or processors()
            return compare(self.previous, self.model, threads=threads).mean_overlap
        except DataError as error:  # they share fewer than two words
            return str(error)

    def before(self, name: str) -> Found:
        """Measure the model before."""
        assert self.previous is not None
        if name in ("validation_loss", "validation_gain", "loss"):
            if (why := self._apart()) is not None:
                return why
            if name == "validation_loss" and not self._is_same_text():
                assert isinstance(self.previous, Model)
                score = self._scored(self.previous)
                return "there is no held-out text" if score is None else score.smoothed_loss
        return self._measured(name, self.previous)

    def _measured(self, name: str, model: WordVectors) -> Found:
        if name == "words":
            return len(model.words)
        if name == "analogies":
            if not self.gate.questions:
                return "there are no questions"
            threads = self.gate.threads or processors()
            scores = evaluate_analogies(VectorSpace(model), self.gate.questions, threads=threads)
            accuracy = scores.total.accuracy_add
            return "the model knows all four words of no question" if accuracy is None else accuracy
        if name == "similarity":
            score = evaluate_similarity(VectorSpace(model), list(self.gate.pairs)).spearman
            return "the model knows too few of the pairs" if score is None else score
        assert isinstance(model, Model)
        if name == "tokens":
            tokens = model.corpus.get("tokens")
            return tokens if type(tokens) is int else "a model does not say how many it was of"
        if name == "validation_gain":
            found = self._scored(model)
            return "there is no held-out text" if found is None else found.gain
        return _recorded(model, name)

    def _apart(self) -> str | None:
        """Say why the losses of the two models cannot be compared; None if they can."""
        assert isinstance(self.previous, Model)
        then, now = TrainingOptions.of(self.previous), TrainingOptions.of(self.model)
        for name in _OF_PREDICTIONS:
            before, here = getattr(then, name), getattr(now, name)
            if before != here:
                option = f"--{name.replace('_', '-')}"
                return (
                    f"the model before was trained with {option} {before}, this one with {option} "
                    f"{here}, so that their losses are of different predictions"
                )
        if self.previous.rules != self.model.rules:
            return (
                f"the text of the model before was {self.previous.rules}, this one's is "
                f"{self.model.rules}, so that their losses are of different words"
            )
        return None

    def _is_same_text(self) -> bool:
        """Return whether the model before has recorded its loss on the same held-out text."""
        assert isinstance(self.previous, Model)
        text = self.model.corpus.get("validation")
        same = text is not None and self.previous.corpus.get("validation") == text
        return same and isinstance(_recorded(self.previous, "validation_loss"), float)

    def _scored(self, model: Model) -> TextScore | None:
        """Measure a model on the held-out text, if there is one."""
        if self.held_out is None:
            return None
        text = self.held_out
        again = Corpus(text.files, text.rules, text.phrases, text.reading)
        return score_text(model, again, self.gate.threads, self.gate.memory)


def _recorded(model: Model, name: str) -> Found:
    """Return the loss that a model recorded in the end."""
    final = model.history[-1] if model.history else {}
    loss = final.get(name) if isinstance(final, dict) and final.get("final") else None
    if isinstance(loss, float) and math.isfinite(loss):
        return loss
    what = "of a held-out text" if name == "validation_loss" else "of its final vectors"
    return f"a model has recorded no loss {what}"
