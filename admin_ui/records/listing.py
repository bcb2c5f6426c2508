"""A page of a collection's records for people: found as the API lists them, counted only when somebody asks.

The first page of a million rows takes as long as that of a thousand: nothing is counted, and without a sort
of one's own the newest rows are read by their number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from admin_ui.acting import account_record, acting_info
from admin_ui.preferences import words_of
from admin_ui.records.addresses import record_address
from admin_ui.records.cells import Cell, cell_of, first_picture
from admin_ui.records.columns import Column, columns_of
from admin_ui.records.labels import expanded_paths, label_of
from admin_ui.records.searching import filter_for
from admin_ui.staff.members import member_of
from admin_ui.staff.seeing import cells_for_staff, expandable
from auth_app.tokens import issue_file_token
from collections_app.collection import Collection
from collections_app.events import RecordsListEvent, records_list_request
from collections_app.fields.file_field import FileField
from collections_app.filterlang.errors import FilterError
from collections_app.records.querying.finding import find_records
from collections_app.records.reading.listing import Page, list_records, listed_ids
from collections_app.records.reading.presenting import Json, present
from collections_app.request_info import RequestInfo
from collections_app.views.guards import require_collection
from platform_app.wire.errors import BadRequest, sentenize

PER_PAGE = 40
_MOST_PAGE_DIGITS = 9


@dataclass(frozen=True)
class Place:
    """What an address says of the list: which page of what, in which order. It is kept by all links.

    `columns` are the names of the shown ones; without any the browser's own choice counts.
    """

    collection: Collection
    filter: str = ""
    sort: str = ""
    page: int = 1
    columns: tuple[str, ...] = ()

    @classmethod
    def read(cls, collection: Collection, query: Mapping[str, str]) -> "Place":
        """What makes no sense as a number is the first page."""
        page = query.get("page", "")
        is_number = page.isdecimal() and page.isascii() and len(page) <= _MOST_PAGE_DIGITS
        return cls(
            collection,
            query.get("filter", ""),
            query.get("sort", ""),
            max(int(page), 1) if is_number else 1,
            names_in(collection, query.get("columns", "")),
        )

    @property
    def query(self) -> str:
        """With its question mark, "" for the first page of everything."""
        said = {
            "filter": self.filter,
            "sort": self.sort,
            "columns": ".".join(self.columns),
            "page": "" if self.page == 1 else str(self.page),
        }
        query = urlencode({name: text for name, text in said.items() if text})
        return f"?{query}" if query else ""

    @property
    def address(self) -> str:
        return reverse("admin:records", args=[self.collection.name]) + self.query

    def at_page(self, page: int) -> "Place":
        return replace(self, page=page)

    def filtered_by(self, text: str) -> "Place":
        return replace(self, filter=text, page=1)

    def with_columns(self, names: tuple[str, ...]) -> "Place":
        return replace(self, columns=names)

    def sorted_by(self, sort: str) -> "Place":
        return replace(self, sort=sort, page=1)

    @property
    def params(self) -> dict[str, str]:
        """The query parameters by which the API lists the same."""
        newest_first = "" if self.collection.is_view else "-@rowid"
        return {
            "page": str(self.page),
            "perPage": str(PER_PAGE),
            "skipTotal": "1",
            "filter": filter_for(self.collection, self.filter),
            "sort": self.sort or newest_first,
        }


def names_in(collection: Collection, text: str) -> tuple[str, ...]:
    """The fields that a text with dots between their names has, as addresses and saved views have it."""
    return tuple(name for name in dict.fromkeys(text.split(".")) if name in collection.fields_by_name)


@dataclass(frozen=True)
class Heading:
    """A column with where a click on it leads; `direction` is "ascending", "descending" or ""."""

    column: Column
    address: str
    direction: str


@dataclass(frozen=True)
class Row:
    id: str
    label: str
    address: str
    cells: tuple[Cell, ...]
    picture: str


@dataclass(frozen=True)
class Listing:
    """`problem` says what is wrong with the filter, or the sort; there are no rows then."""

    place: Place
    columns: tuple[Column, ...]
    headings: tuple[Heading, ...]
    rows: tuple[Row, ...]
    problem: str = ""

    @property
    def first(self) -> int:
        return (self.place.page - 1) * PER_PAGE + 1

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1

    @property
    def previous(self) -> str:
        return self.place.at_page(self.place.page - 1).address if self.place.page > 1 else ""

    @property
    def next(self) -> str:
        """A full page may be the last one: to know it, everything would have to be counted."""
        return self.place.at_page(self.place.page + 1).address if len(self.rows) == PER_PAGE else ""

    @property
    def has_pictures(self) -> bool:
        return any(row.picture for row in self.rows)


def read_listing(request: HttpRequest, collection: Collection) -> Listing:
    """The page that the request's query names. Raises ApiError for what is not about the query."""
    place = Place.read(collection, request.GET)
    columns = place_columns(request, place)
    shown = tuple(column for column in columns if column.is_shown)
    headings = tuple(_heading(place, column) for column in shown)
    try:
        items = find_items(request, place, shown)
    except BadRequest as error:
        cause = error.__cause__
        if not (place.filter or place.sort):
            raise
        told = str(cause) if isinstance(cause, FilterError) else "the database cannot answer it"
        return Listing(place, columns, headings, (), sentenize(told))
    return Listing(place, columns, headings, rows_of(request, place, shown, items))


