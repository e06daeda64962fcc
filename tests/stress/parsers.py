"""Everything in w2vcli that reads a file from outside: a table, with good files to damage."""

import bz2
import gzip
import lzma
import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from helpers.fasttext_files import TinyModel
from stress.damage import damaged, damaged_tensors

from w2vcli.counts.drafts import count, merge, prune, subtract, tombstone
from w2vcli.counts.overlaps import shared_lines
from w2vcli.counts.segment_sums import check
from w2vcli.counts.segments import FORMAT as SEGMENT
from w2vcli.counts.segments import Counting, Segment, SegmentInfo
from w2vcli.counts.spool import Spool
from w2vcli.errors import DataError, InputError, UsageError
from w2vcli.formats.exporting import ExportOptions, export_vectors
from w2vcli.formats.importing import import_vectors
from w2vcli.judging.prediction import Predictor
from w2vcli.system.temporary import temporary_file
from w2vcli.system.tensor_file import format_of, verify
from w2vcli.system.threads import Team
from w2vcli.text.corpus import Corpus
from w2vcli.text.ngrams import NgramRange
from w2vcli.text.phrases import PhraseTable
from w2vcli.text.rules import TextRules
from w2vcli.text.tokens import Lexicon
from w2vcli.text.vocabulary import Selection, Vocabulary, read_word_list
from w2vcli.training.checkpoint import Checkpoint, format_for
from w2vcli.training.data import encode_and_build
from w2vcli.training.events import TrainerState
from w2vcli.training.options import TrainingOptions
from w2vcli.vectors import model as model_file
from w2vcli.vectors.hashed_ngrams import HashedNgrams
from w2vcli.vectors.imported import ImportedVectors
from w2vcli.vectors.model import Model
from w2vcli.vectors.neighbors import UnknownWordsError, VectorSpace
from w2vcli.vectors.spellings import Spellings
from w2vcli.vectors.subwords import vector_of

try:
    from compression import zstd
except ImportError:
    try:
        from backports import zstd
    except ImportError:
        zstd = None


@dataclass(frozen=True)
class Parser:
    """A reader of files.

    Attributes
    ----------
    use
        Reads a file and uses what it read; raises a W2VError, or nothing.
    goods
        Writes good files with the path that it is given, and returns their bytes.
    damage
        Makes a damaged file of them.
    share
        Of all inputs, in proportion to the others.
    """

    use: Callable[[Path], Any]
    goods: Callable[[Path], list[bytes]]
    damage: Callable[[Any, list[bytes]], bytes] = damaged
    share: int = 1


_LONGEST_MESSAGE = 1000


def check_message(error):
    """Raise an AssertionError if the message of an error is no sentence for a terminal."""
    message = str(error)
    assert "\n" not in message, "the message has several lines"
    assert len(message) < _LONGEST_MESSAGE, "the message is as long as a page"


WORDS = ["the", "king", "señor", "\U0001d54f", "a\u00a0b"]
TEXT = "the king and the señor\n\nA\tİ b\r\nthe \u2028 king\n".encode() * 3


# --- models and checkpoints -------------------------------------------------------------


def _models(path):
    goods = []
    for arch, dim, words in (("skipgram", 3, WORDS), ("cbow", 1, WORDS[:1])):
        random = np.random.default_rng(5)
        size = len(words)
        w_in, w_out = random.normal(size=(2, size, dim)).astype(np.float32)
        Model(
            words, np.arange(size, 0, -1), w_in, w_out, np.zeros(size, np.float32),
            config=TrainingOptions(arch, dim=dim).resolved().as_json() | {"lower": True},
            corpus={"tokens": 17, "inputs": [{"sha256": "ab", "bytes": 9, "tokens": 17}]},
            history=[{"loss": 2.5, "validation_loss": None}],
            versions={"w2vcli": "0"},
        ).save(path)  # fmt: skip
        goods.append(path.read_bytes())
    return goods


def ask_model(path):
    """Load a model and ask it everything that the query commands ask."""
    format_of(path)
    with suppress(DataError):
        verify(path, model_file.FORMAT)
    model = Model.load(path)
    first, second, third = (model.words[i % len(model.words)] for i in (0, 1, -1))
    model.find("KING")
    Spellings(model.words).near("kinge")
    space = VectorSpace(model)
    predictor = Predictor(model, Team())
    with suppress(UnknownWordsError):  # where the text was lower-cased and a word is not
        space.similar(first)
        space.analogy(first, second, third)
        space.analogy(third, first, second, method="mul")
        predictor.between([first], [second, "unknown"])
        predictor.around(first)
    for score in predictor.score([[first, second, "unknown", third]]):
        _ = score.perplexity


# --- vectors of others ------------------------------------------------------------------


def _exports(form):
    def goods(path):
        found = []
        for words in (WORDS, [f"w{i}" for i in range(300)]):
            numbers = np.random.default_rng(6).normal(size=(len(words), 3)).astype(np.float32)
            export_vectors(ImportedVectors(words, numbers), path, ExportOptions(form))
            found.append(path.read_bytes())
        return found

    return goods


