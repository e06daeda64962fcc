"""Values for options from elsewhere than the command line: the environment and a TOML file.

What is not an option of some command is an error here: a misspelt name would silently do nothing.
"""

import os
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from w2vcli.errors import ConfigError

PREFIX = "W2VCLI"
CONFIG_VARIABLE = f"{PREFIX}_CONFIG"
_OTHER_VARIABLES = frozenset({"W2VCLI_CACHE_DIR", "W2VCLI_DEBUG"})

Options = Mapping[str, Mapping[str, bool]]
"""For each command the names of its options, and whether each is a flag."""


def variable(command: str, option: str) -> str:
    """Name the environment variable of an option."""
    return f"{PREFIX}_{command}_{option}".upper().replace("-", "_")


def check_environment(commands: Options) -> None:
    """Raise a ConfigError if a variable looks like ours and is not."""
    known = {CONFIG_VARIABLE, *_OTHER_VARIABLES} | {
        variable(command, option) for command, options in commands.items() for option in options
    }
    for name in os.environ:
        if name.startswith(f"{PREFIX}_") and name not in known:
            raise ConfigError(
                f"the environment variable {name} is not an option of any command"
                f"{_hint(name, known)}; correct or unset it"
            )


def read_config(path: str, commands: Options) -> dict[str, dict[str, Any]]:
    """Return the values of a configuration file, by command and option.

    Raises
    ------
    ConfigError
        If the file cannot be read, is not TOML, or names what is not an option.
    """
    try:
        tables = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"'{path}': cannot be read: {error.strerror}; check --config") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: byte {error.start + 1} is not valid UTF-8") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from None
    values: dict[str, dict[str, Any]] = {}
    for command, table in tables.items():
        if command not in commands or not isinstance(table, dict):
            raise ConfigError(
                f"{path}: '{command}' is not a table of one of the commands"
                f"{_hint(command, commands)}; write [train] or another command's name above its "
                "options"
            )
        values[command] = {}
        for key, value in table.items():
            option = key.replace("-", "_")
            place = f"{path}: '{key}' in [{command}]"
            if option not in commands[command]:
                raise ConfigError(
                    f"{place} is not an option of '{command}'"
                    f"{_hint(option, commands[command])}; see 'w2vcli {command} --help'"
                )
            if option in values[command]:
                raise ConfigError(f"{place} is set twice, with '-' and with '_'; keep one")
            # Typer would take true for the number 1, and 1 for true.
            if commands[command][option] != isinstance(value, bool):
                wanted = "true or false" if commands[command][option] else "a number or a string"
                raise ConfigError(f"{place} should be {wanted}, not {_shown(value)}")
            values[command][option] = value
    return values


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _hint(wrong: str, right: Iterable[str]) -> str:
    close = get_close_matches(wrong, right, 1)
    return f" (did you mean {close[0]}?)" if close and close[0] != wrong else ""
