"""The application: composes the commands, and turns every failure into one sentence and a code."""

import os
import sys
import threading
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from signal import Signals
from typing import Annotated, Any

import typer

from w2vcli import __version__
from w2vcli.cli import common, console, messages, settings, usage
from w2vcli.cli.commands import (
    analogy,
    build_vocab,
    clusters,
    compare,
    completion,
    count,
    demo,
    eval,
    explain,
    export,
    gradcheck,
    import_,
    info,
    manual,
    odd,
    phrases,
    predict,
    recipe,
    rollback,
    similar,
    similarity,
    store,
    subwords,
    tokenize,
    train,
    vectors,
)
from w2vcli.cli.commands import map as map_
from w2vcli.errors import StorageError, UsageError, W2VError
from w2vcli.system import signals
from w2vcli.system.memory import address_space

# "\b" keeps the lines of a paragraph as they are.
_EPILOG = """
\b
Exit codes:
   0  done                                    66  no input
   1  unexpected failure                      70  training diverged
   2  wrong usage                             73  the output cannot be created
   3  some queried words are unknown          74  input/output error
   4  refused: not what --require asks        75  locked by another run
   5  --strict-exit: stopped and saved        78  bad configuration
   6  --strict-exit: left to another run   128+n  ended by signal n
  65  bad data

Every option can also be set in the environment and in a configuration file. The command line
comes before the environment, the environment before the file. For 'train --min-count 20':

\b
  W2VCLI_TRAIN_MIN_COUNT=20     in the environment
  [train]                       in a TOML file, named by --config
  min-count = 20                or by W2VCLI_CONFIG
"""

app = typer.Typer(
    name="w2vcli",
    cls=usage.Application,
    help="Train word vectors with the exact full softmax, and ask them questions.",
    epilog=_EPILOG,
    add_completion=False,  # it would rewrite the user's shell start-up files
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help fits 80 columns, and comes up faster than rich's boxes
    context_settings={
        "auto_envvar_prefix": settings.PREFIX,
        "help_option_names": ["-h", "--help"],
        "max_content_width": 100,
    },
)
_COMMANDS: dict[str, dict[str, Callable[..., None]]] = {
    "Text in": {
        "tokenize": tokenize.tokenize,
        "phrases": phrases.phrases,
        "build-vocab": build_vocab.build_vocab,
        "count": count.count,
        "store": store.store,
    },
    "Train": {
        "train": train.train,
        "demo": demo.demo,
    },
    "Ask": {
        "similar": similar.similar,
        "analogy": analogy.analogy,
        "similarity": similarity.similarity,
        "odd": odd.odd,
        "vectors": vectors.vectors,
        "subwords": subwords.subwords,
        "clusters": clusters.clusters,
        "map": map_.map_,
        "predict": predict.predict,
    },
    "Judge and learn": {
        "eval": eval.evaluate,
        "compare": compare.compare,
        "explain": explain.explain,
        "gradcheck": gradcheck.gradcheck,
    },
    "Carry": {
        "export": export.export,
        "import": import_.import_,
    },
    "Operate": {
        "info": info.info,
        "rollback": rollback.rollback,
        "recipe": recipe.recipe,
        "completion": completion.completion,
        "manual": manual.manual,
    },
}
"""The commands by the groups in which --help lists them."""
_ASKING = {"similar", "analogy", "similarity", "odd", "vectors", "subwords", "map"}
for _group, _functions in _COMMANDS.items():
    for _name, _function in _functions.items():
        _kind = usage.WordsCommand if _name in _ASKING else usage.Command
        app.command(_name, cls=_kind, rich_help_panel=_group)(_function)


def _show_version(wanted: bool) -> None:
    if wanted:
        console.write(f"w2vcli {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    context: typer.Context,
    quiet: common.Quiet = False,
    verbose: common.Verbose = False,
    log_file: common.LogFileOption = None,
    log_format: common.LogFormatOption = "text",
    config: common.Config = None,
    print_config: common.PrintConfig = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_show_version,
            is_eager=True,
            allow_from_autoenv=False,
            help="Show the version and exit.",
        ),
    ] = False,
) -> None:
    # What these options say is settled where a command reads its own (``common``).
    settings.check_environment(usage.kinds_of(context.command))


