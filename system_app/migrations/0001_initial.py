"""PocketBase's `_params` with default settings, and its `_logs`, where they are missing."""

import json
from typing import Any

from django.db import migrations, models

from platform_app.database.dates import now
from platform_app.database.routers import log_database
from platform_app.database.system_tables_sql import create_logs, create_params
from platform_app.runtime_settings.row import ROW_ID
from platform_app.runtime_settings.shape import DEFAULTS
from system_app.models import Param


def create_tables(apps: Any, schema_editor: Any) -> None:
    connection = schema_editor.connection
    schema_editor.execute(create_params(connection.vendor), None)
    # A log database of its own gets its table from platform_app.database.data_directory, at every start.
    if connection.alias == log_database():
        for statement in create_logs(connection.vendor):
            schema_editor.execute(statement, None)


def store_default_settings(apps: Any, schema_editor: Any) -> None:
    moment = now()
    Param.objects.get_or_create(
        id=ROW_ID, defaults={"value": json.dumps(DEFAULTS), "created": moment, "updated": moment}
    )


class Migration(migrations.Migration):
    initial = True

    operations = [
        migrations.CreateModel(
            name="Log",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("level", models.IntegerField(default=0)),
                ("message", models.TextField(default="")),
                ("data", models.TextField(default="{}")),
                ("created", models.TextField(default="")),
            ],
            options={"db_table": "_logs", "managed": False},
        ),
        migrations.CreateModel(
            name="Param",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("value", models.TextField(null=True)),
                ("created", models.TextField(default="")),
                ("updated", models.TextField(default="")),
            ],
            options={"db_table": "_params", "managed": False},
        ),
        migrations.RunPython(create_tables, migrations.RunPython.noop),
        migrations.RunPython(store_default_settings, migrations.RunPython.noop),
    ]
