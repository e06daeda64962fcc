"""Where a URL leads: the file system behind it, by fsspec, which is loaded for URLs only.

A library behind fsspec raises whatever it likes. Here each failure becomes one sentence, without
the secrets that a URL may hold (``urls``).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from w2vcli.errors import InputError, W2VError
from w2vcli.system.urls import redacted, scheme_of, shown

_SECONDS = 60.0  # without a byte
_NO_ACCESS = (401, 403)
_GONE = (404, 410)
_NO_CREDENTIALS = ("NoCredentialsError", "PartialCredentialsError", "DefaultCredentialsError")
"""What the libraries of S3 and Google raise."""
_PACKAGES = {
    "dask": "distributed",
    "dbfs": "requests",
    "git": "pygit2",
    "http": "aiohttp",
    "https": "aiohttp",
    "libarchive": "libarchive-c",
    "sftp": "paramiko",
    "smb": "smbprotocol",
    "ssh": "paramiko",
}
"""What fsspec's own file systems need."""
_ARROW = ("hdfs", "arrow_hdfs")


@dataclass(frozen=True)
class Place:
    """Where a URL leads.

    Attributes
    ----------
    url
        The URL, with its secrets.
    system
        The file system, fsspec's.
    path
        The path in it.
    """

    url: str
    system: Any
    path: str

    @property
    def is_web(self) -> bool:
        """Whether it is read by HTTP, which has no folders, and perhaps no ranges."""
        return "http" in _names(self.system)


def _names(system: Any) -> tuple[str, ...]:  # noqa: ANN401 - fsspec has no types
    said = system.protocol
    return (said,) if isinstance(said, str) else tuple(said)


def place_of(url: str) -> Place:
    """Find the file system of a URL.

    Raises
    ------
    InputError
        If its protocol is not known, or a package is missing; the message names it.
    """
    try:
        import fsspec
    except ImportError:
        raise InputError(
            f"{shown(url)}: to read a URL takes one more package: pip install 'w2vcli[remote]'"
        ) from None
    protocols = [scheme_of(part) for part in url.split("::")]
    for protocol in protocols:
        _check_protocol(url, protocol)
    with reaching(url):
        system, path = fsspec.core.url_to_fs(url, **_options(protocols))
    return Place(url, system, path)


def _options(protocols: list[str]) -> dict[str, Any]:
    """Return what fsspec's own defaults are not right for.

    A request may take longer than aiohttp's five minutes: it may be of a whole file. And as in
    other programs, the environment may name a proxy.
    """
    if protocols not in (["http"], ["https"]):
        return {}
    from aiohttp import ClientTimeout

    patience = ClientTimeout(total=None, sock_connect=_SECONDS, sock_read=_SECONDS)
    return {"client_kwargs": {"timeout": patience, "trust_env": True}}


def _check_protocol(url: str, protocol: str) -> None:
    """Raise an InputError if fsspec, or a package that it needs, does not know a protocol."""
    from fsspec.registry import get_filesystem_class, known_implementations

    try:
        get_filesystem_class(protocol)
    except ValueError:
        raise InputError(
            f"{shown(url)}: the protocol {protocol}:// is not known; check the URL, or install the "
            "package that adds it to fsspec"
        ) from None
    except ImportError:
        known = known_implementations.get(protocol, {}).get("class", protocol)
        package = "pyarrow" if protocol in _ARROW else _PACKAGES.get(protocol)
        if package is None:
            own = known.startswith("fsspec.")
            package = "requests" if own else known.partition(".")[0].replace("_", "-")
        raise InputError(
            f"{shown(url)}: to read {protocol}:// takes one more package: pip install {package}"
        ) from None


@contextmanager
def reaching(url: str) -> Iterator[None]:
    """Turn any failure to reach a URL into an InputError."""
    try:
        yield
    except (W2VError, MemoryError):
        raise
    except Exception as error:
        raise InputError(f"{shown(url)}: {_why(error)}") from None


def _why(error: Exception) -> str:
    """Return why a URL cannot be reached, and what to do."""
    cause = error.__cause__
    if isinstance(error, FileNotFoundError) and isinstance(cause, Exception):
        # By HTTP, fsspec says that there is no such file, whatever has failed.
        is_web = type(cause).__module__.startswith("aiohttp") or isinstance(cause, TimeoutError)
        error = cause if is_web else error
    if isinstance(error, FileNotFoundError | NotADirectoryError) or (
        getattr(error, "status", None) in _GONE
    ):
        return "no such file or folder; check the URL"
    if is_refusal(error):
        return f"no permission to read it ({reason(error)}); check the URL and your credentials"
    return f"cannot be reached: {reason(error)}; check the URL, the network and your credentials"


def is_refusal(error: Exception) -> bool:
    """Return whether an error says that the user may not do this, or has no credentials."""
    return (
        isinstance(error, PermissionError)
        or getattr(error, "status", None) in _NO_ACCESS
        or type(error).__name__ in _NO_CREDENTIALS
    )


def reason(error: BaseException) -> str:
    """Return what an error says, in one line and without secrets."""
    status, message = getattr(error, "status", None), getattr(error, "message", None)
    if status and message:
        return f"{status} {message}"
    said = getattr(error, "strerror", None) or str(error)
    line = redacted(str(said)).strip().partition("\n")[0].rstrip(" .")
    return line or type(error).__name__
