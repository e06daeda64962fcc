"""Groups of options that commands share: how to train, and which words to learn."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial, wraps
from typing import TYPE_CHECKING, Annotated, Any

from w2vcli.cli import options
from w2vcli.cli.options import option
from w2vcli.errors import UsageError
from w2vcli.training.options import (
    CLOSING_PASSES,
    DEFAULT_LR,
    DEFAULT_PASSES,
    WARM_LR,
    WARM_PASSES,
    Method,
    OptimizerName,
    Start,
    TrainingOptions,
)

if TYPE_CHECKING:
    from w2vcli import Selection, Vocabulary


@dataclass(frozen=True)
class Gathered:
    """Marks a parameter that stands for several options: the parameters of the function ``by``.

    Those in ``fixed`` are no options: they have these values.
    """

    by: Callable[..., Any]
    fixed: Mapping[str, Any] = field(default_factory=dict)


def gathers(command: Callable[..., None]) -> Callable[..., None]:
    """Replace the ``Gathered`` parameters of a command by the options that they stand for.

    The command is called with the values that the functions make of the options. So commands share
    options, their defaults and their meaning. An option of the command itself replaces the gathered
    one of that name, whose default holds where the command's is None.
    """
    parameters: list[inspect.Parameter] = []
    makers: dict[str, tuple[Callable[..., Any], list[str]]] = {}
    own = inspect.signature(command).parameters
    for parameter in own.values():
        mark = next(iter(getattr(parameter.annotation, "__metadata__", ())), None)
        if not isinstance(mark, Gathered):
            parameters.append(parameter)
            continue
        gathered = inspect.signature(mark.by).parameters.values()
        free = [p for p in gathered if p.name not in mark.fixed]
        makers[parameter.name] = (partial(mark.by, **mark.fixed), [p.name for p in free])
        parameters.extend(p for p in free if p.name not in own)

    @wraps(command)
    def run(**values: Any) -> None:  # noqa: ANN401 - the command's own types
        for name, (make, gathered) in makers.items():
            replaced = {o: values[o] for o in gathered if o in own and values[o] is not None}
            values[name] = make(**{o: values.pop(o) for o in gathered if o not in own} | replaced)
        command(**values)

    # By keyword: an option with a default may come before an argument without one.
    named = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in parameters]
    run.__signature__ = inspect.Signature(named)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in named}
    return run


_DEFAULT = TrainingOptions()


def _of_each(defaults: dict[str, float]) -> str:
    """Say which default each optimizer has."""
    return " and ".join(f"{value} for {name}" for name, value in defaults.items())


def _training_options(
    arch: options.ArchOption = _DEFAULT.arch,
    method: Annotated[
        Method | None,
        option(
            help="By pair counts (grouped, skip-gram's default) or along the text (stream, "
            "CBOW's only way)."
        ),
    ] = _DEFAULT.method,
    dim: Annotated[
        int, option(metavar="N", min=1, max=100_000, help="Dimensions of the vectors.")
    ] = _DEFAULT.dim,
    window: options.StoreWindow = _DEFAULT.window,
    window_weights: options.StoreWindowWeights = _DEFAULT.window_weights,
    subsample: Annotated[
        float,
        option(
            metavar="X", min=0, help="Threshold for frequent words; 0 for none.", **options.FINITE
        ),
    ] = _DEFAULT.subsample,
    smoothing: options.Smoothing = _DEFAULT.smoothing,
    prior: options.Prior = _DEFAULT.prior,
    passes: Annotated[
        float | None,
        option(
            metavar="X",
            help=f"Passes over the corpus, also a part of one; if not given {CLOSING_PASSES} "
            f"before a closing pass, else {DEFAULT_PASSES}, and {WARM_PASSES} from a warm start.",
            **options.POSITIVE,
        ),
    ] = _DEFAULT.passes,
    lr: Annotated[
        float | None,
        option(
            metavar="X",
            help=f"Largest step size; if not given {_of_each(DEFAULT_LR)}, from a warm start "
            f"{_of_each(WARM_LR)}.",
            **options.POSITIVE,
        ),
    ] = _DEFAULT.lr,
    optimizer: Annotated[OptimizerName, option(help="How to descend.")] = _DEFAULT.optimizer,
    batch: Annotated[
        int,
        option(metavar="N", min=1, help="Words (grouped) or positions (stream) in a step."),
    ] = _DEFAULT.batch,
    start: Annotated[
        Start,
        # A third one, zeros, is there to be refused with the reason.
        option(metavar="<spectral|random>", help="Begin with the SVD of the PMI, or at random."),
    ] = _DEFAULT.start,
    bias: options.Bias = _DEFAULT.bias,
    seed: options.Seed = _DEFAULT.seed,
    subwords: Annotated[
        str | None,
        option(
            metavar="MIN-MAX",
            help="Make words of their n-grams too, of so many characters, such as 3-6; then words "
            "that were never seen have vectors.",
        ),
    ] = _DEFAULT.subwords,
    subword_min_count: Annotated[
        int,
        option(metavar="N", min=1, help="Only n-grams that are in at least N words."),
    ] = _DEFAULT.subword_min_count,
    max_subwords: Annotated[
        int | None,
        option(
            metavar="N", min=1, help="At most N n-grams, those in most words.", show_default=False
        ),
    ] = _DEFAULT.max_subwords,
    word_rows: Annotated[
        bool,
        option(help="Give words rows of their own, or make them of their n-grams alone."),
    ] = _DEFAULT.word_rows,
) -> TrainingOptions:
    chosen = TrainingOptions(
        arch=arch,
        method=method,
        dim=dim,
        window=window,
        window_weights=window_weights,
        subsample=subsample,
        smoothing=smoothing,
        prior=prior,
        passes=passes,
        lr=lr,
        optimizer=optimizer,
        batch=batch,
        start=start,
        bias=bias,
        seed=seed,
        subwords=subwords,
        subword_min_count=subword_min_count,
        max_subwords=max_subwords,
        word_rows=word_rows,
    )
    chosen.resolved()  # an error if options do not fit together, before anything is read
    return chosen


@dataclass(frozen=True)
class Words:
    """Which words to learn: those of a vocabulary file, or a choice among the corpus's own."""

    vocab: str | None
    min_count: int | None
    max_vocab: int | None
    keep_words: str | None
    drop_words: str | None

    @property
    def files(self) -> list[str | None]:
        """The files that are read."""
        return [self.vocab, self.keep_words, self.drop_words]

    def read(self) -> "Selection | Vocabulary":
        """Read them."""
        if self.vocab is None:
            return selection(self.min_count, self.max_vocab, self.keep_words, self.drop_words)
        from w2vcli import Vocabulary

        return Vocabulary.load(self.vocab).head(self.max_vocab)


def _words(
    vocab: Annotated[
        str | None,
        option(
            metavar="VOCAB",
            help="A vocabulary made by build-vocab; if not given, one is made of the corpus.",
        ),
    ] = None,
    min_count: options.MinCount = None,
    max_vocab: options.MaxVocab = None,
    keep_words: options.KeepWords = None,
    drop_words: options.DropWords = None,
) -> Words:
    if vocab is not None and (min_count, keep_words, drop_words) != (None, None, None):
        raise UsageError(
            "--min-count, --keep-words and --drop-words choose words when a vocabulary is built; "
            "leave them out with --vocab, or give them to 'w2vcli build-vocab'"
        )
    return Words(vocab, min_count, max_vocab, keep_words, drop_words)


Training = Annotated[TrainingOptions, Gathered(_training_options)]
VocabularyWords = Annotated[Words, Gathered(_words)]


def selection(
    min_count: int | None, max_vocab: int | None, keep: str | None, drop: str | None
) -> "Selection":
    """Return the choice of words that these options describe."""
    from w2vcli import Selection, read_word_list

    return Selection(
        Selection.min_count if min_count is None else min_count,
        max_vocab,
        read_word_list(keep) if keep else frozenset(),
        read_word_list(drop) if drop else frozenset(),
    )
