"""From token streams to co-occurrence counts, and the store that keeps them.

``cooccurrence`` counts how often words stand near each other, within a bound on memory (``runs``,
``packed_runs``); ``subsampling`` weighs frequent words down. A ``store`` is a folder of
``segments``, each the counts of some texts, which add up (``segment_sums``).
"""
