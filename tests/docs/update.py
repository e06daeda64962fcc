"""Bring README and manual up to date: option tables, and what the sessions show.

    make manual                      # tables, and sessions that show something else now
    make manual ARGS="--only train"  # one page

What is shown correctly stays as it is, with its times.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from helpers import manual, sessions


def tell(message: str) -> None:
    sys.stderr.write(f"{message}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", metavar="PAGE", help="only the page of this name")
    only = parser.parse_args().only
    with tempfile.TemporaryDirectory() as folder:
        library = manual.Library(Path(folder))
        for page in manual.PAGES:
            if only and page.stem != only:
                continue
            before = page.read_text(encoding="utf-8")
            page.write_text(manual.regenerated(before), encoding="utf-8")
            changes = []
            for command, code, real in library.run(page):
                if code:
                    tell(f"{page.name}: {command.text}\n  exit code {code}: {real[-3:]}")
                changes.append((command, real))
            text = page.read_text(encoding="utf-8")
            if library.as_recorded:
                text = sessions.updated(text, changes)
            page.write_text(text, encoding="utf-8")
            if text != before:
                tell(f"{page.name}: updated")


if __name__ == "__main__":
    main()
