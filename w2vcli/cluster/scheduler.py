"""The scheduler of a cluster: its address, or the file that has it; whether it answers there."""

import asyncio
import json
import logging
import re
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from w2vcli.errors import ConfigError, DataError, InputError, StorageError, UsageError

CONNECT_SECONDS = 10.0

_LOGGERS = ("distributed", "distributed.client", "distributed.gc", "tornado", "asyncio", "bokeh")
_ADDRESS = re.compile(r"(?:tcp|tls)://(?:[^][:/@\s]+|\[[0-9A-Fa-f:.%]+\]):([0-9]{1,5})")


def address_of(address: str) -> str:
    """Return the address of a scheduler, out of its file if one was named.

    Raises
    ------
    UsageError
        If this is no address.
    InputError, DataError
        If the file is not there, or is no scheduler's.
    """
    if "://" in address:
        if (found := _ADDRESS.fullmatch(address)) and 0 < int(found[1]) < 1 << 16:
            return address
    elif address.endswith(".json"):
        return _address_in(Path(address))
    raise UsageError(
        f"--scheduler {address}: give tcp://HOST:PORT, tls://HOST:PORT, or FILE.json as 'dask "
        "scheduler --scheduler-file FILE.json' writes it"
    )


def _address_in(path: Path) -> str:
    """Return the address that a scheduler has written to a file."""
    try:
        found = json.loads(path.read_bytes())["address"]
    except OSError as error:
        raise InputError(
            f"--scheduler {path}: cannot be read: {error.strerror}; a running 'dask scheduler "
            "--scheduler-file' writes it"
        ) from None
    except (ValueError, LookupError, TypeError):
        found = None
    if not isinstance(found, str) or "://" not in found:
        raise DataError(
            f"--scheduler {path}: this is no file of a scheduler; 'dask scheduler "
            "--scheduler-file' writes one"
        )
    return found


def dask() -> Any:  # noqa: ANN401 - the module
    """Load Dask, and let nothing that it logs reach the terminal.

    Raises
    ------
    UsageError
        If it is not installed.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import distributed
            import distributed.versions
    except ImportError:
        raise UsageError(
            "working on a cluster needs one more package: pip install 'w2vcli[dask]', or leave out "
            "--scheduler"
        ) from None
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        for handler in [*logger.handlers]:
            logger.removeHandler(handler)
        logger.addHandler(logging.NullHandler())
        logger.propagate = False
    # Those of other packages; ``Cluster.check_versions`` is about those that matter.
    warnings.simplefilter("ignore", distributed.versions.VersionMismatchWarning)
    return distributed


def security_of(address: str, distributed: Any) -> Any:  # noqa: ANN401 - an object of Dask's
    """Return the certificates and keys that Dask's configuration names.

    Raises
    ------
    ConfigError
        If they cannot be loaded.
    """
    try:
        security = distributed.Security()
        security.get_connection_args("client")
    except (OSError, ValueError, TypeError) as error:
        raise _bad_configuration(address, error) from None
    return security


def check_scheduler(address: str, where: str, security: Any, distributed: Any) -> None:  # noqa: ANN401
    """See whether a scheduler answers at an address: a client takes long to say so.

    Raises
    ------
    StorageError
        If nobody answers.
    UsageError
        If something else does.
    ConfigError
        If Dask's configuration does not fit.
    """

    async def ask() -> Any:  # noqa: ANN401 - whatever answers
        options = security.get_connection_args("client")
        async with distributed.rpc(where, timeout=CONNECT_SECONDS, connection_args=options) as peer:
            return await asyncio.wait_for(peer.identity(), CONNECT_SECONDS)

    try:
        # A thread of its own, as the caller's may be running a loop: a notebook's always does.
        with ThreadPoolExecutor(1) as thread:
            found = thread.submit(asyncio.run, ask()).result()
        kind = found.get("type")
    except OSError:
        raise no_scheduler(address) from None
    except (TypeError, RuntimeError) as error:
        raise _bad_configuration(address, error) from None
    except Exception as error:  # whatever the bytes of another service lead to
        if where.startswith("tls:") and isinstance(error, ValueError):
            raise _bad_configuration(address, error) from None
        raise UsageError(
            f"--scheduler {address}: something answers there, and it is no scheduler of Dask"
        ) from None
    if kind != "Scheduler":
        raise UsageError(
            f"--scheduler {address}: this is the address of a {str(kind).lower()}, not of the "
            "scheduler"
        )


def no_scheduler(address: str) -> StorageError:
    """Return the error that nobody answers at an address."""
    return StorageError(
        f"--scheduler {address}: no scheduler answers there; start one with 'dask scheduler', or "
        "see whether a firewall is between"
    )


def _bad_configuration(address: str, error: Exception) -> ConfigError:
    said = str(error).partition("\n")[0]
    return ConfigError(
        f"--scheduler {address}: Dask's configuration does not fit: {said}; for tls:// it names "
        "certificates and keys under distributed.comm.tls"
    )
