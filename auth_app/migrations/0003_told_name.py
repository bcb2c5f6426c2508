"""A table of ours for names that a provider tells before the sign-in; PocketBase does not look at it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("auth_app", "0002_throttle")]

    operations = [
        migrations.CreateModel(
            name="ToldName",
            fields=[
                ("code_hash", models.TextField(primary_key=True, serialize=False)),
                ("ends_at", models.FloatField(db_index=True)),
                ("name", models.TextField()),
            ],
        ),
    ]
