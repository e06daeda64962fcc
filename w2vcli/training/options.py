"""The options of training, their defaults, and which of them do not fit together.

Plain Python, so that the command line can read defaults here without waiting for NumPy.
"""

import math
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from w2vcli.errors import DataError, UsageError
from w2vcli.text.ngrams import NgramRange
from w2vcli.text.windows import Windows, WindowWeights

if TYPE_CHECKING:
    from w2vcli.vectors.model import Model

Arch = Literal["skipgram", "cbow"]
Method = Literal["grouped", "stream"]
OptimizerName = Literal["adagrad", "sgd"]
Start = Literal["spectral", "random", "zeros"]

DEFAULT_LR = {"adagrad": 0.25, "sgd": 0.1}
DEFAULT_PASSES = 2
# They visit the frequent words only, which are the cheaper passes and the better vectors.
CLOSING_PASSES = 4
# An old model needs less training; with larger steps, night after night, its analogies get worse.
WARM_LR = {"adagrad": 0.15, "sgd": 0.1}
WARM_PASSES = 0.5

# The options that a model file must hold for predictions, with the check of each value.
_USABLE: dict[str, Callable[[Any], bool]] = {
    "arch": lambda value: value in get_args(Arch),
    "method": lambda value: value in get_args(Method),
    "window_weights": lambda value: value in get_args(WindowWeights),
    "window": lambda value: type(value) is int and 1 <= value <= 1000,
    "subsample": lambda value: type(value) in (int, float) and 0 <= value <= sys.float_info.max,
    "smoothing": lambda value: type(value) in (int, float) and 0 <= value <= 1,
    "prior": lambda value: type(value) in (int, float) and 0 <= value <= sys.float_info.max,
    "subwords": lambda value: value is None or _is_range(value),
}
BEFORE = {"smoothing": 1.0, "prior": 0.0, "closing": False}
"""What models and checkpoints were trained with that do not say so: they are older."""


_CHOICES = {
    "arch": Arch,
    "method": Method,
    "optimizer": OptimizerName,
    "start": Start,
    "window_weights": WindowWeights,
}
_LEAST = {"dim": 1, "batch": 1, "seed": 0, "window": 1}
_OF_SUBWORDS = {"subword_min_count": 2, "max_subwords": None, "word_rows": True}
"""What else is about n-grams, and what it is if not given."""
_OPEN = {"method", "window", "window_weights"}
"""These may be None, to be chosen."""


def _is_range(value: object) -> bool:
    try:
        NgramRange.parse(str(value))
    except UsageError:
        return False
    return isinstance(value, str)


def cold_passes(closing: bool) -> int:
    """Return how many passes a run from the start makes by default."""
    return CLOSING_PASSES if closing else DEFAULT_PASSES


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _is_finite(value: object) -> bool:
    return type(value) in (int, float) and math.isfinite(float(value))  # type: ignore[arg-type]


