"""w2vcli: word2vec with the exact full softmax, as a library.

The names listed in ``__all__`` are for notebooks and programs, and the command line uses the
same::

    import w2vcli

    options = w2vcli.TrainingOptions(dim=50)
    w2vcli.train("news.txt", "news.safetensors", options)
    model = w2vcli.load("news.safetensors")
    w2vcli.VectorSpace(model).similar("king", top=5)

    store = w2vcli.Store("counts")
    store.add(w2vcli.Corpus(["news.txt"]), label="2026-11-23")
    w2vcli.train(store, "news.safetensors", options, warm_start="news.safetensors")

A name is loaded when it is first used: asking a model never waits for Numba. Nothing here prints;
failures are ``W2VError``s (``w2vcli.errors``).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from w2vcli.errors import W2VError

if TYPE_CHECKING:
    from w2vcli.cluster.connection import connected
    from w2vcli.cluster.output_layer import output_on
    from w2vcli.cluster.workers import DaskRunner
    from w2vcli.counts.phrase_criteria import PhraseCriteria
    from w2vcli.counts.phrase_search import find_phrases
    from w2vcli.counts.scratch import scratch_store
    from w2vcli.counts.sharded import Sharding
    from w2vcli.counts.shards import Share
    from w2vcli.counts.store import Store
    from w2vcli.counts.task_runner import ProcessRunner
    from w2vcli.counts.word_merge import merge_word_shares
    from w2vcli.counts.word_shards import vocabulary_in_shards
    from w2vcli.counts.word_share import check_no_shares, count_word_share
    from w2vcli.formats.exporting import Exported, ExportOptions, export_vectors
    from w2vcli.formats.importing import import_vectors
    from w2vcli.formats.registry import chosen_format, export_files
    from w2vcli.judging.comparison import compare
    from w2vcli.judging.drift import drift_map
    from w2vcli.judging.evaluation import evaluate_analogies, evaluate_similarity
    from w2vcli.judging.file_info import facts_of
    from w2vcli.judging.gate import Gate
    from w2vcli.judging.judgements import read_pairs, read_questions
    from w2vcli.judging.perplexity import score_text
    from w2vcli.judging.prediction import predictor
    from w2vcli.judging.training_curve import curve_of
    from w2vcli.judging.verdicts import Requirements
    from w2vcli.learning.example_values import example_values, intermediates
    from w2vcli.learning.gradient_check import check_corpus
    from w2vcli.learning.worked_example import work_out
    from w2vcli.text.corpus import Corpus
    from w2vcli.text.demo_corpus import write_demo_corpus
    from w2vcli.text.expected import Expected
    from w2vcli.text.phrases import PhraseTable
    from w2vcli.text.reading import Reading
    from w2vcli.text.rules import TextRules
    from w2vcli.text.untokenized import glued_punctuation
    from w2vcli.text.vocabulary import Selection, Vocabulary, count_vocabulary, read_word_list
    from w2vcli.text.windows import Windows
    from w2vcli.training import events
    from w2vcli.training.count_planner import plan_count
    from w2vcli.training.options import TrainingOptions
    from w2vcli.training.plan import Plan
    from w2vcli.training.planner import plan
    from w2vcli.training.publishing import kept_models, roll_back
    from w2vcli.training.session import train
    from w2vcli.vectors.clusters import Clusters, find_clusters
    from w2vcli.vectors.decimals import decimal_rows
    from w2vcli.vectors.loading import load, metadata_of
    from w2vcli.vectors.lookup import Lookup
    from w2vcli.vectors.model import Model
    from w2vcli.vectors.neighbors import Neighbor, UnknownWordsError, VectorSpace
    from w2vcli.vectors.ngram_shares import NgramShare, check_ngrams, ngram_shares
    from w2vcli.vectors.spellings import Spellings
    from w2vcli.vectors.word_map import WordMap, map_words
    from w2vcli.vectors.word_vectors import WordVectors

__version__ = "0.1.0"

__all__ = [
    "Clusters",
    "Corpus",
    "DaskRunner",
    "Expected",
    "ExportOptions",
    "Exported",
    "Gate",
    "Lookup",
    "Model",
    "Neighbor",
    "NgramShare",
    "PhraseCriteria",
    "PhraseTable",
    "Plan",
    "ProcessRunner",
    "Reading",
    "Requirements",
    "Selection",
    "Sharding",
    "Share",
    "Spellings",
    "Store",
    "TextRules",
    "TrainingOptions",
    "UnknownWordsError",
    "VectorSpace",
    "Vocabulary",
    "W2VError",
    "Windows",
    "WordMap",
    "WordVectors",
    "__version__",
    "check_corpus",
    "check_ngrams",
    "check_no_shares",
    "chosen_format",
    "compare",
    "connected",
    "count_vocabulary",
    "count_word_share",
    "curve_of",
    "decimal_rows",
    "drift_map",
    "evaluate_analogies",
    "evaluate_similarity",
    "events",
    "example_values",
    "export_files",
    "export_vectors",
    "facts_of",
    "find_clusters",
    "find_phrases",
    "glued_punctuation",
    "import_vectors",
    "intermediates",
    "kept_models",
    "load",
    "map_words",
    "merge_word_shares",
    "metadata_of",
    "ngram_shares",
    "output_on",
    "plan",
    "plan_count",
    "predictor",
    "read_pairs",
    "read_questions",
    "read_word_list",
    "roll_back",
    "score_text",
    "scratch_store",
    "train",
    "vocabulary_in_shards",
    "work_out",
    "write_demo_corpus",
]

_MODULES = {
    "cluster.connection": ["connected"],
    "cluster.output_layer": ["output_on"],
    "cluster.workers": ["DaskRunner"],
    "text.corpus": ["Corpus"],
    "text.expected": ["Expected"],
    "text.phrases": ["PhraseTable"],
    "text.reading": ["Reading"],
    "text.rules": ["TextRules"],
    "text.untokenized": ["glued_punctuation"],
    "text.vocabulary": ["Selection", "Vocabulary", "count_vocabulary", "read_word_list"],
    "text.windows": ["Windows"],
    "text.demo_corpus": ["write_demo_corpus"],
    "counts.phrase_criteria": ["PhraseCriteria"],
    "counts.phrase_search": ["find_phrases"],
    "counts.scratch": ["scratch_store"],
    "counts.sharded": ["Sharding"],
    "counts.shards": ["Share"],
    "counts.word_shards": ["vocabulary_in_shards"],
    "counts.word_merge": ["merge_word_shares"],
    "counts.word_share": ["check_no_shares", "count_word_share"],
    "counts.store": ["Store"],
    "counts.task_runner": ["ProcessRunner"],
    "training.count_planner": ["plan_count"],
    "training.options": ["TrainingOptions"],
    "training.plan": ["Plan"],
    "training.planner": ["plan"],
    "training.publishing": ["kept_models", "roll_back"],
    "training.session": ["train"],
    "vectors.clusters": ["Clusters", "find_clusters"],
    "vectors.decimals": ["decimal_rows"],
    "vectors.loading": ["load", "metadata_of"],
    "vectors.lookup": ["Lookup"],
    "vectors.model": ["Model"],
    "vectors.neighbors": ["Neighbor", "UnknownWordsError", "VectorSpace"],
    "vectors.ngram_shares": ["NgramShare", "check_ngrams", "ngram_shares"],
    "vectors.spellings": ["Spellings"],
    "vectors.word_map": ["WordMap", "map_words"],
    "vectors.word_vectors": ["WordVectors"],
    "formats.exporting": ["ExportOptions", "Exported", "export_vectors"],
    "formats.importing": ["import_vectors"],
    "formats.registry": ["chosen_format", "export_files"],
    "judging.evaluation": ["evaluate_analogies", "evaluate_similarity"],
    "judging.judgements": ["read_pairs", "read_questions"],
    "judging.perplexity": ["score_text"],
    "judging.prediction": ["predictor"],
    "judging.comparison": ["compare"],
    "judging.drift": ["drift_map"],
    "judging.file_info": ["facts_of"],
    "judging.gate": ["Gate"],
    "judging.training_curve": ["curve_of"],
    "judging.verdicts": ["Requirements"],
    "learning.example_values": ["example_values", "intermediates"],
    "learning.worked_example": ["work_out"],
    "learning.gradient_check": ["check_corpus"],
    "training": ["events"],
}
_HOMES = {name: f"w2vcli.{module}" for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - PEP 562: whatever has this name
    if name not in _HOMES:
        raise AttributeError(f"module 'w2vcli' has no attribute {name!r}")
    if name == "events":
        return import_module("w2vcli.training.events")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
