"""The corpus of ``w2vcli demo``: clean lines, the same every time, written whole or not at all."""

import re
from collections import Counter
from pathlib import Path

import pytest

from w2vcli.errors import InputError, OutputError, StorageError
from w2vcli.system import files
from w2vcli.text import demo_corpus, prose
from w2vcli.text.demo_corpus import MIN_TOKENS, demo_lines, write_demo_corpus


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return list(demo_lines())


@pytest.fixture
def small_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A standard library of a few files, without topics and with no least size."""
    folder = tmp_path / "library"
    folder.mkdir()
    monkeypatch.setattr(demo_corpus, "_stdlib_folder", lambda: folder)
    monkeypatch.setattr(demo_corpus, "_topics", lambda: iter(()))
    monkeypatch.setattr(demo_corpus, "MIN_TOKENS", 0)
    return folder


def paragraphs(text: str) -> list[str]:
    found = map(prose.words_of, prose.paragraphs(text))
    return [line for line in found if line]


def test_it_holds_enough_text(lines: list[str]) -> None:
    counts = Counter(word for line in lines for word in line.split())
    assert counts.total() > 100_000
    assert sum(count >= 5 for count in counts.values()) > 2_000


def test_lines_are_lower_case_words(lines: list[str]) -> None:
    line = re.compile(r"[a-z]+(?:'[a-z]+)*(?: [a-z]+(?:'[a-z]+)*)*")
    assert [text for text in lines if not line.fullmatch(text)] == []


def test_no_line_occurs_twice(lines: list[str]) -> None:
    assert len(set(lines)) == len(lines)


def test_no_line_is_a_bare_name(lines: list[str]) -> None:
    assert min(len(line.split()) for line in lines) == 3


def test_it_reads_as_english(lines: list[str]) -> None:
    common = ["the", "a", "is", "to", "of"]
    counts = Counter(word for line in lines for word in line.split())
    assert {word for word, _ in counts.most_common(8)} >= set(common)
    assert sum(counts[word] for word in common) > 0.1 * counts.total()


def test_written_file_holds_the_lines_which_are_the_same_every_time(
    tmp_path: Path, lines: list[str]
) -> None:
    path = tmp_path / "demo.txt"
    path.write_text("before", encoding="utf-8")
    result = write_demo_corpus(path)
    assert path.read_bytes() == "".join(line + "\n" for line in lines).encode("ascii")
    assert result.lines == len(lines)
    assert result.tokens == sum(len(line.split()) for line in lines)
    assert 0 < result.sources <= result.lines
    assert list(tmp_path.iterdir()) == [path]


def test_written_file_has_ordinary_permissions(tmp_path: Path, small_library: Path) -> None:
    (small_library / "a.py").write_text('"""Return the lines of a file."""\n', encoding="utf-8")
    ordinary = tmp_path / "ordinary"
    ordinary.touch()
    write_demo_corpus(tmp_path / "demo.txt")
    assert (tmp_path / "demo.txt").stat().st_mode == ordinary.stat().st_mode


@pytest.mark.parametrize(
    ("call", "error", "raised"),
    [
        ("replace", OSError("disk full"), StorageError),
        ("fsync", KeyboardInterrupt(), KeyboardInterrupt),
    ],
)
def test_failed_write_leaves_the_old_file(
    tmp_path: Path,
    small_library: Path,
    monkeypatch: pytest.MonkeyPatch,
    call: str,
    error: BaseException,
    raised: type[BaseException],
) -> None:
    def fail(*_: object) -> None:
        raise error

    (small_library / "a.py").write_text('"""Return the lines of a file."""\n', encoding="utf-8")
    path = tmp_path / "demo.txt"
    path.write_text("before", encoding="utf-8")
    monkeypatch.setattr(files.os, call, fail)
    with pytest.raises(raised):
        write_demo_corpus(path)
    assert path.read_text(encoding="utf-8") == "before"
    assert sorted(tmp_path.iterdir()) == [path, small_library]


def test_missing_folder_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="does not exist"):
        write_demo_corpus(tmp_path / "missing" / "demo.txt")


def test_library_without_sources_is_an_input_error(
    tmp_path: Path, small_library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_corpus, "MIN_TOKENS", MIN_TOKENS)
    (small_library / "a.py").write_text('"""Return the lines of a file."""\n', encoding="utf-8")
    path = tmp_path / "demo.txt"
    path.write_text("before", encoding="utf-8")
    with pytest.raises(InputError, match=r"only 6 words .* \(at least 50,000 are needed\)"):
        write_demo_corpus(path)
    assert path.read_text(encoding="utf-8") == "before"
    assert sorted(tmp_path.iterdir()) == [path, small_library]


def test_every_docstring_of_a_file_is_read(small_library: Path) -> None:
    (small_library / "b.py").write_text(
        '"""The module comes first."""\n'
        "if True:\n"
        "    class A:\n"
        '        """The class is nested."""\n'
        "        async def f(self):\n"
        '            """The function is deeper."""\n'
        "            try:\n"
        "                pass\n"
        "            except ValueError:\n"
        '                def g(): "The handler is not lost."\n'
        '            return """The value is not a docstring."""\n',
        encoding="utf-8",
    )
    (small_library / "a.py").write_text('"""The first file by name."""\n', encoding="utf-8")
    found = list(demo_lines())
    assert found[:2] == ["the first file by name", "the module comes first"]
    assert set(found[2:]) == {
        "the class is nested",
        "the function is deeper",
        "the handler is not lost",
    }


@pytest.mark.parametrize("folder", ["site-packages", "test", "pkg/tests", "dist-packages"])
def test_other_folders_are_left_out(small_library: Path, folder: str) -> None:
    (small_library / folder).mkdir(parents=True)
    (small_library / folder / "a.py").write_text('"""It is not read here."""\n', encoding="utf-8")
    assert list(demo_lines()) == []


@pytest.mark.parametrize(
    "source",
    [
        b'"""It does not parse."""\nprint "x"\n',
        b'"""It holds a null."""\n\0',
        b'"""It is not UTF-8: \xff."""\n',
        b'# coding: unheard-of\n"""It is a coding nobody knows."""\n',
        b"",
    ],
)
def test_a_file_that_does_not_parse_is_skipped(small_library: Path, source: bytes) -> None:
    (small_library / "a.py").write_bytes(source)
    (small_library / "b.py").write_text('"""It is read all the same."""\n', encoding="utf-8")
    assert list(demo_lines()) == ["it is read all the same"]


def test_an_invalid_escape_does_not_warn(
    small_library: Path, recwarn: pytest.WarningsRecorder
) -> None:
    (small_library / "a.py").write_text(r'"""It is an escape: \d."""', encoding="utf-8")
    assert list(demo_lines()) == ["it is an escape"]
    assert len(recwarn) == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Don't split the user's built-in I/O.", ["don't split the user built in io"]),
        ("The file(s) in *path*, or `None`.", ["the files in path or none"]),
        ("Call read() and then os.path.join(a, b) on it.", ["call read and then on it"]),
        ("The utf_8 and 1,000 others are dropped.", ["the and others are dropped"]),
        ("Changed in version 3.8: The default is now true.", ["the default is now true"]),
        ("See :func:`len` for more of it.", ["see len for more of it"]),
        ("read(size=-1) -> bytes\n\nReturn the bytes.", ["return the bytes"]),
        ("Title of it\n===========\n\nThe text is here.", ["title of it", "the text is here"]),
        ("The text.\n\n>>> run(the, text)\nthe output of it\n\nThe end is near.", None),
        ("It is so::\n\n    for the text in the code\n\nThe end is near.", None),
        ("It is so:\n\n    if it is the text\n\n    or not the code\n\nThe end is near.", None),
        ("It is so:\n\n    The text is kept.", ["it is so", "the text is kept"]),
        ("- the first item\n- the second\n  item", ["the first item", "the second item"]),
        ("name -- the name of it\nsize -- the size", ["name the name of it", "size the size"]),
        ("+---+----+\n| a | of |\n+---+----+", []),
        ("Name", []),
    ],
)
def test_what_becomes_of_a_text(text: str, expected: list[str] | None) -> None:
    found = paragraphs(text)
    if expected is None:  # the code in the middle is gone, and nothing else
        assert found[-1] == "the end is near"
        assert found[:-1] in ([], ["it is so"])
    else:
        assert found == expected
