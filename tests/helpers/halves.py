"""Which tests run in which half of the suite: ``make test`` runs it compiled and as plain Python.

The plain half, with NUMBA_DISABLE_JIT=1, shows that the kernels do the same as plain Python. Tests
of files, faults, processes and whatever else does not depend on what kernels compute run once.
"""

from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]

ONCE = {
    "bench",
    "cli",
    "cluster",
    "counts/test_gensim_phrases.py",
    "counts/test_labels.py",
    "counts/test_memory_budget.py",
    "counts/test_overlaps.py",
    "counts/test_remote_store.py",
    "counts/test_share.py",
    "counts/test_sharded.py",
    "counts/test_store_storage.py",
    "counts/test_word_shards.py",
    "docs",
    "formats",
    "judging/test_comparison.py",
    "judging/test_evaluation.py",
    "judging/test_file_info.py",
    "judging/test_gate.py",
    "judging/test_gensim_agreement.py",
    "judging/test_requirements.py",
    "judging/test_training_curve.py",
    "judging/test_unseen_evaluation.py",
    "pictures",
    "stress",
    "system",
    "test_face.py",
    "test_halves.py",
    "test_structure.py",
    "text/test_corpus.py",
    "text/test_demo_corpus.py",
    "text/test_expected.py",
    "text/test_fingerprint.py",
    "text/test_joining.py",
    "text/test_line_sketch.py",
    "text/test_lines.py",
    "text/test_phrases.py",
    "text/test_reading.py",
    "text/test_remote_texts.py",
    "text/test_rules.py",
    "text/test_tokenizer.py",
    "text/test_untokenized.py",
    "text/test_vocabulary.py",
    "training/test_curve_of_a_run.py",
    "training/test_faults.py",
    "training/test_kernels.py",
    "training/test_power_loss.py",
    "training/test_publishing.py",
    "training/test_recovery.py",
    "training/test_resume.py",
    "training/test_run_memory.py",
    "vectors",
}
"""Folders and files of tests that run once; of others some tests are marked ``once``."""

TWICE = {
    "cli/test_cli_gradcheck.py",
    "cli/test_cli_train.py",
    "cli/test_cli_train_store.py",
}
"""Files in those folders whose tests run in both halves all the same."""
_TWICE = {TESTS / name for name in TWICE}


def is_plain(path, markers):
    """Return whether the plain half has a test, by its file and the names of its markers."""
    places = {path, *path.parents}
    once = any(TESTS / name in places for name in ONCE) and path not in _TWICE
    return not once and markers.isdisjoint({"jit", "once"})
