"""The proof by kill and by fuzz: ``make stress ARGS="--kills 100 --inputs 10000"``.

Ends with code 1 if anything was not as it should be.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from stress.cases import CASES
from stress.fuzz import quietly, tried
from stress.kills import PHASES
from stress.parsers import PARSERS
from stress.workers import answers

_PART = 20_000
_MEGABYTE = 1e6


def main():
    arguments = _arguments()
    if arguments.replay:
        return _replay(*arguments.replay)
    say(f"seed {arguments.seed}, {arguments.workers} processes")
    failures = []
    for stage, wanted in ((_kill, arguments.kills), (_fuzz, arguments.inputs)):
        if wanted:
            begin = time.monotonic()
            table, found = stage(wanted, arguments)
            seconds = time.monotonic() - begin
            say(f"\n{table}\n{wanted:,} in {seconds:.0f} s, {wanted / seconds:,.1f} per second")
            failures += found
    for failure in failures:
        say(f"\nFAILED: {failure}")
    say("\n" + (f"{len(failures)} FAILURES" if failures else "no failure"))
    return 1 if failures else 0


def _arguments():
    parser = argparse.ArgumentParser(
        prog='make stress ARGS="..."',
        description="Kill commands at random moments, and feed parsers with damaged files.",
        epilog=f"Commands: {', '.join(CASES)}. Parsers: {', '.join(PARSERS)}.",
    )
    parser.add_argument(
        "--kills", type=int, default=1000, metavar="N", help="how many kills (%(default)s)"
    )
    parser.add_argument(
        "--inputs", type=int, default=1_000_000, metavar="N", help="how many inputs (%(default)s)"
    )
    parser.add_argument(
        "--only", type=_names, default=[*CASES, *PARSERS], metavar="a,b,...",
        help="which commands and parsers",
    )  # fmt: skip
    parser.add_argument(
        "--seed", type=int, default=random.randrange(10**6), metavar="N",
        help="brings back the inputs, and when to kill; by default another each time",
    )  # fmt: skip
    parser.add_argument(
        "--workers", type=int, default=2, metavar="N", help="processes at once (%(default)s)"
    )
    parser.add_argument(
        "--replay", nargs=2, metavar=("PARSER", "FILE"), help="try one input again, by itself"
    )
    return parser.parse_args()


def _names(text):
    names = text.split(",")
    if unknown := set(names) - {*CASES, *PARSERS}:
        raise argparse.ArgumentTypeError(f"no such command or parser: {', '.join(sorted(unknown))}")
    return names


def _replay(name, file):
    quietly()
    with tempfile.TemporaryDirectory() as folder:
        say(tried(PARSERS[name], Path(folder, "input"), Path(file).read_bytes()))
    return 0


def say(text):
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


# --- kills ------------------------------------------------------------------------------


def _kill(kills, arguments):
    """Kill so many runs of all cases together; return the table, and what was wrong."""
    names = [name for name in CASES if name in arguments.only]
    shares = {name: kills // len(names) + (i < kills % len(names)) for i, name in enumerate(names)}
    requests = [
        {
            "seed": arguments.seed,
            "kills": {name: shares[name] for name in names[i :: arguments.workers]},
        }
        for i in range(min(arguments.workers, len(names)))
    ]
    told, failures = {}, []
    for answer in answers("kills", requests, arguments.workers):
        if answer.told is None:
            failures.append(f"{', '.join(answer.request['kills'])}: {answer.ending}")
        else:
            told |= answer.told
            failures += [each for case in answer.told.values() for each in case["failures"]]
    header = ["kills", *PHASES, "in all", "resumed", "killed again"]
    rows = [
        [name, *(told[name]["phases"].get(phase, 0) for phase in PHASES),
         sum(told[name]["phases"].values()), told[name]["went_on"], told[name]["again"]]
        for name in names if name in told
    ]  # fmt: skip
    return _table(header, rows), failures


# --- inputs -----------------------------------------------------------------------------


def _fuzz(inputs, arguments):
    """Try so many inputs on all parsers together; return the table, and what was wrong."""
    names = [name for name in PARSERS if name in arguments.only]
    total = sum(PARSERS[name].share for name in names)
    counts = {name: inputs * PARSERS[name].share // total for name in names}
    counts[names[0]] += inputs - sum(counts.values())
    kept = Path(tempfile.mkdtemp(prefix="w2vcli-stress-"))
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        requests = [
            {
                "parser": name,
                "seed": f"{arguments.seed}.{part}",
                "inputs": min(_PART, counts[name] - start),
                "folder": str(kept),
                "input": os.path.join(folder, f"{name}-{part}"),  # noqa: PTH118
            }
            for name in names
            for part, start in enumerate(range(0, counts[name], _PART))
        ]
        outcomes, peaks, failures = {name: Counter() for name in names}, Counter(), []
        for answer in answers("fuzz", requests, arguments.workers):
            name = answer.request["parser"]
            if answer.told is None:
                culprit = kept / f"{name}-{answer.request['seed']}"
                shutil.move(answer.request["input"], culprit)
                failures.append(f"{name}: {culprit}: {answer.ending}")
            else:
                outcomes[name].update(answer.told["outcomes"])
                peaks[name] = max(peaks[name], answer.told["memory"])
                failures += answer.told["failures"]
    if failures:
        say(f"the inputs that failed are in {kept}; try one again with --replay PARSER FILE")
    else:
        kept.rmdir()
    kinds = sorted({kind for found in outcomes.values() for kind in found}, key=str.lower)
    header = ["inputs", *kinds, "in all", "MB more"]
    rows = [
        [name, *(outcomes[name][kind] for kind in kinds), outcomes[name].total(),
         round(peaks[name] / _MEGABYTE)]
        for name in names
    ]  # fmt: skip
    return _table(header, rows, summed=len(header) - 1), failures


def _table(header, rows, summed=None):
    """Lay out rows of a name and numbers, with the sums of the first columns below."""
    last = len(header) if summed is None else summed
    sums = [sum(row[column] for row in rows) for column in range(1, last)]
    lines = [header, *rows, ["in all", *sums, *[""] * (len(header) - last)]]
    cells = [[f"{cell:,}" if isinstance(cell, int) else cell for cell in line] for line in lines]
    widths = [max(len(line[column]) for line in cells) for column in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    )


if __name__ == "__main__":
    sys.exit(main())
