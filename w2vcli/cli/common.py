"""The options that every command takes, before its name or behind it.

They are parameters of the application. Each command reads them too, and what they say together is
settled before the command begins: which configuration file is read, and how messages are given.
"""

import os
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from w2vcli.cli import messages, paths, settings
from w2vcli.cli.options import option
from w2vcli.errors import ConfigError, OutputError, UsageError
from w2vcli.system.log_file import LogFile

LogFormat = Literal["text", "json"]

Quiet = Annotated[
    bool,
    option("--quiet", "-q", help="Say nothing of what goes well; warnings and errors are shown."),
]
Verbose = Annotated[
    bool,
    option(
        "--verbose",
        "-v",
        help="Say more: versions, files and folders, threads, and at the end time and memory.",
    ),
]
LogFileOption = Annotated[
    str | None,
    option(
        "--log-file",
        metavar="FILE",
        help="Append each message to this file too, with its time, also those that --quiet hides.",
    ),
]
LogFormatOption = Annotated[
    LogFormat,
    option(
        "--log-format",
        help="A message in the log file, and on stderr where that is no terminal: a line of text, "
        "or of JSON.",
    ),
]
Config = Annotated[str | None, option(metavar="FILE", help="A TOML file with values for options.")]
PrintConfig = Annotated[
    bool,
    option(
        "--print-config",
        allow_from_autoenv=False,
        help="Print the value of each option as a configuration file, with where it comes from, "
        "and do nothing else.",
    ),
]

NAMES = ("quiet", "verbose", "log_file", "log_format", "config", "print_config")
IN_FILES = NAMES[:4]
"""Those that may stand in a configuration file."""

_CONFIG = "w2vcli.config"
_FOUND = "w2vcli.common"
_COPIED = "w2vcli.copied"
_FILES = {"FILE", "MODEL", "OLD", "NEW", "CORPUS", "TABLE", "VOCAB", "<english|FILE>"}
"""What the values of options and arguments are called that are names of files."""


@dataclass(frozen=True)
class Found:
    """The value of an option, and where it comes from: a name of ``ParameterSource``."""

    value: Any
    source: str


def parameters(context: Any) -> list[Any]:  # noqa: ANN401 - Typer hides the types of both
    """Return the parameters that the command of a context shares with all others."""
    if context.parent is None:
        return []
    return [param for param in context.find_root().command.params if param.name in NAMES]


def given_before(context: Any, name: str) -> bool:  # noqa: ANN401
    """Return whether an option of this name stands on the command line before the command."""
    source = context.find_root().get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def prepare(context: Any, given: Mapping[str, Any], kinds: settings.Options) -> None:  # noqa: ANN401
    """Read the configuration file, so that its values are the defaults of the command.

    Parameters
    ----------
    context
        That of the command.
    given
        What stands behind the name of the command, by option.
    kinds
        The options of all commands.

    Raises
    ------
    ConfigError
        If the file cannot be read, or is wrong.
    UsageError
        If options are opposites.
    """
    root = context.find_root()
    found = {}
    for param in parameters(context):
        value, source = given.get(param.name), "COMMANDLINE"
        if value is None:
            value = root.params.get(param.name)
            source = getattr(root.get_parameter_source(param.name), "name", "DEFAULT")
        found[param.name] = Found(value, source)
    path = found["config"].value
    tables = settings.read_config(path, kinds) if path is not None else {}
    context.default_map = tables.get(context.info_name, {})
    context.meta[_CONFIG] = path
    copied(context).clear()
    for param in parameters(context):
        if param.name in tables.get("", {}) and found[param.name].source == "DEFAULT":
            found[param.name] = Found(tables[""][param.name], "DEFAULT_MAP")
            sources = type(root.get_parameter_source(param.name))
            context.set_parameter_source(param.name, sources.DEFAULT_MAP)  # for ``usage.explain``
        value = param.process_value(context, found[param.name].value)
        found[param.name] = Found(value, found[param.name].source)
    context.meta[_FOUND] = found
    quiet, verbose = found["quiet"], found["verbose"]
    if quiet.value and verbose.value and quiet.source == verbose.source:
        kind = UsageError if quiet.source == "COMMANDLINE" else ConfigError
        raise kind("--quiet and --verbose are opposites; give one of them")


def value_of(param: Any, context: Any, given: Mapping[str, Any]) -> Found:  # noqa: ANN401
    """Return the value of an option as its command would get it, but None for a missing one."""
    value, source = param.consume_value(context, given)
    context.set_parameter_source(param.name, source)  # for ``usage.explain``
    try:
        value = None if value is None else param.process_value(context, value)
    except typer.BadParameter as error:
        error.ctx, error.param = context, param
        raise
    return Found(value, source.name)


def found_in(context: Any) -> dict[str, Found]:  # noqa: ANN401
    """Return what ``prepare`` has found, by option."""
    return context.meta[_FOUND]  # type: ignore[no-any-return]


