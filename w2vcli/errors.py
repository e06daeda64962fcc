"""The errors of w2vcli, and the exit code that each one becomes.

    W2VError            1   anything unexpected
    |-- UsageError      2   options that do not fit together
    |-- RefusedError    4   a model that does not meet what was required of it
    |-- DataError      65   input that is there but cannot be used
    |-- InputError     66   input that is not there: a missing file, a corpus without a word
    |-- DivergedError  70   the loss or a parameter is no longer finite
    |-- OutputError    73   the output cannot be created
    |-- StorageError   74   reading or writing failed half-way
    |-- LockedError    75   another run holds the output
    `-- ConfigError    78   a configuration file or environment variable that makes no sense

The message of every error is one sentence for the person at the terminal: it names the file and
the line or the option, and says what to do.
"""

UNKNOWN_WORDS = 3
"""Exit code of a query that was answered except for words that the model does not know."""

STOPPED = 5
"""Exit code of a run that ``--max-time`` stopped and saved, with ``--strict-exit``."""

SKIPPED = 6
"""Exit code of a command that ``--lock skip`` left to another run, with ``--strict-exit``."""


class W2VError(Exception):
    """Any failure that w2vcli expects and can explain."""

    exit_code = 1


class UsageError(W2VError):
    """Options or arguments that do not fit together."""

    exit_code = 2


class RefusedError(W2VError):
    """A model that does not meet what was required of it, so it is not published."""

    exit_code = 4


class DataError(W2VError):
    """Input that exists but cannot be used as what it should be."""

    exit_code = 65


class InputError(W2VError):
    """Input that does not exist, cannot be opened, or holds no words."""

    exit_code = 66


class DivergedError(W2VError):
    """The loss or a parameter stopped being finite during training."""

    exit_code = 70


class OutputError(W2VError):
    """An output file that cannot be created where it was asked for."""

    exit_code = 73


class StorageError(W2VError):
    """An input or output error after the work had started."""

    exit_code = 74


class LockedError(W2VError):
    """Another run is writing the same output."""

    exit_code = 75


class ConfigError(W2VError):
    """A configuration file or an environment variable that cannot be used."""

    exit_code = 78
