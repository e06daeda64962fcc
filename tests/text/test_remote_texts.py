"""Texts behind URLs are read as local files are; and patterns, of either."""

import gzip
import os
import sys
from pathlib import Path

import fsspec
import pytest
from helpers.texts import SENTENCES
from helpers.web_server import serving

from w2vcli.counts.store import Store
from w2vcli.errors import InputError, StorageError, UsageError
from w2vcli.system import remote_files
from w2vcli.text.corpus import Corpus
from w2vcli.text.input_files import files_of, identity_of, reads_ranges, size_of
from w2vcli.text.opening import opened
from w2vcli.text.reading import Reading

FILES = {
    "a.txt": SENTENCES.encode(),
    "b.txt.gz": gzip.compress(b"words that were squeezed\n"),
    "sub/c.txt": b"deep below\n",
    "sub/d.csv": b"not, a, text\n",
    "sub.txt": b"beside the folder\n",
}
HIDDEN = {".e.txt": b"hidden", ".f/g.txt": b"hidden", "sub/.h": b"hidden"}


@pytest.fixture(params=["memory", "file", "http", "http without ranges"])
def place(request, tmp_path, monkeypatch):
    """A folder of texts: the local path, and the URL of the same."""
    folder = tmp_path / "texts"
    for name, data in (FILES | HIDDEN).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    monkeypatch.chdir(tmp_path)
    if request.param == "memory":
        memory = fsspec.filesystem("memory")
        for name, data in (FILES | HIDDEN).items():
            memory.pipe(f"/{tmp_path.name}/{name}", data)
        yield "texts", f"memory://{tmp_path.name}"
    elif request.param == "file":
        yield "texts", f"file://{folder}"
    else:
        with serving(folder, with_ranges=request.param == "http") as (url, _):
            yield "texts", f"{url}/"


def below(url, name):
    return f"{url.rstrip('/')}/{name}"


def read(names, **more):
    corpus = Corpus(names, **more)
    text = list(corpus.chunks(16))
    return text, [(r.sha256, r.bytes, r.lines) for r in corpus.records], corpus


def test_a_folder_is_read_as_a_local_one(place):
    folder, url = place
    local, remote = read([folder]), read([url])
    assert local[:2] == remote[:2]
    assert len(local[1]) == len(FILES)
    names = [Path(name).relative_to(folder).as_posix() for name in local[2].files]
    assert [record.name for record in remote[2].records] == [below(url, name) for name in names]


def test_some_files_of_a_folder_are_included(place):
    folder, url = place
    reading = Reading(include=("*.txt", "*.gz"))
    assert read([folder], reading=reading)[:2] == read([url], reading=reading)[:2]
    with pytest.raises(InputError, match="none of the 5 files in the folder matches --include"):
        files_of([url], ["*.md"])


@pytest.mark.parametrize("pattern", ["*.txt", "sub*", "*/c.*", "**/*.txt", "su[b]/*"])
def test_a_pattern_matches_the_same_files(place, pattern):
    folder, url = place
    if url.startswith("http") and pattern == "su[b]/*":
        pattern = "sub/*"  # of HTTP, only * is one: the other letters may be part of a URL
    local = files_of([f"{folder}/{pattern}"])
    names = [Path(name).relative_to(folder).as_posix() for name in local]
    assert files_of([below(url, pattern)]) == [below(url, name) for name in names]
    assert names


def test_a_file_is_read_in_any_order(place):
    _, url = place
    data = FILES["a.txt"]
    assert size_of(below(url, "a.txt")) == len(data)
    with opened(below(url, "a.txt")) as stream:
        assert stream.read(10) == data[:10]
        stream.seek(len(data) - 7)
        assert stream.read() == data[-7:]
        stream.seek(3)
        assert stream.read(9) == data[3:12]
        assert stream.tell() == 12


def test_the_progress_of_reading_is_known(place):
    _, url = place
    corpus = Corpus([url])
    for _ in corpus.chunks():
        pass
    stored = sum(map(len, FILES.values()))
    assert (corpus.progress.done, corpus.progress.total) == (stored, stored)


