"""Views that somebody saved, and imports of records."""

import django.db.models.deletion
from django.db import migrations, models

import platform_app.database.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="RecordImport",
            fields=[
                (
                    "id",
                    models.TextField(
                        default=platform_app.database.ids.new_record_id, primary_key=True, serialize=False
                    ),
                ),
                ("collection_id", models.TextField()),
                ("owner_id", models.TextField()),
                ("file_name", models.TextField()),
                ("is_csv", models.BooleanField(default=False)),
                ("columns", models.TextField(default=list)),
                ("sample", models.TextField(default=list)),
                ("targets", models.TextField(default=dict)),
                ("skips_wrong", models.BooleanField(default=False)),
                ("state", models.TextField(default="reading")),
                ("rows", models.IntegerField(default=0)),
                ("done", models.IntegerField(default=0)),
                ("created", models.IntegerField(default=0)),
                ("changed", models.IntegerField(default=0)),
                ("wrong", models.IntegerField(default=0)),
                ("problems", models.TextField(default=list)),
                ("message", models.TextField(default="")),
                ("touched", models.DateTimeField(auto_now=True)),
            ],
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                (
                    "id",
                    models.TextField(
                        default=platform_app.database.ids.new_record_id, primary_key=True, serialize=False
                    ),
                ),
                ("collection_id", models.TextField()),
                ("owner_id", models.TextField()),
                ("name", models.TextField()),
                ("is_shared", models.BooleanField(default=False)),
                ("filter", models.TextField(default="")),
                ("sort", models.TextField(default="")),
                ("columns", models.TextField(default="")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("collection_id", "owner_id", "name"), name="admin_ui_savedview_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportPart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("first", models.IntegerField()),
                ("rows", models.TextField()),
                (
                    "of",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="admin_ui.recordimport"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("of", "first"), name="admin_ui_importpart_once")
                ],
            },
        ),
    ]
