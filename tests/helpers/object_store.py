"""Object stores for tests: folders that other processes see too, and Amazon's protocol by moto.

``objects://`` is a folder of this machine with the one operation that stores behind URLs need: to
make a file unless it is there. Its operations can be counted, fail, or be the last of a process.
"""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import fsspec
import pytest
from fsspec import AbstractFileSystem

from w2vcli.system import remote_folder


class Objects(AbstractFileSystem):
    """A folder of this machine, as an object store."""

    protocol = "objects"
    root = ""
    before: Callable[[str], object] = staticmethod(lambda _name: None)
    after: Callable[[str], object] = staticmethod(lambda _name: None)

    @classmethod
    def _strip_protocol(cls, path):
        path = str(path).removeprefix("objects://").rstrip("/")
        return path if path.startswith(cls.root) else f"{cls.root}/{path}"

    def _asked(self, name, real, *arguments, **more):
        type(self).before(name)
        result = real(*arguments, **more)
        type(self).after(name)
        return result

    def ls(self, path, detail=False, **_):
        def listed():
            return [_facts(file) for file in Path(self._strip_protocol(path)).iterdir()]

        found = self._asked("ls", listed)
        return found if detail else [each["name"] for each in found]

    def info(self, path, **_):
        return self._asked("info", _facts, Path(self._strip_protocol(path)))

    def cat_file(self, path, start=None, end=None, **_):
        def read():
            return Path(self._strip_protocol(path)).read_bytes()[start:end]

        return self._asked("cat_file", read)

    def _open(self, path, mode="rb", **_):
        return Path(self._strip_protocol(path)).open(mode)

    def pipe_file(self, path, value, mode="overwrite", **_):
        assert mode == "create"
        self._asked("pipe_file", _create, Path(self._strip_protocol(path)), value)

    def put_file(self, lpath, rpath, **_):
        data = Path(lpath).read_bytes()
        self._asked("put_file", _create, Path(self._strip_protocol(rpath)), data)

    def rm_file(self, path):
        self._asked("rm_file", os.unlink, self._strip_protocol(path))


def _facts(file: Path) -> dict:
    status = file.stat()
    kind = "directory" if file.is_dir() else "file"
    return {"name": str(file), "size": status.st_size, "type": kind, "mtime": status.st_mtime}


def _create(path: Path, data: bytes) -> None:
    """Let a file appear whole, unless it is there."""
    path.parent.mkdir(exist_ok=True)
    waiting = path.parent.parent / f"{secrets.token_hex(8)}.waiting"
    waiting.write_bytes(data)
    try:
        os.link(waiting, path)
    finally:
        waiting.unlink()


@contextmanager
def objects(root: Path) -> Iterator[type[Objects]]:
    """Let ``objects://`` mean a folder."""
    fsspec.register_implementation("objects", Objects, clobber=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Objects, "root", str(root))
        patch.setattr(remote_folder, "_MAKE_ONCE", (*remote_folder._MAKE_ONCE, "objects"))
        yield Objects
        Objects.before = Objects.after = staticmethod(lambda _name: None)
    Objects.clear_instance_cache()


@contextmanager
def s3_server(bucket: str = "bucket") -> Iterator[str]:
    """Serve Amazon's protocol on this machine, by moto, with one bucket; yield its address.

    The environment says where it is, to this process and to those that it starts. Skips the test
    where moto or s3fs are missing.
    """
    why = "moto's server and s3fs are needed: 'make readers' adds them"
    moto = pytest.importorskip("moto.server", reason=why)
    s3fs = pytest.importorskip("s3fs", reason=why)
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "AWS_ENDPOINT_URL": address,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "1",
        }.items():
            patch.setenv(name, value)
        s3fs.S3FileSystem.clear_instance_cache()
        try:
            with suppress(FileExistsError):  # all of moto's servers in a process have the same
                s3fs.S3FileSystem().mkdir(bucket)
            yield address
        finally:
            s3fs.S3FileSystem.clear_instance_cache()
            server.stop()
