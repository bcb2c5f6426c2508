"""From the `sort` parameter to ORDER BY terms.

Reference: contract/records.md 2.2; tools/search/sort.go of PocketBase v0.39.11.
"""

from dataclasses import dataclass
from typing import Literal

from collections_app.filterlang.dialects.base import Dialect, Direction, SortItem, Source
from collections_app.filterlang.errors import FilterError
from collections_app.filterlang.fragments_sql import Resolver

MAX_SORT_ITEMS = 8
MAX_SORT_NAME_BYTES = 255


@dataclass(frozen=True, slots=True)
class SortName:
    """One item of a sort: a name and a direction."""

    name: str
    direction: Direction


def parse_sort(text: str) -> list[SortName]:
    """The items of `-created,title`. Raises FilterError for too many or too long ones."""
    items = [_parse_item(item.strip()) for item in text.split(",")]
    if len(items) > MAX_SORT_ITEMS:
        raise FilterError(f"expected at most {MAX_SORT_ITEMS} sort items, got {len(items)}")
    if any(len(item.name.encode(errors="replace")) > MAX_SORT_NAME_BYTES for item in items):
        raise FilterError(f"expected sort items of at most {MAX_SORT_NAME_BYTES} bytes")
    return items


def _parse_item(item: str) -> SortName:
    if item.startswith("-"):
        return SortName(item[1:], "DESC")
    return SortName(item.removeprefix("+"), "ASC")


def sort_items(
    items: list[SortName], resolver: Resolver, dialect: Dialect, source: Source
) -> list[SortItem | Literal["random"]]:
    """The ORDER BY terms. Raises FilterError for what is not a column or a value inside one."""
    result: list[SortItem | Literal["random"]] = []
    for item in items:
        if item.name == "@random":
            result.append("random")
        elif item.name == "@rowid":
            if not source.has_rowid:
                raise FilterError("expected no @rowid: a view does not number its rows")
            result.append(SortItem(dialect.row_number(source), item.direction, never_null=True))
        else:
            operand = resolver.resolve(item.name)
            if not operand.is_column:
                raise FilterError(f"expected a field to sort by, got {item.name}")
            result.append(SortItem(operand.value, item.direction, is_joined=operand.is_joined))
    return result
