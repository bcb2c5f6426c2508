"""What became of a restore, in the log: it is carried out at a start, before anything can be logged there."""

import logging

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections

from platform_app.database.dates import as_stored
from platform_app.database.replacing import take_said
from platform_app.runtime_settings.current import current
from system_app.logs.attributes import storable
from system_app.logs.levels import level_of
from system_app.logs.rows_sql import Row, insert, new_ids

logger = logging.getLogger(__name__)


def tell_log() -> None:
    """Write what this process said of a restore, if it carried one out; into the log that is there now."""
    said = take_said()
    if not said:
        return
    try:
        logs = current().logs
        kept = [one for one in said if logs.max_days and level_of(one.level) >= logs.min_level]
        insert(
            [
                Row(row_id, level_of(one.level), storable(one.text), "{}", as_stored(one.moment))
                for row_id, one in zip(new_ids(len(kept)), kept, strict=True)
            ]
        )
    except (DatabaseError, ImproperlyConfigured) as error:
        logger.warning("what became of a restore is not in the log: %s", error)
    finally:
        connections.close_all()  # the caller may be about to fork, or a thread about to wait
