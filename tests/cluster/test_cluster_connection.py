"""Ways to a cluster that lead nowhere, each with a sentence; and who is there."""

import asyncio
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from helpers.clusters import pretend, real_cluster, wait_until

from w2vcli.cluster import connection, scheduler
from w2vcli.cluster.connection import connected, difference
from w2vcli.errors import ConfigError, DataError, InputError, StorageError, UsageError

pytestmark = pytest.mark.cluster


def failure(kind, address, **options):
    with pytest.raises(kind) as raised, connected(str(address), **options):
        pass
    said = str(raised.value)
    assert "\n" not in said
    return said


@pytest.mark.parametrize(
    "address",
    [
        *("", "here", "host:8786", "tcp://host", "tcp://:1", "tcp://host:x", "http://host:1"),
        *("tcp://host:0", "tcp://host:65536", "tcp://a b:1", "tcp://1:2:3", "tcp://host:1/x", "-"),
    ],
)
def test_what_is_no_address(address):
    assert failure(UsageError, address).startswith(f"--scheduler {address}: give tcp://HOST:PORT")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"address": 1}', '{"address": "here"}', "\0"])
def test_what_is_no_file_of_a_scheduler(tmp_path, text):
    (tmp_path / "damaged.json").write_text(text)
    assert "no file of a scheduler" in failure(DataError, tmp_path / "damaged.json")
    assert "No such file" in failure(InputError, tmp_path / "missing.json")


def test_without_dask_the_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert "pip install 'w2vcli[dask]'" in failure(UsageError, "tcp://127.0.0.1:1")


def test_the_first_version_that_differs_is_named():
    ours = {"Python": "3.11", "numpy": "2.1", "numba": "0.61"}
    assert difference("x", ours, ours) is None
    said = str(difference("the worker at x", ours | {"numpy": "2.2", "numba": "1"}, ours))
    assert said.startswith("the worker at x has numpy 2.2, and this machine numpy 2.1:")
    assert "has no numba, and" in str(difference("x", ours | {"numba": None}, ours))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    pytest.importorskip("distributed")
    with real_cluster(tmp_path_factory.mktemp("cluster")) as started:
        started.workers(2)
        yield started


def test_who_is_there(cluster):
    for name in (cluster.address, str(cluster.file)):
        with connected(name) as found:
            workers = wait_until(lambda: [w for w in found.workers() if len(found.workers()) == 2])
            assert [worker.threads for worker in workers] == [1, 1]
            assert found.dashboard() is None  # it was started without one


def test_from_a_thread_that_runs_a_loop_as_a_notebook_does(cluster):
    async def cell():
        with connected(cluster.address) as found:
            return {worker.threads for worker in found.workers()}

    # In a thread: the tests of a browser leave a loop that runs in this one.
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(asyncio.run, cell()).result() == {1}


def test_where_to_watch_them(tmp_path):
    pytest.importorskip("bokeh")
    with real_cluster(tmp_path, dashboard=True) as watched:
        watched.worker()
        with connected(watched.address) as found:
            link = found.dashboard()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/status", link)


def test_the_address_of_a_worker_is_refused(cluster):
    with connected(cluster.address) as found:
        worker = found.workers()[0].address
    assert "the address of a worker" in failure(UsageError, worker)


def test_nobody_there(monkeypatch, cluster):
    monkeypatch.setattr(scheduler, "CONNECT_SECONDS", 0.5)
    for address in ("tcp://127.0.0.1:1", "tcp://nosuchhost.invalid:1"):
        assert "no scheduler answers" in failure(StorageError, address)


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xff" * 64, b"\0" * 8])
def test_another_service_is_there(answer):
    pytest.importorskip("distributed")
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            with server.accept()[0] as connection:
                connection.sendall(answer)
                connection.recv(1 << 16)

        threading.Thread(target=serve, daemon=True).start()
        port = server.getsockname()[1]
        said = failure((UsageError, StorageError), f"tcp://127.0.0.1:{port}")
    assert "it is no scheduler of Dask" in said or "no scheduler answers there" in said


def test_tls_without_certificates(cluster):
    address = cluster.address.replace("tcp:", "tls:")
    assert "Dask's configuration does not fit" in failure(ConfigError, address)


def test_no_worker(tmp_path):
    pytest.importorskip("distributed")
    told = []
    with real_cluster(tmp_path) as empty:
        said = failure(
            StorageError, empty.address, wait_seconds=0.5, waiting=lambda: told.append(True)
        )
    assert "no worker came within 0.5 s" in said
    assert told == [True]


@pytest.mark.parametrize("package", connection.PACKAGES)
def test_a_worker_with_other_versions(tmp_path, package):
    pytest.importorskip("distributed")
    with real_cluster(tmp_path / "cluster") as cluster:
        cluster.worker(path=[pretend(tmp_path / "other", package, "0.0.7")])
        said = failure(UsageError, cluster.address)
    assert said.startswith("the worker at tcp://127.0.0.1:")
    assert f" has {package} 0.0.7, and this machine {package} " in said


def certificate(folder):
    """Make a certificate for loopback, signed by itself; its file holds the key, too."""
    file = folder / "own.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=127.0.0.1", "-keyout", folder / "key.pem", "-out", folder / "certificate.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    file.write_bytes((folder / "key.pem").read_bytes() + (folder / "certificate.pem").read_bytes())
    return str(folder / "certificate.pem"), str(file)


@pytest.mark.skipif(not shutil.which("openssl"), reason="there is no openssl here")
def test_tls_by_the_configuration_of_dask(tmp_path):
    pytest.importorskip("distributed")
    authority, own = certificate(tmp_path)
    prefix = "DASK_DISTRIBUTED__COMM__TLS__"
    tls = {f"{prefix}CA_FILE": authority} | {
        f"{prefix}{role}__CERT": own for role in ("SCHEDULER", "WORKER", "CLIENT")
    }
    (tmp_path / "text").write_text("a b c a b\n")
    with real_cluster(tmp_path / "cluster", protocol="tls", **tls) as cluster:
        assert cluster.address.startswith("tls://")
        cluster.worker()
        command = [sys.executable, "-m", "w2vcli", "count", "text", "--store", "store"]
        done = subprocess.run(
            [*command, "--scheduler", cluster.address],
            cwd=tmp_path, env=os.environ | tls, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "store").iterdir())) == 1
