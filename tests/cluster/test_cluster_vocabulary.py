"""``build-vocab --scheduler``: the file of one machine, though a worker dies."""

import signal
import subprocess
import sys

import pytest
from helpers.clusters import real_cluster

pytestmark = pytest.mark.cluster

pytest.importorskip("distributed")


def built(folder, *arguments):
    """Start to build a vocabulary in a folder."""
    return subprocess.Popen(
        [sys.executable, "-m", "w2vcli", "build-vocab", *map(str, arguments)],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_a_worker_dies_midway(tmp_path, shared_data):
    text = shared_data / "wikitext2.train.txt"
    one = built(tmp_path, text, "-o", "one.vocab")
    assert one.wait() == 0
    with real_cluster(tmp_path / "cluster") as cluster:
        cluster.workers(2)
        other = cluster.worker()
        size = ["--shard-size", text.stat().st_size // 20]
        many = built(tmp_path, text, "-o", "many.vocab", *size, "--scheduler", cluster.file)
        assert "workers with" in many.stderr.readline()
        other.kill()
        assert other.wait() == -signal.SIGKILL
        _, said = many.communicate(timeout=300)
        assert many.returncode == 0, said
        assert "vocabulary: " in said
    assert (tmp_path / "many.vocab").read_bytes() == (tmp_path / "one.vocab").read_bytes()
