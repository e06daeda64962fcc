"""The mathematics: one softmax kernel, its loss and gradients, and gradient descent.

Arrays in, arrays out: blocks of predictions as sparse matrices (``csr``, ``blocks``), the softmax
over the whole vocabulary (``kernel``), the chain rule around it (``objective``) and the update of
the parameters (``optimizer``). Nothing here knows files, words or windows.
"""
