"""Which tests are slow: ``make test`` leaves them out, ``make slow`` runs them, and CI runs both.

Whatever is slow has its like in ``make test``: some of its parameters, a shorter run, or a test of
what it is made of.
"""

from fnmatch import fnmatchcase
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]

_OF_COLOURS = ["map *", "similar m*", "train text.txt --min*"]
"""Commands that draw in colours, print in some, and train."""

SLOW = {
    "bench/test_bench.py::test_a_benchmark_measures": {"a", "d"},
    "bench/test_bench.py::test_fasttext_is_compared_with": set(),
    "bench/test_bench.py::test_gensim_is_compared_with": set(),
    "bench/test_bench.py::test_the_vocabulary_grows_as_gensims": set(),
    "cli/test_cli_colours.py::test_a_dumb_terminal_gets_text": {*_OF_COLOURS},
    "cli/test_cli_colours.py::test_terminals_get_colours": {"map *", "train *"},
    "cli/test_cli_colours.py::"
    "test_what_goes_to_a_pipe_has_no_colours_even_if_they_are_forced": {*_OF_COLOURS},
    "cli/test_cli_colours.py::test_who_asks_for_no_colours_gets_none":
        {f"variables0-{command}" for command in _OF_COLOURS},
    "cli/test_cli_common.py::test_quiet_is_silent_of_what_goes_well": {"*-train", "*-s*", "*-b*"},
    "cli/test_cli_completion.py::test_bash_completes": {"w2vcli tr", "w2vcli train te"},
    "cli/test_cli_completion.py::test_the_answers_to_zsh_and_fish": {"w2vcli tr", "* te"},
    "cli/test_cli_count_jobs.py::test_the_next_run_takes_up_what_a_killed_one_has_finished": set(),
    "cli/test_cli_count_shard.py::test_wikitext_2_in_three_shares_at_once": set(),
    "cli/test_cli_examples.py::test_the_examples_run": {"similar"},
    "cli/test_cli_exit_codes.py::test_the_code_ends_a_process": {"0", "2", "3", "66", "7[358]"},
    "cli/test_cli_gating.py::test_a_run_that_is_killed_while_it_publishes": {"0-link-*"},
    "cli/test_cli_log_file.py::test_errors_are_in_the_log_also_those_of_the_command_line":
        {"arguments0-*", "arguments4-66-text"},
    "cli/test_cli_log_file.py::test_the_log_has_what_is_said_whether_it_is_shown_or_not":
        {"quiet0"},
    "cli/test_cli_plot.py::test_where_there_is_no_braille": {"environment0"},
    "cli/test_cli_process.py::test_a_mapped_model_that_is_cut_short_between_two_queries":
        {"predict"},
    "cli/test_cli_process.py::"
    "test_a_signal_ends_the_run_saves_it_and_leaves_the_model_as_it_was": {"SIGTERM"},
    "cli/test_cli_process.py::test_a_terminal_gets_a_table_of_losses_and_a_file_the_results": {""},
    "cli/test_cli_process.py::test_training_outlives_its_listeners":
        {"2>&1 | true-0", "--json 2> log > /dev/full-74"},
    "cli/test_cli_remote_store.py::test_several_machines_change_a_store_at_once": set(),
    "cli/test_cli_surroundings.py::test_a_clock_that_jumps": set(),
    "cli/test_cli_surroundings.py::test_a_folder_for_temporary_files_that_cannot_be_used":
        {"text.txt"},
    "cli/test_cli_surroundings.py::test_a_home_that_cannot_be_written_to": set(),
    "cli/test_cli_surroundings.py::test_a_language_without_letters": {"C"},
    "cli/test_cli_surroundings.py::test_a_signal_that_the_parent_ignores_stays_ignored": {"1"},
    "cli/test_cli_surroundings.py::test_an_empty_environment": {"query"},
    "cli/test_cli_surroundings.py::test_few_open_files": set(),
    "cli/test_cli_surroundings.py::test_few_threads": {"2"},
    "cli/test_cli_surroundings.py::test_little_address_space": {"*-50", "*-400", "*-900"},
    "cli/test_cli_surroundings.py::test_streams_that_are_closed": {"*-closed3"},
    "cli/test_cli_train.py::test_the_file_does_not_depend_on_the_threads_of_blas": set(),
    "counts/test_gensim_phrases.py::test_a_second_table_has_the_longer_phrases_of_a_second_phrases":
        set(),
    "counts/test_gensim_phrases.py::test_the_same_phrases_and_scores_on_wikitext":
        {"word2vec-none"},
    "counts/test_memory_budget.py::test_counting_keeps_to_the_memory_given": set(),
    "counts/test_remote_store.py::test_a_killed_writer_leaves_the_store_as_before_or_after":
        {"subtract", "keep"},
    "counts/test_remote_store.py::test_a_writer_killed_at_its_mirror_does_no_harm": {"compact"},
    "counts/test_memory_budget.py::"
    "test_merging_takes_each_word_once_however_many_segments_have_it": set(),
    "counts/test_pruned.py::test_any_texts_pruned_once_and_again": set(),
    "counts/test_sharded.py::test_any_texts_cut_anywhere": set(),
    "counts/test_store_acceptance.py::"
    "test_parts_of_wikitext_in_any_order_some_twice_some_by_processes_that_are_killed": set(),
    "counts/test_store_changes.py::test_many_processes_some_of_which_are_killed": set(),
    "counts/test_store_storage.py::test_each_operation_fails": {"*-how0", "count-how3"},
    "counts/test_store_storage.py::test_what_a_stopped_removal_has_left_is_swept_whatever_fails":
        set(),
    "counts/test_store_storage.py::test_whatever_a_loss_of_power_leaves_counts_before_or_after":
        {"count", "remove*"},
    "docs/test_curve_shown.py::test_the_curve_of_the_manual": set(),
    "docs/test_nightly.py::test_seven_nights_publish_what_is_right": set(),
    "docs/test_sessions.py::test_sessions_show_what_is_printed": {"README"},
    "docs/test_shares_shown.py::test_shares_of_words_by_make": set(),
    "docs/test_shares_shown.py::test_shares_by_xargs_and_by_an_array_of_jobs": set(),
    "docs/test_to_gensim.py::test_lines_of_python": set(),
    "judging/test_calibration.py::test_probabilities_are_the_frequencies_of_held_out_text":
        {"skipgram"},
    "judging/test_gensim_agreement.py::test_real_analogies": set(),
    "stress/test_fuzz.py::test_what_is_damaged_is_read_or_refused": {"m*", "s*"},
    "stress/test_kills.py::test_what_is_written_wrongly_is_found": set(),
    "stress/test_kills.py::test_whenever_a_run_is_killed_the_next_one_goes_on_to_the_same_bytes":
        {"5-*"},
    "system/test_code_cache.py::test_a_file_that_a_loss_of_power_has_damaged_is_replaced":
        set(),
    "system/test_code_cache.py::test_code_that_cannot_be_kept_is_no_reason_to_fail": set(),
    "system/test_code_cache.py::test_whatever_the_umask_nobody_else_reaches_the_kernels": {"True"},
    "system/test_generations.py::test_any_sequence_of_runs_some_of_which_are_killed": {"0"},
    "system/test_generations.py::test_killed_while_publishing": {"*-0-*", "publish-2-1"},
    "system/test_generations.py::test_killed_while_rolling_back": {"*-1", "*-2"},
    "test_halves.py::test_some_of_what_is_slow_stays_with_the_quick": set(),
    "text/test_demo_corpus.py::test_it_holds_enough_text": set(),
    "text/test_demo_corpus.py::"
    "test_written_file_holds_the_lines_which_are_the_same_every_time": set(),
    "text/test_untokenized.py::test_the_demo_corpus": set(),
    "training/test_faults.py::test_each_operation_fails_once":
        {"build-vocab-EIO", "train-EIO", "stopped-EIO", "resumed-EIO"},
    "training/test_faults.py::test_each_operation_is_done_and_yet_said_to_have_failed":
        {"build-vocab", "train", "stopped", "resumed"},
    "training/test_faults.py::test_from_each_operation_on_the_disk_is_gone":
        {"build-vocab", "train", "stopped", "resumed"},
    "training/test_resume.py::test_every_flipped_bit_of_a_model_and_a_checkpoint_is_found": set(),
    "training/test_row_sample.py::test_a_sample_is_near_the_whole": set(),
    "training/test_run_memory.py::test_training_keeps_to_the_memory_given_or_is_refused": set(),
}  # fmt: skip
"""Slow tests by file and function, each with patterns of the parameters that stay with the quick.

The parameters are what stands between brackets in the name of a test.
"""


def is_slow(file: Path, function: str, parameters: str) -> bool:
    """Return whether a test is slow, by its file, its function and its parameters ("" if none)."""
    if not file.is_relative_to(TESTS):
        return False
    stay = SLOW.get(f"{file.relative_to(TESTS).as_posix()}::{function}")
    return stay is not None and not any(fnmatchcase(parameters, pattern) for pattern in stay)
