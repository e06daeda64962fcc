"""The application: composes the commands, and turns every failure into one sentence and a code."""

import os
import signal
import tomllib
import warnings
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from w2vcli import __version__, console
from w2vcli.commands import analogy, build_vocab, demo, similar, train
from w2vcli.errors import ConfigError, W2VError

_PREFIX = "W2VCLI"
_OTHER_VARIABLES = frozenset({"W2VCLI_CACHE_DIR", "W2VCLI_DEBUG"})

_EPILOG = """
Exit codes: 0 done; 1 unexpected failure; 2 wrong usage; 3 answered, but some queried words are
unknown; 65 bad data; 66 no input; 70 training diverged; 73 cannot create the output; 74
input/output error; 75 locked by another run; 78 bad configuration; 128+n ended by signal n.

Every option can be set in the environment (train --dim: W2VCLI_TRAIN_DIM) and in a TOML file
(--config or W2VCLI_CONFIG; one table per command, as in "[train]", with lines as in "dim = 200").
The command line comes before the environment, the environment before the file.
"""

app = typer.Typer(
    name="w2vcli",
    help="Train word vectors with the exact full softmax, and ask them questions.",
    epilog=_EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"auto_envvar_prefix": _PREFIX, "help_option_names": ["-h", "--help"]},
)
for _module in (build_vocab, train, similar, analogy, demo):
    _module.register(app)


def _show_version(wanted: bool) -> None:
    if wanted:
        console.write(f"w2vcli {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    context: typer.Context,
    config: Annotated[
        str | None, typer.Option(metavar="FILE", help="A TOML file with values for options.")
    ] = None,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    commands = {
        name: {param.name for param in command.params}
        for name, command in context.command.commands.items()  # type: ignore[attr-defined]
    }
    _check_environment(commands)
    if config is not None:
        context.default_map = _read_config(config, commands)


def _check_environment(commands: Mapping[str, set[str]]) -> None:
    """Refuse variables that look like ours and are not: a misspelt one would do nothing."""
    known = {f"{_PREFIX}_CONFIG", *_OTHER_VARIABLES} | {
        f"{_PREFIX}_{name}_{param}".upper().replace("-", "_")
        for name, params in commands.items()
        for param in params
    }
    for variable in os.environ:
        if variable.startswith(f"{_PREFIX}_") and variable not in known:
            raise ConfigError(
                f"the environment variable {variable} is not an option of any command"
                f"{_hint(variable, known)}; correct or unset it"
            )


def _read_config(path: str, commands: Mapping[str, set[str]]) -> dict[str, dict[str, Any]]:
    try:
        tables = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from None
    values: dict[str, dict[str, Any]] = {}
    for name, table in tables.items():
        if name not in commands or not isinstance(table, dict):
            raise ConfigError(
                f"{path}: '{name}' is not a table of one of the commands{_hint(name, commands)}; "
                "write [train] or another command's name above its options"
            )
        values[name] = {}
        for key, value in table.items():
            option = key.replace("-", "_")
            if option not in commands[name]:
                raise ConfigError(
                    f"{path}: '{key}' in [{name}] is not an option of '{name}'"
                    f"{_hint(option, commands[name])}; see 'w2vcli {name} --help'"
                )
            values[name][option] = value
    return values


def _hint(wrong: str, right: "Mapping[str, object] | set[str]") -> str:
    close = get_close_matches(wrong, list(right), 1)
    return f" (did you mean {close[0]}?)" if close else ""


class _Interrupted(BaseException):
    """A signal asked the process to end. Not an Exception: nothing on the way may catch it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def _interrupt(number: int, _frame: FrameType | None) -> None:
    raise _Interrupted(number)


def run(arguments: list[str]) -> int:
    """Run the program and return its exit code; where a signal ends it, die by that signal."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # One ignored by whoever started us (nohup) stays ignored.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    warnings.showwarning = lambda message, *_rest, **_more: console.complain(f"warning: {message}")
    try:
        return invoke(arguments)
    except _Interrupted as interruption:
        name = signal.Signals(interruption.number).name
        console.complain(f"interrupted by {name}; files that were being written are unchanged")
        signal.signal(interruption.number, signal.SIG_DFL)
        os.kill(os.getpid(), interruption.number)
        return 128 + interruption.number


def invoke(arguments: list[str]) -> int:
    """Run one command line and return its exit code."""
    try:
        code = typer.main.get_command(app).main(
            arguments, prog_name="w2vcli", standalone_mode=False
        )
    except console.ClosedPipe:
        return 0
    except typer.TyperException as error:
        return _usage_error(error)
    except W2VError as error:
        console.complain(str(error))
        return error.exit_code
    except typer.Abort:
        return 1
    except MemoryError:
        console.complain("not enough memory; use a smaller --max-vocab, --dim or --batch")
        return W2VError.exit_code
    except Exception as error:
        if os.environ.get("W2VCLI_DEBUG"):
            raise
        console.complain(
            f"unexpected {type(error).__name__}: {error}; this is a bug in w2vcli: please report "
            "it, with what W2VCLI_DEBUG=1 shows"
        )
        return W2VError.exit_code
    return code if isinstance(code, int) else 0


def _usage_error(error: typer.TyperException) -> int:
    """Write what is wrong with the arguments, and where help is, in one sentence."""
    context: typer.Context | None = getattr(error, "ctx", None)
    message = " ".join(error.format_message().split()).rstrip(".")
    place = context.command_path if context else "w2vcli"
    param = getattr(error, "param", None)
    source = context.get_parameter_source(param.name) if context and param else None
    origin = source.name if source else ""
    if origin in ("ENVIRONMENT", "DEFAULT_MAP"):
        where = "the environment" if origin == "ENVIRONMENT" else "the configuration file"
        console.complain(f"in {where}: {message}; see '{place} --help'")
        return ConfigError.exit_code
    if message:
        console.complain(f"{message}; see '{place} --help'")
    return error.exit_code