def test_counts_are_those_of_the_local_files(place):
    folder, url = place
    for store, name in (("here", f"{folder}/a.txt"), ("there", below(url, "a.txt"))):
        Store(store).add(Corpus([name]), "day")
    found = []
    for store in ("here", "there"):
        with Store(store).opened() as (segment,):
            pairs = b"".join(segment.pairs.data.pieces())
            (entry,) = segment.info.inputs
            found.append((segment.text, segment.counts.tolist(), pairs, entry | {"name": ""}))
    assert found[0] == found[1]
    assert entry["name"] == below(url, "a.txt")


def test_a_file_that_has_changed_has_another_identity(place):
    folder, url = place
    name = below(url, "a.txt")
    before = identity_of(name)
    assert identity_of(name) == before
    changed = SENTENCES.replace("the", "THE").encode()
    Path(folder, "a.txt").write_bytes(changed)
    if url.startswith("memory"):
        fsspec.filesystem("memory").pipe(name, changed)
    elif url.startswith("http"):
        os.utime(Path(folder, "a.txt"), (1, 1))  # a web server tells seconds
    assert identity_of(name) != before


def test_what_is_not_there_is_an_error(place):
    _, url = place
    for name in ("nowhere.txt", "nowhere/", "*.nowhere"):
        with pytest.raises(InputError) as caught:
            Corpus([below(url, name)])
        assert str(caught.value).startswith(below(url, name)), caught.value
    with pytest.raises(InputError, match="check"):
        identity_of(below(url, "nowhere.txt"))


def test_names_of_texts_are_read_from_a_url(place, w2v):
    folder, url = place
    Path(folder, "list").write_text(f"{below(url, 'a.txt')}\n{below(url, 'sub.txt')}\n")
    if url.startswith("memory"):
        fsspec.filesystem("memory").pipe(below(url, "list"), Path(folder, "list").read_bytes())
    code, _, err = w2v("build-vocab", "--files-from", below(url, "list"), "-o", "remote.txt")
    assert code == 0, err
    assert w2v("build-vocab", f"{folder}/a.txt", f"{folder}/sub.txt", "-o", "local.txt")[0] == 0
    assert Path("remote.txt").read_bytes() == Path("local.txt").read_bytes()


# --- servers ----------------------------------------------------------------------------


@pytest.fixture
def big(tmp_path, monkeypatch):
    """A file of several blocks, in a folder."""
    monkeypatch.setattr(remote_files, "_BLOCK_BYTES", 1 << 16)
    (tmp_path / "big.txt").write_bytes(b"".join(b"line %7d\n" % i for i in range(30_000)))
    return tmp_path


def test_only_the_range_that_is_read_is_asked_for(big):
    with serving(big) as (url, log), opened(f"{url}/big.txt") as stream:
        assert reads_ranges(f"{url}/big.txt")
        log.clear()
        stream.seek(200_005)
        assert stream.read(5) == (big / "big.txt").read_bytes()[200_005:200_010]
        spans = [span.removeprefix("bytes=").split("-") for _, _, span in log if span]
        assert sum(int(end) - int(begin) + 1 for begin, end in spans) < 150_000


def test_a_server_without_ranges_is_read_from_the_beginning(big):
    with serving(big, with_ranges=False) as (url, _):
        data = (big / "big.txt").read_bytes()
        assert not reads_ranges(f"{url}/big.txt")
        with opened(f"{url}/big.txt") as stream:
            assert stream.read() == data
            stream.seek(250_000)
            assert stream.read(100) == data[250_000:250_100]
            stream.seek(100_000)
            assert stream.read(100) == data[100_000:100_100]


def test_a_connection_that_ends_half_way_is_a_failure(big):
    with serving(big, dies_after=50_000) as (url, _):
        with pytest.raises(StorageError, match=f"{url}/big.txt: reading failed: ") as caught:
            list(Corpus([f"{url}/big.txt"]).chunks())
        assert "\n" not in str(caught.value)


