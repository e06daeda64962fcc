"""Training: from a corpus or its counts to the vectors.

``options`` holds the options, ``data``, ``grouped`` and ``sources`` make the blocks of predictions,
``spectral`` and ``warm_start`` the starting point. ``trainer`` is the loop, ``closing`` its last
pass, and ``events`` what it reports; ``checkpoint`` is the file of an interrupted run. ``recipe``
puts them together, ``run`` adds checkpoints on the way, and ``session`` is the whole of ``w2vcli
train`` without its terminal.
"""
