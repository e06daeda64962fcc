"""How a command line is read: stricter than Typer does by itself, and in our own words."""

from itertools import pairwise
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from w2vcli.cli import examples, manual_pages, newcomers, settings
from w2vcli.errors import ConfigError, UsageError

_WORDINGS = {"Value error, ": "", "Input should be": "it should be"}
"""Parts of messages that are about Python, and plain words for them."""
_TOP = {"-n", "-k"}
"""What other tools call ``--top``, and what may be a word to subtract."""


class Command(TyperCommand):
    """A command, each of whose single-valued options may be given once."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - Typer hides its type
        """Read the arguments."""
        given = list(args)
        _refuse_attached(self, ctx, given)
        try:
            _refuse_repetition(self, ctx, args)
            return super().parse_args(ctx, args)
        except typer.TyperException as error:
            if wrong := getattr(error, "option_name", None):
                _advise(self, ctx, given, wrong)
            raise

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        """Write the examples behind the options."""
        if shown := examples.shown(self.name or ""):
            formatter.write(f"\n{shown}\n")


class WordsCommand(Command):
    """A command that asks about words, some of which look like options, as in ``king -man``.

    Behind the first argument, what begins with one hyphen and is no option of the command is a
    word.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401
        """Read the arguments, the words apart."""
        _refuse_number(self, ctx, args)
        return super().parse_args(ctx, _words_apart(self, args))


def _words_apart(command: Any, args: list[str]) -> list[str]:  # noqa: ANN401
    """Return the arguments with a ``--`` before all that are words."""
    known = _names(command) | {"-h"}
    with_values = {
        name
        for parameter in command.params
        if parameter.param_type_name == "option" and not parameter.is_flag
        for name in parameter.opts
    }
    options: list[str] = []
    words: list[str] = []
    left = iter(args)
    for arg in left:
        if arg == "--":
            words += left
        elif arg.startswith("--") or arg in known or (arg[:1] == "-" and arg != "-" and not words):
            options.append(arg)
            if arg in with_values:
                options += [value for value in [next(left, None)] if value is not None]
        else:
            words.append(arg)
    return [*options, "--", *words] if words else options


class Application(TyperGroup):
    """The application: its own options, and the commands."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401
        """Read the arguments before the command."""
        _refuse_repetition(self, ctx, args)
        return super().parse_args(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        """Write the commands in their groups, with one line on each."""
        groups: dict[str, list[tuple[str, str]]] = {}
        widest = max(map(len, self.commands))
        for name in self.list_commands(ctx):
            group = getattr(self.commands[name], "rich_help_panel", None) or "Commands"
            row = name.ljust(widest), manual_pages.title(name)
            groups.setdefault(group, []).append(row)
        for group, rows in groups.items():
            with formatter.section(group):
                formatter.write_dl(rows)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401
        """Find the command by its name."""
        if (name := args[0]) not in self.commands:
            if (instead := newcomers.command_instead(name)) in self.commands:
                raise UsageError(
                    f"No such command '{name}': here this is '{instead}'; see "
                    f"'w2vcli {instead} --help'"
                )
            raise UsageError(
                f"No such command '{name}'{settings.hint(name, self.commands)}; see 'w2vcli --help'"
            )
        return super().resolve_command(ctx, args)


def _advise(command: Any, context: Any, given: list[str], wrong: str) -> None:  # noqa: ANN401
    """Raise a UsageError if an option that is none here has another name, or a reason."""
    known = _names(command)
    for word in given:
        name = word.partition("=")[0]
        # Of "-size" Typer names "-s" alone, as it takes it for five options of one letter.
        meant = name == wrong or (name[:1] != name[1:2] and name[:2] == wrong)
        if meant and name not in known and (advice := newcomers.option_advice(name, known)):
            raise _no_such_option(name, advice, context)


def _refuse_attached(command: Any, context: Any, given: list[str]) -> None:  # noqa: ANN401
    """Raise a UsageError for ``-output FILE``: Typer would take it for ``-o utput``."""
    for word in given:
        if word in ("-output", "-out") and "-o" in _names(command):
            raise _no_such_option(word, "here this is --output", context)


def _refuse_number(command: Any, context: Any, given: list[str]) -> None:  # noqa: ANN401
    """Raise a UsageError for ``-n 5``, which elsewhere says how many answers; else -n is a word."""
    known = _names(command)
    before = given[: given.index("--")] if "--" in given else given
    for name, number in pairwise(before):
        if name in _TOP and name not in known and "--top" in known and number.isdecimal():
            advice = f"here this is --top; if '{name}' is a word, put -- before the words"
            raise _no_such_option(name, advice, context)


def _no_such_option(name: str, advice: str, context: Any) -> UsageError:  # noqa: ANN401
    return UsageError(f"No such option: {name}: {advice}; see '{context.command_path} --help'")


def _names(command: Any) -> set[str]:  # noqa: ANN401
    """Return the options of a command as they are written; its arguments have names too."""
    return {
        name
        for parameter in command.params
        if parameter.param_type_name == "option"
        for name in parameter.opts
    }


def _refuse_repetition(command: Any, context: Any, arguments: list[str]) -> None:  # noqa: ANN401
    """Raise a UsageError if an option is given twice: Typer would let the last one win."""
    if context.resilient_parsing:  # for the Tab key, which completes whatever the line says
        return
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
