"""Values of options from the environment and from a TOML file.

A name that is not an option of any command is an error: a misspelt one would silently do nothing.
"""

import os
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from w2vcli.errors import ConfigError

PREFIX = "W2VCLI"
CONFIG_VARIABLE = f"{PREFIX}_CONFIG"
_OTHER_VARIABLES = frozenset({"W2VCLI_CACHE_DIR", "W2VCLI_DEBUG"})

Kind = Literal["flag", "value", "values"]
"""Whether an option is true or false, takes one value, or takes several."""

Options = Mapping[str, Mapping[str, Kind]]
"""The kinds of the options, by command and name; those of every command under ""."""

_WANTED: dict[Kind, str] = {
    "flag": "true or false",
    "value": "a number or a string",
    "values": "a string or a list of strings",
}


def variable(command: str, option: str) -> str:
    """Name the environment variable of an option; of one of every command by ""."""
    return "_".join(filter(None, (PREFIX, command, option))).upper().replace("-", "_")


def check_environment(commands: Options) -> None:
    """Raise a ConfigError if a variable looks like ours and is not."""
    known = {CONFIG_VARIABLE, *_OTHER_VARIABLES} | {
        variable(command, option) for command, options in commands.items() for option in options
    }
    for name in os.environ:
        if name.startswith(f"{PREFIX}_") and name not in known:
            raise ConfigError(
                f"the environment variable {name} is not an option of any command"
                f"{hint(name, known)}; correct or unset it"
            )


def read_config(path: str, commands: Options) -> dict[str, dict[str, Any]]:
    """Return the values of a configuration file, by command and option; "" is every command.

    Raises
    ------
    ConfigError
        If the file cannot be read, is not TOML, names something that is not an option, or gives
        an option a value of the wrong type.
    """
    try:
        tables = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"'{path}': cannot be read: {error.strerror}; check --config") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: byte {error.start + 1} is not valid UTF-8") from None
    except (ValueError, RecursionError) as error:  # plain where an integer has too many digits
        raise ConfigError(f"{path}: not valid TOML: {error}") from None
    values: dict[str, dict[str, Any]] = {}
    common = {key: table for key, table in tables.items() if key.replace("-", "_") in commands[""]}
    values[""] = _read_table(path, common, "", commands)
    for command, table in tables.items():
        if command in common:
            continue
        if not command or command not in commands or not isinstance(table, dict):
            raise ConfigError(
                f"{path}: '{command}' is not a table of one of the commands"
                f"{hint(command, commands)}; write [train] or another command's name above its "
                "options"
            )
        values[command] = _read_table(path, table, command, commands)
    return values


def _read_table(
    path: str, table: Mapping[str, Any], command: str, commands: Options
) -> dict[str, Any]:
    """Return the values of the options of one command, by name."""
    values: dict[str, Any] = {}
    for key, value in table.items():
        option = key.replace("-", "_")
        place = f"{path}: '{key}'" + (f" in [{command}]" if command else "")
        if option not in commands[command]:
            if option in commands[""]:
                raise ConfigError(
                    f"{place} is an option of every command; write it above the first table"
                )
            raise ConfigError(
                f"{place} is not an option of '{command}'"
                f"{hint(option, commands[command])}; see 'w2vcli {command} --help'"
            )
        if option in values:
            raise ConfigError(f"{place} is set twice, with '-' and with '_'; keep one")
        kind = commands[command][option]
        if not _fits(value, kind):
            raise ConfigError(f"{place} should be {_WANTED[kind]}, not {_shown(value)}")
        one = kind == "values" and not isinstance(value, list)
        values[option] = [str(value)] if one else value
    return values


def _fits(value: object, kind: Kind) -> bool:
    """Return whether Typer may get a value: it would take true for 1, and a list for its text."""
    if isinstance(value, bool) or kind == "flag":
        return isinstance(value, bool) and kind == "flag"
    if isinstance(value, list):
        return kind == "values" and all(
            isinstance(item, str) and _fits(item, kind) for item in value
        )
    if isinstance(value, str):
        return "\0" not in value  # neither a file name nor a choice has one
    return isinstance(value, float) or (isinstance(value, int) and abs(value) < 1 << 64)


def _shown(value: object) -> str:
    """Return the start of a value as TOML writes it."""
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 40 else f"{text[:40]}..."


def hint(wrong: str, right: Iterable[str]) -> str:
    """Return a question after the right name that is closest to a wrong one; "" if none is."""
    close = get_close_matches(wrong, right, 1)
    return f" (did you mean {close[0]}?)" if close and close[0] != wrong else ""
