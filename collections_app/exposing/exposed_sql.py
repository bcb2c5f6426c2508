"""The query of the view over an exposed model's table: every value as a collection would keep it."""

from collections.abc import Mapping
from typing import Any

from django.db import models

_DATE = " 00:00:00.000Z"


def exposed_query(
    model: type[models.Model], fields: Mapping[str, "models.Field[Any, Any]"], vendor: str
) -> str:
    """SQL for this engine, as people write it for views.

    Names are those of the models: nobody else has a say in the text.
    """
    key = model._meta.pk
    assert key is not None  # noqa: S101 - every model has one
    # The spelling is that of `Cast("id", TextField())`: SQLite takes no index of another one.
    columns = [f"(CAST(`{key.column}` AS text)) AS `id`"]
    columns += [f"({_expression(field, vendor)}) AS `{name}`" for name, field in fields.items()]
    return f"SELECT {', '.join(columns)} FROM `{model._meta.db_table}`"


def _expression(field: "models.Field[Any, Any]", vendor: str) -> str:
    column = f"`{field.column}`"  # in such quotes a name is never taken for a text
    is_sqlite = vendor == "sqlite"
    match field:
        case models.BooleanField():
            return f"COALESCE({column}, {'0' if is_sqlite else 'FALSE'})"
        case models.IntegerField() | models.FloatField() | models.DecimalField():
            return f"COALESCE(CAST({column} AS {'REAL' if is_sqlite else 'DOUBLE PRECISION'}), 0)"
        case models.DateTimeField():
            moment = (
                f"strftime('%Y-%m-%d %H:%M:%fZ', {column})"
                if is_sqlite
                else f"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS\"Z\"')"
            )
            return f"COALESCE({moment}, '')"
        case models.DateField():
            return f"COALESCE(CAST({column} AS TEXT) || '{_DATE}', '')"
        case models.JSONField():
            return f"COALESCE(CAST({column} AS TEXT), 'null')"
        case _:
            return f"COALESCE(CAST({column} AS TEXT), '')"
