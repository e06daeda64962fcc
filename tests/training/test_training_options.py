"""The options of training: what they leave open, their way to and from JSON, the command line."""

import inspect
import json
import math
from itertools import product
from typing import Annotated, get_args

import numpy as np
import pytest
import typer

from w2vcli.cli import option_groups
from w2vcli.cli.app import app
from w2vcli.cli.commands import gradcheck as gradcheck_module
from w2vcli.cli.commands import train as train_module
from w2vcli.cli.option_groups import Gathered, gathers
from w2vcli.errors import DataError, UsageError
from w2vcli.text.windows import Windows, WindowWeights
from w2vcli.training.options import Arch, Method, OptimizerName, Start, TrainingOptions
from w2vcli.vectors.model import Model

COMMANDS = typer.main.get_command(app).commands
GOOD = TrainingOptions().resolved().as_json()


# --- what is left open ------------------------------------------------------------------


@pytest.mark.parametrize(("arch", "method"), [("skipgram", "grouped"), ("cbow", "stream")])
@pytest.mark.parametrize(("optimizer", "lr"), [("adagrad", 0.25), ("sgd", 0.1)])
def test_what_is_left_open_is_chosen(arch, method, optimizer, lr):
    options = TrainingOptions(arch=arch, optimizer=optimizer, dim=7, seed=3)
    closing = (method, optimizer) == ("grouped", "adagrad")
    assert options.resolved() == TrainingOptions(
        arch=arch, method=method, optimizer=optimizer, lr=lr, passes=4 if closing else 2,
        closing=closing, dim=7, seed=3, window=5, window_weights="linear",
    )  # fmt: skip
    assert (options.method, options.lr, options.passes, options.closing) == (None,) * 4


@pytest.mark.parametrize("optimizer", ["adagrad", "sgd"])
@pytest.mark.parametrize(("closing", "passes"), [(True, 4), (False, 2)])
def test_a_closing_pass_may_be_chosen(optimizer, closing, passes):
    chosen = TrainingOptions(optimizer=optimizer, closing=closing).resolved()
    assert (chosen.closing, chosen.passes) == (closing, passes)


def test_no_closing_pass_along_the_text():
    for given in ({"method": "stream"}, {"arch": "cbow"}):
        assert TrainingOptions(**given).resolved().closing is False
        with pytest.raises(UsageError, match="--closing: the closing pass needs pair counts"):
            TrainingOptions(**given, closing=True).resolved()


@pytest.mark.parametrize(("optimizer", "lr"), [("adagrad", 0.15), ("sgd", 0.1)])
def test_what_is_left_open_is_chosen_for_a_warm_start(optimizer, lr):
    warm = TrainingOptions(optimizer=optimizer).resolved(warm=True)
    assert (warm.passes, warm.lr) == (0.5, lr)
    chosen = TrainingOptions(optimizer=optimizer, passes=3, lr=0.7).resolved(warm=True)
    assert (chosen.passes, chosen.lr) == (3, 0.7)


def test_windows_are_those_of_the_store():
    counted = Windows(8, "uniform")
    for given in ({}, {"window": 8}, {"window_weights": "uniform"}):
        assert TrainingOptions(**given).resolved(counted=counted).windows == counted
    for name, given in (
        ("window", {"window": 5}),
        ("window-weights", {"window_weights": "linear"}),
    ):
        with pytest.raises(UsageError, match=f"--{name} .*: the store has counted with .*; leave"):
            TrainingOptions(**given).resolved(counted=counted)


