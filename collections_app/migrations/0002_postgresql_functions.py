"""The functions that filters call on PostgreSQL; when they change, a new migration runs them again."""

from django.db import migrations

from collections_app.filterlang.dialects.postgresql_functions_sql import create_functions


class Migration(migrations.Migration):
    dependencies = [("collections_app", "0001_initial")]

    operations = [migrations.RunPython(create_functions, migrations.RunPython.noop)]
