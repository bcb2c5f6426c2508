"""PocketBase's `_collections`, where it is missing, and our schema version."""

from typing import Any

from django.db import migrations, models

from collections_app.models import JsonText
from collections_app.tables.stored_tables_sql import create_collections_table


def create_tables(apps: Any, schema_editor: Any) -> None:
    for statement in create_collections_table(schema_editor.connection.vendor):
        schema_editor.execute(statement, None)


class Migration(migrations.Migration):
    initial = True

    operations = [
        migrations.CreateModel(
            name="StoredCollection",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("system", models.BooleanField(default=False)),
                ("type", models.TextField(default="base")),
                ("name", models.TextField(unique=True)),
                ("fields", JsonText(default=list)),
                ("indexes", JsonText(default=list)),
                ("listRule", models.TextField(null=True)),
                ("viewRule", models.TextField(null=True)),
                ("createRule", models.TextField(null=True)),
                ("updateRule", models.TextField(null=True)),
                ("deleteRule", models.TextField(null=True)),
                ("options", JsonText(default=dict)),
                ("created", models.TextField(default="")),
                ("updated", models.TextField(default="")),
            ],
            options={"db_table": "_collections", "managed": False},
        ),
        migrations.CreateModel(
            name="SchemaVersion",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("number", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.RunPython(create_tables, migrations.RunPython.noop),
    ]
