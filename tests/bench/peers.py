"""gensim, fastText, PyTorch and lxml, in an environment beside the repository's other folders."""

import subprocess
import sys
from pathlib import Path

ENVIRONMENT = Path(__file__).resolve().parents[2] / ".bench-venv"
REQUIREMENTS = {
    "gensim": ["gensim==4.4.0"],
    "fasttext": ["fasttext-wheel==0.9.2", "numpy"],
    "torch": ["torch==2.13.0", "numpy"],
    "lxml": ["lxml==6.1.3"],
}
_IMPORTS = {
    "gensim": "import gensim.models",
    "fasttext": "import fasttext, numpy",
    "torch": "import numpy, torch",
    "lxml": "import lxml.etree",
}
_PYTHON = ENVIRONMENT / "bin" / "python"


def interpreter(peer):
    """Return the interpreter that has a peer, installed on first use; None if it cannot be had."""
    environment = f"{sys.version}\n{ENVIRONMENT}"
    wanted = "\n".join([environment, *REQUIREMENTS[peer]])
    if _said(ENVIRONMENT / peer) == wanted:
        return _PYTHON
    print(f"Installing {peer} into {ENVIRONMENT}; once.", file=sys.stderr, flush=True)
    commands: list[list[str | Path]] = [
        [_PYTHON, "-m", "pip", "install", "-qq", *REQUIREMENTS[peer]],
        [_PYTHON, "-c", _IMPORTS[peer]],
    ]
    if _said(ENVIRONMENT / "made") != environment:
        commands.insert(0, [sys.executable, "-m", "venv", "--clear", ENVIRONMENT])
    for command in commands:
        if subprocess.run(command, check=False).returncode:
            shown = " ".join(map(str, command))
            print(f"{peer} is left out, as this failed: {shown}", file=sys.stderr, flush=True)
            return None
    # Written last, so an installation that was killed leaves none.
    (ENVIRONMENT / "made").write_text(environment)
    (ENVIRONMENT / peer).write_text(wanted)
    return _PYTHON


def none(peer):
    """Return None: no peer is to be compared with."""


def _said(path):
    return path.read_text() if path.exists() else None
