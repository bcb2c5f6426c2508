"""A table of ours for what must not happen too often; PocketBase does not look at it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("auth_app", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Throttle",
            fields=[
                ("key", models.TextField(primary_key=True, serialize=False)),
                ("ends_at", models.FloatField(db_index=True)),
                ("taken", models.PositiveIntegerField()),
            ],
        ),
    ]