def test_what_was_chosen_stays():
    options = TrainingOptions(
        method="stream", closing=False, lr=3.0, passes=0.25, window=2, window_weights="uniform"
    )
    assert options.resolved() == options == options.resolved().resolved()


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"arch": "cbow", "method": "grouped"}, "--method grouped is for skip-gram"),
        ({"start": "zeros"}, "--start zeros cannot learn"),
        ({"lr": 0.0}, "--lr 0.0 is not a step size"),
        ({"lr": -1.0}, "--lr -1.0 is not a step size"),
        ({"lr": math.inf}, "--lr inf is not a step size"),
        ({"lr": math.nan}, "--lr nan is not a step size"),
        ({"passes": 0}, "--passes 0 is not a number of passes"),
        ({"passes": math.inf}, "--passes inf is not a number of passes"),
        ({"closing": "no"}, "--closing 'no' is neither true nor false"),
    ],
)
def test_options_that_do_not_fit_together(bad, message):
    with pytest.raises(UsageError, match=message):
        TrainingOptions(**bad).resolved()


@pytest.mark.parametrize(
    ("windows", "integers", "unit"),
    [
        (Windows(4), [4, 3, 2, 1], 4),
        (Windows(4, "uniform"), [1, 1, 1, 1], 1),
        (Windows(1), [1], 1),
    ],
)
def test_the_weights_of_a_window(windows, integers, unit):
    assert (windows.integers, windows.unit) == (integers, unit)


# --- JSON -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arch", "method", "optimizer", "weights", "start"),
    [*product(*map(get_args, (Arch, Method, OptimizerName, WindowWeights, Start)))],
)
def test_json_and_back(arch, method, optimizer, weights, start):
    """Also what does not fit together: that is for ``resolved`` to say."""
    options = TrainingOptions(
        arch=arch,
        method=method,
        optimizer=optimizer,
        start=start,
        window=9,
        window_weights=weights,
        dim=3,
        subsample=0.0,
        smoothing=0.5,
        prior=2.5,
        passes=4,
        closing=True,
        lr=0.5,
        batch=6,
        bias=False,
        seed=8,
    )
    assert TrainingOptions.from_json(json.loads(json.dumps(options.as_json()))) == options


def test_json_is_flat():
    assert GOOD == {
        "arch": "skipgram",
        "method": "grouped",
        "dim": 100,
        "window": 5,
        "window_weights": "linear",
        "subsample": 1e-3,
        "smoothing": 0.75,
        "prior": 30.0,
        "passes": 4,
        "closing": True,
        "lr": 0.25,
        "optimizer": "adagrad",
        "batch": 512,
        "start": "spectral",
        "bias": True,
        "seed": 1,
    }


def test_further_values_are_left_alone():
    """A model says more of its making, and a later version may say still more."""
    assert TrainingOptions.from_json(GOOD | {"lower": True, "new": [1]}) == TrainingOptions(
        method="grouped", lr=0.25, passes=4, closing=True, window=5, window_weights="linear"
    )


BAD = {
    "arch": ["glove", "", None, 1, [], {}, ["cbow"], True],
    "method": ["hierarchical", None, 0, []],
    "window_weights": ["cosine", None, 1, {}],
    "window": [0, 1001, -3, 5.0, "5", None, True, [5], math.nan],
    "subsample": [-1e-9, math.nan, math.inf, 10**400, "0", None, False, []],
    "smoothing": [-1e-9, 1.001, math.nan, "1", None, True],
    "prior": [-1e-9, math.nan, math.inf, 10**400, "0", None, False],
}
LATER = {"smoothing": 1.0, "prior": 0.0}


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, values in BAD.items() for v in values])
def test_a_bad_value_is_named(name, value):
    with pytest.raises(ValueError, match=f"^'{name}' is missing, or is not what it should be$"):
        TrainingOptions.from_json(GOOD | {name: value})


@pytest.mark.parametrize("name", [name for name in BAD if name not in LATER])
def test_a_missing_value_is_named(name):
    with pytest.raises(ValueError, match=f"^'{name}' is missing, or is not what it should be$"):
        TrainingOptions.from_json({key: value for key, value in GOOD.items() if key != name})


@pytest.mark.parametrize("name", LATER)
def test_what_an_older_file_does_not_know_is_as_it_was_then(name):
    """Not as it is by default now."""
    older = TrainingOptions.from_json({key: value for key, value in GOOD.items() if key != name})
    assert older == TrainingOptions.from_json(GOOD | {name: LATER[name]})
    assert LATER[name] != GOOD[name]


