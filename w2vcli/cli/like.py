"""``train --like MODEL``: the options that a model was trained with, as defaults of a run."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from w2vcli.cli import console, paths
from w2vcli.errors import DataError, UsageError
from w2vcli.training.options import TrainingOptions

_FOLLOW = {
    "arch": ("method", "closing", "passes"),
    "method": ("closing", "passes"),
    "optimizer": ("lr", "closing", "passes"),
    "closing": ("passes",),
}
"""What was chosen to go with an option: where that one is another, the choice is made anew."""

_RULES = ("tokenize", "numbers", "punctuation", "lines")
_LISTS = ("keep_words", "drop_words")


def options_like(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that a model was trained with, by name, but for those that are given.

    What a run chose because it was, or was not, a warm start is left out for a run that differs in
    that; so are windows, and the rules by which text became words, for one whose texts a store has
    counted, and the choice of words for one with a vocabulary file.

    Parameters
    ----------
    name
        The model file.
    given
        The values of the options and arguments of this run that are not its defaults, by name.

    Raises
    ------
    InputError
        If the file cannot be read.
    DataError
        If it is no model, or does not say how it was trained.
    UsageError
        If its name is empty, or a file was read for it that has to be given again.
    """
    paths.input_files([name])
    model = Path(name)
    from w2vcli import metadata_of

    said = metadata_of(model)
    about = said["config"]
    try:
        known: dict[str, Any] = TrainingOptions.from_json(about).as_json()
    except (TypeError, ValueError) as error:
        raise DataError(
            f"{model}: it does not say how it was trained: in its configuration, {error}; leave "
            "--like out, or name another model"
        ) from None
    if bool(about.get("warm_start")) != ("warm_start" in given):
        known |= {"lr": None, "passes": None}
    for name, followers in _FOLLOW.items():
        if name in given and given[name] != known[name]:
            known |= dict.fromkeys(followers)
    known |= _words(model, about, given)
    if "store" in given and not {"corpus", "files_from"} & given.keys():
        known |= {"window": None, "window_weights": None}  # the store has counted
    else:
        known |= _rules(model, about, given)
    last = said["history"][-1:]
    if last and isinstance(last[0], dict) and last[0].get("final") and last[0].get("loss") is None:
        known["final_loss"] = False
    return {name: value for name, value in known.items() if value is not None and name not in given}


def tell(model: str, options: Mapping[str, Any]) -> None:
    """Tell which options of a model a run takes."""
    said = " ".join(_shown(name, value) for name, value in options.items())
    console.note(f"like {model}: {said or 'every option is given, so none is taken from it'}")


def _shown(name: str, value: object) -> str:
    """Return an option as it would stand on a command line."""
    flag = name.replace("_", "-")
    if isinstance(value, bool):
        return f"--{flag}" if value else f"--no-{flag}"
    return f"--{flag} {value}"


def _words(model: Path, about: Mapping[str, Any], given: Collection[str]) -> dict[str, Any]:
    """Return the options that choose the words."""
    chosen = about.get("vocabulary")
    if "vocab" in given or not isinstance(chosen, dict):
        return {}
    if "given" in chosen:
        raise UsageError(
            f"--like: {model} was trained with a vocabulary file; give that file, or another, with "
            "--vocab"
        )
    for name in _LISTS:
        if chosen.get(name) and name not in given:
            flag = f"--{name.replace('_', '-')}"
            raise UsageError(f"--like: {model} was trained with {flag}; give that file again")
    return {name: chosen.get(name) for name in ("min_count", "max_vocab")}


def _rules(model: Path, about: Mapping[str, Any], given: Collection[str]) -> dict[str, Any]:
    """Return the options that say how text becomes words."""
    from w2vcli import TextRules

    rules = TextRules.from_json(about, str(model))
    if rules.phrases and "phrases" not in given:
        raise UsageError(
            f"--like: {model} was trained on text whose phrases were joined "
            f"({', '.join(rules.phrases)}, by 'w2vcli info TABLE'); give their tables again with "
            "--phrases"
        )
    found: dict[str, Any] = {"lower": rules.lower or None}
    if rules.tokenize is not None:
        found |= {name: getattr(rules, name) for name in _RULES}
    return found
