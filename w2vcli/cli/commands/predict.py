"""``w2vcli predict``: what a model expects, and how well it expected a text."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from w2vcli.cli import console, options, pages, text_options
from w2vcli.cli.lines import cut, line_batches, text_of
from w2vcli.cli.queries import Query, answer_all, each_word, one_by_one, words_given
from w2vcli.cli.unseen import marked, unseen_json
from w2vcli.errors import UsageError
from w2vcli.system import signals

if TYPE_CHECKING:
    from w2vcli.judging.prediction import LineScore, Predictor

GAP = "_"
"""Stands for the word that a CBOW model is to predict."""


def predict(
    model: options.ModelFile,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="WORD",
            help="Skip-gram: words. CBOW: a text with one gap, as in: the _ of france. If none is "
            "given, words or a text a line on standard input.",
        ),
    ] = None,
    top: Annotated[
        int | None,
        options.option(
            metavar="N", min=1, help="How many answers; 10 if not given.", show_default=False
        ),
    ] = None,
    score: Annotated[
        bool, options.option("--score", help="Say how well the model expects each line of a text.")
    ] = False,
    phrases: options.ModelPhrases = None,
    no_oov: options.NoOov = False,
    json: options.Json = False,
    threads: options.Threads = None,
) -> None:
    """Show which words a model expects near a word, or in a gap, and how probable they are.

    The probabilities are exact: over the whole vocabulary they add up to one.
    """
    if score and top is not None:
        raise UsageError("--top is for answers, and --score gives none; leave one of them out")
    from w2vcli import Model, predictor

    words = words_given(words)
    tables = text_options.phrase_tables(phrases)
    with predictor(Model.load(Path(model)), threads, tables, not no_oov) as asked:
        if score or asked.cbow:
            asked.model.rules.check_phrases(tables, model)
        if score:
            _score(asked, words, json)
        else:
            _answer(asked, words, 10 if top is None else top, json)


def _answer(predictor: "Predictor", words: list[str] | None, top: int, json: bool) -> None:
    """Answer queries: words of a skip-gram model, gaps of a CBOW model."""
    from w2vcli import UnknownWordsError

    lookup = predictor.lookup

    def show(
        query: Query,
        name: str | Query,
        words: list[str],
        answers: list[tuple[str, float]],
        unknown: list[str],
    ) -> None:
        if json:
            rows = [{"word": word, "probability": p} for word, p in answers]
            more = {"unknown": unknown} if unknown else {}
            about = {"query": name} | unseen_json(lookup, words)
            console.write_json(about | {"answers": rows} | more)
        else:
            title = marked(" ".join(query), lookup, words, alone=len(query) == 1)
            pages.write_answers(query, title, answers, "probability", "#.4g")

    def around(query: Query) -> list[str]:
        (word,) = query
        show(query, word, query, predictor.most_probable(predictor.around(word), top), [])
        return []

    def context(query: Query) -> tuple[list[str], list[str]]:
        place = query.index(GAP)
        before, after = (
            predictor.tokens(" ".join(side)) for side in (query[:place], query[place + 1 :])
        )
        return before, after

    def fill(query: Query) -> list[str]:
        before, after = context(query)
        probabilities = predictor.between(before, after)
        unknown = predictor.unknown(before + after)
        if probabilities is None:
            console.complain(
                f"no word that the model knows stands within {predictor.windows.size} of the gap "
                f"in '{' '.join(query)}', so there is no answer; give the gap more context"
            )
            raise UnknownWordsError(unknown)
        answers = predictor.most_probable(probabilities, top)
        show(query, query, before + after, answers, unknown)
        return unknown

    def words_around(query: Query) -> list[str]:
        before, after = context(query)
        return before + after

    if predictor.cbow:
        text = cut(text_of(words)) if words else None
        fills = one_by_one(fill)
        answer_all(lookup, text, _one_gap, fills, json, batch=1, words_of=words_around)
    else:
        is_word = predictor.model.find(GAP) is not None
        queries_of = each_word if is_word else _no_gap
        answer_all(lookup, words, queries_of, one_by_one(around), json, " ".join, batch=1)


def _no_gap(words: list[str]) -> list[Query]:
    tokens = " ".join(words).split()
    if GAP in tokens and len(tokens) > 1:
        raise ValueError(
            f"this is a skip-gram model, and a gap ('{GAP}') needs a CBOW model; name single "
            "words, or train with --arch cbow"
        )
    return each_word(words)


def _one_gap(words: list[str]) -> list[Query]:
    if words.count(GAP) != 1:
        raise ValueError(
            f"expected one gap, found {words.count(GAP)}; write '{GAP}' for the word that this "
            f"CBOW model is to predict, as in 'the {GAP} of france'"
        )
    return [words]


def _score(predictor: "Predictor", words: list[str] | None, json: bool) -> None:
    """Score each line, as soon as it is there; lines that are there together share the work."""
    batches = [text_of(words).split("\n")] if words else line_batches()
    tell = _tell_as_json if json else _table_of_scores()
    number = 0
    told = False
    for lines in batches:
        signals.check()
        scores = predictor.score(map(predictor.tokens, lines))
        for text, score in zip(lines, scores, strict=True):
            number += 1
            tell(number, text, score)
        if not told and any(score.unseen for score in scores):
            told = True
            console.note(
                "some words of the text are not in the vocabulary: others are predicted from their "
                "n-grams, and they themselves are not predicted"
            )


def _table_of_scores() -> Callable[[int, str, "LineScore"], None]:
    write_row = console.growing_table(["log probability", "perplexity", "predictions", "text"])

    def tell(_number: int, text: str, score: "LineScore") -> None:
        log_probability = f"{score.log_probability:.4f}"
        write_row([log_probability, f"{score.perplexity:.6g}", f"{score.predictions:.6g}", text])

    return tell


def _tell_as_json(number: int, text: str, score: "LineScore") -> None:
    def finite(value: float) -> float | None:
        # The last digits of float32 arithmetic depend on which lines were scored together.
        return float(f"{value:.6g}") if math.isfinite(value) else None

    console.write_json(
        {
            "line": number,
            "log_probability": finite(score.log_probability),
            "perplexity": finite(score.perplexity),
            "predictions": finite(score.predictions),
            "tokens": score.tokens,
            "unknown": score.unknown,
            **({"unseen": list(score.unseen)} if score.unseen else {}),
            "text": text,
        }
    )
