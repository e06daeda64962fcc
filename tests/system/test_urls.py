"""Names that are URLs, and what of them is shown."""

from pathlib import Path

import pytest

from w2vcli.system.urls import is_remote, is_url, local_path, redacted, scheme_of, shown


@pytest.mark.parametrize(
    "name", ["s3://bucket/a", "http://host", "memory://a", "zip://a::s3://b/c.zip", "file:///a"]
)
def test_a_url_begins_with_a_protocol(name):
    assert is_url(name)
    assert is_remote(name) == (name != "file:///a")


@pytest.mark.parametrize(
    "name", ["a", "-", "/s3://a", "./s3://a", "C:/a", "a:b", "a::b", "://a", ""]
)
def test_a_path_is_no_url(name):
    assert not is_url(name)
    assert not is_remote(name)
    assert local_path(name) == Path(name)
    assert shown(name) == name


def test_a_path_object_is_a_path():
    """Callers of the library name files by them, too."""
    path = Path("a b.txt")
    assert (is_url(path), is_remote(path), local_path(path), shown(path)) == (
        False,
        False,
        path,
        path,
    )


def test_a_url_of_a_local_file_means_its_path():
    assert local_path("file:///data/a b.txt") == Path("/data/a b.txt")
    assert local_path("file://here.txt") == Path("here.txt")
    assert local_path("s3://bucket/a") is None


def test_the_protocol_of_a_chain_is_its_first():
    assert scheme_of("S3://bucket/a") == "s3"
    assert scheme_of("simplecache::s3://b/a") == "simplecache"


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://me:SECRET@host:80/a.txt", "https://host:80/a.txt"),
        ("https://SECRET@host/a", "https://host/a"),
        ("sftp://me:SECRET@host/a", "sftp://host/a"),
        ("sftp://me@host/a", "sftp://me@host/a"),
        ("abfs://box@account.dfs.core.windows.net/a", "abfs://box@account.dfs.core.windows.net/a"),
        ("https://host/a?X-Amz-Signature=SECRET&b=1", "https://host/a?..."),
        ("https://host/a?SECRET#SECRET", "https://host/a?..."),
        ("https://host/a#SECRET", "https://host/a"),
        ("webhdfs://host/a?delegation=SECRET", "webhdfs://host/a?..."),
        ("s3://bucket/a?versionId=abc", "s3://bucket/a?versionId=abc"),
        ("s3://bucket/a?.txt", "s3://bucket/a?.txt"),
        ("github://owner:repository@main/a", "github://owner:repository@main/a"),
        ("zip://a::https://u:SECRET@host/b.zip?k=SECRET", "zip://a::https://host/b.zip?..."),
        ("s3://bucket/me@home/a", "s3://bucket/me@home/a"),
    ],
)
def test_secrets_are_not_shown(url, wanted):
    assert shown(url) == wanted
    assert shown(shown(url)) == wanted


def test_secrets_are_taken_out_of_what_libraries_say():
    said = "403, message='Forbidden', url='https://u:SECRET@host/a?sig=SECRET'"
    assert redacted(said) == "403, message='Forbidden', url='https://host/a?...'"
