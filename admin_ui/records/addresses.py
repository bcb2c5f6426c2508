"""The addresses of records. An id may be any text: it is written as Django's admin writes keys."""

from django.contrib.admin.utils import quote, unquote
from django.urls import reverse

from collections_app.collection import Collection


def record_address(collection: Collection, record_id: str) -> str:
    return reverse("admin:record", args=[collection.name, quote(record_id)])


def deletion_address(collection: Collection, record_id: str) -> str:
    return part_address("delete_record", collection, record_id)


def part_address(name: str, collection: Collection, record_id: str, *more: str) -> str:
    """Of a page about one record, which the name of its URL says."""
    return reverse(f"admin:{name}", args=[collection.name, quote(record_id), *map(quote, more)])


def id_in(segment: str) -> str:
    """The id that a segment of such an address names."""
    return unquote(segment)
