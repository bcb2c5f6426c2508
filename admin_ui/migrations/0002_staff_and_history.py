"""Our tables for staff, what it may do, and the history of changes; PocketBase does not look at them."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("admin_ui", "0001_lists"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="HistoryChoice",
            fields=[
                ("collection_id", models.TextField(primary_key=True, serialize=False)),
                ("keeps_values", models.BooleanField(default=True)),
            ],
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ("kind", models.TextField()),
                ("collection_id", models.TextField()),
                ("collection_name", models.TextField()),
                ("record_id", models.TextField(default="")),
                ("label", models.TextField(default="")),
                ("actor_collection", models.TextField(default="")),
                ("actor_id", models.TextField(default="")),
                ("actor_name", models.TextField(default="")),
                ("fields", models.TextField(default="{}")),
                ("is_whole", models.BooleanField(default=False)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["collection_id", "record_id", "id"], name="admin_ui_of_record"),
                    models.Index(fields=["collection_id", "id"], name="admin_ui_of_collection"),
                    models.Index(fields=["actor_id", "id"], name="admin_ui_of_actor"),
                ],
            },
        ),
        migrations.CreateModel(
            name="StaffMember",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("collection_id", models.TextField(db_index=True)),
                ("is_active", models.BooleanField(default=True)),
                ("added", models.DateTimeField(default=django.utils.timezone.now)),
                ("groups", models.ManyToManyField(related_name="staff", to="auth.group")),
            ],
        ),
        migrations.CreateModel(
            name="CollectionRight",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("collection_id", models.TextField(db_index=True)),
                ("may_add", models.BooleanField(default=False)),
                ("may_change", models.BooleanField(default=False)),
                ("may_delete", models.BooleanField(default=False)),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="collection_rights",
                        to="auth.group",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("group", "collection_id"), name="admin_ui_one_right")
                ],
            },
        ),
    ]