def _finalfusion(_path):
    words, numbers = (b"the", "señor".encode()), np.arange(4, dtype="<f4")
    vocabulary = struct.pack("<Q", 2) + b"".join(struct.pack("<I", len(w)) + w for w in words)
    start = b"FiFu" + struct.pack("<4I", 0, 2, 1, 2)
    start += struct.pack("<IQ", 1, len(vocabulary)) + vocabulary
    padding = 4 - (len(start) + 28) % 4
    matrix = struct.pack("<QII", 2, 2, 10) + bytes(padding) + numbers.tobytes()
    return [start + struct.pack("<IQ", 2, len(matrix)) + matrix]


def _fasttext(_path):
    """Write models with n-grams and without."""
    rows = np.random.default_rng(7).normal(size=(len(WORDS) + 9, 3)).astype(np.float32).tolist()
    own, buckets = rows[: len(WORDS)], rows[len(WORDS) :]
    return [TinyModel(WORDS, own, buckets).data(), TinyModel(WORDS, own, [], maxn=0).data()]


def read_vectors(path):
    """Import a file, by its content, strictly and not, and ask what was imported."""
    with suppress(DataError, InputError):
        import_vectors(str(path), top=2)
    skipped = None
    with suppress(DataError, InputError):
        skipped = import_vectors(str(path), on_bad_rows="skip").vectors
    vectors = import_vectors(str(path)).vectors
    assert skipped is not None
    assert vectors.words == skipped.words
    assert np.isfinite(vectors.w_in).all()
    vectors.save(path)
    ask_imported(path)


def _imported(path):
    goods = []
    for subwords in (None, HashedNgrams(NgramRange(3, 4), np.ones((5, 2), np.float32))):
        matrix = np.ones((len(WORDS), 2), np.float32)
        vectors = ImportedVectors(WORDS, matrix, {"file": "x"}, {"a": "b"}, subwords=subwords)
        vectors.save(path)
        goods.append(path.read_bytes())
    return goods


def ask_imported(path):
    """Load imported vectors, and ask them something."""
    vectors = ImportedVectors.load(path)
    assert len(vectors.words) == len(vectors.w_in)
    VectorSpace(vectors).similar(vectors.words[0])
    if vectors.subwords is not None:
        assert vector_of(vectors.subwords, "unseen").shape == vectors.w_in.shape[1:]


def _checkpoints(path):
    goods = []
    for optimizer in ("adagrad", "sgd"):
        config = TrainingOptions(dim=2, optimizer=optimizer).resolved().as_json()
        matrix, vector = np.ones((3, 2), np.float32), np.ones(3, np.float32)
        arrays = {"input": matrix, "output": matrix, "bias": vector}
        if optimizer == "adagrad":
            arrays |= {f"{name}_squares": values for name, values in arrays.items()}
        Checkpoint(
            TrainerState(
                2, 1, (2.5, 1.0), np.random.default_rng(1).bit_generator.state,
                [{"loss": 2.5, "validation_loss": None}], arrays,
            ),
            config | {"lower": False, "vocabulary": {"min_count": 5, "max_vocab": None}},
            {"tokens": 17, "fingerprint": "ab", "inputs": [{"sha256": "ab", "tokens": 17}]},
            "ab" * 32,
            {"w2vcli": "0"},
        ).save(path)  # fmt: skip
        goods.append(path.read_bytes())
    return goods


def load_checkpoint(path):
    """Load a checkpoint, and compare it with the run at hand, as ``--resume`` does."""
    saved = Checkpoint.load(path)
    state = saved.state
    assert len(state.history) >= state.pass_number - 1
    assert set(state.arrays) == set(format_for(saved.config).tensors)
    assert state.pass_number >= 1
    assert state.blocks_done >= 0
    saved.check_options(path, saved.config)
    saved.check_texts(path, saved.corpus, saved.words)
    for compare in (
        lambda: saved.check_options(path, {"dim": 7, "vocabulary": {"given": "ab"}}),
        lambda: saved.check_texts(path, {"inputs": [], "fingerprint": "cd"}, "cd" * 32),
    ):
        try:
            compare()
        except UsageError as error:
            check_message(error)


# --- segments ---------------------------------------------------------------------------


def _segments(path):
    """Write segments of several texts, also pruned, of one, without words, and of no text."""
    goods = []
    for texts in ([TEXT, b"the king\n" * 30], [TEXT], [b""]):
        names = [path.with_name(f"{path.name}-{i}") for i in range(len(texts))]
        for name, text in zip(names, texts, strict=True):
            name.write_bytes(text)
        with Spool(Corpus(map(str, names))) as spool, temporary_file() as file:
            count(spool, range(len(texts)), _COUNTING, "a..b", file).save(path, ["c.segment"])
        if len(texts) == 2:
            goods.append(_pruned(path))
        goods.append(path.read_bytes())
        for name in names:
            name.unlink()
    tombstone("a", _COUNTING).save(path)
    return [*goods, path.read_bytes()]


