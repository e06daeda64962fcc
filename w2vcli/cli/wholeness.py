"""The options that say what a text has to be, so that one that was cut short is not used."""

from typing import Annotated

from w2vcli import Expected
from w2vcli.cli.option_groups import Gathered
from w2vcli.cli.options import option
from w2vcli.errors import UsageError


def _expected(
    expect_lines: Annotated[
        int | None,
        option(
            metavar="N",
            min=0,
            help="Use the text only if it has N lines, as 'wc -l' counts them; of one text.",
            show_default=False,
        ),
    ] = None,
    expect_sha256: Annotated[
        str | None,
        option(
            metavar="HEX",
            help="Use the text only if this is its SHA-256, decompressed; of one text.",
            show_default=False,
        ),
    ] = None,
    end_mark: Annotated[
        str | None,
        option(
            metavar="LINE",
            help="Use the text only if its last line is this, which is not part of it; of one "
            "text.",
            show_default=False,
        ),
    ] = None,
) -> Expected:
    return Expected(expect_lines, expect_sha256, end_mark)


ExpectedText = Annotated[Expected, Gathered(_expected)]


def check_used(expected: Expected, has_texts: bool) -> None:
    """Raise a UsageError if a text is expected to be something, and none is read."""
    if expected.given and not has_texts:
        raise UsageError(
            f"{expected.given} says what a text has to be, and none is read here; name one"
        )
