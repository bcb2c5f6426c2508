"""The table of how the last runs went."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crons", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Run",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("job", models.TextField()),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("missed", "Missed"),
                        ]
                    ),
                ),
                ("moment", models.DateTimeField()),
                ("milliseconds", models.BigIntegerField(default=0)),
                ("error", models.TextField(default="")),
                ("trace", models.TextField(default="")),
                ("is_by_hand", models.BooleanField(default=False)),
                ("process", models.TextField(default="")),
            ],
            options={"indexes": [models.Index(fields=["job", "id"], name="crons_run_of_job")]},
        ),
    ]
