"""A page of collections, as superusers filter and sort them (contract/collections.md 1)."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import DataError, OperationalError, ProgrammingError

from collections_app.collection import Collection
from collections_app.definitions.definition_json import Json, definition_as_json
from collections_app.definitions.listing_sql import list_sql
from collections_app.filterlang.errors import FilterError
from collections_app.models import StoredCollection
from collections_app.records.reading.listing import PageParams
from platform_app.database.rows import fetch_all, fetch_one
from platform_app.wire.errors import BadRequest

_MAX_INTEGER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class CollectionPage:
    """The collections of one page; both totals are -1 when they were not asked for."""

    collections: list[Collection]
    page: int
    per_page: int
    total_items: int

    def as_json(self) -> Json:
        """The list envelope."""
        skipped = self.total_items < 0
        return {
            "items": [definition_as_json(collection) for collection in self.collections],
            "page": self.page,
            "perPage": self.per_page,
            "totalItems": self.total_items,
            "totalPages": -1 if skipped else -(-self.total_items // self.per_page),
        }


def list_collections(params: Mapping[str, str]) -> CollectionPage:
    """The page that the query parameters ask for. Raises BadRequest for parameters that cannot be used."""
    wanted = PageParams.read(params)
    try:
        sql = list_sql(
            filter_text=wanted.filter,
            sort=wanted.sort,
            limit=wanted.per_page,
            offset=min(wanted.offset, _MAX_INTEGER),
        )
        ids = [row[0] for row in fetch_all(*sql.page)]
        total = -1 if wanted.skip_total else (fetch_one(*sql.total) or (0,))[0]
    except (FilterError, DataError, OperationalError, ProgrammingError) as error:
        raise BadRequest from error
    rows = StoredCollection.objects.in_bulk(ids)
    collections = [rows[one].as_collection() for one in ids if one in rows]
    return CollectionPage(collections, wanted.page, wanted.per_page, total)
