"""Limits on the address space: a sentence and an exit code, not an abort or a wait without end."""

import resource
import subprocess
import sys
from types import SimpleNamespace

import pytest

from w2vcli.errors import W2VError
from w2vcli.system import memory


def limited(kilobytes, arguments, folder):
    return subprocess.run(
        ["bash", "-c", f"ulimit -v {kilobytes}; exec {sys.executable} -m w2vcli {arguments}"],
        cwd=folder, timeout=60, check=False, capture_output=True, text=True,
    )  # fmt: skip


@pytest.mark.parametrize("kilobytes", [200_000, 350_000, 500_000])
def test_too_little_to_train(tmp_path, kilobytes):
    (tmp_path / "text").write_text("a b c a b\n" * 99, encoding="utf-8")
    run = limited(kilobytes, "train text -o new --dim 16 --threads 2", tmp_path)
    assert run.returncode == 1
    assert "w2vcli: not enough memory: this process may use " in run.stderr
    assert run.stderr.endswith("; raise the limit\n")
    assert run.stderr.count("\n") == 1
    assert [file.name for file in tmp_path.iterdir()] == ["text"]


def test_enough_to_train(tmp_path):
    (tmp_path / "text").write_text("a b c a b\n" * 99, encoding="utf-8")
    run = limited(1_000_000, "train text -o new --dim 4 --passes 1 --threads 2", tmp_path)
    assert run.returncode == 0, run.stderr


def test_the_limit_is_compared_with_what_is_in_use(monkeypatch):
    limits = {"now": (resource.RLIM_INFINITY, resource.RLIM_INFINITY)}
    monkeypatch.setattr(memory.resource, "getrlimit", lambda _: limits["now"])
    memory.check_address_space()
    limits["now"] = (1 << 46, 1 << 46)
    memory.check_address_space()
    limits["now"] = (memory._NEEDED, memory._NEEDED)  # and something is in use
    with pytest.raises(W2VError, match=r"may use 600 MB \(ulimit -v\), and .* raise the limit"):
        memory.check_address_space()


def test_the_program_loads_neither_scipy_nor_threads_of_blas(tmp_path):
    code = (
        "import sys; sys.argv = ['w2vcli', 'explain', '--help']\n"
        "from w2vcli.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "import numba.np.arraymath, os, threadpoolctl\n"
        "assert not sys.modules.get('scipy'), 'SciPy'\n"
        "assert [p['num_threads'] for p in threadpoolctl.threadpool_info()] in ([], [1])\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


# --- what a process may have ------------------------------------------------------------

GIB = 1 << 30
MACHINE = "that is what the machine has left"
GROUP = "its control group allows no more"


@pytest.fixture
def system(tmp_path, monkeypatch):
    """Write files of the system, by their names; the process has 100 pages of 4 KiB in memory."""
    monkeypatch.setattr(memory.os, "sysconf", lambda _: 4096)
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    monkeypatch.setattr(memory.resource, "getrlimit", lambda _: unlimited)

    def system(**files):
        files = {"proc/self/statm": "1000 100 0 0 0 0 0"} | files
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{text}\n")
        return memory.room(tmp_path)

    return system


MEMINFO = {"proc/meminfo": "MemTotal: 9999999 kB\nMemAvailable: 2097152 kB\nSwapFree: 1024 kB"}
HELD = 100 * 4096


def test_what_the_machine_has_left_and_this_process_has(system):
    assert system(**MEMINFO) == (2 * GIB + (1 << 20) + HELD, MACHINE)


def test_where_nothing_is_known(system):
    assert system() is None


@pytest.mark.parametrize(
    ("group", "folder", "names"),
    [
        ("0::/jobs/night", "sys/fs/cgroup/jobs", ("memory.max", "memory.current")),
        (
            "9:cpu:/x\n4:memory,hugetlb:/docker/abc",
            "sys/fs/cgroup/memory",  # as it looks from within a container
            ("memory.limit_in_bytes", "memory.usage_in_bytes"),
        ),
    ],
)
def test_the_limit_of_a_control_group_or_of_one_above_it(system, group, folder, names):
    files = {
        "proc/self/cgroup": group,
        f"{folder}/{names[0]}": str(GIB),
        f"{folder}/{names[1]}": str(300 << 20),
        f"{folder}/memory.stat": f"inactive_file {50 << 20}\nactive_file {25 << 20}\nanon 7",
    }
    left = GIB - (300 << 20) + (75 << 20) + (1 << 20)  # files in memory give way; swap
    assert system(**MEMINFO, **files) == (left + HELD, GROUP)
    assert system(**MEMINFO, **files | {f"{folder}/{names[0]}": "max"}).limit == MACHINE


def test_the_limit_on_the_address_space(system, monkeypatch):
    limits = [(500 * 4096 + GIB, resource.RLIM_INFINITY)]
    monkeypatch.setattr(memory.resource, "getrlimit", lambda _: limits[0])
    found = system(**MEMINFO)
    assert found == (GIB - 500 * 4096 + HELD, "ulimit -v allows no more")


def test_this_process_has_something_and_may_have_more():
    found = memory.room()
    assert found is None or found.bytes > memory.resident() > 1 << 20


def test_a_run_that_does_not_fit_into_the_address_space_is_refused(tmp_path):
    lines = [" ".join(f"w{i}" for i in range(start, start + 50)) for start in range(0, 9000, 50)]
    (tmp_path / "text").write_text("\n".join([*lines, *lines, ""]), encoding="utf-8")
    train = "train text -o new --min-count 1 --threads 1 --dim 9000"
    run = limited(2_000_000, train, tmp_path)
    assert run.returncode == 1
    assert run.stderr.count("\n") == 1
    assert (
        "not enough memory: a vocabulary of 9,000 words with 9,000 dimensions takes" in run.stderr
    )
    assert run.stderr.endswith(
        "MB: ulimit -v allows no more; raise --min-count, or lower --max-vocab, --dim or --batch\n"
    )
    assert [file.name for file in tmp_path.iterdir()] == ["text"]


@pytest.mark.parametrize(("platform", "unit"), [("linux", 1 << 10), ("darwin", 1)])
def test_where_only_the_peak_is_known(monkeypatch, tmp_path, platform, unit):
    monkeypatch.setattr(memory, "Path", lambda _: tmp_path / "no-such-file")
    monkeypatch.setattr(memory.sys, "platform", platform)
    used = SimpleNamespace(ru_maxrss=(100 << 20) // unit)
    monkeypatch.setattr(memory.resource, "getrusage", lambda _: used)
    assert memory.resident(tmp_path) == 100 << 20
