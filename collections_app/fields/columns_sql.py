"""The column definitions of the field types per engine (contract/fields.md 1.4).

On PostgreSQL whatever is text in SQLite is text that compares byte by byte, JSON included.
"""

from platform_app.database.engines.vendor import Vendor

_BYTEWISE = 'TEXT COLLATE "C"'


def text_column(vendor: Vendor) -> str:
    return f"{'TEXT' if vendor == 'sqlite' else _BYTEWISE} DEFAULT '' NOT NULL"


def primary_key_column(vendor: Vendor) -> str:
    """The id column; its default only serves rows that are inserted by hand."""
    if vendor == "sqlite":
        return "TEXT PRIMARY KEY DEFAULT ('r'||lower(hex(randomblob(7)))) NOT NULL"
    random_id = "('r'||substr(md5(random()::text||clock_timestamp()::text),1,14))"
    return f"{_BYTEWISE} PRIMARY KEY DEFAULT {random_id} NOT NULL"


def number_column(vendor: Vendor) -> str:
    return f"{'NUMERIC' if vendor == 'sqlite' else 'DOUBLE PRECISION'} DEFAULT 0 NOT NULL"


def bool_column() -> str:
    return "BOOLEAN DEFAULT FALSE NOT NULL"


def list_column(vendor: Vendor, *, is_multiple: bool) -> str:
    """The column of a field that holds one text or a JSON array of texts."""
    if not is_multiple:
        return text_column(vendor)
    return f"{_json_type(vendor)} DEFAULT '[]' NOT NULL"


def json_column(vendor: Vendor) -> str:
    return f"{_json_type(vendor)} DEFAULT NULL"


def geo_point_column(vendor: Vendor) -> str:
    return f'{_json_type(vendor)} DEFAULT \'{{"lon":0,"lat":0}}\' NOT NULL'


def _json_type(vendor: Vendor) -> str:
    return "JSON" if vendor == "sqlite" else _BYTEWISE