@pytest.mark.parametrize("value", [1, 1000])
def test_the_largest_and_the_smallest_window(value):
    assert TrainingOptions.from_json(GOOD | {"window": value}).windows.size == value


def test_a_model_says_how_it_was_trained_or_that_it_does_not():
    def model(config):
        return Model(["a"], *(np.ones(1) for _ in range(4)), config=config)

    assert TrainingOptions.of(model(GOOD | {"lower": True})) == TrainingOptions().resolved()
    for config, name in (({}, "arch"), (GOOD | {"window": 0}, "window")):
        with pytest.raises(DataError) as raised:
            TrainingOptions.of(model(config))
        assert str(raised.value) == (
            "the model does not say how it was trained: in its configuration, "
            f"'{name}' is missing, or is not what it should be; train it again"
        )


# --- shared options of commands ---------------------------------------------------------


def _pair(left: int = 1, right: Annotated[str, "mark"] = "r") -> tuple[int, str]:
    if left < 0:
        raise UsageError("left is below zero")
    return left, right


Only = Annotated[bool, typer.Option()]


def _one(only: Only) -> str:
    return f"only {only}"


@gathers
def _command(
    first: str,
    pair: Annotated[tuple[int, str], Gathered(_pair)],
    between: Annotated[int, "a mark of another kind"] = 5,
    one: Annotated[str, Gathered(_one)] = "not used",
    last: float = 0.5,
) -> None:
    """Say what there is."""
    _seen.append((first, pair, between, one, last))


_seen: list[object] = []


def test_gathered_options_stand_in_place():
    parameters = inspect.signature(_command).parameters
    assert list(parameters) == ["first", "left", "right", "between", "only", "last"]
    defaults = [parameter.default for parameter in parameters.values()]
    assert defaults == [inspect.Parameter.empty, 1, "r", 5, inspect.Parameter.empty, 0.5]
    assert _command.__annotations__ == {
        "first": str,
        "left": int,
        "right": Annotated[str, "mark"],
        "between": Annotated[int, "a mark of another kind"],
        "only": Only,
        "last": float,
    }
    assert (_command.__name__, _command.__doc__) == ("_command", "Say what there is.")


def test_a_value_that_is_given_reaches_what_is_made_of_it():
    _seen.clear()
    _command(first="f", left=7, right="x", between=2, only=False, last=1.0)
    assert _seen == [("f", (7, "x"), 2, "only False", 1.0)]


def test_gathered_options_on_a_command_line():
    application = typer.Typer()
    application.command()(_command)
    command = typer.main.get_command(application)

    def run(*arguments):
        _seen.clear()
        command.main(list(arguments), standalone_mode=False)
        return _seen

    assert run("f", "--only") == [("f", (1, "r"), 5, "only True", 0.5)]
    given = ["f", "--left", "3", "--right", "x", "--no-only", "--last", "2"]
    assert run(*given) == [("f", (3, "x"), 5, "only False", 2.0)]
    with pytest.raises(UsageError, match="left is below zero"):
        run("f", "--only", "--left", "-1")
    assert _seen == []


def test_a_command_that_gathers_nothing_is_the_same():
    def plain(a: int, b: str = "x") -> None:
        _seen.append((a, b))

    gathered = gathers(plain)
    assert list(inspect.signature(gathered).parameters) == ["a", "b"]
    _seen.clear()
    gathered(a=1, b="y")
    assert _seen == [(1, "y")]


def described(command):
    """The options of a command, by name: all that a user sees of each."""
    return {
        p.name: (p.opts, p.secondary_opts, p.default, p.help, p.metavar, p.required)
        for p in COMMANDS[command].params
    }


def annotations(command):
    return {p.name: p.annotation for p in inspect.signature(command).parameters.values()}


