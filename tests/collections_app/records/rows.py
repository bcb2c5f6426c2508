"""Rows put straight into a collection's table, beside the write path."""

from django.db import connection

from collections_app.collection import Collection


def insert(collection: Collection, **values) -> str:
    """Insert one row, unnamed fields at their zero value; returns its id (by default a numbered one)."""
    names = [field.name for field in collection.fields]
    with connection.cursor() as cursor:
        if "id" not in values:
            cursor.execute(f'SELECT COUNT(*) FROM "{collection.name}"')
            values["id"] = f"{collection.name[:5]}{cursor.fetchone()[0] + 1}".ljust(15, "0")
        stored = [field.to_db(field.clean(values.get(field.name, field.zero))) for field in collection.fields]
        columns = ", ".join(f'"{name}"' for name in names)
        marks = ", ".join(["%s"] * len(names))
        cursor.execute(f'INSERT INTO "{collection.name}" ({columns}) VALUES ({marks})', stored)
    return str(values["id"])
