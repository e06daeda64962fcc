"""``w2vcli eval``: how good a model is."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from w2vcli import TrainingOptions
from w2vcli.cli import console, gating, options, paths, progress, scores, text_options, values
from w2vcli.cli.options import option
from w2vcli.cli.report import perplexity_of
from w2vcli.errors import UsageError

if TYPE_CHECKING:
    from w2vcli import Corpus, Model, VectorSpace
    from w2vcli.judging.evaluation import Pair, Question
    from w2vcli.judging.verdicts import Found


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
    phrases: options.ModelPhrases = None,
    vectors: options.MaybeVectors = None,
    restrict: Annotated[
        int | None,
        option(metavar="N", min=1, help="Only the N most frequent words are known, and answers."),
    ] = None,
    case_sensitive: Annotated[
        bool, option("--case-sensitive", help="Do not take 'Paris' and 'paris' for one word.")
    ] = False,
    oov: Annotated[
        bool,
        option(
            "--oov",
            help="Answer questions and pairs with words that the vocabulary lacks too, by their "
            "n-grams, and count them apart; for a model with n-grams.",
        ),
    ] = False,
    threads: options.Threads = None,
    memory: options.Memory = "1G",
    require: gating.JudgedBy = None,
    json: options.Json = False,
) -> None:
    """Measure a model: by analogies, by people's judgements, by its loss on a text.

    What is counted, and how, stands beside each number.
    """
    required = gating.requirements(require, "eval", _lacking(analogies, similarity, perplexity))
    paths.input_files([analogies, *(similarity or []), *(perplexity or []), *(phrases or [])])
    if not (analogies or similarity or perplexity):
        raise UsageError(
            "there is nothing to measure by; name --analogies, --similarity or --perplexity"
        )
    if phrases and not perplexity:
        raise UsageError("--phrases is for the text of --perplexity; name one, or leave it out")
    if oov and not (analogies or similarity):
        raise UsageError("--oov is for --analogies and --similarity; name one, or leave it out")
    from w2vcli import Corpus, Model, VectorSpace, load, read_pairs, read_questions

    # All files are read before the first number, so that a bad one does not cost the others.
    questions = read_questions(Path(analogies)) if analogies else {}
    pairs = {name: read_pairs(Path(name)) for name in similarity or []}
    tables = text_options.phrase_tables(phrases)
    learned = Model.load(Path(model)) if perplexity else load(model)
    space = VectorSpace(learned, vectors)
    if oov:
        _check_oov(space, model)
    rules = scores.Rules(space.vectors, restrict, case_sensitive, oov)
    measured: dict[str, Found | None] = {"words": len(learned.words)}
    if analogies:
        measured |= _judge_analogies(space, analogies, questions, rules, threads, json)
    if pairs:
        measured |= _judge_similarity(space, pairs, rules, json)
    if perplexity:
        assert isinstance(learned, Model)
        learned.rules.check_phrases(tables, model)
        text = Corpus(perplexity, learned.rules, tables)
        measured |= _judge_perplexity(learned, text, threads, values.parse_size(memory), json)
    gating.enforce(required, measured, {}, json)


def _lacking(
    analogies: str | None, similarity: list[str] | None, perplexity: list[str] | None
) -> dict[str, str]:
    """Return the measures that these options do not give, and what they need."""
    lacking = {} if analogies else {"analogies": "it needs --analogies FILE"}
    lacking |= {} if similarity else {"similarity": "it needs --similarity FILE"}
    of_text = ("perplexity", "loss", "smoothed_loss")
    return lacking | ({} if perplexity else dict.fromkeys(of_text, "it needs --perplexity CORPUS"))


def _check_oov(space: "VectorSpace", model: str) -> None:
    """Raise a UsageError if words that the vocabulary lacks have no vectors here."""
    if space.model.subwords is None:
        raise UsageError(
            f"--oov: {model} has no n-grams, so that a word that it does not know has no vector; "
            "leave the option out"
        )
    if not space.lookup.finds_unseen:
        raise UsageError(
            "--oov: a word that the model does not know has no output vector; choose other "
            "--vectors, or leave the option out"
        )


def _judge_analogies(
    space: "VectorSpace",
    name: str,
    questions: "dict[str, list[Question]]",
    rules: scores.Rules,
    threads: int | None,
    json: bool,
) -> "dict[str, Found]":
    from w2vcli import evaluate_analogies
    from w2vcli.system.threads import processors

    found = evaluate_analogies(
        *(space, questions, rules.restrict, rules.case_sensitive),
        threads=threads or processors(),
        oov=rules.oov,
    )
    if json:
        console.write_json(scores.analogies_json(name, found, rules))
    else:
        scores.show_analogies(name, found, rules)
    accuracy = found.total.accuracy_add
    return {"analogies": "no question was answered" if accuracy is None else accuracy}


def _judge_similarity(
    space: "VectorSpace", pairs: "dict[str, list[Pair]]", rules: scores.Rules, json: bool
) -> "dict[str, Found]":
    from w2vcli import evaluate_similarity

    found = {
        name: evaluate_similarity(
            space, pairs[name], rules.restrict, rules.case_sensitive, rules.oov
        )
        for name in pairs
    }
    if json:
        for name, score in found.items():
            console.write_json(scores.similarity_json(name, score, rules))
    else:
        scores.show_similarity(found, rules)
    spearman = [score.spearman for score in found.values()]
    known = [value for value in spearman if value is not None]
    undefined = "too few pairs were answered"
    return {"similarity": min(known) if len(known) == len(spearman) else undefined}


def _judge_perplexity(
    model: "Model", text: "Corpus", threads: int | None, memory: int, json: bool
) -> "dict[str, Found]":
    from w2vcli import score_text

    with progress.meter("predicting the text"):
        found = score_text(model, text, threads, memory)
    if json:
        console.write_json(scores.perplexity_json(text.name, found))
    else:
        options = TrainingOptions.of(model)
        scores.show_perplexity(text.name, found, options.arch, options.smoothing)
    perplexity = perplexity_of(found.loss)
    return {
        "loss": found.loss,
        "smoothed_loss": found.smoothed_loss,
        "perplexity": "it is too large a number" if perplexity is None else perplexity,
    }