def test_train_and_gradcheck_offer_the_same_options():
    train, gradcheck = described("train"), described("gradcheck")
    assert train.keys() - gradcheck.keys() == {
        *("output", "memory", "validation", "store", "label", "segments", "warm_start"),
        *("closing", "final_loss", "checkpoint_every", "resume", "max_time", "lock"),
        *("expect_lines", "expect_sha256", "end_mark", "like"),
        *("plot", "require", "analogies", "similarity", "keep", "keep_refused", "strict_exit"),
        *("plan", "scheduler", "wait_for_workers"),
    }
    assert gradcheck.keys() - train.keys() == {"sample", "weights", "tolerance"}
    shared = train.keys() & gradcheck.keys()
    training = {*inspect.signature(option_groups._training_options).parameters}
    assert training | {"vocab", "min_count", "max_vocab", "lower", "threads"} <= shared
    # train may do without a corpus; gradcheck checks every architecture and method by default
    for name in shared - {"corpus", "arch", "method"}:
        assert train[name] == gradcheck[name]
        assert (
            annotations(train_module.train)[name] == annotations(gradcheck_module.gradcheck)[name]
        )


def test_the_defaults_of_the_command_line_are_those_of_the_library():
    defaults = {p.name: p.default for p in COMMANDS["train"].params}
    assert option_groups._training_options() == TrainingOptions()
    written = TrainingOptions().as_json()
    assert {name: defaults[name] for name in written} == written


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("arch", "cbow"),
        ("method", "stream"),
        ("dim", 3),
        ("window", 2),
        ("window_weights", "uniform"),
        ("subsample", 0.5),
        ("smoothing", 0.25),
        ("prior", 2.5),
        ("passes", 9),
        ("lr", 0.75),
        ("optimizer", "sgd"),
        ("batch", 11),
        ("start", "random"),
        ("bias", False),
        ("seed", 12),
    ],
)
def test_each_option_becomes_what_it_says(name, value):
    """And nothing else changes, but what follows from it."""
    made = option_groups._training_options(**{name: value}).resolved().as_json()
    without = {"closing": False, "passes": 2}
    follows = {
        "arch": {"method": "stream"} | without,
        "method": without,
        "optimizer": {"lr": 0.1} | without,
    }.get(name, {})
    assert made == GOOD | {name: value} | follows


# --- from Python, options may be anything -----------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"arch": "foo"}, "--arch 'foo' is none of skipgram, cbow"),
        ({"arch": None}, "--arch None is none of skipgram, cbow"),
        ({"method": "zzz"}, "--method 'zzz' is none of grouped, stream"),
        ({"optimizer": "adam"}, "--optimizer 'adam' is none of adagrad, sgd"),
        ({"start": "x"}, "--start 'x' is none of spectral, random, zeros"),
        ({"window_weights": "x"}, "--window-weights 'x' is none of linear, uniform"),
        ({"dim": 0}, "--dim 0 is not a whole number of at least 1"),
        ({"dim": "a"}, "--dim 'a' is not a whole number of at least 1"),
        ({"dim": None}, "--dim None is not a whole number of at least 1"),
        ({"batch": -5}, "--batch -5 is not a whole number of at least 1"),
        ({"seed": -1}, "--seed -1 is not a whole number of at least 0"),
        ({"window": 0}, "--window 0 is not a whole number of at least 1"),
        ({"subsample": -1}, "--subsample -1 is not a number of at least 0"),
        ({"subsample": "x"}, "--subsample 'x' is not a number of at least 0"),
        ({"smoothing": 1.1}, "--smoothing 1.1 is not a number from 0 to 1"),
        ({"smoothing": -0.1}, "--smoothing -0.1 is not a number from 0 to 1"),
        ({"smoothing": None}, "--smoothing None is not a number from 0 to 1"),
        ({"prior": -1}, "--prior -1 is not a number of at least 0"),
        ({"prior": math.inf}, "--prior inf is not a number of at least 0"),
        ({"lr": math.nan}, "--lr nan is not a step size"),
        ({"passes": "2"}, "--passes 2 is not a number of passes"),
    ],
)
def test_options_that_make_no_sense(options, message):
    with pytest.raises(UsageError) as raised:
        TrainingOptions(**options).resolved()
    assert str(raised.value).startswith(message)
