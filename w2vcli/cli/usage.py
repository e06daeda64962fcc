"""How a command line is read: stricter than Typer does by itself, and in our own words."""

from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from w2vcli.cli import settings
from w2vcli.errors import ConfigError, UsageError

_WORDINGS = {"Value error, ": "", "Input should be": "it should be"}
"""Parts of messages that are about Python, and plain words for them."""


class Command(TyperCommand):
    """A command, each of whose single-valued options may be given once."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - Typer hides its type
        """Read the arguments."""
        _refuse_repetition(self, ctx, args)
        return super().parse_args(ctx, args)


class Application(TyperGroup):
    """The application: its own options, and the commands."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401
        """Read the arguments before the command."""
        _refuse_repetition(self, ctx, args)
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401
        """Find the command by its name."""
        if (name := args[0]) not in self.commands:
            raise UsageError(
                f"No such command '{name}'{settings.hint(name, self.commands)}; see 'w2vcli --help'"
            )
        return super().resolve_command(ctx, args)


def _refuse_repetition(command: Any, context: Any, arguments: list[str]) -> None:  # noqa: ANN401
    """Raise a UsageError if an option is given twice: Typer would let the last one win."""
    _, _, parameters = command.make_parser(context).parse_args(list(arguments))
    for number, parameter in enumerate(parameters):
        single = parameter.param_type_name == "option" and not parameter.multiple
        if single and not parameter.is_eager and parameter in parameters[:number]:
            raise UsageError(
                f"{max(parameter.opts, key=len)} is given twice, and only one can count; leave "
                "the other out"
            )


def options_of(command: Any) -> dict[str, settings.Kind]:  # noqa: ANN401
    """Return the kinds of a command's options, by name."""
    return {
        parameter.name: "flag" if parameter.is_flag else "values" if parameter.multiple else "value"
        for parameter in command.params
        if parameter.param_type_name == "option"
    }


def explain(error: typer.TyperException) -> tuple[str, int]:
    """Return one sentence on an error that Typer found, and the exit code.

    A value is said to come from the environment or the configuration file if it does: then the
    command line is right, and the code is that of a bad configuration.
    """
    context: typer.Context | None = getattr(error, "ctx", None)
    place = context.command_path if context else "w2vcli"
    wrong_option = getattr(error, "option_name", None)
    if wrong_option == "--config":
        command = context.info_name if context else "COMMAND"
        message = f"--config goes before the command: w2vcli --config FILE {command} ..."
        return message, UsageError.exit_code
    if possible := getattr(error, "possibilities", None):
        message = f"No such option: {wrong_option} (did you mean {', '.join(sorted(possible))}?)"
    else:
        message = " ".join(error.format_message().split()).rstrip(".")
        for typers, ours in _WORDINGS.items():
            message = message.replace(typers, ours)
    message = f"{message}; see '{place} --help'"
    param = getattr(error, "param", None)
    source = context.get_parameter_source(param.name) if context and param else None
    if context and param and source and source.name == "ENVIRONMENT":
        variable = settings.variable(context.info_name or "", param.name)
        return f"{variable}: {message}", ConfigError.exit_code
    if context and context.parent and source and source.name == "DEFAULT_MAP":
        return f"{context.parent.params['config']}: {message}", ConfigError.exit_code
    return message, error.exit_code
