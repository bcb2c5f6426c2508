"""The aggregate `total()` of view queries, which PostgreSQL lacks."""

from typing import Any

from django.db import migrations

from collections_app.filterlang.dialects.postgresql_functions_sql import STATEMENTS


def create_functions(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for statement in STATEMENTS:
            schema_editor.execute(statement, None)


class Migration(migrations.Migration):
    dependencies = [("collections_app", "0002_postgresql_functions")]

    operations = [migrations.RunPython(create_functions, migrations.RunPython.noop)]
