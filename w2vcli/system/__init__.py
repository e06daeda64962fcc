"""The machine underneath: files, temporary files, threads, compiled code and signals.

Everything that is written goes through here (``files``, ``tensor_file``, ``temporary``), as does
every thread (``threads``), every compiled function (``compiler``, ``code_cache``) and the end by a
signal (``signals``). Nothing here knows what a word is.
"""
