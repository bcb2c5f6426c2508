"""The aggregate `total()` of view queries, which PostgreSQL lacks."""

from django.db import migrations

from collections_app.filterlang.dialects.postgresql_functions_sql import create_functions


class Migration(migrations.Migration):
    dependencies = [("collections_app", "0002_postgresql_functions")]

    operations = [migrations.RunPython(create_functions, migrations.RunPython.noop)]
