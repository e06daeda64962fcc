"""Help for OpenBLAS, the library behind NumPy's matrix products, before NumPy is imported.

OpenBLAS chooses its kernels by the model of the processor. An AMD processor that it does not know,
as virtual machines and new generations often are, gets kernels for AVX2 even where it has AVX-512;
measured on such a machine, its products then take 1.6 times as long as they need.
"""

import os
from collections.abc import Iterable
from pathlib import Path

_VARIABLE = "OPENBLAS_CORETYPE"
_NEEDED = frozenset({"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"})


def choose_kernels() -> None:
    """Ask for OpenBLAS's AVX-512 kernels where they run but it might not see that.

    A choice that is already in the environment is left alone.
    """
    if _VARIABLE in os.environ:
        return
    try:
        with Path("/proc/cpuinfo").open(encoding="ascii", errors="replace") as lines:
            if _is_amd_with_avx512(lines):
                os.environ[_VARIABLE] = "SkylakeX"
    except OSError:
        return  # not Linux


def _is_amd_with_avx512(lines: Iterable[str]) -> bool:
    """Say so from what Linux tells of the first processor."""
    facts = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            break
        facts[name.strip()] = value.strip()
    return (
        facts.get("vendor_id") == "AuthenticAMD" and set(facts.get("flags", "").split()) >= _NEEDED
    )
