"""Which tests run in which half of the suite: ``make test`` runs it compiled and as plain Python.

The plain half, with NUMBA_DISABLE_JIT=1, shows that the kernels do the same as plain Python. Tests
of files, faults, processes and whatever else does not depend on what kernels compute run once.
"""

from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]

ONCE = {
    "bench",
    "cli/test_cli_colours.py",
    "cli/test_cli_common.py",
    "cli/test_cli_completion.py",
    "cli/test_cli_count_jobs.py",
    "cli/test_cli_examples.py",
    "cli/test_cli_exit_codes.py",
    "cli/test_cli_export.py",
    "cli/test_cli_forged_models.py",
    "cli/test_cli_gating.py",
    "cli/test_cli_help.py",
    "cli/test_cli_import.py",
    "cli/test_cli_like.py",
    "cli/test_cli_log_file.py",
    "cli/test_cli_manual.py",
    "cli/test_cli_phrases_joined.py",
    "cli/test_cli_plan.py",
    "cli/test_cli_process.py",
    "cli/test_cli_recipe.py",
    "cli/test_cli_rollback.py",
    "cli/test_cli_storage.py",
    "cli/test_cli_store_upkeep.py",
    "cli/test_cli_surroundings.py",
    "cli/test_cli_tokenize.py",
    "cli/test_cli_plot.py",
    "cli/test_cli_whole_texts.py",
    "cli/test_pages.py",
    "cli/test_print_config.py",
    "cluster",
    "counts/test_gensim_phrases.py",
    "counts/test_labels.py",
    "counts/test_memory_budget.py",
    "counts/test_overlaps.py",
    "counts/test_store_storage.py",
    "docs",
    "formats",
    "judging/test_comparison.py",
    "judging/test_evaluation.py",
    "judging/test_file_info.py",
    "judging/test_gate.py",
    "judging/test_gensim_agreement.py",
    "judging/test_requirements.py",
    "judging/test_training_curve.py",
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
    "training/test_power_loss.py",
    "training/test_publishing.py",
    "training/test_recovery.py",
    "training/test_resume.py",
    "training/test_run_memory.py",
    "vectors",
}
"""Folders and files of tests that run once; of others some tests are marked ``once``."""


def is_plain(path, markers):
    """Return whether the plain half has a test, by its file and the names of its markers."""
    places = {path, *path.parents}
    listed = any(TESTS / name in places for name in ONCE)
    return not listed and markers.isdisjoint({"jit", "once"})