@dataclass(frozen=True)
class TrainingOptions:
    """How to train. ``resolved`` replaces None by the default that suits the other options.

    Attributes
    ----------
    arch
        ``skipgram`` or ``cbow``.
    method
        ``grouped``: by pair counts, skip-gram only. ``stream``: along the text. By default grouped
        for skip-gram.
    dim
        d, the number of dimensions.
    subsample
        word2vec's threshold for subsampling frequent words, in expectation; 0 for none.
    smoothing
        X, from 0 to 1: the target weights of a word that occurs n times become those of one that
        occurs n^X times (``weights``); 1 for none.
    prior
        lambda: the objective has a term (lambda / 2) |v|^2 for each input vector v that predicts;
        0 for none.
    passes
        Passes over the corpus; the last may be a part of one. By default 4 with a closing pass,
        else 2, and 0.5 for a warm start.
    closing
        Whether gradient descent visits only the most frequent words as centre words, and a closing
        pass of Newton steps follows, for all input vectors (``closing``). By default where it can
        be had, which is with grouped, and AdaGrad is the optimiser.
    lr
        The largest step size; it rises over the first 50 steps (at most a tenth of the run) and
        falls linearly to 0. By default 0.25 for AdaGrad, 0.15 for a warm start; 0.1 for SGD.
    optimizer
        ``adagrad`` or ``sgd``.
    batch
        Words (grouped) or positions of the text (stream) in a block.
    start
        ``spectral``, or ``random``: W_in uniform within 1 / 2d, W_out zero. (``zeros`` is refused
        with the reason.)
    bias
        Whether the model has an output bias; it starts at the log of the context unigram.
    seed
        The seed of all random numbers.
    window, window_weights
        The context windows (``windows``). By default those of the store that is trained on; of a
        text 5 and ``linear``.
    subwords
        How many characters the n-grams have that words are made of too (``composition``), such as
        ``3-6``; None for no n-grams.
    subword_min_count, max_subwords
        In how many words of the vocabulary an n-gram has to be, and how many n-grams there may be:
        those in most words; None for all.
    word_rows
        Whether words have rows of their own besides those of their n-grams.
    """

    arch: Arch = "skipgram"
    method: Method | None = None
    dim: int = 100
    subsample: float = 1e-3
    smoothing: float = 0.75
    prior: float = 30.0
    passes: float | None = None
    closing: bool | None = None
    lr: float | None = None
    optimizer: OptimizerName = "adagrad"
    batch: int = 512
    start: Start = "spectral"
    bias: bool = True
    seed: int = 1
    window: int | None = None
    window_weights: WindowWeights | None = None
    subwords: str | None = None
    subword_min_count: int = 2
    max_subwords: int | None = None
    word_rows: bool = True

    @property
    def ngram_range(self) -> NgramRange | None:
        """How many characters n-grams have; None for no n-grams."""
        return None if self.subwords is None else NgramRange.parse(self.subwords)

    @property
    def windows(self) -> Windows:
        """The context windows, of a text."""
        default = Windows()
        return Windows(self.window or default.size, self.window_weights or default.weights)

    def resolved(self, *, warm: bool = False, counted: Windows | None = None) -> "TrainingOptions":
        """Return the options without None.

        Parameters
        ----------
        warm
            Whether it is a warm start.
        counted
            The windows with which a store has counted; None for a text.

        Raises
        ------
        UsageError
            If options do not fit together, or not to the store.
        """
        self._check_values()
        if self.arch == "cbow" and self.method == "grouped":
            raise UsageError(
                "--method grouped is for skip-gram: CBOW does not depend on the corpus through "
                "pair counts alone; use --method stream"
            )
        if self.start == "zeros":
            raise UsageError(
                "--start zeros cannot learn: where W_in and W_out are both zero, so are the "
                "gradients of both, and only the bias would ever move; use spectral or random"
            )
        method = self.method or ("stream" if self.arch == "cbow" else "grouped")
        if counted is not None and method != "grouped":
            raise UsageError(
                "--store: pair counts are all there is of the texts in a store, which is enough "
                "for --arch skipgram --method grouped alone"
            )
        if self.closing and method != "grouped":
            raise UsageError(
                "--closing: the closing pass needs pair counts, which --method stream has not; use "
                "--method grouped, or --no-closing"
            )
        closing = self.closing
        if closing is None:
            closing = method == "grouped" and self.optimizer == "adagrad"
        lr = (WARM_LR if warm else DEFAULT_LR)[self.optimizer] if self.lr is None else self.lr
        passes = self.passes
        if passes is None:
            passes = WARM_PASSES if warm else cold_passes(closing)
        if passes == int(passes):
            passes = int(passes)  # 2.0 and 2 are the same option, also in a file
        windows = self.windows if counted is None else self._windows_of_store(counted)
        lengths = self.ngram_range
        return replace(
            self,
            method=method,
            closing=closing,
            lr=lr,
            passes=passes,
            window=windows.size,
            window_weights=windows.weights,
            subwords=None if lengths is None else str(lengths),  # 03-6 and 3-6 are the same option
        )

    def _check_values(self) -> None:
        """Raise a UsageError if an option by itself makes no sense; from Python it may be anything.

        The command line has checked this before, and its own errors are more exact.
        """
        for name, wanted in _CHOICES.items():
            value = getattr(self, name)
            if value not in get_args(wanted) and not (value is None and name in _OPEN):
                known = ", ".join(get_args(wanted))
                raise UsageError(f"{_flag(name)} {value!r} is none of {known}")
        for name, least in _LEAST.items():
            value = getattr(self, name)
            if (type(value) is not int or value < least) and not (value is None and name in _OPEN):
                raise UsageError(
                    f"{_flag(name)} {value!r} is not a whole number of at least {least}"
                )
        if self.closing not in (True, False, None):
            raise UsageError(f"--closing {self.closing!r} is neither true nor false")
        if not (_is_finite(self.subsample) and self.subsample >= 0):
            raise UsageError(f"--subsample {self.subsample!r} is not a number of at least 0")
        if not (_is_finite(self.smoothing) and 0 <= self.smoothing <= 1):
            raise UsageError(f"--smoothing {self.smoothing!r} is not a number from 0 to 1")
        if not (_is_finite(self.prior) and self.prior >= 0):
            raise UsageError(f"--prior {self.prior!r} is not a number of at least 0")
        self._check_subwords()
        for name, what in (("lr", "a step size"), ("passes", "a number of passes")):
            value = getattr(self, name)
            if value is not None and not (_is_finite(value) and value > 0):
                raise UsageError(f"--{name} {value} is not {what}; give a positive number")

    def _check_subwords(self) -> None:
        """Raise a UsageError if the options of n-grams make no sense."""
        if not isinstance(self.subwords, str | None):
            raise UsageError(f"--subwords {self.subwords!r} is no text such as '3-6'")
        if self.subwords is not None:
            NgramRange.parse(self.subwords)
        if self.word_rows not in (True, False):
            raise UsageError(f"--word-rows {self.word_rows!r} is neither true nor false")
        for name, default in _OF_SUBWORDS.items():
            value = getattr(self, name)
            if name != "word_rows" and not (value is None or (type(value) is int and value >= 1)):
                raise UsageError(f"{_flag(name)} {value!r} is not a whole number of at least 1")
            if value != default and self.subwords is None:
                given = "--no-word-rows" if name == "word_rows" else _flag(name)
                raise UsageError(f"{given} is about n-grams; give --subwords too, such as 3-6")

    def _windows_of_store(self, counted: Windows) -> Windows:
        for name, given, there in (
            ("window", self.window, counted.size),
            ("window-weights", self.window_weights, counted.weights),
        ):
            if given is not None and given != there:
                raise UsageError(
                    f"--{name} {given}: the store has counted with {there}; leave --{name} out, or "
                    "count the texts anew"
                )
        return counted

    def as_json(self) -> dict[str, Any]:
        """Return the options as plain values; those of n-grams only where there are any."""
        values = asdict(self)
        if self.subwords is None:
            for name in ("subwords", *_OF_SUBWORDS):
                del values[name]
        return values

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "TrainingOptions":
        """Return the options that ``as_json`` wrote; further values are ignored.

        Values that older versions did not know are as they were then (``BEFORE``).

        Raises
        ------
        ValueError
            If one is missing or has a value that ``as_json`` never writes.
        """
        values = BEFORE | values
        for name, usable in _USABLE.items():
            if not usable(values.get(name)):
                raise ValueError(f"'{name}' is missing, or is not what it should be")
        return cls(**{f.name: values[f.name] for f in fields(cls) if f.name in values})

    @classmethod
    def of(cls, model: "Model") -> "TrainingOptions":
        """Return the options with which a model was trained.

        Raises
        ------
        DataError
            If its metadata lacks them.
        """
        try:
            return cls.from_json(model.config)
        except ValueError as error:
            raise DataError(
                f"the model does not say how it was trained: in its configuration, {error}; "
                "train it again"
            ) from None
