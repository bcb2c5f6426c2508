"""Tables that PostgreSQL has already get the counter of `platform_app.database.row_counter`."""

from typing import Any

from django.db import migrations

from collections_app.tables.row_counting import number_existing_rows


def number_rows(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        number_existing_rows()


class Migration(migrations.Migration):
    dependencies = [("collections_app", "0003_postgresql_total")]

    operations = [migrations.RunPython(number_rows, migrations.RunPython.noop)]