def copied(context: Any) -> dict[str, str]:  # noqa: ANN401
    """Return the options whose defaults are those of a model (``--like``), with its name."""
    return context.meta.setdefault(_COPIED, {})  # type: ignore[no-any-return]


def configuration_file(context: Any) -> str | None:  # noqa: ANN401
    """Return the configuration file that ``prepare`` has read; None if there is none."""
    return context.meta.get(_CONFIG)  # type: ignore[no-any-return]


def start(command: Any, context: Any) -> None:  # noqa: ANN401
    """Give messages as the options say, from now on.

    A command that another one runs (``demo``) goes on as that one was told.

    Raises
    ------
    UsageError
        If the log file is another file of the command.
    OutputError
        If the log file cannot be opened.
    """
    if messages.chosen():
        return
    found = found_in(context)
    quiet, verbose = found["quiet"], found["verbose"]
    # Where both hold, one of them stands nearer to the person: on the line, not in a file.
    nearest = ("COMMANDLINE", "ENVIRONMENT", "DEFAULT_MAP", "DEFAULT")
    quieter = nearest.index(quiet.source) < nearest.index(verbose.source)
    messages.choose(
        quiet=quiet.value and (quieter or not verbose.value),
        verbose=verbose.value and not (quiet.value and quieter),
        as_json=found["log_format"].value == "json",
        command=context.info_name,
    )
    if (name := found["log_file"].value) is not None:
        paths.check_log(name, *_named(command, context))
        messages.log_to(LogFile(Path(name)))
    _describe(context)


def _named(command: Any, context: Any) -> tuple[list[str], list[str]]:  # noqa: ANN401
    """Return the files that a command line names, and those of them that are texts or folders."""
    files: list[str] = []
    texts: list[str] = []
    for param in command.params:
        value = context.params.get(param.name)
        if param.metavar in _FILES and value:
            values = [value] if isinstance(value, str) else list(value)
            (texts if param.metavar == "CORPUS" else files).extend(values)
    return files, texts


def recover(arguments: list[str]) -> None:
    """Open the log file for an error in a command line that could not be read.

    What cannot be found out or opened is left alone: the error is on standard error, too.
    """
    before = arguments[: arguments.index("--")] if "--" in arguments else arguments
    twice = sum(word.partition("=")[0] == "--log-file" for word in before) > 1
    if messages.chosen() or twice or "--print-config" in before:
        return
    said = {name: _said(before, name) for name in ("log_file", "log_format", "config")}
    with suppress(OSError, ValueError, RecursionError, OutputError):
        told: dict[str, Any] = {}
        if said["config"]:
            table = tomllib.loads(Path(said["config"]).read_text(encoding="utf-8"))
            told = {key.replace("-", "_"): value for key, value in table.items()}
        name = said["log_file"] or told.get("log_file")
        others = [word.rpartition("=")[2] for word in arguments]
        if isinstance(name, str) and others.count(name) < 2 and not _is_one_of(name, others):
            form = said["log_format"] or told.get("log_format")
            messages.choose(quiet=False, verbose=False, as_json=form == "json", command=None)
            messages.log_to(LogFile(Path(name)))


def _said(arguments: list[str], name: str) -> str | None:
    """Return the value of an option by its name alone, or that of its variable."""
    long = f"--{name.replace('_', '-')}"
    for number, word in enumerate(arguments):
        if word == long:
            return arguments[number + 1] if number + 1 < len(arguments) else None
        if word.startswith(f"{long}="):
            return word.partition("=")[2]
    return os.environ.get(settings.variable("", name))


def _is_one_of(name: str, others: list[str]) -> bool:
    """Return whether a file is also another one that is named, under another name."""
    if not Path(name).exists():
        return False
    with suppress(OSError):
        return any(
            other != name and Path(other).exists() and Path(other).samefile(name)
            for other in others
        )
    return True


def _describe(context: Any) -> None:  # noqa: ANN401
    """Tell ``--verbose`` what the work depends on."""
    if not messages.is_verbose():
        return
    import platform
    import tempfile
    from importlib.metadata import version

    from w2vcli import __version__
    from w2vcli.system.code_cache import folder_name
    from w2vcli.system.threads import processors

    libraries = ", ".join(f"{name} {version(name)}" for name in ("numpy", "numba"))
    messages.detail(f"w2vcli {__version__}, Python {platform.python_version()}, {libraries}")
    messages.detail(f"configuration file: {configuration_file(context) or 'none'}")
    messages.detail(f"compiled code is kept in {folder_name() or 'no folder'}")
    try:
        temporary = tempfile.gettempdir()
    except OSError:
        temporary = "no folder"
    messages.detail(f"temporary files go to {temporary}")
    there = processors()
    threads = context.params.get("threads")
    messages.detail(f"threads: {threads or there}, processors: {there}")


def finish() -> None:
    """Tell ``--verbose`` how long the command has taken, and how much memory."""
    if not messages.is_verbose():
        return
    from w2vcli.system.memory import peak_memory

    messages.detail(f"{messages.seconds():.1f} s, peak memory {peak_memory() / 1e6:,.0f} MB")