def _pruned(path):
    whole = path.read_bytes()
    with Segment.open(SegmentInfo.read(path)) as segment, temporary_file() as file:
        prune(segment, segment.counts > 3, 4, file).save(path)
    pruned = path.read_bytes()
    path.write_bytes(whole)
    return pruned


_COUNTING = Counting(TrainingOptions().windows)


def use_segment(path):
    """Open a segment, and do with it what a store and a training do."""
    info = SegmentInfo.read(path)
    if not info.inputs:
        return
    with suppress(DataError):
        verify(path, SEGMENT)
    info.as_json()
    with Segment.open(info) as segment, temporary_file() as file, temporary_file() as other:
        try:
            check(segment)
        except DataError as error:
            check_message(error)
        merge([segment, segment], "a", file)
        if (segment.counts < 4).any():
            prune(segment, segment.counts > 3, 4, file)
        text = path.with_name(f"{path.name}-text")
        text.write_bytes(TEXT)
        with Spool(Corpus([str(text)])) as spool:
            shared_lines([info], spool.records)
            subtract(segment, spool, [0], file, other)


# --- texts ------------------------------------------------------------------------------


def _vocabularies(_path):
    return [
        "the 1200\nking 31\nseñor 5\na\u00a0b 1\n".encode(),
        b"\xef\xbb\xbfa\t2\r\nb  1\n",
        gzip.compress(b"the 12\nof 7\n", mtime=0),
    ]


def read_vocabulary(path):
    """Read a file as a vocabulary, and as a list of words."""
    read_word_list(str(path))
    vocabulary = Vocabulary.load(str(path))
    _ = vocabulary.ids
    vocabulary.head(2)
    Lexicon((word.encode() for word in vocabulary.words), grow=False)


def _phrases(_path):
    return [
        "new york\t52363.1\t1200\nbéla bartók\t0.25\t7\na\u00a0b of the sea\t1e-05\t1\n".encode(),
        b"\xef\xbb\xbfthe king\r\n\r\nand  the se\xc3\xb1or\r\n",
    ]


def join_phrases(path):
    """Read a file as a table of phrases, join them in a text, and write the table again."""
    table = PhraseTable.load(str(path))
    joiner = table.joiner()
    joined = joiner.feed(TEXT) + joiner.finish()
    assert joined.replace(b"_", b" ").split() == TEXT.replace(b"_", b" ").split()
    table.save(path)
    assert PhraseTable.load(str(path)).fingerprint == table.fingerprint


def _texts(_path):
    return [TEXT, b"\xef\xbb\xbf" + TEXT, b"word " * 300, b""]


def count_text(path):
    """Read a file as a corpus: its chunks, its tokens, its words and their counts."""
    for _ in Corpus([str(path)], TextRules(lower=True)).chunks(16):
        pass
    encode_and_build(Corpus([str(path)]), Selection(min_count=1))


def _compressed(compress):
    texts = [TEXT, b"", b"\xff\xfe not UTF-8", b"the king " * 2000]
    return lambda _path: [compress(text) for text in texts] + [compress(TEXT) + compress(b"more")]


def _xz_goods(path):
    return [*_compressed(lzma.compress)(path), huge_dictionary()]


def huge_dictionary():
    """Return xz data that ask for 4 GiB of memory, to decompress a few bytes."""
    data = bytearray(lzma.compress(b"the king", check=lzma.CHECK_NONE))
    header = slice(12, 12 + 4 * (data[12] + 1))
    block = data[header]
    block[4] = 40  # the size of the dictionary, in the properties of LZMA2
    block[-4:] = zlib.crc32(block[:-4]).to_bytes(4, "little")
    data[header] = block
    return bytes(data)


PARSERS = {
    "model": Parser(ask_model, _models, damaged_tensors, 4),
    "checkpoint": Parser(load_checkpoint, _checkpoints, damaged_tensors, 4),
    "segment": Parser(use_segment, _segments, damaged_tensors, 4),
    "vocabulary": Parser(read_vocabulary, _vocabularies, share=3),
    "word2vec": Parser(read_vectors, _exports("word2vec"), share=2),
    "word2vec binary": Parser(read_vectors, _exports("word2vec-binary"), share=2),
    "finalfusion": Parser(read_vectors, _finalfusion),
    "fasttext": Parser(read_vectors, _fasttext, share=2),
    "imported": Parser(ask_imported, _imported, damaged_tensors, 2),
    "phrases": Parser(join_phrases, _phrases, share=3),
    "text": Parser(count_text, _texts, share=3),
    "gzip": Parser(count_text, _compressed(lambda text: gzip.compress(text, mtime=0))),
    "bzip2": Parser(count_text, _compressed(bz2.compress)),
    "xz": Parser(count_text, _xz_goods),
}
if zstd is not None:
    PARSERS["zstd"] = Parser(count_text, _compressed(zstd.compress))
