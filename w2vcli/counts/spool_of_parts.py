"""The parts of texts that a segment holds, read again: to be taken out of it.

All of a segment can be taken out of a store unread. If it holds other texts, too, the counts of its
parts are subtracted; they are read from the file of the text, which has to be as it was.
"""

from collections.abc import Collection, Mapping
from typing import Any

from w2vcli.counts import parts
from w2vcli.counts.segments import SegmentInfo
from w2vcli.counts.shards import Source
from w2vcli.counts.spool import Spool
from w2vcli.errors import DataError
from w2vcli.text.compression import is_plain
from w2vcli.text.corpus import Corpus
from w2vcli.text.input_files import describe, identity_of, reads_ranges, size_of
from w2vcli.text.opening import opened
from w2vcli.text.ranges import RangedCorpus


def parts_of(info: SegmentInfo, texts: Collection[str]) -> list[dict[str, Any]]:
    """Return the entries of a segment that are parts of some texts, given by their SHA-256."""
    return [
        entry for entry in info.inputs if entry["sha256"] in texts and "part" in parts.whole(entry)
    ]


def check_cuttable(info: SegmentInfo, corpus: Corpus, places: Mapping[str, int]) -> None:
    """Check that the parts of texts can be read that are to be taken out of a segment.

    Parameters
    ----------
    info
        The segment.
    corpus, places
        The texts, and the indices of those to take out, by their SHA-256.

    Raises
    ------
    DataError
        If one is not a file as large as the one that was counted.
    """
    if info.texts <= places.keys() or not parts_of(info, places.keys()):
        return  # the segment is removed, or has no need of this
    for entry in info.inputs:
        if entry["sha256"] not in places:
            continue
        name = corpus.files[places[entry["sha256"]]]
        source = None if size_of(name) is None else _source_of(name, corpus)
        part = parts.whole(entry).get("part")
        is_same = source and (not part or (source.is_plain and source.size == part["of"]))
        if not is_same:
            raise DataError(
                f"{describe(name)}: {info.path.name} holds a part of a text beside other texts; "
                "that is taken out only if all of them are files, as they were when they were "
                "counted, and not compressed"
            )


def spool_of_parts(
    info: SegmentInfo, corpus: Corpus, places: Mapping[str, int], threads: int
) -> Spool:
    """Read of some texts only what a segment holds of them.

    Parameters
    ----------
    info
        The segment.
    corpus, places
        The texts, and the indices of those to read, by their SHA-256.
    threads
        The number of threads.

    Returns
    -------
    spool
        The ranges; the records have the SHA-256 of the whole texts.

    Raises
    ------
    DataError
        If they are not what was counted.
    """
    held = [entry for entry in info.inputs if entry["sha256"] in places]
    ranges = []
    for entry in held:
        source = _source_of(corpus.files[places[entry["sha256"]]], corpus)
        part = parts.whole(entry).get("part")
        ranges.append(source.range(part["begin"], part["end"]) if part else source.range())
    spool = Spool(RangedCorpus.of(corpus, ranges), threads, sketched=0)
    for record, entry in zip(spool.records, held, strict=True):
        if f"{record.fingerprint:016x}" != entry["fingerprint"]:
            raise DataError(
                f"{record.title}: its words are not those that were counted in {info.path.name}; "
                "give the options that it was counted with"
            )
        record.sha256 = entry["sha256"]
    return spool


def _source_of(name: str, corpus: Corpus) -> Source:
    """Return a file that is to be read again, and perhaps in part."""
    plain = False
    if corpus.reading.is_utf8 and reads_ranges(name):
        with opened(name) as source:
            plain = is_plain(source)
    return Source(name, size_of(name) or 0, identity_of(name), plain)
