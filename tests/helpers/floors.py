"""Which floor may use which."""

# The floors of the house, from the ground up: each may use itself, ``errors``, and these.
FLOORS = {
    "system": set(),
    "softmax": {"system"},
    "text": {"system"},
    "counts": {"system", "softmax", "text"},
    "vectors": {"system", "text"},
    "formats": {"system", "text", "vectors"},
    "training": {"system", "softmax", "text", "counts", "vectors"},
    "cluster": {"system", "softmax", "text", "counts", "training"},
    "judging": {"system", "softmax", "text", "counts", "vectors", "training"},
    "learning": {"system", "softmax", "text", "counts", "training"},
    "pictures": {"system", "vectors", "training", "judging", "learning"},
    "cli": {
        *("system", "softmax", "text", "counts", "vectors", "formats", "training", "judging"),
        *("learning", "pictures", "cluster"),
    },
}
