"""Numbers beyond doubles, and halves of surrogate pairs, in JSON: they were NULL to filters."""

from django.db import migrations

from collections_app.filterlang.dialects.postgresql_functions_sql import create_functions


class Migration(migrations.Migration):
    dependencies = [("collections_app", "0006_postgresql_geo_distance")]

    operations = [migrations.RunPython(create_functions, migrations.RunPython.noop)]
