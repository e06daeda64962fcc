"""How a command line is read: stricter than Typer does by itself, and in our own words."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from w2vcli.cli import (
    common,
    examples,
    like,
    manual_pages,
    newcomers,
    settings,
    shown_config,
)
from w2vcli.errors import ConfigError, DataError, UsageError

_WORDINGS = {"Value error, ": "", "Input should be": "it should be"}
"""Parts of messages that are about Python, and plain words for them."""
_ATTACHED = {
    "-output": "--output",
    "-out": "--output",
    "-quiet": "--quiet",
    "-verbose": "--verbose",
}
"""Names of other tools that Typer would take for several options, or one and its value."""
_TOP = {"-n", "-k"}
"""What other tools call ``--top``, and what may be a word to subtract."""


class Command(TyperCommand):
    """A command: each of its single-valued options may be given once, and so may the common ones.

    Its parameters are its own; those that it shares with all commands (``common``) are read too,
    but are no arguments of its function.
    """

    def get_params(self, ctx: Any) -> list[Any]:  # noqa: ANN401 - Typer hides its type
        """Return all that may stand on a command line."""
        return [*super().get_params(ctx), *common.parameters(ctx)]

    def format_options(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        """Write the help on arguments and options, those of every command at the end."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            kind = "Options" if param.param_type_name == "option" else "Arguments"
            title = "Options of every command" if param.name in common.NAMES else kind
            if record := param.get_help_record(ctx):
                sections.setdefault(title, []).append(record)
        for title, records in sections.items():
            with formatter.section(title):
                formatter.write_dl(records)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401
        """Read the arguments."""
        before = list(args)
        _refuse_attached(self, ctx, before)
        try:
            given, _, order = self.make_parser(ctx).parse_args(list(args))
            _refuse_repetition(ctx, order)
            if ctx.resilient_parsing or ctx.parent is None:
                return super().parse_args(ctx, args)
            taken = self._prepare(ctx, given)
            asks_for_help = any(param.is_eager for param in order)
            if common.found_in(ctx)["print_config"].value and not asks_for_help:
                shown_config.write(self, ctx, given)
                raise typer.Exit
            rest = super().parse_args(ctx, args)
        except typer.TyperException as error:
            if wrong := getattr(error, "option_name", None):
                _advise(self, ctx, before, wrong)
            raise
        for name in common.NAMES:
            ctx.params.pop(name, None)
        common.start(self, ctx)
        if taken:
            like.tell(ctx.params["like"], taken)
        return rest

    def _prepare(self, ctx: Any, given: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401
        """Set the defaults of the options; return those that come from a model, by ``--like``."""
        common.prepare(ctx, given, kinds_of(ctx.find_root().command))
        params = {param.name: param for param in self.params}
        if "like" not in params or common.value_of(params["like"], ctx, given).value is None:
            return {}
        found = {name: common.value_of(param, ctx, given) for name, param in params.items()}
        said = {name: each.value for name, each in found.items() if each.source != "DEFAULT"}
        taken = like.options_like(said["like"], said)
        taken = {name: value for name, value in taken.items() if name not in ctx.default_map}
        ctx.default_map = taken | ctx.default_map
        common.copied(ctx).update(dict.fromkeys(taken, said["like"]))
        return taken

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
        return super().parse_args(ctx, _words_apart(self, ctx, args))


def _words_apart(command: Any, context: Any, args: list[str]) -> list[str]:  # noqa: ANN401
    """Return the arguments with a ``--`` before all that are words.

    The short names of the options of every command are words behind the first argument.
    """
    known = {name for name in _names(command.params) if name[:2] != "--"} | {"-h"}
    with_values = {
        name
        for parameter in command.get_params(context)
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
        _, _, order = self.make_parser(ctx).parse_args(list(args))
        _refuse_repetition(ctx, order)
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
    known = _names(command.get_params(context))
    for word in given:
        name = word.partition("=")[0]
        # Of "-size" Typer names "-s" alone, as it takes it for five options of one letter.
        meant = name == wrong or (name[:1] != name[1:2] and name[:2] == wrong)
        if meant and name not in known and (advice := newcomers.option_advice(name, known)):
            raise _no_such_option(name, advice, context)


def _refuse_attached(command: Any, context: Any, given: list[str]) -> None:  # noqa: ANN401
    """Raise a UsageError for ``-output FILE``: Typer would take it for ``-o utput``."""
    known = _names(command.get_params(context))
    before = given[: given.index("--")] if "--" in given else given
    for word in before:
        if (ours := _ATTACHED.get(word)) in known:
            raise _no_such_option(word, f"here this is {ours}", context)


def _refuse_number(command: Any, context: Any, given: list[str]) -> None:  # noqa: ANN401
    """Raise a UsageError for ``-n 5``, which elsewhere says how many answers; else -n is a word."""
    known = _names(command.params)
    before = given[: given.index("--")] if "--" in given else given
    for name, number in pairwise(before):
        if name in _TOP and name not in known and "--top" in known and number.isdecimal():
            advice = f"here this is --top; if '{name}' is a word, put -- before the words"
            raise _no_such_option(name, advice, context)


def _no_such_option(name: str, advice: str, context: Any) -> UsageError:  # noqa: ANN401
    return UsageError(f"No such option: {name}: {advice}; see '{context.command_path} --help'")


def _names(parameters: Iterable[Any]) -> set[str]:
    """Return options as they are written; arguments have names too."""
    return {
        name
        for parameter in parameters
        if parameter.param_type_name == "option"
        for name in parameter.opts
    }


def _refuse_repetition(context: Any, parameters: list[Any]) -> None:  # noqa: ANN401
    """Raise a UsageError if an option is given twice: Typer would let the last one win.

    That holds too for one before the command and one behind it.
    """
    if context.resilient_parsing:  # for the Tab key, which completes whatever the line says
        return
    for number, parameter in enumerate(parameters):
        single = parameter.param_type_name == "option" and not parameter.multiple
        twice = parameter in parameters[:number]
        if context.parent is not None and parameter.name in common.NAMES:
            twice = twice or common.given_before(context, parameter.name)
        if single and not parameter.is_eager and twice:
            raise UsageError(
                f"{max(parameter.opts, key=len)} is given twice, and only one can count; leave "
                "the other out"
            )


def kinds_of(application: Any) -> settings.Options:  # noqa: ANN401
    """Return the kinds of the options of each command, by name; "" are those of every command."""
    shared = options_of(application)
    kinds = {"": {name: shared[name] for name in common.IN_FILES}}
    return kinds | {name: options_of(command) for name, command in application.commands.items()}


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
        command = (context.info_name or "") if context.parent else ""
        variable = settings.variable(command, param.name)
        return f"{variable}: {message}", ConfigError.exit_code
    if context and param and source and source.name == "DEFAULT_MAP":
        if model := common.copied(context).get(param.name):
            return f"--like {model}: {message}", DataError.exit_code
        return f"{common.configuration_file(context)}: {message}", ConfigError.exit_code
    return message, error.exit_code
