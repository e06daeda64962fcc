"""Command lines of which an option is changed: given twice, it would be refused."""


def changed(arguments, more):
    """Append options with their values to a command line, and leave out what they replace."""
    kept = list(arguments)
    for option in more:
        if option.startswith("--") and option in kept:
            place = kept.index(option)
            del kept[place : place + 2]
    return [*kept, *more]