def read_rows(request: HttpRequest, place: Place, ids: Sequence[str]) -> Listing:
    """Those of these records that the place's filter leaves, in any order. Raises BadRequest."""
    columns = place_columns(request, place)
    shown = tuple(column for column in columns if column.is_shown)
    info = acting_info(request, query={**place.params, "expand": expanded_by(request, shown)})
    left = listed_ids(place.collection, ids, info=info, params=place.params)
    records = find_records(place.collection, [record_id for record_id in ids if record_id in left])
    page = Page(records, page=1, per_page=max(len(ids), 1), total_items=-1, total_pages=-1)
    items = _listed(place.collection, info, page)
    return Listing(place, columns, (), rows_of(request, place, shown, items))


def place_columns(request: HttpRequest, place: Place) -> tuple[Column, ...]:
    """All columns, with which are shown: those that the address names, or else the browser's."""
    return columns_of(place.collection, place.columns or words_of(request, "columns"))


def rows_of(
    request: HttpRequest, place: Place, columns: tuple[Column, ...], items: Sequence[Json]
) -> tuple[Row, ...]:
    token = file_token(request, place.collection)
    return tuple(_row(request, place, columns, item, token) for item in items)


def expanded_by(request: HttpRequest, columns: tuple[Column, ...]) -> str:
    """The relations that are shown, and those that their targets are called by, as `expand` has them."""
    fields = expandable(request, (column.field for column in columns))
    if member_of(request) is not None:
        return ",".join(field.name for field in fields)  # what those lead to may be closed
    return ",".join(path for field in fields for path in expanded_paths(field))


def find_items(request: HttpRequest, place: Place, columns: tuple[Column, ...]) -> list[Json]:
    """The presented records, with those that their shown relations lead to, one query for each relation."""
    info = acting_info(request, query={**place.params, "expand": expanded_by(request, columns)})
    return _listed(place.collection, info, list_records(place.collection, info=info, params=place.params))


def _listed(collection: Collection, info: RequestInfo, page: Page) -> list[Json]:
    """The records of a page as the API would list them, expanded as the query says."""
    event = RecordsListEvent(info, collection, page.records, page)

    def answer() -> list[Json]:
        return present(event.records, event.info, info.query.get("expand", ""))

    found: list[Json] | None = records_list_request.trigger(event, answer)
    return found or []


def count_items(request: HttpRequest, place: Place) -> int:
    """How many the filter leaves. Raises BadRequest."""
    params = {**place.params, "page": "1", "perPage": "1", "skipTotal": "", "sort": ""}
    return list_records(place.collection, info=acting_info(request, query=params), params=params).total_items


def file_token(request: HttpRequest, collection: Collection) -> str:
    """For the files of protected fields, "" where there are none."""
    is_needed = any(isinstance(field, FileField) and field.protected for field in collection.fields)
    return issue_file_token(account_record(request)) if is_needed else ""


def place_of(request: HttpRequest, name_or_id: str) -> Place:
    """Raises NotFound."""
    return Place.read(require_collection(name_or_id), request.GET)


def _heading(place: Place, column: Column) -> Heading:
    """First descending, then ascending, as the official dashboard has it."""
    sort = column.sort
    if not sort:
        return Heading(column, "", "")
    direction = {f"-{sort}": "descending", sort: "ascending"}.get(place.sort, "")
    return Heading(
        column, place.sorted_by(sort if direction == "descending" else f"-{sort}").address, direction
    )


def _row(request: HttpRequest, place: Place, columns: tuple[Column, ...], item: Json, token: str) -> Row:
    collection = place.collection
    cells = cells_for_staff(
        request, columns, tuple(cell_of(collection, column, item, token) for column in columns)
    )
    return Row(
        id=str(item["id"]),
        label=label_of(collection, item),
        address=record_address(collection, str(item["id"])) + place.query,
        cells=cells,
        picture=first_picture(cells),
    )
