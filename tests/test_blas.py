"""The choice of OpenBLAS's kernels."""

import os
import subprocess
import sys

import pytest

from w2vcli import blas

FLAGS = "fpu sse2 avx2 avx512f avx512dq avx512cd avx512bw avx512vl"


@pytest.mark.parametrize(
    ("vendor", "flags", "expected"),
    [
        ("AuthenticAMD", FLAGS, True),
        ("GenuineIntel", FLAGS, False),
        ("AuthenticAMD", FLAGS.replace(" avx512vl", ""), False),
    ],
)
def test_amd_processors_with_avx512(vendor, flags, expected):
    text = f"processor\t: 0\nvendor_id\t: {vendor}\nmodel name\t: X: Y\nflags\t\t: {flags}\n\n"
    assert blas._is_amd_with_avx512(text.splitlines()) is expected
    assert blas._is_amd_with_avx512(["\n", *text.splitlines()]) is False


def test_a_choice_of_the_user_stays(monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    blas.choose_kernels()
    assert os.environ["OPENBLAS_CORETYPE"] == "Haswell"


def test_the_choice_is_made_before_numpy_is_imported():
    code = (
        "import sys, w2vcli.blas as b; b.choose_kernels = lambda: print('numpy' in sys.modules);"
        "import w2vcli.__main__ as m; sys.argv = ['w2vcli', '--version']; m.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[0] == "False"
