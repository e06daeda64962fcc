"""``--print-config``: the values of the options of a command line, as a configuration file."""

from collections.abc import Mapping
from typing import Any

from w2vcli import __version__
from w2vcli.cli import common, console, settings
from w2vcli.cli.escaping import printable
from w2vcli.errors import UsageError

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def write(
    command: Any,  # noqa: ANN401 - Typer hides the types of both
    context: Any,  # noqa: ANN401
    given: Mapping[str, Any],
) -> None:
    """Write the file to standard output.

    An option without a value is a comment. Arguments are not in it: they cannot be in such a file.

    Parameters
    ----------
    command
        The command.
    context, given
        As for ``common.prepare``, which has been called.

    Raises
    ------
    UsageError
        If a value is no text, as the name of a file may be.
    """
    name = context.info_name
    lines = [f"# The options of 'w2vcli {name}', by w2vcli {__version__}, as a file for --config."]
    for option, found in common.found_in(context).items():
        if option in common.IN_FILES:
            place = _origin(context, "", option, found.source)
            lines.append(_line(option, found.value, place))
    lines += ["", f"[{name}]"]
    for param in command.params:
        if param.param_type_name == "option":
            found = common.value_of(param, context, given)
            place = _origin(context, name, param.name, found.source)
            if found.source == "DEFAULT_MAP" and (model := common.copied(context).get(param.name)):
                place = f"model {model}, by --like"
            elif param.required and found.value is None:
                place = "required"
            lines.append(_line(param.name, found.value, place))
    for line in lines:
        console.write(line)


def _origin(context: Any, command: str, option: str, source: str) -> str:  # noqa: ANN401
    """Say where a value comes from."""
    return {
        "COMMANDLINE": "command line",
        "ENVIRONMENT": f"environment variable {settings.variable(command, option)}",
        "DEFAULT_MAP": f"file {common.configuration_file(context)}",
    }.get(source, "default")


def _line(option: str, value: object, place: str) -> str:
    """Return the line of an option."""
    key = option.replace("_", "-")
    if value is None or value == () or value == []:
        return f"# {key} =  # {printable(place)}"
    return f"{key} = {_toml(value, key)}  # {printable(place)}"


def _toml(value: object, key: str) -> str:
    """Return a value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value) if abs(value) < 1 << 63 else f'"{value!r}"'
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(item, key) for item in value)}]"
    text = str(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError(
            f"--print-config: the value of --{key} is not valid UTF-8, so no file of TOML can hold "
            f"it: {printable(text)}"
        ) from None
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char.isprintable():
        return char
    return f"\\u{ord(char):04x}" if ord(char) < 1 << 16 else f"\\U{ord(char):08x}"
