"""Makes tables of several sizes for `benchmarks.schema`.

`DATA_DIR=... python -m benchmarks.schema_seed TOKEN_FILE SIZE...`: a collection `rows_SIZE` for every size,
and a superuser, whose token goes to the file.
"""

import sys
from pathlib import Path

import django

_LOREM = "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt. "


def table_name(size: int) -> str:
    return f"rows_{size}"


def _make_table(size: int) -> None:
    from django.db import connection, transaction

    from collections_app.collection import Collection
    from collections_app.definitions.saving import create_collection
    from collections_app.definitions.scaffolds import autodate_fields, field_of, id_field

    fields = (
        id_field(),
        field_of("text", "title"),
        field_of("editor", "description"),
        field_of("bool", "public"),
        field_of("number", "views"),
        *autodate_fields(),
    )
    name = table_name(size)
    with transaction.atomic(), connection.cursor() as cursor:
        create_collection(Collection(id=f"rows{size:011}", name=name, fields=fields, list_rule=""))
        cursor.execute(
            "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers LIMIT %s) "  # noqa: S608
            f"INSERT INTO {name} (id, title, description, public, views, created, updated) "
            "SELECT substr(lower(hex(randomblob(8))), 2), 'Post ' || n, %s, n %% 2, n * 7919 %% 10007, "
            "'2026-01-01 00:00:00.000Z', '2026-01-01 00:00:00.000Z' FROM numbers",
            (size, _LOREM * 2),
        )


def main() -> None:
    django.setup()
    from auth_app.superusers import create_superuser
    from auth_app.tokens import issue_auth_token
    from platform_app.database.data_directory import prepare

    token_file, *sizes = sys.argv[1:]
    prepare()
    for size in sizes:
        _make_table(int(size))
    token = issue_auth_token(create_superuser("bench@example.com", "1234567890"))
    Path(token_file).write_text(token, encoding="utf-8")


if __name__ == "__main__":
    main()
