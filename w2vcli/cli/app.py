"""The application: composes the commands, and turns every failure into one sentence and a code."""

import os
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from signal import Signals
from typing import Annotated

import typer

from w2vcli import __version__
from w2vcli.cli import console, settings, usage
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
    similar,
    similarity,
    store,
    tokenize,
    train,
    vectors,
)
from w2vcli.cli.commands import map as map_
from w2vcli.errors import StorageError, UsageError, W2VError
from w2vcli.system import signals

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
        "completion": completion.completion,
        "manual": manual.manual,
    },
}
"""The commands by the groups in which --help lists them."""
_ASKING = {"similar", "analogy", "similarity", "odd", "vectors", "map"}
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
    config: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="A TOML file with values for options.", show_envvar=False
        ),
    ] = None,
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
    options = {
        name: usage.options_of(command)
        for name, command in context.command.commands.items()  # type: ignore[attr-defined]
    }
    settings.check_environment(options)
    if config is not None:
        context.default_map = settings.read_config(config, options)


def run(arguments: list[str]) -> int:
    """Run the program and return its exit code; where a signal ends it, die by that signal."""
    console.prepare_streams()
    signals.install(_say_farewell)
    # The first line is enough: Numba's warning of a bad variable goes on with a traceback.
    warnings.showwarning = lambda message, *_rest, **_more: console.complain(
        f"warning: {str(message).partition(chr(10))[0]}"
    )
    # NumPy's: a run that diverges is stopped, and says more.
    warnings.filterwarnings("ignore", ".* encountered in ", RuntimeWarning)
    code = W2VError.exit_code
    with suppress(signals.Interrupted):
        code = invoke(arguments)
    signals.uninstall()
    if number := signals.received():
        signals.end(number)
    return code


def _say_farewell(number: Signals, written: list[Path]) -> None:
    """Say which signal ends the program, and what has become of its files."""
    if written:
        files = f"written: {', '.join(map(str, written))}; all other files are unchanged"
    else:
        files = "files that were being written are unchanged"
    console.complain_at_once(f"interrupted by {number.name}; {files}")


def invoke(arguments: list[str]) -> int:
    """Run one command line and return its exit code."""
    command = typer.main.get_command(app)
    if completion.VARIABLE in os.environ:
        return completion.answer(command)
    if not arguments:
        with command.make_context("w2vcli", ["--help"], resilient_parsing=True) as context:
            console.write_help(context.get_help())
        return UsageError.exit_code
    try:
        code = command.main(arguments, prog_name="w2vcli", standalone_mode=False)
    except console.ClosedPipe:
        return 0
    except typer.TyperException as error:
        message, code = usage.explain(error)
        console.complain(message)
        return code
    except W2VError as error:
        console.complain(str(error))
        return error.exit_code
    except typer.Abort:  # what Typer makes of an EOFError
        console.complain("aborted: the input ended where more was expected")
        return W2VError.exit_code
    except MemoryError:
        console.complain("not enough memory; use a smaller --max-vocab, --dim or --batch")
        return W2VError.exit_code
    except SystemExit:  # Typer's, when the reader of its help is gone
        console.silence_stdout()
        return 0
    except Exception as error:
        if os.environ.get("W2VCLI_DEBUG"):
            raise
        if isinstance(error, OSError):
            console.silence_stdout()
            console.complain(f"input or output failed: {error}")
            return StorageError.exit_code
        console.complain(
            f"unexpected {type(error).__name__}: {error}; this is a bug in w2vcli: please report "
            "it, with what W2VCLI_DEBUG=1 shows"
        )
        return W2VError.exit_code
    return code if isinstance(code, int) else 0
