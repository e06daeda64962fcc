"""gensim and PyTorch, in an environment of their own beside the repository's other folders."""

import subprocess
import sys

from processes import HERE

ENVIRONMENT = HERE.parents[1] / ".bench-venv"
REQUIREMENTS = ["gensim==4.4.0", "torch==2.13.0"]


def python():
    """Return the interpreter that has the peers; install them first where that is needed."""
    interpreter = ENVIRONMENT / "bin" / "python"
    # Written last, so an installation that was killed leaves none.
    ready = ENVIRONMENT / "ready"
    wanted = "\n".join([sys.version, str(ENVIRONMENT), *REQUIREMENTS])
    if not ready.exists() or ready.read_text() != wanted:
        print(f"Installing the peers into {ENVIRONMENT}; once.", file=sys.stderr, flush=True)
        for command in (
            [sys.executable, "-m", "venv", "--clear", ENVIRONMENT],
            [interpreter, "-m", "pip", "install", "-qq", *REQUIREMENTS],
            [interpreter, "-c", "import gensim.models, torch"],
        ):
            if subprocess.run(command, check=False).returncode:
                sys.exit(f"the peers could not be installed: {' '.join(map(str, command))}")
        ready.write_text(wanted)
    return interpreter
