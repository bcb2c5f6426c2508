"""Filters can look into JSON that holds a NUL character, which PostgreSQL cannot make a text of."""

from django.db import migrations

from collections_app.filterlang.dialects.postgresql_functions_sql import create_functions


class Migration(migrations.Migration):
    dependencies = [("collections_app", "0004_postgresql_row_counter")]

    operations = [migrations.RunPython(create_functions, migrations.RunPython.noop)]
