"""Small charts as paths of SVG, drawn on the server: the page shows them without a script."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 760, 150
_GRID_LINES = 3


@dataclass(frozen=True)
class Steps:
    """A stepped line over equal spans of time, and bars below it; `ticks` label the axis from the top."""

    line: str
    area: str
    bars: tuple[tuple[float, float, float, float], ...]
    grid: tuple[float, ...]
    ticks: tuple[str, ...]


def steps(values: Sequence[int], below: Sequence[int]) -> Steps:
    """
    >>> steps([1, 3], [0, 3]).line
    'M0,100 380,100 380,0 760,0'
    """
    most = _round_up(max([*values, *below, _GRID_LINES]))
    span = WIDTH / len(values)

    def height(value: int) -> float:
        return HEIGHT - HEIGHT * value / most

    points = [
        f"{x:g},{height(value):g}"
        for at, value in enumerate(values)
        for x in (round(at * span, 1), round((at + 1) * span, 1))
    ]
    line = "M" + " ".join(points)
    bars = tuple(
        (round(at * span, 1), height(value), round(span, 1), HEIGHT - height(value))
        for at, value in enumerate(below)
        if value
    )
    return Steps(
        line=line,
        area=f"{line} L{WIDTH},{HEIGHT} L0,{HEIGHT}Z",
        bars=bars,
        grid=tuple(HEIGHT * at / _GRID_LINES for at in range(_GRID_LINES + 1)),
        ticks=tuple(short_number(most * at // _GRID_LINES) for at in range(_GRID_LINES, -1, -1)),
    )


def short_number(value: int) -> str:
    """
    >>> short_number(950), short_number(9000), short_number(184_240)
    ('950', '9k', '184.2k')
    """
    return str(value) if value < 1000 else f"{value / 1000:.1f}".removesuffix(".0") + "k"


def _round_up(value: int) -> int:
    """To a number that three lines divide, with few digits.

    >>> _round_up(3), _round_up(8), _round_up(8410)
    (3, 9, 9000)
    """
    step: int = _GRID_LINES * 10 ** max(len(str(value // _GRID_LINES)) - 1, 0)
    return -(-value // step) * step
