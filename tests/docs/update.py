"""Bring README and manual up to date: option tables, and what the sessions show and draw.

    make manual                      # tables, and sessions that show something else now
    make manual ARGS="--only train"  # one page
    make manual ARGS="--tables"      # no session

What is shown correctly stays as it is, with its times and the last digits of its processor.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from helpers import manual
from helpers.shown import same_picture, updated


def tell(message: str) -> None:
    sys.stderr.write(f"{message}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", metavar="PAGE", help="only the page of this name")
    parser.add_argument("--tables", action="store_true", help="only the tables of options")
    chosen = parser.parse_args()
    pages = [page for page in manual.PAGES if chosen.only in (None, page.stem)]
    for page in pages:
        change(page, manual.regenerated(page.read_text(encoding="utf-8")))
    if not chosen.tables:
        run(pages)


def run(pages: list[Path]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        library = manual.Library(Path(folder))
        for page in pages:
            shown = []
            for command, code, real in library.run(page):
                if code:
                    tell(f"{page.name}: {command.text}\n  exit code {code}: {real[-3:]}")
                shown.append((command, real))
            if library.as_recorded:
                change(page, updated(page.read_text(encoding="utf-8"), shown))
                for picture, real in library.pictures(page):
                    drawn = real.read_text(encoding="utf-8")
                    if not same_picture(picture.read_text(encoding="utf-8"), drawn):
                        change(picture, drawn)


def change(page: Path, text: str) -> None:
    if text != page.read_text(encoding="utf-8"):
        page.write_text(text, encoding="utf-8")
        tell(f"{page.name}: updated")


if __name__ == "__main__":
    main()
