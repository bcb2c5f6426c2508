"""How collections refer to each other, as boxes and lines of an SVG that the server draws.

Boxes stand in columns: a collection goes next to those that it has relations with, and where there is most
room. The browser may move them (overview.js); without a script the picture is the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, sqrt

from admin_ui.records.columns import ICONS
from admin_ui.shell import collection_icon
from collections_app.collection import Collection
from collections_app.fields.base import Field
from collections_app.fields.relation_field import RelationField

BOX_WIDTH = 220
HEAD_HEIGHT = 34
ROW_HEIGHT = 25
_PADDING = 6
_GAP_X, _GAP_Y = 100, 45
_MARGIN = 40
# Where a line turns beside a box, each one a little further out than the one before.
_LANE, _LANES = 7, 6
_NEAREST_LANE = 21


@dataclass(frozen=True)
class FieldRow:
    """`y` is the middle of its line within the box."""

    name: str
    icon: str
    type: str
    y: float
    refers: bool

    @property
    def icon_y(self) -> float:
        return self.y - 6.5

    @property
    def text_y(self) -> float:
        """Of its baseline."""
        return self.y + 4


@dataclass(frozen=True)
class Box:
    collection: Collection
    icon: str
    rows: tuple[FieldRow, ...]
    x: int = 0
    y: int = 0

    @property
    def height(self) -> int:
        return HEAD_HEIGHT + ROW_HEIGHT * len(self.rows) + _PADDING

    def row_y(self, name: str) -> float:
        found = next((row for row in self.rows if row.name == name), None)
        return self.y + (found.y if found else HEAD_HEIGHT / 2)


@dataclass(frozen=True)
class Wire:
    """From a relation to the id of what it refers to; `source` and `target` are ids of collections."""

    source: str
    field: str
    target: str
    path: str
    ends: tuple[tuple[float, float], tuple[float, float]]
    label: str


@dataclass(frozen=True)
class Diagram:
    boxes: tuple[Box, ...]
    wires: tuple[Wire, ...]
    width: int
    height: int


def diagram_of(collections: Sequence[Collection]) -> Diagram:
    names = {collection.id: collection.name for collection in collections}
    boxes = [_box(collection, names) for collection in collections]
    placed = {box.collection.id: box for box in _placed(boxes)}
    wires = tuple(_wires(placed))
    return Diagram(
        tuple(placed.values()),
        wires,
        max((box.x + BOX_WIDTH for box in placed.values()), default=0) + _MARGIN,
        max((box.y + box.height for box in placed.values()), default=0) + _MARGIN,
    )


def _box(collection: Collection, names: Mapping[str, str]) -> Box:
    rows = tuple(
        FieldRow(
            name=field.name,
            icon="key-round" if field.name == "id" else ICONS.get(field.type, "puzzle"),
            type=_type_of(field, names),
            y=HEAD_HEIGHT + ROW_HEIGHT * (at + 0.5) + _PADDING / 2,
            refers=isinstance(field, RelationField),
        )
        for at, field in enumerate(_shown(collection))
    )
    return Box(collection, collection_icon(collection), rows)


def _shown(collection: Collection) -> list[Field]:
    """Without what every collection of its type has, but for the id, which lines lead to."""
    return [
        field
        for field in collection.fields
        if field.name == "id" or not (field.system or field.type == "autodate" or field.hidden)
    ]


def _type_of(field: Field, names: Mapping[str, str]) -> str:
    if not isinstance(field, RelationField):
        return field.type
    name = names.get(field.collection_id, field.type)
    return f"{name}, many" if field.is_multiple else name


# --- places ---


def _placed(boxes: list[Box]) -> list[Box]:
    """Breadth first from who has most relations, each into the column nearest to its relatives."""
    near = _neighbours(boxes)
    by_id = {box.collection.id: box for box in boxes}
    count = max(1, min(6, ceil(sqrt(len(boxes)))))
    heights = [_MARGIN] * count
    columns: dict[str, int] = {}
    placed: list[Box] = []
    for box in _by_closeness(boxes, near):
        relatives = [columns[one] for one in near[box.collection.id] if one in columns]

        def cost(column: int, relatives: list[int] = relatives) -> tuple[float, int]:
            # Beside a relative is best, in its own column worse; low columns before high ones.
            away = sum(abs(abs(column - other) - 1) for other in relatives) / max(len(relatives), 1)
            return heights[column] / 300 + away, column

        column = min(range(count), key=cost)
        columns[box.collection.id] = column
        x = _MARGIN + column * (BOX_WIDTH + _GAP_X)
        placed.append(Box(box.collection, box.icon, box.rows, x, heights[column]))
        heights[column] += by_id[box.collection.id].height + _GAP_Y
    return placed


def _neighbours(boxes: list[Box]) -> dict[str, set[str]]:
    near: dict[str, set[str]] = {box.collection.id: set() for box in boxes}
    for box in boxes:
        for field in _relations(box, near):
            if field.collection_id != box.collection.id:
                near[box.collection.id].add(field.collection_id)
                near[field.collection_id].add(box.collection.id)
    return near


def _relations(box: Box, shown: Mapping[str, object]) -> list[RelationField]:
    """Those that lead to what is in the picture."""
    return [
        field
        for field in _shown(box.collection)
        if isinstance(field, RelationField) and field.collection_id in shown
    ]


def _by_closeness(boxes: list[Box], near: Mapping[str, set[str]]) -> list[Box]:
    order = {box.collection.id: at for at, box in enumerate(boxes)}
    waiting = sorted(boxes, key=lambda box: (-len(near[box.collection.id]), order[box.collection.id]))
    found: list[Box] = []
    known: set[str] = set()
    by_id = {box.collection.id: box for box in boxes}
    for first in waiting:
        queue = [first.collection.id]
        while queue:
            one = queue.pop(0)
            if one in known:
                continue
            known.add(one)
            found.append(by_id[one])
            queue += sorted(near[one] - known, key=lambda other: (-len(near[other]), order[other]))
    return found


# --- lines ---


def _wires(boxes: Mapping[str, Box]) -> list[Wire]:
    wires: list[Wire] = []
    for box in boxes.values():
        for field in _relations(box, boxes):
            target = boxes[field.collection_id]
            lane = _NEAREST_LANE + _LANE * (len(wires) % _LANES)
            start, end = _ends(box, box.row_y(field.name), target, target.row_y("id"))
            path = _path(start, end, box.x, target.x, lane)
            label = f"{box.collection.name}.{field.name}: {target.collection.name}"
            wires.append(Wire(box.collection.id, field.name, target.collection.id, path, (start, end), label))
    return wires


def _ends(
    box: Box, from_y: float, target: Box, to_y: float
) -> tuple[tuple[float, float], tuple[float, float]]:
    """At the sides that face each other; both at the start where one stands over the other."""
    if target.x > box.x:
        return (box.x + BOX_WIDTH, from_y), (target.x, to_y)
    if target.x < box.x:
        return (box.x, from_y), (target.x + BOX_WIDTH, to_y)
    return (box.x, from_y), (target.x, to_y)


def _path(
    start: tuple[float, float], end: tuple[float, float], source_x: int, target_x: int, lane: int
) -> str:
    """Straight out, up or down at a distance of its own, and straight in (as `wire` in overview.js)."""
    outwards = 1 if target_x > source_x else -1
    turn = start[0] + outwards * lane
    return f"M{start[0]:g},{start[1]:g}H{turn:g}V{end[1]:g}H{end[0]:g}"
