"""Where the check of gradients finds errors: (method, group), with the method in a word."""


def caught(findings):
    """Where differences, and where formulas, find an error."""

    def where(kind):
        return {
            ("cbow" if f.arch == "cbow" else f.method, f.group)
            for f in findings
            if not getattr(f, kind).error < 1e-5
        }

    return where("differences"), where("formulas")


def everywhere(*groups):
    return {(method, group) for method in ("grouped", "stream", "cbow") for group in groups}
