"""The table of the SQL console's kept texts."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("system_app", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="ConsoleQuery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("owner", models.TextField()),
                ("name", models.TextField(default="")),
                ("text", models.TextField()),
                ("rows", models.IntegerField(default=0)),
                ("milliseconds", models.IntegerField(default=0)),
                ("moment", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("name", ""), _negated=True),
                        fields=("name",),
                        name="console_query_name_once",
                    )
                ],
                "indexes": [models.Index(fields=["owner", "name", "-moment"], name="console_query_owner")],
            },
        ),
    ]