def test_a_signature_is_never_told(big, w2v):
    (big / "small.txt").write_text(SENTENCES)
    with serving(big, password="SECRET") as (url, _):
        name = f"{url}/small.txt?sig=SECRET"
        code, out, err = w2v("count", name, "--store", "store", "--json", "--log-file", "log")
        assert code == 0, err
        told = out + err + Path("log").read_text()
        assert "SECRET" not in told
        assert f"{url}/small.txt?..." in out
        (info,) = Store("store").segments()
        assert b"SECRET" not in info.path.read_bytes()
        assert [entry["name"] for entry in info.inputs] == [f"{url}/small.txt?..."]
        wrong = f"{url.replace('//', '//me:PASSWORD@')}/small.txt?sig=WRONG"
        code, out, err = w2v("count", wrong, "--store", "store")
        assert code == 66
        assert "no permission to read it (403 Forbidden)" in err
        assert "WRONG" not in out + err
        assert "PASSWORD" not in out + err


def test_a_server_that_is_not_there_is_an_error():
    with pytest.raises(InputError) as caught:
        Corpus(["http://127.0.0.1:9/a.txt?sig=SECRET"])
    assert str(caught.value).startswith("http://127.0.0.1:9/a.txt?...: cannot be reached: ")
    assert "SECRET" not in str(caught.value)


# --- protocols and packages -------------------------------------------------------------


def test_a_protocol_that_nobody_knows_is_an_error():
    with pytest.raises(InputError, match="the protocol s3x:// is not known; check the URL, or"):
        Corpus(["s3x://bucket/a"])


@pytest.mark.parametrize(
    ("url", "module", "package"),
    [
        ("s3://bucket/a", "s3fs", "s3fs"),
        ("gs://bucket/a", "gcsfs", "gcsfs"),
        ("sftp://host/a", "paramiko", "paramiko"),
        ("https://host/a", "aiohttp", "aiohttp"),
        ("simplecache::abfs://box/a", "adlfs", "adlfs"),
    ],
)
def test_a_missing_package_is_named(url, module, package, monkeypatch):
    for name in (module, *(n for n in sys.modules if n.partition(".")[0] == module)):
        monkeypatch.setitem(sys.modules, name, None)
    for name in ("fsspec.implementations.http", "fsspec.implementations.sftp"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    classes = {}  # none is loaded yet
    for name in ("_registry", "registry"):
        monkeypatch.setattr(sys.modules["fsspec.registry"], name, classes)
    protocol = url.removeprefix("simplecache::").partition(":")[0]
    with pytest.raises(InputError) as caught:
        Corpus([url])
    assert str(caught.value) == (
        f"{url}: to read {protocol}:// takes one more package: pip install {package}"
    )


def test_without_fsspec_urls_name_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(InputError, match=r"takes one more package: pip install 'w2vcli\[remote\]'"):
        Corpus(["memory://a"])


# --- local patterns ---------------------------------------------------------------------


def test_a_file_of_that_name_comes_before_a_pattern(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a[1].txt", "a1.txt"):
        Path(name).write_text(name)
    assert files_of(["a[1].txt"]) == ["a[1].txt"]
    Path("a[1].txt").unlink()
    assert files_of(["a[1].txt"]) == ["a1.txt"]


def test_a_pattern_that_matches_nothing_is_an_error(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="no such file, and no file's name matches this pattern"):
        files_of(["*.txt"])


def test_an_output_is_no_url(w2v):
    Path("a.txt").write_text(SENTENCES)
    code, _, err = w2v("build-vocab", "a.txt", "-o", "s3://me:SECRET@bucket/a")
    assert code == UsageError.exit_code
    assert "--output: s3://bucket/a is a URL, and files are written on this machine only" in err


def test_an_output_is_not_read_by_its_url_either(w2v, tmp_path):
    Path("a.txt").write_text(SENTENCES)
    code, _, err = w2v("build-vocab", f"file://{Path('a.txt').absolute()}", "-o", "a.txt")
    assert code == UsageError.exit_code
    assert "is also read" in err
