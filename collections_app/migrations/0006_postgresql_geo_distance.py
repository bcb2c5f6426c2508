"""`geoDistance()` of two points that are one, which was NULL for some."""

from django.db import migrations

from collections_app.filterlang.dialects.postgresql_functions_sql import create_functions


class Migration(migrations.Migration):
    dependencies = [("collections_app", "0005_postgresql_nul_in_json")]

    operations = [migrations.RunPython(create_functions, migrations.RunPython.noop)]
