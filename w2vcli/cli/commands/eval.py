"""``w2vcli eval``: how good a model is."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from w2vcli import TrainingOptions
from w2vcli.cli import console, options, paths, values
from w2vcli.cli.options import option
from w2vcli.cli.pages import Table, write_table
from w2vcli.cli.report import perplexity_of
from w2vcli.errors import UsageError

if TYPE_CHECKING:
    from w2vcli.judging.evaluation import AnalogyScores, SimilarityScore, Tally
    from w2vcli.judging.perplexity import TextScore


def evaluate(
    model: options.ModelFile,
    analogies: Annotated[
        str | None,
        option(
            metavar="FILE",
            help="Questions of four words a line, in sections ': name' (questions-words.txt).",
        ),
    ] = None,
    similarity: Annotated[
        list[str] | None,
        option(
            metavar="FILE",
            help="Pairs of words with people's scores, separated by tabs, commas or spaces; may "
            "be repeated.",
        ),
    ] = None,
    perplexity: Annotated[
        list[str] | None,
        option(metavar="CORPUS", help="Text to predict, as for train; may be repeated."),
    ] = None,
    vectors: options.Vectors = "both",
    restrict: Annotated[
        int | None,
        option(metavar="N", min=1, help="Only the N most frequent words are known, and answers."),
    ] = None,
    case_sensitive: Annotated[
        bool, option("--case-sensitive", help="Do not take 'Paris' and 'paris' for one word.")
    ] = False,
    threads: options.Threads = None,
    memory: options.Memory = "1G",
    json: options.Json = False,
) -> None:
    """Measure a model: by analogies, by people's judgements, by its loss on a text.

    What is counted, and how, stands beside each number.
    """
    paths.input_files([analogies, *(similarity or []), *(perplexity or [])])
    if not (analogies or similarity or perplexity):
        raise UsageError(
            "there is nothing to measure by; name --analogies, --similarity or --perplexity"
        )
    from w2vcli import (
        VectorSpace,
        evaluate_analogies,
        evaluate_similarity,
        load,
        read_pairs,
        read_questions,
    )
    from w2vcli.system.threads import processors

    # All files are read before the first number, so that a bad one does not cost the others.
    questions = read_questions(Path(analogies)) if analogies else {}
    pairs = {name: read_pairs(Path(name)) for name in similarity or []}
    learned = load(model)
    space = VectorSpace(learned, vectors)
    team_size = threads or processors()
    rules = _rules(vectors, restrict, case_sensitive)
    conventions = {"vectors": vectors, "restrict": restrict, "case_sensitive": case_sensitive}
    if analogies:
        scores = evaluate_analogies(space, questions, restrict, case_sensitive, team_size)
        if json:
            console.write_json(_analogies_json(analogies, scores) | conventions)
        else:
            _show_analogies(analogies, scores, rules)
    if pairs:
        found = {
            name: evaluate_similarity(space, pairs[name], restrict, case_sensitive)
            for name in pairs
        }
        if json:
            for name, score in found.items():
                console.write_json(_similarity_json(name, score) | conventions)
        else:
            _show_similarity(found, rules)
    if perplexity:
        from w2vcli import Corpus, score_text

        with console.meter("predicting the text"):
            text = Corpus(perplexity, bool(learned.config.get("lower")))
            result = score_text(learned, text, threads, values.parse_size(memory))
        if json:
            console.write_json(_perplexity_json(text.name, result))
        else:
            _show_perplexity(text.name, result, TrainingOptions.of(learned).arch)


def _rules(vectors: str, restrict: int | None, case_sensitive: bool) -> str:
    """Say which words and vectors take part."""
    which = {
        "both": "input and output vectors side by side",
        "sum": "the sums of input and output vectors",
        "input": "the input vectors",
        "output": "the output vectors",
    }[vectors]
    among = f"the {restrict:,} most frequent words" if restrict else "all words of the model"
    case = "as they are written" if case_sensitive else "whatever their case"
    return f"By the cosines of {which}; among {among}, {case}."


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.4f}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.2f}"


def _show_analogies(name: str, scores: "AnalogyScores", rules: str) -> None:
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
        f"{rules} A question is answered if its four words are known; its own words are never the "
        "answer. The percentage is of those answered. Syntactic: sections that begin with 'gram'.",
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


def _analogies_json(name: str, scores: "AnalogyScores") -> dict[str, object]:
    return {
        "analogies": name,
        "sections": {section: _tally_json(tally) for section, tally in scores.sections.items()},
        "semantic": _tally_json(scores.semantic),
        "syntactic": _tally_json(scores.syntactic),
        "all": _tally_json(scores.total),
    }


def _show_similarity(found: dict[str, "SimilarityScore"], rules: str) -> None:
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
        f"{rules} Spearman's rank correlation with people's scores, equal ones sharing their mean "
        "rank, over the pairs of which both words are known.",
        kind="similarity",
    )


def _similarity_json(name: str, score: "SimilarityScore") -> dict[str, object]:
    return {
        "similarity": name,
        "pairs": score.pairs,
        "answered": score.answered,
        "coverage": score.coverage,
        "spearman": score.spearman,
    }


def _show_perplexity(name: str, score: "TextScore", arch: str) -> None:
    known = {
        "loss": score.loss,
        "ln V": score.baselines.uniform,
        "unigram of the training text": score.training_unigram,
        "unigram of this text": score.baselines.unigram,
    }
    if score.baselines.floor is not None:
        known["entropy floor of its counts"] = score.baselines.floor
    predicted = "a word from its context" if arch == "cbow" else "a context word from a word"
    write_table(
        f"Perplexity: {name}",
        Table(
            ["", "nats", "perplexity"],
            [
                [what, f"{loss:.4f}", f"{perplexity_of(loss) or math.inf:.2f}"]
                for what, loss in known.items()
            ],
            strong=frozenset({0}),
        ),
        f"Each prediction is of {predicted}, with the exact softmax, in the model's own windows, "
        f"their weights and subsampling: {score.predictions:,.1f} predictions in expectation. "
        f"{score.known:,} of {score.tokens:,} tokens are known; the others are not predicted. "
        "A useful model is better than the unigram of the training text, which knows only how "
        "frequent words were there; the unigram of this text is fitted to the text itself.",
        kind="perplexity",
    )


def _perplexity_json(name: str, score: "TextScore") -> dict[str, object]:
    return {
        "perplexity_of": name,
        "loss": score.loss,
        "perplexity": perplexity_of(score.loss),
        "predictions": score.predictions,
        "tokens": score.tokens,
        "known": score.known,
        "uniform": score.baselines.uniform,
        "training_unigram": score.training_unigram,
        "unigram": score.baselines.unigram,
        "floor": score.baselines.floor,
    }
