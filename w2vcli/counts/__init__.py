"""From token streams to co-occurrence counts, and the store that keeps them.

``cooccurrence`` counts how often words stand near each other, within a memory limit
(``external_sum``, ``packed_runs``); ``subsampling`` gives frequent words less weight. A ``store``
is a folder of ``segments``, each with the counts of some texts: ``drafts`` makes them, ``listing``
reads the folder, ``transaction`` changes it, and ``segment_sums`` adds them up for training;
``overlaps`` names texts that would count twice, and segments without rare words are ``pruned``.

``phrase_search`` finds words that stand together more often than chance would have it, by exact
counts (``phrase_candidates``), scores (``phrase_scores``) and thresholds (``phrase_criteria``).
"""