def run(arguments: list[str]) -> int:
    """Run the program and return its exit code; where a signal ends it, die by that signal."""
    console.prepare_streams()
    signals.install(_say_farewell)
    _tell_in_one_line()
    # NumPy's: a run that diverges is stopped, and says more.
    warnings.filterwarnings("ignore", ".* encountered in ", RuntimeWarning)
    code = W2VError.exit_code
    with suppress(signals.Interrupted):
        code = invoke(arguments)
    signals.uninstall()
    if number := signals.received():
        signals.end(number)
    return code


def _tell_in_one_line() -> None:
    """Let what Python and its libraries say of themselves be messages of ours.

    The first line of a warning is enough: Numba's of a bad variable goes on with a traceback.
    """
    warnings.showwarning = lambda message, *_rest, **_more: console.complain(
        f"warning: {str(message).partition(chr(10))[0]}"
    )
    if not os.environ.get("W2VCLI_DEBUG"):
        sys.unraisablehook = threading.excepthook = _tell_of_ignored


def _tell_of_ignored(error: Any) -> None:  # noqa: ANN401 - Python has a type for each hook
    """Tell of an error that no code can catch: in a thread, or while an object is freed."""
    said = str(error.exc_value or "").partition("\n")[0]
    console.complain(f"warning: {error.exc_type.__name__} was ignored: {said}")


def _say_farewell(number: Signals, written: list[Path]) -> None:
    """Say which signal ends the program, and what has become of its files."""
    if written:
        files = f"written: {', '.join(map(str, written))}; all other files are unchanged"
    else:
        files = "files that were being written are unchanged"
    console.complain_at_once(f"interrupted by {number.name}; {files}", 128 + number)


def invoke(arguments: list[str]) -> int:
    """Run one command line and return its exit code."""
    messages.reset()
    try:
        return _invoked(arguments)
    finally:
        common.finish()


def _invoked(arguments: list[str]) -> int:
    command = typer.main.get_command(app)
    if completion.VARIABLE in os.environ:
        return completion.answer(command)

    def failed(message: str, code: int = W2VError.exit_code) -> int:
        common.recover(arguments)
        console.complain(message, code)
        return code

    if not arguments:
        if not console.on_terminal():
            return failed("no command was given; see 'w2vcli --help'", UsageError.exit_code)
        with command.make_context("w2vcli", ["--help"], resilient_parsing=True) as context:
            console.write_help(context.get_help())
        return UsageError.exit_code
    try:
        code = command.main(arguments, prog_name="w2vcli", standalone_mode=False)
    except console.ClosedPipe:
        return 0
    except typer.TyperException as error:
        return failed(*usage.explain(error))
    except W2VError as error:
        return failed(str(error), error.exit_code)
    except typer.Abort:  # what Typer makes of an EOFError
        return failed("aborted: the input ended where more was expected")
    except MemoryError:
        return failed("not enough memory; use a smaller --max-vocab, --dim or --batch")
    except ImportError as error:
        if (limit := address_space()) is None:
            return failed(f"a library cannot be loaded: {error}; install w2vcli again")
        return failed(
            f"not enough memory: this process may use {limit / 1e6:,.0f} MB (ulimit -v), and a "
            "library could not be loaded; raise the limit"
        )
    except SystemExit:  # Typer's, when the reader of its help is gone
        console.silence_stdout()
        return 0
    except Exception as error:
        if os.environ.get("W2VCLI_DEBUG"):
            raise
        if isinstance(error, OSError):
            console.silence_stdout()
            return failed(f"input or output failed: {error}", StorageError.exit_code)
        return failed(
            f"unexpected {type(error).__name__}: {error}; this is a bug in w2vcli: please report "
            "it, with what W2VCLI_DEBUG=1 shows"
        )
    return code if isinstance(code, int) else 0
