"""How many values a JSON text holds, counted before it is read.

A value of two bytes becomes an object of sixty and more, and making a million of them takes the interpreter
lock for a third of a second, in one go. So whoever reads JSON asks first.
"""

# As many as a JSON field of the usual size, a mebibyte, can hold, and far more than an API is sent.
MAX_VALUES = 1_000_000
# A single call may make so many.
MAX_VALUES_AT_ONCE = 200_000

_WINDOW_BYTES = 64 * 1024


def count_values(text: bytes) -> int:
    """An upper bound of the values in `text`: the size of a small one, else one too many per empty container.

    >>> count_values(b"[1,2]"), count_values(b"[" + b'"a,b",' * 100_000 + b"[]]")
    (5, 100003)
    """
    if len(text) <= MAX_VALUES_AT_ONCE:
        return len(text)
    count = _begun(text)
    return count if count <= MAX_VALUES_AT_ONCE else _count_outside_strings(text)


def _begun(text: bytes) -> int:
    """Each value is the first of all, or of a container, or comes after a comma."""
    return 1 + text.count(b",") + text.count(b"[") + text.count(b"{")


def _count_outside_strings(text: bytes) -> int:
    count = 1
    is_quoted = False
    carried = b""
    for at in range(0, len(text), _WINDOW_BYTES):
        window = carried + text[at : at + _WINDOW_BYTES]
        # Half an escape waits for its other half.
        backslashes = len(window) - len(window.rstrip(b"\\"))
        carried = window[-1:] if backslashes % 2 else b""
        window = window[: len(window) - len(carried)].replace(b"\\\\", b"").replace(b'\\"', b"")
        pieces = window.split(b'"')
        count += _begun(b"".join(pieces[is_quoted::2])) - 1
        is_quoted ^= len(pieces) % 2 == 0
    return count
