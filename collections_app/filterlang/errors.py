"""FilterError: why a filter, rule or sort cannot be used."""


class FilterError(ValueError):
    """A filter, rule or sort that cannot be read or resolved.

    Of a rule that is being saved the requester sees the text, so there it is the reference's.
    Callers turn it into their own answer: 400 for a client's filter, 404 or 400 for a stored rule.
    """
