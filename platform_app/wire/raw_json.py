"""RawJson: text that is JSON already, so that encoders splice it in as it is."""


class RawJson(str):
    """JSON text, such as `RawJson('{"a":1}')`; the value of a json field."""

    __slots__ = ()
