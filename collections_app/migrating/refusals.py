"""What is told when a migration of collections cannot be applied: one sentence that names the collection."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from django.db import DatabaseError

from collections_app.definitions.definition_json import MalformedDefinition
from collections_app.definitions.plain_errors import plain_line
from collections_app.definitions.refusals import CollectionRefused
from collections_app.tables.view_query import InvalidViewQuery
from platform_app.database.database_errors import database_error_text
from platform_app.wire.errors import Invalid


class MigrationRefused(Exception):
    """A change that this database cannot take, in a sentence that names the collection and the reason."""


@contextmanager
def explained(action: str, name: str) -> Iterator[None]:
    """Turn what the services raise into a sentence for whoever runs the migration."""
    try:
        yield
    except Invalid as error:
        refuse(action, name, plain_line(error.errors), error)
    except DatabaseError as error:
        refuse(action, name, database_error_text(error), error)
    except (CollectionRefused, InvalidViewQuery, MalformedDefinition) as error:
        refuse(action, name, str(error), error)


def refuse(action: str, name: str, reason: str, cause: Exception | None = None) -> NoReturn:
    raise MigrationRefused(f"The collection {name} cannot be {action}: {reason.rstrip('.')}.") from cause
