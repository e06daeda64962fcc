"""The machine underneath: files, temporary files, threads, compiled code and signals.

All writing goes through here (``files``, ``locks``, ``tensor_file``, ``temporary``), and so do all
threads (``threads``), compiled functions (``compiler``, ``code_cache``, ``memory``) and signals
(``signals``). Nothing here knows what a word is.
"""
