"""Levels of entries: the contract's numbers, and those of Python's `logging` (contract/system.md 5)."""

DEBUG, INFO, WARN, ERROR = -4, 0, 4, 8

_NAMES = {DEBUG: "DEBUG", INFO: "INFO", WARN: "WARN", ERROR: "ERROR"}
_PYTHON_INFO = 20
# Ten of Python's levels are four of ours.
_PYTHON_STEP, _STEP = 10, 4


def level_of(python_level: int) -> int:
    """The contract's number for a level of `logging`; what is between two stays between them.

    >>> [level_of(level) for level in (5, 10, 20, 25, 30, 40, 50)]
    [-6, -4, 0, 2, 4, 8, 8]
    """
    return min(ERROR, (python_level - _PYTHON_INFO) * _STEP // _PYTHON_STEP)


def python_level(level: int) -> int:
    """The lowest level of `logging` that is not below ours.

    >>> [python_level(level) for level in (-8, -4, -1, 0, 2, 4, 8, 12)]
    [0, 10, 18, 20, 25, 30, 40, 50]
    """
    return max(0, _PYTHON_INFO - (-level * _PYTHON_STEP // _STEP))


def name_of(level: int) -> str:
    """The name that people read, with the distance to the next one below.

    >>> name_of(0), name_of(2), name_of(-8)
    ('INFO', 'INFO+2', 'DEBUG-4')
    """
    base = max((known for known in _NAMES if known <= level), default=DEBUG)
    return _NAMES[base] if base == level else f"{_NAMES[base]}{level - base:+d}"
