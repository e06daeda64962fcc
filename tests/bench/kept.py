"""What peers learn, kept for the next time (``--keep-peers``): found again by what was asked."""

import hashlib
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

from bench.processes import child


@dataclass(frozen=True)
class Kept:
    """One training: what it cost, its folder, and when that was, if not just now."""

    costs: dict
    folder: Path
    when: str


def trained(peer, version, script, corpus, options, folder, interpreter, **more):
    """Have a script train on a corpus, or return what an earlier call left in the folder.

    That is found again by the corpus's bytes, the options, the peer's version and ``more``. The
    script gets the corpus, the options and the folder to write to.
    """
    with corpus.open("rb") as text:
        fingerprint = hashlib.file_digest(text, "sha256").hexdigest()
    asked = {"corpus": fingerprint, "options": options, peer: version} | more
    key = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]
    place = folder / f"{peer}-{key}"
    told = place / "told.json"
    if told.exists():
        found = json.loads(told.read_text())
        return Kept(found["costs"], place, f"{found['date']}, load {found['load']:.1f}")
    place.mkdir(parents=True, exist_ok=True)
    load = os.getloadavg()[0]
    done = child(script, {"corpus": corpus, "folder": place, "options": options}, interpreter)
    found = asked | {"name": corpus.name, "load": load, "costs": done.costs} | done.told
    part = told.with_suffix(".part")
    part.write_text(json.dumps(found | {"date": time.strftime("%Y-%m-%d %H:%M")}))
    part.replace(told)  # written last, so a training that was killed leaves none
    return Kept(done.costs, place, "")
