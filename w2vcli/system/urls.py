"""Names that are URLs: which they are, which mean a local file, and how they are shown.

A URL may hold a secret: a password before the host, or a signature in its query. Neither is shown
in a message, or written into a file; only who opens the URL sees it whole.
"""

import re
from pathlib import Path

_SCHEME = r"[A-Za-z][A-Za-z0-9+.-]+"
_URL = re.compile(f"(?:{_SCHEME}::)*({_SCHEME})://")
_WITHIN = re.compile(rf"{_SCHEME}://[^\s'\"<>]+")
_LOCAL = re.compile("(?:file|local)://")
_CHAIN = "::"
_HIDDEN = "..."
_NEVER_SECRET = ("versionId=",)
_WITH_HOST_OF_WORDS = ("github://",)  # what stands before its @ are an owner and a repository


def is_url(name: str | Path) -> bool:
    """Return whether a name is a URL, such as ``s3://bucket/file``; a path begins otherwise."""
    return _URL.match(str(name)) is not None


def is_remote(name: str) -> bool:
    """Return whether a name is a URL of something that is no local file."""
    return is_url(name) and not _LOCAL.match(name)


def scheme_of(url: str) -> str:
    """Return what stands before ``://``, in lower case; of a chain, its first part."""
    return re.split("::|://", url, maxsplit=1)[0].lower()


def local_path(name: str | Path) -> Path | None:
    """Return the path that a name or a ``file://`` URL means; None for any other URL."""
    if found := _LOCAL.match(str(name)):
        return Path(str(name)[found.end() :])
    return None if is_url(name) else Path(name)


def shown(name: str) -> str:
    """Return a name as it is shown and recorded: a URL without passwords and signatures."""
    return _CHAIN.join(map(_shown, name.split(_CHAIN))) if is_url(name) else name


def redacted(text: str) -> str:
    """Return a text, such as a library's message, with all URLs in it as they are ``shown``."""
    return _WITHIN.sub(lambda found: shown(found[0]), text)


def _shown(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    if not separator:
        return url
    host, slash, path = rest.partition("/")
    user, at, server = host.rpartition("@")
    is_web = scheme.lower() in ("http", "https")
    # A container or a user may stand there too, as in abfs://container@account: they are no secret.
    if at and (":" in user or is_web) and not url.startswith(_WITH_HOST_OF_WORDS):
        host = server
    rest = host + slash + path
    before, mark, query = rest.partition("?")
    # In other protocols than HTTP a question mark may be part of a name, or stand for any letter.
    if mark and (is_web or "=" in query) and not query.startswith(_NEVER_SECRET):
        rest = before + mark + _HIDDEN
    if is_web:
        rest = rest.partition("#")[0]
    return scheme + separator + rest
