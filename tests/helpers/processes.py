"""Fresh interpreters."""

import subprocess
import sys


def loaded(code, *libraries):
    """Run code in a fresh interpreter; which of the libraries did it load?"""
    report = f"\nimport sys; sys.exit(','.join({{*{libraries}}} & {{*sys.modules}}))"
    run = subprocess.run(
        [sys.executable, "-c", code + report], capture_output=True, text=True, check=False
    )
    assert "Traceback" not in run.stderr, run.stderr
    return set(filter(None, run.stderr.split("\n")[-2:][0].split(",")))
