"""The collections that a new data directory starts with; an adopted one has its own."""

import time
from typing import Any

from django.db import migrations, models

from auth_app.models import new_token_key
from auth_app.system_collections import initial_collections
from collections_app.definitions.saving import create_collection
from collections_app.models import StoredCollection
from platform_app.database.ids import new_record_id
from platform_app.database.system_tables_sql import CREATE_MIGRATIONS, POCKETBASE_MIGRATIONS, RECORD_MIGRATION


def create_initial_collections(apps: Any, schema_editor: Any) -> None:
    if StoredCollection.objects.exists():
        return
    for collection in initial_collections():
        create_collection(collection)
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(CREATE_MIGRATIONS, None)
        now_us = time.time_ns() // 1000
        for position, file in enumerate(POCKETBASE_MIGRATIONS):
            schema_editor.execute(RECORD_MIGRATION, [file, now_us + position])


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("collections_app", "0002_postgresql_functions"),
        ("system_app", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Superuser",
            fields=[
                ("id", models.TextField(default=new_record_id, primary_key=True, serialize=False)),
                ("email", models.TextField(unique=True)),
                ("password", models.TextField()),
                ("tokenKey", models.TextField(default=new_token_key)),
                ("emailVisibility", models.BooleanField(default=False)),
                ("verified", models.BooleanField(default=True)),
                ("created", models.TextField(default="")),
                ("updated", models.TextField(default="")),
            ],
            options={"db_table": "_superusers", "managed": False},
        ),
        migrations.RunPython(create_initial_collections, migrations.RunPython.noop),
    ]
