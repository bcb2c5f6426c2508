"""The table of runs that are taken."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Claim",
            fields=[("run", models.TextField(primary_key=True, serialize=False))],
        ),
    ]
